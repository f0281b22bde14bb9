/**
 * Sources in frames: the base URL and the realm of their events, pages of unusual kinds, and what becomes of a source
 * when its frame is removed, navigated or stopped. Needs a document, so runs in windows only.
 */
import { assert } from 'chai'
import { config, native } from './harness/config'
import { describe, it } from './harness/bdd'
import { Recorder } from './harness/recorder'
import { install, pause, type Trial } from './harness/trial'

type Realm = Window & typeof globalThis

const stalled = '/stream?end=stall'

/** The script element that brings the class into a page written as text. */
function classElement(): string {
  if (native) return ''
  const script = config.source.endsWith('/index.js') ? '/dist/eventsource-wasm.global.js' : config.source
  return `<script src="${location.origin}${script}"></script>`
}

/** A page of our own making, served by the stream route. */
function page(trial: Trial, body: string, parameters: Record<string, string | string[]> = {}): string {
  return trial.at('/stream', {
    body: `<!doctype html>${classElement()}${body}`,
    type: 'text/html; charset=utf-8',
    key: `${trial.key}-page`,
    ...parameters,
  })
}

async function realm(trial: Trial, attributes: { src?: string; srcdoc?: string } = {}): Promise<Realm> {
  return (await trial.frame(attributes)).contentWindow as Realm
}

/** What a frame that we cannot look into posts to us. */
function posted(trial: Trial, frame: () => HTMLIFrameElement | undefined): { next(): Promise<unknown> } {
  const messages: unknown[] = []
  let wake: (() => void) | undefined
  const listener = (event: MessageEvent): void => {
    if (event.source !== frame()?.contentWindow) return
    messages.push(event.data)
    wake?.()
  }
  addEventListener('message', listener)
  trial.after(() => removeEventListener('message', listener))
  return {
    async next() {
      while (messages.length === 0) await new Promise<void>((resolve) => (wake = resolve))
      return messages.shift()
    },
  }
}

function show(trial: Trial, attributes: Record<string, string>): { next(): Promise<unknown> } {
  const frame = document.createElement('iframe')
  for (const [name, value] of Object.entries(attributes)) frame.setAttribute(name, value)
  const messages = posted(trial, () => frame)
  trial.after(() => frame.remove())
  document.body.append(frame)
  return messages
}

describe.in(['window'], 'the class of a frame', () => {
  it('is not the class of its parent', async (trial) => {
    const inside = await realm(trial, { src: page(trial, '') })
    assert.notStrictEqual(inside.EventSource, EventSource)
    const source = trial.open(stalled, undefined, inside.EventSource)
    assert.instanceOf(source, inside.EventSource)
    assert.instanceOf(source, inside.EventTarget)
    assert.notInstanceOf(source, EventTarget)
  })

  it('resolves addresses against the frame’s own URL, whoever calls it', async (trial) => {
    const inside = await realm(trial, { src: page(trial, '') })
    const source = trial.open('elsewhere?x', undefined, inside.EventSource)
    assert.strictEqual(source.url, new URL('elsewhere?x', inside.location.href).href)
    assert.notStrictEqual(source.url, new URL('elsewhere?x', location.href).href)
  })

  it('makes events of the frame’s realm', async (trial) => {
    const inside = await realm(trial, { src: page(trial, '') })
    const url = trial.at('/stream', { body: 'data: x\n\nretry: 60000\n\n' })
    const source = trial.open(url, undefined, inside.EventSource)
    const recorder = trial.record(source)
    await recorder.until('error')
    const [open, message, error] = recorder.events
    assert.strictEqual(open!.constructor, inside.Event)
    assert.strictEqual(message!.constructor, inside.MessageEvent)
    assert.instanceOf(message!, inside.MessageEvent)
    assert.notInstanceOf(message!, MessageEvent)
    assert.strictEqual(error!.constructor, inside.Event)
    assert.instanceOf((message as MessageEvent).ports, inside.Array)
  })

  it('throws errors of the frame’s realm', async (trial) => {
    const inside = await realm(trial, { src: page(trial, '') })
    const thrown = (call: () => unknown): unknown => {
      try {
        call()
      } catch (error) {
        return error
      }
      return undefined
    }
    assert.instanceOf(
      thrown(() => new inside.EventSource('http://[bad')),
      inside.DOMException,
    )
    assert.instanceOf(
      thrown(() => Reflect.construct(inside.EventSource, [])),
      inside.TypeError,
    )
    assert.instanceOf(
      thrown(() => Reflect.construct(inside.EventSource, [stalled, 1])),
      inside.TypeError,
    )
  })

  it('gives the frame’s origin and Referer', async (trial) => {
    const inside = await realm(trial, { src: page(trial, '') })
    const source = trial.open(trial.at('/echo'), undefined, inside.EventSource)
    const event = await trial.record(source).until('message')
    const { headers } = JSON.parse(event.data) as { headers: Record<string, string[]> }
    assert.strictEqual(event.origin, location.origin)
    assert.deepEqual(headers['referer'], [inside.location.href])
  })

  it('reports a listener’s exception to the window of the listener', async (trial) => {
    const inside = await realm(trial, {
      src: page(trial, '<script>function fail() { throw new Error("inside") }</script>'),
    })
    const reported = new Promise<string>((resolve) => {
      inside.onerror = (message) => {
        resolve(String(message))
        return true
      }
    })
    const source = trial.open(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }), undefined, inside.EventSource)
    source.onmessage = (inside as unknown as { fail: () => void }).fail
    assert.include(await reported, 'inside')
  })
})

