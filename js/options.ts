/** The options that the user gave: read once, checked at once. */

import { isObject } from './is-object.js'
import type { EventSourceInit } from './types.js'

/** > the reconnection time: an implementation-defined value, probably in the region of a few seconds */
export const RECONNECTION_TIME = 3000

/** What Fetch's `RequestInit` names and takes as a string. */
const REQUEST_STRINGS = [
  'method',
  'mode',
  'credentials',
  'cache',
  'redirect',
  'referrer',
  'referrerPolicy',
  'integrity',
] as const

type Values = Readonly<Record<string, unknown>>

/** Everything that an `EventSourceInit` says. */
export interface Options {
  /** The parts of a `RequestInit` that stay the same for every attempt. */
  request: RequestInit
  withCredentials: boolean
  headers: EventSourceInit['headers']
  body: EventSourceInit['body']
  fetch: typeof fetch | undefined
  signal: AbortSignal | null | undefined
  lastEventId: string
  lastEventIdQueryParameterName: string | undefined
  reconnectionTime: number
  retry: ((failure: unknown) => unknown) | undefined
  /** Whether the request may be sent again after a response has begun: it does no harm, or the user said so. */
  repeatable: boolean
  pauseWhenHidden: boolean
  /** As `create` in `src/web/source.rs` takes them; NaN stands for what was not given. */
  numbers: number[]
  statuses: number[]
}

/** What was given, in words. */
function show(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value === 'string') return `the string "${value}"`
  if (Array.isArray(value)) return 'an array'
  if (typeof value === 'object') return 'an object'
  if (typeof value === 'function') return 'a function'
  return `the ${typeof value} ${String(value)}`
}

