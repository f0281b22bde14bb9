import { EventSource } from 'extended-eventsource'
import { domStyle } from './client.js'

// Its log lines would be measured too.
export const client = domStyle((url) => new EventSource(url, { disableLogger: true }))
