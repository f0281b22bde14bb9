/** What a benchmark asks of a parser. Each file beside this one makes one library answer it. */

export interface Parser {
  /** Called beforehand with all chunks, outside of what is timed. */
  prepare?(chunks: Uint8Array[]): void
  /** Gives what takes the chunks of one stream. */
  start(onData: (data: string) => void): (chunk: Uint8Array) => void
  /** Whether it hands on the data of events, only the text of each chunk, or not even that. */
  readonly gives: 'events' | 'text' | 'nothing'
}
