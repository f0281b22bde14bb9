/**
 * How events of a stream reach listeners: their order, microtasks between them, exceptions, listener options, and
 * type names that are no ordinary names. The parsing of the bytes is not the subject here.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'
import { pause, type Trial } from './harness/trial'
import { expectsUncaught } from './harness/uncaught'

const three = 'data: 1\n\ndata: 2\n\ndata: 3\n\n'

/** More promises, one after the other, than a fixed number of microtasks would wait for. */
async function chain(length = 200): Promise<void> {
  for (let n = 0; n < length; n++) await Promise.resolve()
}

/** Notes each message of a source, and when a chain of promises that it leads to has ended. */
function noteChains(source: EventSource, run = chain): string[] {
  const order: string[] = []
  source.onmessage = async ({ data }: MessageEvent<string>) => {
    order.push(`message ${data.trim()}`)
    await run()
    order.push(`chain ${data.trim()}`)
  }
  return order
}

/** What that is where each message comes after all microtasks of the last one. */
const oneByOne = (...messages: string[]): string[] => messages.flatMap((n) => [`message ${n}`, `chain ${n}`])

/** Keeps the thread busy. */
function work(milliseconds: number): void {
  const start = performance.now()
  while (performance.now() - start < milliseconds);
}

describe('microtasks', () => {
  it('run between two messages of one chunk', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: three, end: 'stall' }))
    const order: string[] = []
    source.onmessage = (event) => {
      order.push(`message ${event.data}`)
      void Promise.resolve().then(() => order.push(`promise ${event.data}`))
      queueMicrotask(() => order.push(`microtask ${event.data}`))
    }
    await trial.record(source).until('message', 3)
    await pause(10)
    assert.deepEqual(
      order,
      ['1', '2', '3'].flatMap((n) => [`message ${n}`, `promise ${n}`, `microtask ${n}`]),
    )
  })

  it('run to the end of a long chain between two messages', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: three, end: 'stall' }))
    const order = noteChains(source)
    await trial.record(source).until('message', 3)
    await pause(20)
    assert.deepEqual(order, oneByOne('1', '2', '3'))
  })

  it('run between open and the first message', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: three, end: 'stall' }))
    const order: string[] = []
    source.onopen = () => {
      order.push('open')
      void Promise.resolve().then(() => order.push('promise'))
    }
    source.onmessage = () => order.push('message')
    await trial.record(source).until('message')
    assert.deepEqual(order.slice(0, 3), ['open', 'promise', 'message'])
  })

  it('run to the end of a long chain between open and a first message that is there already', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: three, end: 'stall' }))
    const order: string[] = []
    source.onopen = async () => {
      await chain()
      order.push('chain')
    }
    source.onmessage = () => order.push('message')
    await trial.record(source).until('message')
    assert.deepEqual(order.slice(0, 2), ['chain', 'message'])
  })

  it('run between messages of types that only have a listener each', async (trial) => {
    const body = 'event: a\ndata: 1\n\nevent: unheard\ndata: x\n\nevent: b\ndata: 2\n\n'
    const source = trial.open(trial.at('/stream', { body, end: 'stall' }))
    const order: string[] = []
    await new Promise<void>((resolve) => {
      source.addEventListener('a', () => {
        order.push('a')
        queueMicrotask(() => order.push('microtask'))
      })
      source.addEventListener('b', () => {
        order.push('b')
        resolve()
      })
    })
    assert.deepEqual(order, ['a', 'microtask', 'b'])
  })

  it('run to the end of a long chain between messages that come alone while listeners take long', async (trial) => {
    const source = trial.open(trial.at('/subscribe', { topic: trial.key }))
    const order = noteChains(source, () => {
      work(12)
      return chain(3000)
    })
    const numbers = Array.from({ length: 20 }, (_, index) => `${index}`)
    await trial.requestsUntil((requests) => requests.length === 1, 'a subscriber')
    for (const n of numbers) {
      await trial.publish(`data: ${n}\n\n`)
      await pause(2)
    }
    while (order.length < 40) await pause(1)
    assert.deepEqual(order, oneByOne(...numbers))
  })

  it('run to the end of a long chain between messages that wait already, more of them than one read brings', async (trial) => {
    if (typeof document === 'undefined') return
    const realm = (await trial.frame()).contentWindow as Window & typeof globalThis
    // No task is late, which WebKit's often are then.
    realm.performance.now = () => 1000
    const numbers = Array.from({ length: 40 }, (_, index) => `${index}`)
    const padding = ' '.repeat(10_000)
    const text = numbers.map((n) => `data: ${n}${padding}\n\n`).join('')
    const url = await trial.script([{ chunks: [{ text }], end: 'stall' }])
    const source = trial.open(url, undefined, realm.EventSource)
    const order = noteChains(source, () => {
      // Meanwhile the rest arrives.
      if (order.length === 1) work(300)
      return chain()
    })
    while (order.length < 80) await pause(1)
    assert.deepEqual(order, oneByOne(...numbers))
  })

  it('can add the listener that the next message needs', async (trial) => {
    const body = 'data: next\n\nevent: next\ndata: x\n\n'
    const source = trial.open(trial.at('/stream', { body, end: 'stall' }))
    const got = await new Promise<string>((resolve) => {
      source.onmessage = (event: MessageEvent<string>) =>
        void Promise.resolve().then(() =>
          source.addEventListener(event.data, (next) => resolve((next as MessageEvent<string>).data)),
        )
    })
    assert.strictEqual(got, 'x')
  })
})

