/** "eventsource-wasm/slim": the same names as the root, the .wasm as a file of its own. */

import start from '../build/wasm/eventsource_wasm.js'
import { loadWith } from './wasm.js'

export { EventSource } from './event-source.js'
export type * from './types.js'

let ready: Promise<void> | undefined

/**
 * Fetches and compiles the module; to be awaited before the first `new EventSource`. Further calls wait for the first.
 *
 * @param source Its address or its bytes. Default: `eventsource-wasm.wasm` beside this script.
 */
export function init(source: URL | string | Request | Response | BufferSource | WebAssembly.Module = new URL('./eventsource-wasm.wasm', import.meta.url)): Promise<void> {
  ready ??= start({ module_or_path: source }).then(
    (exports) => loadWith(() => exports),
    (error: unknown) => {
      ready = undefined
      throw error
    },
  )
  return ready
}
