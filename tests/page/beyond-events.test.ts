/**
 * What only our class tells and offers: the response at open, the reason at error, errors that name an option, and the
 * members beyond the standard's. Not run against native classes.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'
import { pause, type Trial } from './harness/trial'

interface ResponseInfo {
  url: string
  status: number
  statusText: string
  headers: Headers
  redirected: boolean
}

interface FailureEvent extends Event {
  reason: string
  message: string
  status?: number
  code?: number
  response?: ResponseInfo
  error?: unknown
  attempt: number
  reconnectIn: number | null
}

type Ours = EventSource & {
  readonly lastEventId: string
  readonly reconnectionTime: number
  reset(): void
  reconnect(): void
  [Symbol.asyncIterator](): AsyncIterableIterator<MessageEvent<string>>
}

type Factory = { fromReadableStream(stream: ReadableStream<Uint8Array>, init?: object): Ours }

function open(trial: Trial, url: string, options?: object): Ours {
  return trial.open(url, options) as Ours
}

async function failure(trial: Trial, url: string, options?: object): Promise<{ event: FailureEvent; source: Ours }> {
  const source = open(trial, url, options)
  const event = (await trial.record(source).until('error')) as unknown as FailureEvent
  return { event, source }
}

describe.beyondNative('the open event', () => {
  it('tells the response', async (trial) => {
    const url = trial.at('/stream', { body: ':\n', header: 'X-Answer:yes', end: 'stall' })
    const event = (await trial.record(open(trial, url)).until('open')) as unknown as { response: ResponseInfo }
    assert.strictEqual(event.response.status, 200)
    assert.strictEqual(event.response.url, url)
    assert.isString(event.response.statusText)
    assert.isFalse(event.response.redirected)
    assert.instanceOf(event.response.headers, Headers)
    assert.strictEqual(event.response.headers.get('x-answer'), 'yes')
    assert.strictEqual(event.response.headers.get('content-type'), 'text/event-stream')
  })

  it('tells of a redirect', async (trial) => {
    const to = trial.at('/stream', { body: ':\n', end: 'stall' })
    const source = open(trial, trial.at('/redirect', { to, status: 302 }))
    const event = (await trial.record(source).until('open')) as unknown as { response: ResponseInfo }
    assert.isTrue(event.response.redirected)
    assert.strictEqual(event.response.url, to)
  })
})

describe.beyondNative('the error event', () => {
  it('tells of a status', async (trial) => {
    const { event, source } = await failure(trial, trial.at('/stream', { status: 404, body: 'no' }))
    assert.strictEqual(event.reason, 'status')
    assert.strictEqual(event.status, 404)
    assert.strictEqual(event.code, 404)
    assert.strictEqual(event.response!.status, 404)
    assert.include(event.message, '404')
    assert.isNull(event.reconnectIn)
    assert.strictEqual(event.attempt, 1)
    assert.strictEqual(source.readyState, 2)
  })

  it('tells of a content type', async (trial) => {
    const { event } = await failure(trial, trial.at('/stream', { type: 'text/html', body: '<p>no</p>' }))
    assert.strictEqual(event.reason, 'content-type')
    assert.strictEqual(event.status, 200)
    assert.include(event.message, 'text/html')
    assert.include(event.message, 'text/event-stream')
    assert.isNull(event.reconnectIn)
  })

  it('tells of the end of the stream, and of the wait', async (trial) => {
    const { event, source } = await failure(trial, trial.at('/stream', { body: 'retry: 54321\ndata: x\n\n' }))
    assert.strictEqual(event.reason, 'end-of-stream')
    assert.isNumber(event.reconnectIn)
    assert.isAtLeast(event.reconnectIn!, 54321)
    assert.strictEqual(source.readyState, 0)
  })

  it('tells of a network error', async (trial) => {
    const url = trial.at('/stream', { body: 'retry: 60000\ndata: x\n\n', cuts: '22', pause: 40, end: 'reset' })
    const { event } = await failure(trial, url)
    assert.strictEqual(event.reason, 'network')
    assert.isNotEmpty(event.message)
    assert.instanceOf(event.error, Error)
  })

  it('counts the attempts in a row', async (trial) => {
    const url = await trial.script([{ refuse: true }], 'repeat')
    const source = open(trial, url, { reconnectionTime: 10 })
    const recorder = trial.record(source)
    const attempts: number[] = []
    for (let n = 0; n < 3; n++) attempts.push(((await recorder.until('error')) as unknown as FailureEvent).attempt)
    assert.deepEqual(attempts, [1, 2, 3])
  })

  it.alone('backs off: each wait in a row is longer', async (trial) => {
    const url = await trial.script([{ refuse: true }], 'repeat')
    const source = open(trial, url, { reconnectionTime: 60 })
    const recorder = trial.record(source)
    const waits: number[] = []
    for (let n = 0; n < 5; n++) waits.push(((await recorder.until('error')) as unknown as FailureEvent).reconnectIn!)
    assert.isAtLeast(waits[0]!, 60)
    // A part of each wait is random, so only far ones compare.
    assert.isAbove(waits[4]!, waits[0]! * 2)
  })

  it('keeps its fields out of its own properties', async (trial) => {
    const { event } = await failure(trial, trial.at('/stream', { status: 404, body: 'no' }))
    assert.deepEqual(
      Object.keys(event).filter((key) => key !== 'isTrusted'),
      [],
    )
  })
})

describe.beyondNative('an option of a wrong type', () => {
  const wrong: [string, unknown, string][] = [
    ['headers', 5, '5'],
    ['headers', 'Authorization: x', 'Authorization: x'],
    ['fetch', 'fetch', 'fetch'],
    ['signal', {}, 'signal'],
    ['reconnectionTime', 'soon', 'soon'],
    ['reconnectionTime', -1, '-1'],
    ['reconnectionTime', Number.NaN, 'NaN'],
    ['lastEventId', 7, '7'],
    ['lastEventId', 'a\u0000b', 'lastEventId'],
    ['lastEventId', 'a\nb', 'lastEventId'],
    ['method', 7, '7'],
    ['mode', 'sideways', 'sideways'],
    ['credentials', 'always', 'always'],
    ['cache', 'sometimes', 'sometimes'],
    ['redirect', 'perhaps', 'perhaps'],
  ]
  for (const [option, value, shown] of wrong) {
    const given = typeof value === 'number' ? String(value) : JSON.stringify(value)
    it(`throws an error that names it and what was given: ${option} ${given}`, () => {
      try {
        Reflect.construct(EventSource, ['/stream?end=stall', { [option]: value }])
      } catch (error) {
        // A number out of range is of the right type.
        if (typeof value !== 'number' || !option.endsWith('Time')) assert.instanceOf(error, TypeError)
        assert.match((error as Error).name, /^(Type|Range)Error$/)
        assert.include((error as TypeError).message, option)
        assert.include((error as TypeError).message, shown)
        return
      }
      assert.fail('nothing was thrown')
    })
  }

  it('may be undefined, for each', (trial) => {
    const options = Object.fromEntries(
      [...new Set(wrong.map(([option]) => option))].map((option) => [option, undefined]),
    )
    assert.strictEqual(open(trial, '/stream?end=stall', options).readyState, 0)
  })

  it('throws for a body with GET', () => {
    assert.throws(() => Reflect.construct(EventSource, ['/stream?end=stall', { body: 'x' }]), TypeError, /body/)
  })
})

describe.beyondNative('lastEventId and reconnectionTime', () => {
  it('follow the stream', async (trial) => {
    const source = open(trial, trial.at('/stream', { body: 'retry: 4321\nid: 7\ndata: x\n\n', end: 'stall' }))
    assert.strictEqual(source.lastEventId, '')
    assert.strictEqual(source.reconnectionTime, 3000)
    await trial.record(source).until('message')
    assert.strictEqual(source.lastEventId, '7')
    assert.strictEqual(source.reconnectionTime, 4321)
  })

  it('start from the options', (trial) => {
    const source = open(trial, '/stream?end=stall', { lastEventId: '3', reconnectionTime: 1234 })
    assert.strictEqual(source.lastEventId, '3')
    assert.strictEqual(source.reconnectionTime, 1234)
  })
})

describe.beyondNative('reconnect()', () => {
  it('ends a wait', async (trial) => {
    const url = await trial.script([
      { chunks: [{ text: 'retry: 60000\nid: 1\ndata: a\n\n' }] },
      { chunks: [{ text: 'data: b\n\n' }], end: 'stall' },
    ])
    const source = open(trial, url)
    const recorder = trial.record(source)
    await recorder.until('error')
    source.reconnect()
    await recorder.until('message')
    assert.deepEqual((await trial.requests())[1]!.headers['last-event-id'], ['1'])
  })
})

describe.beyondNative('for await', () => {
  it('gives every event of whatever type, in order, until close()', async (trial) => {
    const body = 'data: a\n\nevent: x\ndata: b\n\nevent: y\nid: 3\ndata: c\n\n'
    const source = open(trial, trial.at('/stream', { body, end: 'stall' }))
    const seen: string[] = []
    for await (const event of source) {
      seen.push(`${event.type} ${event.data} ${event.lastEventId}`)
      if (event.data === 'c') source.close()
    }
    assert.deepEqual(seen, ['message a ', 'x b ', 'y c 3'])
  })

  it('gives every event from its beginning on, in a chunk of which few were heard until then', async (trial) => {
    const unheard = (said: string) => `event: unheard\ndata: ${said}${'x'.repeat(50)}\n\n`.repeat(20)
    const chunks = [`${unheard('a')}data: é\n\n`]
    chunks.push(`${unheard('b')}data: begin\n\n${unheard('c')}data: é\n\n${unheard('d')}data: end\n\n`)
    const source = (EventSource as unknown as Factory).fromReadableStream(
      new ReadableStream({
        start(controller) {
          for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
        },
      }),
    )
    trial.after(() => source.close())
    const seen = await new Promise<string[]>((resolve) => {
      const all: string[] = []
      async function iterate() {
        for await (const { type, data } of source) {
          all.push(`${type} ${data.slice(0, 3)}`)
          if (data === 'end') break
        }
        resolve(all)
      }
      source.onmessage = ({ data }) => data === 'begin' && void iterate()
    })
    const twenty = (said: string) => Array<string>(20).fill(`unheard ${said}xx`)
    assert.deepEqual(seen, [...twenty('c'), 'message é', ...twenty('d'), 'message end'])
  })

  it('throws when the source fails for good', async (trial) => {
    const source = open(trial, trial.at('/stream', { status: 404, body: 'no' }))
    try {
      for await (const event of source) assert.fail(`an event came: ${event.data}`)
    } catch (error) {
      assert.include((error as Error).message, '404')
      return
    }
    assert.fail('it ended without an error')
  })

  it('holds a stream of one event a chunk back while nobody takes them', async (trial) => {
    if (typeof document === 'undefined') return
    // In a realm whose clock stands still: so many at once are delivered without a task for each.
    const realm = (await trial.frame()).contentWindow as Window & typeof globalThis
    realm.performance.now = () => 1000
    let pulled = 0
    const stream = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          // So many that it ends where nothing holds it back.
          if (++pulled <= 3000) controller.enqueue(new TextEncoder().encode(`data: ${pulled}\n\n`))
        },
      },
      { highWaterMark: 0 },
    )
    const source = (realm.EventSource as unknown as Factory).fromReadableStream(stream)
    trial.after(() => source.close())
    const events = source[Symbol.asyncIterator]()
    assert.strictEqual((await events.next()).value?.data, '1')
    for (let before = 0; before !== pulled; await pause(50)) before = pulled
    assert.isBelow(pulled, 1100)
    // None is lost, and it goes on.
    for (let n = 2; n <= 2000; n++) assert.strictEqual((await events.next()).value?.data, String(n))
  })
})

describe.beyondNative('fromReadableStream', () => {
  function from(trial: Trial, ...chunks: string[]): Ours {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
        controller.close()
      },
    })
    const source = (EventSource as unknown as Factory).fromReadableStream(stream)
    trial.after(() => source.close())
    return source
  }

  it('is a source of the url about:event-stream', (trial) => {
    const source = from(trial, '')
    assert.instanceOf(source, EventSource)
    assert.strictEqual(source.url, 'about:event-stream')
    assert.strictEqual(source.readyState, 0)
    assert.isFalse(source.withCredentials)
    assert.strictEqual(source.lastEventId, '')
    assert.isAbove(source.reconnectionTime, 0)
  })

  it('opens, gives messages of the origin null, fails at the end and never reconnects', async (trial) => {
    const source = from(trial, 'id: 7\nretry: 10\nda', 'ta: a\n\n', 'event: x\ndata: b\n\ndata: lost')
    const recorder = trial.record(source, 'x')
    await recorder.until('error')
    assert.strictEqual(source.readyState, 2)
    await pause(100)
    assert.deepEqual(recorder.brief, ['open', 'message: a', 'x: b', 'error'])
    assert.strictEqual((recorder.events[1] as MessageEvent).origin, 'null')
    assert.strictEqual((recorder.events[2] as MessageEvent).lastEventId, '7')
    assert.strictEqual(source.lastEventId, '7')
    assert.strictEqual(source.reconnectionTime, 10)
  })

  it('fails when the stream does', async (trial) => {
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.error(new Error('broken')) })
    const source = (EventSource as unknown as Factory).fromReadableStream(stream)
    const event = (await trial.record(source).until('error')) as unknown as FailureEvent
    assert.strictEqual(source.readyState, 2)
    assert.strictEqual((event.error as Error).message, 'broken')
  })

  it('throws a TypeError for a locked stream and for what is no stream', () => {
    const stream = new ReadableStream<Uint8Array>()
    stream.getReader()
    const { fromReadableStream } = EventSource as unknown as Factory
    for (const wrong of [stream, undefined, null, {}, 'text']) {
      assert.throws(() => Reflect.apply(fromReadableStream, EventSource, [wrong]), TypeError)
    }
  })

  it('cancels the stream at close()', async (trial) => {
    let cancelled = false
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('data: a\n\ndata: b\n\n')),
      cancel: () => void (cancelled = true),
    })
    const source = (EventSource as unknown as Factory).fromReadableStream(stream)
    const recorder = trial.record(source)
    source.onmessage = () => source.close()
    await recorder.until('message')
    await pause(50)
    assert.isTrue(cancelled)
    assert.deepEqual(recorder.data, ['a'])
  })

  it('can be fed from several streams, the unfinished event dropped between them by reset()', async (trial) => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const source = (EventSource as unknown as Factory).fromReadableStream(readable)
    trial.after(() => source.close())
    const recorder = trial.record(source)
    const writer = writable.getWriter()
    const write = (text: string): Promise<void> => writer.write(new TextEncoder().encode(text))
    await write('id: 1\ndata: a\n\ndata: cut')
    await recorder.until('message')
    await pause(20)
    source.reset()
    await write('data: b\n\n')
    await recorder.until('message')
    assert.deepEqual(recorder.data, ['a', 'b'])
    assert.strictEqual(source.lastEventId, '1')
  })
})
