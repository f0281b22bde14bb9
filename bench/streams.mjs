/** The streams that clients receive, and what the server says of them beforehand. */

export const SHAPES = [
  'tick30',
  'llm110',
  'llm230',
  'chinese',
  'emoji',
  'long16k',
  'line16m',
  'multiline',
  'unlistened',
]
export const CHUNKS = [256, 1400, 16384, 65536]

/** Mean bytes of an event. */
const SIZES = { tick30: 30, llm110: 110, llm230: 230, chinese: 140, emoji: 90, long16k: 16_400, line16m: 16 << 20 }
Object.assign(SIZES, { multiline: 190, unlistened: 60 })

/** How many events make a stream of about so many bytes and at most so many events. */
export function countFor(shape, bytes, most = Infinity) {
  return Math.max(1, Math.min(most, Math.round(bytes / SIZES[shape])))
}

/** Asks what a stream will hold; the server has then summed it up and starts at once the next time. */
export async function describe(origin, { shape, count, chunk, rate }) {
  const query = new URLSearchParams({ shape, count: String(count), chunk: String(chunk) })
  if (rate) query.set('rate', String(rate))
  const url = `/bench?${query}`
  const response = await fetch(origin + url, { method: 'HEAD' })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
  const header = (name) => response.headers.get(name)
  // Nobody listens to the other types there.
  const listened = shape === 'unlistened'
  return {
    url,
    types: listened ? ['message'] : header('x-types').split(','),
    events: Number(header(listened ? 'x-message-events' : 'x-events')),
    checksum: header(listened ? 'x-message-checksum' : 'x-checksum'),
    allEvents: Number(header('x-events')),
    allChecksum: header('x-checksum'),
    bytes: Number(header('x-bytes')),
  }
}
