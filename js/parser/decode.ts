/** How bytes of the memory become strings, whatever is fastest where we are. Knows nothing of batches. */

// From strings.wat.
import strings from '../../build/wasm/strings.wasm'
import { bytesOf } from '../inlined.js'

/** What Node.js has for text whose bytes need no check: a copy, at a third of what its decoder takes for a small one. */
interface NodeBuffer extends Uint8Array {
  latin1Slice(start: number, end: number): string
  ucs2Slice(start: number, end: number): string
}
interface NodeBufferClass {
  from?(buffer: ArrayBuffer): NodeBuffer
  prototype: { latin1Slice?: unknown; ucs2Slice?: unknown }
}
const { Buffer: FoundBuffer } = globalThis as unknown as { Buffer?: NodeBufferClass }
const nodeBuffer =
  typeof FoundBuffer?.prototype?.latin1Slice === 'function' && typeof FoundBuffer.prototype.ucs2Slice === 'function'
    ? FoundBuffer
    : undefined
let buffer: NodeBuffer | undefined
/** Whether a string of megabytes costs no more than a copy of its bytes: then it is best made at once. */
export const copiesStrings = !!nodeBuffer

let memory: WebAssembly.Memory

/** Told once the memory is there, and whenever it grew. */
export const decodedIn = (given: WebAssembly.Memory) => {
  memory = given
  buffer = nodeBuffer?.from?.(memory.buffer)
}

/** ASCII bytes as a string. */
export const decodeAscii = (bytes: Uint8Array, start: number, length: number): string => {
  if (buffer) return buffer.latin1Slice(start, start + length)
  if (length <= MOST_ASCII && hasMakers(length)) return makers!.ascii(start, length)
  return decodeLong(bytes, start, length)
}

/** UTF-16 code units without lone surrogates as a string. */
export const decodeUnits = (bytes: Uint8Array, start: number, length: number): string => {
  if (buffer) return buffer.ucs2Slice(start, start + 2 * length)
  if (length <= MOST_UNITS && hasMakers(length)) return makers!.units(start, length)
  return decodeLongUnits(bytes, start, length)
}

let decoder = new TextDecoder()
// A byte order mark is text by now.
let unitDecoder: TextDecoder | undefined
let decoded = 0
/** Safari's decoder fails after 2 GiB, however small the pieces. */
const MOST_DECODED = 2 ** 30

const decodeLong = (bytes: Uint8Array, start: number, length: number): string => {
  renewDecoders(length)
  return decoder.decode(bytes.subarray(start, start + length))
}

/** Bytes from elsewhere as a string, if they are ASCII and end no line; undefined otherwise. */
export function decodeWithinLine(piece: Uint8Array): string | undefined {
  renewDecoders(piece.length)
  let text
  try {
    text = decoder.decode(piece)
  } catch {
    // Decoders of browsers take no shared memory.
    return
  }
  // What is beyond ASCII takes more bytes than units, unless it is no UTF-8 and becomes the replacement character.
  if (text.length < piece.length || text.includes('\n') || text.includes('\r') || text.includes('\uFFFD')) return
  return text
}

function decodeLongUnits(bytes: Uint8Array, start: number, length: number): string {
  renewDecoders(2 * length)
  unitDecoder ??= new TextDecoder('utf-16le', { ignoreBOM: true })
  return unitDecoder.decode(bytes.subarray(start, start + 2 * length))
}

const renewDecoders = (length: number) => {
  decoded += length
  if (decoded <= MOST_DECODED) return
  decoder = new TextDecoder()
  unitDecoder = undefined
  decoded = length
}

/** What strings.wat exports: from an address, and for so many units. */
interface Makers {
  ascii(start: number, length: number): string
  units(start: number, length: number): string
}
/** Undefined while it is not worth while to compile them, null where the engine lacks what they need. */
let makers: Makers | null | undefined
let small = 0
/** Units that are decoded before the makers are compiled. */
const COLD = 1 << 17
/** Where a decoder's fixed cost weighs less than what it saves with each unit. */
const MOST_ASCII = 640
/** Also in strings.wat. */
const MOST_UNITS = 1 << 16

const hasMakers = (length: number): boolean => {
  if (makers === undefined) {
    small += length
    if (small > COLD) makers = compileMakers()
  }
  return !!makers
}

function compileMakers(): Makers | null {
  // In V8 a decoder takes three times as long for code units; in Firefox it is the other way round. Nothing tells which
  // it will be but what V8 alone has.
  if (!('v8BreakIterator' in Intl)) return null
  try {
    // TypeScript's declarations know of no second parameter yet.
    const Module = WebAssembly.Module as new (bytes: BufferSource, options: object) => WebAssembly.Module
    const module = new Module(bytesOf(strings), { builtins: ['js-string'] })
    return new WebAssembly.Instance(module, { parser: { memory } }).exports as unknown as Makers
  } catch {
    return null
  }
}
