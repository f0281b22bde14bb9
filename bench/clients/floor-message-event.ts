/** A floor: the least that JavaScript can do and still have a `MessageEvent` dispatched for each event. */
import { createParser } from 'eventsource-parser'
import { readBytes } from './bytes.js'
import type { Client } from './client.js'

export const client: Client = {
  gives: 'events',
  open(url, types, receive) {
    const { origin } = new URL(url, location.href)
    const target = new EventTarget()
    for (const type of types) target.addEventListener(type, (event) => receive((event as MessageEvent<string>).data))
    const parser = createParser({
      onEvent: ({ event, data, id }) =>
        target.dispatchEvent(new MessageEvent(event || 'message', { data, origin, lastEventId: id ?? '' })),
    })
    const decoder = new TextDecoder()
    return readBytes(url, (chunk) => parser.feed(decoder.decode(chunk, { stream: true })))
  },
}
