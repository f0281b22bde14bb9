/** A floor: `fetch` and `TextDecoder`, and no events at all. Whatever reads a stream with `fetch` costs this much. */
import { readBytes } from './bytes.js'
import type { Client } from './client.js'

export const client: Client = {
  gives: 'text',
  open(url, _types, receive) {
    const decoder = new TextDecoder()
    return readBytes(url, (chunk) => receive(decoder.decode(chunk, { stream: true }), chunk.length))
  },
}
