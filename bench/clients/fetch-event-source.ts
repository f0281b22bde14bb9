import { fetchEventSource } from '@microsoft/fetch-event-source'
import { picked, type Client } from './client.js'

export const client: Client = {
  gives: 'events',
  open(url, types, receive) {
    const controller = new AbortController()
    const pick = picked(types, receive)
    void fetchEventSource(url, {
      signal: controller.signal,
      openWhenHidden: true,
      onmessage: (message) => pick(message.event, message.data),
    })
    return () => controller.abort()
  },
}
