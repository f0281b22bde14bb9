/** The class can stand wherever lib.dom's `EventSource` is asked for. */

import { EventSource } from 'eventsource-wasm'
import { nativeEventSource } from 'eventsource-wasm/polyfill'

const constructor: typeof globalThis.EventSource = EventSource
const instance: globalThis.EventSource = new EventSource('/events')
const named: globalThis.EventSource = new EventSource<{ ping: string }>('/events', { withCredentials: true })
globalThis.EventSource = EventSource

function library(source: globalThis.EventSource) {
  source.addEventListener('ping', (event) => event.data satisfies string)
  source.onmessage = function (event) {
    return [this.readyState, event.lastEventId]
  }
  source.close()
}
library(instance)
library(named)
library(new constructor(new URL('https://events.example/'), { withCredentials: true }))

const before: typeof globalThis.EventSource | undefined = nativeEventSource
export { before }
