/**
 * What the world outside does that nobody would do on purpose: probes that are never answered, a `fetch` that ignores
 * its signal, objects of another realm, bodies that were used before, chunks that are all there at once, and a page that
 * is busy. Not run against native classes.
 */
import { assert } from 'chai'
import type { EventSourceErrorEvent } from '../../js/types'
import { describe, it } from './harness/bdd'
import type { Recorder } from './harness/recorder'
import type { Step } from './harness/server'
import { install, pause, type Trial } from './harness/trial'

type Factory = { fromReadableStream(stream: ReadableStream<Uint8Array>, init?: object): EventSource }
type Realm = Window & typeof globalThis

const stays: Step = { chunks: [{ text: 'data: there\n\n' }], end: 'stall' }
const eventStream = { headers: { 'Content-Type': 'text/event-stream' } }

function open(trial: Trial, url: string, options: object = {}): { source: EventSource; recorder: Recorder } {
  const source = trial.open(url, { reconnectionTime: 10, ...options })
  return { source, recorder: trial.record(source) }
}

async function failed(recorder: Recorder): Promise<EventSourceErrorEvent> {
  return (await recorder.until('error')) as unknown as EventSourceErrorEvent
}

function stream(...chunks: unknown[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) {
        controller.enqueue((typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk) as Uint8Array)
      }
    },
  })
}

function read(trial: Trial, body: ReadableStream<Uint8Array>): { source: EventSource; recorder: Recorder } {
  const source = (EventSource as unknown as Factory).fromReadableStream(body)
  trial.after(() => source.close())
  return { source, recorder: trial.record(source) }
}

describe.beyondNative('a probe that is never answered', () => {
  /** Milliseconds after which a source must have given up waiting for it. */
  const patience = 8000

  /** Refused by CORS; then whatever is asked next hangs; then all is well. */
  async function script(trial: Trial, delay: number): Promise<string> {
    const allowed = { ...stays, headers: { 'Access-Control-Allow-Origin': '*' } }
    await trial.script([{ chunks: [{ text: ':\n' }] }, { delay }, allowed], 'repeat')
    return trial.elsewhere(`/script/${trial.key}`, { key: undefined })
  }

  async function goesOn(trial: Trial, url: string): Promise<void> {
    const { source, recorder } = open(trial, url)
    const late = pause(patience).then(() => assert.fail(`no error within ${patience} ms`))
    const event = await Promise.race([failed(recorder), late])
    assert.strictEqual(event.reason, 'network')
    assert.strictEqual(event.reconnectIn, 10)
    assert.strictEqual(source.readyState, 0)
    await recorder.until('message')
    assert.deepEqual(recorder.brief, ['error', 'open', 'message: there'])
  }

  it('does not hang the source: an error comes, and it connects again', async (trial) => {
    await goesOn(trial, await script(trial, 600_000))
    const isProbe = ({ method }: { method: string }): boolean => method === 'HEAD'
    await trial.requestsUntil((all) => all.some(isProbe) && !all.find(isProbe)!.open, 'the probe')
  })

  it('does not hang it after a redirect from its own origin, either', async (trial) => {
    // Firefox does not let go of a request that was redirected, whoever aborts it: here the server does, in the end.
    const to = await script(trial, patience + 1000)
    await goesOn(trial, trial.at('/redirect', { to, key: `${trial.key}-redirect` }))
  })
})

describe.beyondNative('a fetch that ignores its signal', () => {
  function endless(): { body: ReadableStream<Uint8Array>; cancelled: Promise<void> } {
    let cancel!: () => void
    const cancelled = new Promise<void>((resolve) => (cancel = resolve))
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new TextEncoder().encode(':\n')),
      cancel,
    })
    return { body, cancelled }
  }

  async function within(milliseconds: number, promise: Promise<void>, what: string): Promise<void> {
    await Promise.race([promise, pause(milliseconds).then(() => assert.fail(what))])
  }

  const refused: [string, ResponseInit, object?][] = [
    ['status 500', { ...eventStream, status: 500 }],
    ['another type', { headers: { 'Content-Type': 'text/html' } }],
    ['no type', {}],
    ['a status to retry', { ...eventStream, status: 503 }, { retry: { statuses: [503] }, reconnectionTime: 60_000 }],
  ]
  for (const [what, init, options] of refused) {
    it(`has its body cancelled where the response is refused for ${what}`, async (trial) => {
      const { body, cancelled } = endless()
      const { recorder } = open(trial, trial.at('/stream'), { fetch: async () => new Response(body, init), ...options })
      assert.oneOf((await failed(recorder)).reason, ['status', 'content-type'])
      await within(1000, cancelled, 'nobody cancelled the body')
    })
  }

  it('has its body cancelled where the response comes after close()', async (trial) => {
    const { body, cancelled } = endless()
    let respond!: (response: Response) => void
    const { source } = open(trial, trial.at('/stream'), { fetch: () => new Promise((resolve) => (respond = resolve)) })
    await pause(20)
    source.close()
    respond(new Response(body, eventStream))
    await within(1000, cancelled, 'nobody cancelled the body')
  })
})

