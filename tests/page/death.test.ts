/**
 * The WebAssembly instance behind all sources dies: each source says so, none hangs, and new ones have a new instance.
 * Not run against native classes. No page can make an instance trap at will, so it is made to: in a frame, whatever calls
 * into the instance throws what a trap throws.
 */
import { assert } from 'chai'
import type { EventSourceErrorEvent } from '../../js/types'
import { describe, it } from './harness/bdd'
import type { Recorder } from './harness/recorder'
import { install, pause, type Trial } from './harness/trial'

type Ours = EventSource & { reconnect(): void; reset(): void }
type Factory = { fromReadableStream(stream: ReadableStream<Uint8Array>, init?: object): Ours }
type Realm = Window & typeof globalThis

/** Nothing but death ends it, and nothing looks at a clock. */
const quiet = 'data: a\n\n'

async function tellsOfDeath(recorder: Recorder, cause: string): Promise<EventSourceErrorEvent> {
  const event = (await recorder.until('error')) as unknown as EventSourceErrorEvent
  const { reason, status, response, attempt, reconnectIn } = event
  assert.deepEqual(
    { reason, status, response, attempt, reconnectIn },
    { reason: 'aborted', status: undefined, response: undefined, attempt: 1, reconnectIn: null },
  )
  assert.include(event.message, 'the WebAssembly instance died')
  assert.include(event.message, cause)
  assert.include(event.message, 'a new source gets a new one')
  assert.include(String(event.error), cause)
  assert.strictEqual((event.target as EventSource).readyState, 2)
  return event
}

/** A realm of its own, whose instance traps when told to. */
class Mortal {
  instances = 0
  /** What reached the realm's `error` and `unhandledrejection` events. */
  readonly surprises: string[] = []
  #armed = false

  private constructor(
    readonly trial: Trial,
    readonly realm: Realm,
  ) {
    const { WebAssembly } = realm as unknown as { WebAssembly: typeof globalThis.WebAssembly }
    const { Instance, RuntimeError } = WebAssembly
    const animate = (instance: WebAssembly.Instance): WebAssembly.Exports => this.#animate(instance, RuntimeError)
    WebAssembly.Instance = class {
      readonly exports: WebAssembly.Exports

      constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
        this.exports = animate(new Instance(module, imports))
      }
    } as typeof WebAssembly.Instance
    realm.addEventListener('error', (event) => this.surprises.push(`uncaught: ${event.message}`))
    realm.addEventListener('unhandledrejection', (event) => {
      this.surprises.push(`unhandled rejection: ${String(event.reason)}`)
    })
  }

  static async of(trial: Trial): Promise<Mortal> {
    const frame = document.createElement('iframe')
    trial.after(() => frame.remove())
    document.body.append(frame)
    const mortal = new Mortal(trial, frame.contentWindow as Realm)
    await install(mortal.realm)
    return mortal
  }

  /** What an instance exports, each call of which may be its last. */
  #animate(instance: WebAssembly.Instance, Trap: typeof WebAssembly.RuntimeError): WebAssembly.Exports {
    // The other one only makes bytes of the text that the package has in it.
    if (!('create' in instance.exports)) return instance.exports
    this.instances++
    let dead = false
    const exported: WebAssembly.Exports = {}
    for (const [name, value] of Object.entries(instance.exports)) {
      exported[name] = value
      if (typeof value !== 'function') continue
      exported[name] = (...args: unknown[]) => {
        if (dead) this.surprises.push(`${name} of a dead instance was called`)
        dead ||= this.#armed
        this.#armed = false
        if (dead) throw new Trap('unreachable')
        return (value as (...args: unknown[]) => unknown)(...args)
      }
    }
    return exported
  }

  open(url: string, options: object = {}): { source: Ours; recorder: Recorder } {
    const source = this.trial.open(url, options, this.realm.EventSource) as Ours
    return { source, recorder: this.trial.record(source) }
  }

  /** The next call into the instance is its last. */
  arm(): void {
    this.#armed = true
  }

  get isArmed(): boolean {
    return this.#armed
  }
}

