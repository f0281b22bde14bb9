/** "eventsource-wasm": the class, its WebAssembly inlined and compiled when the first source is made. */

import bytes from '../build/wasm/eventsource.wasm'
import { compileWith } from './wasm.js'

// Synchronously: what is awaited can't be there right after <script> or in a service worker.
compileWith(() => new WebAssembly.Module(bytes))

export { EventSource } from './event-source.js'
export type * from './types.js'
