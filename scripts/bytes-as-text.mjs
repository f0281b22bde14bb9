/**
 * Bytes as a string of ASCII, whatever a page's charset and a bundler make of others. Base64 would hide from gzip and
 * brotli what bytes have in common; here the commonest are one character each, the others two, and what was the same in
 * bytes is the same in text. Decoded by `js/inlined.ts`.
 */

/** What needs no escape in any kind of string, and can't end a script in a page. */
const characters = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).filter(
  (character) => !`"'\`\\$<`.includes(character),
)
/** Each stands before one of two kinds of the rarer bytes. */
const escapes = characters.splice(-2)

/**
 * @param {Uint8Array} bytes
 * @returns {{text: string, common: string}} The text, and the common bytes as two hexadecimal digits each, by their
 *   character.
 */
export function encode(bytes) {
  const counts = Array.from({ length: 256 }, () => 0)
  for (const byte of bytes) counts[byte]++
  const byCount = [...counts.keys()].sort((one, other) => counts[other] - counts[one])
  const common = byCount.slice(0, characters.length)
  // A byte that is such a character already stays it: messages stay what they are, for gzip and for whoever looks.
  const free = characters.filter((character) => !common.includes(character.charCodeAt(0)))
  const others = common.filter((byte) => !characters.includes(String.fromCharCode(byte))).sort((a, b) => a - b)
  const codes = []
  for (const byte of common) codes[byte] = String.fromCharCode(byte)
  others.forEach((byte, index) => (codes[byte] = free[index]))
  const rare = byCount.slice(characters.length).sort((a, b) => a - b)
  rare.forEach((byte, index) => {
    codes[byte] = escapes[Math.floor(index / characters.length)] + characters[index % characters.length]
  })
  const byCharacter = characters.map((character) => codes.indexOf(character))
  return {
    text: Array.from(bytes, (byte) => codes[byte]).join(''),
    common: byCharacter.map((byte) => byte.toString(16).padStart(2, '0')).join(''),
  }
}
