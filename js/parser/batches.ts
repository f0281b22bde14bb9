/**
 * The WebAssembly behind the parsers of a realm: chunks in, batches out. Knows of no callbacks, and keeps no view of
 * the memory across a call that may grow it.
 */

// The build of this entry inlines it as text: a page that only imports us does not decode it.
import inlined from '../../build/wasm/npm-parser.wasm'
import { bytesOf } from '../inlined.js'
import { copiesStrings, decodeAscii, decodedIn, decodeUnits, decodeWithinLine } from './decode.js'

/** What `src/web/parser.rs` exports. A parser is the address of what it tells. */
interface Exports {
  memory: WebAssembly.Memory
  create(verbose: boolean, comments: boolean, maxBufferSize: number, handsOver: boolean): number
  reserve(parser: number, length: number): number
  parse(parser: number, length: number, settled: boolean): void
  lengthen(parser: number, length: number): boolean
  finish_line(parser: number): void
  reset(parser: number): void
  release(parser: number): void
}

let exports: Exports | undefined
/** The memory, as it is after the last call of any parser. */
let bytes = new Uint8Array()
/** The same as 32-bit numbers: where batches' tables are. */
export let numbers = new Int32Array()

const look = () => {
  // A memory that grew has left its old buffer without bytes.
  if (numbers.length > 0 || !exports) return
  const { buffer } = exports.memory
  bytes = new Uint8Array(buffer)
  numbers = new Int32Array(buffer)
  decodedIn(exports.memory)
}

const forgotten = new FinalizationRegistry<number>((parser) => exports?.release(parser))
const encoder = new TextEncoder()

/** Bytes, or code units, that are parsed together: a chunk of any size takes no more of the memory than this. */
export const LARGEST_PIECE = 1 << 18

export class Batches {
  /** What the records of the batch point into. */
  text = ''
  /** Where in {@link numbers} the batch's next record stands. */
  at = 0
  /** Where its records end. */
  end = 0
  /** What goes before the data of the batch's first event, in parts, and of the next one if it has none. */
  #handedOver: string[] = []
  /** How much at its beginning is none of the data. */
  #skipped = 0
  /** What will go before it, after this batch. */
  #nextHandedOver = ''
  #nextSkipped = 0
  /** Whether the limit was passed: nothing more comes until a reset. */
  tooLarge = false
  readonly #wasm: Exports
  readonly #parser: number
  /** UTF-8 bytes to make room for, for each code unit of a string. */
  #bytesPerUnit: number
  /** What the next window begins with, while it is known in characters. */
  #line: string | undefined = ''

