/**
 * The benchmarks:
 *
 *   node bench/run.mjs [--browser chromium|firefox|webkit] [--node] [--only MEASURE,…] [--shape NAME,…] [--chunk N,…]
 *                      [--client NAME,…] [--rounds N] [--quick] [--before DIRECTORY] [--server ORIGIN] [--no-write]
 */
import { parseArgs } from 'node:util'
import { root, startServer } from '../tests/page/harness/serve.mjs'
import { bundle } from './bundle.mjs'
import { startChromium } from './browsers/chromium.mjs'
import { CLIENTS } from './clients.mjs'
import { CHUNKS, SHAPES } from './streams.mjs'
import { endToEnd } from './measures/end-to-end.mjs'

const { values: options } = parseArgs({
  options: {
    browser: { type: 'string', default: 'chromium' },
    only: { type: 'string' },
    shape: { type: 'string' },
    chunk: { type: 'string' },
    client: { type: 'string' },
    rounds: { type: 'string' },
    before: { type: 'string' },
    server: { type: 'string' },
    quick: { type: 'boolean', default: false },
  },
})
const list = (value, all) => value?.split(',') ?? all
await bundle({ before: options.before })
const server = options.server ? { origin: options.server, stop() {} } : await startServer()
const browser = await startChromium()
const chosen = list(options.client, CLIENTS.map(({ name }) => name))
const context = {
  browser,
  origin: server.origin,
  shapes: list(options.shape, SHAPES),
  chunks: list(options.chunk, CHUNKS).map(Number),
  clients: CLIENTS.filter(({ name }) => chosen.includes(name) && (name !== 'before' || options.before)),
  rounds: Number(options.rounds ?? 9),
  streamBytes: 4 << 20,
  streamEvents: 25_000,
  report(title, rows) { console.log(title); console.table(rows) },
}
try {
  await endToEnd(context)
} finally {
  await browser.stop()
  server.stop()
}
