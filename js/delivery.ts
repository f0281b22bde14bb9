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

/** The type's number has so many bits; above them stands how long a text is that was put together. */
const NUMBER = 0b11111
const LENGTH_SHIFT = 9
/** The bit of types whose names are told again each time. */
const UNCACHED = 0b10
/** All types, also those of which no more is known yet: nothing is left out. */
const ALL = -1

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

/** What delivery reads and writes of a source. */
export interface Receiver {
  readonly target: EventTarget
  readonly readyState: 0 | 1 | 2
  readonly origin: string
  readonly listeners: Listeners
  /** The instance's memory as it is now, where the batch at hand stays until it is delivered. */
  words(): Uint32Array
  /** Text of that batch, from one byte to another. */
  text(start: number, end: number): string
  /**
   * The text of its records side by side, each with a line feed behind it, but for events whose type's number is no bit of
   * `heard`. Records have its lengths in UTF-16 units then, and those that are left out how many of them follow. Undefined
   * where that is not worth while, and where something of it may be malformed, which a decoder is to replace in each text by
   * itself. Once for each batch.
   */
  gather(heard: number): string | undefined
  lastEventId: string
  reconnectionTime: number
}

/** Delivers the batches of one source. */
export interface Delivery {
  /** Whether a batch is under way. */
  busy: boolean
  /**
   * Delivers a batch: its records, from one word of the memory to another. Gives whether the caller goes on at once; `more`:
   * another batch waits.
   */
  deliver(at: number, end: number, more: boolean): boolean
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
  const { listeners } = receiver
  const { has, sinks } = listeners
  /** The names of the stream's types, by the numbers that the parser gave them. */
  const types = ['message']
  /** The next record, and behind the last, in words of the memory. */
  let next = 0
  let last = 0
  /** The batch's texts, as far as they are needed; undefined where each is decoded by itself. */
  let gathered: string | undefined
  /** How much of it was taken. */
  let taken = 0
  /** A bit for each type's number for which it was put together. */
  let wanted = ALL
  /** A bit for each type's number that nobody hears of, as of this change of who listens. */
  let unheard = 0
  let change = -1
  /** When a task came late. Of this source: that another's did tells nothing of what gathers here. */
  let late = -Infinity
  /** Whether the chunk at hand is one that may have gathered. */
  let isGathered = false
  let counted = 0
  let countedSince = 0
  /** Events until the next look at the clock. */
  let untilLook = EVENTS_PER_LOOK

  const isOver = () => receiver.readyState === 2

  const cut = (head: number, start: number, end: number): string =>
    gathered === undefined
      ? receiver.text(start, end)
      : gathered.substring(taken, (taken += (head >>> LENGTH_SHIFT) + 1) - 1)

  /** Looks whether somebody hears of a type. */
  const look = (type: string, number: number) => {
    unheard |= 1 << number
    if (has(type)) unheard ^= 1 << number
  }

  /** Looks who listens, if that has changed. */
  const listen = (): boolean => {
    if (change === listeners.changes) return false
    change = listeners.changes
    types.forEach(look)
    return true
  }

  /** Delivers up to one event; gives whether that was all. */
  const deliverOne = (): boolean => {
    const words = receiver.words()
    if (listen() && wanted !== ALL) {
      // Without regard to what the records say of it.
      gathered = undefined
      wanted = ALL
    }
    // Of its own, since closures' variables are in memory, and there may be many that nobody hears.
    let at = next
    while (at < last) {
      const head = words[at]!
      const kind = head & KIND
      const number = (head >> TYPE_SHIFT) & NUMBER
      const bit = 1 << number
      // Nobody can tell: whatever a listener sees of it is in the events that are made.
      if (kind === EVENT && unheard & bit) {
        at += RECORD
        if (wanted & bit) taken += (head >>> LENGTH_SHIFT) + 1
        else at += RECORD * (head >>> LENGTH_SHIFT)
        continue
      }
      const start = words[at + 1]!
      const end = words[at + 2]!
      next = at += RECORD
      switch (kind) {
        case EVENT: {
          setFresh(false)
          const event = messageOf(types[number]!, cut(head, start, end), receiver.origin, receiver.lastEventId)
          if (sinks.size > 0) for (const sink of sinks) sink.event(event as unknown as MessageEvent<string>)
          dispatchEvent.call(receiver.target, event)
          return next >= last || isOver()
        }
        case ID:
          receiver.lastEventId = cut(head, start, end)
          break
        case TYPE:
          look((types[number] = cut(head, start, end)), number)
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
    for (const sink of sinks) await sink.ready()
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
    deliver: (at, end, more) => {
      const now = performance.now()
      next = at
      last = end
      listen()
      taken = 0
      gathered = receiver.gather((wanted = ~unheard | UNCACHED))
      delivery.busy = true
      // Not at once: a small chunk may have come before what has gathered.
      if (isGathered && now - late < LATE && isWebKit()) starved = now
      if (now - active > PAUSE) turn = now
      isGathered = false
      const exact = inBrowser && !isBusy(now) && now - starved > REMEMBERED
      if ((isFresh || !exact || at === end) && deliverOne()) {
        active = at < end ? performance.now() : now
        const isTurnOver = isLong(active)
        delivery.busy = (more || isTurnOver || sinks.size > 0) && !isOver()
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
      gathered = undefined
    },
  }
  return delivery
}
