/**
 * The hands of a source: fetch, reading, timers, retry functions. Decides nothing: it tells Rust what happened, does what
 * `src/connection/driver.rs` answers, and keeps what the class shows.
 */

import { Delivery, type Sink } from './delivery.js'
import { SourceError, SourceOpen } from './events.js'
import { explain, isStream, readOptions, readStreamOptions, RECONNECTION_TIME, wrong, type Options } from './options.js'
import { isHidden } from './page.js'
import {
  canProbe,
  canReach,
  isCrossOrigin,
  isFetchable,
  prepare,
  redirects,
  resolve,
  send,
  type Prepared,
  type Target,
} from './request.js'
import { queueTask } from './task.js'
import type { ConnectionFailure, ResponseInfo } from './types.js'
import { getInstance, type Core, type Instance } from './wasm.js'

/** The steps, as `code` in `src/web/source.rs` numbers them. */
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

/** Where the fields of `Told` in `src/web/source.rs` are, in bytes. */
const DELAY = 0
const TICKET = 8
const STATE = 12
const ATTEMPT = 16
const REASON = 20
const MESSAGE = 28
const TEXT = 36
const TABLE = 44

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

const { dispatchEvent } = EventTarget.prototype

// The parser strips the one byte order mark that is none of the text; a second one is.
const newDecoder = () => new TextDecoder('utf-8', { ignoreBOM: true })
let decoder = newDecoder()
let decoded = 0
/** Bytes after which a decoder is replaced: Safari's fails for ever once it has decoded 2 GiB. */
const DECODER_LIFE = 2 ** 30

