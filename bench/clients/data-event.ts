/** For the floors: the least that is an `Event` of a class of its own and carries its data, and what hears of such events. */
import type { Receive } from './client.js'

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

const { get } = Object.getOwnPropertyDescriptor(CloseEvent.prototype, 'reason')!
const light = {
  __proto__: Event.prototype,
  get data(): string {
    return get!.call(this) as string
  },
}

/** With one field; in Firefox, where that is dear, with the text that events of a class of the browser's have. */
export const makeDataEvent: (type: string, data: string) => Event = navigator.userAgent.includes('Firefox/')
  ? (type, data) => Object.setPrototypeOf(new CloseEvent(type, { reason: data }), light) as Event
  : (type, data) => new DataEvent(type, data)

/** A target with a listener for each type, and the types: no event need be made of another. */
export function listen(types: readonly string[], receive: Receive) {
  const target = new EventTarget()
  const listener = (event: Event) => receive((event as Event & { data: string }).data)
  for (const type of types) target.addEventListener(type, listener)
  return { target, wanted: new Set(types) }
}