describe.beyondNative('an object of another realm', () => {
  if (typeof document === 'undefined') return

  /** A frame of the same origin, without our class. */
  function realm(trial: Trial): Realm {
    const frame = document.createElement('iframe')
    trial.after(() => frame.remove())
    document.body.append(frame)
    return frame.contentWindow as Realm
  }

  it('is taken for a Response: that of its fetch', async (trial) => {
    const inside = realm(trial)
    const own = (url: string, init: RequestInit): Promise<Response> => inside.fetch(url, init)
    const { recorder } = open(trial, trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }), { fetch: own })
    const event = (await recorder.next()) as unknown as { type: string; response: { status: number } }
    assert.strictEqual(event.type, 'open')
    assert.strictEqual(event.response.status, 200)
    assert.strictEqual((await recorder.until('message')).data, 'x')
  })

  it('is taken for a Response: one that it made', async (trial) => {
    const inside = realm(trial)
    const own = async (): Promise<Response> => new inside.Response('data: x\n\n', eventStream)
    const { source, recorder } = open(trial, trial.at('/stream'), { fetch: own })
    assert.strictEqual((await recorder.until('message')).data, 'x')
    source.close()
    assert.notInclude(recorder.brief, 'error')
  })

  it('is taken for a signal', async (trial) => {
    const controller = new (realm(trial).AbortController)()
    const url = trial.at('/stream', { body: 'data: x\n\n', end: 'stall' })
    const { source, recorder } = open(trial, url, { signal: controller.signal })
    await recorder.until('message')
    const why = new Error('enough')
    controller.abort(why)
    assert.strictEqual(source.readyState, 2)
    const event = await failed(recorder)
    assert.strictEqual(event.reason, 'aborted')
    assert.strictEqual(event.error, why)
    await trial.requestsUntil((all) => all.every((request) => !request.open), 'after abort()')
  })

  it('is taken for a stream', async (trial) => {
    const inside = realm(trial)
    let cancelled = false
    const body = new inside.ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('data: x\n\n')),
      cancel: () => void (cancelled = true),
    })
    const { source, recorder } = read(trial, body)
    assert.strictEqual((await recorder.until('message')).data, 'x')
    source.close()
    await pause(20)
    assert.isTrue(cancelled)
  })

  it('is taken for a chunk', async (trial) => {
    const inside = realm(trial)
    const chunks = ['data: x\n', '\ndata: y\n\n'].map((text) => new inside.Uint8Array(new TextEncoder().encode(text)))
    const { source, recorder } = read(trial, stream(...chunks))
    await recorder.until('message', 2)
    assert.deepEqual(recorder.data, ['x', 'y'])
    source.close()
    assert.notInclude(recorder.brief, 'error')
  })

  it('that is no Response is refused all the same', async (trial) => {
    const inside = realm(trial)
    const { recorder } = open(trial, trial.at('/stream'), { fetch: () => new inside.Object() })
    assert.strictEqual((await failed(recorder)).reason, 'request')
  })
})

