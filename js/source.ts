/**
 * The hands of a source: fetch, reading, timers, retry functions. Decides nothing: it tells Rust what happened, does what
 * `src/connection/driver.rs` answers, and keeps what the class shows.
 */

import { decode } from './decode.js'
import { Delivery, NOTHING, type Sink } from './delivery.js'
import { dispatchEvent } from './event-target.js'
import { SourceError, SourceOpen } from './events.js'
import type { Listeners } from './listeners.js'
import { explain, isStream, readOptions, readStreamOptions, RECONNECTION_TIME, wrong, type Options } from './options.js'
import { HIDDEN, isHidden } from './page.js'
import {
  canProbe,
  canReach,
  isCrossOrigin,
  isFetchable,
  prepare,
  redirects,
  resolve,
  retryAfter,
  send,
  type Prepared,
  type Target,
} from './request.js'
import { isFresh, queueTask, setFresh } from './task.js'
import type { ConnectionFailure, ResponseInfo } from './types.js'
import { getInstance, type Instance } from './wasm.js'

/** The steps, as `src/connection/driver.rs` numbers them. */
const REQUEST = 1
const AGAIN = 2
const PROBE_REACH = 3
const PROBE_REDIRECT = 4
const TIMER = 5
const ANNOUNCE = 6
const READ = 7
const ASK = 8
const FAIL = 9
const RELEASE = 10
const REST = 11

/** The facts, as `tell` in `src/web/source.rs` numbers them. */
const BEGIN = 0
const REQUEST_FAILED = 1
const FETCH_FAILED = 2
const PROBED = 3
const OPENED = 4
const ENDED = 5
const BROKEN = 6
const TIMER_FIRED = 7
const DECIDED = 8
const DECISION_FAILED = 9
const ERROR_TOLD = 10
const DELIVERED = 11
const LISTEN_TO_HEART = 12
const RECONNECT = 13
const ABORT = 14
const CLOSE = 15
const FORBID = 16
const READING = 17
const RESET = 18

/** Where the fields of `Source` there are, in bytes. */
const DELAY = 0
const TICKET = 8
const ATTEMPT = 12
const REASON = 16
const NUMBER = 20
const SENTENCE = 24
const ADDITION = 32
const TEXT = 40
const TABLE = 48
const IS = 56
/** The bits of `is`. */
const TOO_LARGE = 1
const WIDE = 2

/** The reasons, as `src/connection/failure.rs` numbers them. */
const REASONS = [
  'network',
  'end-of-stream',
  'status',
  'content-type',
  'heartbeat',
  'too-large',
  'request',
  'aborted',
] as const satisfies readonly ConnectionFailure['reason'][]

/** The bits of `flags` there. */
const STREAM = 1
const ASKS = 2
const REPEATABLE = 4
const ONE_SHOT_BODY = 8
const CAN_PROBE = 16
const CROSS_ORIGIN = 32
const UNFETCHABLE = 64
const PAUSE_WHEN_HIDDEN = 128

/** A response's body, as `response` there takes it. */
const BODY_NONE = 0
const BODY_LOCKED = 1
const BODY_READABLE = 2

/** Most bytes that are parsed at a time: a chunk may be a whole file, and the main thread wants to breathe. */
const SLICE = 65_536

/** Milliseconds that any `setTimeout` can wait; twice as many fire at once. */
const LONGEST = 2 ** 30

/**
 * Milliseconds between a heartbeat that was missed and its consequences. A page that was busy for long finds its timer
 * due before the bytes that came meanwhile; and so does one on a laptop that wakes up.
 */
const GRACE = 50

/** A ticket that no step has. */
const NOBODY = -1

const nothing = () => {}

type Reader = ReadableStreamDefaultReader<Uint8Array>
type Failure = ConnectionFailure & { response: ResponseInfo | undefined }

export class Source {
  url = ''
  origin = ''
  withCredentials = false
  readyState: 0 | 1 | 2 = 0
  lastEventId = ''
  reconnectionTime = RECONNECTION_TIME
  /** What it failed for good with. */
  error: Error | undefined
  readonly sinks = new Set<Sink>()
  readonly target: EventTarget

