/** "eventsource-wasm/polyfill": sets `globalThis.EventSource`. */

import { EventSource } from './index.js'

/** What `globalThis.EventSource` was before. */
export const nativeEventSource = globalThis.EventSource as typeof globalThis.EventSource | undefined

// As the property of an interface: writable, configurable, not enumerable.
Object.defineProperty(globalThis, 'EventSource', {
  value: EventSource,
  writable: true,
  configurable: true,
  enumerable: false,
})
