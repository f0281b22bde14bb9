/** dist/eventsource-wasm.global.js: the polyfill as one classic script for <script> and importScripts. */

import { nativeEventSource } from './polyfill.js'

Object.defineProperty(globalThis, 'nativeEventSource', {
  value: nativeEventSource,
  writable: true,
  configurable: true,
  enumerable: false,
})
