/** This package as it was built, through a bundler like all others. */
import { EventSource } from 'eventsource-wasm'
import { domStyle } from './client.js'

export const client = domStyle((url) => new EventSource(url))
