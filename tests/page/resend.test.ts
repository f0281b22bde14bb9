/**
 * What is sent again and what is not: header and body functions that learn from the failure before, requests that are
 * not GETs, bodies that are streams, and the id as a query parameter. Not run against native classes.
 */
import { assert } from 'chai'
import type { ConnectionAttempt, EventSourceErrorEvent } from '../../js/types'
import { describe, it } from './harness/bdd'
import type { Recorder } from './harness/recorder'
import type { Step } from './harness/server'
import { pause, type Trial } from './harness/trial'

type Ours = EventSource & { reconnect(): void }

const once: Step = { chunks: [{ text: 'retry: 10\nid: 1\ndata: a\n\n' }] }
const stays: Step = { chunks: [{ text: 'data: b\n\n' }], end: 'stall' }

function open(trial: Trial, url: string, options: object): { source: Ours; recorder: Recorder } {
  const source = trial.open(url, options) as Ours
  return { source, recorder: trial.record(source) }
}

async function failed(recorder: Recorder): Promise<EventSourceErrorEvent> {
  return (await recorder.until('error')) as unknown as EventSourceErrorEvent
}

function answer(text: string): Response {
  return new Response(text, { headers: { 'Content-Type': 'text/event-stream' } })
}

describe.beyondNative('a function for headers or body', () => {
  it('gets a fresh token where the old one was answered with 401', async (trial) => {
    const url = await trial.script([{ status: 401, headers: { 'X-Why': 'expired' } }, stays])
    let token = 'stale'
    const headers = async ({ previous }: ConnectionAttempt): Promise<HeadersInit> => {
      if (previous?.status === 401 && previous.response?.headers.get('x-why') === 'expired') token = 'fresh'
      return { Authorization: `Bearer ${token}` }
    }
    const { recorder } = open(trial, url, { headers, reconnectionTime: 10, retry: { statuses: [401] } })
    await recorder.until('message')
    assert.deepEqual(
      (await trial.requests()).map((request) => request.headers['authorization']),
      [['Bearer stale'], ['Bearer fresh']],
    )
  })

  it('is told of each failure in turn', async (trial) => {
    const asked: ConnectionAttempt[] = []
    const note = (attempt: ConnectionAttempt): string => {
      asked.push(attempt)
      return 'x'
    }
    const url = await trial.script([once, { status: 503 }, { chunks: [{ text: ':\n' }], end: 'close' }, stays])
    const options = { method: 'POST', body: note, retry: { statuses: [503], factor: 1, jitter: 0 } }
    const { recorder } = open(trial, url, options)
    await recorder.until('message', 2)
    assert.deepEqual(
      asked.map(({ attempt, lastEventId, previous }) => [attempt, lastEventId, previous && previous.reason]),
      [
        [1, '', null],
        [2, '1', 'end-of-stream'],
        [3, '1', 'status'],
        [4, '1', 'end-of-stream'],
      ],
    )
    assert.strictEqual(asked[2]!.previous!.status, 503)
    assert.strictEqual(asked[2]!.previous!.reconnectIn, 10)
  })

  for (const option of ['headers', 'body']) {
    it(`that gives nonsense (${option}) makes an error, and is asked again`, async (trial) => {
      let asked = 0
      const wrong =
        option === 'headers' ? 5 : new ReadableStream({ start: (controller) => controller.error(new Error('x')) })
      const right = option === 'headers' ? {} : 'x'
      const give = (): unknown => (++asked === 1 ? wrong : right)
      // Browsers differ in what they make of a stream that fails; fetch itself is sure to refuse one that is locked.
      if (wrong instanceof ReadableStream) wrong.getReader().closed.catch(() => {})
      const options = { method: 'POST', [option]: give, reconnectionTime: 10, retry: {} }
      const own = async (url: string, init: RequestInit): Promise<Response> => {
        new Request(url, init)
        if (init.body instanceof ReadableStream) throw new TypeError('the stream is locked')
        return answer('data: b\n\n')
      }
      const { source, recorder } = open(trial, trial.at('/stream'), { ...options, fetch: own })
      const event = await failed(recorder)
      assert.oneOf(event.reason, ['request', 'network'])
      assert.instanceOf(event.error, TypeError)
      await recorder.until('message')
      source.close()
    })
  }
})