describe.in(['window'], 'the base URL', () => {
  it('of about:blank is that of the page that made it', async (trial) => {
    const inside = await realm(trial)
    const url = trial.at('/stream', { body: 'data: x\n\n', end: 'stall' })
    const source = trial.open(url.replace(location.origin, ''), undefined, inside.EventSource)
    assert.strictEqual(source.url, url)
    const event = await trial.record(source).until('message')
    assert.strictEqual(event.constructor, inside.MessageEvent)
    assert.strictEqual(event.origin, location.origin)
  })

  it('of a srcdoc frame is that of its parent', async (trial) => {
    const inside = await realm(trial, { srcdoc: '<p>frame</p>' })
    const source = trial.open('stream-of-the-frame', undefined, inside.EventSource)
    assert.strictEqual(source.url, new URL('stream-of-the-frame', location.href).href)
  })

  it('is set by a base element', async (trial) => {
    const inside = await realm(trial, { srcdoc: `<base href="${trial.otherOrigin}/folder/page"><p>frame</p>` })
    const source = trial.open('stream?x', undefined, inside.EventSource)
    assert.strictEqual(source.url, `${trial.otherOrigin}/folder/stream?x`)
  })

  it('is that of the moment of construction', async (trial) => {
    const inside = await realm(trial, { srcdoc: '<p>frame</p>' })
    const base = inside.document.createElement('base')
    base.href = `${trial.origin}/first/`
    inside.document.head.append(base)
    const first = trial.open('x', undefined, inside.EventSource)
    base.href = `${trial.origin}/second/`
    const second = trial.open('x', undefined, inside.EventSource)
    assert.strictEqual(first.url, `${trial.origin}/first/x`)
    assert.strictEqual(second.url, `${trial.origin}/second/x`)
  })

  it('does not move a source that reconnects', async (trial) => {
    const inside = await realm(trial, { srcdoc: `<base href="${trial.origin}/"><p>frame</p>` })
    const url = await trial.script([
      { chunks: [{ text: 'retry: 10\ndata: a\n\n' }] },
      { chunks: [{ text: 'data: b\n\n' }], end: 'stall' },
    ])
    const source = trial.open(url.slice(trial.origin.length + 1), undefined, inside.EventSource)
    const recorder = trial.record(source)
    await recorder.until('message')
    inside.document.querySelector('base')!.href = `${trial.origin}/moved/`
    await recorder.until('message')
    assert.deepEqual(recorder.data, ['a', 'b'])
  })

  it('of a data: page takes no relative address', async (trial) => {
    const code = `<!doctype html>${classElement()}<script>
      let said
      try { new EventSource('/relative'); said = 'made' } catch (error) { said = [error.name, error instanceof DOMException] }
      parent.postMessage(said, '*')
    </script>`
    const messages = show(trial, { src: `data:text/html,${encodeURIComponent(code)}` })
    assert.deepEqual(await messages.next(), ['SyntaxError', true])
  })
})

