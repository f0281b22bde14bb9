/**
 * What the page does to its sources: the back/forward cache, being hidden and shown, being online again; and
 * reconnect(). The pages are frames with a class of their own, whose events are made here; the engines' own are in
 * leaving.mjs. Not run against native classes.
 */
import { assert } from 'chai'
import type { EventSourceErrorEvent } from '../../js/types'
import { describe, it } from './harness/bdd'
import type { Recorder } from './harness/recorder'
import type { Step } from './harness/server'
import { install, pause, type Trial } from './harness/trial'

type Ours = EventSource & { reconnect(): void }
type Realm = Window & typeof globalThis

/** A frame whose page can be told to be hidden, left and so on. */
class Page {
  private constructor(
    readonly trial: Trial,
    readonly realm: Realm,
  ) {}

  static async of(trial: Trial, hidden = false): Promise<Page> {
    const frame = document.createElement('iframe')
    frame.src = trial.at('/stream', { body: '<!doctype html>', type: 'text/html', key: `${trial.key}-page` })
    trial.after(() => frame.remove())
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve, { once: true }))
    document.body.append(frame)
    await loaded
    const page = new Page(trial, frame.contentWindow as Realm)
    if (hidden) page.#setVisibility('hidden')
    await install(page.realm)
    return page
  }

  open(url: string, options: object = {}): { source: Ours; recorder: Recorder } {
    const init = { reconnectionTime: 10, ...options }
    const source = this.trial.open(url, init, this.realm.EventSource) as Ours
    return { source, recorder: this.trial.record(source) }
  }

  #setVisibility(state: DocumentVisibilityState): void {
    const { document } = this.realm
    Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })
    Object.defineProperty(document, 'hidden', { value: state === 'hidden', configurable: true })
  }

  see(state: DocumentVisibilityState): void {
    this.#setVisibility(state)
    this.realm.document.dispatchEvent(new this.realm.Event('visibilitychange', { bubbles: true }))
  }

  leave(): void {
    this.realm.dispatchEvent(new this.realm.PageTransitionEvent('pagehide', { persisted: true }))
  }

  comeBack(): void {
    this.realm.dispatchEvent(new this.realm.PageTransitionEvent('pageshow', { persisted: true }))
  }

  goOnline(): void {
    this.realm.dispatchEvent(new this.realm.Event('online'))
  }
}

const first: Step = { chunks: [{ text: 'id: 1\ndata: a\n\n' }], end: 'stall' }
const second: Step = { chunks: [{ text: 'data: b\n\n' }], end: 'stall' }

const numbers = Array.from({ length: 3000 }, (_, n) => String(n))

/** Takes its time, so that the delivery of a chunk outlasts the connection that it came over. */
function dawdle(): void {
  const end = performance.now() + 0.2
  while (performance.now() < end);
}

/** A server of numbered events, 1500 in one chunk, so that they are delivered over several tasks; it resumes. */
function burst({ Response, TextEncoder }: typeof globalThis): (url: unknown, init: RequestInit) => Promise<Response> {
  return async (_, init) => {
    const last = new Headers(init.headers).get('last-event-id')
    const from = last === null ? 0 : Number(last) + 1
    if (from === numbers.length) return new Response(null, { status: 204 })
    const events = numbers.slice(from, from + 1500).map((number) => `id: ${number}\ndata: ${number}\n\n`)
    return new Response(new TextEncoder().encode(events.join('')), { headers: { 'Content-Type': 'text/event-stream' } })
  }
}

async function failed(recorder: Recorder): Promise<EventSourceErrorEvent> {
  return (await recorder.until('error')) as unknown as EventSourceErrorEvent
}

function released(trial: Trial, count: number): Promise<unknown> {
  return trial.requestsUntil((all) => all.length === count && all.every(({ open }) => !open), 'the connection')
}

