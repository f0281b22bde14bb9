/**
 * `createParser`: turns batches into callbacks. What happens when a callback feeds, resets or throws is decided here;
 * the format is not.
 */

import { Batches, LARGEST_PIECE, numbers } from './batches.js'
import { lineError, ParseError } from './parse-error.js'
import type { EventSourceParser, ParserConfig } from './types.js'

// The records of a batch, as `src/parser/batch.rs` writes them: three numbers each, the first holding kind and type.
const RECORD_LENGTH = 3
const KIND = 0b111
const HAS_ID = 0b1000
const TYPE_SHIFT = 4
const EVENT = 0
const ID = 1
const TYPE = 2
const RETRY = 3
const COMMENT = 4
const UNKNOWN_FIELD = 5

const BYTE_ORDER_MARK = '\uFEFF'
/** A byte order mark whose bytes were taken for characters. */
const RAW_BYTE_ORDER_MARK = '\xEF\xBB\xBF'
const REPLACEMENT = '\uFFFD'
const HIGH_SURROGATE = 0xd800

/** Offsets have 31 bits; a limit beyond them is none. */
const LARGEST_LIMIT = 2 ** 31

/**
 * A parser for an event stream that comes in chunks, of bytes or of characters, cut anywhere.
 *
 * @example
 * const parser = createParser({ onEvent: (event) => console.log(event.event, event.data) })
 * for await (const chunk of response.body) parser.feed(chunk)
 */
