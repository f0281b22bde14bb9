/**
 * The events that a source fires. They are made by the hundred thousand, so a message is no real `MessageEvent`, which
 * costs twice as much to make in Chromium, but an `Event` that a page can't tell from one.
 */

import type { ConnectionFailure, ResponseInfo } from './types.js'

const noPorts: readonly MessagePort[] = Object.freeze([])

/** What messages that follow each other have in common. */
export interface Rest {
  readonly origin: string
  readonly lastEventId: string
  readonly source?: MessageEventSource | null
  readonly ports?: readonly MessagePort[]
}

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

/** What most messages have, so that it need not stand on each: what the first one without an id had. */
let usual: Rest | undefined

export function restOf(origin: string, lastEventId: string): Rest {
  const rest = { origin, lastEventId }
  if (lastEventId !== '') return rest
  usual ??= rest
  return usual.origin === origin ? usual : rest
}

type Says = string | { data: unknown; rest: Rest }

/** Not a method of the class: a private one is written on every event. */
function restIn(says: Says): Rest {
  return typeof says === 'string' ? usual! : says.rest
}

/** A message: what `MessageEvent` has, behind the same names, on a prototype chain that runs through its prototype. */
class SourceMessage extends Event {
  /** One field: each is a tenth of what an event costs, and in Firefox an object in it another. */
  #says: Says

  constructor(type: string, data: string, rest: Rest) {
    super(type)
    this.#says = rest === usual ? data : { data, rest }
  }

  get data() {
    const says = this.#says
    return typeof says === 'string' ? says : says.data
  }

  get origin() {
    return restIn(this.#says).origin
  }

  get lastEventId() {
    return restIn(this.#says).lastEventId
  }

  get source() {
    return restIn(this.#says).source ?? null
  }

  get ports() {
    return restIn(this.#says).ports ?? noPorts
  }

  /** > The initMessageEvent() method must initialize the event in a manner analogous to the similarly-named initEvent() */
  initMessageEvent(_type: string, ...[, , data, origin, lastEventId, source, ports]: Optional) {
    // A real one knows what stands for what is missing, and says what is wrong as the browser does.
    const rest = new MessageEvent('', { data, origin, lastEventId, source, ports })
    // It throws where there are no arguments, and looks at the first three.
    this.initEvent(...(arguments as unknown as [string]))
    // > If this's dispatch flag is set, then return.
    if (this.eventPhase === Event.NONE) this.#says = { data: rest.data, rest }
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
  // An attribute that it does not have itself gives what a fresh event of that class gives. In Firefox so does isTrusted,
  // which stands on each event, and not on those of a subclass.
  const { prototype } = SourceMessage
  const model = new MessageEvent('') as unknown as Record<string, unknown>
  for (const name in model) {
    if (name in prototype) continue
    const value = model[name]
    Object.defineProperty(prototype, name, { get: () => value, configurable: true })
  }
  passAs(SourceMessage, MessageEvent)
}

export { SourceMessage, SourceOpen, SourceError }
