/** Bytes that an entry has in it as text, by `scripts/bytes-as-text.mjs`. */

export interface Inlined {
  text: string
  /** The common bytes in hexadecimal, in the order of the characters that stand for them. */
  common: string
}

/** What is no character of such a text: `"`, `$`, `'`, `<`, a backslash and a backtick. */
const LEFT_OUT = [34, 36, 39, 60, 92, 96]
/** The first of two characters that stand before one for a rarer byte. */
const ESCAPE = 125

export function bytesOf({ text, common }: Inlined): Uint8Array<ArrayBuffer> {
  const characters: number[] = []
  for (let code = 32; code < ESCAPE; code++) if (!LEFT_OUT.includes(code)) characters.push(code)
  // What each character stands for, alone and after either escape.
  const [alone, ...escaped] = [0, 1, 2].map(() => new Uint8Array(128))
  const isCommon = new Set<number>()
  characters.forEach((code, index) => {
    const byte = parseInt(common.slice(2 * index, 2 * index + 2), 16)
    alone![code] = byte
    isCommon.add(byte)
  })
  let rare = 0
  for (let byte = 0; byte < 256; byte++) {
    if (isCommon.has(byte)) continue
    escaped[Math.floor(rare / characters.length)]![characters[rare % characters.length]!] = byte
    rare++
  }
  const bytes = new Uint8Array(text.length)
  let length = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    bytes[length++] = code < ESCAPE ? alone![code]! : escaped[code - ESCAPE]![text.charCodeAt(++at)]!
  }
  return bytes.subarray(0, length)
}
