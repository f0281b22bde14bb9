/**
 * The hands of a source: fetch, reading, timers, retry functions. Decides nothing: it tells Rust what happened, does what
 * `src/connection/driver.rs` answers, and keeps what the class shows.
 *
 * What each source calls before its first event is an expression, for `scripts/eager.mjs`; what few do is a declaration.
 */

import { decode } from './decode.js'
import { makeDelivery, type Receiver } from './delivery.js'
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
import { getInstance, type Dependent, type Instance } from './wasm.js'

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

/** Where the fields of the `Source` in `src/web/source.rs` are, in bytes. */
const DELAY = 0
const TICKET = 8
const ATTEMPT = 12
const REASON = 16
const NUMBER = 20
const SENTENCE = 24
const ADDITION = 32
const TEXT = 40
const TABLE = 48

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

type Reader = ReadableStreamDefaultReader<Uint8Array> | ReadableStreamBYOBReader
type Failure = ConnectionFailure & { response: ResponseInfo | undefined }

/** What others know of a source: the class, its iterator, deliveries, the instance and the page. */
export interface Source extends Receiver, Dependent {
  url: string
  origin: string
  withCredentials: boolean
  readyState: 0 | 1 | 2
  /** What it failed for good with. */
  error: Error | undefined
  /** Begins to make requests. Throws for whatever is wrong with the options or the URL. */
  connect(given: string, init: unknown): void
  /** Begins to read bytes that come without a request. */
  read(stream: ReadableStream<Uint8Array>, init: unknown): void
  close(): void
  reconnect(): void
  reset(): void
}

