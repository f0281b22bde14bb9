/**
 * Why a connection ended or could not be made: each reason with all fields of its `error` event. Not run against native
 * classes. `heartbeat` and `too-large` have files of their own.
 */
import { assert } from 'chai'
import type { ConnectionAttempt, EventSourceErrorEvent } from '../../js/types'
import { describe, it } from './harness/bdd'
import type { Recorder } from './harness/recorder'
import type { Step } from './harness/server'
import { pause, type Trial } from './harness/trial'

interface Expected {
  reason: EventSourceErrorEvent['reason']
  message: RegExp
  /** That of the response, where one came. */
  status?: number
  attempt?: number
  reconnectIn: number | null
}

const stays: Step = { chunks: [{ text: 'data: there\n\n' }], end: 'stall' }
/** The delay after a first failure is the reconnection time as it is. */
const quick = { reconnectionTime: 10 }

function open(trial: Trial, url: string, options: object = {}): { source: EventSource; recorder: Recorder } {
  const source = trial.open(url, { ...quick, ...options })
  return { source, recorder: trial.record(source) }
}

function answer(body: BodyInit | null): Response {
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
}

/** The next `error`, all of whose fields are as expected. */
async function fails(recorder: Recorder, expected: Expected): Promise<EventSourceErrorEvent> {
  const event = (await recorder.until('error')) as unknown as EventSourceErrorEvent
  const { reason, message, status, code, response, attempt, reconnectIn } = event
  assert.deepEqual(
    { reason, status, code, answered: response?.status, attempt, reconnectIn },
    {
      reason: expected.reason,
      status: expected.status,
      code: expected.status,
      answered: expected.status,
      attempt: expected.attempt ?? 1,
      reconnectIn: expected.reconnectIn,
    },
    message,
  )
  assert.match(message, expected.message)
  assert.strictEqual((event.target as EventSource).readyState, expected.reconnectIn === null ? 2 : 0)
  return event
}

/** What cannot be told apart by its text is still handed on as it is. */
const thrown: [string, unknown, string][] = [
  ['an Error', new Error('no luck'), 'no luck'],
  ['a string', 'no luck', 'no luck'],
  ['an object with a message', { message: 'no luck' }, 'no luck'],
  ['undefined', undefined, 'undefined'],
  ['null', null, 'null'],
  ['a symbol', Symbol('luck'), 'Symbol(luck)'],
  ['an object that is no text', Object.create(null), ''],
  [
    'an object whose message throws',
    {
      get message(): string {
        throw new Error('not this either')
      },
      toString: () => 'no luck',
    },
    'no luck',
  ],
]

function ending(text: string): RegExp {
  return new RegExp(`: ${text.replaceAll(/[()]/g, '\\$&')}$`)
}

const ways: [string, (value: unknown) => unknown][] = [
  [
    'throws',
    (value) => {
      throw value
    },
  ],
  ['rejects with', (value) => Promise.reject(value)],
]

