/**
 * The public contract of the package: what a user can rely on, as it was agreed on before the package was written.
 * Written down apart from the package's own declarations, so that a change of those shows. The package is held to it,
 * and it to the package, by both-ways.ts.
 */


// ---------------------------------------------------------------------------------------------------------
// "eventsource-wasm": no side effects on import, safe to import where there is no DOM (SSR, Node, workers)
// ---------------------------------------------------------------------------------------------------------

/** What Fetch's `RequestInit` already names keeps its name and meaning here. */
type RequestOptions = Pick<
  RequestInit,
  'method' | 'mode' | 'credentials' | 'cache' | 'redirect' | 'referrer' | 'referrerPolicy' | 'integrity' | 'signal'
>

export interface EventSourceInit extends RequestOptions {
  /** As in the standard. `credentials`, where given, wins. */
  withCredentials?: boolean

  /** Asked again before every connection attempt where it is a function: a fresh token needs no new object. */
  headers?: HeadersInit | ((attempt: ConnectionAttempt) => HeadersInit | Promise<HeadersInit>)
  /**
   * A one-shot stream can't be sent twice: to reconnect, give a function. A request with a method other than GET
   * is never sent again on its own once a response has begun, unless `retry` or a body function says so.
   */
  body?: BodyInit | null | ((attempt: ConnectionAttempt) => BodyInit | null | Promise<BodyInit | null>)
  /** Used in place of `globalThis.fetch`. */
  fetch?: typeof fetch

  /** Sent as Last-Event-ID with the first request already: resume across page loads. */
  lastEventId?: string
  /** Send the id as this query parameter in place of the header (which costs a CORS preflight). */
  lastEventIdQueryParameterName?: string

  /** Milliseconds before the first reconnection, until the stream's `retry:` says otherwise. Default 3000. */
  reconnectionTime?: number
  /** How it goes on after that. A function decides each time: a delay in milliseconds, or false to give up. */
  retry?: RetryPolicy | ((failure: ConnectionFailure) => number | false | Promise<number | false>)
  /** Reconnect when not one byte, comments included, came for so many milliseconds. Default: never. */
  heartbeatTimeout?: number
  /** Close the connection while the document is hidden and resume it when it is shown. Default false. */
  pauseWhenHidden?: boolean
  /** Most bytes that one event may hold before the connection fails. Default 64 MiB. */
  maxEventSize?: number

  /**
   * Where the connection lives.
   * - "none" (default): in this thread.
   * - "dedicated": in a worker of this page; reading and parsing leave the main thread.
   * - "shared": in a SharedWorker; every tab and frame of the origin that asks for the same stream shares ONE
   *   connection.
   */
  worker?: 'none' | 'dedicated' | 'shared'
  /** The worker script's address, where a bundler or a strict CSP needs it said. */
  workerUrl?: string | URL
  /** Which shared connection to join. Default: made from url, method, credentials, headers and body. */
  shareKey?: string
}

export interface RetryPolicy {
  /** Each failed attempt in a row multiplies the delay. Default 2. */
  factor?: number
  /** Ceiling of the delay in milliseconds. Default 30000. */
  maxDelay?: number
  /** Share of the delay that is random, 0 to 1. Default 0.5 from the second attempt in a row on. */
  jitter?: number
  /** Failed attempts in a row before giving up. Default Infinity. */
  maxAttempts?: number
  /**
   * HTTP statuses to retry, in place of failing for good as the standard does. `Retry-After` (seconds or date) can
   * only lengthen the delay.
   */
  statuses?: readonly number[]
  /** A connection counts as good again, and the delay starts small again, after an event or so many milliseconds. Default 5000. */
  resetAfter?: number
}

/** What the next request is about to be made for. */
export interface ConnectionAttempt {
  /** 1 for the first connection of this object, then counting up. */
  attempt: number
  /** What will be sent as Last-Event-ID; empty: nothing. */
  lastEventId: string
  /** Why the one before ended: a 401 here is the moment to refresh a token. */
  previous: ConnectionFailure | null
}

/** Why a connection ended or could not be made. */
export interface ConnectionFailure {
  reason: 'network' | 'end-of-stream' | 'status' | 'content-type' | 'heartbeat' | 'too-large' | 'request' | 'aborted'
  message: string
  /** HTTP status, where a response came. */
  status?: number
  response?: ResponseInfo
  /** The underlying error, where there was one. */
  error?: unknown
  /** Failed attempts in a row, this one included. */
  attempt: number
  /** What the policy would wait, in milliseconds; null: it gives up. */
  reconnectIn: number | null
}

export interface ResponseInfo {
  url: string
  status: number
  statusText: string
  headers: Headers
  redirected: boolean
}

/** `open`, with what the server answered. */
export interface EventSourceOpenEvent extends Event { readonly response: ResponseInfo }
/** `error`: still a plain Event to standard code, with the reason for whoever looks. */
export interface EventSourceErrorEvent extends Event, Readonly<ConnectionFailure> {
  /** Same as `status`: the name that `eventsource` uses. */
  readonly code: number | undefined
}

