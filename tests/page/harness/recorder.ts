/**
 * Writes down the events of one source in the order in which they come, and lets a test wait for the next one.
 * It listens only to the types that it is told; it never closes the source.
 */

export class Recorder {
  readonly events: Event[] = []
  readonly #taken = { count: 0 }
  #wake: (() => void) | undefined

  constructor(source: EventTarget, types: readonly string[]) {
    for (const type of new Set(['open', 'message', 'error', ...types])) {
      source.addEventListener(type, (event) => {
        this.events.push(event)
        this.#wake?.()
      })
    }
  }

  /** The first event that was not taken yet; waits for it. */
  async next(): Promise<MessageEvent<string>> {
    while (this.events.length <= this.#taken.count) await new Promise<void>((resolve) => (this.#wake = resolve))
    return this.events[this.#taken.count++] as MessageEvent<string>
  }

  /** Takes events up to and with the n-th of a type from here on. */
  async until(type: string, times = 1): Promise<MessageEvent<string>> {
    for (;;) {
      const event = await this.next()
      if (event.type === type && --times === 0) return event
    }
  }

  /** `open`, `error`, and for the others the type with its data. */
  get brief(): string[] {
    return this.events.map((event) => ('data' in event ? `${event.type}: ${String(event.data)}` : event.type))
  }

  get data(): string[] {
    return this.events.flatMap((event) => ('data' in event ? [event.data as string] : []))
  }
}