type Factory = { fromReadableStream(stream: ReadableStream<Uint8Array>, init?: object): EventSource }

describe.beyondNative('microtasks in a chunk that is parsed in slices', () => {
  const long = ' '.repeat(50_000)

  it('run to the end of a long chain between two messages, however long a listener takes', async (trial) => {
    const chunk = new TextEncoder().encode(`data: 1${long}\n\ndata: 2${long}\n\ndata: 3${long}\n\n`)
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(chunk) })
    const source = (EventSource as unknown as Factory).fromReadableStream(stream)
    trial.after(() => source.close())
    const order = noteChains(source, () => {
      work(10)
      return chain()
    })
    while (order.length < 6) await pause(1)
    assert.deepEqual(order, oneByOne('1', '2', '3'))
  })

  it('run to the end of a short one while more events come than a task for each allows', async (trial) => {
    const burst = 'data\n\n'.repeat(1000)
    const chunk = new TextEncoder().encode(`${burst}data: 1${long}\n\ndata: 2${long}\n\ndata: 3${long}\n\n`)
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(chunk) })
    const source = (EventSource as unknown as Factory).fromReadableStream(stream)
    trial.after(() => source.close())
    const order: string[] = []
    source.onmessage = async ({ data }: MessageEvent<string>) => {
      order.push('message')
      await undefined
      order.push('promise')
      if (data.startsWith('3')) source.close()
    }
    while (order.length < 2006) await pause(1)
    for (const [index, seen] of order.entries()) {
      assert.strictEqual(seen, index % 2 === 0 ? 'message' : 'promise', `what happened as number ${index}`)
    }
  })
})

type Fetch = typeof fetch

/** A response whose chunks all come within one task, if some microtasks after they are asked for; it never ends. */
function answer(realm: typeof globalThis, ...chunks: string[]): Response {
  const body = new realm.ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await chain(10)
        const chunk = chunks.shift()
        if (chunk) controller.enqueue(new TextEncoder().encode(chunk))
      },
    },
    { highWaterMark: 0 },
  )
  return new realm.Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
}

/** A source in a realm whose page has put a function of its own in the place of `fetch`. */
async function openWith(
  trial: Trial,
  replace: (realm: typeof globalThis) => Fetch,
  init?: object,
): Promise<Reconnecting> {
  const realm = (await trial.frame()).contentWindow as Window & typeof globalThis
  realm.fetch = replace(realm)
  return trial.open(trial.at('/stream', { body: '' }), init, realm.EventSource) as Reconnecting
}

type Reconnecting = EventSource & { reconnect(): void }

describe.beyondNative('open', () => {
  if (typeof document === 'undefined') return

  it('comes after all microtasks of a message whose listener connects again', async (trial) => {
    const source = await openWith(trial, (realm) => () => Promise.resolve(answer(realm, 'data: 1\n\n')))
    const order: string[] = []
    source.onmessage = async () => {
      if (order.length > 0) return
      order.push('message')
      source.reconnect()
      source.onopen = () => {
        order.push('open')
        source.close()
      }
      await chain()
      order.push('chain')
    }
    while (order.length < 3) await pause(1)
    assert.deepEqual(order, ['message', 'chain', 'open'])
  })

  it('comes after all microtasks of an error whose listener connects again', async (trial) => {
    let requests = 0
    const source = await openWith(
      trial,
      (realm) => () =>
        ++requests === 1 ? Promise.reject(new TypeError('no network')) : Promise.resolve(answer(realm, 'data: 1\n\n')),
    )
    const order: string[] = []
    source.onopen = () => {
      order.push('open')
      source.close()
    }
    source.onerror = async () => {
      order.push('error')
      source.reconnect()
      await chain()
      order.push('chain')
    }
    while (order.length < 3) await pause(1)
    assert.deepEqual(order, ['error', 'chain', 'open'])
  })
})

