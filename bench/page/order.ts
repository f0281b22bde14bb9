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
  timedOut: boolean
}
