import { createParser } from 'eventsource-parser'
import type { Parser } from './parser.js'

export const parser: Parser = {
  gives: 'events',
  start(onData) {
    const inner = createParser({ onEvent: (event) => onData(event.data) })
    const decoder = new TextDecoder()
    return (chunk) => inner.feed(decoder.decode(chunk, { stream: true }))
  },
}
