/**
 * readyState and the order of open, message and error from construction to close, and what close() lets go.
 * Reconnection has a file of its own.
 */
import { assert } from 'chai'
import { describe, it } from './harness/bdd'
import { pause } from './harness/trial'

const { CONNECTING, OPEN, CLOSED } = { CONNECTING: 0, OPEN: 1, CLOSED: 2 }

describe('a new source', () => {
  it('is CONNECTING and knows its url', (trial) => {
    const source = trial.open('/stream?end=stall')
    assert.strictEqual(source.readyState, CONNECTING)
    assert.strictEqual(source.url, new URL('/stream?end=stall', location.href).href)
    assert.isFalse(source.withCredentials)
  })

  it('fires nothing before the script that made it is done', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }))
    const busyUntil = performance.now() + 60
    while (performance.now() < busyUntil);
    assert.deepEqual(recorder.brief, [])
    assert.strictEqual(source.readyState, CONNECTING)
    await Promise.resolve()
    assert.strictEqual(source.readyState, CONNECTING)
    await recorder.until('message')
    assert.deepEqual(recorder.brief, ['open', 'message: x'])
  })

  it('reaches listeners that were added in a microtask', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }))
    await Promise.resolve()
    await Promise.resolve()
    const recorder = trial.record(source)
    await recorder.until('message')
    assert.deepEqual(recorder.brief, ['open', 'message: x'])
  })

  it('stays CONNECTING until the response’s head is there', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', { delay: 250, body: ':\n', end: 'stall' }))
    await pause(120)
    assert.strictEqual(source.readyState, CONNECTING)
    assert.deepEqual(recorder.brief, [])
    await recorder.until('open')
    assert.strictEqual(source.readyState, OPEN)
  })
})

describe('open', () => {
  it('is fired once, with readyState OPEN, before the first message', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'data: a\n\ndata: b\n\n', end: 'stall' }))
    const states: string[] = []
    source.onopen = () => states.push(`open ${source.readyState}`)
    source.onmessage = (event) => states.push(`${event.data} ${source.readyState}`)
    await trial.record(source).until('message', 2)
    assert.deepEqual(states, ['open 1', 'a 1', 'b 1'])
  })

  it('comes with the head of the response, before any byte of the body', async (trial) => {
    // Firefox holds the head back until a byte of the body came, from fetch too: there that byte must do.
    const controller = new AbortController()
    trial.after(() => controller.abort())
    const head = fetch(trial.at('/stream', { end: 'stall' }), { signal: controller.signal }).then(
      () => true,
      () => false,
    )
    const atOnce = await Promise.race([head, pause(400).then(() => false)])
    const { source, recorder } = trial.listen(trial.at('/stream', { body: atOnce ? '' : ':', end: 'stall' }))
    await recorder.until('open')
    assert.strictEqual(source.readyState, OPEN)
  })

  it('is not fired at a source that was closed before', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', { delay: 60, body: 'data: x\n\n', end: 'stall' }))
    await pause(10)
    source.close()
    await pause(150)
    assert.deepEqual(recorder.brief, [])
    assert.strictEqual(source.readyState, CLOSED)
  })
})

describe('the end of the stream', () => {
  it('fires error with readyState CONNECTING, after all messages', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'retry: 60000\ndata: a\n\ndata: b\n\n' }))
    const seen: string[] = []
    source.onmessage = (event) => seen.push(event.data as string)
    await new Promise<void>((resolve) => {
      source.onerror = () => {
        seen.push(`error ${source.readyState}`)
        resolve()
      }
    })
    assert.deepEqual(seen, ['a', 'b', 'error 0'])
  })

  it('opens and fails an empty stream', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', {}))
    await recorder.until('error')
    source.close()
    assert.deepEqual(recorder.brief, ['open', 'error'])
  })

  it('delivers what was complete before a reset', async (trial) => {
    const url = trial.at('/stream', { body: 'data: a\n\ndata: b\n\ndata: c', cuts: '9,9', pause: 40, end: 'reset' })
    const { source, recorder } = trial.listen(url)
    await recorder.until('error')
    assert.strictEqual(source.readyState, CONNECTING)
    source.close()
    assert.deepEqual(recorder.brief, ['open', 'message: a', 'message: b', 'error'])
  })
})

