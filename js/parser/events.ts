/** `events`: a response, or a stream of bytes, as an async generator of its events. */

import { createParser } from './create-parser.js'
import type { EventSourceMessage } from './types.js'

/**
 * The events of a response or stream, read no faster than they are asked for. Leaving the loop, or the signal, cancels
 * the stream. An unfinished event at its end is dropped, as the standard says.
 *
 * @example
 * for await (const event of events(await fetch('/events'))) console.log(event.data)
 */
export function events(
  source: Response | ReadableStream<Uint8Array>,
  init: { signal?: AbortSignal } = {},
): AsyncGenerator<EventSourceMessage> {
  const stream = streamOf(source)
  if (stream?.locked || (source as Response).bodyUsed) {
    throw new TypeError('events() needs a stream that nobody else reads: this one is locked or was read already')
  }
  const { signal } = init
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new TypeError(`events() takes an AbortSignal as \`signal\`, got ${describe(signal)}`)
  }
  return read(stream, signal)
}

async function* read(stream: ReadableStream<Uint8Array> | null, signal: AbortSignal | undefined) {
  if (!stream) return
  const waiting: EventSourceMessage[] = []
  let failure: Error | undefined
  const parser = createParser({
    onEvent: (event) => waiting.push(event),
    onError(error) {
      if (error.type === 'max-buffer-size-exceeded') failure = error
    },
  })
  const reader = stream.getReader()
  // A canceled stream ends at once, and with it a read that is under way. Its own troubles in ending are nobody's.
  const cancel = () => void reader.cancel(signal?.reason).catch(() => {})
  signal?.addEventListener('abort', cancel)
  let ended = false
  try {
    signal?.throwIfAborted()
    for (;;) {
      const { done, value } = await reader.read()
      signal?.throwIfAborted()
      ended = done
      if (done) return
      parser.feed(value)
      for (const event of waiting) {
        yield event
        signal?.throwIfAborted()
      }
      waiting.length = 0
      if (failure) throw failure
    }
  } finally {
    signal?.removeEventListener('abort', cancel)
    if (!ended) cancel()
    reader.releaseLock()
    parser.reset()
  }
}

/** The stream behind what was given, of whatever realm or library; null for a response without a body. */
function streamOf(source: unknown): ReadableStream<Uint8Array> | null {
  const { body } = Object(source) as { body?: unknown }
  if (isStream(source)) return source
  if (body === null || isStream(body)) return body
  throw new TypeError(`events() takes a Response or a ReadableStream of bytes, got ${describe(source)}`)
}

function isStream(value: unknown): value is ReadableStream<Uint8Array> {
  return typeof (value as ReadableStream | null | undefined)?.getReader === 'function'
}

function describe(value: unknown): string {
  if (value instanceof Promise) return 'a promise: await it first'
  return value === null
    ? 'null'
    : typeof value === 'object'
      ? `an object (${value.constructor?.name ?? 'Object'})`
      : typeof value
}
