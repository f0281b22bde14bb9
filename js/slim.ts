/** "eventsource-wasm/slim": the same names as the root, the .wasm as a file of its own. */

import { compileWith } from './wasm.js'

compileWith(() => {
  throw new Error('eventsource-wasm/slim is not ready: await init() first')
})

export { EventSource } from './event-source.js'
export type * from './types.js'

/** Where the module comes from: its address, a response with it, its bytes, or itself. */
export type InitSource = URL | string | Request | Response | BufferSource | WebAssembly.Module

let ready: Promise<void> | undefined

/**
 * Fetches and compiles the module; to be awaited before the first `new EventSource`. Further calls wait for the first,
 * unless that failed.
 *
 * @param source Default: `eventsource-wasm.wasm` beside this script.
 */
export function init(source: InitSource = new URL('./eventsource-wasm.wasm', import.meta.url)): Promise<void> {
  ready ??= compile(source).then(
    (module) => compileWith(() => module),
    (error: unknown) => {
      ready = undefined
      throw error
    },
  )
  return ready
}

async function compile(source: InitSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source
  if (ArrayBuffer.isView(source) || source instanceof ArrayBuffer) return WebAssembly.compile(source)
  const response = source instanceof Response ? source : await fetch(source)
  if (!response.ok) throw new Error(`${response.url}: the server answered ${response.status}`)
  // Not compileStreaming: it refuses the type that many a server gives to a .wasm.
  return WebAssembly.compile(await response.arrayBuffer())
}
