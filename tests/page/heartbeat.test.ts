/**
 * A connection over which nothing comes any more: what counts as silence, and what follows. Not run against native
 * classes. Each rule is in tests/connection too; here it is the class, and the bytes are a server's. Streams begin with
 * a comment: Firefox shows a response only with its first byte.
 */
import { assert } from 'chai'
import type { ConnectionAttempt, EventSourceErrorEvent } from '../../js/types'
import { describe, it } from './harness/bdd'
import type { Recorder } from './harness/recorder'
import type { Step } from './harness/server'
import { install, pause, type Trial } from './harness/trial'

const heartbeatTimeout = 1200
/** Between two signs of life: even a browser that has other things to do is in time. */
const drip = heartbeatTimeout / 10
/** So many of them outlast the timeout. */
const drips = 17
const options = { heartbeatTimeout, reconnectionTime: 10 }

/** Says one thing, and no more. */
const silent: Step = { chunks: [{ text: ':\nid: 1\ndata: a\n\n' }], end: 'stall' }
const stays: Step = { chunks: [{ text: 'data: there\n\n' }], end: 'stall' }

/** One chunk after the other, with little time between any two and much for all of them. */
function dripping(parts: { text: string }[] | { hex: string }[], last: string): Step {
  const chunks = [...parts, { text: last }].map((part) => ({ ...part, pause: drip }))
  return { chunks: [{ text: ':\n' }, ...chunks], end: 'stall' }
}

function often(text: string): { text: string }[] {
  return Array.from({ length: drips }, () => ({ text }))
}

function open(trial: Trial, url: string, more: object = {}): { source: EventSource; recorder: Recorder } {
  const source = trial.open(url, { ...options, ...more })
  return { source, recorder: trial.record(source) }
}

async function failed(recorder: Recorder): Promise<EventSourceErrorEvent> {
  return (await recorder.until('error')) as unknown as EventSourceErrorEvent
}