  constructor(verbose: boolean, comments: boolean, maxBufferSize: number | undefined) {
    this.#wasm = exports ??= new WebAssembly.Instance(new WebAssembly.Module(bytesOf(inlined)))
      .exports as unknown as Exports
    this.#parser = exports.create(verbose, comments, maxBufferSize ?? -1, !copiesStrings)
    forgotten.register(this, this.#parser)
    // With a limit, what the caller fed together is best parsed together.
    this.#bytesPerUnit = maxBufferSize === undefined ? 1 : 3
    look()
  }

  /** Takes bytes, up to {@link LARGEST_PIECE}; `settled` where a chunk of the caller's ends with them. */
  readonly takeBytes = (piece: Uint8Array, settled: boolean) => {
    const { length } = piece
    if (this.#nextHandedOver !== '' && length >= WITHIN_LINE) {
      const text = decodeWithinLine(piece)
      if (text !== undefined) {
        this.#keepHandedOver()
        this.#nextHandedOver = text
        this.tooLarge = this.#wasm.lengthen(this.#parser, length)
        return
      }
    }
    const place = this.#wasm.reserve(this.#parser, length)
    if (numbers.length === 0) look()
    bytes.set(piece, place)
    this.#line = undefined
    this.#wasm.parse(this.#parser, length, settled)
    this.#read(undefined)
  }

  /** Takes characters from `from` on, all or the first of them, and gives where it stopped. */
  takeString(chunk: string, from: number): number {
    const rest = from === 0 ? chunk : chunk.slice(from)
    // A character beyond the basic plane must fit.
    const room = Math.min(rest.length, LARGEST_PIECE) * this.#bytesPerUnit + 4
    const place = this.#wasm.reserve(this.#parser, room)
    look()
    const { read, written } = encoder.encodeInto(rest, bytes.subarray(place, place + room))
    if (read < rest.length && read < LARGEST_PIECE) this.#bytesPerUnit = 3
    const piece = read === rest.length ? rest : rest.slice(0, read)
    // Joined and cut without a copy, so that a line of many pieces does not cost the square of its length.
    const source = this.#line === undefined || read < written ? undefined : this.#line + piece
    this.#wasm.parse(this.#parser, written, from + read === chunk.length)
    this.#read(source)
    const unfinished = numbers[(this.#parser >>> 2) + UNFINISHED]!
    const known = source ?? piece
    if (this.#nextHandedOver !== '') this.#line = LINE_BEGINNING
    else if (unfinished === 0) this.#line = ''
    else if (read < written || unfinished > known.length) this.#line = undefined
    else this.#line = unfinished === known.length ? known : known.slice(-unfinished)
    return from + read
  }

  /** Takes an unfinished line as if it had ended. */
  finishLine() {
    this.#wasm.finish_line(this.#parser)
    this.#read(undefined)
  }

  /** Drops the batch and what is unfinished. */
  reset() {
    this.at = this.end = 0
    this.tooLarge = false
    this.text = ''
    this.#handedOver = []
    this.#skipped = this.#nextSkipped = 0
    this.#nextHandedOver = ''
    this.#line = ''
    this.#wasm.reset(this.#parser)
  }

  get handedOver(): boolean {
    return this.#handedOver.length > 0
  }

  /** The data of the batch's first event, with what was handed over before it. */
  whole(data: string): string {
    this.#handedOver.push(data)
    // At once, and not with each part, so that none is in a chain for long; `join` takes twice as long in Firefox.
    const whole = this.#handedOver.reduce((before, part) => before + part).slice(this.#skipped)
    this.#handedOver = []
    this.#skipped = 0
    return whole
  }

  readonly #keepHandedOver = () => {
    if (this.#nextHandedOver === '') return
    this.#handedOver.push(this.#nextHandedOver)
    this.#skipped += this.#nextSkipped
    this.#nextHandedOver = ''
    this.#nextSkipped = 0
  }

  /** Reads what `src/web/parser.rs` told; `source` are the characters that the window was made of, if all are ASCII. */
  readonly #read = (source: string | undefined) => {
    if (numbers.length === 0) look()
    const told = this.#parser >>> 2
    const is = numbers[told + IS]!
    const length = numbers[told + TABLE_LENGTH]!
    const handedOver = numbers[told + HANDED_OVER_LENGTH]!
    this.#keepHandedOver()
    if (handedOver > 0) {
      this.#nextHandedOver = decodeAscii(bytes, numbers[told + HANDED_OVER]!, handedOver)
      this.#nextSkipped = numbers[told + HANDED_OVER_SKIPPED]!
    }
    if (length > 0) {
      this.at = numbers[told + TABLE]! >>> 2
      this.end = this.at + length
      const start = numbers[told]! >>> 0
      const units = numbers[told + TEXT_LENGTH]!
      if (is & BEYOND_ASCII) this.text = decodeUnits(bytes, start, units)
      else this.text = source !== undefined && is & VERBATIM ? source : decodeAscii(bytes, start, units)
    }
    if (is & TOO_LARGE) this.tooLarge = true
  }
}

/** Bytes from which on it pays to ask whether a line goes on with a piece and no more than that. */
const WITHIN_LINE = 1 << 12
/** What the parser keeps of a line that it hands over. */
const LINE_BEGINNING = 'data: '
// What `BatchParser` of `src/web/parser.rs` has at which place, after the text's address.
const TEXT_LENGTH = 1
const TABLE = 2
const TABLE_LENGTH = 3
const IS = 4
const UNFINISHED = 5
const HANDED_OVER = 6
const HANDED_OVER_LENGTH = 7
const HANDED_OVER_SKIPPED = 8
const TOO_LARGE = 1
const BEYOND_ASCII = 2
const VERBATIM = 4
