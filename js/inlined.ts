/** WebAssembly that an entry has in it as text. */

/**
 * The bytes of a text in hexadecimal digits. Base64 would hide from gzip and brotli what bytes have in common: so many
 * digits are a fifth smaller once they are compressed.
 */
export const bytesOf = (digits: string): Uint8Array<ArrayBuffer> => {
  // Chrome 140, Firefox 133, Safari 18.2: any code of our own takes a millisecond where nothing is compiled yet.
  const { fromHex } = Uint8Array as { fromHex?: (digits: string) => Uint8Array<ArrayBuffer> }
  if (fromHex) return fromHex.call(Uint8Array, digits)
  return Uint8Array.from(digits.match(/../g)!, (byte) => parseInt(byte, 16))
}
