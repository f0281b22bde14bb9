/**
 * The JavaScript end of a source: what Rust calls. Turns batches into events and delivers them one by one, as the
 * standard's tasks would. Decides nothing about the connection.
 */

import { SourceError, SourceMessage, SourceOpen } from './events.js'
import { canStep, queueTask, stepwise, TURN } from './task.js'
import type { ConnectionFailure, ResponseInfo } from './types.js'
import { getInstance, type Instance } from './wasm.js'

/** The records of a batch, as `src/parser/batch.rs` writes them: three numbers each, the first holding kind and type. */
const RECORD_LENGTH = 3
const KIND = 0b111
const TYPE_SHIFT = 4
const EVENT = 0
const ID = 1
const TYPE = 2
const RETRY = 3

/** More events than this in so many milliseconds are delivered the quick way. */
const BUSY = 256
const COUNTING = 100
/** When the task at hand began, as far as is known, and when something was delivered last; both for all sources. */
let turn = 0
let active = 0
/** Milliseconds without a delivery after which a task must have ended. */
const PAUSE = 4
/** Events between two looks at the clock. */
const EVENTS_PER_LOOK = 16

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

/** Receives every event of a source, whatever its type. */
export interface Sink {
  event(event: MessageEvent<string>): void
  /** Closed, or failed for good with an error. */
  end(error?: Error): void
  /** Resolves once the sink wants more; undefined where it does already. */
  ready(): Promise<void> | undefined
}

export class Bridge {
  url = ''
  withCredentials = false
  readyState: 0 | 1 | 2 = 0
  lastEventId = ''
  reconnectionTime = 0
  readonly sinks = new Set<Sink>()

  readonly #target: EventTarget
  readonly #instance: Instance = getInstance()
  #handle = -1
  #origin = ''
  /** The names of the stream's types, by the numbers that the parser gave them. */
  readonly #types = ['message']
  #text = ''
  #table = new Uint32Array()
  #at = 0
  /** Counts the connections, so that a task can tell that its own is over. */
  #connection = 0
  #counted = 0
  #countedSince = 0

  constructor(target: EventTarget) {
    this.#target = target
  }

  #controller: AbortController | undefined

  connect(url: string, init: unknown) {
    const base = globalThis.document?.baseURI ?? globalThis.location?.href
    this.#begin(() => this.#instance.sources.open(url, base, init, this))
  }

  read(stream: ReadableStream, init: unknown) {
    this.#begin(() => this.#instance.sources.openStream(stream, init, this))
  }