  readonly #instance: Instance = getInstance()
  readonly #delivery = new Delivery(this, () => this.#delivered())
  /** Its address in the instance; 0 once it is over. */
  #core = 0
  /** The instance's memory, as it is after the last call. */
  #bytes = new Uint8Array()
  #numbers = new Uint32Array()
  /** What the next answer has to carry: an older one is of something that was given up. */
  #ticket = 0
  #attempt = 0
  #options: Options | undefined
  #address: Target = { original: '', current: '' }
  #timer: ReturnType<typeof setTimeout> | undefined
  #heart: ReturnType<typeof setTimeout> | undefined
  #unfollow = nothing

  // What belongs to the connection at hand
  #controller: AbortController | undefined
  #prepared: Prepared | undefined
  #response: Response | undefined
  #reader: Reader | undefined
  /** Whether it is the window's own `fetch` that answers, of whose chunks it is known which come in a task of their own. */
  #tellsTasks = false
  #chunk: Uint8Array | undefined
  #parsed = 0
  #isTooLarge = false
  /** Whether silence is counted. */
  #beats = false
  /** What the browser, or a function of the user's, failed with. */
  #cause: unknown
  /** What `%` stands for in the sentence on a failure: that in words, or the response's Content-Type. */
  #about = ''
  /** What it stands for in the addition: what the retry function failed with. */
  #objection = ''
  #previous: ConnectionFailure | null = null

  readonly #listeners: Listeners

  constructor(target: EventTarget, listeners: Listeners) {
    this.target = target
    this.#listeners = listeners
  }

  hears(type: string): boolean {
    return this.sinks.size > 0 || this.#listeners.has(type)
  }

  /** A source that makes requests. Throws for whatever is wrong with the options or the URL. */
  connect(given: string, init: unknown) {
    const options = readOptions(init)
    const url = resolve(given)
    this.url = url.href
    this.origin = url.origin
    this.withCredentials = options.withCredentials
    this.lastEventId = options.lastEventId
    this.reconnectionTime = options.reconnectionTime
    this.#options = options
    this.#beats = options.numbers[1]! > 0
    this.#address = { original: url.href, current: url.href }
    const flags =
      (options.retry ? ASKS : 0) |
      (options.repeatable ? REPEATABLE : 0) |
      (isStream(options.body) ? ONE_SHOT_BODY : 0) |
      (canProbe(url.href) && !options.fetch ? CAN_PROBE : 0) |
      (isCrossOrigin(url) ? CROSS_ORIGIN : 0) |
      (isFetchable(url.href) ? 0 : UNFETCHABLE) |
      (options.pauseWhenHidden ? PAUSE_WHEN_HIDDEN : 0)
    this.#begin(flags, options.numbers, options.statuses)
  }

  /** A source over bytes that come without a request. */
  read(stream: ReadableStream<Uint8Array>, init: unknown) {
    const { lastEventId, numbers } = readStreamOptions(init)
    this.#reader = stream.getReader()
    // > The url getter of such a source gives about:event-stream, and its origin is opaque.
    this.url = 'about:event-stream'
    this.origin = 'null'
    this.lastEventId = lastEventId
    this.#begin(STREAM, numbers)
  }

  #begin(flags: number, numbers: number[], statuses: readonly number[] = []) {
    // Whoever makes a source may add listeners once some promises of theirs are called back.
    setFresh(false)
    const instance = this.#instance
    // Before: the instance may die of this very call.
    instance.dependents.add(this)
    this.#core = instance.create(flags, ...numbers)
    for (const status of statuses) instance.add_status(this.#core, status)
    if (isHidden()) this.page(HIDDEN)
    const signal = this.#options?.signal
    const onAbort = () => {
      this.#cause = signal!.reason
      this.#tell(ABORT)
    }
    if (signal && !signal.aborted) {
      signal.addEventListener('abort', onAbort)
      // The signal may outlive many sources.
      this.#unfollow = () => signal.removeEventListener('abort', onAbort)
    }
    queueMicrotask(() => {
      if (signal?.aborted) onAbort()
      else this.#tell(BEGIN)
    })
  }

