/** The WebAssembly instance behind all sources of a realm: made when the first one needs it, and anew if it dies. */

import { __wbg_reset_state as discardInstance, initSync, Source as Core } from '../build/wasm/eventsource_wasm.js'
import { whenDead } from './guard.js'
import { watchPage } from './page.js'

export type { Core }

/** Who lives on an instance. */
interface Dependent {
  /** The instance died: nothing comes of it any more. */
  orphan(error: unknown): void
  page(change: number): void
  forbid(url: string): void
}

/** What a source needs of an instance. */
export interface Instance {
  Core: typeof Core
  memory: WebAssembly.Memory
  /** Who is not over. */
  dependents: Set<Dependent>
}

let instance: Instance | undefined
let discarded = false
let watching = false
let compile: () => WebAssembly.Module = () => {
  throw new Error('eventsource-wasm/slim is not ready: await init() first')
}

/** Says where the module comes from. Called by the entry points. */
export function compileWith(compiler: typeof compile) {
  compile = compiler
}

/** The instance, compiled at once if need be. */
export function getInstance(): Instance {
  if (!instance) {
    if (discarded) discardInstance()
    const { memory } = initSync({ module: compile() })
    const made: Instance = { Core, memory, dependents: new Set() }
    whenDead((error) => {
      instance = undefined
      discarded = true
      for (const dependent of [...made.dependents]) dependent.orphan(error)
    })
    if (!watching) watchPage(() => instance?.dependents ?? [])
    watching = true
    instance = made
  }
  return instance
}
