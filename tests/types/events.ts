/** What listeners are given, and what the compiler refuses. */

import { EventSource, type ConnectionFailure, type EventSourceInit } from 'eventsource-wasm'

/** Compiles only where both are the same type. */
function is<Expected>() {
  return <Given>(
    _value: Given,
    _same: (<T>() => T extends Given ? 1 : 2) extends <T>() => T extends Expected ? 1 : 2 ? true : false,
  ) => {}
}

const source = new EventSource<{ ping: string; rate: `${number}` }>('/events')
source.addEventListener('ping', (event) => is<string>()(event.data, true))
source.addEventListener('rate', (event) => is<`${number}`>()(event.data, true))
source.addEventListener('message', (event) => is<string>()(event.data, true))
source.addEventListener('open', (event) => is<Headers>()(event.response.headers, true))
source.addEventListener('error', (event) => {
  is<ConnectionFailure['reason']>()(event.reason, true)
  is<number | null>()(event.reconnectIn, true)
  is<number | undefined>()(event.code, true)
})
source.addEventListener('another', (event) => is<any>()(event.data, true))
source.addEventListener('ping', { handleEvent: (event) => is<string>()(event.data, true) }, { once: true })
source.onerror = (event) => is<string>()(event.message, true)
source.onopen = (event) => is<number>()(event.response.status, true)
source.onmessage = null
is<0 | 1 | 2>()(source.readyState, true)
is<0>()(EventSource.CONNECTING, true)

export async function iterated() {
  using closed = new EventSource('/events')
  for await (const event of closed) is<string>()(event.data, true)
}

export const init: EventSourceInit = {
  method: 'POST',
  headers: async ({ attempt, previous }) => ({ Attempt: String(attempt), Before: previous?.reason ?? '' }),
  body: () => JSON.stringify({ prompt: 'Hello' }),
  retry: (failure) => (failure.status === 401 ? false : 1000),
}
export const policy: EventSourceInit = { retry: { statuses: [502, 503], maxAttempts: 5 } }

// @ts-expect-error A typed event has the type that was named.
source.addEventListener('ping', (event) => is<number>()(event.data, true))
// @ts-expect-error Attributes of the state are read-only.
source.readyState = 2
// @ts-expect-error A URL is needed.
new EventSource()
// @ts-expect-error The option is a number of milliseconds.
new EventSource('/events', { reconnectionTime: '3000' })
// @ts-expect-error No such reason.
source.addEventListener('error', (event) => event.reason === 'weather')