function decode(bytes: Uint8Array): string {
  decoded += bytes.length
  if (decoded > DECODER_LIFE) {
    decoder = newDecoder()
    decoded = bytes.length
  }
  return decoder.decode(bytes)
}

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
  #core: Core | undefined
  #told = new DataView(new ArrayBuffer(0))
  #toldAt = 0
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
  #chunk: Uint8Array | undefined
  #parsed = 0
  #isTooLarge = false
  /** What the browser, or a function of the user's, failed with. */
  #cause: unknown
  #previous: ConnectionFailure | null = null

  constructor(target: EventTarget) {
    this.target = target
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
    this.#address = { original: url.href, current: url.href }
    const flags =
      (options.retry ? ASKS : 0) |
      (options.repeatable ? REPEATABLE : 0) |
      (isStream(options.body) ? ONE_SHOT_BODY : 0) |
      (canProbe(url.href) && !options.fetch ? CAN_PROBE : 0) |
      (isCrossOrigin(url) ? CROSS_ORIGIN : 0) |
      (isFetchable(url.href) ? 0 : UNFETCHABLE) |
      (options.pauseWhenHidden ? PAUSE_WHEN_HIDDEN : 0)
    this.#begin(flags, options.numbers, options.statuses, options.lastEventId)
  }

  /** A source over bytes that come without a request. */
  read(stream: ReadableStream<Uint8Array>, init: unknown) {
    const { lastEventId, numbers } = readStreamOptions(init)
    this.#reader = stream.getReader()
    // > The url getter of such a source gives about:event-stream, and its origin is opaque.
    this.url = 'about:event-stream'
    this.origin = 'null'
    this.lastEventId = lastEventId
    this.#begin(STREAM, numbers, new Uint16Array(), lastEventId)
  }

  #begin(flags: number, numbers: Float64Array, statuses: Uint16Array, lastEventId: string) {
    // Before: the instance may die of this very call.
    this.#instance.dependents.add(this)
    const core = new this.#instance.Core(flags, numbers, statuses, lastEventId)
    this.#core = core
    this.#toldAt = core.told()
    if (isHidden()) this.page(3)
    const signal = this.#options?.signal
    const onAbort = () => {
      this.#cause = signal!.reason
      this.#tell((core) => core.abort(Date.now(), Math.random()))
    }
    if (signal && !signal.aborted) {
      signal.addEventListener('abort', onAbort)
      // The signal may outlive many sources.
      this.#unfollow = () => signal.removeEventListener('abort', onAbort)
    }
    queueMicrotask(() => {
      if (signal?.aborted) onAbort()
      else this.#tell((core) => core.begin(Date.now(), Math.random()))
    })
  }

  // What the user and the page do

  close() {
    if (this.readyState === 2) return
    this.readyState = 2
    this.#core?.close()
    this.#end()
  }

  reconnect() {
    this.#tell((core) => core.reconnect(this.#delivery.busy, Date.now(), Math.random()))
  }

  reset() {
    this.#core?.reset()
  }

  /** The page changed, by the numbers in `js/page.ts`. */
  page(change: number) {
    this.#tell((core) => core.page(change, this.#delivery.busy, Date.now(), Math.random()))
    this.#listenToHeart()
  }

  /** The page's Content Security Policy refused a request to a URL. */
  forbid(url: string) {
    if (this.#address.current === url) this.#core?.forbid()
  }

  /** The instance died: fails for good, and lets go of the connection that nobody holds any more. */
  orphan(error: unknown) {
    this.#core = undefined
    this.#ticket = NOBODY
    this.#release()
    const message = `the WebAssembly instance died: ${explain(error)}; a new source gets a new one`
    queueTask(() => this.#fail({ reason: 'aborted', message, response: undefined, error, attempt: 1, reconnectIn: null }))
  }

  // What Rust answers

  /** Tells Rust a fact, and does what it answers. */
  #tell(fact: (core: Core) => number) {
    const core = this.#core
    if (!core) return
    const step = fact(core)
    // Gone meanwhile: closed by nobody but the instance's death.
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
        this.#previous = failure
        this.#fail(failure)
        this.#tell((core) => core.errorTold(Date.now(), Math.random()))
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

  #view(): DataView {
    // Memory that grew is another buffer.
    const { buffer } = this.#instance.memory
    if (this.#told.buffer !== buffer) this.#told = new DataView(buffer, this.#toldAt)
    return this.#told
  }

  #number(place: number): number {
    return this.#view().getUint32(place, true)
  }

  #bytes(place: number): Uint8Array {
    return new Uint8Array(this.#instance.memory.buffer, this.#number(place), this.#number(place + 4))
  }

  /** The failure that Rust tells of. */
  #failure(): Failure {
    const delay = this.#view().getFloat64(DELAY, true)
    return {
      reason: decode(this.#bytes(REASON)) as ConnectionFailure['reason'],
      message: decode(this.#bytes(MESSAGE)),
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
    this.#core?.free()
    this.#core = undefined
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
    let left = this.#view().getFloat64(DELAY, true)
    const wait = () => {
      const part = Math.min(left, LONGEST)
      left -= part
      this.#timer = setTimeout(() => {
        if (left > 0) wait()
        else this.#tell((core) => core.timer(ticket, Date.now(), Math.random()))
      }, part)
    }
    wait()
  }

  /** Looks whether the connection is dead, and when to look again; `sure`: what came by now has been read. */
  #listenToHeart(sure = false) {
    clearTimeout(this.#heart)
    const left = this.#core?.heartbeatLeft(Date.now()) ?? NaN
    // Set anew after each byte would be dear: one that fires early only looks at the clock and goes on.
    if (left > 0) this.#heart = setTimeout(() => this.#listenToHeart(), Math.min(left, LONGEST))
    else if (sure) this.#tell((core) => core.listenToHeart(Date.now(), Math.random()))
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
      this.#requestFailed(ticket, error)
      return
    }
    await this.#send(ticket)
  }

  #requestFailed(ticket: number, error: unknown) {
    if (ticket !== this.#ticket) return
    this.#cause = error
    this.#tell((core) => core.requestFailed(ticket, explain(error), Date.now(), Math.random()))
  }

  async #send(ticket: number) {
    const controller = new AbortController()
    this.#controller = controller
    let response: Response
    try {
      response = await send(this.#options!, this.#prepared!, controller.signal)
    } catch (error) {
      if (ticket !== this.#ticket) return
      this.#cause = error
      const aborted = isAbort(error)
      this.#tell((core) => core.fetchFailed(ticket, explain(error), aborted, Date.now(), Math.random()))
      return
    }
    if (ticket === this.#ticket) this.#judge(ticket, response)
    else cancel(response)
  }

  #judge(ticket: number, response: Response) {
    const { headers, status, body } = Object(response) as Response
    if (typeof status !== 'number' || typeof headers?.get !== 'function') {
      this.#requestFailed(ticket, new TypeError('fetch gave no Response'))
      return
    }
    if (body && !isStream(body)) {
      this.#requestFailed(ticket, new TypeError('the body of the response is no ReadableStream'))
      return
    }
    this.#response = response
    this.#cause = undefined
    const type = headers.get('Content-Type') ?? undefined
    const retryAfter = headers.get('Retry-After') ?? undefined
    const locked = response.bodyUsed || body?.locked
    const state = locked ? BODY_LOCKED : body ? BODY_READABLE : BODY_NONE
    this.#tell((core) => core.response(ticket, status, type, retryAfter, state, Date.now(), Math.random()))
  }

  async #probe(ticket: number, probe: typeof canReach) {
    const found = await probe(this.#address.current, this.#controller!.signal)
    if (ticket !== this.#ticket) return
    clearTimeout(this.#timer)
    this.#tell((core) => core.probed(ticket, found, Date.now(), Math.random()))
  }

  /** > announce the connection: queue a task which … sets the readyState attribute to OPEN and fires an event named open */
  #announce(ticket: number) {
    const response = this.#response
    if (response?.redirected && response.url) this.#address.current = response.url
    queueTask(() => {
      // Given up meanwhile, by close(), reconnect() or a page that rests.
      if (ticket !== this.#ticket || this.readyState === 2) return
      this.readyState = 1
      // A fetch of the user's own may say anything.
      this.origin = originOf(response?.url) ?? this.origin
      dispatchEvent.call(this.target, new SourceOpen(inform(response)))
      this.#tell((core) => core.opened(ticket, Date.now(), Math.random()))
    })
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
      this.#tell((core) => core.decided(ticket, answer === false ? NaN : answer))
    } catch (error) {
      if (ticket !== this.#ticket) return
      this.#cause = error
      this.#tell((core) => core.decisionFailed(ticket, explain(error)))
    }
  }

  // Reading: chunk by chunk into the parser, batch by batch to the listeners, no further than they follow.

  #read() {
    const body = this.#response?.body
    try {
      this.#reader ??= body!.getReader() as Reader
    } catch (error) {
      this.#broken(this.#ticket, error)
      return
    }
    this.#next(this.#reader)
  }

  #next(reader: Reader) {
    this.#core?.reading(true, Date.now())
    reader.read().then(
      (result) => {
        if (reader === this.#reader) this.#take(result)
      },
      (error: unknown) => {
        if (reader === this.#reader) this.#broken(this.#ticket, error)
      },
    )
  }

  #take({ done, value }: ReadableStreamReadResult<Uint8Array>) {
    if (done) {
      this.#ended()
      return
    }
    // Of whatever realm.
    if (!ArrayBuffer.isView(value) || value[Symbol.toStringTag] !== 'Uint8Array') {
      this.#broken(this.#ticket, new TypeError('the stream gave a chunk that is not a Uint8Array'))
      return
    }
    this.#core?.reading(false, 0)
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
        this.#ended()
        return
      }
    }
    if (this.#reader) this.#next(this.#reader)
  }

  /** Parses some bytes and delivers their batch; gives whether it goes on at once. */
  #parse(part: Uint8Array): boolean {
    const core = this.#core
    if (!core) return false
    const { memory } = this.#instance
    const place = core.reserve(part.length)
    new Uint8Array(memory.buffer, place, part.length).set(part)
    this.#isTooLarge = core.parse()
    if (!this.#core) return false
    const numbers = this.#number(TABLE + 4)
    if (numbers === 0) return true
    // Copied: what is delivered later would find another batch there.
    const table = new Uint32Array(memory.buffer, this.#number(TABLE), numbers).slice()
    // Whatever a listener does, this reader may be another's then.
    const reader = this.#reader
    return this.#delivery.deliver(decode(this.#bytes(TEXT)), table) && this.#core === core && this.#reader === reader
  }

  /** Listeners have got all of a batch. */
  #delivered() {
    this.#tell((core) => core.delivered(Date.now(), Math.random()))
    if (!this.#reader || this.readyState !== 1) return
    if (this.#isTooLarge) this.#ended()
    else this.#goOn()
  }

  #ended() {
    this.#tell((core) => core.ended(this.#ticket, Date.now(), Math.random()))
  }

  #broken(ticket: number, error: unknown) {
    this.#cause = error
    const aborted = isAbort(error)
    this.#tell((core) => core.broken(ticket, explain(error), aborted, Date.now(), Math.random()))
  }
}

function originOf(url: string | undefined): string | undefined {
  try {
    return new URL(url!).origin
  } catch {
    return undefined
  }
}

function isAbort(error: unknown): boolean {
  return (error as Error | undefined)?.name === 'AbortError'
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
