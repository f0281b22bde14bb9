/**
 * A floor: as `floor-event`, but an event that carries its data, as any page needs it.
 */
import { createParser } from 'eventsource-wasm/parser'
import { readBytes } from './bytes.js'
import type { Client } from './client.js'
import { listen, makeDataEvent } from './data-event.js'

export const client: Client = {
  gives: 'events',
  open(url, types, receive) {
    const { target, wanted } = listen(types, receive)
    const parser = createParser({
      onEvent: ({ event, data }) => {
        const type = event || 'message'
        if (wanted.has(type)) target.dispatchEvent(makeDataEvent(type, data))
      },
    })
    return readBytes(url, (chunk) => parser.feed(chunk))
  },
}