describe.beyondNative('heartbeatTimeout', () => {
  it('gives up a connection over which nothing comes, and connects again', async (trial) => {
    const { source, recorder } = open(trial, await trial.script([silent, stays]))
    await recorder.until('message')
    const since = performance.now()
    const event = await failed(recorder)
    assert.isAtLeast(performance.now() - since, heartbeatTimeout - 50)
    assert.strictEqual(event.reason, 'heartbeat')
    assert.strictEqual(event.message, `nothing came for ${heartbeatTimeout} ms`)
    assert.strictEqual(event.attempt, 1)
    assert.strictEqual(event.reconnectIn, 10)
    assert.isUndefined(event.error)
    assert.strictEqual(source.readyState, 0)
    await recorder.until('message')
    assert.deepEqual(recorder.brief, ['open', 'message: a', 'error', 'open', 'message: there'])
    const requests = await trial.requestsUntil(([first]) => !first!.open, 'the silent connection')
    assert.deepEqual(requests[1]!.headers['last-event-id'], ['1'])
  })

  it('gives up a request that nobody answers', async (trial) => {
    const { recorder } = open(trial, await trial.script([{ delay: 60_000 }, stays]))
    const event = await failed(recorder)
    assert.strictEqual(event.reason, 'heartbeat')
    assert.isUndefined(event.status)
    assert.strictEqual(event.reconnectIn, 10)
    await recorder.until('message')
    await trial.requestsUntil(([first]) => !first!.open, 'the unanswered request')
  })

  it('gives up a headers function that never answers, and asks again', async (trial) => {
    const asked: ConnectionAttempt[] = []
    const headers = (attempt: ConnectionAttempt): unknown => (asked.push(attempt) === 1 ? new Promise(() => {}) : {})
    const { recorder } = open(trial, await trial.script([stays]), { headers })
    assert.strictEqual((await failed(recorder)).reason, 'heartbeat')
    await recorder.until('message')
    assert.strictEqual(asked[1]!.previous!.reason, 'heartbeat')
    assert.lengthOf(await trial.requests(), 1)
  })

  it('counts silences in a row as failures in a row', async (trial) => {
    const mute: Step = { chunks: [{ text: ':\n' }], end: 'stall' }
    const { recorder } = open(trial, await trial.script([mute, mute, stays]), { retry: { jitter: 0, maxAttempts: 3 } })
    assert.strictEqual((await failed(recorder)).reconnectIn, 10)
    const second = await failed(recorder)
    assert.deepEqual([second.reason, second.attempt, second.reconnectIn], ['heartbeat', 2, 20])
    await recorder.until('message')
  })

  const alive: [string, { text: string }[] | { hex: string }[]][] = [
    ['comments', often(': still here\n')],
    ['a comment that does not end', [{ text: ':' }, ...often('x')]],
    ['parts of a line', Array.from('data: 12345678901', (text) => ({ text }))],
    ['parts of characters', ['64617461', '3a', ...'f09f9880'.repeat(4).match(/../g)!].map((hex) => ({ hex }))],
    ['blank lines', often('\n')],
    ['fields that nobody knows', often('x: y\n')],
  ]
  for (const [what, parts] of alive) {
    it(`takes ${what} for signs of life`, async (trial) => {
      const started = performance.now()
      const { recorder } = open(trial, await trial.script([dripping(parts, '\n\ndata: done\n\n')]))
      while ((await recorder.until('message')).data !== 'done');
      assert.isAbove(performance.now() - started, 1.5 * heartbeatTimeout)
      assert.notInclude(recorder.brief, 'error')
      // And when these end it is over.
      assert.strictEqual((await failed(recorder)).reason, 'heartbeat')
    })
  }

  // Alone, for it holds up everybody.
  it.alone('does not count the time that a listener takes', async (trial) => {
    const step = dripping([{ text: 'data: a\n\n' }, { text: ':\n' }, { text: ':\n' }], 'data: b\n\n')
    const { source, recorder } = open(trial, await trial.script([step]))
    source.onmessage = ({ data }) => {
      if (data !== 'a') return
      const end = performance.now() + 1.5 * heartbeatTimeout
      while (performance.now() < end);
    }
    await recorder.until('message', 2)
    assert.deepEqual(recorder.brief, ['open', 'message: a', 'message: b'])
  })

  it('does not count the time that a slow iterator takes, and counts again after it', async (trial) => {
    const many = 3000
    const { source, recorder } = open(
      trial,
      await trial.script([{ chunks: [{ text: 'data: x\n\n'.repeat(many) }], end: 'stall' }]),
    )
    const events = (source as unknown as AsyncIterable<MessageEvent>)[Symbol.asyncIterator]()
    await events.next()
    await pause(2 * heartbeatTimeout)
    assert.notInclude(recorder.brief, 'error')
    for (let taken = 1; taken < many; taken++) assert.strictEqual((await events.next()).value.data, 'x')
    const since = performance.now()
    assert.strictEqual((await failed(recorder)).reason, 'heartbeat')
    assert.isAtLeast(performance.now() - since, heartbeatTimeout / 2)
  })

  it('is over with the source', async (trial) => {
    const { source, recorder } = open(trial, await trial.script([silent, stays]))
    await recorder.until('message')
    source.close()
    await pause(1.5 * heartbeatTimeout)
    assert.deepEqual(recorder.brief, ['open', 'message: a'])
    assert.lengthOf(await trial.requests(), 1)
  })

  it('not given, lets a silence last', async (trial) => {
    const { recorder } = open(trial, await trial.script([silent, stays]), { heartbeatTimeout: undefined })
    await recorder.until('message')
    await pause(1.5 * heartbeatTimeout)
    assert.deepEqual(recorder.brief, ['open', 'message: a'])
    assert.lengthOf(await trial.requests(), 1)
  })

  for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, '400', null]) {
    it(`${JSON.stringify(wrong)} (${typeof wrong} ${String(wrong)}) throws an error that names it`, () => {
      const make = (): unknown => Reflect.construct(EventSource, ['/stream?end=stall', { heartbeatTimeout: wrong }])
      assert.throws(make, Error, new RegExp(`heartbeatTimeout.*${String(wrong)}`))
    })
  }
})

describe.beyondNative('a laptop that wakes up', () => {
  if (typeof document === 'undefined') return

  it('notices at once that nothing came while it slept', async (trial) => {
    const frame = document.createElement('iframe')
    trial.after(() => frame.remove())
    document.body.append(frame)
    const realm = frame.contentWindow as Window & typeof globalThis
    await install(realm)
    const url = await trial.script([silent, stays])
    const source = trial.open(url, { heartbeatTimeout: 60_000, reconnectionTime: 10 }, realm.EventSource)
    const recorder = trial.record(source)
    await recorder.until('message')
    const { now } = realm.Date
    realm.Date.now = () => now() + 3_600_000
    realm.dispatchEvent(new realm.Event('online'))
    assert.strictEqual((await failed(recorder)).reason, 'heartbeat')
    await recorder.until('message')
  })
})
