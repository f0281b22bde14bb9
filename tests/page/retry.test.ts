/**
 * How it goes on after a failure: the retry option as an object and as a function, and Retry-After. Not run against
 * native classes. Every rule of the policy is in tests/connection too; here it is the class that follows it.
 */
import { assert } from 'chai'
import type { ConnectionFailure, EventSourceErrorEvent, RetryPolicy } from '../../js/types'
import { describe, it } from './harness/bdd'
import type { Recorder } from './harness/recorder'
import type { Step } from './harness/server'
import { pause, type Trial } from './harness/trial'

type Ours = EventSource & { reconnect(): void }

const busy: Step = { status: 503 }
const stays: Step = { chunks: [{ text: 'data: there\n\n' }], end: 'stall' }

function open(trial: Trial, url: string, options: object): { source: Ours; recorder: Recorder } {
  const source = trial.open(url, options) as Ours
  return { source, recorder: trial.record(source) }
}

async function failed(recorder: Recorder): Promise<EventSourceErrorEvent> {
  return (await recorder.until('error')) as unknown as EventSourceErrorEvent
}

async function waits(recorder: Recorder, count: number): Promise<(number | null)[]> {
  const delays: (number | null)[] = []
  while (delays.length < count) delays.push((await failed(recorder)).reconnectIn)
  return delays
}