describe.beyondNative('a Response whose body', () => {
  const spoiled: [string, RegExp, (response: Response) => unknown][] = [
    ['is locked', /locked|used/, (response) => response.body!.getReader()],
    ['was read', /locked|used/, (response) => response.text()],
    [
      'was read in part',
      /locked|used/,
      async (response) => {
        const reader = response.body!.getReader()
        await reader.read()
        reader.releaseLock()
      },
    ],
  ]
  for (const [what, message, spoil] of spoiled) {
    it(`${what} is a request that could not be made, and no stream that ended`, async (trial) => {
      let calls = 0
      const own = async (): Promise<Response> => {
        const response = new Response('data: x\n\n', eventStream)
        if (++calls === 1) await spoil(response)
        return response
      }
      const { source, recorder } = open(trial, trial.at('/stream'), { fetch: own })
      const event = await failed(recorder)
      assert.strictEqual(event.reason, 'request')
      assert.match(event.message, message)
      assert.strictEqual(event.reconnectIn, 10)
      assert.strictEqual((await recorder.until('message')).data, 'x')
      source.close()
      assert.deepEqual(recorder.brief, ['error', 'open', 'message: x'])
    })
  }
})

describe.beyondNative('chunks that are all there at once', () => {
  const cuts: [string, string[]][] = [
    ['one event each', ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']],
    ['several events each', ['data: 1\n\ndata: 2\n\n', 'data: 3\n\ndata: 4\n\n', 'data: 5\n\n']],
    ['events across them', ['data: 1\n\ndata:', ' 2\n\ndata: 3', '\n\n']],
  ]
  for (const [what, chunks] of cuts) {
    it(`give way to the promises of each event: ${what}`, async (trial) => {
      const { source } = read(trial, stream(...chunks))
      const order: string[] = []
      const count = chunks.join('').split('data').length - 1
      await new Promise<void>((resolve) => {
        source.onmessage = async ({ data }) => {
          order.push(data as string)
          await undefined
          await undefined
          await undefined
          order.push(`after ${data}`)
          if (data === String(count)) resolve()
        }
      })
      assert.deepEqual(order, Array.from({ length: count }, (_, n) => [`${n + 1}`, `after ${n + 1}`]).flat())
    })
  }
})

describe.beyondNative('an iterator that is made after its source', () => {
  const iterator = (source: EventSource): AsyncIterator<MessageEvent> =>
    (source as unknown as AsyncIterable<MessageEvent>)[Symbol.asyncIterator]()

  async function rejection(promise: Promise<unknown>): Promise<Error> {
    return promise.then(
      (value) => assert.fail(`it gave ${JSON.stringify(value)}`),
      (error: unknown) => error as Error,
    )
  }

  it('failed for good throws that failure at its first next(), and is done', async (trial) => {
    const { source, recorder } = open(trial, trial.at('/status/404'))
    await failed(recorder)
    for (const events of [iterator(source), iterator(source)]) {
      const error = await rejection(events.next())
      assert.strictEqual(error.message, 'the server answered 404, not 200')
      assert.strictEqual((error.cause as EventSourceErrorEvent).reason, 'status')
      assert.isTrue((await events.next()).done)
    }
  })

  it('failed for good is done where it is not asked for more', async (trial) => {
    const { source, recorder } = open(trial, trial.at('/status/404'))
    await failed(recorder)
    const events = iterator(source)
    assert.isTrue((await events.return!()).done)
    assert.isTrue((await events.next()).done)
  })

  it('was closed is done', async (trial) => {
    const { source, recorder } = open(trial, await trial.script([stays]))
    await recorder.until('message')
    source.close()
    assert.isTrue((await iterator(source).next()).done)
  })
})

describe.beyondNative('a body function that gives a stream', () => {
  it('is asked again for the request that is to confirm a refusal', async (trial) => {
    const url = trial.elsewhere('/stream')
    const bodies: string[] = []
    const real = globalThis.fetch
    trial.after(() => (globalThis.fetch = real))
    // The first answer is refused, the probe reaches the server, the second answer is fine. No browser can be relied on
    // to send a stream, so this one reads it as a server would.
    const fake = async (init: RequestInit): Promise<Response> => {
      if (init.method === 'HEAD') return new Response()
      bodies.push(await new Response(init.body).text())
      if (bodies.length === 1) throw new TypeError('refused')
      return new Response('data: there\n\n', eventStream)
    }
    globalThis.fetch = (input, init) => (input === url ? fake(init!) : real(input, init))
    let made = 0
    const { source, recorder } = open(trial, url, {
      method: 'POST',
      body: () => {
        const part = new TextEncoder().encode(`part ${++made}`)
        return new ReadableStream({ pull: (controller) => (controller.enqueue(part), controller.close()) })
      },
    })
    assert.strictEqual((await recorder.until('message')).data, 'there')
    source.close()
    assert.deepEqual(recorder.brief, ['open', 'message: there'])
    assert.deepEqual(bodies, ['part 1', 'part 2'])
  })
})

describe.beyondNative('a page that is busy for longer than heartbeatTimeout', () => {
  // What comes meanwhile is there, but Firefox takes it from the network in one task and gives it to the stream in
  // another, so that a timer that was due comes between.
  it.alone('takes what came meanwhile for signs of life', async (trial) => {
    const heartbeatTimeout = 400
    let give!: (text: string) => void
    const own = async (): Promise<Response> => {
      let wanted = true
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          give = (text) => void (wanted && controller.enqueue(new TextEncoder().encode(text)))
        },
        cancel: () => void (wanted = false),
      })
      give('data: first\n\n')
      return new Response(body, eventStream)
    }
    const { source, recorder } = open(trial, trial.at('/stream'), { fetch: own, heartbeatTimeout })
    await recorder.until('message')
    // By now the next chunk is waited for.
    await pause(20)
    const later = (milliseconds: number): unknown => {
      const first = give
      return setTimeout(() => setTimeout(() => first(':\n')), milliseconds)
    }
    for (let at = 50; at <= 2 * heartbeatTimeout; at += 50) later(at)
    const end = performance.now() + 2 * heartbeatTimeout
    while (performance.now() < end);
    await pause(heartbeatTimeout / 2)
    give('data: last\n\n')
    await recorder.next()
    source.close()
    assert.deepEqual(recorder.brief, ['open', 'message: first', 'message: last'])
  })
})

