/** WebAssembly that an entry has in it as text, by `scripts/bytes-as-text.mjs`. */

export interface Inlined {
  text: string
  /** The module that decodes the text, in base64. */
  decoder: string
}

/** Where that module takes the text. */
const TEXT = 512

export function moduleOf({ text, decoder }: Inlined): WebAssembly.Module {
  const { memory, decode } = new WebAssembly.Instance(new WebAssembly.Module(bytesOf(decoder))).exports as unknown as {
    memory: WebAssembly.Memory
    decode(length: number): number
  }
  const bytes = new Uint8Array(memory.buffer, TEXT)
  new TextEncoder().encodeInto(text, bytes)
  return new WebAssembly.Module(bytes.subarray(0, decode(text.length)))
}

/** The bytes of a text in base64. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}
