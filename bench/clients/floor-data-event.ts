/**
 * A floor: as `floor-event`, but an event that carries its data, as any page needs it: the least class that is an `Event`,
 * with one field.
 */
import { createParser } from 'eventsource-wasm/parser'
import { readBytes } from './bytes.js'
import type { Client } from './client.js'

class DataEvent extends Event {
  readonly #data: string

  constructor(type: string, data: string) {
    super(type)
    this.#data = data
  }

  get data(): string {
    return this.#data
  }
}

export const client: Client = {
  gives: 'events',
  open(url, types, receive) {
    const target = new EventTarget()
    const listener = (event: Event) => receive((event as DataEvent).data)
    for (const type of types) target.addEventListener(type, listener)
    const wanted = new Set(types)
    const parser = createParser({
      onEvent: ({ event, data }) => {
        const type = event || 'message'
        if (wanted.has(type)) target.dispatchEvent(new DataEvent(type, data))
      },
    })
    return readBytes(url, (chunk) => parser.feed(chunk))
  },
}
