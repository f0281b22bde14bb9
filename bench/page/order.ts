/** What a process of the benchmark and the page say to each other. */

/** A stream to receive. */
export interface Order {
  client: string
  url: string
  /** The types that are listened to. */
  types: string[]
  /** How many events of these types the stream has, and how many bytes in all. */
  events: number
  bytes: number
  /** Whether to compute the checksum too. */
  full: boolean
  /** Milliseconds after which to give up. */
  limit: number
}

export interface Outcome {
  /** Events, or chunks where a client gives text. */
  units: number
  quick: number
  checksum?: string
  /** From the call to the last event. */
  milliseconds: number
  /** The limit passed; `lost` where nothing came any more then, and the client was not just slow. */
  timedOut: boolean
  lost: boolean
}

/** A stream to parse in memory. */
export interface ParseOrder {
  parsers: string[]
  url: string
  /** Bytes in a chunk, and at most in all. */
  chunk: number
  most: number
  verify: boolean
  warmUp: number
  /** At most so many rounds, and at least `fewest` even when `budget` milliseconds have passed. */
  rounds: number
  fewest: number
  budget: number
}

export type ParseOutcome = Record<
  string,
  {
    /** Events, or chunks where a parser gives text. */
    units: number
    quick: number
    checksum?: string
    /** One for each round. */
    milliseconds: number[]
  }
>

/** What a burst did to the main thread. */
export interface BurstOutcome extends Outcome {
  /** Milliseconds: the longest time for which no other task could run, and how many times there were above 16 and 50. */
  longest: number
  above16: number
  above50: number
}

export interface LatencyOutcome extends Outcome {
  /** Milliseconds from sending to the listener, for each event in order. */
  latencies: number[]
}

/** Bytes in use with the connection still open, after a collection of garbage. */
export interface MemoryReading {
  events: number
  heap: number
  wasm: number
}