  // What the user and the page do

  close() {
    if (this.readyState === 2) return
    this.readyState = 2
    this.#tell(CLOSE)
    this.#end()
  }

  reconnect() {
    // Whatever comes of it comes after the caller's own promises.
    setFresh(false)
    this.#tell(RECONNECT, 0, Number(this.#delivery.busy))
  }

  reset() {
    this.#tell(RESET)
  }

  /** The page changed, by the numbers in `js/page.ts`. */
  page(change: number) {
    const { busy } = this.#delivery
    if (this.#core) this.#do(this.#instance.page(this.#core, change, busy, Date.now(), Math.random()))
    this.#listenToHeart()
  }

  /** The page's Content Security Policy refused a request to a URL. */
  forbid(url: string) {
    if (this.#address.current === url) this.#tell(FORBID)
  }

  /** The instance died: fails for good, and lets go of the connection that nobody holds any more. */
  orphan(error: unknown) {
    this.#core = 0
    this.#ticket = NOBODY
    this.#release()
    const message = `the WebAssembly instance died: ${explain(error)}; a new source gets a new one`
    queueTask(() =>
      this.#fail({ reason: 'aborted', message, response: undefined, error, attempt: 1, reconnectIn: null }),
    )
  }

  // What Rust answers

  /** Tells Rust a fact, and does what it answers. */
  #tell(fact: number, ticket = 0, number = 0) {
    if (this.#core) this.#do(this.#instance.tell(this.#core, fact, ticket, number, Date.now(), Math.random()))
  }

  #do(step: number) {
    // Gone meanwhile: the instance died of this call.
    if (!this.#core) return
    const ticket = (this.#ticket = this.#number(TICKET))
    switch (step) {
      case REQUEST:
        this.#release()
        this.#rest()
        this.#attempt = this.#number(ATTEMPT)
        void this.#request(ticket)
        break
      case AGAIN:
        // A stream can't be sent twice: the function that made it is asked for another.
        void (isStream(this.#prepared?.init.body) ? this.#request(ticket) : this.#send(ticket))
        break
      case PROBE_REACH:
      case PROBE_REDIRECT:
        this.#wait(ticket)
        void this.#probe(ticket, step === PROBE_REACH ? canReach : redirects)
        break
      case TIMER:
        this.#wait(ticket)
        break
      case ANNOUNCE:
        this.#announce(ticket)
        break
      case READ:
        this.#read()
        break
      case ASK:
        void this.#ask(ticket)
        break
      case FAIL: {
        const failure = this.#failure()
        this.#release()
        const fail = () => {
          // Given up meanwhile.
          if (ticket !== this.#ticket) return
          this.#previous = failure
          this.#fail(failure)
          this.#tell(ERROR_TOLD)
        }
        // > queue a task to …: promises of the last event come first. Only the user's own abort() is told at once.
        if (isFresh || this.#options?.signal?.aborted) fail()
        else queueTask(fail)
        break
      }
      case RELEASE:
        this.#release()
        break
      case REST:
        this.#release()
        this.#rest()
        break
    }
  }

  /** Memory that grew has left its old buffer without bytes. */
  #look() {
    if (this.#numbers.length > 0) return
    const { buffer } = this.#instance.memory
    this.#bytes = new Uint8Array(buffer)
    this.#numbers = new Uint32Array(buffer)
  }

  /** A number that Rust wrote about this source. */
  #number(place: number): number {
    this.#look()
    return this.#numbers[(this.#core + place) >>> 2]!
  }

  #delay(): number {
    return new Float64Array(this.#instance.memory.buffer, this.#core + DELAY, 1)[0]!
  }

  #text(place: number, wide = false): string {
    const start = this.#number(place)
    const length = this.#number(place + 4)
    return decode(this.#bytes.subarray(start, start + (wide ? 2 * length : length)), wide)
  }

  /** The failure that Rust tells of. */
  #failure(): Failure {
    const delay = this.#delay()
    const sentence = this.#text(SENTENCE).replace('#', `${this.#number(NUMBER)}`)
    const addition = this.#text(ADDITION).replace('%', () => this.#objection)
    return {
      reason: REASONS[this.#number(REASON)],
      message: sentence.replace('%', () => this.#about) + addition,
      status: this.#response?.status,
      response: inform(this.#response),
      error: this.#cause,
      attempt: this.#number(ATTEMPT),
      reconnectIn: Number.isNaN(delay) ? null : delay,
    } as Failure
  }

  /** Sets the state, fires `error`. */
  #fail(failure: Failure) {
    if (this.readyState === 2) return
    this.readyState = failure.reconnectIn === null ? 2 : 0
    if (this.readyState === 2) {
      this.error = new Error(failure.message, { cause: failure.error ?? failure })
      this.#end()
    }
    setFresh(false)
    dispatchEvent.call(this.target, new SourceError(failure))
  }

  #rest() {
    if (this.readyState !== 2) this.readyState = 0
  }

  /** Nothing comes of this source any more. */
  #end() {
    this.#release()
    this.#unfollow()
    this.#instance.dependents.delete(this)
    if (this.#core) this.#instance.release(this.#core)
    this.#core = 0
    this.#ticket = NOBODY
    for (const sink of this.sinks) sink.end(this.error)
    this.sinks.clear()
    this.#delivery.end()
  }

  /** Lets go of the connection at once. */
  #release() {
    clearTimeout(this.#timer)
    clearTimeout(this.#heart)
    const reader = this.#reader
    const response = this.#response
    // In this order: Firefox keeps a redirected connection open where the body is cancelled before the request is.
    this.#controller?.abort()
    // A fetch of the user's own may know nothing of signals.
    if (reader) reader.cancel().catch(nothing)
    else cancel(response)
    this.#controller = this.#reader = this.#response = this.#chunk = this.#cause = undefined
  }

  #wait(ticket: number) {
    clearTimeout(this.#timer)
    let left = this.#delay()
    const wait = () => {
      const part = Math.min(left, LONGEST)
      left -= part
      this.#timer = setTimeout(() => {
        if (left > 0) wait()
        else this.#tell(TIMER_FIRED, ticket)
      }, part)
    }
    wait()
  }

  /** Looks whether the connection is dead, and when to look again; `sure`: what came by now has been read. */
  #listenToHeart(sure = false) {
    // Most sources have none, and each function that is called for the first time delays a fresh page's first event.
    if (!this.#beats) return
    clearTimeout(this.#heart)
    const left = this.#core ? this.#instance.heartbeat_left(this.#core, Date.now()) : NaN
    // Set anew after each byte would be dear: one that fires early only looks at the clock and goes on.
    if (left > 0) this.#heart = setTimeout(() => this.#listenToHeart(), Math.min(left, LONGEST))
    else if (sure) this.#tell(LISTEN_TO_HEART)
    else if (left <= 0) this.#heart = setTimeout(() => this.#listenToHeart(true), GRACE)
  }

  async #request(ticket: number) {
    this.#listenToHeart()
    const { lastEventId } = this
    try {
      const prepared = await prepare(this.#options!, this.#address, {
        attempt: this.#attempt,
        lastEventId,
        previous: this.#previous,
      })
      if (ticket !== this.#ticket) return
      this.#prepared = prepared
    } catch (error) {
      this.#blame(REQUEST_FAILED, ticket, error)
      return
    }
    await this.#send(ticket)
  }

  /** Tells Rust what something failed with. */
  #blame(fact: number, ticket: number, error: unknown, aborted = 0) {
    if (ticket !== this.#ticket) return
    this.#cause = error
    this.#about = explain(error)
    this.#tell(fact, ticket, aborted)
  }

  async #send(ticket: number) {
    const controller = new AbortController()
    this.#controller = controller
    let response: Response
    try {
      // Not in workers: in WebKit's, what waits in a stream does not come within a microtask.
      this.#tellsTasks = !this.#options!.fetch && !!globalThis.document && isNative(fetch)
      response = await send(this.#options!, this.#prepared!, controller.signal)
    } catch (error) {
      this.#blame(FETCH_FAILED, ticket, error, isAbort(error))
      return
    }
    if (ticket === this.#ticket) this.#judge(ticket, response)
    else cancel(response)
  }

  #judge(ticket: number, response: Response) {
    const { headers, status, body } = Object(response) as Response
    if (typeof status !== 'number' || typeof headers?.get !== 'function') {
      this.#blame(REQUEST_FAILED, ticket, new TypeError('fetch gave no Response'))
      return
    }
    if (body && !isStream(body)) {
      this.#blame(REQUEST_FAILED, ticket, new TypeError('the body of the response is no ReadableStream'))
      return
    }
    this.#response = response
    this.#cause = undefined
    const contentType = headers.get('Content-Type') ?? ''
    this.#about = contentType
    const locked = response.bodyUsed || body?.locked
    const state = locked ? BODY_LOCKED : body ? BODY_READABLE : BODY_NONE
    const wait = retryAfter(headers.get('Retry-After') ?? '')
    const text = new TextEncoder().encode(contentType)
    const place = this.#instance.text(this.#core, text.length)
    this.#look()
    this.#bytes.set(text, place)
    if (this.#core) this.#do(this.#instance.respond(this.#core, ticket, status, state, wait, Date.now(), Math.random()))
  }

  async #probe(ticket: number, probe: typeof canReach) {
    const found = await probe(this.#address.current, this.#controller!.signal)
    if (ticket !== this.#ticket) return
    clearTimeout(this.#timer)
    this.#tell(PROBED, ticket, Number(found))
  }

  /** > announce the connection: queue a task which … sets the readyState attribute to OPEN and fires an event named open */
  #announce(ticket: number) {
    const response = this.#response
    if (response?.redirected && response.url) this.#address.current = response.url
    const announce = () => {
      // Given up meanwhile, by close(), reconnect() or a page that rests.
      if (ticket !== this.#ticket || this.readyState === 2) return
      this.readyState = 1
      // A fetch of the user's own may say anything.
      this.origin = originOf(response?.url) ?? this.origin
      if (this.#listeners.has('open')) {
        setFresh(false)
        dispatchEvent.call(this.target, new SourceOpen(inform(response)))
      }
      this.#tell(OPENED, ticket)
    }
    // The browser's own fetch answers in a task of its own; one more takes tens of milliseconds while a page loads. One of
    // the page's may answer in the task of the last event.
    if (this.#tellsTasks || (isFresh && this.#options && !this.#options.fetch)) announce()
    else queueTask(announce)
  }

  /** Asks the user's retry function. */
  async #ask(ticket: number) {
    const failure = this.#failure()
    const response = this.#response
    this.#release()
    // It belongs to the failure, which is not told yet.
    this.#response = response
    this.#cause = failure.error
    try {
      const answer = await this.#options!.retry!(failure)
      if (ticket !== this.#ticket) return
      if (answer !== false && !((answer as number) >= 0 && typeof answer === 'number')) {
        throw wrong('its answer', 'a number of milliseconds or false', answer)
      }
      this.#tell(DECIDED, ticket, answer === false ? NaN : answer)
    } catch (error) {
      if (ticket !== this.#ticket) return
      this.#cause = error
      this.#objection = explain(error)
      this.#tell(DECISION_FAILED, ticket)
    }
  }

  // Reading: chunk by chunk into the parser, batch by batch to the listeners, no further than they follow.

  #read() {
    const body = this.#response?.body
    try {
      this.#reader ??= body!.getReader() as Reader
    } catch (error) {
      this.#blame(BROKEN, this.#ticket, error)
      return
    }
    this.#next(this.#reader)
  }

  #next(reader: Reader) {
    if (this.#beats) this.#tell(READING, 0, 1)
    let isLater = false
    reader.read().then(
      (result) => {
        if (reader === this.#reader) this.#take(result, isLater)
      },
      (error: unknown) => {
        if (reader === this.#reader) this.#blame(BROKEN, this.#ticket, error, isAbort(error))
      },
    )
    // What waits in the stream of the browser's own fetch comes before this; what does not, in a task of its own.
    if (this.#tellsTasks) queueMicrotask(() => (isLater = true))
  }

  #take({ done, value }: ReadableStreamReadResult<Uint8Array>, isFirst: boolean) {
    if (done) {
      this.#endLater()
      return
    }
    // Of whatever realm.
    if (!ArrayBuffer.isView(value) || value[Symbol.toStringTag] !== 'Uint8Array') {
      this.#blame(BROKEN, this.#ticket, new TypeError('the stream gave a chunk that is not a Uint8Array'))
      return
    }
    if (this.#beats) this.#tell(READING)
    this.#delivery.receive(value.length, isFirst)
    this.#chunk = value
    this.#parsed = 0
    this.#goOn()
  }

  /** Parses what is left of the chunk, as far as listeners follow, then reads on. */
  #goOn() {
    while (this.#chunk) {
      const chunk = this.#chunk
      const from = this.#parsed
      this.#parsed = Math.min(chunk.length, from + SLICE)
      const part = from === 0 && this.#parsed === chunk.length ? chunk : chunk.subarray(from, this.#parsed)
      if (this.#parsed === chunk.length) this.#chunk = undefined
      if (!this.#parse(part)) return
      if (this.#isTooLarge) {
        this.#endLater()
        return
      }
    }
    if (this.#reader) this.#next(this.#reader)
  }

  /** Parses some bytes and delivers their batch; gives whether it goes on at once. */
  #parse(part: Uint8Array): boolean {
    const core = this.#core
    const instance = this.#instance
    const place = instance.reserve(core, part.length)
    this.#look()
    this.#bytes.set(part, place)
    instance.parse(core)
    if (!this.#core) return false
    const is = this.#number(IS)
    this.#isTooLarge = (is & TOO_LARGE) !== 0
    const length = this.#number(TABLE + 4)
    if (length === 0) return this.#delivery.deliver('', NOTHING, false)
    const start = this.#number(TABLE) >>> 2
    // Copied: what is delivered later would find another batch there.
    const table = this.#numbers.slice(start, start + length)
    const reader = this.#reader
    const text = this.#text(TEXT, (is & WIDE) !== 0)
    if (!this.#delivery.deliver(text, table, this.#chunk !== undefined)) return false
    if (this.#reader === reader) return true
    // A listener gave the connection up for another, which waited for this.
    this.#tell(DELIVERED)
    return false
  }

  /** Listeners have got all of a batch. */
  #delivered() {
    this.#tell(DELIVERED)
    if (!this.#reader || this.readyState !== 1) return
    if (this.#isTooLarge) this.#endLater()
    else this.#goOn()
  }

  /** > queue a task to … reestablish the connection: promises of the last event come first. */
  #endLater() {
    const reader = this.#reader
    queueTask(() => {
      if (reader === this.#reader) this.#tell(ENDED, this.#ticket)
    })
  }
}

function originOf(url: string | undefined): string | undefined {
  try {
    return new URL(url!).origin
  } catch {
    return undefined
  }
}

/**
 * Whether `fetch` is the browser's own. One of the page's can have the same text: in WebKit one that is bound, under another
 * name, and anywhere one that a library shows as what it replaced, which it keeps there.
 */
function isNative(fetch: Function): boolean {
  const text = Function.prototype.toString.call(fetch)
  return (
    // No regular expression: one is compiled when it is first used, in a fresh page.
    text.startsWith('function fetch()') &&
    text.includes('[native') &&
    fetch.name === 'fetch' &&
    Reflect.ownKeys(fetch).length === 2
  )
}

function isAbort(error: unknown): number {
  return Number((error as Error | undefined)?.name === 'AbortError')
}

/** Tells whoever sends a body that nobody wants the rest of it. */
function cancel(response: Response | undefined) {
  const body = response?.body
  if (isStream(body) && !body.locked) body.cancel().catch(nothing)
}

function inform(response: Response | undefined): ResponseInfo | undefined {
  if (!response) return undefined
  const { url, status, statusText, headers, redirected } = response
  return { url, status, statusText, headers, redirected }
}
