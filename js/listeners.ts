/** Who hears of which type, so that no event is made that nobody would hear of. Knows nothing of sources. */

import { addEventListener } from './event-target.js'
import { isObject } from './is-object.js'

type Options = boolean | AddEventListenerOptions | undefined

/** Receives every event of a source, whatever its type. */
export interface Sink {
  event(event: MessageEvent<string>): void
  /** Closed, or failed for good with an error. */
  end(error?: Error): void
  /** Resolves once the sink wants more; undefined where it does already. */
  ready(): Promise<void> | undefined
}

/** One listener, as `addEventListener` tells them apart: by its callback, and whether it captures. */
interface Entry {
  callback: unknown
  capture: boolean
  /** Whether it stays until it is removed. */
  stays: boolean
}

/**
 * Keeps what a target's own list of listeners must at least contain: it may count one that is gone, and then an event is
 * made in vain; it never misses one.
 */
export class Listeners {
  /** How many times something changed: whoever remembers what `has` said looks at it first. */
  changes = 0
  /** Who receives every event: only to be looked at, see {@link join} and {@link leave}. */
  readonly sinks = new Set<Sink>()
  readonly #entries = new Map<string, Entry[]>()

  readonly has = (type: string): boolean => this.sinks.size > 0 || this.#entries.has(type)

  /** To be told after the target was, which may refuse. */
  readonly add = (target: EventTarget, type: string, callback: unknown, options: Options) => {
    if (callback === null || callback === undefined) return
    const { once, signal } = Object(options) as AddEventListenerOptions
    if (signal?.aborted) return
    const capture = isCapturing(options)
    const entries = this.#entries.get(type) ?? []
    const known = entries.find((entry) => entry.callback === callback && entry.capture === capture)
    if (known) {
      // Whether it is still there, so that this one counts for nothing, is the target's secret.
      known.stays = true
      return
    }
    const entry = { callback, capture, stays: !once && !signal }
    entries.push(entry)
    this.#entries.set(type, entries)
    this.changes++
    if (entry.stays) return
    const gone = () => {
      if (!entry.stays) this.#delete(type, entry)
    }
    // After the listener itself, so only where that was not kept from its event.
    if (once) addEventListener.call(target, type, gone, { once, capture })
    signal?.addEventListener('abort', gone, { once: true })
  }

  join(sink: Sink) {
    this.changes++
    this.sinks.add(sink)
  }

  leave(sink: Sink) {
    this.changes++
    this.sinks.delete(sink)
  }

  remove(type: string, callback: unknown, options: boolean | EventListenerOptions | undefined) {
    const capture = isCapturing(options)
    const entry = this.#entries.get(type)?.find((one) => one.callback === callback && one.capture === capture)
    if (entry) this.#delete(type, entry)
  }

  #delete(type: string, entry: Entry) {
    this.changes++
    const rest = this.#entries.get(type)?.filter((other) => other !== entry) ?? []
    if (rest.length > 0) this.#entries.set(type, rest)
    else this.#entries.delete(type)
  }
}

const isCapturing = (options: boolean | EventListenerOptions | undefined): boolean =>
  Boolean(isObject(options) ? options.capture : options)