describe.beyondNative('an instance that traps', () => {
  if (typeof document === 'undefined') return

  async function connected(
    mortal: Mortal,
    url: string,
    options?: object,
  ): Promise<{ source: Ours; recorder: Recorder }> {
    const made = mortal.open(url, options)
    await made.recorder.until('message')
    return made
  }

  const deaths: [string, (mortal: Mortal, source: Ours) => unknown][] = [
    ['a source is made', (mortal) => mortal.open(mortal.trial.at('/stream', { body: quiet, end: 'stall' }))],
    ['a source reconnects', (_, source) => source.reconnect()],
    ['a source is reset', (_, source) => source.reset()],
    ['bytes come', ({ trial }) => trial.publish('data: b\n\n')],
    ['a stream ends', ({ trial }) => trial.publish('', 'close')],
    ['the page is online again', ({ realm }) => realm.dispatchEvent(new realm.Event('online'))],
  ]
  for (const [when, happens] of deaths) {
    it(`when ${when} fails every source with the reason, and new ones work`, async (trial) => {
      const mortal = await Mortal.of(trial)
      const topic = { topic: trial.key }
      const subscribed = mortal.open(trial.at('/subscribe', topic))
      await trial.requestsUntil((all) => all.length === 1, 'the subscription')
      await trial.publish(quiet)
      await subscribed.recorder.until('message')
      const others = [subscribed, await connected(mortal, trial.at('/stream', { body: quiet, end: 'stall' }))]
      await pause(20)
      assert.strictEqual(mortal.instances, 1)
      mortal.arm()
      await happens(mortal, others[1]!.source)
      for (const { recorder } of others) await tellsOfDeath(recorder, 'unreachable')
      assert.isFalse(mortal.isArmed)

      const { source, recorder } = await connected(mortal, trial.at('/stream', { body: quiet, end: 'stall' }))
      assert.strictEqual(source.readyState, 1)
      assert.strictEqual(mortal.instances, 2)
      await trial.requestsUntil((all) => all.filter((request) => request.open).length === 1, 'dead connections')
      await pause(100)
      for (const other of others) assert.deepEqual(other.recorder.brief, ['open', 'message: a', 'error'])
      assert.deepEqual(recorder.brief, ['open', 'message: a'])
      assert.deepEqual(mortal.surprises, [])
    })
  }

  it('when a wait is over fails the one that waited, too', async (trial) => {
    const mortal = await Mortal.of(trial)
    const { recorder } = mortal.open(await trial.script([{ chunks: [{ text: 'retry: 100\n' }] }]))
    await recorder.until('error')
    await pause(20)
    mortal.arm()
    await tellsOfDeath(recorder, 'unreachable')
    assert.lengthOf(await trial.requests(), 1)
    assert.deepEqual(mortal.surprises, [])
  })

  it('when a source is closed says nothing to that one, and everything to the others', async (trial) => {
    const mortal = await Mortal.of(trial)
    const url = trial.at('/stream', { body: quiet, end: 'stall' })
    const closed = await connected(mortal, url)
    const other = await connected(mortal, url)
    await pause(20)
    mortal.arm()
    closed.source.close()
    assert.strictEqual(closed.source.readyState, 2)
    await tellsOfDeath(other.recorder, 'unreachable')
    assert.deepEqual(closed.recorder.brief, ['open', 'message: a'])
    await trial.requestsUntil((all) => all.length === 2 && all.every(({ open }) => !open), 'dead connections')
    assert.deepEqual(mortal.surprises, [])
  })

  it('lets what is left of its sources be called', async (trial) => {
    const mortal = await Mortal.of(trial)
    const { source, recorder } = await connected(mortal, trial.at('/stream', { body: quiet, end: 'stall' }))
    mortal.arm()
    source.reset()
    for (const call of ['reset', 'reconnect', 'close', 'close', 'reconnect', 'reset'] as const) source[call]()
    await pause(50)
    // Closed before it could be told.
    assert.deepEqual(recorder.brief, ['open', 'message: a'])
    assert.strictEqual(source.readyState, 2)
    await trial.requestsUntil((all) => all.every(({ open }) => !open), 'the dead connection')
    assert.deepEqual(mortal.surprises, [])
  })

  it('may be followed by others, as often as they die', async (trial) => {
    const mortal = await Mortal.of(trial)
    for (let life = 1; life <= 4; life++) {
      const { source, recorder } = await connected(mortal, trial.at('/stream', { body: quiet, end: 'stall' }))
      assert.strictEqual(mortal.instances, life)
      mortal.arm()
      source.reset()
      await tellsOfDeath(recorder, 'unreachable')
    }
    assert.deepEqual(mortal.surprises, [])
  })

  it('fails a source over a stream too, and lets go of the stream', async (trial) => {
    const mortal = await Mortal.of(trial)
    let cancelled = false
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(quiet)),
      cancel: () => void (cancelled = true),
    })
    const source = (mortal.realm.EventSource as unknown as Factory).fromReadableStream(stream)
    trial.after(() => source.close())
    const recorder = trial.record(source)
    await recorder.until('message')
    mortal.arm()
    source.reset()
    await tellsOfDeath(recorder, 'unreachable')
    assert.isTrue(cancelled)
    assert.deepEqual(mortal.surprises, [])
  })

  it('while the request is made fails the one that makes it', async (trial) => {
    const mortal = await Mortal.of(trial)
    const { recorder } = mortal.open(trial.at('/stream', { body: quiet, end: 'stall' }))
    // Made by now, and about to begin in a microtask.
    mortal.arm()
    await tellsOfDeath(recorder, 'unreachable')
    assert.deepEqual(recorder.brief, ['error'])
    assert.lengthOf(await trial.requests(), 0)
    const next = mortal.open(trial.at('/stream', { body: quiet, end: 'stall' }))
    await next.recorder.until('message')
    assert.deepEqual(mortal.surprises, [])
  })

  it('makes for await throw the reason', async (trial) => {
    const mortal = await Mortal.of(trial)
    const { source } = mortal.open(await trial.script([{ chunks: [{ text: 'retry: 100\ndata: a\n\n' }] }]))
    const seen: string[] = []
    try {
      for await (const { data } of source as unknown as AsyncIterable<MessageEvent<string>>) {
        seen.push(data)
        mortal.arm()
      }
    } catch (error) {
      assert.include((error as Error).message, 'the WebAssembly instance died')
      assert.include(String((error as Error).cause), 'unreachable')
      assert.deepEqual(seen, ['a'])
      return
    }
    assert.fail('it ended without an error')
  })
})
