/** "eventsource-wasm": the class, its WebAssembly inlined and compiled when the first source is made. */

import inlined from '../build/wasm/npm.wasm'
import { bytesOf } from './inlined.js'
import { compileWith } from './wasm.js'

// Synchronously: what is awaited can't be there right after <script> or in a service worker.
compileWith(() => new WebAssembly.Module(bytesOf(inlined)))

export { EventSource } from './event-source.js'
export type * from './types.js'
