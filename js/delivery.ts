/** Turns batches into events and delivers them one by one, as the standard's tasks would. */

import { dispatchEvent } from './event-target.js'
import { messageOf } from './events.js'
import { isWebKit } from './engine.js'
import type { Listeners } from './listeners.js'
import { inBrowser, isFresh, queueTask, setFresh, stepwise, TURN } from './task.js'

/** The records of a batch, as `src/parser/batch.rs` writes them: three numbers each, the first holding kind and type. */
const RECORD = 3
const KIND = 0b111
const TYPE_SHIFT = 4
const EVENT = 0
const ID = 1
const TYPE = 2
const RETRY = 3

/** To decode a text alone costs as much as to decode so many bytes more along with others. */
const BYTES_PER_CUT = 512
/** More words of records than this, 256 of these, in so many milliseconds are delivered the quick way. */
const BUSY = 768
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
  readonly listeners: Listeners
  /** The instance's memory as it is now, where the batch at hand stays until it is delivered. */
  words(): Uint32Array
  /** Text of that batch, from one byte to another. */
  text(start: number, end: number): string
  /**
   * All of it, of so many bytes; the records' offsets are such in UTF-16 units then. Undefined where something of it may be
   * malformed, which a decoder is to replace in each field by itself: the offsets stay such in bytes.
   */
  whole(end: number): string | undefined
  lastEventId: string
  reconnectionTime: number
}

/** Delivers the batches of one source. */
export interface Delivery {
  /** Whether a batch is under way. */
  busy: boolean
  /**
   * Delivers a batch: its records, from one word of the memory to another, and how many bytes its text has. Gives whether
   * the caller goes on at once; `more`: another batch waits.
   */
  deliver(at: number, end: number, size: number, more: boolean): boolean
  /**
   * Told of each chunk of so many bytes, and whether it came in a task of its own. One that waited in a stream came in the
   * task of the last event, so that its events need another.
   */
  receive(bytes: number, isFirst: boolean): void
  /** Drops what is not delivered. */
  end(): void
}

/** `done` is called for each batch for which `deliver` gave false, unless the receiver is CLOSED by then. */
export const makeDelivery = (receiver: Receiver, done: () => void): Delivery => {
  /** The names of the stream's types, by the numbers that the parser gave them. */
  const types = ['message']
  /** The next record, and behind the last, in words of the memory. */
  let next = 0
  let last = 0
  /** The whole text; undefined where little of the last batch was needed, as where most of it was for nobody. */
  let whole: string | undefined
  /** Bytes of the last batch that had records, and how many texts of it were needed. */
  let length = 0
  let cuts = 0
  /** When a task came late. Of this source: that another's did tells nothing of what gathers here. */
  let late = -Infinity
  /** Whether the chunk at hand is one that may have gathered. */
  let isGathered = false
  let counted = 0
  let countedSince = 0
  /** Events until the next look at the clock. */
  let untilLook = EVENTS_PER_LOOK

  const isOver = () => receiver.readyState === 2

  const cut = (start: number, end: number): string => {
    cuts++
    return whole?.substring(start, end) ?? receiver.text(start, end)
  }

  /** Delivers up to one event; gives whether that was all. */
  const deliverOne = (): boolean => {
    const words = receiver.words()
    const { heard } = receiver.listeners
    const hasSinks = receiver.sinks.size > 0
    // Of its own, since closures' variables are in memory, and there may be many that nobody hears.
    let at = next
    while (at < last) {
      const head = words[at]!
      const number = head >> TYPE_SHIFT
      const kind = head & KIND
      // Nobody can tell: whatever a listener sees of it is in the events that are made.
      if (kind === EVENT && !hasSinks && !(heard[number] ??= receiver.listeners.has(types[number]!))) {
        at += RECORD
        continue
      }
      const start = words[at + 1]!
      const end = words[at + 2]!
      next = at += RECORD
      switch (kind) {
        case EVENT: {
          setFresh(false)
          const event = messageOf(types[number]!, cut(start, end), receiver.origin, receiver.lastEventId)
          if (hasSinks) for (const sink of receiver.sinks) sink.event(event as unknown as MessageEvent<string>)
          dispatchEvent.call(receiver.target, event)
          return next >= last || isOver()
        }
        case ID:
          receiver.lastEventId = cut(start, end)
          break
        case TYPE:
          types[number] = cut(start, end)
          heard[number] = undefined
          break
        case RETRY:
          receiver.reconnectionTime = start + end * 2 ** 32
          break
      }
    }
    return true
  }

  /** Delivers the rest of a batch in steps, with all microtasks run between one event and the next. */
  function deliverExactly() {
    let asked = Infinity
    // What promises of the last event do until then is not the event loop's fault.
    queueMicrotask(() => (asked = performance.now()))
    stepwise((started) => {
      if (started - asked > LATE) late = started
      asked = Infinity
      turn = started
      if (isOver()) return true
      if (!deliverOne()) return false
      void finish()
      return true
    })
  }

  /** Delivers the rest of a batch at less cost: the promises that an event resolves are called back before the next. */
  async function deliverQuickly() {
    do {
      await undefined
      if (isOver()) return
      if (--untilLook === 0) {
        const now = performance.now()
        untilLook = now - active > SHORT ? 1 : EVENTS_PER_LOOK
        active = now
        if (isLong(now)) {
          await pass()
          if (isOver()) return
        }
      }
    } while (!deliverOne())
    await finish()
  }

  /** Has the next batch delivered, once promises that the last event resolved are called back and all sinks want more. */
  async function finish() {
    await undefined
    for (const sink of receiver.sinks) await sink.ready()
    active = performance.now()
    delivery.busy = false
    if (!isOver()) done()
  }

  /** Whether events come so fast that a task for each batch would be felt. */
  const isBusy = (now: number): boolean => {
    if (now - countedSince > COUNTING) {
      countedSince = now
      counted = 0
    }
    counted += last - next
    return counted > BUSY
  }

  const delivery: Delivery = {
    busy: false,
    deliver: (at, end, size, more) => {
      const now = performance.now()
      next = at
      last = end
      whole = undefined
      if (at < end) {
        if (length <= BYTES_PER_CUT * cuts) whole = receiver.whole(size)
        length = size
        cuts = 0
      }
      delivery.busy = true
      // Not at once: a small chunk may have come before what has gathered.
      if (isGathered && now - late < LATE && isWebKit()) starved = now
      if (now - active > PAUSE) turn = now
      isGathered = false
      const exact = inBrowser && !isBusy(now) && now - starved > REMEMBERED
      if ((isFresh || !exact || at === end) && deliverOne()) {
        active = at < end ? performance.now() : now
        const isTurnOver = isLong(active)
        delivery.busy = (more || isTurnOver || receiver.sinks.size > 0) && !isOver()
        // Without this all chunks that wait would be one long task.
        if (delivery.busy) void (isTurnOver ? pass().then(finish) : finish())
        return !delivery.busy
      }
      active = now
      if (exact) deliverExactly()
      else void deliverQuickly()
      return false
    },
    receive: (bytes, isFirst) => {
      isGathered = bytes > GATHERED
      if (!isFirst) return
      setFresh(true)
      active = -Infinity
    },
    end() {
      next = last = 0
      whole = undefined
    },
  }
  return delivery
}
