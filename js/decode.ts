/** How text in WebAssembly's memory becomes a string. */

let narrow: TextDecoder
let wide: TextDecoder
/** Bytes after which decoders are replaced: Safari's fail for ever once they have decoded 2 GiB. */
const DECODER_LIFE = 2 ** 30
let decoded = DECODER_LIFE

/** A text in UTF-8 or, where it is wide, in UTF-16. */
export const decode = (bytes: Uint8Array, isWide: boolean): string => {
  decoded += bytes.length
  if (decoded >= DECODER_LIFE) {
    // The parser strips the one byte order mark that is none of the text; a second one is.
    narrow = new TextDecoder('utf-8', { ignoreBOM: true })
    wide = new TextDecoder('utf-16le', { ignoreBOM: true })
    decoded = bytes.length
  }
  return (isWide ? wide : narrow).decode(bytes)
}
