/**
 * What is particular to workers: base URLs, scripts from blobs, nested workers, and a worker's end. That everything
 * else works in them is shown by running the other files there.
 */
import { assert } from 'chai'
import { config, native } from './harness/config'
import { describe, it } from './harness/bdd'
import type { Trial } from './harness/trial'

function workerCode(code: string): string {
  const script = config.source.endsWith('/index.js') ? '/dist/eventsource-wasm.global.js' : config.source
  return native ? code : `importScripts(${JSON.stringify(location.origin + script)});${code}`
}

/** A worker from a blob, the class in place, and the first message that it posts. */
function fromBlob(trial: Trial, code: string): { worker: Worker; first: Promise<unknown> } {
  const url = URL.createObjectURL(new Blob([workerCode(code)], { type: 'text/javascript' }))
  const worker = new Worker(url)
  trial.after(() => {
    worker.terminate()
    URL.revokeObjectURL(url)
  })
  const first = new Promise((resolve, reject) => {
    worker.onmessage = (event) => resolve(event.data)
    worker.onerror = (event) => reject(new Error(event.message))
  })
  return { worker, first }
}

describe.in(['dedicated', 'shared', 'service'], 'in a worker', () => {
  it('relative addresses are resolved against the worker’s script', (trial) => {
    const source = trial.open('sibling?x')
    assert.strictEqual(source.url, new URL('sibling?x', location.href).href)
    assert.include(source.url, '/build/page/sibling?x')
  })

  it('there is no document and sources work', async (trial) => {
    assert.notProperty(globalThis, 'document')
    const { recorder } = trial.listen(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }))
    const event = await recorder.until('message')
    assert.strictEqual(event.origin, location.origin)
  })
})

describe.in(['window', 'dedicated'], 'a worker started here', () => {
  it('from a blob has sources of absolute addresses', async (trial) => {
    const url = trial.at('/stream', { body: 'data: x\n\n', end: 'stall' })
    const { first } = fromBlob(
      trial,
      `const source = new EventSource(${JSON.stringify(url)})
       source.onmessage = (event) => postMessage([event.data, event.origin, source.url])`,
    )
    assert.deepEqual(await first, ['x', location.origin, url])
  })

  it('from a blob takes no relative address', async (trial) => {
    const { first } = fromBlob(
      trial,
      `try { new EventSource('/relative'); postMessage('made') }
       catch (error) { postMessage([error.name, error instanceof DOMException]) }`,
    )
    assert.deepEqual(await first, ['SyntaxError', true])
  })

  it('takes its connections with it when it is terminated', async (trial) => {
    const url = trial.at('/stream', { body: 'data: x\n\n', end: 'stall' })
    const { worker, first } = fromBlob(
      trial,
      `const source = new EventSource(${JSON.stringify(url)})
       source.onmessage = () => postMessage('connected')`,
    )
    assert.strictEqual(await first, 'connected')
    worker.terminate()
    await trial.requestsUntil((requests) => requests.every((request) => !request.open), 'after terminate()')
  })

  it('takes its connections with it when it closes itself', async (trial) => {
    const url = trial.at('/stream', { body: 'data: x\n\n', end: 'stall' })
    const { first } = fromBlob(
      trial,
      `const source = new EventSource(${JSON.stringify(url)})
       source.onmessage = () => { postMessage('connected'); close() }`,
    )
    assert.strictEqual(await first, 'connected')
    await trial.requestsUntil((requests) => requests.every((request) => !request.open), 'after close() of the worker')
  })
})
