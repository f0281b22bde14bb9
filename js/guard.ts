/**
 * Notices when WebAssembly dies. Rust there has no unwinding: what traps, or throws through a Rust frame, leaves its
 * instance in a state that nobody knows, so that no call may enter it again.
 *
 * The build puts `GuardedInstance` in the place of `WebAssembly.Instance` in wasm-bindgen's glue, so that every way in
 * is guarded: calls, closures, timers, promises.
 */

type Exports = Record<string, unknown>
type Callable = (...args: unknown[]) => unknown

// Taken apart, because the build puts the class below where it reads the two names together.
const { Instance } = WebAssembly

/** What comes of a dead instance: the glue reads it as a number, or as a list of a result and no error. */
const NOTHING: readonly never[] = []

let onDeath: ((error: unknown) => void) | undefined

/** Says who is told when the instance at hand dies. */
export function whenDead(listener: (error: unknown) => void) {
  onDeath = listener
}

export class GuardedInstance {
  readonly exports: Exports = {}

  constructor(module: WebAssembly.Module, imports: WebAssembly.Imports) {
    let dead = false
    for (const [name, value] of Object.entries(new Instance(module, imports).exports as Exports)) {
      if (typeof value !== 'function') {
        this.exports[name] = value
        continue
      }
      this.exports[name] = (...args: unknown[]) => {
        if (dead) return NOTHING
        try {
          return (value as Callable)(...args)
        } catch (error) {
          dead = true
          // Told there, and not thrown into a promise or a timer of nobody's.
          onDeath?.(error)
          return NOTHING
        }
      }
    }
  }
}
