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

/** Most UTF-16 units that are cheaper so in Firefox. */
const LIGHT = 512
const Carrier = navigator.userAgent.includes('Firefox/') && CloseEvent
const reason = Carrier && Object.getOwnPropertyDescriptor(Carrier.prototype, 'reason')!.get!
const light = {
  __proto__: Event.prototype,
  get data(): string {
    return (reason as () => string).call(this)
  },
}

/** With one field; in Firefox, where that is dear, with the text that events of a class of the browser's have. */
export function makeDataEvent(type: string, data: string): Event {
  return Carrier && data.length <= LIGHT
    ? (Object.setPrototypeOf(new Carrier(type, { reason: data }), light) as Event)
    : new DataEvent(type, data)
}

/** A target with a listener for each type, and the types: no event need be made of another. */
export function listen(types: readonly string[], receive: Receive) {
  const target = new EventTarget()
  const listener = (event: Event) => receive((event as Event & { data: string }).data)
  for (const type of types) target.addEventListener(type, listener)
  return { target, wanted: new Set(types) }
}
