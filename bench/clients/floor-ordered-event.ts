/**
 * A floor: as `floor-data-event`, and promises that one event resolves are called back before the next event, as they are
 * where each has a task of its own; of longer chains of promises that is the beginning.
 */
import { createParser } from 'eventsource-wasm/parser'
import { readBytes } from './bytes.js'
import type { Client } from './client.js'
import { listen, makeDataEvent } from './data-event.js'

export const client: Client = {
  gives: 'events',
  open(url, types, receive) {
    const { target, wanted } = listen(types, receive)
    /** Of each event the type and the data. */
    let parsed: string[] = []
    const parser = createParser({
      onEvent: ({ event, data }) => {
        const type = event || 'message'
        if (wanted.has(type)) parsed.push(type, data)
      },
    })
    return readBytes(url, async (chunk) => {
      parser.feed(chunk)
      const ready = parsed
      parsed = []
      for (let at = 0; at < ready.length; at += 2) {
        target.dispatchEvent(makeDataEvent(ready[at]!, ready[at + 1]!))
        await undefined
      }
    })
  },
}
