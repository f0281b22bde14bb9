/** "eventsource-wasm": the class, its WebAssembly inlined and compiled when the first source is made. */

import { initSync } from '../build/wasm/eventsource_wasm.js'
import bytes from '../build/wasm/eventsource.wasm'
import { loadWith } from './wasm.js'

// A Module compiled synchronously: what is awaited can't be there right after <script> or in a service worker.
loadWith(() => initSync({ module: new WebAssembly.Module(bytes) }))

export { EventSource } from './event-source.js'
export type * from './types.js'