describe.beyondNative('error', () => {
  if (typeof document === 'undefined') return

  /** What happens after a message, or `open`, that leads to a long chain of promises. */
  async function followed(source: Reconnecting, type: 'message' | 'open', act = () => {}): Promise<string[]> {
    const order: string[] = []
    source.addEventListener(
      type,
      async () => {
        order.push(type)
        act()
        await chain()
        order.push('chain')
      },
      { once: true },
    )
    source.onerror = () => {
      order.push('error')
      source.close()
    }
    while (order.length < 3) await pause(1)
    return order
  }

  it('comes after all microtasks of a message whose listener connects again, and is refused', async (trial) => {
    let requests = 0
    const source = await openWith(trial, (realm) => () => {
      const refused = new realm.Response('', { status: 500 })
      return Promise.resolve(++requests === 1 ? answer(realm, 'data: 1\n\n') : refused)
    })
    const order = await followed(source, 'message', () => source.reconnect())
    assert.deepEqual(order, ['message', 'chain', 'error'])
  })

  it('comes after all microtasks of a message whose listener connects again, with headers that throw', async (trial) => {
    let requests = 0
    const headers = () => {
      if (++requests > 1) throw new Error('no token')
      return {}
    }
    const source = await openWith(trial, (realm) => () => Promise.resolve(answer(realm, 'data: 1\n\n')), { headers })
    const order = await followed(source, 'message', () => source.reconnect())
    assert.deepEqual(order, ['message', 'chain', 'error'])
  })

  it('comes after all microtasks of open, where a response has no body', async (trial) => {
    const source = await openWith(trial, (realm) => () => {
      const headers = { 'Content-Type': 'text/event-stream' }
      return Promise.resolve(new realm.Response(null, { headers }))
    })
    assert.deepEqual(await followed(source, 'open'), ['open', 'chain', 'error'])
  })

  it('comes after all microtasks of a message whose listener connects again, with a fetch that gives up', async (trial) => {
    let requests = 0
    const source = await openWith(trial, (realm) => () => {
      const error = new realm.DOMException('no longer wanted', 'AbortError')
      return ++requests === 1 ? Promise.resolve(answer(realm, 'data: 1\n\n')) : Promise.reject(error)
    })
    const order = await followed(source, 'message', () => source.reconnect())
    assert.deepEqual(order, ['message', 'chain', 'error'])
  })

  it('comes after all microtasks of open, whose listener connects again though the body is spent', async (trial) => {
    const init = { method: 'POST', body: new ReadableStream() }
    const source = await openWith(trial, (realm) => () => Promise.resolve(answer(realm)), init)
    const order = await followed(source, 'open', () => source.reconnect())
    assert.deepEqual(order, ['open', 'chain', 'error'])
  })

  it('comes after all microtasks of who makes a source that fails at once', async (trial) => {
    const headers = () => {
      throw new Error('no token')
    }
    const source = await openWith(trial, (realm) => realm.fetch, { headers })
    let errors = 0
    // After the chain: what comes before it is lost.
    await chain()
    source.onerror = () => errors++
    await pause(50)
    assert.strictEqual(errors, 1)
  })

  /**
   * What happens where a source's first message leads to a refused request, whose error waits for what `act` does; until
   * there is a `last`, if that is given.
   */
  async function refusedOnce(trial: Trial, act: (source: Reconnecting) => void, last?: string): Promise<string[]> {
    const order: string[] = []
    const answers: Fetch = () => {
      order.push('request')
      const isSecond = order.filter((what) => what === 'request').length === 2
      return Promise.resolve(isSecond ? new Response('', { status: 503 }) : answer(globalThis, 'data: 1\n\n'))
    }
    const source = await openWith(trial, () => answers, { retry: { statuses: [503] } })
    source.onerror = () => order.push('error')
    await new Promise<void>((resolve) => {
      source.onmessage = async () => {
        source.onmessage = () => order.push('message')
        source.reconnect()
        await chain()
        act(source)
        resolve()
      }
    })
    if (last) while (!order.includes(last)) await pause(1)
    else await pause(50)
    return order
  }

  it('is not told where the source is closed first', async (trial) => {
    const order = await refusedOnce(trial, (source) => source.close())
    assert.deepEqual(order, ['request', 'request'])
  })

  it('is told, and the next request made at once, where reconnect() asks for it first', async (trial) => {
    const order = await refusedOnce(trial, (source) => source.reconnect(), 'message')
    assert.deepEqual(order, ['request', 'request', 'error', 'request', 'message'])
  })
})

