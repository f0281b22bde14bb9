/** The public types: every option, every field of an event, with its unit and default. Contains no code. */

/** What Fetch's `RequestInit` already names keeps its name and meaning here. */
export type RequestOptions = Pick<
  RequestInit,
  'method' | 'mode' | 'credentials' | 'cache' | 'redirect' | 'referrer' | 'referrerPolicy' | 'integrity' | 'signal'
>

/** What `new EventSource(url, init)` takes beyond the URL. A wrong type throws a TypeError that names the option. */
export interface EventSourceInit extends RequestOptions {
  /** Send cookies to other origins too. Default false. `credentials`, where given, wins. */
  withCredentials?: boolean
  /**
   * Headers of every request. A function is asked again before each attempt, so a fresh token needs no new object.
   *
   * @example new EventSource('/events', { headers: async () => ({ Authorization: `Bearer ${await token()}` }) })
   */
  headers?: HeadersInit | ((attempt: ConnectionAttempt) => HeadersInit | Promise<HeadersInit>)
  /** The request's body; needs a `method` that has one. A stream can be sent only once: to reconnect, give a function. */
  body?: BodyInit | null | ((attempt: ConnectionAttempt) => BodyInit | null | Promise<BodyInit | null>)
  /** Used in place of `globalThis.fetch`. */
  fetch?: typeof fetch
  /** Sent as Last-Event-ID with the first request already. Default: none. */
  lastEventId?: string
  /** Send the id as this query parameter and not as a header, which would cost a CORS preflight. */
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
}

/** The delay between attempts. */
export interface RetryPolicy {
  /** Each failed attempt in a row multiplies the delay. Default 2. */
  factor?: number
  /** Ceiling of the delay in milliseconds. Default 30000. */
  maxDelay?: number
  /** Share of the delay that is random, 0 to 1. Default 0.5 from the second failure in a row on. */
  jitter?: number
  /** Failed attempts in a row before giving up. Default Infinity. */
  maxAttempts?: number
  /** HTTP statuses to retry, in place of failing for good. `Retry-After` can only lengthen the delay. Default none. */
  statuses?: readonly number[]
  /** A connection counts as good, and the delay starts small again, after an event or so many milliseconds. Default 5000. */
  resetAfter?: number
}

/** What the next request is about to be made for. */
export interface ConnectionAttempt {
  /** 1 for the first connection of this object, then counting up. */
  attempt: number
  /** What will be sent as Last-Event-ID; empty: nothing. */
  lastEventId: string
  /** Why the one before ended; null for the first. */
  previous: ConnectionFailure | null
}

/** Why a connection ended or could not be made. */
export interface ConnectionFailure {
  reason: 'network' | 'end-of-stream' | 'status' | 'content-type' | 'heartbeat' | 'too-large' | 'request' | 'aborted'
  /** One plain sentence. */
  message: string
  /** HTTP status, where a response came. */
  status?: number
  response?: ResponseInfo
  /** The underlying error, where there was one. */
  error?: unknown
  /** Failed attempts in a row, this one included. */
  attempt: number
  /** Milliseconds until the next attempt; null: it failed for good. */
  reconnectIn: number | null
}

/** What the server answered. */
export interface ResponseInfo {
  url: string
  status: number
  statusText: string
  headers: Headers
  redirected: boolean
}

/** `open`, with what the server answered. */
export interface EventSourceOpenEvent extends Event {
  readonly response: ResponseInfo
}

/** `error`: a plain Event to standard code, with the reason for whoever looks. */
export interface EventSourceErrorEvent extends Event, Readonly<ConnectionFailure> {
  /** Same as `status`: the name that `eventsource` uses. */
  readonly code: number | undefined
}

/** Names the events of a stream: `EventSource<{ ping: string; chat: string }>`. */
export type EventMap = Record<string, unknown>

/** The event that a listener of each type is called with. */
export type Listened<M extends EventMap> = { [K in keyof M]: MessageEvent<M[K]> } & {
  open: EventSourceOpenEvent
  message: MessageEvent<string>
  error: EventSourceErrorEvent
}

/** An event handler attribute. `this` is lib.dom's type, so that the class can stand where lib.dom's is asked for. */
export type Attribute<E extends Event> = ((this: globalThis.EventSource, event: E) => unknown) | null

/** An event listener. */
export type Listener<E extends Event> =
  ((this: globalThis.EventSource, event: E) => unknown) | { handleEvent(event: E): unknown } | null