export const createParser = (callbacks: ParserConfig): EventSourceParser => {
  if (typeof callbacks === 'function') {
    throw new TypeError(
      '`config` must be an object, got a function instead. Did you mean `createParser({onEvent: fn})`?',
    )
  }
  const { maxBufferSize, onComment, onError, onEvent = () => {}, onId, onRetry } = callbacks
  const limit =
    maxBufferSize === undefined || maxBufferSize >= LARGEST_LIMIT ? undefined : Math.max(0, Math.floor(maxBufferSize))
  const batches = new Batches(!!onComment || !!onError, !!onComment, limit)

  /** The names of the stream's types, by the numbers that the parser gave them: 0 is no type, 1 any that it keeps no number for. */
  const types: (string | undefined)[] = [undefined, undefined]
  let id: string | undefined
  /** What a callback fed, and what is left of a chunk after an exception: bytes of our own, or characters. */
  let waiting: (Uint8Array | string)[] = []
  /** Whether a callback runs below this. */
  let busy = false
  let terminated = false
  /** Counts resets, so that who delivers notices one. */
  let resets = 0
  /** Beginning of the stream, held while it can become a byte order mark; undefined after it. */
  let beginning: string | undefined = ''
  /** The first half of a character that the last string ended with. */
  let half = ''

  /**
   * Calls back for what is left of the batch. A record counts as delivered before its callback.
   *
   * What a loop over many small events reads is local to it: that is a third of its time.
   */
  const deliver = () => {
    const { text, end } = batches
    const before = resets
    const callBack = onEvent
    const names = types
    let table = numbers
    let { at, handedOver } = batches
    try {
      while (at < end) {
        let head = table[at]
        if (head === undefined) {
          // A callback has made another parser's memory grow, which is ours as well.
          table = numbers
          head = table[at]!
        }
        const start = table[at + 1]!
        const stop = table[at + 2]!
        at += RECORD_LENGTH
        if (head === EVENT && !handedOver) {
          // Most events are that alone, without a type or an id: a twentieth of the time where they are small.
          callBack({ id: undefined, event: undefined, data: text.substring(start, stop) })
        } else if ((head & KIND) === EVENT) {
          let data = text.substring(start, stop)
          if (handedOver) {
            data = batches.whole(data)
            handedOver = false
          }
          callBack({
            id: head & HAS_ID ? id : undefined,
            event: names[head >>> TYPE_SHIFT],
            data,
          })
        } else if ((head & KIND) === RETRY) {
          onRetry?.((start >>> 0) + (stop >>> 0) * 2 ** 32)
        } else {
          tell(head, text.substring(start, stop))
        }
        if (resets !== before) return
      }
    } finally {
      if (resets === before) batches.at = at
    }
    if (batches.tooLarge && !terminated) terminate()
  }

  /** Calls back for what is no event. */
  const tell = (head: number, content: string) => {
    switch (head & KIND) {
      case ID:
        id = content
        onId?.(content)
        break
      case TYPE:
        types[head >>> TYPE_SHIFT] = content
        break
      case COMMENT:
        onComment?.(content)
        break
      default:
        onError?.(lineError((head & KIND) === UNKNOWN_FIELD ? 'unknown-field' : 'invalid-retry', content))
    }
  }

  function terminate() {
    terminated = true
    waiting = []
    const size = maxBufferSize === undefined ? '256 MiB' : `${maxBufferSize} characters`
    onError?.(new ParseError(`Buffered data exceeded max buffer size of ${size}`, { type: 'max-buffer-size-exceeded' }))
  }

  /** Parses and delivers a chunk. Where a callback throws, what is left of it waits. */
  function take(chunk: Uint8Array | string) {
    const { length } = chunk
    const before = resets
    let from = 0
    try {
      do {
        if (typeof chunk === 'string') {
          from = batches.takeString(chunk, from)
        } else {
          const to = Math.min(from + LARGEST_PIECE, length)
          const piece = length <= LARGEST_PIECE ? chunk : chunk.subarray(from, to)
          from = to
          batches.takeBytes(piece, to === length)
        }
        deliver()
      } while (from < length && resets === before && !terminated)
    } finally {
      if (from < length && resets === before && !terminated) waiting.unshift(chunk.slice(from))
    }
  }

  /** The characters that can be encoded now: whole ones, and no byte order mark that may be three of them. */
  function whole(chunk: string): string {
    if (beginning !== undefined) {
      chunk = beginning + chunk
      beginning = chunk
      if (chunk.length < RAW_BYTE_ORDER_MARK.length && RAW_BYTE_ORDER_MARK.startsWith(chunk)) return ''
      beginning = undefined
      if (chunk.startsWith(RAW_BYTE_ORDER_MARK)) chunk = BYTE_ORDER_MARK + chunk.slice(RAW_BYTE_ORDER_MARK.length)
    }
    if (half !== '') {
      chunk = half + chunk
      half = ''
    }
    if ((chunk.charCodeAt(chunk.length - 1) & 0xfc00) === HIGH_SURROGATE) {
      half = chunk.slice(-1)
      return chunk.slice(0, -1)
    }
    return chunk
  }

  /** Bytes follow the characters that were held back: they stay what they are. */
  function endCharacters() {
    const held = (beginning ?? '') + (half && REPLACEMENT)
    beginning = undefined
    half = ''
    if (held !== '') waiting.push(held)
  }

  const feed = (chunk: Uint8Array | string) => {
    if (terminated) {
      throw new Error(
        'Cannot feed parser: it was terminated after exceeding the configured max buffer size. Call `reset()` to resume parsing.',
      )
    }
    if (typeof chunk === 'string') {
      chunk = whole(chunk)
    } else {
      chunk = asBytes(chunk)
      if (beginning !== undefined || half !== '') endCharacters()
    }
    if (busy || waiting.length > 0 || batches.at < batches.end) {
      // A copy, because the caller may use its buffer again.
      waiting.push(typeof chunk === 'string' ? chunk : chunk.slice())
      chunk = ''
    }
    if (busy) return
    busy = true
    try {
      if (typeof chunk !== 'string' && chunk.length <= LARGEST_PIECE) {
        // Nothing of it can be left over, and most chunks are such.
        batches.takeBytes(chunk, true)
        deliver()
      } else if (chunk.length > 0) take(chunk)
      else deliver()
      while (waiting.length > 0) take(waiting.shift()!)
    } finally {
      busy = false
    }
  }

  function reset(options: { consume?: boolean } = {}) {
    const consume = options.consume && !busy && !terminated && waiting.length === 0 && batches.at >= batches.end
    busy ||= !!consume
    try {
      if (consume) {
        if (half !== '') batches.takeString(REPLACEMENT, 0)
        batches.finishLine()
        deliver()
      }
    } finally {
      if (consume) busy = false
      batches.reset()
      waiting = []
      terminated = false
      beginning = ''
      half = ''
      resets++
    }
  }

  return { feed, reset }
}

/** Any view of bytes, of any realm. */
const asBytes = (chunk: unknown): Uint8Array => {
  if (chunk instanceof Uint8Array) return chunk
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  const given = chunk === null ? 'null' : typeof chunk
  throw new TypeError(`feed() takes a Uint8Array or a string, got ${given}`)
}