describe.beyondNative('a POST', () => {
  const post = { method: 'POST', body: 'prompt', reconnectionTime: 10 }

  async function isNotSentAgain(trial: Trial, steps: Step[], reason: string, given: string[] = []): Promise<void> {
    const { source, recorder } = open(trial, await trial.script([...steps, stays]), post)
    const event = await failed(recorder)
    assert.strictEqual(event.reason, reason)
    assert.match(event.message, /not a GET.*not sent again/)
    assert.isNull(event.reconnectIn)
    assert.strictEqual(source.readyState, 2)
    await pause(150)
    assert.deepEqual(recorder.data, given)
    assert.lengthOf(await trial.requests(), 1)
  }

  it('is not sent again after the end of its answer', (trial) => isNotSentAgain(trial, [once], 'end-of-stream', ['a']))

  it('is not sent again after an answer that broke', (trial) => {
    const broken: Step = { chunks: [{ text: 'data: a\n\n' }, { text: 'data: b', pause: 50 }], end: 'reset' }
    return isNotSentAgain(trial, [broken], 'network', ['a'])
  })

  it('is not sent again after an empty answer', (trial) => isNotSentAgain(trial, [{}], 'end-of-stream'))

  const allowed: [string, object][] = [
    ['a retry object', { retry: {} }],
    ['a retry function', { retry: () => 10 }],
    ['a body function', { body: () => 'prompt' }],
  ]
  for (const [what, options] of allowed) {
    it(`is sent again with ${what}`, async (trial) => {
      const { recorder } = open(trial, await trial.script([once, stays]), { ...post, ...options })
      await recorder.until('message', 2)
      assert.deepEqual(
        (await trial.requests()).map(({ method, body }) => [method, body]),
        [
          ['POST', 'prompt'],
          ['POST', 'prompt'],
        ],
      )
    })
  }

  it('is sent again where no answer came', async (trial) => {
    let calls = 0
    const own = async (): Promise<Response> => {
      if (++calls < 3) throw new TypeError('unreachable')
      return answer('data: b\n\n')
    }
    const { source, recorder } = open(trial, trial.at('/stream'), { ...post, fetch: own })
    assert.strictEqual((await failed(recorder)).reconnectIn, 10)
    await recorder.until('message')
    source.close()
    assert.strictEqual(calls, 3)
  })

  it('is sent again by reconnect(), which is asked for', async (trial) => {
    const url = await trial.script([{ ...once, end: 'stall' }, stays])
    const { source, recorder } = open(trial, url, post)
    await recorder.until('message')
    source.reconnect()
    await recorder.until('message')
    assert.lengthOf(await trial.requests(), 2)
  })

  it('is not sent again in the hope that it was not CORS that refused it', async (trial) => {
    const url = trial.elsewhere('/stream', { body: 'data: x\n\n' })
    const { source, recorder } = open(trial, url, { method: 'POST', body: 'prompt' })
    const event = await failed(recorder)
    assert.match(event.message, /CORS/)
    assert.strictEqual(source.readyState, 2)
    assert.lengthOf(
      (await trial.requests()).filter(({ method }) => method === 'POST'),
      1,
    )
  })
})

