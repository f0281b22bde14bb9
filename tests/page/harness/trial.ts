/**
 * What one test holds: a key of its own on the server, the sources, frames and recorders it made, and their end.
 * A body gets it as its only argument; whatever it opens here is closed when the body is done, passed or not.
 */
import { config, native } from './config'
import { Recorder } from './recorder'
import {
  address,
  postScript,
  publish,
  requestsOf,
  type Bytes,
  type LoggedRequest,
  type Parameters,
  type Step,
} from './server'

let count = 0

/** One dispatched message as the format tests compare it. */
export interface Message {
  type: string
  data: string
  lastEventId: string
}

export class Trial {
  readonly key = `${config.scope}-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}-${++count}`
  readonly origin = location.origin
  readonly otherOrigin = config.otherOrigin
  readonly #endings: (() => void)[] = []
  readonly #recorders: Recorder[] = []
  #asked = false

  constructor(readonly title: string) {}

  /** An address of the page's own origin, logged under this trial's key. */
  at(path: string, parameters: Parameters = {}): string {
    this.#asked = true
    return address(this.origin, path, { key: this.key, ...parameters })
  }

  /** The same at the other origin. */
  elsewhere(path: string, parameters: Parameters = {}): string {
    this.#asked = true
    return address(this.otherOrigin, path, { key: this.key, ...parameters })
  }

  /** A source that is closed at the end; `options` takes what only our class knows, too. */
  open(url: string | URL, options?: object, Class: typeof EventSource = globalThis.EventSource): EventSource {
    const source = options === undefined ? new Class(url) : new Class(url, options)
    this.after(() => source.close())
    return source
  }

  record(source: EventTarget, ...types: string[]): Recorder {
    const recorder = new Recorder(source, types)
    this.#recorders.push(recorder)
    return recorder
  }

  /** Opens, listens to `open`, `message`, `error` and the types named. */
  listen(url: string, ...types: string[]): { source: EventSource; recorder: Recorder } {
    const source = this.open(url)
    return { source, recorder: this.record(source, ...types) }
  }

  /** All messages of a stream that ends by itself. */
  async messages(url: string, ...types: string[]): Promise<Message[]> {
    const { source, recorder } = this.listen(url, ...types)
    await recorder.until('error')
    source.close()
    return recorder.events.flatMap((event) =>
      event instanceof MessageEvent
        ? [{ type: event.type, data: event.data as string, lastEventId: event.lastEventId }]
        : [],
    )
  }

  /** Answers the n-th request to the address it gives with the n-th step. */
  async script(steps: Step[], last: 'repeat' | 'stop' = 'stop', parameters: Parameters = {}): Promise<string> {
    this.#asked = true
    await postScript(this.key, steps, last)
    return address(this.origin, `/script/${this.key}`, parameters)
  }

  publish(part: Bytes, end?: 'close' | 'reset'): Promise<void> {
    return publish(this.key, part, end)
  }

  /** Requests logged under the key, preflights left out. */
  async requests(key = this.key): Promise<LoggedRequest[]> {
    return (await requestsOf(key)).filter((request) => request.method !== 'OPTIONS')
  }

  async preflights(): Promise<LoggedRequest[]> {
    return (await requestsOf(this.key)).filter((request) => request.method === 'OPTIONS')
  }

  /** Asks the log until it satisfies the condition. */
  async requestsUntil(
    condition: (requests: LoggedRequest[]) => boolean,
    what: string,
    milliseconds = config.timeout * 0.6,
  ): Promise<LoggedRequest[]> {
    const patience = performance.now() + milliseconds
    for (;;) {
      const requests = await this.requests()
      if (condition(requests)) return requests
      if (performance.now() > patience) throw new Error(`${what}: the server's log still says [${brief(requests)}]`)
      await pause(50)
    }
  }

  /** A frame with the class under test in its realm. Window scope only. */
  async frame(attributes: { src?: string; srcdoc?: string; sandbox?: string } = {}): Promise<HTMLIFrameElement> {
    const frame = document.createElement('iframe')
    for (const [name, value] of Object.entries(attributes)) frame.setAttribute(name, value)
    this.after(() => frame.remove())
    const loaded = new Promise<void>((resolve) => frame.addEventListener('load', () => resolve(), { once: true }))
    document.body.append(frame)
    if (attributes.src !== undefined || attributes.srcdoc !== undefined) await loaded
    await install(frame.contentWindow!)
    return frame
  }

  after(ending: () => void): void {
    this.#endings.push(ending)
  }

  /** The events that reached this trial's recorders, for the message of a failure. */
  seen(): string {
    return this.#recorders
      .map((recorder) => `[${recorder.brief.map((line) => line.slice(0, 60)).join(', ')}]`)
      .join(' ')
  }

  /** The requests of this trial, for the message of a failure. */
  async log(): Promise<string> {
    return this.#asked ? brief(await this.requests()) : ''
  }

  end(): void {
    for (const ending of this.#endings.reverse()) ending()
  }

  /** Fails where the server still holds a connection of this trial a while after its end. */
  async released(): Promise<void> {
    if (!this.#asked) return
    // Chromium goes on reading from a socket for up to five seconds, in the hope of using it again.
    await this.requestsUntil((requests) => requests.every(({ open }) => !open), 'after the end of the test', 8000)
  }
}

function brief(requests: readonly LoggedRequest[]): string {
  return requests.map(({ method, open }) => `${method} ${open ? 'open' : 'closed'}`).join(', ')
}

/** Puts the class under test into a window of the same origin, as a page would with a script element. */
export async function install(window: Window): Promise<void> {
  if (native) return
  const script = window.document.createElement('script')
  script.src = `${location.origin}${config.source.endsWith('/index.js') ? '/dist/eventsource-wasm.global.js' : config.source}`
  const ready = new Promise<void>((resolve, reject) => {
    script.onload = () => resolve()
    script.onerror = () => reject(new Error(`${script.src} did not load in the frame`))
  })
  window.document.documentElement.append(script)
  await ready
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
