import { EventSource } from 'eventsource'
import { domStyle } from './client.js'

export const client = domStyle((url) => new EventSource(url))
