/** Pages to measure in. They are cross-origin isolated, because browsers give such pages a finer clock. */

const ISOLATED = ['Cross-Origin-Opener-Policy:same-origin', 'Cross-Origin-Embedder-Policy:require-corp']

/** The address of a page that loads a module script from build/bench/ and notes when it began. */
export function pageUrl(origin, script = 'page.js') {
  const body = `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">
<script>scriptStart = performance.now()</script><script type="module" src="/build/bench/${script}"></script>`
  const query = new URLSearchParams({ type: 'text/html', body })
  for (const header of ISOLATED) query.append('header', header)
  return `${origin}/stream?${query}`
}

/** A page for each client, so that none runs code that was compiled for another. */
export async function openPages({ browser, origin }, clients) {
  const pages = new Map()
  const open = async (name) => pages.set(name, await browser.open(pageUrl(origin), { window: true }))
  for (const { name } of clients) await open(name)
  return {
    get: (name) => pages.get(name),
    /** In place of a page that has lost its way. */
    async renew(name) {
      await pages.get(name).close()
      await open(name)
    },
    async close() {
      for (const page of pages.values()) await page.close()
    },
  }
}
