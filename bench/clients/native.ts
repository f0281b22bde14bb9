/** The browser's own class. */
import { domStyle } from './client.js'

export const client = domStyle((url) => new globalThis.EventSource(url))
