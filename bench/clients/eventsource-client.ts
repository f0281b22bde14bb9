import { createEventSource } from 'eventsource-client'
import { picked, type Client } from './client.js'

export const client: Client = {
  gives: 'events',
  open(url, types, receive) {
    const pick = picked(types, receive)
    const source = createEventSource({ url, onMessage: (message) => pick(message.event, message.data) })
    return () => source.close()
  },
}