describe.in(['window'], 'a page', () => {
  it('that has set document.domain has sources', async (trial) => {
    const url = trial.at('/stream', { body: 'data: x\n\n', end: 'stall' })
    const code = `<script>
      try { document.domain = document.domain } catch {}
      const source = new EventSource(${JSON.stringify(url)})
      source.onmessage = (event) => {
        parent.postMessage([event.data, event.origin, source.readyState], '*')
        source.close()
      }
    </script>`
    const messages = show(trial, { src: page(trial, code, { header: 'Origin-Agent-Cluster:?0' }) })
    assert.deepEqual(await messages.next(), ['x', location.origin, 1])
  })

  it('of an opaque origin is told so to the server', async (trial) => {
    const code = (url: string): string => `<script>
      const source = new EventSource(${JSON.stringify(url)})
      source.onmessage = (event) => parent.postMessage(['message', event.data, event.origin], '*')
      source.onerror = () => parent.postMessage(['error', source.readyState], '*')
    </script>`
    const allowed = page(trial, code(trial.at('/echo', { cors: '*' })))
    const [kind, data, origin] = (await show(trial, { src: allowed, sandbox: 'allow-scripts' }).next()) as string[]
    assert.strictEqual(kind, 'message')
    assert.deepEqual((JSON.parse(data!) as { headers: Record<string, string[]> }).headers['origin'], ['null'])
    assert.strictEqual(origin, location.origin)
    const refused = page(trial, code(trial.at('/echo')))
    assert.deepEqual(await show(trial, { src: refused, sandbox: 'allow-scripts' }).next(), ['error', 2])
  })

  it('whose policy forbids connections gets an error, and no request is made', async (trial) => {
    const url = trial.at('/stream', { body: 'data: x\n\n', end: 'stall' })
    const code = `<script>
      const source = new EventSource(${JSON.stringify(url)})
      const made = source.readyState
      source.onerror = (event) => parent.postMessage([made, source.readyState, event.type, 'data' in event], '*')
    </script>`
    const messages = show(trial, { src: page(trial, code, { header: "Content-Security-Policy:connect-src 'none'" }) })
    assert.deepEqual(await messages.next(), [0, 2, 'error', false])
    assert.lengthOf(await trial.requests(), 0)
  })

  it('in another encoding reads streams as UTF-8', async (trial) => {
    const url = trial.at('/stream', { body: 'data: ü€\n\n', end: 'stall' })
    const code = `<script>
      const source = new EventSource(${JSON.stringify(url)})
      source.onmessage = (event) => { parent.postMessage(event.data, '*'); source.close() }
    </script>`
    const messages = show(trial, { src: page(trial, code, { type: 'text/html; charset=windows-1252' }) })
    assert.strictEqual(await messages.next(), 'ü€')
  })

  it('without scripts of its own may be worked from outside', async (trial) => {
    const inside = await realm(trial, { srcdoc: '' })
    const source = trial.open(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }), undefined, inside.EventSource)
    await trial.record(source).until('message')
  })
})

