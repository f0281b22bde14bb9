/** Turns batches into events and delivers them one by one, as the standard's tasks would. */

import { dispatchEvent } from './event-target.js'
import { messageOf } from './events.js'
import { isWebKit } from './engine.js'
import { inBrowser, isFresh, queueTask, setFresh, stepwise, TURN } from './task.js'

/** The records of a batch, as `src/parser/batch.rs` writes them: three numbers each, the first holding kind and type. */
const RECORD_LENGTH = 3
const KIND = 0b111
const TYPE_SHIFT = 4
const EVENT = 0
const ID = 1
const TYPE = 2
const RETRY = 3

/** The table of a chunk that held no event. Such chunks can come without end and without a task between them, too. */
export const NOTHING = new Uint32Array()
/** More records than this in so many milliseconds are delivered the quick way. */
const BUSY = 256
const COUNTING = 100
/** When the task at hand began, as far as is known; for all sources. */
let turn = 0
/** When a chunk or an event was last dealt with, by any source; long ago where a task is known to have just begun. */
let active = -Infinity
/** Milliseconds after that in which `turn` is taken to be over. */
const PAUSE = 4

/** Most events between two looks at the clock, and milliseconds that these may take: slow ones have it looked at each time. */
const EVENTS_PER_LOOK = 16
const SHORT = 1

/**
 * WebKitGTK runs no task while many small pieces of a response come in, but for those that bring the pieces to a read that
 * is under way: whoever asks for a task, or reads a little late, waits for all of them, a second or more. That is so where
 * a task that was asked for is late by so many milliseconds, and more than so many bytes come in one chunk right after it.
 */
const LATE = 32
/** Less than a reader that fills memory of ours can give at once. */
const GATHERED = 60_000
/** When a task came that late. */
let late = -Infinity
/** Milliseconds for which that is remembered. */
const REMEMBERED = 60_000
/** When that was seen last; for all sources, since the next one would wait as long. */
let starved = -Infinity

/** Whether the task at hand has taken so long that others should have their turn. */
const isLong = (now: number): boolean => now - turn > TURN

/** Gives others their turn. */
async function pass() {
  await new Promise<void>(queueTask)
  active = turn = performance.now()
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
  #text = ''
  #table = NOTHING
  #at = 0
  /** Whether the chunk at hand is one that may have gathered. */
  #isGathered = false
  #counted = 0
  #countedSince = 0
  /** Events until the next look at the clock. */
  #untilLook = EVENTS_PER_LOOK

  /** `done` is called for each batch for which `deliver` gave false, unless the receiver is CLOSED by then. */
  constructor(receiver: Receiver, done: () => void) {
    this.#receiver = receiver
    this.#done = done
  }

  /** Gives whether the caller goes on at once; `more`: another batch waits. */
  readonly deliver = (text: string, table: Uint32Array<ArrayBuffer>, more: boolean): boolean => {
    this.#text = text
    this.#table = table
    this.#at = 0
    this.busy = true
    const now = performance.now()
    // Not at once: a small chunk may have come before what has gathered.
    if (this.#isGathered && now - late < LATE && isWebKit()) starved = now
    if (now - active > PAUSE) turn = now
    this.#isGathered = false
    const exact = inBrowser && !this.#isBusy(now) && now - starved > REMEMBERED
    if ((isFresh || !exact || table === NOTHING) && this.#deliverOne()) {
      active = this.#at ? performance.now() : now
      const isTurnOver = isLong(active)
      this.busy = (isTurnOver || more || this.#receiver.sinks.size > 0) && !this.#isOver()
      // Without this all chunks that wait would be one long task.
      if (this.busy) void (isTurnOver ? pass().then(() => this.#finish()) : this.#finish())
      return !this.busy
    }
    active = now
    if (exact) this.#deliverExactly()
    else void this.#deliverQuickly()
    return false
  }

  /**
   * Told of each chunk of so many bytes, and whether it came in a task of its own. One that waited in a stream came in the
   * task of the last event, so that its events need another.
   */
  readonly receive = (length: number, isFirst: boolean) => {
    this.#isGathered = length > GATHERED
    if (!isFirst) return
    setFresh(true)
    active = -Infinity
  }

  /** Drops what is not delivered. */
  end() {
    this.#text = ''
    this.#table = NOTHING
  }

  /** Delivers up to one event; gives whether that was all. */
  readonly #deliverOne = (): boolean => {
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
          setFresh(false)
          const data = this.#text.substring(start, end)
          const event = messageOf(type, data, receiver.origin, receiver.lastEventId)
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
    let asked = Infinity
    // What promises of the last event do until then is not the event loop's fault.
    queueMicrotask(() => (asked = performance.now()))
    stepwise((started) => {
      if (started - asked > LATE) late = started
      asked = Infinity
      turn = started
      if (this.#isOver()) return true
      if (!this.#deliverOne()) return false
      void this.#finish()
      return true
    })
  }

  /** Delivers the rest of a batch at less cost: the promises that an event resolves are called back before the next. */
  async #deliverQuickly() {
    do {
      await undefined
      if (this.#isOver()) return
      if (--this.#untilLook === 0) {
        const now = performance.now()
        this.#untilLook = now - active > SHORT ? 1 : EVENTS_PER_LOOK
        active = now
        if (isLong(now)) {
          await pass()
          if (this.#isOver()) return
        }
      }
    } while (!this.#deliverOne())
    await this.#finish()
  }

  /** Has the next batch delivered, once promises that the last event resolved are called back and all sinks want more. */
  async #finish() {
    await undefined
    for (const sink of this.#receiver.sinks) await sink.ready()
    active = performance.now()
    this.busy = false
    if (!this.#isOver()) this.#done()
  }

  #isOver(): boolean {
    return this.#receiver.readyState === 2
  }

  /** Whether events come so fast that a task for each batch would be felt. */
  readonly #isBusy = (now: number): boolean => {
    if (now - this.#countedSince > COUNTING) {
      this.#countedSince = now
      this.#counted = 0
    }
    this.#counted += this.#table.length / RECORD_LENGTH
    return this.#counted > BUSY
  }
}
