/**
 * The long form of the proofs that `npm test` gives in short:
 *
 *   node scripts/soak.mjs [--parts page,faults,servers,fuzz] [--events 10000000] [--reconnections 10000]
 *                         [--seconds 3600] [--seed N]
 *
 * `page`: that many events and reconnections in one Chromium page, nothing in it growing. A whole run is kept in
 * bench/results/soak.json and drawn beside it; a shorter one in build/. `faults`: 1,000,000 events through 1,000
 * faults, in Node and in a page. `servers`: other people's servers, ten times over. `fuzz`: for `--seconds`.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { drawSoak } from '../tests/soak/chart.mjs'
import { judge, soakPage } from '../tests/soak/page.mjs'
import { fuzzAll } from './fuzz.mjs'
import { root, run } from './setup.mjs'

const WHOLE = { events: 10_000_000, reconnections: 10_000 }

const { values: options } = parseArgs({
  options: {
    parts: { type: 'string', default: 'page,faults,servers,fuzz' },
    events: { type: 'string', default: String(WHOLE.events) },
    reconnections: { type: 'string', default: String(WHOLE.reconnections) },
    seconds: { type: 'string', default: '3600' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})

const parts = {
  async page() {
    const events = Number(options.events)
    const reconnections = Number(options.reconnections)
    const result = await soakPage({ events, reconnections, report: show })
    const isWhole = events >= WHOLE.events && reconnections >= WHOLE.reconnections
    const folder = join(root, ...(isWhole ? ['bench', 'results'] : ['build']))
    mkdirSync(folder, { recursive: true })
    // The shape of the benchmarks' results, which lie in the same folder.
    writeFileSync(join(folder, 'soak.json'), `${JSON.stringify({ measures: { soak: result } }, undefined, 2)}\n`)
    writeFileSync(join(folder, 'soak.svg'), await drawSoak(result))
    console.log(`flat: ${JSON.stringify(judge(result))}; see ${join(folder, 'soak.svg')}`)
  },
  faults() {
    for (const client of ['node', 'chromium']) {
      run(process.execPath, ['tests/faults/run.mjs', '--client', client, '--seed', options.seed])
    }
  },
  servers() {
    for (let times = 0; times < 10; times++) {
      run(process.execPath, ['--test', 'tests/servers/better-sse.test.mjs', 'tests/servers/nchan/nchan.test.mjs'])
    }
  },
  fuzz() {
    fuzzAll({ seconds: Number(options.seconds) })
  },
}

function show({ events, connections, heapBytes, wasmBytes, listeners, open, seconds }) {
  const mebibytes = (bytes) => `${(bytes / 2 ** 20).toFixed(2)} MiB`
  const held = `heap ${mebibytes(heapBytes)}, wasm ${mebibytes(wasmBytes)}, ${listeners} listeners, ${open} open`
  console.log(`${seconds} s: ${events} events, ${connections} connections; ${held}`)
}

const names = options.parts.split(',')
for (const name of names)
  if (!(name in parts)) throw new Error(`--parts ${name}: there are ${Object.keys(parts).join(', ')}`)
for (const name of names) await parts[name]()