describe('close()', () => {
  it('closes at once and for good', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }))
    await recorder.until('message')
    assert.isUndefined(source.close())
    assert.strictEqual(source.readyState, CLOSED)
    source.close()
    assert.strictEqual(source.readyState, CLOSED)
    await pause(60)
    assert.deepEqual(recorder.brief, ['open', 'message: x'])
  })

  it('fires nothing, also right after construction', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', { body: 'data: x\n\n' }))
    source.close()
    assert.strictEqual(source.readyState, CLOSED)
    await pause(150)
    assert.deepEqual(recorder.brief, [])
    assert.strictEqual(source.readyState, CLOSED)
  })

  it('right after construction leaves no connection behind', async (trial) => {
    trial.open(trial.at('/stream', { end: 'stall' })).close()
    await pause(100)
    await trial.requestsUntil((requests) => requests.every((request) => !request.open), 'a closed source')
  })

  it('in a microtask after construction fires nothing', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', { body: 'data: x\n\n' }))
    await Promise.resolve()
    source.close()
    await pause(150)
    assert.deepEqual(recorder.brief, [])
  })

  it('releases the connection', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', { body: ':\n', end: 'stall' }))
    await recorder.until('open')
    const open = await trial.requestsUntil((requests) => requests.length === 1 && requests[0]!.open, 'a connection')
    assert.lengthOf(open, 1)
    source.close()
    await trial.requestsUntil((requests) => !requests[0]!.open, 'after close()')
  })

  it('releases a connection whose head has not come', async (trial) => {
    const { source } = trial.listen(trial.at('/stream', { delay: 60000 }))
    await trial.requestsUntil((requests) => requests.length === 1, 'a request')
    source.close()
    await trial.requestsUntil((requests) => !requests[0]!.open, 'after close()')
  })

  it('while events arrive drops the rest', async (trial) => {
    const body = Array.from({ length: 100 }, (_, n) => `data: ${n}\n\n`).join('')
    const { source, recorder } = trial.listen(trial.at('/stream', { body, size: 50, pause: 5, end: 'stall' }))
    await recorder.until('message', 10)
    source.close()
    const { length } = recorder.events
    await pause(120)
    assert.lengthOf(recorder.events, length)
  })

  it('in the open listener lets no message through', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'data: a\n\ndata: b\n\n' }))
    source.onopen = () => source.close()
    const recorder = trial.record(source)
    await recorder.until('open')
    assert.strictEqual(source.readyState, CLOSED)
    await pause(100)
    assert.deepEqual(recorder.brief, ['open'])
  })

  it('in a message listener lets no further message of the same chunk through', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', { body: 'data: a\n\ndata: b\n\ndata: c\n\n' }))
    source.onmessage = (event) => {
      if (event.data === 'b') source.close()
    }
    await recorder.until('message', 2)
    await pause(100)
    assert.deepEqual(recorder.brief, ['open', 'message: a', 'message: b'])
  })

  it('in a promise callback of a message lets no further message through', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', { body: 'data: a\n\ndata: b\n\ndata: c\n\n' }))
    source.onmessage = () => void Promise.resolve().then(() => source.close())
    await recorder.until('message')
    await pause(100)
    assert.deepEqual(recorder.brief, ['open', 'message: a'])
  })

  it('in a listener lets the same event reach the listeners after it', async (trial) => {
    const source = trial.open(trial.at('/stream', { body: 'data: a\n\ndata: b\n\n' }))
    const calls: string[] = []
    source.onmessage = (event) => {
      calls.push(`first ${event.data}`)
      source.close()
    }
    source.addEventListener('message', (event) => calls.push(`second ${event.data} ${source.readyState}`))
    await trial.record(source).until('message')
    await pause(60)
    assert.deepEqual(calls, ['first a', 'second a 2'])
  })

  it('in a listener of a type of its own stops messages of all types', async (trial) => {
    const body = 'event: stop\ndata: x\n\ndata: a\n\nevent: other\ndata: b\n\n'
    const { source, recorder } = trial.listen(trial.at('/stream', { body }), 'stop', 'other')
    source.addEventListener('stop', () => source.close())
    await recorder.until('stop')
    await pause(100)
    assert.deepEqual(recorder.brief, ['open', 'stop: x'])
  })

  it('in the error listener stops reconnection', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', { body: 'retry: 10\n\n' }))
    source.onerror = () => source.close()
    await recorder.until('error')
    await pause(700)
    assert.deepEqual(recorder.brief, ['open', 'error'])
    assert.lengthOf(await trial.requests(), 1)
  })

  it('while it waits to reconnect stops reconnection', async (trial) => {
    const { source, recorder } = trial.listen(trial.at('/stream', { body: 'retry: 100\n\n' }))
    await recorder.until('error')
    await pause(20)
    source.close()
    await pause(700)
    assert.deepEqual(recorder.brief, ['open', 'error'])
    assert.lengthOf(await trial.requests(), 1)
  })

  it('of one source leaves another of the same url alone', async (trial) => {
    const url = trial.at('/subscribe', { topic: trial.key })
    const first = trial.listen(url)
    const second = trial.listen(url)
    await trial.requestsUntil((requests) => requests.length === 2, 'two subscribers')
    await trial.publish(':\n')
    await Promise.all([first.recorder.until('open'), second.recorder.until('open')])
    first.source.close()
    await trial.publish('data: still here\n\n')
    assert.strictEqual((await second.recorder.until('message')).data, 'still here')
    assert.deepEqual(first.recorder.brief, ['open'])
  })
})