describe.beyondNative('the retry policy', () => {
  async function refused(trial: Trial, reconnectionTime: number, policy: RetryPolicy): Promise<Recorder> {
    const retry = { statuses: [503], ...policy }
    return open(trial, await trial.script([busy], 'repeat'), { reconnectionTime, retry }).recorder
  }

  it('multiplies the delay by factor', async (trial) => {
    const recorder = await refused(trial, 10, { factor: 3, jitter: 0 })
    assert.deepEqual(await waits(recorder, 4), [10, 30, 90, 270])
  })

  it('goes up to maxDelay', async (trial) => {
    const recorder = await refused(trial, 10, { factor: 10, maxDelay: 50, jitter: 0 })
    assert.deepEqual(await waits(recorder, 4), [10, 50, 50, 50])
  })

  it('takes up to jitter of it by chance', async (trial) => {
    const recorder = await refused(trial, 40, { factor: 1, jitter: 1 })
    const delays = (await waits(recorder, 8)) as number[]
    for (const delay of delays) assert.isTrue(delay >= 0 && delay <= 40, String(delay))
    assert.isAbove(new Set(delays).size, 4)
  })

  it('unless told otherwise leaves the first delay alone and takes up to half of the others', async (trial) => {
    const recorder = await refused(trial, 40, {})
    const [first, second, third] = (await waits(recorder, 3)) as [number, number, number]
    assert.strictEqual(first, 40)
    assert.isTrue(second >= 40 && second <= 80, String(second))
    assert.isTrue(third >= 80 && third <= 160, String(third))
  })

  it('waits for as long as the error event says', async (trial) => {
    const recorder = await refused(trial, 150, { factor: 2, jitter: 0 })
    assert.deepEqual(await waits(recorder, 2), [150, 300])
    const [first, second, third] = await trial.requestsUntil((all) => all.length >= 3, 'two more requests')
    assert.isAtLeast(second!.at - first!.at, 145)
    assert.isAtLeast(third!.at - second!.at, 295)
  })

  it('gives up after maxAttempts in a row, and says so', async (trial) => {
    const recorder = await refused(trial, 10, { maxAttempts: 3, jitter: 0 })
    assert.deepEqual(await waits(recorder, 2), [10, 20])
    const last = await failed(recorder)
    assert.isNull(last.reconnectIn)
    assert.strictEqual(last.attempt, 3)
    assert.strictEqual((last.target as EventSource).readyState, 2)
    assert.match(last.message, /503.*last attempt/)
    await pause(150)
    assert.lengthOf(await trial.requests(), 3)
  })

  it('counts attempts anew after an event', async (trial) => {
    const url = await trial.script([busy, { chunks: [{ text: 'data: a\n\n' }] }, busy, stays])
    const { recorder } = open(trial, url, { reconnectionTime: 10, retry: { statuses: [503], maxAttempts: 3 } })
    await recorder.until('message', 2)
    assert.deepEqual(recorder.brief, ['error', 'open', 'message: a', 'error', 'error', 'open', 'message: there'])
  })

  it('retries the statuses that it names and no others', async (trial) => {
    const url = await trial.script([busy, { status: 429 }, { status: 500 }], 'repeat')
    const { source, recorder } = open(trial, url, { reconnectionTime: 10, retry: { statuses: [429, 503] } })
    const events = [await failed(recorder), await failed(recorder), await failed(recorder)]
    assert.deepEqual(
      events.map(({ status, reconnectIn }) => [status, reconnectIn === null]),
      [
        [503, false],
        [429, false],
        [500, true],
      ],
    )
    assert.strictEqual(source.readyState, 2)
  })

  it('retries no other type than that of event streams', async (trial) => {
    const url = trial.at('/stream', { type: 'text/html', body: '<p>busy</p>' })
    const { source, recorder } = open(trial, url, { retry: { statuses: [200], factor: 1 } })
    assert.isNull((await failed(recorder)).reconnectIn)
    assert.strictEqual(source.readyState, 2)
  })

  it('makes no hot loop of a server that answers 200 and closes at once', async (trial) => {
    const { recorder } = open(trial, await trial.script([{}], 'repeat'), { reconnectionTime: 1, retry: { jitter: 0 } })
    assert.deepEqual(await waits(recorder, 6), [1, 2, 4, 8, 16, 32])
    await pause(500)
    assert.isAtMost((await trial.requests()).length, 11)
  })

  it('nor where the stream says retry: 0', async (trial) => {
    const url = await trial.script([{ chunks: [{ text: 'retry: 0\n\n' }] }], 'repeat')
    const { recorder } = open(trial, url, { retry: { jitter: 0 } })
    assert.deepEqual(await waits(recorder, 5), [0, 1, 2, 4, 8])
  })

  it('takes a connection that stood for resetAfter as good', async (trial) => {
    const stood: Step = { chunks: [{ text: ':\n' }, { text: ':\n', pause: 150 }] }
    const retry = { resetAfter: 100, factor: 100, jitter: 0 }
    const { recorder } = open(trial, await trial.script([stood], 'repeat'), { reconnectionTime: 10, retry })
    assert.deepEqual(await waits(recorder, 3), [10, 10, 10])
  })

  it('takes one that did not stand for so long as bad', async (trial) => {
    const stood: Step = { chunks: [{ text: ':\n' }, { text: ':\n', pause: 30 }] }
    const { recorder } = open(trial, await trial.script([stood], 'repeat'), {
      reconnectionTime: 5,
      retry: { jitter: 0 },
    })
    assert.deepEqual(await waits(recorder, 3), [5, 10, 20])
  })

  it('never waits less than the stream asked for', async (trial) => {
    const url = await trial.script([{ chunks: [{ text: 'retry: 40\n\n' }] }, busy, busy, busy, busy], 'repeat')
    const { recorder } = open(trial, url, { retry: { statuses: [503], jitter: 1, maxDelay: 20 } })
    for (const delay of await waits(recorder, 5)) assert.isAtLeast(delay!, 40)
  })

  const wrong: [string, unknown, RegExp][] = [
    ['retry', 5, /retry.*5/],
    ['retry', 'often', /retry.*often/],
    ['factor', 0.5, /factor.*0\.5/],
    ['maxDelay', -1, /maxDelay.*-1/],
    ['maxDelay', 'long', /maxDelay.*long/],
    ['jitter', 2, /jitter.*2/],
    ['maxAttempts', Number.NaN, /maxAttempts.*NaN/],
    ['statuses', 503, /statuses.*503/],
    ['statuses', ['503'], /statuses/],
    ['resetAfter', -5, /resetAfter.*-5/],
  ]
  for (const [name, value, expected] of wrong) {
    it(`throws for ${name} ${String(value)} an error that names it`, () => {
      const init = name === 'retry' ? { retry: value } : { retry: { [name]: value } }
      assert.throws(() => Reflect.construct(EventSource, ['/stream?end=stall', init]), Error, expected)
    })
  }
})

