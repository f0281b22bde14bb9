/** What a benchmark asks of a client. Each file beside this one makes one library, or a floor, answer it. */

export interface Client {
  /**
   * Connects and hands on what comes. `types` are the event types that somebody listens to. Gives what closes the
   * connection.
   */
  open(url: string, types: readonly string[], receive: Receive): () => void
  /** What is handed on: the data of each event, or the text of each chunk with the bytes that it was decoded from. */
  readonly gives: 'events' | 'text'
}

export type Receive = (data: string, bytes?: number) => void

/** An object with the interface of the standard's class. */
interface Source {
  addEventListener(type: string, listener: (event: { data: string }) => void): void
  close(): void
}

/** A library that stands in for the standard's class: one listener for each type, as a page would have it. */
export function domStyle(connect: (url: string) => unknown): Client {
  return {
    gives: 'events',
    open(url, types, receive) {
      const source = connect(url) as Source
      for (const type of types) source.addEventListener(type, (event) => receive(event.data))
      return () => source.close()
    },
  }
}

/** A library that hands on every event, so that its user picks those that matter. */
export function picked(types: readonly string[], receive: Receive) {
  const wanted = new Set(types)
  return (type: string | undefined, data: string | undefined) => {
    if (wanted.has(type || 'message')) receive(data ?? '')
  }
}
