/** Pages for measuring in. They are cross-origin isolated, because browsers give such pages a finer clock. */

const ISOLATED = ['Cross-Origin-Opener-Policy:same-origin', 'Cross-Origin-Embedder-Policy:require-corp']

/** The address of a page that loads these module scripts from build/bench/, in order. */
export function pageUrl(origin, ...scripts) {
  const tags = scripts.map((script) => `<script type="module" src="/build/bench/${script}"></script>`)
  const query = new URLSearchParams({ type: 'text/html', body: `<!doctype html><meta charset="utf-8">${tags.join('')}` })
  for (const header of ISOLATED) query.append('header', header)
  return `${origin}/stream?${query}`
}
