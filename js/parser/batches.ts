/**
 * The WebAssembly behind the parsers of a realm: chunks in, batches out. Knows of no callbacks, and keeps no view of
 * the memory across a call that may grow it.
 */

import { BatchParser, initSync } from '../../build/parser-wasm/eventsource_wasm.js'
// The build of this entry inlines it as text: a page that only imports us does not decode it.
import wasm from '../../build/parser-wasm/eventsource.wasm'

let memory: WebAssembly.Memory | undefined
/** The memory, as it is after the last call of any parser. */
let bytes = new Uint8Array()
/** The same as 32-bit numbers: where batches' tables are. */
export let numbers = new Uint32Array()

function look() {
  // A memory that grew has left its old buffer without bytes.
  if (numbers.length > 0 || !memory) return
  bytes = new Uint8Array(memory.buffer)
  numbers = new Uint32Array(memory.buffer)
  buffer = nodeBuffer?.from?.(memory.buffer)
}

const encoder = new TextEncoder()
// The parser strips the one byte order mark that is none of the text; a second one is.
let decoder = new TextDecoder('utf-8', { ignoreBOM: true })
let decoded = 0
/** Safari's decoder fails after 2 GiB, however small the pieces. */
const MOST_DECODED = 2 ** 30

/** What Node.js has for ASCII: a copy, at a third of what its decoder takes for a small text. */
interface NodeBuffer extends Uint8Array {
  latin1Slice(start: number, end: number): string
}
interface NodeBufferClass {
  from?(buffer: ArrayBuffer): NodeBuffer
  from?(text: string, encoding: 'base64'): Uint8Array<ArrayBuffer>
  prototype: { latin1Slice?: unknown }
}
const { Buffer: FoundBuffer } = globalThis as unknown as { Buffer?: NodeBufferClass }
const nodeBuffer = typeof FoundBuffer?.prototype?.latin1Slice === 'function' ? FoundBuffer : undefined
let buffer: NodeBuffer | undefined

/** Node.js before 25 and browsers before 2025 have no `Uint8Array.fromBase64`. */
function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 } = Uint8Array as { fromBase64?(text: string): Uint8Array<ArrayBuffer> }
  if (fromBase64) return fromBase64.call(Uint8Array, text)
  return FoundBuffer?.from?.(text, 'base64') ?? Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

function decode(start: number, length: number, ascii: boolean): string {
  if (ascii && buffer) return buffer.latin1Slice(start, start + length)
  decoded += length
  if (decoded > MOST_DECODED) {
    decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    decoded = length
  }
  // The text ends where a character ends, so that nothing stays behind. Node.js takes half the time for a stream.
  return decoder.decode(bytes.subarray(start, start + length), STREAM)
}
const STREAM = nodeBuffer && { stream: true }

/** What encoding makes of lone surrogates; an engine without the method leaves them. */
function wellFormed(piece: string): string {
  return (piece as { toWellFormed?(): string }).toWellFormed?.() ?? piece
}

/** Bytes, or code units, that are parsed together: a chunk of any size takes no more of the memory than this. */
export const LARGEST_PIECE = 1 << 18

export class Batches {
  /** What the records of the batch point into. */
  text = ''
  /** Where in {@link numbers} the batch's next record stands. */
  at = 0
  /** Where its records end. */
  end = 0
  /** Whether the limit was passed: nothing more comes until a reset. */
  tooLarge = false
  readonly #parser: BatchParser
  /** UTF-8 bytes to make room for, for each code unit of a string. */
  #bytesPerUnit: number
  /** The unfinished line, while it is known in characters. */
  #line: string | undefined = ''

  constructor(verbose: boolean, comments: boolean, maxBufferSize: number | undefined) {
    memory ??= initSync({ module: new WebAssembly.Module(fromBase64(wasm as unknown as string)) }).memory
    this.#parser = new BatchParser(verbose, comments, maxBufferSize)
    // With a limit, what the caller fed together is best parsed together.
    this.#bytesPerUnit = maxBufferSize === undefined ? 1 : 3
    look()
  }

  /** Takes bytes, up to {@link LARGEST_PIECE}; `settled` where a chunk of the caller's ends with them. */
  takeBytes(piece: Uint8Array, settled: boolean) {
    const place = this.#parser.reserve(piece.length)
    look()
    bytes.set(piece, place)
    this.#line = undefined
    this.#read(this.#parser.parse(piece.length, settled, false), undefined)
  }

  /** Takes characters from `from` on, all or the first of them, and gives where it stopped. */
  takeString(chunk: string, from: number): number {
    const rest = from === 0 ? chunk : chunk.slice(from)
    // A character beyond the basic plane must fit.
    const room = Math.min(rest.length, LARGEST_PIECE) * this.#bytesPerUnit + 4
    const place = this.#parser.reserve(room)
    look()
    const { read, written } = encoder.encodeInto(rest, bytes.subarray(place, place + room))
    if (read < rest.length && read < LARGEST_PIECE) this.#bytesPerUnit = 3
    const piece = wellFormed(read === rest.length ? rest : rest.slice(0, read))
    // Joined and cut without a copy, so that a line of many pieces does not cost the square of its length.
    const source = this.#line === undefined ? undefined : this.#line + piece
    const told = this.#parser.parse(written, from + read === chunk.length, true)
    this.#read(told, source)
    const unfinished = numbers[(told >>> 2) + UNFINISHED]!
    const known = source ?? piece
    if (unfinished === 0) this.#line = ''
    else if (unfinished === known.length) this.#line = known
    else this.#line = unfinished < known.length ? known.slice(-unfinished) : undefined
    return from + read
  }

  /** Takes an unfinished line as if it had ended. */
  finishLine() {
    this.#read(this.#parser.finishLine(), undefined)
  }

  /** Drops the batch and what is unfinished. */
  reset() {
    this.at = this.end = 0
    this.tooLarge = false
    this.text = ''
    this.#line = ''
    this.#parser.reset()
  }

  /** Gives the memory back. */
  free() {
    this.at = this.end = 0
    this.#parser.free()
  }

  /** Reads what `src/web/parser.rs` told; `source` are the characters that the window was made of. */
  #read(told: number, source: string | undefined) {
    look()
    told >>>= 2
    const is = numbers[told + IS]!
    const length = numbers[told + TABLE_LENGTH]!
    if (length > 0) {
      this.at = numbers[told + TABLE]! >>> 2
      this.end = this.at + length
      this.text =
        source !== undefined && is & VERBATIM
          ? source
          : decode(numbers[told]!, numbers[told + TEXT_LENGTH]!, (is & ASCII) !== 0)
    }
    if (is & TOO_LARGE) this.tooLarge = true
  }
}

// What `Told` of `src/web/parser.rs` has at which place, after the text's address.
const TEXT_LENGTH = 1
const TABLE = 2
const TABLE_LENGTH = 3
const IS = 4
const UNFINISHED = 5
const TOO_LARGE = 1
const ASCII = 2
const VERBATIM = 4
