/**
 * The events that a source fires. They are made by the hundred thousand, so a message is no real `MessageEvent`, which
 * costs twice as much to make in Chromium, but an `Event` that a page can't tell from one.
 */

import { isFirefox } from './engine.js'
import type { ConnectionFailure, ResponseInfo } from './types.js'

/** What `initMessageEvent` need not be given. */
type Optional = [
  bubbles?: boolean,
  cancelable?: boolean,
  data?: unknown,
  origin?: string,
  lastEventId?: string,
  source?: MessageEventSource | null,
  ports?: MessagePort[],
]

/** What a message has but its type. */
interface Content {
  readonly data: unknown
  readonly origin: string
  readonly lastEventId: string
}

/** Of most messages, whose origin is {@link usualOrigin} and who have no last event ID, the data alone. */
type Says = string | Content

/** That of the first message, which most share. */
let usualOrigin: string

/** Most UTF-16 units in a light message, whose text is copied twice. */
const LIGHT = 512
// The browser's own, as it was when the package was loaded; in other engines light messages cost more than others.
const Carrier = isFirefox && globalThis.CloseEvent
const reason = Carrier && Object.getOwnPropertyDescriptor(Carrier.prototype, 'reason')?.get
/** What `initMessageEvent` wrote on light messages. */
const written = new WeakMap<object, Content>()

/** A message: what `MessageEvent` has, behind the same names, on a prototype chain that runs through its prototype. */
class SourceMessage extends Event {
  /** One field: each is a tenth of what an event costs, and in Firefox an object in it another. */
  #says: Says

  constructor(type: string, says: Says) {
    super(type)
    this.#says = says
  }

  /** Throws for what is no message, but in Firefox for a `CloseEvent`. */
  static content(message: SourceMessage): Content {
    const says = #says in message ? message.#says : (written.get(message) ?? (reason as () => string).call(message))
    return typeof says === 'string' ? { data: says, origin: usualOrigin, lastEventId: '' } : says
  }

  /** Here and not with the others: it is read of every message. */
  get data() {
    return SourceMessage.content(this).data
  }

  /** > The initMessageEvent() method must initialize the event in a manner analogous to the similarly-named initEvent() */
  initMessageEvent(_type: string, ...[, , data, origin, lastEventId, source, ports]: Optional) {
    // Throws for what is no message.
    SourceMessage.content(this)
    // A real one knows what stands for what is missing, and says what is wrong as the browser does.
    const content = new MessageEvent('', { data, origin, lastEventId, source, ports })
    // Throws where there are no arguments, and looks at the first three.
    this.initEvent(...(arguments as unknown as [string]))
    // > If this's dispatch flag is set, then return.
    if (this.eventPhase !== Event.NONE) return
    if (#says in this) this.#says = content
    else written.set(this, content)
  }
}

/**
 * A message. In Firefox an object of the browser's that is of a subclass, or has a field, stays until a slow search has
 * found that nobody holds it: half of what its event costs there. So a short one is light: its data stands where an event
 * of another class has a text of the browser's.
 */
export const messageOf = (type: string, data: string, origin: string, lastEventId: string): SourceMessage => {
  usualOrigin ??= origin
  const isUsual = origin === usualOrigin && lastEventId === ''
  return reason && isUsual && data.length <= LIGHT
    ? Object.setPrototypeOf(new (Carrier as typeof CloseEvent)(type, { reason: data }), SourceMessage.prototype)
    : new SourceMessage(type, isUsual ? data : { data, origin, lastEventId })
}

/** `open`, with what the server answered. */
class SourceOpen extends Event {
  #response: ResponseInfo | undefined

  constructor(response: ResponseInfo | undefined) {
    super('open')
    this.#response = response
  }

  get response() {
    return this.#response
  }
}

/** `error`, with the reason. */
class SourceError extends Event {
  #failure: ConnectionFailure

  constructor(failure: ConnectionFailure) {
    super('error')
    this.#failure = failure
  }

  get reason() {
    return this.#failure.reason
  }

  get message() {
    return this.#failure.message
  }

  get status() {
    return this.#failure.status
  }

  get code() {
    return this.#failure.status
  }

  get response() {
    return this.#failure.response
  }

  get error() {
    return this.#failure.error
  }

  get attempt() {
    return this.#failure.attempt
  }

  get reconnectIn() {
    return this.#failure.reconnectIn
  }
}

/** Lets a class pass as the one that a page knows: `constructor` and the class string are inherited from there. */
const passAs = ({ prototype }: { prototype: Event }, known: { prototype: Event }) => {
  Object.setPrototypeOf(prototype, known.prototype)
  delete (prototype as { constructor?: unknown }).constructor
  for (const name of Object.getOwnPropertyNames(prototype)) Object.defineProperty(prototype, name, { enumerable: true })
}

passAs(SourceOpen, Event)
passAs(SourceError, Event)
if (typeof MessageEvent === 'function') {
  // In the order of the interface; what a message does not say, a fresh one does. That isTrusted is among them is not seen:
  // it stands on each event.
  const prototype = SourceMessage.prototype as unknown as Record<string, unknown>
  const model = new MessageEvent('') as unknown as Record<string, unknown>
  // All messages share it.
  Object.freeze(model['ports'])
  for (const name in model) {
    if (name in Event.prototype) continue
    const value = model[name]
    const attribute = {
      get [name](): unknown {
        return (
          (SourceMessage.content(this as unknown as SourceMessage) as unknown as Record<string, unknown>)[name] ?? value
        )
      },
    }
    const own = Object.getOwnPropertyDescriptor(prototype, name)
    delete prototype[name]
    Object.defineProperty(prototype, name, own ?? Object.getOwnPropertyDescriptor(attribute, name)!)
  }
  passAs(SourceMessage, MessageEvent)
}

export { SourceOpen, SourceError }
