/** How text in WebAssembly's memory becomes a string. */

let decoder: TextDecoder
/** Bytes after which a decoder is replaced: Safari's fails for ever once it has decoded 2 GiB. */
const DECODER_LIFE = 2 ** 30
let decoded = DECODER_LIFE

/** A text in UTF-8. */
export const decode = (bytes: Uint8Array): string => {
  decoded += bytes.length
  if (decoded >= DECODER_LIFE) {
    // The parser strips the one byte order mark that is none of the text; a second one is.
    decoder = new TextDecoder('utf-8', { ignoreBOM: true })
    decoded = bytes.length
  }
  return decoder.decode(bytes)
}
