/**
 * What a run is told about itself: its scope, where EventSource comes from and where the server's two origins are.
 * The runner puts it into the query of the page's or worker's address. Nothing here touches the network.
 */

export type Scope = 'window' | 'dedicated' | 'shared' | 'service'

export interface Config {
  scope: Scope
  /** `native`, or the address of the classic script or ES module that puts EventSource in place. */
  source: string
  /** The second origin of the same server. */
  otherOrigin: string
  /** A regular expression over full titles; empty runs everything. */
  grep: string
  /** How many tests run at once. */
  concurrency: number
  /** Milliseconds that one test may take. */
  timeout: number
}

function read(): Config {
  const text = new URL(location.href).searchParams.get('config')
  if (text === null) throw new Error('the address of a test page or worker needs ?config=')
  return JSON.parse(text) as Config
}

export const config: Config = read()

/** Whether the class under test is the engine's own. */
export const native: boolean = config.source === 'native'

/** The same configuration for another scope, as a query. */
export function queryFor(scope: Scope): string {
  return `?config=${encodeURIComponent(JSON.stringify({ ...config, scope }))}`
}
