/** Turns batches into events and delivers them one by one, as the standard's tasks would. */

import { dispatchEvent } from './event-target.js'
import { restOf, SourceMessage, type Rest } from './events.js'
import { inBrowser, queueTask, stepwise, TURN } from './task.js'

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

/**
 * Milliseconds after which a task that was asked for is late. WebKitGTK runs none while many small pieces of a response
 * come in: whoever asks for one waits for all of them, and finds them in one chunk.
 */
const LATE = 32
/** Milliseconds for which that is remembered. */
const REMEMBERED = 60_000
/** When that was seen last; for all sources. */
let starved = -Infinity

function isStarved(now: number): boolean {
  return now - starved < REMEMBERED
}

/** Receives every event of a source, whatever its type. */
export interface Sink {
  event(event: MessageEvent<string>): void
  /** Closed, or failed for good with an error. */
  end(error?: Error): void
  /** Resolves once the sink wants more; undefined where it does already. */
  ready(): Promise<void> | undefined
}

/** What delivery reads and writes of a source. */
export interface Receiver {
  readonly target: EventTarget
  readonly readyState: 0 | 1 | 2
  readonly origin: string
  readonly sinks: ReadonlySet<Sink>
  /** Whether somebody would hear of an event of this type. */
  hears(type: string): boolean
  lastEventId: string
  reconnectionTime: number
}

export class Delivery {
  /** Whether a batch is under way. */
  busy = false

  readonly #receiver: Receiver
  readonly #done: () => void
  /** The names of the stream's types, by the numbers that the parser gave them. */
  readonly #types = ['message']
  #rest: Rest = { origin: '', lastEventId: '' }
  #text = ''
  #table = new Uint32Array()
  #at = 0
  #counted = 0
  #countedSince = 0
  /** Whether the last task came late. */
  #late = false

  /** `done` is called when a batch that took its time is delivered, unless the receiver is CLOSED by then. */
  constructor(receiver: Receiver, done: () => void) {
    this.#receiver = receiver
    this.#done = done
  }

  /** Gives whether all of a batch is delivered at once; `more`: another waits. */
  deliver(text: string, table: Uint32Array<ArrayBuffer>, more: boolean): boolean {
    this.#text = text
    this.#table = table
    this.#at = 0
    this.busy = true
    const now = performance.now()
    const sameTask = now - active <= PAUSE
    if (!sameTask) turn = now
    const exact = inBrowser && !this.#isBusy(now) && !isStarved(now)
    // Chunks that wait in the stream come in microtasks, where promises of the last event may be waiting too.
    if (!(exact && sameTask) && this.#deliverOne()) {
      active = performance.now()
      const isLong = this.#isLong(active)
      this.busy = (isLong || more) && !this.#isOver()
      // Without this all chunks that wait would be one long task.
      if (this.busy) void (isLong ? this.#pass().then(() => this.#finish()) : this.#finish())
      return !this.busy
    }
    active = now
    if (exact) this.#deliverExactly()
    else void this.#deliverQuickly()
    return false
  }

  /** Told where a stream gives more at a time than while it is read without a break. */
  gathered() {
    if (this.#late) starved = performance.now()
  }

  /** Drops what is not delivered. */
  end() {
    this.#text = ''
    this.#table = new Uint32Array()
  }

  /** Delivers up to one event; gives whether that was all. */
  #deliverOne(): boolean {
    const table = this.#table
    const receiver = this.#receiver
    while (this.#at < table.length) {
      const head = table[this.#at]!
      const start = table[this.#at + 1]!
      const end = table[this.#at + 2]!
      this.#at += RECORD_LENGTH
      switch (head & KIND) {
        case EVENT: {
          const type = this.#types[head >> TYPE_SHIFT]!
          // Nobody can tell: whatever a listener sees of it is in the events that are made.
          if (!receiver.hears(type)) break
          const { origin, lastEventId } = receiver
          if (this.#rest.lastEventId !== lastEventId || this.#rest.origin !== origin)
            this.#rest = restOf(origin, lastEventId)
          const event = new SourceMessage(type, this.#text.substring(start, end), this.#rest)
          if (receiver.sinks.size > 0)
            for (const sink of receiver.sinks) sink.event(event as unknown as MessageEvent<string>)
          dispatchEvent.call(receiver.target, event)
          return this.#at >= table.length || receiver.readyState === 2
        }
        case ID:
          receiver.lastEventId = this.#text.substring(start, end)
          break
        case TYPE:
          this.#types[head >> TYPE_SHIFT] = this.#text.substring(start, end)
          break
        case RETRY:
          receiver.reconnectionTime = start + end * 2 ** 32
          break
      }
    }
    return true
  }

  /** Delivers the rest of a batch in steps, with all microtasks run between one event and the next. */
  #deliverExactly() {
    const asked = performance.now()
    let isFirst = true
    stepwise((started) => {
      if (isFirst) this.#late = started - asked > LATE
      isFirst = false
      if (this.#isOver()) return true
      if (!this.#deliverOne()) return false
      void this.#finish()
      return true
    })
  }

  /** Delivers the rest of a batch at less cost: the promises that an event resolves are called back before the next. */
  async #deliverQuickly() {
    for (let delivered = 1; ; delivered++) {
      await undefined
      if (this.#isOver()) return
      if (delivered % EVENTS_PER_LOOK === 0) {
        active = performance.now()
        if (this.#isLong(active)) {
          await this.#pass()
          if (this.#isOver()) return
        }
      }
      if (this.#deliverOne()) break
    }
    await this.#finish()
  }

  /** Whether the task at hand has taken so long that others should have their turn. */
  #isLong(now: number): boolean {
    return now - turn > (isStarved(now) ? LATE : TURN)
  }

  /** Gives others their turn. */
  async #pass() {
    const asked = performance.now()
    await new Promise<void>(queueTask)
    active = turn = performance.now()
    this.#late = turn - asked > LATE
  }

  /** Has the next batch delivered, once promises that the last event resolved are called back. */
  async #finish() {
    await undefined
    active = performance.now()
    for (const sink of this.#receiver.sinks) await sink.ready()
    this.busy = false
    if (!this.#isOver()) this.#done()
  }

  #isOver(): boolean {
    return this.#receiver.readyState === 2
  }

  /** Whether events come so fast that a task for each batch would be felt. */
  #isBusy(now: number): boolean {
    if (now - this.#countedSince > COUNTING) {
      this.#countedSince = now
      this.#counted = 0
    }
    this.#counted += this.#table.length / RECORD_LENGTH
    return this.#counted > BUSY
  }
}
