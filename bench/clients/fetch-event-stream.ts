import { stream } from 'fetch-event-stream'
import { picked, type Client } from './client.js'

export const client: Client = {
  gives: 'events',
  open(url, types, receive) {
    const controller = new AbortController()
    const pick = picked(types, receive)
    const read = async () => {
      for await (const message of await stream(url, { signal: controller.signal })) pick(message.event, message.data)
    }
    // Closing ends the loop with the signal's own error.
    read().catch((error: unknown) => {
      if (!controller.signal.aborted) throw error
    })
    return () => controller.abort()
  },
}
