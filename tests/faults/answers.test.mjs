/** What becomes of a source whose server answers with something else than a stream: when it goes on, when it ends. */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'

import { EventSource } from '../../dist/index.js'
import { startServer } from '../page/harness/serve.mjs'
import { startProxy } from './proxy.mjs'

let server

before(async () => {
  server = await startServer()
})

after(() => server.stop())

/** Connects through a proxy with this plan; gives its errors, up to the one that is final, and whether it received. */
async function connect(plan, init) {
  const proxy = await startProxy({ target: server.origin, plan })
  const source = new EventSource(`${proxy.origin}/numbered?count=1`, { reconnectionTime: 1, ...init })
  const errors = []
  let received = 0
  source.onmessage = () => received++
  await new Promise((resolve) => {
    source.onerror = ({ reason, status, reconnectIn, message }) => {
      errors.push({ reason, status, reconnectIn, message })
      if (source.readyState === EventSource.CLOSED) resolve()
    }
  })
  // Give a released connection the time to go.
  for (let waits = 0; proxy.open > 0 && waits < 50; waits++) await new Promise((resolve) => setTimeout(resolve, 20))
  const outcome = { errors, received, requests: proxy.requests, open: proxy.open, violations: proxy.violations }
  await proxy.stop()
  return outcome
}

for (const status of [400, 401, 403, 404, 429, 500, 502, 503, 504]) {
  test(`an HTML page with ${status} fails for good where no policy says otherwise`, { timeout: 20_000 }, async () => {
    const { errors, requests, open } = await connect([{ answer: 'status', status }])
    assert.equal(requests, 1)
    assert.equal(open, 0)
    assert.deepEqual([errors[0].reason, errors[0].status, errors[0].reconnectIn], ['status', status, null])
    assert.match(errors[0].message, new RegExp(`\\b${status}\\b`))
  })

  test(`a stream follows an HTML page with ${status} where the policy retries it`, { timeout: 20_000 }, async () => {
    const { errors, received, requests } = await connect([{ answer: 'status', status }], {
      retry: { statuses: [status] },
    })
    assert.equal(received, 1)
    // The refusal, the stream, the 204 after it.
    assert.equal(requests, 3)
    assert.deepEqual(
      errors.map((error) => error.status),
      [status, 200, 204],
    )
  })
}

test(
  'an HTML page with 200 fails for good, whatever is retried, and its connection goes',
  { timeout: 20_000 },
  async () => {
    const { errors, received, requests, open } = await connect([{ answer: 'page' }], {
      retry: { statuses: [200, 500] },
    })
    assert.deepEqual(
      [errors[0].reason, errors[0].reconnectIn, requests, received, open],
      ['content-type', null, 1, 0, 0],
    )
    assert.match(errors[0].message, /text\/html/)
  },
)

for (const retryAfter of ['1', 'date']) {
  test(`429 with Retry-After (${retryAfter}) is not asked again before`, { timeout: 20_000 }, async () => {
    const plan = [{ answer: 'status', status: 429, retryAfter }]
    const { errors, received, violations } = await connect(plan, { retry: { statuses: [429], maxDelay: 5 } })
    assert.deepEqual(violations, [])
    assert.equal(received, 1)
    assert.ok(errors[0].reconnectIn > 500 && errors[0].reconnectIn <= 2000, `${errors[0].reconnectIn}`)
  })
}

test('a redirect that never ends is a network error, and retried', { timeout: 20_000 }, async () => {
  // Fetch follows 20 of them.
  const plan = Array.from({ length: 21 }, () => ({ answer: 'redirect', status: 307 }))
  const { errors, received, requests } = await connect(plan)
  assert.equal(errors[0].reason, 'network')
  assert.equal(received, 1)
  assert.equal(requests, 23)
})

for (const [answer, reason] of [
  ['reset', 'network'],
  ['close', 'network'],
  ['cut head', 'network'],
]) {
  test(
    `no response at all (${answer}) is retried until the last attempt of the policy`,
    { timeout: 20_000 },
    async () => {
      const plan = Array.from({ length: 3 }, () => ({ answer }))
      const { errors, requests } = await connect(plan, { retry: { maxAttempts: 3 } })
      assert.deepEqual(
        errors.map((error) => error.reason),
        [reason, reason, reason],
      )
      assert.deepEqual([requests, errors[2].reconnectIn], [3, null])
      assert.ok(errors[1].reconnectIn > 0)
    },
  )
}