describe.beyondNative('an instance that dies while it is made', () => {
  if (typeof document === 'undefined') return

  it('fails the source that it was made for, and the next source has another', async (trial) => {
    const frame = document.createElement('iframe')
    trial.after(() => frame.remove())
    document.body.append(frame)
    const inside = frame.contentWindow as Realm & { WebAssembly: typeof WebAssembly }
    const { Instance, RuntimeError } = inside.WebAssembly
    let lives = 0
    inside.WebAssembly.Instance = class {
      readonly exports: WebAssembly.Exports

      constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
        const { exports } = new Instance(module, imports)
        // The other one only makes bytes of the text that the package has in it.
        if (!('create' in exports)) {
          this.exports = exports
          return
        }
        const trap = (): never => {
          throw new RuntimeError('unreachable')
        }
        const stillborn = (name: string): WebAssembly.ExportValue =>
          typeof exports[name] === 'function' ? trap : exports[name]!
        this.exports =
          lives++ > 0 ? exports : Object.fromEntries(Object.keys(exports).map((name) => [name, stillborn(name)]))
      }
    } as typeof WebAssembly.Instance
    await install(inside)
    const url = trial.at('/stream', { body: 'data: x\n\n', end: 'stall' })
    const recorder = trial.record(trial.open(url, {}, inside.EventSource))
    const event = await failed(recorder)
    assert.strictEqual(event.reason, 'aborted')
    assert.match(event.message, /WebAssembly instance died.*unreachable/)
    await trial.record(trial.open(url, {}, inside.EventSource)).until('message')
  })
})

describe.beyondNative('what an error event says of the response', () => {
  const alive = (trial: Trial): string => trial.at('/stream', { body: 'data: x\n\n', end: 'stall' })

  it('is there where silence ended the connection', async (trial) => {
    const { recorder } = open(trial, alive(trial), { heartbeatTimeout: 1000 })
    await recorder.until('message')
    const event = await failed(recorder)
    assert.strictEqual(event.reason, 'heartbeat')
    assert.deepEqual([event.status, event.response?.status], [200, 200])
  })

  it('is there where the signal ended it', async (trial) => {
    const controller = new AbortController()
    const { recorder } = open(trial, alive(trial), { signal: controller.signal })
    await recorder.until('message')
    controller.abort()
    const event = await failed(recorder)
    assert.strictEqual(event.reason, 'aborted')
    assert.deepEqual([event.status, event.response?.status], [200, 200])
  })
})

/**
 * Engines differ: Chromium refuses such addresses, Firefox and WebKit ask without the two first and with them where the
 * server answers 401.
 */