describe.in(['window'], 'a frame with a source', () => {
  /** A connected source inside, recorded outside so that the record outlives the frame. */
  async function connected(
    trial: Trial,
  ): Promise<{ frame: HTMLIFrameElement; source: EventSource; recorder: Recorder }> {
    const frame = await trial.frame({ src: page(trial, '') })
    const inside = frame.contentWindow as Realm
    const source = new inside.EventSource(trial.at('/stream', { body: 'retry: 50\ndata: x\n\n', end: 'stall' }))
    const recorder = trial.record(source)
    await recorder.until('message')
    return { frame, source, recorder }
  }

  it('closes its connection when it is removed, and fires nothing', async (trial) => {
    const { frame, recorder } = await connected(trial)
    frame.remove()
    await trial.requestsUntil((requests) => requests.every((request) => !request.open), 'after remove()')
    await pause(700)
    assert.deepEqual(recorder.brief, ['open', 'message: x'])
    assert.lengthOf(await trial.requests(), 1)
  })

  it('closes its connection when it is navigated, and fires nothing', async (trial) => {
    const { frame, recorder } = await connected(trial)
    const loaded = new Promise<void>((resolve) => frame.addEventListener('load', () => resolve(), { once: true }))
    frame.src = page(trial, '<p>next</p>')
    await loaded
    await trial.requestsUntil((requests) => requests.every((request) => !request.open), 'after navigation')
    await pause(700)
    assert.deepEqual(recorder.brief, ['open', 'message: x'])
    assert.lengthOf(await trial.requests(), 1)
  })

  it('makes no request after it was removed while waiting to reconnect', async (trial) => {
    const frame = await trial.frame({ src: page(trial, '') })
    const inside = frame.contentWindow as Realm
    const source = new inside.EventSource(trial.at('/stream', { body: 'retry: 300\ndata: x\n\n' }))
    const recorder = trial.record(source)
    await recorder.until('error')
    frame.remove()
    await pause(1000)
    assert.deepEqual(recorder.brief, ['open', 'message: x', 'error'])
    assert.lengthOf(await trial.requests(), 1)
  })

  it('may be removed by a listener of the source', async (trial) => {
    const frame = await trial.frame({ src: page(trial, '') })
    const inside = frame.contentWindow as Realm
    const source = new inside.EventSource(
      trial.at('/stream', { body: 'data: a\n\ndata: b\n\ndata: c\n\n', end: 'stall' }),
    )
    const seen: string[] = []
    await new Promise<void>((resolve) => {
      source.onmessage = (event) => {
        seen.push(event.data as string)
        frame.remove()
        resolve()
      }
    })
    await pause(150)
    assert.deepEqual(seen, ['a'])
    await trial.requestsUntil((requests) => requests.every((request) => !request.open), 'after remove()')
  })

  it('may be removed before the source has connected', async (trial) => {
    const frame = await trial.frame({ src: page(trial, '') })
    const inside = frame.contentWindow as Realm
    const source = new inside.EventSource(trial.at('/stream', { delay: 100, body: 'data: x\n\n', end: 'stall' }))
    const recorder = trial.record(source)
    frame.remove()
    await pause(300)
    assert.deepEqual(recorder.brief, [])
    await trial.requestsUntil((requests) => requests.every((request) => !request.open), 'after remove()')
  })

  it(native ? 'fails it for good at window.stop()' : 'takes window.stop() for a network error', async (trial) => {
    const frame = await trial.frame({ src: page(trial, '') })
    const inside = frame.contentWindow as Realm
    const source = new inside.EventSource(trial.at('/stream', { delay: 1000, body: 'retry: 50\ndata: x\n\n' }))
    trial.after(() => source.close())
    const recorder = trial.record(source)
    await trial.requestsUntil((requests) => requests.length === 1, 'a request')
    inside.stop()
    await recorder.until('error')
    if (!native) {
      // No browser lets a script tell window.stop() from a network error, so ours connects again.
      assert.strictEqual(source.readyState, 0)
      return
    }
    assert.strictEqual(source.readyState, 2)
    await pause(700)
    assert.deepEqual(recorder.brief, ['error'])
    assert.lengthOf(await trial.requests(), 1)
  })

  it('has its class put in place by a script of its own', async (trial) => {
    const frame = await trial.frame({ srcdoc: '<p>plain</p>' })
    await install(frame.contentWindow!)
    const inside = frame.contentWindow as Realm
    const source = trial.open(trial.at('/stream', { body: 'data: x\n\n', end: 'stall' }), undefined, inside.EventSource)
    assert.strictEqual((await trial.record(source).until('message')).constructor, inside.MessageEvent)
  })
})
