/** What a benchmark asks of a parser. Each file beside this one makes one library answer it. */

export interface Parser {
  /** Called beforehand with all chunks, outside of what is timed. */
  prepare?(chunks: Uint8Array[]): void
  /** Gives what takes the chunks of one stream. */
  start(onData: (data: string) => void): (chunk: Uint8Array) => void
  /** Whether it hands on the data of events, only the text of each chunk, or not even that. */
  readonly gives: 'events' | 'text' | 'nothing'
}

/** A parser that is fed with strings, behind a decoder. */
export function fedWithStrings(
  createParser: (callbacks: { onEvent(event: { data: string }): void }) => { feed(chunk: string): void },
): Parser {
  return {
    gives: 'events',
    start(onData) {
      const inner = createParser({ onEvent: (event) => onData(event.data) })
      const decoder = new TextDecoder()
      return (chunk) => inner.feed(decoder.decode(chunk, { stream: true }))
    },
  }
}
