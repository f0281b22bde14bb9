import { EventSourcePolyfill } from 'event-source-polyfill'
import { domStyle } from './client.js'

export const client = domStyle((url) => new EventSourcePolyfill(url))
