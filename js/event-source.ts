/** The class: what the standard's interface definition says, and what goes beyond it. All work is done elsewhere. */

import { Handlers } from './handlers.js'
import { iterate } from './iterator.js'
import { Listeners } from './listeners.js'
import { isStream } from './options.js'
import { makeSource, type Source } from './source.js'
import type {
  Attribute,
  EventMap,
  EventSourceErrorEvent,
  EventSourceInit,
  EventSourceOpenEvent,
  Listened,
  Listener,
} from './types.js'

/** What `fromReadableStream` hands to the constructor, which has no argument for it. */
let given: { stream: ReadableStream<Uint8Array>; init: unknown } | undefined

// Inherited from EventTarget; here are only the types of what listeners are called with.
export interface EventSource<M extends EventMap = {}> {
  addEventListener<K extends keyof Listened<M>>(
    type: K,
    listener: Listener<Listened<M>[K]>,
    options?: boolean | AddEventListenerOptions,
  ): void
  addEventListener(type: string, listener: Listener<MessageEvent>, options?: boolean | AddEventListenerOptions): void
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void
  removeEventListener(type: string, listener: Listener<any>, options?: boolean | EventListenerOptions): void
}

/**
 * Server-sent events over `fetch`: a drop-in for the browser's class.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#the-eventsource-interface
 */
export class EventSource<M extends EventMap = {}> extends EventTarget {
  declare static readonly CONNECTING: 0
  declare static readonly OPEN: 1
  declare static readonly CLOSED: 2
  declare readonly CONNECTING: 0
  declare readonly OPEN: 1
  declare readonly CLOSED: 2

  readonly #source: Source
  readonly #listeners = new Listeners()
  readonly #handlers = new Handlers(this.#listeners)

  /**
   * The event-stream half alone, over any stream of bytes. Never reconnects.
   *
   * @see https://github.com/whatwg/html/pull/12272
   */
  static fromReadableStream(
    stream: ReadableStream<Uint8Array>,
    init?: { lastEventId?: string; maxEventSize?: number },
  ): EventSource {
    if (!isStream(stream)) throw new TypeError('fromReadableStream needs a ReadableStream')
    given = { stream, init }
    try {
      return new EventSource('about:event-stream')
    } finally {
      given = undefined
    }
  }

  /**
   * Connects to a URL, resolved as `fetch` would.
   *
   * @throws {DOMException} A SyntaxError where the URL can't be parsed.
   * @throws {TypeError} Where an option is of a wrong type or Fetch does not know it; the message names the option.
   * @throws {RangeError} Where a number is out of range.
   */
  constructor(url: string | URL, eventSourceInitDict: EventSourceInit = {}) {
    super()
    if (arguments.length === 0) {
      throw new TypeError("Failed to construct 'EventSource': 1 argument required, but only 0 present.")
    }
    this.#source = makeSource(this, this.#listeners)
    if (given) this.#source.read(given.stream, given.init)
    else this.#source.connect(`${url as string}`, eventSourceInitDict)
  }

  // Overridden to know who listens: an event that nobody would hear of is not made. The types are in the interface above.

  override addEventListener(type: string, listener: any, options: boolean | AddEventListenerOptions = {}): void {
    super.addEventListener.apply(this, arguments as unknown as Parameters<EventTarget['addEventListener']>)
    if (Object(this) === this && #source in this) this.#listeners.add(this, `${type}`, listener, options)
  }

  override removeEventListener(type: string, listener: any, options: boolean | EventListenerOptions = {}): void {
    super.removeEventListener.apply(this, arguments as unknown as Parameters<EventTarget['removeEventListener']>)
    if (Object(this) === this && #source in this) this.#listeners.remove(`${type}`, listener, options)
  }

  /** > The url getter steps are to return the serialization of this's url. */
  get url(): string {
    return this.#source.url
  }

  /** Whether cookies go to other origins too. */
  get withCredentials(): boolean {
    return this.#source.withCredentials
  }

  /** CONNECTING (0), OPEN (1) or CLOSED (2). */
  get readyState(): 0 | 1 | 2 {
    return this.#source.readyState
  }

  get onopen(): Attribute<Event> {
    return this.#handlers.get('open') as Attribute<Event>
  }

  set onopen(handler: Attribute<EventSourceOpenEvent>) {
    this.#handlers.set(this, 'open', handler)
  }

  get onmessage(): Attribute<MessageEvent> {
    return this.#handlers.get('message') as Attribute<MessageEvent>
  }

  set onmessage(handler: Attribute<MessageEvent<string>>) {
    this.#handlers.set(this, 'message', handler)
  }

  get onerror(): Attribute<Event> {
    return this.#handlers.get('error') as Attribute<Event>
  }

  set onerror(handler: Attribute<EventSourceErrorEvent>) {
    this.#handlers.set(this, 'error', handler)
  }

  /** > The close() method must abort any instances of the fetch algorithm …, and must set the readyState to CLOSED. */
  close(): void {
    this.#source.close()
  }

  /** The id of the last event that set one; what a reconnection sends as Last-Event-ID. */
  get lastEventId(): string {
    return this.#source.lastEventId
  }

  /** Milliseconds before the first reconnection: the option's, until the stream's `retry` says otherwise. */
  get reconnectionTime(): number {
    return this.#source.reconnectionTime
  }

  /** Drops the unfinished event, so that a fresh stream may follow. */
  reset(): void {
    this.#source.reset()
  }

  /** Connects again now, in place of the connection or the wait at hand. Does nothing once CLOSED. */
  reconnect(): void {
    this.#source.reconnect()
  }

  /** Every event from now on, of whatever type, in order; ends when the source is closed, throws when it fails for good. */
  [Symbol.asyncIterator](): AsyncIterableIterator<MessageEvent<string>> {
    return iterate(this.#source)
  }

  /** Closes the source: `using source = new EventSource(url)`. */
  [Symbol.dispose](): void {
    this.close()
  }
}

// What a class body can't say: attributes and operations of an interface are enumerable, constants stand on both the
// constructor and the prototype, and a minifier must not change the name.
for (const target of [EventSource, EventSource.prototype]) {
  ;['CONNECTING', 'OPEN', 'CLOSED'].forEach((name, value) => {
    Object.defineProperty(target, name, { value, enumerable: true })
  })
  for (const name of Object.getOwnPropertyNames(target)) {
    if (!['constructor', 'prototype', 'name', 'length'].includes(name)) {
      Object.defineProperty(target, name, { enumerable: true })
    }
  }
}
Object.defineProperty(EventSource, 'name', { value: 'EventSource', configurable: true })
Object.defineProperty(EventSource.prototype, Symbol.toStringTag, { value: 'EventSource', configurable: true })
