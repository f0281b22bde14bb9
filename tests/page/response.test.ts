/**
 * What a first response means: which statuses and content types open a source, and how the others fail for good.
 * Responses to a reconnection are in reconnection.test.ts, those of other origins in cross-origin.test.ts.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'
import { pause, type Trial } from './harness/trial'

const message = 'data: x\n\n'

/** Exactly one plain error, CLOSED, one request, and a connection that is let go. */
async function failsForGood(trial: Trial, url: string, logged = true): Promise<void> {
  const { source, recorder } = trial.listen(url)
  assert.strictEqual(source.readyState, 0)
  const event = await recorder.next()
  assert.strictEqual(event.type, 'error')
  assert.strictEqual(source.readyState, 2)
  assert.strictEqual(event.constructor, Event)
  assert.isFalse('data' in event)
  if (logged) await trial.requestsUntil((requests) => requests.every((request) => !request.open), 'a refused response')
  await pause(120)
  assert.deepEqual(recorder.brief, ['error'])
  assert.strictEqual(source.readyState, 2)
  // In Firefox ours finds out with a HEAD where a redirect leads to.
  if (logged)
    assert.lengthOf(
      (await trial.requests()).filter((request) => request.method !== 'HEAD'),
      1,
    )
}

describe('a response with status', () => {
  const failing = [201, 202, 203, 204, 205, 206, 304, 305, 400, 401, 403, 404, 410, 418, 429, 500, 501, 502, 503, 504]
  for (const status of failing) {
    it(`${status} fails for good`, async (trial) => {
      const empty = status === 204 || status === 205 || status === 304
      await failsForGood(trial, trial.at('/stream', { status, body: empty ? undefined : message }))
    })
  }

  it('500 is let go also where its body has no end', async (trial) => {
    await failsForGood(trial, trial.at('/stream', { status: 500, body: message, end: 'stall' }))
  })

  for (const status of [301, 302, 303, 307, 308]) {
    it(`${status} is followed`, async (trial) => {
      const to = trial.at('/stream', { body: message, end: 'stall' })
      const { source, recorder } = trial.listen(trial.at('/redirect', { to, status }))
      const event = await recorder.until('message')
      assert.strictEqual(event.data, 'x')
      assert.strictEqual(event.origin, location.origin)
      assert.strictEqual(source.url, trial.at('/redirect', { to, status }))
    })
  }

  it('307 to a failing status fails for good', async (trial) => {
    const to = trial.at('/status/404', { key: `${trial.key}-target` })
    await failsForGood(trial, trial.at('/redirect', { to, status: 307 }))
  })

  it('200 opens', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', { status: 200, body: message, end: 'stall' }))
    await recorder.until('message')
    assert.strictEqual(source.readyState, 1)
  })
})

describe('a response of the type', () => {
  const good = [
    'text/event-stream',
    'TEXT/EVENT-STREAM',
    'Text/Event-Stream',
    'text/event-stream;',
    'text/event-stream; ',
    'text/event-stream ; charset=utf-8',
    'text/event-stream;charset=utf-8',
    'text/event-stream; charset="UTF-8"',
    'text/event-stream; foo=bar; charset=utf-8',
    'text/event-stream;bogus',
    'text/event-stream; q=0.9',
  ]
  for (const type of good) {
    it(`'${type}' opens`, async (trial) => {
      const { source, recorder } = trial.listen(trial.at('/stream', { type, body: message, end: 'stall' }))
      await recorder.until('message')
      assert.strictEqual(source.readyState, 1)
      assert.deepEqual(recorder.brief, ['open', 'message: x'])
    })
  }

  const bad = [
    'text/plain',
    'text/html',
    'application/json',
    'application/octet-stream',
    'text/event-streams',
    'text/event-strea',
    'text/eventstream',
    'text/x-event-stream',
    'application/event-stream',
    'x text/event-stream',
    'text /event-stream',
    'text/ event-stream',
    'text/event-stream/x',
    'text',
    'event-stream',
    '*/*',
    'text/plain; text/event-stream',
    'text/plain;type=text/event-stream',
    ';text/event-stream',
  ]
  for (const type of bad) {
    it(`'${type}' fails for good`, async (trial) => {
      await failsForGood(trial, trial.at('/stream', { type, body: message }))
    })
  }

  it('that is not named at all fails for good', async (trial) => {
    await failsForGood(trial, trial.at('/stream', { type: '', body: message }))
  })

  it('that is wrong is let go also where its body has no end', async (trial) => {
    // Engines look at the first bytes of some types before they show the head to anybody.
    const body = `data: ${'x'.repeat(4000)}\n\n`
    await failsForGood(trial, trial.at('/stream', { type: 'application/json', body, end: 'stall' }))
  })
})

describe('an address that is not of http', () => {
  const addresses = [
    'about:blank',
    'ftp://example.test/stream',
    'file:///stream',
    'javascript:alert(1)',
    'mailto:a@example.test',
    'unknown:stream',
    'ws://example.test/stream',
    'chrome://version/',
  ]
  for (const url of addresses) {
    it(`fails for good, but not in the constructor: ${url}`, async (trial) => {
      await failsForGood(trial, url, false)
    })
  }

  it('that fails gives listeners time to be added', async (trial) => {
    const source = trial.open('unknown:stream')
    await Promise.resolve()
    await trial.record(source).until('error')
    assert.strictEqual(source.readyState, 2)
  })

  it('that fails fires nothing when it was closed before', async (trial) => {
    const { source, recorder } = trial.listen('unknown:stream')
    source.close()
    await pause(60)
    assert.deepEqual(recorder.brief, [])
  })
})
