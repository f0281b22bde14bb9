/** The public types of "eventsource-wasm/parser": the names that eventsource-parser gave them. Contains no code. */

import type { ParseError } from './parse-error.js'

/** An event of the stream. */
export interface EventSourceMessage {
  /** The id that the event's block set; undefined where it set none. */
  id: string | undefined
  /** The event's type; undefined where the stream names none, which a browser calls `message`. */
  event: string | undefined
  /** The data, its lines joined by LF. */
  data: string
}

/** What is called while a chunk is fed, in the order of the stream. */
export interface ParserCallbacks {
  /** An event is complete. */
  onEvent?(event: EventSourceMessage): void
  /**
   * A block with an `id` field is complete, with data or without; comes before the event of the same block. An empty
   * id is reported, one that holds U+0000 is not.
   */
  onId?(id: string): void
  /** The stream sets the reconnection time. */
  onRetry?(milliseconds: number): void
  /** A comment line, without its colon and the one space after it. */
  onComment?(comment: string): void
  /** A line counts for nothing, or the buffer is full. Default: nobody is told. */
  onError?(error: ParseError): void
  /**
   * Most characters (UTF-16 code units) that an unfinished line and the data of an unfinished event may hold together
   * across calls. Beyond it `onError` is told, and `feed()` throws until `reset()`. Default: 256 MiB of UTF-8.
   */
  maxBufferSize?: number
}

/** What {@link createParser} takes; the name that eventsource-parser gives it. */
export type ParserConfig = ParserCallbacks

export interface EventSourceParser {
  /**
   * Takes the next chunk of the stream and calls back for what it completed. Bytes are decoded here, whole characters
   * or not; strings are taken too.
   *
   * An exception in a callback comes out of here, and what is left of the chunk is delivered by the next call. A
   * callback that feeds has its chunk parsed after this one.
   */
  feed(chunk: Uint8Array | string): void
  /**
   * Makes ready for a new stream. What is unfinished is dropped; with `consume`, an unfinished line is taken as if it
   * had ended. In a callback, what is left of the chunk is dropped too.
   */
  reset(options?: { consume?: boolean }): void
}

/** What {@link EventSourceParserStream} takes. */
export interface StreamOptions extends Pick<ParserCallbacks, 'onId' | 'onRetry' | 'onComment' | 'maxBufferSize'> {
  /**
   * What becomes of a line that counts for nothing: `'terminate'` fails the stream, a function is told. A full buffer
   * always fails the stream. Default: ignored.
   */
  onError?: 'terminate' | ((error: ParseError) => void)
}