describe.beyondNative('a url with a user and a password', () => {
  const credentials: [string, string][] = [
    ['user:secret', 'user:secret'],
    ['user', 'user:'],
    ['user:', 'user:'],
    [':secret', ':secret'],
    ['us%20er:s%3Ae%40c', 'us er:s:e@c'],
    ['us%C3%BCer:s%E2%82%ACc', 'usüer:s€c'],
  ]

  function withUser(user: string, url: string): string {
    return url.replace('://', `://${user}@`)
  }

  function basic(pair: string): string {
    return `Basic ${btoa(String.fromCharCode(...new TextEncoder().encode(pair)))}`
  }

  async function echo(trial: Trial, url: string, options?: object): Promise<Record<string, string[]>> {
    const source = trial.open(url, options)
    assert.strictEqual(source.url, new URL(url).href)
    const event = await trial.record(source).until('message')
    assert.strictEqual(event.origin, location.origin)
    return (JSON.parse(event.data) as { headers: Record<string, string[]> }).headers
  }

  for (const [user, pair] of credentials) {
    it(`is asked with these: ${user}`, async (trial) => {
      const headers = await echo(trial, withUser(user, trial.at('/echo')))
      assert.deepEqual(headers['authorization'], [basic(pair)])
    })
  }

  it('is asked with these again', async (trial) => {
    const once: Step = { chunks: [{ text: 'retry: 10\ndata: a\n\n' }] }
    const source = trial.open(withUser('user:secret', await trial.script([once, stays])))
    await trial.record(source).until('message', 2)
    const sent = (await trial.requests()).map(({ headers }) => headers['authorization'])
    assert.deepEqual(sent, [[basic('user:secret')], [basic('user:secret')]])
  })

  it('is asked with the Authorization that headers names, where they do', async (trial) => {
    const options = { headers: { authorization: 'Bearer x' } }
    const headers = await echo(trial, withUser('user:secret', trial.at('/echo')), options)
    assert.deepEqual(headers['authorization'], ['Bearer x'])
  })

  it('is given to a fetch of one’s own without these', async (trial) => {
    let asked: [string, string | null] | undefined
    const own = async (url: string, init: RequestInit): Promise<Response> => {
      asked = [url, new Headers(init.headers).get('authorization')]
      return new Response('data: x\n\n', eventStream)
    }
    const url = trial.at('/stream')
    const { source, recorder } = open(trial, withUser('user:secret', url), { fetch: own })
    await recorder.until('message')
    source.close()
    assert.deepEqual(asked, [url, basic('user:secret')])
  })
})

describe.beyondNative('reconnect() that a listener calls', () => {
  const three = 'id: 1\ndata: a\n\nid: 2\ndata: b\n\nid: 3\ndata: c\n\n'
  const cases: [string, string, number][] = [
    ['the first of three messages of a chunk', 'a', 3],
    ['the last of them', 'c', 3],
  ]
  for (const [which, data, messages] of cases) {
    it(`at ${which} lets all of them be heard, and goes on after the last id`, async (trial) => {
      const url = await trial.script([{ chunks: [{ text: three }], end: 'stall' }, stays])
      const { source, recorder } = open(trial, url)
      let asked = false
      source.addEventListener('message', (event) => {
        if (event.data !== data || asked) return
        asked = true
        ;(source as EventSource & { reconnect(): void }).reconnect()
      })
      await recorder.until('message', messages + 1)
      const { brief } = recorder
      assert.deepEqual(brief, ['open', 'message: a', 'message: b', 'message: c', 'open', 'message: there'])
      const requests = await trial.requests()
      assert.deepEqual(
        requests.map(({ headers }): string[] | undefined => headers['last-event-id']),
        [undefined, ['3']],
      )
    })
  }

  it('at the only message of a chunk connects again', async (trial) => {
    const url = await trial.script([{ chunks: [{ text: 'id: 1\ndata: a\n\n' }], end: 'stall' }, stays])
    const { source, recorder } = open(trial, url)
    source.addEventListener('message', () => (source as EventSource & { reconnect(): void }).reconnect(), {
      once: true,
    })
    await recorder.until('message', 2)
    assert.deepEqual(recorder.brief, ['open', 'message: a', 'open', 'message: there'])
    assert.lengthOf(await trial.requests(), 2)
  })
})
