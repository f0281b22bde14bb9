/** The WebAssembly instance behind all sources of a realm: made when the first one needs it. */

import { Sources } from '../build/wasm/eventsource_wasm.js'
import { watchPage } from './page.js'

export { Sources }

/** What the bridge needs of an instance. */
export interface Instance {
  sources: Sources
  memory: WebAssembly.Memory
}

let instance: Instance | undefined
let load: () => { memory: WebAssembly.Memory } = () => {
  throw new Error('eventsource-wasm/slim is not ready: await init() first')
}

/** Says how the module is compiled. Called by the entry points. */
export function loadWith(loader: typeof load) {
  load = loader
}

/** The instance, compiled at once if need be. */
export function getInstance(): Instance {
  if (!instance) {
    const { memory } = load()
    instance = { sources: new Sources(), memory }
    watchPage(instance.sources)
  }
  return instance
}
