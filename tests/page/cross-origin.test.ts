/**
 * Sources of another origin: what CORS allows and refuses, credentials, redirects between origins, event.origin.
 * The other origin is the same server on another port; cookies know no ports.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'
import { pause, type Trial } from './harness/trial'

const message = 'data: x\n\n'

async function isRefused(trial: Trial, url: string, init?: object): Promise<void> {
  const source = trial.open(url, init)
  const recorder = trial.record(source)
  const event = await recorder.next()
  assert.strictEqual(event.type, 'error')
  assert.strictEqual(event.constructor, Event)
  assert.isFalse('data' in event)
  assert.strictEqual(source.readyState, 2)
  // A script may have had to ask more than once to tell a refusal from a server that is down; now it is known.
  const { length } = await trial.requests()
  await pause(700)
  assert.deepEqual(recorder.brief, ['error'])
  assert.lengthOf(await trial.requests(), length)
}

describe('another origin', () => {
  for (const cors of ['*', 'origin', 'credentials']) {
    it(`that allows it (${cors}) is read, and named as the event’s origin`, async (trial) => {
      const { source, recorder } = trial.listen(trial.elsewhere('/stream', { body: message, cors, end: 'stall' }))
      const event = await recorder.until('message')
      assert.strictEqual(event.data, 'x')
      assert.strictEqual(event.origin, trial.otherOrigin)
      assert.isFalse(source.withCredentials)
      assert.lengthOf(await trial.preflights(), 0)
    })
  }

  it('is told the origin', async (trial) => {
    const { recorder } = trial.listen(trial.elsewhere('/echo', { cors: '*' }))
    const { headers } = JSON.parse((await recorder.until('message')).data) as { headers: Record<string, string[]> }
    assert.deepEqual(headers['origin'], [location.origin])
    assert.deepEqual(headers['accept'], ['text/event-stream'])
    assert.notProperty(headers, 'last-event-id')
  })

  it('that says nothing of it is refused for good', async (trial) => {
    await isRefused(trial, trial.elsewhere('/stream', { body: message }))
  })

  it('that allows somebody else is refused for good', async (trial) => {
    await isRefused(trial, trial.elsewhere('/stream', { body: message, cors: 'other' }))
  })

  it('that allows an empty origin is refused for good', async (trial) => {
    await isRefused(trial, trial.elsewhere('/stream', { body: message, header: 'Access-Control-Allow-Origin:' }))
  })

  it('that is refused releases its connection', async (trial) => {
    await isRefused(trial, trial.elsewhere('/stream', { body: message, end: 'stall' }))
    await trial.requestsUntil((requests) => requests.every((request) => !request.open), 'a refused response')
  })

  it('that answers 404 fails for good', async (trial) => {
    await isRefused(trial, trial.elsewhere('/status/404', { cors: '*' }))
  })

  it('that is of another type fails for good', async (trial) => {
    await isRefused(trial, trial.elsewhere('/stream', { body: message, type: 'text/plain', cors: '*' }))
  })

  it('is reconnected to', async (trial) => {
    const url = trial.elsewhere('/stream', { body: `retry: 10\n${message}`, cors: '*' })
    const { recorder } = trial.listen(url)
    await recorder.until('message', 2)
  })

  it('gets its Last-Event-ID back', async (trial) => {
    const url = trial.elsewhere('/stream', { body: `retry: 10\nid: 7\n${message}`, cors: '*' })
    const { source, recorder } = trial.listen(url)
    await recorder.until('message', 2)
    source.close()
    const requests = await trial.requests()
    assert.deepEqual(requests[1]!.headers['last-event-id'], ['7'])
  })
})

describe('withCredentials', () => {
  const cookie = (trial: Trial): string => `x${trial.key.replaceAll('-', '')}`
  const set = (trial: Trial): Promise<Response> =>
    fetch(trial.elsewhere('/cookies/set', { [cookie(trial)]: 'baked', cors: 'credentials', key: undefined }), {
      credentials: 'include',
    })

  it('sends cookies to another origin', async (trial) => {
    await set(trial)
    const source = trial.open(trial.elsewhere('/cookies/echo', { cors: 'credentials' }), { withCredentials: true })
    assert.isTrue(source.withCredentials)
    assert.include((await trial.record(source).until('message')).data, `${cookie(trial)}=baked`)
  })

  it('not set, sends none', async (trial) => {
    await set(trial)
    const source = trial.open(trial.elsewhere('/cookies/echo', { cors: 'credentials' }))
    assert.notInclude((await trial.record(source).until('message')).data, 'baked')
  })

  it('is refused by a wildcard', async (trial) => {
    await isRefused(trial, trial.elsewhere('/stream', { body: message, cors: '*' }), { withCredentials: true })
  })

  it('is refused where credentials are not allowed', async (trial) => {
    await isRefused(trial, trial.elsewhere('/stream', { body: message, cors: 'origin' }), { withCredentials: true })
  })
})

describe('a redirect', () => {
  it('to another origin makes that one the event’s origin', async (trial) => {
    const to = trial.elsewhere('/stream', { body: message, cors: '*', end: 'stall' })
    const { source, recorder } = trial.listen(trial.at('/redirect', { to, status: 307 }))
    assert.strictEqual((await recorder.until('message')).origin, trial.otherOrigin)
    assert.strictEqual(new URL(source.url).origin, location.origin)
  })

  it('to another origin that does not allow it is refused for good', async (trial) => {
    const to = trial.elsewhere('/stream', { body: message })
    await isRefused(trial, trial.at('/redirect', { to, status: 307 }))
  })

  it('by another origin that does not allow it is refused for good', async (trial) => {
    const to = trial.at('/stream', { body: message })
    await isRefused(trial, trial.elsewhere('/redirect', { to, status: 302 }))
  })

  it('within another origin is followed', async (trial) => {
    const to = trial.elsewhere('/stream', { body: message, cors: '*', end: 'stall' })
    const { recorder } = trial.listen(trial.elsewhere('/redirect', { to, status: 302, cors: '*' }))
    assert.strictEqual((await recorder.until('message')).origin, trial.otherOrigin)
  })

  it('by another origin back to this one is read where it allows that', async (trial) => {
    const to = trial.at('/stream', { body: message, cors: '*', end: 'stall' })
    const { recorder } = trial.listen(trial.elsewhere('/redirect', { to, status: 302, cors: '*' }))
    assert.strictEqual((await recorder.until('message')).origin, location.origin)
  })

  it('with credentials carries them on', async (trial) => {
    const name = `r${trial.key.replaceAll('-', '')}`
    await fetch(trial.at('/cookies/set', { [name]: 'baked', key: undefined }))
    const to = trial.elsewhere('/cookies/echo', { cors: 'credentials' })
    const source = trial.open(trial.at('/redirect', { to, status: 307 }), { withCredentials: true })
    const event = await trial.record(source).until('message')
    assert.include(event.data, `${name}=baked`)
    assert.strictEqual(event.origin, trial.otherOrigin)
  })
})
