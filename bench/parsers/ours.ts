import { createParser } from 'eventsource-wasm/parser'
import type { Parser } from './parser.js'

export const parser: Parser = {
  gives: 'events',
  start(onData) {
    const inner = createParser({ onEvent: (event) => onData(event.data) })
    return (chunk) => inner.feed(chunk)
  },
}