describe.beyondNative('a source in the back/forward cache', () => {
  if (typeof document === 'undefined') return

  it('lets go of its connection and comes back with the page, without an error event', async (trial) => {
    const page = await Page.of(trial)
    const { source, recorder } = page.open(await trial.script([first, second]))
    await recorder.until('message')
    page.leave()
    await released(trial, 1)
    assert.strictEqual(source.readyState, 0)
    page.comeBack()
    await recorder.until('message')
    assert.strictEqual(source.readyState, 1)
    assert.deepEqual(recorder.brief, ['open', 'message: a', 'open', 'message: b'])
    assert.deepEqual((await trial.requests())[1]!.headers['last-event-id'], ['1'])
  })

  it('lets go of a request that is not answered yet', async (trial) => {
    const page = await Page.of(trial)
    const { recorder } = page.open(await trial.script([{ delay: 60_000 }, second]))
    await trial.requestsUntil((all) => all.length === 1, 'the request')
    page.leave()
    await released(trial, 1)
    page.comeBack()
    await recorder.until('message')
    assert.deepEqual(recorder.brief, ['open', 'message: b'])
  })

  it('waits for no reconnection there', async (trial) => {
    const page = await Page.of(trial)
    const { recorder } = page.open(await trial.script([{ chunks: [{ text: 'data: a\n\n' }] }, second]), {
      reconnectionTime: 100,
    })
    await recorder.until('error')
    page.leave()
    await pause(300)
    assert.lengthOf(await trial.requests(), 1)
    page.comeBack()
    await recorder.until('message')
    assert.deepEqual(recorder.brief, ['open', 'message: a', 'error', 'open', 'message: b'])
  })

  it('that is closed there stays closed', async (trial) => {
    const page = await Page.of(trial)
    const { source, recorder } = page.open(await trial.script([first, second]))
    await recorder.until('message')
    page.leave()
    source.close()
    page.comeBack()
    await pause(200)
    assert.strictEqual(source.readyState, 2)
    assert.lengthOf(await trial.requests(), 1)
  })

  it('that reconnects there does so when the page is back', async (trial) => {
    const page = await Page.of(trial)
    const { source, recorder } = page.open(await trial.script([first, second]))
    await recorder.until('message')
    page.leave()
    source.reconnect()
    await pause(150)
    assert.lengthOf(await trial.requests(), 1)
    page.comeBack()
    await recorder.until('message')
  })

  it('as often as the page goes and comes', async (trial) => {
    const page = await Page.of(trial)
    const { recorder } = page.open(await trial.script([first], 'repeat'))
    for (let round = 1; round <= 4; round++) {
      await recorder.until('message')
      page.leave()
      // Back before the connection is let go of, every other time.
      if (round % 2 === 0) await released(trial, round)
      page.comeBack()
    }
    await recorder.until('message')
    assert.lengthOf(await trial.requests(), 5)
    assert.notInclude(recorder.brief, 'error')
  })

  it('does not send a POST again, and says why', async (trial) => {
    const page = await Page.of(trial)
    const { source, recorder } = page.open(await trial.script([first, second]), { method: 'POST', body: 'prompt' })
    await recorder.until('message')
    page.leave()
    await released(trial, 1)
    page.comeBack()
    const event = await failed(recorder)
    assert.strictEqual(event.reason, 'request')
    assert.match(event.message, /for the page's sake.*not sent again/)
    assert.strictEqual(source.readyState, 2)
    assert.lengthOf(await trial.requests(), 1)
  })

  it('loses no event of a burst that it was left in', async (trial) => {
    const page = await Page.of(trial)
    const { source, recorder } = page.open(trial.at('/stream'), { fetch: burst(page.realm) })
    source.addEventListener('message', ({ data }) => {
      dawdle()
      if (Number(data) % 1000 === 10) {
        page.leave()
        setTimeout(() => page.comeBack(), 50)
      }
    })
    while (source.readyState !== 2) await failed(recorder)
    assert.deepEqual(recorder.data, numbers)
  })
})

describe.beyondNative('pauseWhenHidden', () => {
  if (typeof document === 'undefined') return

  it('closes the connection while the page is hidden, without an error event', async (trial) => {
    const page = await Page.of(trial)
    const { source, recorder } = page.open(await trial.script([first, second]), { pauseWhenHidden: true })
    await recorder.until('message')
    page.see('hidden')
    await released(trial, 1)
    assert.strictEqual(source.readyState, 0)
    await pause(100)
    assert.lengthOf(await trial.requests(), 1)
    page.see('visible')
    await recorder.until('message')
    assert.deepEqual(recorder.brief, ['open', 'message: a', 'open', 'message: b'])
    assert.deepEqual((await trial.requests())[1]!.headers['last-event-id'], ['1'])
  })

  it('makes no request in a page that is hidden from the start', async (trial) => {
    const page = await Page.of(trial, true)
    const { source, recorder } = page.open(await trial.script([first]), { pauseWhenHidden: true })
    await pause(200)
    assert.lengthOf(await trial.requests(), 0)
    assert.strictEqual(source.readyState, 0)
    page.see('visible')
    await recorder.until('message')
  })

  it('is false unless asked for', async (trial) => {
    const page = await Page.of(trial)
    const { source, recorder } = page.open(await trial.script([first, second]))
    await recorder.until('message')
    page.see('hidden')
    await pause(150)
    assert.strictEqual(source.readyState, 1)
    assert.isTrue((await trial.requests())[0]!.open)
  })

  it('must be true or false', () => {
    const make = (): unknown => Reflect.construct(EventSource, ['/stream?end=stall', { pauseWhenHidden: 'yes' }])
    assert.throws(make, TypeError, /pauseWhenHidden.*yes/)
  })
})

describe.beyondNative('a wait for the next attempt', () => {
  if (typeof document === 'undefined') return

  const changes: [string, (page: Page) => void][] = [
    ['the network being there again', (page) => page.goOnline()],
    [
      'the page being shown',
      (page) => {
        page.see('hidden')
        page.see('visible')
      },
    ],
  ]
  for (const [what, change] of changes) {
    it(`is cut short by ${what}`, async (trial) => {
      const page = await Page.of(trial)
      const { recorder } = page.open(await trial.script([{ chunks: [{ text: 'retry: 60000\ndata: a\n\n' }] }, second]))
      assert.strictEqual((await failed(recorder)).reconnectIn, 60_000)
      change(page)
      await recorder.until('message')
      assert.deepEqual(recorder.brief, ['open', 'message: a', 'error', 'open', 'message: b'])
    })

    it(`leaves an open connection alone at ${what}`, async (trial) => {
      const page = await Page.of(trial)
      const { source, recorder } = page.open(await trial.script([first, second]))
      await recorder.until('message')
      change(page)
      await pause(100)
      assert.strictEqual(source.readyState, 1)
      assert.lengthOf(await trial.requests(), 1)
    })
  }
})

describe.beyondNative('a page in the background whose timers', () => {
  if (typeof document === 'undefined') return

  const ending: Step = { chunks: first.chunks! }

  /** What browsers do to the timers of a page that nobody sees: each comes so many milliseconds late, or not at all. */
  async function inBackground(trial: Trial, late: number): Promise<Page> {
    const page = await Page.of(trial)
    const { realm } = page
    const { setTimeout } = realm
    realm.setTimeout = ((run: () => void, milliseconds = 0) =>
      setTimeout.call(realm, run, Math.min(milliseconds + late, 2 ** 31 - 1))) as typeof realm.setTimeout
    page.see('hidden')
    return page
  }

  it('come late reconnects late', async (trial) => {
    const late = 1500
    const page = await inBackground(trial, late)
    const { recorder } = page.open(await trial.script([ending, second]))
    await failed(recorder)
    const since = performance.now()
    await recorder.until('open')
    assert.isAtLeast(performance.now() - since, late)
    await recorder.until('message')
    assert.deepEqual(recorder.brief, ['open', 'message: a', 'error', 'open', 'message: b'])
  })

  it('do not come at all reconnects when it is seen again', async (trial) => {
    const page = await inBackground(trial, 2 ** 31)
    const { recorder } = page.open(await trial.script([ending, second]))
    await failed(recorder)
    await pause(300)
    assert.lengthOf(await trial.requests(), 1)
    page.see('visible')
    await recorder.until('message')
    assert.deepEqual(recorder.brief, ['open', 'message: a', 'error', 'open', 'message: b'])
    assert.deepEqual((await trial.requests())[1]!.headers['last-event-id'], ['1'])
  })
})

describe.beyondNative('reconnect() of an open source', () => {
  it('gives up the connection for a new one, without an error event', async (trial) => {
    const source = trial.open(await trial.script([first, second])) as Ours
    const recorder = trial.record(source)
    await recorder.until('message')
    source.reconnect()
    await recorder.until('message')
    assert.deepEqual(recorder.brief, ['open', 'message: a', 'open', 'message: b'])
    const [before, after] = await trial.requestsUntil(([request]) => !request!.open, 'the first connection')
    assert.isFalse(before!.open)
    assert.deepEqual(after!.headers['last-event-id'], ['1'])
  })

  it('does nothing once it is closed', async (trial) => {
    const source = trial.open(await trial.script([first, second])) as Ours
    await trial.record(source).until('message')
    source.close()
    source.reconnect()
    await pause(150)
    assert.strictEqual(source.readyState, 2)
    assert.lengthOf(await trial.requests(), 1)
  })

  it('several times at once is once', async (trial) => {
    const source = trial.open(await trial.script([first, second])) as Ours
    const recorder = trial.record(source)
    await recorder.until('message')
    for (let n = 0; n < 5; n++) source.reconnect()
    await recorder.until('message')
    await pause(50)
    assert.lengthOf(await trial.requests(), 2)
  })

  it('in the middle of a burst loses no event and gives none twice', async (trial) => {
    const source = trial.open(trial.at('/stream'), { fetch: burst(globalThis), reconnectionTime: 10 }) as Ours
    const recorder = trial.record(source)
    source.addEventListener('message', ({ data }) => {
      dawdle()
      if (Number(data) % 700 === 10) source.reconnect()
    })
    while (source.readyState !== 2) await failed(recorder)
    assert.deepEqual(recorder.data, numbers)
  })
})
