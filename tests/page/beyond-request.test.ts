/**
 * Requests that only our class can make: headers, method, body, fetch, signal and Fetch's own options. Not run against
 * native classes. The contract is the package's declarations.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'
import type { Step } from './harness/server'
import { pause, type Trial } from './harness/trial'

interface Echo {
  method: string
  url: string
  headers: Record<string, string[]>
  body: string
}

interface Attempt {
  attempt: number
  lastEventId: string
  previous: { reason: string; status?: number } | null
}

interface FailureEvent extends Event {
  reason: string
  message: string
  error?: unknown
}

async function echo(trial: Trial, options: object, url = trial.at('/echo')): Promise<Echo> {
  const source = trial.open(url, options)
  const { data } = await trial.record(source).until('message')
  source.close()
  return JSON.parse(data) as Echo
}

const reconnecting: Step[] = [
  { chunks: [{ text: 'retry: 10\nid: 1\ndata: a\n\n' }] },
  { chunks: [{ text: 'data: b\n\n' }], end: 'stall' },
]

describe.beyondNative('the headers option', () => {
  const kinds: [string, () => unknown][] = [
    ['an object', () => ({ Authorization: 'Bearer 1', 'X-Two': 'zwei' })],
    ['Headers', () => new Headers({ Authorization: 'Bearer 1', 'X-Two': 'zwei' })],
    [
      'an array of pairs',
      () => [
        ['Authorization', 'Bearer 1'],
        ['X-Two', 'zwei'],
      ],
    ],
    ['a function', () => () => ({ Authorization: 'Bearer 1', 'X-Two': 'zwei' })],
    ['an async function', () => async () => new Headers({ Authorization: 'Bearer 1', 'X-Two': 'zwei' })],
    [
      'a function that takes its time',
      () => () =>
        pause(30).then(() => [
          ['Authorization', 'Bearer 1'],
          ['X-Two', 'zwei'],
        ]),
    ],
  ]
  for (const [kind, make] of kinds) {
    it(`may be ${kind}`, async (trial) => {
      const { headers } = await echo(trial, { headers: make() })
      assert.deepEqual(headers['authorization'], ['Bearer 1'])
      assert.deepEqual(headers['x-two'], ['zwei'])
      assert.deepEqual(headers['accept'], ['text/event-stream'])
    })
  }

  it('is sent with every attempt', async (trial) => {
    const source = trial.open(await trial.script(reconnecting), { headers: { 'X-Token': 'same' } })
    await trial.record(source).until('message', 2)
    const requests = await trial.requests()
    assert.deepEqual(
      requests.map(({ headers }) => headers['x-token']),
      [['same'], ['same']],
    )
    assert.deepEqual(requests[1]!.headers['last-event-id'], ['1'])
  })

  it('as a function is asked before each attempt, and told about it', async (trial) => {
    const asked: Attempt[] = []
    const headers = (attempt: Attempt): HeadersInit => {
      asked.push(attempt)
      return { 'X-Token': `token ${attempt.attempt}` }
    }
    const source = trial.open(await trial.script(reconnecting), { headers })
    await trial.record(source).until('message', 2)
    const requests = await trial.requests()
    assert.deepEqual(
      requests.map((request) => request.headers['x-token']),
      [['token 1'], ['token 2']],
    )
    assert.lengthOf(asked, 2)
    assert.strictEqual(asked[0]!.lastEventId, '')
    assert.isNull(asked[0]!.previous)
    assert.strictEqual(asked[1]!.lastEventId, '1')
    assert.strictEqual(asked[1]!.previous!.reason, 'end-of-stream')
  })

  it('that arrives after close() makes no request', async (trial) => {
    const source = trial.open(trial.at('/echo'), { headers: () => pause(50).then(() => ({})) })
    source.close()
    await pause(200)
    assert.lengthOf(await trial.requests(), 0)
  })

  it('as a function that fails says so in the error, and is asked again', async (trial) => {
    for (const failing of [
      () => {
        throw new Error('no token')
      },
      () => Promise.reject(new Error('no token')),
    ]) {
      let asked = 0
      const headers = (): unknown => (++asked === 1 ? failing() : { 'X-Token': 'late' })
      const source = trial.open(trial.at('/echo'), { headers, reconnectionTime: 10 })
      const recorder = trial.record(source)
      const event = (await recorder.until('error')) as unknown as FailureEvent
      assert.strictEqual((event.error as Error).message, 'no token')
      assert.strictEqual(source.readyState, 0)
      const { data } = await recorder.until('message')
      assert.deepEqual((JSON.parse(data) as Echo).headers['x-token'], ['late'])
      source.close()
    }
  })
})

describe.beyondNative('the method and body options', () => {
  it('make a POST', async (trial) => {
    const { method, body, headers } = await echo(trial, { method: 'POST', body: 'text ü' })
    assert.strictEqual(method, 'POST')
    assert.strictEqual(new TextDecoder().decode(Uint8Array.from(body, (c) => c.charCodeAt(0) & 0xff)).length > 0, true)
    assert.include(body, 'text')
    assert.match(String(headers['content-type']), /^text\/plain/)
  })

  it('take other methods', async (trial) => {
    for (const method of ['PUT', 'PATCH', 'DELETE', 'REPORT']) {
      assert.strictEqual((await echo(trial, { method, body: 'x' })).method, method)
    }
  })

  it('normalise a method as fetch does', async (trial) => {
    assert.strictEqual((await echo(trial, { method: 'post', body: 'x' })).method, 'POST')
  })

  const form = (): FormData => {
    const data = new FormData()
    data.set('field', 'value')
    return data
  }
  const bodies: [string, () => unknown, RegExp, RegExp][] = [
    ['a string', () => 'text', /^text$/, /text\/plain/],
    ['URLSearchParams', () => new URLSearchParams({ a: '1 2' }), /^a=1\+2$/, /application\/x-www-form-urlencoded/],
    ['FormData', form, /name="field"/, /multipart\/form-data/],
    ['a Blob', () => new Blob(['blob'], { type: 'application/x-own' }), /^blob$/, /application\/x-own/],
    ['an ArrayBuffer', () => new TextEncoder().encode('buffer').buffer, /^buffer$/, /^undefined$/],
    ['a typed array', () => new TextEncoder().encode('array'), /^array$/, /^undefined$/],
    ['a DataView', () => new DataView(new TextEncoder().encode('view').buffer), /^view$/, /^undefined$/],
    ['a function', () => () => 'made', /^made$/, /text\/plain/],
    ['an async function', () => async () => 'made', /^made$/, /text\/plain/],
  ]
  for (const [kind, make, expected, type] of bodies) {
    it(`send a body: ${kind}`, async (trial) => {
      const { body, headers } = await echo(trial, { method: 'POST', body: make() })
      assert.match(body, expected)
      assert.match(String(headers['content-type']), type)
    })
  }

  it('send the Content-Type that headers name', async (trial) => {
    const headers = { 'Content-Type': 'application/json' }
    const { headers: sent, body } = await echo(trial, { method: 'POST', headers, body: '{"a":1}' })
    assert.deepEqual(sent['content-type'], ['application/json'])
    assert.strictEqual(body, '{"a":1}')
  })

  it('do not send a POST twice: the end of its answer closes the source, with the reason', async (trial) => {
    const source = trial.open(await trial.script([{ chunks: [{ text: 'retry: 10\nid: 1\ndata: a\n\n' }] }], 'repeat'), {
      method: 'POST',
      body: 'prompt',
    })
    const recorder = trial.record(source)
    const event = (await recorder.until('error')) as unknown as FailureEvent
    assert.strictEqual(source.readyState, 2)
    assert.strictEqual(event.reason, 'end-of-stream')
    await pause(400)
    assert.deepEqual(recorder.brief, ['open', 'message: a', 'error'])
    assert.lengthOf(await trial.requests(), 1)
  })

  it('send a POST again where a body function makes it anew', async (trial) => {
    const asked: Attempt[] = []
    const body = (attempt: Attempt): string => {
      asked.push(attempt)
      return `part ${attempt.attempt} after ${attempt.lastEventId}`
    }
    const source = trial.open(await trial.script(reconnecting), { method: 'POST', body })
    await trial.record(source).until('message', 2)
    const requests = await trial.requests()
    assert.deepEqual(
      requests.map((request) => [request.method, request.body]),
      [
        ['POST', 'part 1 after '],
        ['POST', 'part 2 after 1'],
      ],
    )
    assert.lengthOf(asked, 2)
  })
})

describe.beyondNative('the fetch option', () => {
  const answer = (text: string, init: ResponseInit = {}): Response =>
    new Response(text, { headers: { 'Content-Type': 'text/event-stream' }, ...init })

  /** WebKitGTK has no streams of bytes; what is fed with them is a stream all the same. */
  function bytesOf(source: Omit<UnderlyingByteSource, 'type'>): ReadableStream {
    try {
      return new ReadableStream({ ...source, type: 'bytes' })
    } catch {
      return new ReadableStream(source as UnderlyingDefaultSource)
    }
  }

  it('is used in place of the global one', async (trial) => {
    const calls: [string, RequestInit][] = []
    const own = async (url: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
      calls.push([String(url instanceof Request ? url.url : url), init ?? {}])
      return answer('data: own\n\n')
    }
    const source = trial.open(trial.at('/stream'), { fetch: own, headers: { 'X-Own': '1' } })
    assert.strictEqual((await trial.record(source).until('message')).data, 'own')
    source.close()
    assert.strictEqual(calls[0]![0], trial.at('/stream'))
    const headers = new Headers(calls[0]![1].headers)
    assert.strictEqual(headers.get('accept'), 'text/event-stream')
    assert.strictEqual(headers.get('x-own'), '1')
    assert.lengthOf(await trial.requests(), 0)
  })

  it('is told of close() by its signal', async (trial) => {
    let signal: AbortSignal | undefined | null
    const own = (_: unknown, init?: RequestInit): Promise<Response> => {
      signal = init?.signal
      return new Promise(() => {})
    }
    const source = trial.open(trial.at('/stream'), { fetch: own })
    await pause(30)
    assert.isFalse(signal!.aborted)
    source.close()
    assert.isTrue(signal!.aborted)
  })

  it('has its body cancelled by close()', async (trial) => {
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('data: x\n\n')),
      cancel: () => void (cancelled = true),
    })
    const own = async (): Promise<Response> => new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
    const source = trial.open(trial.at('/stream'), { fetch: own })
    await trial.record(source).until('message')
    source.close()
    await pause(50)
    assert.isTrue(cancelled)
  })

  it('may answer with a stream of bytes that ends without a word to a reader that brought memory', async (trial) => {
    const body = bytesOf({
      start: (controller) => controller.enqueue(new TextEncoder().encode('data: x\n\n')),
      pull: (controller) => controller.close(),
    })
    const own = async (): Promise<Response> => new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
    const recorder = trial.record(trial.open(trial.at('/stream'), { fetch: own, reconnectionTime: 60_000 }))
    assert.strictEqual((await recorder.until('message')).data, 'x')
    assert.strictEqual(((await recorder.until('error')) as unknown as FailureEvent).reason, 'end-of-stream')
  })

  it('that fails says so in the error, and is called again', async (trial) => {
    for (const failing of [
      () => {
        throw new Error('own failure')
      },
      () => Promise.reject(new Error('own failure')),
    ]) {
      let calls = 0
      const own = (): Promise<Response> => (++calls === 1 ? failing() : Promise.resolve(answer('data: x\n\n')))
      const source = trial.open(trial.at('/stream'), { fetch: own, reconnectionTime: 10 })
      const recorder = trial.record(source)
      const event = (await recorder.until('error')) as unknown as FailureEvent
      assert.strictEqual((event.error as Error).message, 'own failure')
      await recorder.until('message')
      source.close()
      assert.strictEqual(calls, 2)
    }
  })
})

