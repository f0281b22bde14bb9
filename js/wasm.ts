/** The WebAssembly instance behind all sources of a realm: made when the first one needs it, and anew if it dies. */

import { watchPage, type Watcher } from './page.js'

/** What `src/web/source.rs` exports. A source is an address, 0 where it was not to be had. */
export interface Exports {
  memory: WebAssembly.Memory
  create(flags: number, ...numbers: number[]): number
  release(source: number): void
  add_status(source: number, status: number): void
  text(source: number, length: number): number
  tell(source: number, fact: number, ticket: number, number: number, now: number, random: number): number
  page(source: number, change: number, delivering: boolean, now: number, random: number): number
  respond(
    source: number,
    ticket: number,
    status: number,
    body: number,
    retryAfter: number,
    now: number,
    random: number,
  ): number
  heartbeat_left(source: number, now: number): number
  reserve(source: number, length: number): number
  parse(source: number): boolean
  gather(source: number, heard: number): boolean
}

/** Who lives on an instance. */
export interface Dependent extends Watcher {
  /** The instance died: nothing comes of it any more. */
  orphan(error: unknown): void
}

/** What a source needs of an instance. */
export interface Instance extends Exports {
  /** Who is not over. */
  dependents: Set<Dependent>
}

let instance: Instance | undefined
let watching = false
let compile: () => WebAssembly.Module

/** Says where the module comes from. Called by the entry points, first of all. */
export function compileWith(compiler: typeof compile) {
  compile = compiler
}

/** The instance, compiled at once if need be. */
export const getInstance = (): Instance => {
  if (!instance) {
    const made: Instance = (instance = guard(new WebAssembly.Instance(compile())))
    if (!watching) watchPage(() => instance?.dependents ?? [])
    watching = true
    return made
  }
  return instance
}

/**
 * Notices when WebAssembly dies. Rust there has no unwinding: what traps leaves its instance in a state that nobody
 * knows, so that no call may enter it again.
 */
const guard = ({ exports }: WebAssembly.Instance): Instance => {
  const guarded: Record<string, unknown> = { dependents: new Set() }
  let dead = false
  for (const [name, value] of Object.entries(exports)) {
    guarded[name] = value
    if (typeof value !== 'function') continue
    guarded[name] = (...args: unknown[]) => {
      if (dead) return 0
      try {
        return value(...args)
      } catch (error) {
        dead = true
        instance = undefined
        // Told there, and not thrown into a promise or a timer of nobody's.
        for (const dependent of Array.from((guarded as unknown as Instance).dependents)) dependent.orphan(error)
        return 0
      }
    }
  }
  return guarded as unknown as Instance
}
