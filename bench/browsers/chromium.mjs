/**
 * Chromium over its own protocol, on a pipe. The network domain stays off: it triples what the native class costs.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CHROMIUM_ARGUMENTS, chromium } from '../../scripts/programs.mjs'

const ARGUMENTS = [
  ...CHROMIUM_ARGUMENTS,
  // Windows that wait for their turn must not be slower when it comes.
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  // For the measure of memory.
  '--enable-precise-memory-info',
  '--js-flags=--expose-gc',
  '--remote-debugging-pipe',
]

/** Asking again and again would take time from the page that is being measured. */
const LOADED = `(() => new Promise((resolve) => {
  if (document.readyState === 'complete') resolve()
  else addEventListener('load', () => resolve(), { once: true })
}))`

/** One message after the other, each ended by a zero byte. */
class Pipe {
  #calls = new Map()
  #number = 0
  #child
  #rest = ''

  constructor(child) {
    this.#child = child
    child.stdio[4].setEncoding('utf8').on('data', (text) => this.#receive(text))
    child.once('exit', () => {
      for (const { reject } of this.#calls.values()) reject(new Error('Chromium ended'))
    })
  }

  send(method, params = {}, sessionId = undefined) {
    const id = ++this.#number
    this.#child.stdio[3].write(`${JSON.stringify({ id, method, params, sessionId })}\0`)
    return new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject, method }))
  }

  #receive(text) {
    const messages = (this.#rest + text).split('\0')
    this.#rest = messages.pop()
    for (const message of messages) this.#answer(JSON.parse(message))
  }

  #answer({ id, result, error }) {
    const call = this.#calls.get(id)
    if (!call) return
    this.#calls.delete(id)
    if (error) call.reject(new Error(`${call.method}: ${error.message}`))
    else call.resolve(result)
  }
}

class Page {
  #pipe
  #target
  #session

  constructor(pipe, target, session) {
    this.#pipe = pipe
    this.#target = target
    this.#session = session
  }

  #send(method, params) {
    return this.#pipe.send(method, params, this.#session)
  }

  /** Calls a function of the page's and waits for what it promises. */
  async call(name, ...parameters) {
    const expression = `${name}(${parameters.map((value) => JSON.stringify(value)).join(', ')})`
    const answer = await this.#send('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true })
    if (answer.exceptionDetails) {
      const { exception, text } = answer.exceptionDetails
      throw new Error(`${expression.slice(0, 120)}: ${exception?.description ?? text}`)
    }
    return answer.result.value
  }

  /** Milliseconds of processor time that the main thread has taken so far. */
  async mainThread() {
    const { metrics } = await this.#send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'ThreadTime').value * 1000
  }

  async close() {
    await this.#pipe.send('Target.closeTarget', { targetId: this.#target })
  }

  /** Loads an address; its module scripts have run at the end. */
  async go(url) {
    await this.#send('Performance.enable')
    // Gives its answer when the new document is there: what is evaluated then is evaluated in it.
    await this.#send('Page.navigate', { url })
    await this.call(LOADED)
  }
}

export async function startChromium() {
  const profile = mkdtempSync(join(tmpdir(), 'eventsource-wasm-bench-'))
  const child = spawn(chromium(), [...ARGUMENTS, `--user-data-dir=${profile}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const end = () => {
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended already.
    }
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  process.once('exit', end)
  const pipe = new Pipe(child)
  const { product } = await pipe.send('Browser.getVersion')
  return {
    name: 'chromium',
    version: product,
    measuresProcessor: true,
    /** Pages that live beside others need a `window`, or they are hidden: after Page.bringToFront, events cost more. */
    async open(url, { window = false } = {}) {
      const { targetId } = await pipe.send('Target.createTarget', { url: 'about:blank', newWindow: window })
      const { sessionId } = await pipe.send('Target.attachToTarget', { targetId, flatten: true })
      const page = new Page(pipe, targetId, sessionId)
      await page.go(url)
      return page
    },
    async stop() {
      await pipe.send('Browser.close').catch(() => {})
      process.off('exit', end)
      end()
    },
  }
}