describe.beyondNative('the error of an event that is too large', () => {
  for (const [name, before] of [
    ['one message', 'data: 1\n\n'],
    ['a burst', 'data\n\n'.repeat(1000)],
  ] as const) {
    it(`comes after all microtasks of ${name} before it in its chunk`, async (trial) => {
      const chunk = new TextEncoder().encode(`${before}data: ${'x'.repeat(100)}`)
      const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(chunk) })
      const source = (EventSource as unknown as Factory).fromReadableStream(stream, { maxEventSize: 50 })
      trial.after(() => source.close())
      let chains = 0
      let messages = 0
      source.onmessage = async () => {
        messages++
        await chain()
        chains++
      }
      const seen = await new Promise<number>((resolve) => (source.onerror = () => resolve(chains)))
      assert.isAbove(messages, 0)
      assert.strictEqual(seen, messages)
    })
  }
})

/** Text in chunks that are not taken for a flood, after which a source in WebKit does without tasks for a minute. */
function chunksOf(text: string): Uint8Array[] {
  const bytes = new TextEncoder().encode(text)
  return Array.from({ length: Math.ceil(bytes.length / 50_000) }, (_, n) => bytes.slice(n * 50_000, (n + 1) * 50_000))
}

function streamOf(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunksOf(text)) controller.enqueue(chunk)
    },
  })
}

describe.beyondNative('what a chunk brought', () => {
  // Larger each time: memory that grew once does not shrink.
  let large = 4 << 20

  it.alone('is delivered whole where another source makes the memory grow meanwhile', async (trial) => {
    const { fromReadableStream } = EventSource as unknown as Factory
    large *= 2
    const numbers = Array.from({ length: 30 }, (_, n) => `${n}`)
    const source = fromReadableStream(streamOf(numbers.map((n) => `data: ${n}\n\n`).join('')))
    trial.after(() => source.close())
    const got: string[] = []
    source.onmessage = ({ data }: MessageEvent<string>) => {
      got.push(data)
      // So slow that each event gets a task, and others come between.
      work(10)
      if (got.length > 1) return
      const other = fromReadableStream(streamOf(`data: ${'x'.repeat(large)}\n\n`))
      trial.after(() => other.close())
      other.onmessage = (event: MessageEvent<string>) => got.push(`${event.data.length}`)
    }
    while (got.length < numbers.length + 1) await pause(1)
    assert.notStrictEqual(got.at(-1), `${large}`)
    assert.deepEqual(
      got.filter((data) => data !== `${large}`),
      numbers,
    )
  })
})

describe.beyondNative('reset()', () => {
  it.alone('leaves what is being delivered alone, and drops what is unfinished behind it', async (trial) => {
    const { fromReadableStream } = EventSource as unknown as Factory
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    const source = fromReadableStream(readable)
    trial.after(() => source.close())
    const recorder = trial.record(source)
    const writer = writable.getWriter()
    const write = async (text: string): Promise<void> => {
      for (const chunk of chunksOf(text)) await writer.write(chunk)
    }
    // Long, so that texts of the next batch are decoded one by one; and that is so long that its memory would be given back.
    await write(`data: ${'a'.repeat(2000)}\n\n`)
    await recorder.until('message')
    const large = 'b'.repeat(1 << 20)
    const numbers = Array.from({ length: 20 }, (_, n) => `${n}`)
    source.onmessage = ({ data }) => {
      work(10)
      if (data !== large) return
      ;(source as unknown as { reset(): void }).reset()
      const other = fromReadableStream(streamOf(`data: ${'c'.repeat(2 << 20)}`))
      trial.after(() => other.close())
    }
    await write(`data: ${large}\n\n${numbers.map((n) => `data: ${n}\n\n`).join('')}data: unfinished`)
    await recorder.until('message', 21)
    await write('data: end\n\n')
    await recorder.until('message')
    assert.deepEqual(recorder.data.slice(1), [large, ...numbers, 'end'])
  })

  it('does not turn the error of an event that is too large into the end of the stream', async (trial) => {
    const chunk = new TextEncoder().encode(`data: 1\n\ndata: ${'x'.repeat(100)}`)
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(chunk) })
    const source = (EventSource as unknown as Factory).fromReadableStream(stream, { maxEventSize: 50 })
    trial.after(() => source.close())
    // By now it is known to be too large, and not told.
    source.onmessage = () => queueMicrotask(() => (source as unknown as { reset(): void }).reset())
    const { reason } = await new Promise<{ reason: string }>((resolve) => {
      source.onerror = (event) => resolve(event as unknown as { reason: string })
    })
    assert.strictEqual(reason, 'too-large')
  })
})