/** A source that does nothing yet, whose events go to a target, as far as there are listeners. */
export const makeSource = (target: EventTarget, listeners: Listeners): Source => {
  const instance: Instance = getInstance()
  /** Its address in the instance; 0 once it is over. */
  let core = 0
  /** The instance's memory, as it is after the last call. */
  let bytes = new Uint8Array()
  let words = new Uint32Array()
  /** What the next answer has to carry: an older one is of something that was given up. */
  let awaited = 0
  let options: Options | undefined
  let address: Target = { original: '', current: '' }
  let timer: ReturnType<typeof setTimeout> | undefined
  let heart: ReturnType<typeof setTimeout> | undefined
  let unfollow = nothing

  // What belongs to the connection at hand
  let controller: AbortController | undefined
  let prepared: Prepared | undefined
  let response: Response | undefined
  let reader: Reader | undefined
  /** What its chunks are written to, one after the other, where it can be told to. */
  let space: ArrayBuffer | undefined
  /** Whether it is the window's own `fetch` that answers, of whose chunks it is known which come in a task of their own. */
  let tellsTasks = false
  let chunk: Uint8Array | undefined
  let isTooLarge = false
  /** Where the text of the batch at hand begins. */
  let text = 0
  /** Whether silence is counted. */
  let beats = false
  /** What the browser, or a function of the user's, failed with. */
  let cause: unknown
  /** What `%` stands for in the sentence on a failure: that in words, or the response's Content-Type. */
  let about = ''
  /** What it stands for in the addition: what the retry function failed with. */
  let objection = ''
  let previous: ConnectionFailure | null = null

  const connect = (given: string, init: unknown) => {
    options = readOptions(init)
    const url = resolve(given)
    source.url = url.href
    source.origin = url.origin
    source.withCredentials = options.withCredentials
    source.lastEventId = options.lastEventId
    source.reconnectionTime = options.reconnectionTime
    beats = options.numbers[1]! > 0
    address = { original: url.href, current: url.href }
    const flags =
      (options.retry ? ASKS : 0) |
      (options.repeatable ? REPEATABLE : 0) |
      (isStream(options.body) ? ONE_SHOT_BODY : 0) |
      (canProbe(url.href) && !options.fetch ? CAN_PROBE : 0) |
      (isCrossOrigin(url) ? CROSS_ORIGIN : 0) |
      (isFetchable(url.href) ? 0 : UNFETCHABLE) |
      (options.pauseWhenHidden ? PAUSE_WHEN_HIDDEN : 0)
    begin(flags, options.numbers, options.statuses)
  }

  const begin = (flags: number, numbers: number[], statuses: readonly number[] = []) => {
    // Whoever makes a source may add listeners once some promises of theirs are called back.
    setFresh(false)
    // Before: the instance may die of this very call.
    instance.dependents.add(source)
    core = instance.create(flags, ...numbers)
    for (const status of statuses) instance.add_status(core, status)
    if (isHidden()) source.page(HIDDEN)
    const signal = options?.signal
    const onAbort = () => {
      cause = signal!.reason
      tell(ABORT)
    }
    if (signal && !signal.aborted) {
      signal.addEventListener('abort', onAbort)
      // The signal may outlive many sources.
      unfollow = () => signal.removeEventListener('abort', onAbort)
    }
    queueMicrotask(() => {
      if (signal?.aborted) onAbort()
      else tell(BEGIN)
    })
  }

  // What Rust answers

  /** Tells Rust a fact, and does what it answers. */
  const tell = (fact: number, ticket = 0, number = 0) => {
    if (core) perform(instance.tell(core, fact, ticket, number, Date.now(), Math.random()))
  }

  const perform = (step: number) => {
    // Gone meanwhile: the instance died of this call.
    if (!core) return
    const ticket = (awaited = numberAt(TICKET))
    switch (step) {
      case REQUEST:
        release()
        rest()
        void request(ticket)
        break
      case AGAIN:
        // A stream can't be sent twice: the function that made it is asked for another.
        void (isStream(prepared?.init.body) ? request(ticket) : sendRequest(ticket))
        break
      case PROBE_REACH:
      case PROBE_REDIRECT:
        wait(ticket)
        void probe(ticket, step === PROBE_REACH ? canReach : redirects)
        break
      case TIMER:
        wait(ticket)
        break
      case ANNOUNCE:
        announce(ticket)
        break
      case READ:
        startReading()
        break
      case ASK:
        void ask(ticket)
        break
      case FAIL: {
        const failure = failureOf()
        release()
        const tellOf = () => {
          // Given up meanwhile.
          if (ticket !== awaited) return
          previous = failure
          fail(failure)
          tell(ERROR_TOLD)
        }
        // > queue a task to …: promises of the last event come first. Only the user's own abort() is told at once.
        if (isFresh || options?.signal?.aborted) tellOf()
        else queueTask(tellOf)
        break
      }
      case RELEASE:
        release()
        break
      case REST:
        release()
        rest()
        break
    }
  }

  /** Memory that grew has left its old buffer without bytes. */
  const look = () => {
    if (words.length === 0) {
      const { buffer } = instance.memory
      bytes = new Uint8Array(buffer)
      words = new Uint32Array(buffer)
    }
    return words
  }

  /** Writes to a place that Rust gave. */
  const write = (place: number, given: Uint8Array) => {
    look()
    bytes.set(given, place)
  }

  /** A number that Rust wrote about this source. */
  const numberAt = (place: number): number => look()[(core + place) >>> 2]!

  function delayOf(): number {
    return new Float64Array(instance.memory.buffer, core + DELAY, 1)[0]!
  }

  /** Text of the memory, from one address to another. */
  const textFrom = (start: number, end: number): string => {
    look()
    return decode(bytes.subarray(start, end))
  }

  /** A text that Rust told of in two numbers: where it begins, and how many bytes it has. */
  const textAt = (place: number): string => {
    const start = numberAt(place)
    return textFrom(start, start + numberAt(place + 4))
  }

  /** The failure that Rust tells of. */
  function failureOf(): Failure {
    const delay = delayOf()
    const sentence = textAt(SENTENCE).replace('#', `${numberAt(NUMBER)}`)
    const addition = textAt(ADDITION).replace('%', () => objection)
    return {
      reason: REASONS[numberAt(REASON)],
      message: sentence.replace('%', () => about) + addition,
      status: response?.status,
      response: inform(response),
      error: cause,
      attempt: numberAt(ATTEMPT),
      reconnectIn: Number.isNaN(delay) ? null : delay,
    } as Failure
  }

  /** Sets the state, fires `error`. */
  function fail(failure: Failure) {
    if (source.readyState === 2) return
    source.readyState = failure.reconnectIn === null ? 2 : 0
    if (source.readyState === 2) {
      source.error = new Error(failure.message, { cause: failure.error ?? failure })
      end()
    }
    setFresh(false)
    dispatchEvent.call(target, new SourceError(failure))
  }

  const rest = () => {
    if (source.readyState !== 2) source.readyState = 0
  }

  /** Nothing comes of this source any more. */
  function end() {
    release()
    unfollow()
    instance.dependents.delete(source)
    if (core) instance.release(core)
    core = 0
    awaited = NOBODY
    for (const sink of listeners.sinks) {
      listeners.leave(sink)
      sink.end(source.error)
    }
    delivery.end()
  }

  /** Lets go of the connection at once. */
  const release = () => {
    clearTimeout(timer)
    clearTimeout(heart)
    const left = reader
    const answer = response
    // In this order: Firefox keeps a redirected connection open where the body is cancelled before the request is.
    controller?.abort()
    // A fetch of the user's own may know nothing of signals.
    if (left) left.cancel().catch(nothing)
    else cancel(answer)
    controller = reader = response = chunk = cause = undefined
  }

  function wait(ticket: number) {
    clearTimeout(timer)
    let left = delayOf()
    const goOnWaiting = () => {
      const part = Math.min(left, LONGEST)
      left -= part
      timer = setTimeout(() => {
        if (left > 0) goOnWaiting()
        else tell(TIMER_FIRED, ticket)
      }, part)
    }
    goOnWaiting()
  }

  /** Looks whether the connection is dead, and when to look again; `sure`: what came by now has been read. */
  const listenToHeart = (sure = false) => {
    // Most sources have none, and each function that is called for the first time delays a fresh page's first event.
    if (!beats) return
    clearTimeout(heart)
    const left = core ? instance.heartbeat_left(core, Date.now()) : NaN
    // Set anew after each byte would be dear: one that fires early only looks at the clock and goes on.
    if (left > 0) heart = setTimeout(() => listenToHeart(), Math.min(left, LONGEST))
    else if (sure) tell(LISTEN_TO_HEART)
    else if (left <= 0) heart = setTimeout(() => listenToHeart(true), GRACE)
  }

  const request = async function (ticket: number) {
    listenToHeart()
    const { lastEventId } = source
    try {
      const made = await prepare(options!, address, { attempt: numberAt(ATTEMPT), lastEventId, previous })
      if (ticket !== awaited) return
      prepared = made
    } catch (error) {
      blame(REQUEST_FAILED, ticket, error)
      return
    }
    await sendRequest(ticket)
  }

  /** Tells Rust what something failed with. */
  function blame(fact: number, ticket: number, error: unknown, aborted = 0) {
    if (ticket !== awaited) return
    cause = error
    about = explain(error)
    tell(fact, ticket, aborted)
  }

  const sendRequest = async function (ticket: number) {
    const { signal } = (controller = new AbortController())
    let answer: Response
    try {
      // Not in workers: in WebKit's, what waits in a stream does not come within a microtask.
      tellsTasks = !options!.fetch && !!globalThis.document && isNative(fetch)
      space = tellsTasks ? new ArrayBuffer(SLICE) : undefined
      answer = await send(options!, prepared!, signal)
    } catch (error) {
      blame(FETCH_FAILED, ticket, error, isAbort(error))
      return
    }
    if (ticket === awaited) judge(ticket, answer)
    else cancel(answer)
  }

  const judge = (ticket: number, answer: Response) => {
    const { headers, status, body } = Object(answer) as Response
    if (typeof status !== 'number' || typeof headers?.get !== 'function') {
      blame(REQUEST_FAILED, ticket, new TypeError('fetch gave no Response'))
      return
    }
    if (body && !isStream(body)) {
      blame(REQUEST_FAILED, ticket, new TypeError('the body of the response is no ReadableStream'))
      return
    }
    response = answer
    cause = undefined
    const contentType = headers.get('Content-Type') ?? ''
    about = contentType
    const locked = answer.bodyUsed || body?.locked
    const state = locked ? BODY_LOCKED : body ? BODY_READABLE : BODY_NONE
    const delay = retryAfter(headers.get('Retry-After') ?? '')
    const type = new TextEncoder().encode(contentType)
    write(instance.text(core, type.length), type)
    if (core) perform(instance.respond(core, ticket, status, state, delay, Date.now(), Math.random()))
  }

  async function probe(ticket: number, find: typeof canReach) {
    const found = await find(address.current, controller!.signal)
    if (ticket !== awaited) return
    clearTimeout(timer)
    tell(PROBED, ticket, Number(found))
  }

  /** > announce the connection: queue a task which … sets the readyState attribute to OPEN and fires an event named open */
  const announce = (ticket: number) => {
    const answer = response
    if (answer?.redirected && answer.url) address.current = answer.url
    const open = () => {
      // Given up meanwhile, by close(), reconnect() or a page that rests.
      if (ticket !== awaited || source.readyState === 2) return
      source.readyState = 1
      // A fetch of the user's own may say anything.
      source.origin = originOf(answer?.url) ?? source.origin
      if (listeners.has('open')) {
        setFresh(false)
        dispatchEvent.call(target, new SourceOpen(inform(answer)))
      }
      tell(OPENED, ticket)
    }
    // The browser's own fetch answers in a task of its own; one more takes tens of milliseconds while a page loads. One of
    // the page's may answer in the task of the last event.
    if (tellsTasks || (isFresh && options && !options.fetch)) open()
    else queueTask(open)
  }

  /** Asks the user's retry function. */
  async function ask(ticket: number) {
    const failure = failureOf()
    const refused = response
    release()
    // It belongs to the failure, which is not told yet.
    response = refused
    cause = failure.error
    try {
      const answer = await options!.retry!(failure)
      if (ticket !== awaited) return
      if (answer !== false && !((answer as number) >= 0 && typeof answer === 'number')) {
        throw wrong('its answer', 'a number of milliseconds or false', answer)
      }
      tell(DECIDED, ticket, answer === false ? NaN : answer)
    } catch (error) {
      if (ticket !== awaited) return
      cause = error
      objection = explain(error)
      tell(DECISION_FAILED, ticket)
    }
  }

  // Reading: chunk by chunk into the parser, batch by batch to the listeners, no further than they follow.

  const startReading = () => {
    try {
      // Where the browser makes memory for each chunk, of a megabyte in a flood, a third of reading goes for that.
      reader ??= response!.body!.getReader((space && { mode: 'byob' }) as { mode: 'byob' })
    } catch (error) {
      if (space) {
        // In Safari a response is no stream of bytes.
        space = undefined
        startReading()
      } else blame(BROKEN, awaited, error)
      return
    }
    next(reader)
  }

  const next = (current: Reader) => {
    if (beats) tell(READING, 0, 1)
    let isLater = false
    ;(current as ReadableStreamBYOBReader).read((space && new Uint8Array(space))!).then(
      (result) => {
        if (current === reader) take(result, isLater)
      },
      (error: unknown) => {
        if (current === reader) blame(BROKEN, awaited, error, isAbort(error))
      },
    )
    // What waits in the stream of the browser's own fetch comes before this; what does not, in a task of its own.
    if (tellsTasks) queueMicrotask(() => (isLater = true))
  }

  const take = ({ done, value }: { done: boolean; value: Uint8Array | undefined }, isFirst: boolean) => {
    if (done) {
      endLater()
      return
    }
    // Of whatever realm.
    if (!ArrayBuffer.isView(value) || value[Symbol.toStringTag] !== 'Uint8Array') {
      blame(BROKEN, awaited, new TypeError('the stream gave a chunk that is not a Uint8Array'))
      return
    }
    if (beats) tell(READING)
    space &&= value.buffer as ArrayBuffer
    delivery.receive(value.length, isFirst)
    chunk = value
    isTooLarge = false
    goOn()
  }

  /** Parses what is left of the chunk, as far as listeners follow, then reads on. */
  const goOn = () => {
    while (chunk && !isTooLarge) {
      const part: Uint8Array = chunk.length > SLICE ? chunk.subarray(0, SLICE) : chunk
      chunk = part === chunk ? undefined : chunk.subarray(SLICE)
      if (!parse(part)) return
    }
    if (isTooLarge) endLater()
    else if (reader) next(reader)
  }

  /** Parses some bytes and delivers their batch; gives whether it goes on at once. */
  const parse = (part: Uint8Array): boolean => {
    write(instance.reserve(core, part.length), part)
    isTooLarge = instance.parse(core)
    if (!core) return false
    text = numberAt(TEXT)
    const table = numberAt(TABLE) >>> 2
    const current = reader
    if (!delivery.deliver(table, table + numberAt(TABLE + 4), chunk !== undefined)) return false
    if (reader === current) return true
    // A listener gave the connection up for another, which waited for this.
    tell(DELIVERED)
    return false
  }

  /** Listeners have got all of a batch. */
  function delivered() {
    tell(DELIVERED)
    if (reader && source.readyState === 1) goOn()
  }

  /** > queue a task to … reestablish the connection: promises of the last event come first. */
  function endLater() {
    const current = reader
    queueTask(() => {
      if (current === reader) tell(ENDED, awaited)
    })
  }

  const source: Source = {
    url: '',
    origin: '',
    withCredentials: false,
    readyState: 0,
    lastEventId: '',
    reconnectionTime: RECONNECTION_TIME,
    error: undefined,
    target,
    listeners,
    words: look,
    text: (start, end) => textFrom(text + start, text + end),
    gather: (heard) => {
      if (!instance.gather(core, heard)) return undefined
      const gathered = textAt(TEXT)
      return gathered.includes('\ufffd') ? undefined : gathered
    },
    connect,
    read(stream: ReadableStream<Uint8Array>, init: unknown) {
      const { lastEventId, numbers } = readStreamOptions(init)
      reader = stream.getReader()
      // > The url getter of such a source gives about:event-stream, and its origin is opaque.
      source.url = 'about:event-stream'
      source.origin = 'null'
      source.lastEventId = lastEventId
      begin(STREAM, numbers)
    },
    close() {
      if (source.readyState === 2) return
      source.readyState = 2
      tell(CLOSE)
      end()
    },
    reconnect() {
      // Whatever comes of it comes after the caller's own promises.
      setFresh(false)
      tell(RECONNECT, 0, Number(delivery.busy))
    },
    reset() {
      tell(RESET)
    },
    page(change: number) {
      const { busy } = delivery
      if (core) perform(instance.page(core, change, busy, Date.now(), Math.random()))
      listenToHeart()
    },
    forbid(url: string) {
      if (address.current === url) tell(FORBID)
    },
    orphan(error: unknown) {
      core = 0
      awaited = NOBODY
      release()
      const message = `the WebAssembly instance died: ${explain(error)}; a new source gets a new one`
      queueTask(() => fail({ reason: 'aborted', message, response: undefined, error, attempt: 1, reconnectIn: null }))
    },
  }
  const delivery = makeDelivery(source, delivered)
  return source
}

const originOf = (url: string | undefined): string | undefined => {
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
const isNative = (fetch: Function): boolean => {
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
const cancel = (response: Response | undefined) => {
  const body = response?.body
  if (isStream(body) && !body.locked) body.cancel().catch(nothing)
}

function inform(response: Response | undefined): ResponseInfo | undefined {
  if (!response) return undefined
  const { url, status, statusText, headers, redirected } = response
  return { url, status, statusText, headers, redirected }
}
