/** One request of many: the same options, fresh headers and body, the last event ID. Judges nothing. */

import { isFirefox, isWebKit } from './engine.js'
import { isStream, type Options } from './options.js'
import type { ConnectionAttempt } from './types.js'

/** Where requests go. */
export interface Target {
  /** The URL that the source was made with. */
  original: string
  /** Where a redirect led, as the standard's request keeps it. */
  current: string
}

/** What an attempt asks `fetch` for. */
export interface Prepared {
  url: string
  init: RequestInit
}

/**
 * > Let urlRecord be the result of encoding-parsing a URL given url, relative to settings. If urlRecord is failure, then
 * > throw a "SyntaxError" DOMException.
 */
export const resolve = (url: string): URL => {
  try {
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href)
  } catch {
    throw new DOMException(`Failed to construct 'EventSource': the URL "${url}" is invalid.`, 'SyntaxError')
  }
}

/**
 * Builds the request of an attempt. The functions among the options are asked anew.
 *
 * > If the EventSource object's last event ID string is not the empty string, then: Let lastEventIDValue be the
 * > EventSource object's last event ID string, encoded as UTF-8. Set (`Last-Event-ID`, lastEventIDValue) in request's
 * > header list.
 */
export const prepare = async function (
  options: Options,
  target: Target,
  attempt: ConnectionAttempt,
): Promise<Prepared> {
  const { headers: givenHeaders, body: givenBody, lastEventIdQueryParameterName: parameter } = options
  const headers = new Headers(
    (typeof givenHeaders === 'function' ? await givenHeaders(attempt) : givenHeaders) ?? undefined,
  )
  const body = typeof givenBody === 'function' ? await givenBody(attempt) : givenBody
  const { lastEventId } = attempt
  const url = new URL(target.current)
  // Fetch refuses a URL with a name and a password; the browser's class sends them as it always did.
  if ((url.username || url.password) && !headers.has('Authorization')) {
    headers.set('Authorization', `Basic ${btoa(utf8(decode(url.username) + ':' + decode(url.password)))}`)
  }
  url.username = url.password = ''
  // > If request's current URL's origin is not same origin with locationURL's origin, then for each headerName of CORS
  // > non-wildcard request-header name, delete headerName from request's header list.
  if (url.origin !== new URL(target.original).origin) headers.delete('Authorization')
  if (!headers.has('Accept')) headers.set('Accept', 'text/event-stream')
  if (lastEventId && parameter !== undefined) url.searchParams.set(parameter, lastEventId)
  else if (lastEventId) headers.set('Last-Event-ID', headerValue(lastEventId))
  const init: RequestInit & { duplex?: 'half' } = { ...options.request, headers }
  if (isStream(body)) init.duplex = 'half'
  if (body !== undefined && body !== null) init.body = body
  return { url: url.href, init }
}

/** Calls `fetch`, the user's or the global one. */
export const send = (options: Options, { url, init }: Prepared, signal: AbortSignal): Promise<Response> => {
  const request = { ...init, signal }
  const { fetch: own } = options
  // Its own `this` would be one more thing to tell it by.
  if (own) return own(url, request)
  const method = init.method ?? 'GET'
  // Firefox 153 never lets go of a redirected response whose body was touched, whatever one aborts or cancels. Six such
  // connections block an origin.
  const leaks = isFirefox && init.redirect === undefined && method.toUpperCase() === 'GET'
  return leaks ? fetchAroundRedirects(url, request) : fetch(url, request)
}

/** Where a URL redirects, asks with a HEAD where it leads to, and then there. */
async function fetchAroundRedirects(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'manual' })
  if (response.type !== 'opaqueredirect') return response
  const found = await fetch(url, { ...init, method: 'HEAD' })
  return Object.defineProperty(await fetch(found.url, init), 'redirected', { value: true })
}

/** Whether the server answers at all, CORS or not: a HEAD without credentials, which does as little as a request can. */
export async function canReach(url: string, signal: AbortSignal): Promise<boolean> {
  return Boolean(await probe(url, signal, { mode: 'no-cors' }))
}

/** Whether the URL redirects. */
export async function redirects(url: string, signal: AbortSignal): Promise<boolean> {
  return (await probe(url, signal, { mode: 'same-origin', redirect: 'manual' }))?.type === 'opaqueredirect'
}

function probe(url: string, signal: AbortSignal, init: RequestInit): Promise<Response | undefined> {
  return fetch(url, { method: 'HEAD', cache: 'no-store', credentials: 'omit', signal, ...init }).catch(() => undefined)
}

/** Whether there is CORS here, and the URL one that it applies to. */
export const canProbe = (url: string): boolean => url.startsWith('http') && globalThis.origin !== undefined

/** Whether a network error can be CORS's: the URL is of another origin than this realm. */
export const isCrossOrigin = (url: URL): boolean => globalThis.origin !== undefined && url.origin !== globalThis.origin

/** Whether `fetch` knows the URL's scheme. */
export const isFetchable = (url: string): boolean => /^(https?|data|blob):/.test(url)

/**
 * A text whose UTF-8 is what goes over the wire when it is set as a header.
 *
 * `Headers` takes a byte string, whose characters are bytes, and browsers send them so. WebKit does not: it sends them as
 * UTF-8 once more. There a text within Latin-1 goes over right as it is, and for any other there is no way.
 */
function headerValue(text: string): string {
  return isWebKit() && /^[\0-\xff]*$/.test(text) ? text : utf8(text)
}

/** The UTF-8 of a text, each byte as a character. */
function utf8(text: string): string {
  let bytes = ''
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte)
  return bytes
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/**
 * Milliseconds that a `Retry-After` header asks to wait; NaN, or what is past, for nothing. As
 * `src/connection/retry_after.rs` reads it for who has no engine: a parser of dates need not be brought to one.
 */
export const retryAfter = (value: string): number => {
  // Most responses have none, and a regular expression is compiled when it is first used.
  if (!value) return NaN
  if (/^\d+$/.test(value)) return 1000 * +value
  // Engines take almost anything for a date: one with a year and no time would be waited for for centuries.
  if (!/ \d\d:\d\d:\d\d/.test(value)) return NaN
  // asctime's form has no zone, and is not local time.
  return Date.parse(value.replace(/( GMT| UTC)?$/, ' GMT')) - Date.now()
}
