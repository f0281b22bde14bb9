/** "eventsource-wasm/parser": the format alone. */

export { createParser } from './parser/create-parser.js'
export { events } from './parser/events.js'
export { ParseError, type ErrorType } from './parser/parse-error.js'
export { EventSourceParserStream } from './parser/stream.js'
export type * from './parser/types.js'