describe.beyondNative('a message in a chunk of its own', () => {
  it('comes after all microtasks of the last one, however long they take', async (trial) => {
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const n of [1, 2, 3]) controller.enqueue(new TextEncoder().encode(`data: ${n}\n\n`))
      },
    })
    const source = (EventSource as unknown as Factory).fromReadableStream(stream)
    trial.after(() => source.close())
    const order = noteChains(source, async () => {
      await Promise.resolve()
      work(10)
      await chain()
    })
    while (order.length < 6) await pause(1)
    assert.deepEqual(order, oneByOne('1', '2', '3'))
  })

  it('comes after all microtasks of open, though it is there before', async (trial) => {
    if (typeof document === 'undefined') return
    const source = await openWith(trial, (realm) => () => Promise.resolve(answer(realm, 'data: 1\n\n')))
    const order: string[] = []
    source.onopen = async () => {
      await chain()
      order.push('chain')
    }
    source.onmessage = () => {
      order.push('message')
      source.close()
    }
    await trial.record(source).until('message')
    assert.deepEqual(order, ['chain', 'message'])
  })

  /** By that name, which in an object no minifier changes. */
  const named = (answers: Fetch): Fetch =>
    ({ fetch: (input: RequestInfo | URL, init?: RequestInit) => answers(input, init) }).fetch

  for (const [name, replace] of [
    ['a fetch of the page', named],
    // WebKit shows what is bound under the name of what it calls.
    ['a fetch of the page that is bound', (answers: Fetch): Fetch => named(answers).bind(undefined)],
    [
      'a fetch of the page that a patched toString calls native',
      (answers: Fetch, { Function }: typeof globalThis): Fetch => {
        const fetch = Object.assign(named(answers), { __original__: 1 })
        const { toString } = Function.prototype
        Function.prototype.toString = function () {
          return this === fetch ? 'function fetch() { [native code] }' : toString.call(this)
        }
        return fetch
      },
    ],
  ] as const) {
    it(`comes after all microtasks of the last one where ${name} gives what waits already`, async (trial) => {
      if (typeof document === 'undefined') return
      const source = await openWith(trial, (realm) => {
        const answers = () => Promise.resolve(answer(realm, 'data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n'))
        return replace(answers, realm)
      })
      const order = noteChains(source)
      while (order.length < 6) await pause(1)
      assert.deepEqual(order, oneByOne('1', '2', '3'))
    })
  }

  it('waits for no other task, however soon it comes', async (trial) => {
    if (typeof document === 'undefined') return
    const realm = (await trial.frame()).contentWindow as Window & typeof globalThis
    // All that comes is soon.
    realm.performance.now = () => 1000
    realm.MessageChannel = class extends realm.MessageChannel {
      constructor() {
        super()
        // Others' tasks never come.
        this.port2.postMessage = () => {}
      }
    }
    const source = trial.open(trial.at('/subscribe', { topic: trial.key }), undefined, realm.EventSource)
    const got: string[] = []
    source.onmessage = ({ data }: MessageEvent<string>) => got.push(data)
    await trial.requestsUntil((requests) => requests.length === 1, 'a subscriber')
    for (const n of [1, 2, 3]) {
      await trial.publish(`data: ${n}\n\n`)
      while (got.length < n) await pause(1)
    }
    assert.deepEqual(got, ['1', '2', '3'])
  })
})

describe.beyondNative('tasks of others', () => {
  for (const [name, text] of [
    ['events that nobody listens to', 'event: x\ndata\n\n'],
    ['comments', ':\n'],
    ['ids', 'id: 1\n\n'],
    ['lines of one event', 'data: x\n'],
  ] as const) {
    it(`run while ${name} come without end`, async (trial) => {
      const chunk = new TextEncoder().encode(text)
      const start = performance.now()
      const stream = new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            // So that a page that is held up comes back.
            if (performance.now() - start < 3000) controller.enqueue(chunk)
          },
        },
        { highWaterMark: 0 },
      )
      const source = (EventSource as unknown as Factory).fromReadableStream(stream)
      trial.after(() => source.close())
      source.onmessage = () => {}
      await pause(100)
      source.close()
      assert.isBelow(performance.now() - start, 2500)
    })
  }

  it('run while many short events are followed by ones that take long, few of them in each slice', async (trial) => {
    const text = 'data: short\n\n'.repeat(2000) + `data: long${' '.repeat(8000)}\n\n`.repeat(80)
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
    })
    const source = (EventSource as unknown as Factory).fromReadableStream(stream)
    trial.after(() => source.close())
    const { port1, port2 } = new MessageChannel()
    trial.after(() => port1.close())
    let without = 0
    let most = 0
    port1.onmessage = () => {
      without = 0
      port2.postMessage(0)
    }
    port2.postMessage(0)
    await new Promise<void>((resolve) => {
      let left = 80
      source.onmessage = ({ data }: MessageEvent<string>) => {
        if (data === 'short') return
        most = Math.max(most, ++without)
        work(1)
        if (--left === 0) resolve()
      }
    })
    // Each takes a millisecond, and the clock is not looked at with each where they were short so far. WebKitGTK may run a
    // second task of ours before one of others.
    assert.isBelow(most, 60)
  })
})