describe.beyondNative('Retry-After', () => {
  async function asked(trial: Trial, value: string, reconnectionTime = 10): Promise<number> {
    const url = await trial.script([{ status: 503, headers: { 'Retry-After': value } }], 'repeat')
    const { source, recorder } = open(trial, url, { reconnectionTime, retry: { statuses: [503] } })
    const { reconnectIn } = await failed(recorder)
    source.close()
    return reconnectIn!
  }

  it('in seconds lengthens the delay, and is waited for', async (trial) => {
    const url = await trial.script([{ status: 429, headers: { 'Retry-After': '1' } }, stays])
    const { recorder } = open(trial, url, { reconnectionTime: 10, retry: { statuses: [429] } })
    assert.strictEqual((await failed(recorder)).reconnectIn, 1000)
    await recorder.until('message')
    const [first, second] = await trial.requests()
    assert.isAtLeast(second!.at - first!.at, 995)
  })

  it('never shortens it', async (trial) => {
    assert.strictEqual(await asked(trial, '1', 5000), 5000)
    assert.strictEqual(await asked(trial, '0', 5000), 5000)
  })

  const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
  const forms: [string, (date: Date) => string][] = [
    ['Internet Message Format', (date) => date.toUTCString()],
    [
      'RFC 850',
      (date) => {
        const [, day, month, year, time] = date.toUTCString().split(' ')
        return `${days[date.getUTCDay()]}, ${day}-${month}-${year!.slice(2)} ${time} GMT`
      },
    ],
    [
      'asctime()',
      (date) => {
        const [weekday, day, month, year, time] = date.toUTCString().split(' ')
        return `${weekday!.slice(0, 3)} ${month} ${String(Number(day)).padStart(2, ' ')} ${time} ${year}`
      },
    ],
  ]
  for (const [form, write] of forms) {
    it(`as a date in the form of ${form} lengthens it, too`, async (trial) => {
      const hour = 3_600_000
      assert.closeTo(await asked(trial, write(new Date(Date.now() + hour))), hour, 5000)
    })

    it(`as a date in the past in the form of ${form} changes nothing`, async (trial) => {
      assert.strictEqual(await asked(trial, write(new Date(Date.now() - 60_000))), 10)
    })
  }

  it('that nobody understands changes nothing', async (trial) => {
    for (const value of ['soon', '-5', '1.5', '', 'in 3600', '3600, 3600', 'Tue, 2099'])
      assert.strictEqual(await asked(trial, value), 10, value)
  })

  it('does not make a status one to retry', async (trial) => {
    const url = await trial.script([{ status: 503, headers: { 'Retry-After': '1' } }], 'repeat')
    const { source, recorder } = open(trial, url, {})
    assert.isNull((await failed(recorder)).reconnectIn)
    assert.strictEqual(source.readyState, 2)
  })
})

