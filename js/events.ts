/**
 * The events that a source fires. They are made by the hundred thousand, so a message is no real `MessageEvent`, which
 * costs twice as much to make in Chromium, but an `Event` that a page can't tell from one.
 */

import { userAgentNames } from './engine.js'
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

/** Of most messages, whose origin is {@link origin} and who have no last event ID, the data alone. */
type Says = string | Content

/** That of the first message, which most share. */
let origin: string

/** Most UTF-16 units in a light message, whose text is copied twice. */
const LIGHT = 512
/** What light messages are made of, where they are worth it. */
const Carrier = userAgentNames('Firefox/') && globalThis.CloseEvent
/** What `initMessageEvent` wrote on light messages. */
const written = new WeakMap<object, Content>()

/**
 * A message. In Firefox an object of the browser's that is of a subclass, or has a field, stays until a slow search has
 * found that nobody holds it, which is a third of what an event costs there. So a short one is light: its data stands where
 * an event of another class has a text of the browser's.
 */
export function messageOf(type: string, data: string, from: string, lastEventId: string): SourceMessage {
  origin ??= from
  const isUsual = from === origin && lastEventId === ''
  return Carrier && isUsual && data.length <= LIGHT
    ? Object.setPrototypeOf(new Carrier(type, { reason: data }), SourceMessage.prototype)
    : new SourceMessage(type, isUsual ? data : { data, origin: from, lastEventId })
}

/** A message: what `MessageEvent` has, behind the same names, on a prototype chain that runs through its prototype. */
class SourceMessage extends Event {
  /** One field: each is a tenth of what an event costs, and in Firefox an object in it another. */
  #says: Says

  constructor(type: string, says: Says) {
    super(type)
    this.#says = says
  }

  static content(message: SourceMessage): Content {
    const says =
      #says in message
        ? message.#says
        : (written.get(message) ?? (Reflect.get((Carrier as typeof CloseEvent).prototype, 'reason', message) as string))
    return typeof says === 'string' ? { data: says, origin, lastEventId: '' } : says
  }

  /** Here and not with the others: it is read of every message. */
  get data() {
    return SourceMessage.content(this).data
  }

  /** > The initMessageEvent() method must initialize the event in a manner analogous to the similarly-named initEvent() */
  initMessageEvent(_type: string, ...[, , data, origin, lastEventId, source, ports]: Optional) {
    // A real one knows what stands for what is missing, and says what is wrong as the browser does.
    const content = new MessageEvent('', { data, origin, lastEventId, source, ports })
    // It throws where there are no arguments, and looks at the first three.
    this.initEvent(...(arguments as unknown as [string]))
    // > If this's dispatch flag is set, then return.
    if (this.eventPhase !== Event.NONE) return
    if (#says in this) this.#says = content
    else written.set(this, content)
  }
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
function passAs({ prototype }: { prototype: Event }, known: { prototype: Event }) {
  Object.setPrototypeOf(prototype, known.prototype)
  delete (prototype as { constructor?: unknown }).constructor
  for (const name of Object.getOwnPropertyNames(prototype)) Object.defineProperty(prototype, name, { enumerable: true })
}

passAs(SourceOpen, Event)
passAs(SourceError, Event)
if (typeof MessageEvent === 'function') {
  // In Firefox isTrusted is among them: it stands on each event, and not on those of a subclass.
  const { prototype } = SourceMessage
  const model = new MessageEvent('') as unknown as Record<string, unknown>
  for (const name in model) {
    if (name in prototype) continue
    const value = model[name]
    Object.defineProperty(prototype, name, {
      get(this: SourceMessage) {
        return (SourceMessage.content(this) as unknown as Record<string, unknown>)[name] ?? value
      },
      configurable: true,
    })
  }
  passAs(SourceMessage, MessageEvent)
}

export { SourceOpen, SourceError }