describe.beyondNative('a flood that lets no task run, in WebKit,', () => {
  if (typeof document === 'undefined') return

  const two = 'data: 1\n\ndata: 2\n\n'
  const gathered = two.replaceAll('\n\n', ' '.repeat(35_000) + '\n\n')
  const exactly = ['1', '1 promise', '1 chain', '2', '2 promise', '2 chain']
  const quickly = ['1', '1 promise', '2', '2 promise', '1 chain', '2 chain']
  // From the one to the other.
  const both = [...exactly.slice(0, 5), ...quickly.slice(0, 4), '2 chain', ...quickly.slice(4)]
  const webKit = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15'

  /** What time it is in a realm, where the clock stands still unless it is set: what comes late there is seen there. */
  interface Clock {
    now: number
    /** Milliseconds that each task takes to come, and that a promise of a first message takes. */
    late: number
    slow: number
  }

  /** A stream in a realm of its own. */
  class Flood {
    readonly clock: Clock
    /** One more in the same realm. */
    readonly another: () => Flood
    #order: string[] = []
    #send!: (text: string) => void

    static async in(trial: Trial, userAgent = webKit): Promise<Flood> {
      const realm = (await trial.frame()).contentWindow as Window & typeof globalThis
      const clock = { now: 1000, late: 0, slow: 0 }
      Object.defineProperty(realm.navigator, 'userAgent', { value: userAgent })
      realm.performance.now = () => clock.now
      realm.MessageChannel = class extends realm.MessageChannel {
        constructor() {
          super()
          this.port1.addEventListener('message', () => (clock.now += clock.late))
        }
      }
      return new Flood(trial, realm, clock)
    }

    private constructor(trial: Trial, realm: typeof globalThis, clock: Clock) {
      this.clock = clock
      this.another = () => new Flood(trial, realm, clock)
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => (this.#send = (text) => controller.enqueue(new TextEncoder().encode(text))),
      })
      const source = (realm.EventSource as unknown as Factory).fromReadableStream(stream)
      trial.after(() => source.close())
      source.onmessage = async ({ data }: MessageEvent<string>) => {
        const name = data.trim()
        this.#order.push(name)
        await Promise.resolve()
        if (name === '1') clock.now += clock.slow
        this.#order.push(`${name} promise`)
        await chain()
        this.#order.push(`${name} chain`)
      }
    }

    /** What the messages of some chunks lead to. */
    async takes(...chunks: string[]): Promise<string[]> {
      this.#order = []
      for (const chunk of chunks) this.#send(chunk)
      while (this.#order.length < 6 * chunks.length) await pause(0)
      return this.#order
    }
  }

  it('is delivered without tasks, and so is what comes in the next minute', async (trial) => {
    const flood = await Flood.in(trial)
    assert.deepEqual(await flood.takes(two), exactly)
    flood.clock.late = 40
    assert.deepEqual(await flood.takes(two), exactly)
    flood.clock.late = 0
    assert.deepEqual(await flood.takes(gathered), quickly)
    assert.deepEqual(await flood.takes(two), quickly)
    assert.deepEqual(await flood.another().takes(two), quickly)
    flood.clock.now += 59_900
    assert.deepEqual(await flood.takes(two), quickly)
    flood.clock.now += 60_000
    assert.deepEqual(await flood.takes(two), exactly)
  })

  it('is seen where a small chunk comes before what has gathered', async (trial) => {
    const flood = await Flood.in(trial)
    assert.deepEqual(await flood.takes(two), exactly)
    flood.clock.late = 40
    assert.deepEqual(await flood.takes(two, two, gathered), [...exactly, ...both])
  })

  it('is neither a late task alone nor a long chunk alone', async (trial) => {
    const flood = await Flood.in(trial)
    assert.deepEqual(await flood.takes(gathered), exactly)
    flood.clock.now += 40
    assert.deepEqual(await flood.takes(gathered), exactly)
    flood.clock.late = 40
    assert.deepEqual(await flood.takes(two), exactly)
    flood.clock.late = 0
    assert.deepEqual(await flood.takes(two), exactly)
    flood.clock.now += 32
    assert.deepEqual(await flood.takes(gathered), exactly)
  })

  it('is not a late task of one source and a long chunk of another', async (trial) => {
    const flood = await Flood.in(trial)
    const other = flood.another()
    assert.deepEqual(await flood.takes(two), exactly)
    assert.deepEqual(await other.takes(two), exactly)
    flood.clock.late = 40
    assert.deepEqual(await flood.takes(two), exactly)
    flood.clock.late = 0
    assert.deepEqual(await other.takes(gathered), exactly)
    // Nor is it forgotten for that.
    assert.deepEqual(await flood.takes(gathered), quickly)
  })

  it('is not what the page itself does before a task', async (trial) => {
    const flood = await Flood.in(trial)
    flood.clock.slow = 50
    assert.deepEqual(await flood.takes(two), exactly)
    flood.clock.slow = 0
    assert.deepEqual(await flood.takes(gathered), exactly)
  })

  it('is none in other engines', async (trial) => {
    const flood = await Flood.in(trial, `${webKit} Chrome/140.0.0.0`)
    flood.clock.late = 40
    assert.deepEqual(await flood.takes(two), exactly)
    flood.clock.late = 0
    assert.deepEqual(await flood.takes(gathered), exactly)
  })
})