describe.beyondNative('the signal option', () => {
  it('closes the source and releases the connection', async (trial) => {
    const controller = new AbortController()
    const source = trial.open(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }), { signal: controller.signal })
    const recorder = trial.record(source)
    await recorder.until('message')
    controller.abort()
    assert.strictEqual(source.readyState, 2)
    await trial.requestsUntil((requests) => requests.every((request) => !request.open), 'after abort()')
  })

  it('aborted before makes no request', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }), {
      signal: AbortSignal.abort(),
    })
    const recorder = trial.record(source)
    await pause(150)
    assert.strictEqual(source.readyState, 2)
    assert.notInclude(recorder.brief, 'open')
    assert.lengthOf(await trial.requests(), 0)
  })

  it('stops reconnection', async (trial) => {
    const controller = new AbortController()
    const source = trial.open(trial.at('/stream', { body: 'retry: 100\n\n' }), { signal: controller.signal })
    await trial.record(source).until('error')
    controller.abort()
    await pause(300)
    assert.strictEqual(source.readyState, 2)
    assert.lengthOf(await trial.requests(), 1)
  })
})

describe.beyondNative('Fetch’s options', () => {
  it('credentials decides about cookies, and wins over withCredentials', async (trial) => {
    const name = `o${trial.key.replaceAll('-', '')}`
    await fetch(trial.at('/cookies/set', { [name]: 'baked', key: undefined }))
    for (const [options, sent] of [
      [{ credentials: 'omit' }, false],
      [{ credentials: 'same-origin' }, true],
      [{ credentials: 'include' }, true],
      [{ credentials: 'omit', withCredentials: true }, false],
    ] as const) {
      const source = trial.open(trial.at('/cookies/echo'), options)
      const { data } = await trial.record(source).until('message')
      source.close()
      assert.strictEqual(data.includes(`${name}=baked`), sent, JSON.stringify(options))
    }
  })

  it('credentials: include is withCredentials', (trial) => {
    assert.isTrue(trial.open('/stream?end=stall', { credentials: 'include' }).withCredentials)
    assert.isFalse(trial.open('/stream?end=stall', { credentials: 'omit', withCredentials: true }).withCredentials)
  })

  it('mode: same-origin refuses another origin', async (trial) => {
    const source = trial.open(trial.elsewhere('/stream', { body: 'data: x\n\n', cors: '*' }), { mode: 'same-origin' })
    const recorder = trial.record(source)
    await recorder.until('error')
    assert.deepEqual(recorder.brief.slice(0, 1), ['error'])
    source.close()
  })

  it('redirect: error follows none', async (trial) => {
    const to = trial.at('/stream', { body: 'data: x\n\n', end: 'stall' })
    const source = trial.open(trial.at('/redirect', { to, status: 307 }), { redirect: 'error' })
    const recorder = trial.record(source)
    await recorder.until('error')
    assert.deepEqual(recorder.brief, ['error'])
    source.close()
  })

  it('referrerPolicy: no-referrer sends no Referer', async (trial) => {
    const { headers } = await echo(trial, { referrerPolicy: 'no-referrer' })
    assert.notProperty(headers, 'referer')
  })

  it('lastEventId is sent with the first request', async (trial) => {
    const { headers } = await echo(trial, { lastEventId: '42 ü' })
    assert.deepEqual(headers['last-event-id'], [String.fromCharCode(...new TextEncoder().encode('42 ü'))])
  })

  it('lastEventId is that of messages until they name one', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'data: a\n\nid: 2\ndata: b\n\n', end: 'stall' }), {
      lastEventId: '1',
    })
    const recorder = trial.record(source)
    await recorder.until('message', 2)
    assert.deepEqual(
      recorder.events.slice(1).map((event) => (event as MessageEvent).lastEventId),
      ['1', '2'],
    )
  })

  it('reconnectionTime holds until the stream names one', async (trial) => {
    const url = await trial.script([
      { chunks: [{ text: 'data: a\n\n' }] },
      { chunks: [{ text: 'data: b\n\n' }], end: 'stall' },
    ])
    const started = performance.now()
    const source = trial.open(url, { reconnectionTime: 20 })
    await trial.record(source).until('message', 2)
    assert.isBelow(performance.now() - started, 2000)
  })
})