/** Names the events of a stream: `EventSource<{ ping: string; chat: string }>`. */
export type EventMap = Record<string, unknown>
type Listened<M extends EventMap> = { [K in keyof M]: MessageEvent<M[K]> } & {
  open: EventSourceOpenEvent
  message: MessageEvent<string>
  error: EventSourceErrorEvent
}

/** Reading gives lib.dom's type, so that the class can stand where lib.dom's is asked for; writing knows our events. */
type Attribute<E extends Event> = ((this: globalThis.EventSource, event: E) => unknown) | null
type Listener<E extends Event> = ((this: globalThis.EventSource, event: E) => unknown) | { handleEvent(event: E): unknown } | null

export declare class EventSource<M extends EventMap = {}> extends EventTarget {
  static readonly CONNECTING: 0
  static readonly OPEN: 1
  static readonly CLOSED: 2
  /** The event-stream half alone, over any byte stream (whatwg/html#12272). Never reconnects. */
  static fromReadableStream(stream: ReadableStream<Uint8Array>, init?: { lastEventId?: string; maxEventSize?: number }): EventSource

  constructor(url: string | URL, eventSourceInitDict?: EventSourceInit)

  readonly CONNECTING: 0
  readonly OPEN: 1
  readonly CLOSED: 2
  readonly url: string
  readonly withCredentials: boolean
  readonly readyState: 0 | 1 | 2
  get onopen(): Attribute<Event>
  set onopen(handler: Attribute<EventSourceOpenEvent>)
  get onmessage(): Attribute<MessageEvent>
  set onmessage(handler: Attribute<MessageEvent<string>>)
  get onerror(): Attribute<Event>
  set onerror(handler: Attribute<EventSourceErrorEvent>)
  close(): void
  addEventListener<K extends keyof Listened<M>>(type: K, listener: Listener<Listened<M>[K]>, options?: boolean | AddEventListenerOptions): void
  addEventListener(type: string, listener: Listener<MessageEvent>, options?: boolean | AddEventListenerOptions): void
  addEventListener(type: string, listener: EventListenerOrEventListenerObject | null, options?: boolean | AddEventListenerOptions): void
  removeEventListener(type: string, listener: Listener<any>, options?: boolean | EventListenerOptions): void

  /** whatwg/html#12272 */
  readonly lastEventId: string
  readonly reconnectionTime: number
  /** whatwg/html#12272: drop the unfinished event, so that a fresh stream may follow. */
  reset(): void

  /** Reconnect now: after a new login, or when the app knows better than the timer. */
  reconnect(): void
  /** Every event, of whatever type, in order; ends when the source is closed, throws when it fails for good. */
  [Symbol.asyncIterator](): AsyncIterableIterator<MessageEvent<string>>
  [Symbol.dispose](): void
}

// ---------------------------------------------------------------------------------------------------------
// "eventsource-wasm/parser": the format alone. createParser is a drop-in for eventsource-parser's.
// ---------------------------------------------------------------------------------------------------------

export interface EventSourceMessage { id: string | undefined; event: string | undefined; data: string }
export interface ParserCallbacks {
  onEvent?(event: EventSourceMessage): void
  onId?(id: string): void
  onRetry?(milliseconds: number): void
  onComment?(comment: string): void
  onError?(error: ParseError): void
  maxBufferSize?: number
}
export declare class ParseError extends Error {
  type: 'invalid-retry' | 'unknown-field' | 'max-buffer-size-exceeded'
  field?: string
  value?: string
  line?: string
}
export interface EventSourceParser {
  /** Bytes are decoded here, whole characters or not; strings are taken too. */
  feed(chunk: Uint8Array | string): void
  reset(options?: { consume?: boolean }): void
}
export declare function createParser(callbacks: ParserCallbacks): EventSourceParser
/** Bytes or strings in, events out: `response.body.pipeThrough(new EventSourceParserStream())`. */
export declare class EventSourceParserStream extends TransformStream<Uint8Array | string, EventSourceMessage> {
  constructor(options?: { onError?: 'terminate' | ((error: ParseError) => void); onRetry?(ms: number): void; onComment?(c: string): void; maxBufferSize?: number })
}
/** `for await (const event of events(await fetch(...)))` */
export declare function events(source: Response | ReadableStream<Uint8Array>, init?: { signal?: AbortSignal }): AsyncGenerator<EventSourceMessage>

// ---------------------------------------------------------------------------------------------------------
// "eventsource-wasm/polyfill": side effect: sets globalThis.EventSource; `nativeEventSource` keeps what was there.
// "eventsource-wasm/slim":     the same names as the root, the .wasm as a file of its own: `await init(urlOrBytes?)` first.
// "eventsource-wasm/js":       the same names as the root without WebAssembly (made by wasm2js), for pages whose CSP forbids it.
// dist/eventsource-wasm.global.js: the polyfill as ONE classic script for <script> and importScripts.
// dist/worker.js, dist/shared-worker.js: what `worker: 'dedicated' | 'shared'` starts.
// ---------------------------------------------------------------------------------------------------------