describe.beyondNative('a body that is a stream', () => {
  const make = (): ReadableStream<Uint8Array> =>
    new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('once'))
        controller.close()
      },
    })
  /** Reads the body as a server would: which browsers send a stream is not the question. */
  const reader = (bodies: string[], answers: string[]) => {
    return async (_: string, init: RequestInit & { duplex?: string }): Promise<Response> => {
      assert.strictEqual(init.duplex, 'half')
      bodies.push(await new Response(init.body).text())
      const text = answers[Math.min(bodies.length, answers.length) - 1]!
      if (text === '') throw new TypeError('the line is dead')
      return answer(text)
    }
  }

  const refused: [string, object, string, string][] = [
    ['after the end of the answer', { retry: {} }, 'data: a\n\n', 'end-of-stream'],
    ['where a function says so, either', { retry: () => 10 }, 'data: a\n\n', 'end-of-stream'],
    ['after no answer', { retry: {} }, '', 'network'],
  ]
  for (const [when, options, text, reason] of refused) {
    it(`is not sent a second time ${when}, and the error says why`, async (trial) => {
      const bodies: string[] = []
      const all = { method: 'POST', body: make(), reconnectionTime: 10, fetch: reader(bodies, [text]), ...options }
      const { source, recorder } = open(trial, trial.at('/stream'), all)
      const event = await failed(recorder)
      assert.strictEqual(event.reason, reason)
      assert.match(event.message, /stream and can't be sent twice.*function/)
      assert.strictEqual(event.message.split('sent twice').length, 2, 'said once')
      assert.isNull(event.reconnectIn)
      assert.strictEqual(source.readyState, 2)
      await pause(60)
      assert.deepEqual(bodies, ['once'])
    })
  }

  it('is not sent a second time by reconnect()', async (trial) => {
    const bodies: string[] = []
    const own = async (_: string, init: RequestInit): Promise<Response> => {
      bodies.push(await new Response(init.body).text())
      return fetch(trial.at('/stream', { body: 'data: a\n\n', end: 'stall' }), { signal: init.signal ?? null })
    }
    const { source, recorder } = open(trial, trial.at('/stream'), { method: 'POST', body: make(), fetch: own })
    await recorder.until('message')
    source.reconnect()
    const event = await failed(recorder)
    assert.strictEqual(event.reason, 'request')
    assert.match(event.message, /stream and can't be sent twice/)
    assert.notMatch(event.message, /page/)
    assert.strictEqual(source.readyState, 2)
    assert.deepEqual(bodies, ['once'])
  })

  it('that a function makes anew is', async (trial) => {
    const bodies: string[] = []
    const own = reader(bodies, ['data: a\n\n', 'data: b\n\n'])
    const { source, recorder } = open(trial, trial.at('/stream'), {
      method: 'POST',
      body: make,
      reconnectionTime: 10,
      fetch: own,
    })
    await recorder.until('message', 2)
    source.close()
    assert.deepEqual(bodies.slice(0, 2), ['once', 'once'])
  })
})

describe.beyondNative('lastEventIdQueryParameterName', () => {
  it('sends the id in the query in place of the header', async (trial) => {
    const url = await trial.script([{ chunks: [{ text: 'retry: 10\nid: ü &=1\ndata: a\n\n' }] }, stays], 'stop', {
      q: '1',
    })
    const { source, recorder } = open(trial, url, { lastEventIdQueryParameterName: 'since' })
    await recorder.until('message', 2)
    const [first, second] = await trial.requests()
    assert.isNull(new URL(first!.url, trial.origin).searchParams.get('since'))
    const { searchParams } = new URL(second!.url, trial.origin)
    assert.deepEqual(searchParams.getAll('since'), ['ü &=1'])
    assert.strictEqual(searchParams.get('q'), '1')
    assert.notProperty(second!.headers, 'last-event-id')
    assert.strictEqual(source.url, url)
  })

  it('sends the latest id only, over one that the URL has', async (trial) => {
    const steps = [once, { chunks: [{ text: 'id: 2\ndata: c\n\n' }] }, stays]
    const url = await trial.script(steps, 'stop', { since: '0' })
    const { recorder } = open(trial, url, { lastEventIdQueryParameterName: 'since' })
    await recorder.until('message', 3)
    const sent = (await trial.requests()).map((request) =>
      new URL(request.url, trial.origin).searchParams.getAll('since'),
    )
    assert.deepEqual(sent, [['0'], ['1'], ['2']])
  })

  it('sends the one of the options with the first request', async (trial) => {
    const { recorder } = open(trial, trial.at('/echo'), { lastEventIdQueryParameterName: 'since', lastEventId: '7' })
    const { url } = JSON.parse((await recorder.until('message')).data) as { url: string }
    assert.strictEqual(new URL(url, trial.origin).searchParams.get('since'), '7')
  })

  it('spares another origin the preflight', async (trial) => {
    const url = trial.elsewhere('/numbered', { count: 4, perConnection: 2, retry: 10, cors: '*' })
    const { recorder } = open(trial, url, { lastEventIdQueryParameterName: 'lastEventId' })
    await recorder.until('message', 4)
    assert.deepEqual(recorder.data, ['0', '1', '2', '3'])
    assert.lengthOf(await trial.preflights(), 0)
  })
})