describe('listeners', () => {
  it('added while a message is dispatched hear the next one', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: three, end: 'stall' }))
    const late: string[] = []
    source.addEventListener(
      'message',
      () => source.addEventListener('message', (event) => late.push(event.data as string)),
      {
        once: true,
      },
    )
    await trial.record(source).until('message', 3)
    await pause(0)
    assert.deepEqual(late, ['2', '3'])
  })

  it('removed while a message is dispatched do not hear it', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: three, end: 'stall' }))
    const heard: string[] = []
    const later = (event: MessageEvent): void => void heard.push(event.data as string)
    source.addEventListener('message', (event) => {
      if (event.data === '2') source.removeEventListener('message', later)
    })
    source.addEventListener('message', later)
    await trial.record(source).until('message', 3)
    assert.deepEqual(heard, ['1'])
  })

  it('with once hear one message', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: three, end: 'stall' }))
    const heard: string[] = []
    source.addEventListener('message', (event) => heard.push(event.data as string), { once: true })
    await trial.record(source).until('message', 3)
    assert.deepEqual(heard, ['1'])
  })

  it('with a signal hear messages until it is aborted', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: three, end: 'stall' }))
    const heard: string[] = []
    const controller = new AbortController()
    source.addEventListener(
      'message',
      (event) => {
        heard.push(event.data as string)
        if (event.data === '2') controller.abort()
      },
      { signal: controller.signal },
    )
    source.addEventListener('message', () => heard.push('never'), { signal: AbortSignal.abort() })
    await trial.record(source).until('message', 3)
    assert.deepEqual(heard, ['1', '2'])
  })

  it('with handleEvent hear messages', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'data: 1\n\n', end: 'stall' }))
    const got = await new Promise<unknown[]>((resolve) => {
      const listener = {
        handleEvent(this: unknown, event: MessageEvent<string>) {
          resolve([this === listener, event.data])
        },
      }
      source.addEventListener('message', listener)
    })
    assert.deepEqual(got, [true, '1'])
  })

  it('are called with the source as this', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'data: 1\n\n', end: 'stall' }))
    const self = await new Promise<unknown>((resolve) => {
      source.addEventListener('message', function (this: unknown) {
        resolve(this)
      })
    })
    assert.strictEqual(self, source)
  })

  it('added after a pause hear what comes then', async (trial) => {
    const source = trial.open(trial.at('/subscribe', { topic: trial.key }))
    await trial.requestsUntil((requests) => requests.length === 1, 'a subscriber')
    const before = trial.record(source)
    await trial.publish('data: first\n\n')
    await before.until('message')
    await trial.publish('event: late\ndata: missed\n\n')
    await pause(50)
    const recorder = trial.record(source, 'late')
    await trial.publish('event: late\ndata: heard\n\n')
    await recorder.until('late')
    assert.deepEqual(recorder.brief, ['late: heard'])
  })

  it('removed and added again hear again', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: three, cuts: '9,9', pause: 60, end: 'stall' }))
    const heard: string[] = []
    const listener = (event: MessageEvent): void => void heard.push(event.data as string)
    source.addEventListener('message', (event) => {
      if (event.data === '1') source.addEventListener('message', listener)
      if (event.data === '2') source.removeEventListener('message', listener)
      if (event.data === '3') source.addEventListener('message', listener)
    })
    await trial.record(source).until('message', 3)
    // Added during a dispatch they hear the next one; removed during it they do not hear this one.
    assert.deepEqual(heard, [])
  })

  it('that capture hear messages', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'event: x\ndata: 1\n\n', end: 'stall' }))
    const got = await new Promise<string>((resolve) =>
      source.addEventListener('x', (event) => resolve((event as MessageEvent<string>).data), {
        capture: true,
        passive: true,
      }),
    )
    assert.strictEqual(got, '1')
  })
})

