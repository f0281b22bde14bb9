/** As a program is whose author changed only the import: it decodes, and feeds strings, which are encoded once more. */
import { createParser } from 'eventsource-wasm/parser'
import type { Parser } from './parser.js'

export const parser: Parser = {
  gives: 'events',
  start(onData) {
    const inner = createParser({ onEvent: (event) => onData(event.data) })
    const decoder = new TextDecoder()
    return (chunk) => inner.feed(decoder.decode(chunk, { stream: true }))
  },
}
