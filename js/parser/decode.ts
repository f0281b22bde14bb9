/** How bytes of the memory become strings, whatever is fastest where we are. Knows nothing of batches. */

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

/** Told once the memory is there, and whenever it grew. */
export function decodedIn(memory: WebAssembly.Memory) {
  buffer = nodeBuffer?.from?.(memory.buffer)
}

let decoder = new TextDecoder()
let wide: TextDecoder | undefined
let decoded = 0
/** Safari's decoder fails after 2 GiB, however small the pieces. */
const MOST_DECODED = 2 ** 30

/** ASCII bytes, or UTF-16 code units without lone surrogates and byte order mark, as a string. */
export function decode(bytes: Uint8Array, start: number, length: number, ascii: boolean): string {
  if (buffer) return ascii ? buffer.latin1Slice(start, start + length) : buffer.ucs2Slice(start, start + 2 * length)
  decoded += length
  if (decoded > MOST_DECODED) {
    decoder = new TextDecoder()
    wide = undefined
    decoded = length
  }
  if (ascii) return decoder.decode(bytes.subarray(start, start + length))
  // Byte order marks are text by now.
  wide ??= new TextDecoder('utf-16le', { ignoreBOM: true })
  return wide.decode(bytes.subarray(start, start + 2 * length))
}