describe('an exception in a listener', () => {
  it('is reported and does not keep the message from the others', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: three, end: 'stall' }))
    const thrown = new Error('thrown by a listener')
    const reported = expectsUncaught(thrown)
    source.addEventListener(
      'message',
      () => {
        throw thrown
      },
      { once: true },
    )
    const recorder = trial.record(source)
    await recorder.until('message', 3)
    assert.deepEqual(recorder.brief, ['open', 'message: 1', 'message: 2', 'message: 3'])
    assert.strictEqual(source.readyState, 1)
    assert.strictEqual((await reported).error, thrown)
  })

  for (const type of ['open', 'message', 'error'] as const) {
    it(`in on${type} leaves the connection’s course alone`, async (trial) => {
      const url = await trial.script([
        { chunks: [{ text: 'retry: 10\ndata: 1\n\n' }] },
        { chunks: [{ text: 'data: 2\n\n' }], end: 'stall' },
      ])
      const source = trial.open(url)
      const thrown = new Error(`thrown by on${type}`)
      const reported = expectsUncaught(thrown)
      source[`on${type}`] = () => {
        source[`on${type}`] = null
        throw thrown
      }
      const recorder = trial.record(source)
      await recorder.until('message', 2)
      assert.deepEqual(recorder.brief, ['open', 'message: 1', 'error', 'open', 'message: 2'])
      await reported
    })
  }

  it('may be any value', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: three, end: 'stall' }))
    const thrown = { any: 'value' }
    const reported = expectsUncaught(thrown)
    source.addEventListener(
      'message',
      () => {
        // oxlint-disable-next-line no-throw-literal
        throw thrown
      },
      { once: true },
    )
    await trial.record(source).until('message', 3)
    assert.strictEqual((await reported).error, thrown)
  })

  it('of a listener object without handleEvent is reported', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'event: x\ndata: 1\n\ndata: 2\n\n', end: 'stall' }))
    const thrown = new Error('thrown by a getter')
    const reported = expectsUncaught(thrown)
    source.addEventListener('x', {
      get handleEvent(): never {
        throw thrown
      },
    })
    await trial.record(source).until('message')
    await reported
  })
})

describe('the type of an event', () => {
  const names = [
    'constructor',
    '__proto__',
    'prototype',
    'hasOwnProperty',
    'toString',
    'valueOf',
    'then',
    'close',
    'url',
    'onmessage',
    'length',
    '0',
    'null',
    'undefined',
    'two words',
    'ünï-cödé ✓ 💡',
    'Message',
    'x'.repeat(3000),
  ]
  for (const name of names) {
    it(`may be ${name.length > 30 ? `${name.length} characters long` : name}`, async (trial) => {
      const { recorder } = trial.listen(
        trial.at('/stream', { body: `event: ${name}\ndata: x\n\ndata: end\n\n`, end: 'stall' }),
        name,
      )
      await recorder.until('message')
      assert.deepEqual(recorder.brief, ['open', `${name}: x`, 'message: end'])
    })
  }

  it('reaches no listener when nobody listens to it', async (trial) => {
    const { recorder } = trial.listen(
      trial.at('/stream', {
        body: 'event: unheard\ndata: x\n\ndata: y\n\nevent: unheard\ndata: z\n\ndata: end\n\n',
        end: 'stall',
      }),
    )
    await recorder.until('message', 2)
    assert.deepEqual(recorder.brief, ['open', 'message: y', 'message: end'])
  })

  it('may be open: a message like any other, which changes no state', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'event: open\ndata: x\n\n', end: 'stall' }))
    const seen: unknown[] = []
    await new Promise<void>((resolve) => {
      source.onopen = (event) => {
        seen.push([event.constructor, (event as MessageEvent).data, source.readyState])
        if (seen.length === 2) resolve()
      }
    })
    assert.deepEqual(seen, [
      [Event, undefined, 1],
      [MessageEvent, 'x', 1],
    ])
  })

  it('may be error: a message like any other, which changes no state', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'event: error\ndata: x\n\ndata: y\n\n', end: 'stall' }))
    const seen: unknown[] = []
    source.onerror = (event) => seen.push([event.constructor, (event as MessageEvent).data, source.readyState])
    await trial.record(source).until('message')
    assert.deepEqual(seen, [[MessageEvent, 'x', 1]])
  })

  it('may be message, said or not', async (trial) => {
    const { recorder } = trial.listen(
      trial.at('/stream', { body: 'event: message\ndata: x\n\nevent:\ndata: y\n\nevent\ndata: z\n\n', end: 'stall' }),
    )
    await recorder.until('message', 3)
    assert.deepEqual(recorder.data, ['x', 'y', 'z'])
  })
})