/** A TypeError that names what is wrong and what was given. */
export function wrong(name: string, expected: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${expected}; got ${show(value)}`)
}

interface Types {
  string: string
  number: number
  boolean: boolean
}

/** An option that is data; undefined where it was not given. */
const read = <T extends keyof Types>(init: Values, name: string, type: T, expected: string): Types[T] | undefined => {
  const value = init[name]
  if (value !== undefined && typeof value !== type) throw wrong(name, expected, value)
  return value as Types[T] | undefined
}

/** A number; NaN where it was not given. */
const number = (init: Values, name: string, expected: string, least: number, most = Number.MAX_VALUE): number => {
  const value = read(init, name, 'number', expected)
  if (value === undefined) return NaN
  if (value >= least && value <= most) return value
  throw new RangeError(`${name} must be ${expected}; got ${show(value)}`)
}

/** Not the URL at hand: one that Fetch refuses fails the connection, and that is no fault of the options. */
const check = (init: RequestInit) => new Request('data:,', init)

/** Lets Fetch judge one option by itself, so that the error can name it: not every browser's does. */
function checkAlone(name: string, value: string) {
  try {
    // Only then may a request say "only-if-cached".
    check({ mode: 'same-origin', [name]: value })
  } catch (error) {
    throw new TypeError(`${name}: Fetch does not take ${show(value)}: ${explain(error)}`)
  }
}

/** The text of something that was thrown. */
export function explain(error: unknown): string {
  // Whoever throws it made it: any of this may throw in turn.
  for (const text of [() => (error as Error | undefined)?.message, () => String(error)]) {
    try {
      const found = text()
      if (typeof found === 'string') return found
    } catch {
      continue
    }
  }
  return ''
}

/** Reads an `EventSourceInit`; undefined and null are an empty one. */
export const readOptions = (given: unknown): Options => {
  if (given !== undefined && given !== null && !isObject(given)) {
    throw wrong('eventSourceInitDict', 'an object', given)
  }
  const init = (given ?? {}) as Values

  const request: Record<string, string> = { mode: 'cors', cache: 'no-store' }
  request.credentials = init.withCredentials ? 'include' : 'same-origin'
  let asks = false
  for (const name of REQUEST_STRINGS) {
    const value = read(init, name, 'string', 'a string')
    if (value === undefined) continue
    request[name] = value
    checkAlone(name, value)
    asks = true
  }
  const { headers, body, signal, fetch, retry } = init
  if (headers !== undefined && !isObject(headers)) {
    throw wrong('headers', 'an object, a Headers, an array of pairs or a function', headers)
  }
  if (signal !== undefined && signal !== null && !isSignal(signal)) throw wrong('signal', 'an AbortSignal', signal)
  if (fetch !== undefined && typeof fetch !== 'function') throw wrong('fetch', 'a function', fetch)
  const worker = read(init, 'worker', 'string', '"none", "dedicated" or "shared"')
  if (worker !== undefined && worker !== 'none') {
    throw new DOMException('worker: only "none" is there in this version', 'NotSupportedError')
  }
  const lastEventId = read(init, 'lastEventId', 'string', 'a string') ?? ''
  if (/[\0\n\r]/.test(lastEventId)) {
    throw new TypeError('lastEventId must not contain NUL, LF or CR')
  }
  if (retry !== undefined && !isObject(retry)) throw wrong('retry', 'an object or a function', retry)
  const policy = (typeof retry === 'object' ? retry : {}) as Values
  const factor = number(policy, 'factor', 'a number, 1 or more', 1)
  const maxDelay = number(policy, 'maxDelay', 'a number of milliseconds', 0, Infinity)
  const jitter = number(policy, 'jitter', 'a number from 0 to 1', 0, 1)
  const maxAttempts = number(policy, 'maxAttempts', 'a number, 0 or more', 0, Infinity)
  const statuses: unknown = policy.statuses ?? []
  if (!Array.isArray(statuses) || statuses.some((status) => typeof status !== 'number')) {
    throw wrong('statuses', 'an array of HTTP statuses', statuses)
  }
  const resetAfter = number(policy, 'resetAfter', 'a number of milliseconds', 0, Infinity)
  const parameter = read(init, 'lastEventIdQueryParameterName', 'string', 'a string')
  const time = number(init, 'reconnectionTime', 'a number of milliseconds', 0)
  const reconnectionTime = Number.isNaN(time) ? RECONNECTION_TIME : time
  const heartbeat = number(init, 'heartbeatTimeout', 'a number of milliseconds above 0', 1)
  const pauseWhenHidden = read(init, 'pauseWhenHidden', 'boolean', 'true or false') ?? false
  const maxEventSize = number(init, 'maxEventSize', 'a number of bytes', 1)

  // Lets Fetch itself say what it does not take: headers that are none, options that contradict each other. Not where
  // nothing was given: the first Request of a page takes long to make.
  if (asks || typeof headers === 'object') {
    check({ ...request, ...(typeof headers === 'object' && { headers: headers as HeadersInit }) })
  }
  const method = (request.method ?? 'GET').toUpperCase()
  if (body !== undefined && body !== null && (method === 'GET' || method === 'HEAD')) {
    throw new TypeError('body needs a method that has one: say method: "POST"')
  }
  return {
    request,
    withCredentials: request.credentials === 'include',
    headers: headers as Options['headers'],
    body: body as Options['body'],
    fetch: fetch as Options['fetch'],
    signal: signal as Options['signal'],
    lastEventId,
    lastEventIdQueryParameterName: parameter,
    reconnectionTime,
    retry: typeof retry === 'function' ? (retry as Options['retry']) : undefined,
    repeatable: method === 'GET' || retry !== undefined || typeof body === 'function',
    pauseWhenHidden,
    numbers: [reconnectionTime, heartbeat, maxEventSize, factor, maxDelay, jitter, maxAttempts, resetAfter],
    statuses,
  }
}

/** What `fromReadableStream` takes. */
export function readStreamOptions(given: unknown): Pick<Options, 'lastEventId' | 'numbers'> {
  const init = (given ?? {}) as Values
  const lastEventId = read(init, 'lastEventId', 'string', 'a string') ?? ''
  const maxEventSize = number(init, 'maxEventSize', 'a number of bytes', 1)
  return { lastEventId, numbers: [NaN, NaN, maxEventSize] }
}

// Of whatever realm, so not by `instanceof`.

function isSignal(value: unknown): boolean {
  const { aborted, addEventListener } = Object(value) as Partial<AbortSignal>
  return typeof aborted === 'boolean' && typeof addEventListener === 'function'
}

export const isStream = (value: unknown): value is ReadableStream<Uint8Array> => {
  try {
    return isObject(value) && typeof Reflect.get(ReadableStream.prototype, 'locked', value) === 'boolean'
  } catch {
    return false
  }
}
