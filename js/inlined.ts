/** WebAssembly that an entry has in it as text, by `scripts/bytes-as-text.mjs`. */

export interface Inlined {
  text: string
  /** The module that decodes the text, in base64. */
  decoder: string
}

export function moduleOf({ text, decoder }: Inlined): WebAssembly.Module {
  const { memory, decode } = new WebAssembly.Instance(new WebAssembly.Module(bytesOf(decoder))).exports as unknown as {
    memory: WebAssembly.Memory
    decode(length: number): number
  }
  const bytes = new Uint8Array(memory.buffer)
  new TextEncoder().encodeInto(text, bytes)
  return new WebAssembly.Module(bytes.subarray(0, decode(text.length)))
}

/** The bytes of a text in base64. */
export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  // Chrome 140, Firefox 133, Safari 18.2: a loop over a module takes a millisecond where nothing is compiled yet.
  const { fromBase64 } = Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }
  if (fromBase64) return fromBase64.call(Uint8Array, base64)
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
}
