/** For the floors: the least class that is an `Event` and carries its data, and what hears of such events. */
import type { Receive } from './client.js'

/** With one field. */
export class DataEvent extends Event {
  readonly #data: string

  constructor(type: string, data: string) {
    super(type)
    this.#data = data
  }

  get data(): string {
    return this.#data
  }
}

/** A target with a listener for each type, and the types: no event need be made of another. */
export function listen(types: readonly string[], receive: Receive) {
  const target = new EventTarget()
  const listener = (event: Event) => receive((event as DataEvent).data)
  for (const type of types) target.addEventListener(type, listener)
  return { target, wanted: new Set(types) }
}
