/** Tells the sources of what happens to their page: left, back from the cache, hidden, shown, online. */

/** As `page` in `src/web/source.rs` reads them. */
const LEAVING = 0
const LEFT = 1
const BACK = 2
export const HIDDEN = 3
const SHOWN = 4
const ONLINE = 5

/** What a source hears of its page. */
export interface Watcher {
  /** It changed, by the numbers above. */
  page(change: number): void
  /** Its Content Security Policy refused a request to a URL. */
  forbid(url: string): void
}

/** Whether the page can't be seen. */
export const isHidden = () => globalThis.document?.visibilityState === 'hidden'

/** Listens for as long as the realm lives: one listener of each kind for all sources. */
export const watchPage = (watchers: () => Iterable<Watcher>) => {
  const { document } = globalThis
  const on = (target: EventTarget | undefined, type: string, change: (event: Event) => number | undefined) => {
    target?.addEventListener?.(type, (event) => {
      const changed = change(event)
      if (changed !== undefined) for (const watcher of Array.from(watchers())) watcher.page(changed)
    })
  }
  on(globalThis, 'beforeunload', () => LEAVING)
  on(globalThis, 'pagehide', () => LEFT)
  // It fires on any page that has loaded, too.
  on(globalThis, 'pageshow', (event) => ((event as PageTransitionEvent).persisted ? BACK : undefined))
  on(globalThis, 'online', () => ONLINE)
  on(document, 'visibilitychange', () => (isHidden() ? HIDDEN : SHOWN))
  ;(document ?? globalThis).addEventListener?.('securitypolicyviolation', (event) => {
    const { effectiveDirective, disposition, blockedURI } = event as SecurityPolicyViolationEvent
    if (effectiveDirective !== 'connect-src' || disposition !== 'enforce') return
    for (const watcher of watchers()) watcher.forbid(blockedURI)
  })
}