describe.beyondNative('the retry function', () => {
  type Retry = (failure: ConnectionFailure) => unknown

  async function asking(trial: Trial, retry: Retry, steps: Step[] = [busy, stays]): ReturnType<typeof opened> {
    return opened(trial, retry, steps)
  }

  async function opened(trial: Trial, retry: Retry, steps: Step[]): Promise<{ source: Ours; recorder: Recorder }> {
    return open(trial, await trial.script(steps), { reconnectionTime: 10, retry })
  }

  it('is told everything about the failure', async (trial) => {
    const failures: ConnectionFailure[] = []
    const { recorder } = await asking(trial, (failure) => {
      failures.push(failure)
      return 1
    })
    await recorder.until('message')
    const [failure] = failures
    assert.strictEqual(failure!.reason, 'status')
    assert.strictEqual(failure!.status, 503)
    assert.include(failure!.message, '503')
    assert.strictEqual(failure!.attempt, 1)
    assert.isNull(failure!.reconnectIn)
    assert.strictEqual(failure!.response!.status, 503)
    assert.instanceOf(failure!.response!.headers, Headers)
  })

  it('is told what the policy would wait', async (trial) => {
    const delays: (number | null)[] = []
    const { recorder } = await asking(trial, ({ reconnectIn }) => delays.push(reconnectIn), [{}, stays])
    await recorder.until('message')
    assert.deepEqual(delays, [10])
  })

  const answers: [string, (answer: unknown) => unknown][] = [
    ['at once', (answer) => answer],
    ['by a promise', async (answer) => answer],
    ['by a promise that takes its time', (answer) => pause(40).then(() => answer)],
  ]
  for (const [how, give] of answers) {
    it(`decides the delay ${how}`, async (trial) => {
      const { source, recorder } = await asking(trial, () => give(23), [{ status: 404 }, stays])
      const event = await failed(recorder)
      assert.strictEqual(event.reconnectIn, 23)
      assert.strictEqual(source.readyState, 0)
      await recorder.until('message')
    })

    it(`gives up with false ${how}`, async (trial) => {
      const { source, recorder } = await asking(trial, () => give(false), [{}, stays])
      const event = await failed(recorder)
      assert.isNull(event.reconnectIn)
      assert.strictEqual(event.reason, 'end-of-stream')
      assert.strictEqual(source.readyState, 2)
      await pause(100)
      assert.lengthOf(await trial.requests(), 1)
    })
  }

  it('is asked after each failure', async (trial) => {
    const attempts: number[] = []
    const { recorder } = await asking(trial, ({ attempt }) => attempts.push(attempt), [busy, {}, busy, stays])
    await recorder.until('message')
    assert.deepEqual(attempts, [1, 2, 3])
  })

  it('may say to wait for ever, which reconnect() ends', async (trial) => {
    const { source, recorder } = await asking(trial, () => Number.POSITIVE_INFINITY)
    assert.strictEqual((await failed(recorder)).reconnectIn, Number.POSITIVE_INFINITY)
    await pause(50)
    assert.lengthOf(await trial.requests(), 1)
    source.reconnect()
    await recorder.until('message')
  })

  const failing: [string, (error: Error) => unknown][] = [
    [
      'throws',
      (error) => {
        throw error
      },
    ],
    ['rejects', (error) => Promise.reject(error)],
    ['rejects later', (error) => pause(20).then(() => Promise.reject(error))],
  ]
  for (const [how, fail] of failing) {
    it(`that ${how} is named in the error, and the policy goes on`, async (trial) => {
      const error = new Error('the function is broken')
      const { source, recorder } = await asking(trial, () => fail(error), [{}, stays])
      const event = await failed(recorder)
      assert.strictEqual(event.reason, 'end-of-stream')
      assert.strictEqual(event.error, error)
      assert.include(event.message, 'the function is broken')
      assert.strictEqual(event.reconnectIn, 10)
      assert.strictEqual(source.readyState, 0)
      await recorder.until('message')
    })

    it(`that ${how} retries nothing that the policy would not`, async (trial) => {
      const { source, recorder } = await asking(trial, () => fail(new Error('broken')))
      const event = await failed(recorder)
      assert.isNull(event.reconnectIn)
      assert.strictEqual(event.status, 503)
      assert.strictEqual(source.readyState, 2)
    })
  }

  const nonsense: [string, unknown][] = [
    ['undefined', undefined],
    ['null', null],
    ['true', true],
    ['NaN', Number.NaN],
    ['a negative number', -1],
    ['a string', '100'],
    ['an object', {}],
    ['a promise of undefined', Promise.resolve()],
  ]
  for (const [kind, answer] of nonsense) {
    it(`that gives ${kind} is named in the error, and the policy goes on`, async (trial) => {
      const { source, recorder } = await asking(trial, () => answer, [{}, stays])
      const event = await failed(recorder)
      assert.match(event.message, /retry function/)
      assert.instanceOf(event.error, TypeError)
      assert.strictEqual(event.reconnectIn, 10)
      assert.strictEqual(source.readyState, 0)
      await recorder.until('message')
    })
  }

  it('that never answers does not outlive close()', async (trial) => {
    let asked = false
    const { source, recorder } = await asking(trial, () => {
      asked = true
      return new Promise(() => {})
    })
    await trial.requestsUntil((all) => all.length === 1 && asked, 'the question')
    source.close()
    await pause(50)
    assert.deepEqual(recorder.brief, [])
  })

  it('is not asked when the signal is aborted', async (trial) => {
    let asked = 0
    const controller = new AbortController()
    const url = trial.at('/stream', { body: 'data: x\n\n', end: 'stall' })
    const { source, recorder } = open(trial, url, { retry: () => ++asked, signal: controller.signal })
    await recorder.until('message')
    controller.abort()
    await pause(50)
    assert.strictEqual(source.readyState, 2)
    assert.strictEqual(asked, 0)
  })

  for (const [what, steps] of [
    ['a failure that is retried', [{}, stays]],
    ['a failure for good', [busy, stays]],
  ] as [string, Step[]][]) {
    it(`is overtaken by abort() while it thinks about ${what}`, async (trial) => {
      const controller = new AbortController()
      let decide: ((delay: number) => void) | undefined
      const retry = (): Promise<number> => new Promise((resolve) => (decide = resolve))
      const url = await trial.script(steps)
      const { source, recorder } = open(trial, url, { retry, signal: controller.signal })
      await trial.requestsUntil((all) => all.length === 1 && decide !== undefined, 'the question')
      controller.abort()
      assert.strictEqual(source.readyState, 2)
      decide!(1)
      await pause(150)
      assert.strictEqual(((await failed(recorder)) as EventSourceErrorEvent).reason, 'aborted')
      assert.lengthOf(await trial.requests(), 1)
    })

    it(`is overtaken by reconnect() while it thinks about ${what}`, async (trial) => {
      let asked = false
      const retry = (): Promise<false> => {
        asked = true
        return new Promise(() => {})
      }
      const { source, recorder } = await asking(trial, retry, steps)
      await trial.requestsUntil((all) => all.length === 1 && asked, 'the question')
      source.reconnect()
      await recorder.until('message')
      assert.strictEqual(source.readyState, 1)
    })
  }
})
