/** The `parser` entry's tests once more, as where there is no Node.js: strings are decoded, and long lines handed over. */

const { Buffer } = globalThis
delete globalThis.Buffer
await import('../../dist/parser.js')
globalThis.Buffer = Buffer
await import('./parser.test.mjs')
await import('./parser-side-by-side.test.mjs')
