/**
 * Much at once: long bursts, long lines, many sources. What it costs is measured in bench/, here every event counts.
 */
import { assert } from 'chai'
import { config } from './harness/config'
import { describe, it } from './harness/bdd'
import { pause } from './harness/trial'

describe('much at once', () => {
  it.alone('arrives whole and in order: 20,000 numbered events', async (trial) => {
    const count = 20000
    const source = trial.open(trial.at('/numbered', { count, perConnection: count, interval: 0, retry: 10 }))
    let expected: number | undefined
    await new Promise<void>((resolve, reject) => {
      let seen = 0
      source.onmessage = (event) => {
        const number = Number(event.data)
        if (expected !== undefined && number !== expected) reject(new Error(`${number} came after ${expected - 1}`))
        if (event.lastEventId !== event.data) reject(new Error(`the id of ${event.data} is ${event.lastEventId}`))
        expected = number + 1
        if (++seen === count) resolve()
      }
    })
    source.close()
    assert.isDefined(expected)
  })

  it.alone('leaves the event loop free: timers run while a burst is delivered', async (trial) => {
    const count = 20000
    const source = trial.open(trial.at('/numbered', { count, perConnection: count, interval: 0 }))
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    trial.after(() => clearInterval(timer))
    let seen = 0
    await new Promise<void>((resolve) => {
      source.onmessage = () => {
        if (++seen === count) resolve()
      }
    })
    assert.isAtLeast(ticks, 1)
  })

  it.alone('gives each event once over many connections', async (trial) => {
    const source = trial.open(trial.at('/numbered', { from: 0, count: 60, perConnection: 20, interval: 0, retry: 10 }))
    const recorder = trial.record(source)
    while (recorder.data.length < 60) await recorder.until('message')
    const numbers = recorder.data.map(Number)
    numbers.forEach((number, index) => assert.strictEqual(number, numbers[0]! + index))
    // The server says 204 when all were delivered.
    await recorder.until('error')
    while (source.readyState !== 2) await recorder.until('error')
  })

  it('in one line: a megabyte of data', async (trial) => {
    const line = 'abcdefghijklmnopqrstuvwxyz012345'.repeat(32768)
    const url = await trial.script([
      { chunks: [{ text: `data: ${line}\n\n` }, { text: 'data: end\n\n' }], end: 'stall' },
    ])
    const { recorder } = trial.listen(url)
    await recorder.until('message', 2)
    assert.isTrue(recorder.data[0] === line)
  })

  it('in many lines: 20,000 of one event', async (trial) => {
    const lines = Array.from({ length: 20000 }, (_, n) => `line ${n}`)
    const url = await trial.script([
      { chunks: [{ text: `${lines.map((line) => `data: ${line}\n`).join('')}\n` }], end: 'stall' },
    ])
    const { recorder } = trial.listen(url)
    assert.isTrue((await recorder.until('message')).data === lines.join('\n'))
  })

  it('of text beyond ASCII: a quarter of a megabyte', async (trial) => {
    const line = '日本語💡ü'.repeat(16384)
    const url = await trial.script([{ chunks: [{ text: `data: ${line}\n\n` }], end: 'stall' }])
    const { recorder } = trial.listen(url)
    assert.isTrue((await recorder.until('message')).data === line)
  })

  it.alone('of sources: five that live side by side', async (trial) => {
    const sources = Array.from({ length: 5 }, (_, n) =>
      trial.listen(trial.at('/stream', { body: `data: ${n}\n\ndata: end\n\n`, cuts: '9', pause: 30, end: 'stall' })),
    )
    await Promise.all(sources.map(({ recorder }) => recorder.until('message', 2)))
    sources.forEach(({ recorder }, n) => assert.deepEqual(recorder.brief, ['open', `message: ${n}`, 'message: end']))
    for (const { source } of sources) source.close()
    await trial.requestsUntil((requests) => requests.every((request) => !request.open), 'after close()')
  })

  it.alone('of sources: two hundred that are opened and closed at once', async (trial) => {
    for (let n = 0; n < 200; n++) trial.open(trial.at('/stream', { body: ':\n', end: 'stall' })).close()
    const { recorder } = trial.listen(trial.at('/stream', { body: 'data: alive\n\n', end: 'stall' }))
    await recorder.until('message')
    await trial.requestsUntil((requests) => requests.filter((request) => request.open).length <= 1, 'after close()')
  })

  it.alone('of sources: thirty, one after the other', async (trial) => {
    for (let n = 0; n < 30; n++) {
      const { source, recorder } = trial.listen(trial.at('/stream', { body: `data: ${n}\n\n`, end: 'stall' }))
      assert.strictEqual((await recorder.until('message')).data, String(n))
      source.close()
    }
  })
})

