/** Tells the sources of what happens to their page: left, back from the cache, hidden, shown, online. */

import type { Sources } from './wasm.js'

/** As `Sources::page` in `src/web/mod.rs` reads them. */
const LEAVING = 0
const LEFT = 1
const BACK = 2
const HIDDEN = 3
const SHOWN = 4
const ONLINE = 5

/** Listens for as long as the realm lives: one listener of each kind for all sources. */
export function watchPage(sources: Sources) {
  const { document } = globalThis
  const on = (target: EventTarget | undefined, type: string, change: () => number) => {
    target?.addEventListener?.(type, () => sources.page(change()))
  }
  on(globalThis, 'beforeunload', () => LEAVING)
  on(globalThis, 'pagehide', () => LEFT)
  on(globalThis, 'pageshow', () => BACK)
  on(globalThis, 'online', () => ONLINE)
  on(document, 'visibilitychange', () => (document.visibilityState === 'hidden' ? HIDDEN : SHOWN))
  ;(document ?? globalThis).addEventListener?.('securitypolicyviolation', (event) => {
    const { effectiveDirective, disposition, blockedURI } = event as SecurityPolicyViolationEvent
    if (effectiveDirective === 'connect-src' && disposition === 'enforce') sources.forbid(blockedURI)
  })
  if (document?.visibilityState === 'hidden') sources.page(HIDDEN)
}