describe.beyondNative('the reason of a response', () => {
  it('status is that of an answer other than 200', async (trial) => {
    const { recorder } = open(trial, trial.at('/status/404'))
    const event = await fails(recorder, {
      reason: 'status',
      message: /^the server answered 404, not 200$/,
      status: 404,
      reconnectIn: null,
    })
    assert.isUndefined(event.error)
  })

  it('status says that 204 asks not to reconnect', async (trial) => {
    const { recorder } = open(trial, trial.at('/status/204'))
    const message = /^the server answered 204 No Content: it asks not to reconnect$/
    await fails(recorder, { reason: 'status', message, status: 204, reconnectIn: null })
  })

  it('status of one to retry tells the wait', async (trial) => {
    const { recorder } = open(trial, await trial.script([{ status: 503 }, { status: 503 }, stays]), {
      retry: { statuses: [503], jitter: 0 },
    })
    const message = /^the server answered 503, not 200$/
    await fails(recorder, { reason: 'status', message, status: 503, reconnectIn: 10 })
    await fails(recorder, { reason: 'status', message, status: 503, attempt: 2, reconnectIn: 20 })
    await recorder.until('message')
  })

  it('comes with what the server answered', async (trial) => {
    const to = trial.at('/stream', { status: 410, header: 'X-Why:moved out', body: 'gone' })
    const { recorder } = open(trial, trial.at('/redirect', { to }))
    const message = /^the server answered 410, not 200$/
    const { response } = await fails(recorder, { reason: 'status', message, status: 410, reconnectIn: null })
    assert.strictEqual(response!.url, to)
    assert.strictEqual(response!.statusText, 'Gone')
    assert.strictEqual(response!.headers.get('x-why'), 'moved out')
    assert.isTrue(response!.redirected)
  })

  const types: [string, RegExp][] = [
    ['text/html', /^the response's Content-Type is text\/html, not text\/event-stream$/],
    ['text/html; charset=utf-8', /^the response's Content-Type is text\/html; charset=utf-8, not text\/event-stream$/],
    ['', /^the response has no Content-Type, where text\/event-stream is needed$/],
  ]
  for (const [type, message] of types) {
    it(`content-type names ${type || 'that there is none'}`, async (trial) => {
      const { recorder } = open(trial, trial.at('/stream', { type, body: 'data: x\n\n' }))
      const event = await fails(recorder, { reason: 'content-type', message, status: 200, reconnectIn: null })
      assert.isUndefined(event.error)
    })
  }

  it('end-of-stream is that of a stream that ended', async (trial) => {
    const { recorder } = open(trial, await trial.script([{ chunks: [{ text: ':\n' }] }, stays]))
    const message = /^the server ended the stream$/
    const event = await fails(recorder, { reason: 'end-of-stream', message, status: 200, reconnectIn: 10 })
    assert.isUndefined(event.error)
    await recorder.until('message')
  })

  it('network is that of a connection that broke', async (trial) => {
    const broken: Step = { chunks: [{ text: 'data: a\n\n' }, { text: 'data: b', pause: 50 }], end: 'reset' }
    const { recorder } = open(trial, await trial.script([broken, stays]))
    const message = /^the connection broke: ./
    const event = await fails(recorder, { reason: 'network', message, status: 200, reconnectIn: 10 })
    assert.instanceOf(event.error, Error)
    assert.include(event.message, (event.error as Error).message)
    await recorder.until('message')
    assert.deepEqual(recorder.data, ['a', 'there'])
  })
})

describe.beyondNative('the reason where no response came', () => {
  const unreachable = /^the server could not be reached: ./

  it('network is that of a server that hangs up', async (trial) => {
    const { recorder } = open(trial, await trial.script([{ refuse: true }], 'repeat'), { retry: { jitter: 0 } })
    for (const [attempt, reconnectIn] of [
      [1, 10],
      [2, 20],
      [3, 40],
    ] as const) {
      const event = await fails(recorder, { reason: 'network', message: unreachable, attempt, reconnectIn })
      assert.instanceOf(event.error, TypeError)
    }
  })

  it('network is that of another origin’s server that hangs up, and no refusal', async (trial) => {
    await trial.script([{ refuse: true }], 'repeat')
    const { recorder } = open(trial, trial.elsewhere(`/script/${trial.key}`, { cors: '*' }), { retry: { jitter: 0 } })
    await fails(recorder, { reason: 'network', message: unreachable, reconnectIn: 10 })
    await fails(recorder, { reason: 'network', message: unreachable, attempt: 2, reconnectIn: 20 })
  })

  const refused =
    /^the server can be reached, but CORS refused the response: it needs an Access-Control-Allow-Origin header/
  const refusals: [string, object, object?][] = [
    ['says nothing of CORS', {}],
    ['admits somebody else', { cors: 'other' }],
    ['admits everyone but no credentials', { cors: '*' }, { withCredentials: true }],
    ['refuses the preflight', { cors: '*', preflight: 'refuse' }, { headers: { 'X-Own': '1' } }],
  ]
  for (const [what, parameters, options] of refusals) {
    it(`network is final where another origin ${what}`, async (trial) => {
      const { recorder } = open(trial, trial.elsewhere('/stream', { body: 'data: x\n\n', ...parameters }), options)
      const event = await fails(recorder, { reason: 'network', message: refused, reconnectIn: null })
      assert.instanceOf(event.error, TypeError)
      assert.deepEqual(recorder.brief, ['error'])
    })
  }

  for (const url of ['ftp://example.invalid/', 'mailto:nobody@example.invalid', 'about:blank', 'own:scheme']) {
    it(`request is final for ${url}`, async (trial) => {
      const { source, recorder } = open(trial, url)
      const message = /^only http: and https: URLs can be event streams$/
      const event = await fails(recorder, { reason: 'request', message, reconnectIn: null })
      assert.instanceOf(event.error, TypeError)
      assert.strictEqual(source.url, url)
    })
  }
})

for (const option of ['headers', 'body']) {
  describe.beyondNative(`a ${option} function`, () => {
    const right = option === 'headers' ? { 'X-Token': 'late' } : 'late'

    async function goesOn(trial: Trial, first: () => unknown, message: RegExp): Promise<EventSourceErrorEvent> {
      const asked: ConnectionAttempt[] = []
      const give = (attempt: ConnectionAttempt): unknown => (asked.push(attempt) === 1 ? first() : right)
      const options = { [option]: give, ...(option === 'body' && { method: 'POST' }) }
      const { recorder } = open(trial, trial.at('/echo'), options)
      const event = await fails(recorder, { reason: 'request', message, reconnectIn: 10 })
      const { headers, body } = JSON.parse((await recorder.until('message')).data) as {
        headers: Record<string, string[]>
        body: string
      }
      assert.strictEqual(option === 'headers' ? headers['x-token']![0] : body, 'late')
      assert.lengthOf(await trial.requests(), 1)
      const [, { attempt, previous }] = asked as [ConnectionAttempt, ConnectionAttempt]
      assert.deepEqual([attempt, previous!.reason, previous!.error], [2, 'request', event.error])
      return event
    }

    for (const [how, fail] of ways) {
      for (const [kind, value, text] of thrown) {
        it(`that ${how} ${kind} makes a failed attempt of it`, async (trial) => {
          const event = await goesOn(trial, () => fail(value), ending(text))
          assert.match(event.message, /^the request could not be made: /)
          assert.strictEqual(event.error, value)
        })
      }
    }

    it('that rejects later does, too', async (trial) => {
      const error = new Error('no luck')
      const event = await goesOn(trial, () => pause(20).then(() => Promise.reject(error)), ending('no luck'))
      assert.strictEqual(event.error, error)
    })

    it('that gives a thenable which throws does, too', async (trial) => {
      const error = new Error('no luck')
      const thenable = {
        // oxlint-disable-next-line no-thenable
        then() {
          throw error
        },
      }
      assert.strictEqual((await goesOn(trial, () => thenable, ending('no luck'))).error, error)
    })

    it('that gives an object whose then can’t be read does, too', async (trial) => {
      const error = new Error('no luck')
      const trap = {
        // oxlint-disable-next-line no-thenable
        get then() {
          throw error
        },
      }
      assert.strictEqual((await goesOn(trial, () => trap, ending('no luck'))).error, error)
    })
  })
}

describe.beyondNative('a headers function', () => {
  const wrong: [string, unknown][] = [
    ['a name that is none', { 'two words': 'x' }],
    ['a value that is none', { 'X-Own': 'two\nlines' }],
    ['a pair of three', [['X-Own', 'x', 'y']]],
  ]
  for (const [what, headers] of wrong) {
    it(`that gives ${what} makes a failed attempt of it`, async (trial) => {
      let asked = 0
      const { recorder } = open(trial, trial.at('/echo'), { headers: () => (++asked === 1 ? headers : {}) })
      const message = /^the request could not be made: ./
      const event = await fails(recorder, { reason: 'request', message, reconnectIn: 10 })
      assert.instanceOf(event.error, TypeError)
      await recorder.until('message')
    })
  }
})

describe.beyondNative('a fetch of one’s own', () => {
  /** Fails the first time and answers the second time. */
  async function goesOn(trial: Trial, first: () => unknown, expected: Expected): Promise<EventSourceErrorEvent> {
    let calls = 0
    const own = (): unknown => (++calls === 1 ? first() : Promise.resolve(answer('data: there\n\n')))
    const { source, recorder } = open(trial, trial.at('/stream'), { fetch: own })
    const event = await fails(recorder, expected)
    await recorder.until('message')
    source.close()
    assert.strictEqual(calls, 2)
    assert.lengthOf(await trial.requests(), 0)
    return event
  }

  for (const [how, fail] of ways) {
    for (const [kind, value, text] of thrown) {
      it(`that ${how} ${kind} is a network that failed`, async (trial) => {
        const expected: Expected = { reason: 'network', message: ending(text), reconnectIn: 10 }
        const event = await goesOn(trial, () => fail(value), expected)
        assert.match(event.message, /^the server could not be reached: /)
        assert.strictEqual(event.error, value)
      })
    }
  }

  const nothings: [string, unknown][] = [
    ['undefined', undefined],
    ['null', null],
    ['a string', 'data: x\n\n'],
    ['a number', 200],
    ['an object', {}],
    ['an object that looks like one', { status: 200, headers: { 'Content-Type': 'text/event-stream' } }],
  ]
  for (const [what, value] of nothings) {
    it(`that gives ${what} is a request that could not be made`, async (trial) => {
      const message = /^the request could not be made: fetch gave no Response$/
      for (const give of [() => value, () => Promise.resolve(value)]) {
        const event = await goesOn(trial, give, { reason: 'request', message, reconnectIn: 10 })
        assert.instanceOf(event.error, TypeError)
      }
    })
  }

  it('that gives the Response and no promise of it is taken', async (trial) => {
    const { source, recorder } = open(trial, trial.at('/stream'), { fetch: () => answer('data: x\n\n') })
    assert.strictEqual((await recorder.until('message')).data, 'x')
    source.close()
  })

  it('that gives a Response without a body is a stream that ended', async (trial) => {
    const message = /^the server ended the stream$/
    await goesOn(trial, () => answer(null), { reason: 'end-of-stream', message, status: 200, reconnectIn: 10 })
  })

  it('that is aborted by itself ends the source', async (trial) => {
    const error = new DOMException('enough', 'AbortError')
    for (const fail of [
      () => {
        throw error
      },
      () => Promise.reject(error),
    ]) {
      const { recorder } = open(trial, trial.at('/stream'), { fetch: fail })
      const message = /^the browser aborted the request$/
      assert.strictEqual((await fails(recorder, { reason: 'aborted', message, reconnectIn: null })).error, error)
    }
  })

  it('whose body breaks is a connection that broke', async (trial) => {
    const error = new Error('no luck')
    const body = (): ReadableStream<Uint8Array> => {
      let pulls = 0
      return new ReadableStream(
        {
          pull: (controller) =>
            ++pulls === 1 ? controller.enqueue(new TextEncoder().encode('data: a\n\n')) : controller.error(error),
        },
        { highWaterMark: 0 },
      )
    }
    const message = /^the connection broke: no luck$/
    const expected: Expected = { reason: 'network', message, status: 200, reconnectIn: 10 }
    assert.strictEqual((await goesOn(trial, () => answer(body()), expected)).error, error)
  })

  it('whose body is aborted ends the source', async (trial) => {
    const error = new DOMException('enough', 'AbortError')
    const body = new ReadableStream({ pull: (controller) => controller.error(error) }, { highWaterMark: 0 })
    const { recorder } = open(trial, trial.at('/stream'), { fetch: async () => answer(body) })
    const message = /^the browser aborted the request$/
    const event = await fails(recorder, { reason: 'aborted', message, status: 200, reconnectIn: null })
    assert.strictEqual(event.error, error)
  })

  it('whose body gives something other than bytes is a connection that broke', async (trial) => {
    for (const chunk of ['data: a\n\n', 7, undefined, { length: 3 }]) {
      const body = new ReadableStream({ start: (controller) => controller.enqueue(chunk) })
      // A Response of some engines looks at the chunks itself.
      const response = answer(null)
      Object.defineProperty(response, 'body', { value: body })
      const message = /^the connection broke: the stream gave a chunk that is not a Uint8Array$/
      const expected: Expected = { reason: 'network', message, status: 200, reconnectIn: 10 }
      assert.instanceOf((await goesOn(trial, () => response, expected)).error, TypeError)
    }
  })
})

describe.beyondNative('a signal that is aborted', () => {
  const message = /^the signal was aborted$/
  const moments: [string, Step, object, (trial: Trial, recorder: Recorder) => Promise<unknown>][] = [
    [
      'before the answer',
      { delay: 60_000 },
      {},
      (trial) => trial.requestsUntil((all) => all.length === 1, 'a request'),
    ],
    [
      'in a wait',
      { status: 503 },
      { retry: { statuses: [503] }, reconnectionTime: 60_000 },
      (_, recorder) => recorder.until('error'),
    ],
    ['while headers are being made', stays, { headers: () => new Promise(() => {}) }, () => pause(20)],
  ]
  for (const [when, step, options, moment] of moments) {
    it(`${when} ends the source with the reason it was aborted for`, async (trial) => {
      const controller = new AbortController()
      const { recorder } = open(trial, await trial.script([step, stays]), { ...options, signal: controller.signal })
      await moment(trial, recorder)
      const why = new Error('enough of it')
      const { length } = recorder.events
      controller.abort(why)
      const waited = length > 0 ? 2 : 1
      const event = await fails(recorder, { reason: 'aborted', message, attempt: waited, reconnectIn: null })
      assert.strictEqual(event.error, why)
      await pause(50)
      assert.lengthOf(recorder.events, length + 1)
    })
  }

  it('without a reason has that of the browser', async (trial) => {
    const controller = new AbortController()
    const { source, recorder } = open(trial, await trial.script([stays]), { signal: controller.signal })
    await recorder.until('message')
    controller.abort()
    assert.strictEqual(source.readyState, 2)
    const event = (await recorder.until('error')) as unknown as EventSourceErrorEvent
    assert.strictEqual(event.reason, 'aborted')
    assert.match(event.message, message)
    assert.isNull(event.reconnectIn)
    assert.strictEqual((event.error as DOMException).name, 'AbortError')
  })

  it('by a timeout has that for its error', async (trial) => {
    const { recorder } = open(trial, await trial.script([{ delay: 60_000 }]), { signal: AbortSignal.timeout(50) })
    const event = await fails(recorder, { reason: 'aborted', message, reconnectIn: null })
    assert.strictEqual((event.error as DOMException).name, 'TimeoutError')
  })

  it('before the source was made tells listeners that are added right after', async (trial) => {
    const why = new Error('too late')
    const { source, recorder } = open(trial, trial.at('/stream'), { signal: AbortSignal.abort(why) })
    assert.lengthOf(recorder.events, 0)
    const event = await fails(recorder, { reason: 'aborted', message, reconnectIn: null })
    assert.strictEqual(event.error, why)
    assert.strictEqual(source.readyState, 2)
    assert.lengthOf(await trial.requests(), 0)
  })
})

describe.beyondNative('for await over a source that fails for good', () => {
  async function thrownBy(source: EventSource): Promise<Error> {
    try {
      for await (const event of source as unknown as AsyncIterable<MessageEvent>) assert.fail(event.data as string)
    } catch (error) {
      return error as Error
    }
    return assert.fail('it ended without an error')
  }

  it('throws the message, caused by what was thrown', async (trial) => {
    const cause = new Error('no luck')
    const headers = (): never => {
      throw cause
    }
    const { source } = open(trial, trial.at('/stream'), { headers, retry: { maxAttempts: 1 } })
    const error = await thrownBy(source)
    assert.match(error.message, /^the request could not be made: no luck/)
    assert.strictEqual(error.cause, cause)
  })

  it('throws the message, caused by the failure where nothing was thrown', async (trial) => {
    const { source } = open(trial, trial.at('/status/404'))
    const error = await thrownBy(source)
    assert.strictEqual(error.message, 'the server answered 404, not 200')
    assert.strictEqual((error.cause as EventSourceErrorEvent).reason, 'status')
  })
})