describe.beyondNative('chunks', () => {
  it('are written to one piece of memory, one after the other, where a response is a stream of bytes', async (trial) => {
    if (typeof document === 'undefined') return
    const realm = (await trial.frame()).contentWindow as Window & typeof globalThis
    const isOfBytes = await realm.fetch(trial.at('/stream')).then(({ body }) => {
      try {
        return !!body!.getReader({ mode: 'byob' })
      } catch {
        return false
      }
    })
    const given: ArrayBuffer[] = []
    const filled: ArrayBuffer[] = []
    if (isOfBytes) {
      const { prototype } = realm.ReadableStreamBYOBReader
      const { read } = prototype
      prototype.read = async function (this: ReadableStreamBYOBReader, view: Uint8Array<ArrayBuffer>) {
        given.push(view.buffer)
        const result = await read.call(this, view)
        // The same memory, in an object of its own.
        filled.push(result.value!.buffer as ArrayBuffer)
        return result
      } as typeof read
    }
    const source = trial.open(trial.at('/subscribe', { topic: trial.key }), undefined, realm.EventSource)
    const recorder = trial.record(source)
    await trial.requestsUntil((requests) => requests.some(({ open }) => open), 'a subscriber')
    for (const n of [1, 2, 3]) {
      await trial.publish(`data: ${n}\n\n`)
      await recorder.until('message')
    }
    assert.deepEqual(recorder.data, ['1', '2', '3'])
    assert.strictEqual(filled.length, isOfBytes ? 3 : 0)
    for (const index of [1, 2].slice(0, filled.length)) assert.isTrue(given[index] === filled[index - 1])
  })
})

describe('garbage collection', () => {
  /** Collects where the engine lets a page ask for it, and makes garbage everywhere. */
  async function collect(): Promise<void> {
    for (let round = 0; round < 5; round++) {
      ;(globalThis as { gc?: () => void }).gc?.()
      let garbage: unknown[] = []
      for (let n = 0; n < 200000; n++) garbage.push({ n })
      garbage = []
      await pause(10)
      assert.lengthOf(garbage, 0)
    }
  }

  it.alone('does not take a source that has listeners, though nothing refers to it', async (trial) => {
    const got: string[] = []
    const open = (): void => {
      const source = new EventSource(trial.at('/subscribe', { topic: trial.key }))
      source.onmessage = (event) => {
        got.push(event.data as string)
        if (event.data === 'last') source.close()
      }
    }
    open()
    await trial.requestsUntil((requests) => requests.length === 1, 'a subscriber')
    await trial.publish(':\n')
    await pause(30)
    await collect()
    await trial.publish('data: first\n\n')
    await collect()
    await trial.publish('data: last\n\n')
    for (let n = 0; n < 100 && got.length < 2; n++) await pause(20)
    assert.deepEqual(got, ['first', 'last'])
  })

  it.alone('does not take one that waits to reconnect', async (trial) => {
    const url = await trial.script([
      { chunks: [{ text: 'retry: 500\ndata: a\n\n' }] },
      { chunks: [{ text: 'data: b\n\n' }], end: 'stall' },
    ])
    const got: string[] = []
    const done = new Promise<void>((resolve) => {
      const source = new EventSource(url)
      source.onmessage = (event) => {
        got.push(event.data as string)
        if (event.data !== 'b') return
        source.close()
        resolve()
      }
    })
    await pause(150)
    await collect()
    await done
    assert.deepEqual(got, ['a', 'b'])
  })

  if ('gc' in globalThis && config.scope === 'window') {
    it.alone('takes one that was closed, with its listeners', async (trial) => {
      const references: WeakRef<EventSource>[] = []
      for (let n = 0; n < 10; n++) {
        const source = new EventSource(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }))
        await new Promise<void>((resolve) => {
          source.onmessage = () => {
            source.close()
            resolve()
          }
        })
        references.push(new WeakRef(source))
      }
      for (let round = 0; round < 20 && references.some((reference) => reference.deref()); round++) {
        await collect()
        await pause(50)
      }
      // The engine may hold the last one a little longer.
      assert.isAtMost(references.filter((reference) => reference.deref()).length, 1)
    })
  }
})
