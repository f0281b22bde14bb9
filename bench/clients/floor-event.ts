/** A floor: a plain `Event` dispatched for each event, which is less than anybody can use, and no class that does more. */
import { createParser } from 'eventsource-wasm/parser'
import { readBytes } from './bytes.js'
import type { Client } from './client.js'

export const client: Client = {
  gives: 'events',
  open(url, types, receive) {
    const target = new EventTarget()
    let now = ''
    for (const type of types) target.addEventListener(type, () => receive(now))
    const wanted = new Set(types)
    const parser = createParser({
      onEvent: ({ event, data }) => {
        if (!wanted.has(event || 'message')) return
        now = data
        target.dispatchEvent(new Event(event || 'message'))
      },
    })
    return readBytes(url, (chunk) => parser.feed(chunk))
  },
}
