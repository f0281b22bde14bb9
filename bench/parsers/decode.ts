/** The ceiling: bytes become text, and nothing is looked for in it. */
import type { Parser } from './parser.js'

export const parser: Parser = {
  gives: 'text',
  start(onData) {
    const decoder = new TextDecoder()
    return (chunk) => onData(decoder.decode(chunk, { stream: true }))
  },
}
