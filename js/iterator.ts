/** The events of a source as an async iterator. */

import type { Sink } from './listeners.js'
import type { Source } from './source.js'

/** Events that wait for a slow consumer before reading waits too. */
const MOST_WAITING = 1024

type Result = IteratorResult<MessageEvent<string>, undefined>
const done: Result = { done: true, value: undefined }

/** Every event from now on, of whatever type, in order; ends when the source is closed, throws when it fails for good. */
export function iterate(source: Source): AsyncIterableIterator<MessageEvent<string>, undefined> {
  const waiting: MessageEvent<string>[] = []
  const asking: { resolve(result: Result): void; reject(error: Error): void }[] = []
  const { listeners } = source
  let ended = source.readyState === 2
  let failure = source.error
  let wantMore: (() => void) | undefined

  const sink: Sink = {
    event(event) {
      const next = asking.shift()
      if (next) next.resolve({ done: false, value: event })
      else waiting.push(event)
    },
    end(error) {
      ended = true
      const next = asking.shift()
      if (error && next) next.reject(error)
      else {
        failure = error
        next?.resolve(done)
      }
      for (const { resolve } of asking.splice(0)) resolve(done)
      wantMore?.()
    },
    ready() {
      if (waiting.length < MOST_WAITING) return undefined
      return new Promise((resolve) => (wantMore = resolve))
    },
  }
  if (!ended) listeners.join(sink)

  return {
    next() {
      const event = waiting.shift()
      if (event) {
        if (waiting.length === 0) wantMore?.()
        return Promise.resolve({ done: false, value: event })
      }
      if (failure) {
        const error = failure
        failure = undefined
        return Promise.reject(error)
      }
      if (ended) return Promise.resolve(done)
      return new Promise((resolve, reject) => asking.push({ resolve, reject }))
    },
    return() {
      listeners.leave(sink)
      waiting.length = 0
      failure = undefined
      sink.end()
      return Promise.resolve(done)
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