  #begin(open: () => number) {
    // Before: the instance may die of this very call.
    this.#instance.dependents.add(this)
    try {
      this.#handle = open()
    } catch (error) {
      this.#instance.dependents.delete(this)
      throw error
    }
  }

  close() {
    if (this.readyState === 2) return
    this.readyState = 2
    this.#instance.sources.close(this.#handle)
    this.#end()
  }

  reconnect() {
    if (this.readyState === 2) return
    this.#instance.sources.reconnect(this.#handle)
  }

  reset() {
    if (this.readyState === 2) return
    this.#instance.sources.reset(this.#handle)
  }

  /** The instance died: fails for good, and lets go of the connection that nobody holds any more. */
  orphan(error: unknown) {
    this.#controller?.abort()
    const message = `the WebAssembly instance died: ${String(error)}; a new source gets a new one`
    queueTask(() => this.fail(this.failure('aborted', message, undefined, error, 1, NaN), 2))
  }

  // What Rust calls

  /** A request is about to be made that this ends. */
  requesting(controller: AbortController) {
    this.#controller = controller
  }

  /** What the attributes say from the start. */
  describe(url: string, origin: string, withCredentials: boolean, lastEventId: string, reconnectionTime: number) {
    this.url = url
    this.#origin = origin
    this.withCredentials = withCredentials
    this.lastEventId = lastEventId
    this.reconnectionTime = reconnectionTime
  }

  /** A response was accepted. */
  open(response: Response | undefined) {
    const connection = ++this.#connection
    queueTask(() => {
      // Given up meanwhile, by reconnect() or a page that rests.
      if (this.readyState === 2 || connection !== this.#connection) return
      // > set the readyState attribute to OPEN and fire an event named open
      this.readyState = 1
      // A fetch of the user's own may say anything.
      if (URL.canParse?.(response?.url ?? '') ?? response?.url) this.#origin = new URL(response!.url).origin
      dispatchEvent.call(this.#target, new SourceOpen(inform(response)))
      this.#instance.sources.resume(this.#handle)
    })
  }

  /** A batch is there. Gives whether all of it is delivered. */
  batch(text: number, length: number, table: number, numbers: number): boolean {
    const { buffer } = this.#instance.memory
    this.#text = decode(new Uint8Array(buffer, text, length))
    this.#table = new Uint32Array(buffer, table, numbers).slice()
    this.#at = 0
    const now = performance.now()
    if (now - active > PAUSE) turn = now
    active = now
    if (this.#deliverOne()) {
      // Chunks that wait in the stream come in microtasks: without this they would all be one long task.
      if (now - turn < TURN || this.readyState === 2) return true
      queueTask(() => {
        turn = performance.now()
        void this.#resume()
      })
      return false
    }
    if (canStep && !this.#isBusy()) this.#deliverExactly()
    else void this.#deliverQuickly()
    return false
  }

  /** Makes the object that tells of a failure. */
  failure(
    reason: ConnectionFailure['reason'],
    message: string,
    response: Response | undefined,
    error: unknown,
    attempt: number,
    reconnectIn: number,
  ): ConnectionFailure {
    return {
      reason,
      message,
      status: response?.status,
      response: inform(response),
      error,
      attempt,
      reconnectIn: Number.isNaN(reconnectIn) ? null : reconnectIn,
    }
  }

  /** The connection ended, or could not be made; null: nothing is to be said of it. */
  fail(failure: ConnectionFailure | null, readyState: 0 | 1 | 2) {
    if (this.readyState === 2) return
    this.#connection++
    this.readyState = readyState
    if (!failure) return
    if (readyState === 2) this.#end(new Error(failure.message, { cause: failure.error ?? failure }))
    dispatchEvent.call(this.#target, new SourceError(failure))
  }

  /** Delivers up to one event; gives whether that was all. */
  #deliverOne(): boolean {
    const table = this.#table
    while (this.#at < table.length) {
      const head = table[this.#at]!
      const start = table[this.#at + 1]!
      const end = table[this.#at + 2]!
      this.#at += RECORD_LENGTH
      switch (head & KIND) {
        case EVENT: {
          const type = this.#types[head >> TYPE_SHIFT]!
          const data = this.#text.substring(start, end)
          const event = new SourceMessage(type, data, this.#origin, this.lastEventId)
          for (const sink of this.sinks) sink.event(event as unknown as MessageEvent<string>)
          dispatchEvent.call(this.#target, event)
          return this.#at >= table.length || this.readyState === 2
        }
        case ID:
          this.lastEventId = this.#text.substring(start, end)
          break
        case TYPE:
          this.#types[head >> TYPE_SHIFT] = this.#text.substring(start, end)
          break
        case RETRY:
          this.reconnectionTime = start + end * 2 ** 32
          break
      }
    }
    return true
  }

  /** Delivers the rest of a batch in steps, with all microtasks run between one event and the next. */
  #deliverExactly() {
    stepwise(() => {
      if (this.readyState === 2) return true
      if (!this.#deliverOne()) return false
      if ((this.readyState as number) !== 2) void this.#resume()
      return true
    })
  }

  /** Delivers the rest of a batch at less cost: the promises that an event resolves are called back before the next. */
  async #deliverQuickly() {
    for (let delivered = 1; ; delivered++) {
      await undefined
      if (this.readyState === 2) return
      if (delivered % EVENTS_PER_LOOK === 0) {
        active = performance.now()
        if (active - turn > TURN) {
          await new Promise<void>(queueTask)
          active = turn = performance.now()
          if ((this.readyState as number) === 2) return
        }
      }
      if (this.#deliverOne()) break
    }
    await this.#resume()
  }

  async #resume() {
    for (const sink of this.sinks) await sink.ready()
    if (this.readyState !== 2) this.#instance.sources.resume(this.#handle)
  }

  /** Whether events come so fast that a task for each batch would be felt. */
  #isBusy(): boolean {
    const now = performance.now()
    if (now - this.#countedSince > COUNTING) {
      this.#countedSince = now
      this.#counted = 0
    }
    this.#counted += this.#table.length / RECORD_LENGTH
    return this.#counted > BUSY
  }

  #end(error?: Error) {
    this.#instance.dependents.delete(this)
    for (const sink of this.sinks) sink.end(error)
    this.sinks.clear()
    this.#text = ''
    this.#table = new Uint32Array()
  }
}

function inform(response: Response | undefined): ResponseInfo | undefined {
  if (!response) return undefined
  const { url, status, statusText, headers, redirected } = response
  return { url, status, statusText, headers, redirected }
}
