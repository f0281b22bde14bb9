/**
 * Holds what was measured against what was aimed at, and both against the floors: writes bench/results/targets.md. Runs
 * after each benchmark, and alone: node bench/targets.mjs
 */
import { readFile, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'prettier'
import { added } from './measures/memory.mjs'
import { dist, sizes } from '../scripts/build.mjs'
import { CLIENTS } from './clients.mjs'
import { resultsFolder } from './results.mjs'
import { CHUNKS } from './streams.mjs'

const peers = CLIENTS.filter((client) => client.package).map(({ name }) => name)
/** Of an entry: what it is of, what was measured, and what a floor came to in the same run: numbers, or medians with a spread. */
const entry = (name, value, floor) => ({ name, value, floor })
const number = (value) => (typeof value === 'number' ? value : value?.median)

const cellsOf = (results, engine, measure) => results[engine]?.measures[measure]?.result ?? []
const find = (cells, shape, chunk) => cells.find((cell) => cell.shape === shape && cell.chunk === chunk)

/** One number of each cell that has it, for us and for a floor. */
function entries(cells, field, floor, read, name = ({ shape }) => shape, us = 'ours') {
  return cells
    .filter((cell) => cell[field][us] && read(cell[field][us]) !== undefined)
    .map((cell) => entry(name(cell), read(cell[field][us]), read(cell[field][floor] ?? {})))
}

const processor = (client) => client.processorToNative
const throughput = (client) => client.throughputToNative
const speed = (parser) => parser.speedToParser
const bytes = ({ chunk }) => `${chunk} bytes`
const cellName = ({ shape, chunk }) => `${shape}, ${chunk} bytes`

const byValue = (list) => list.toSorted((one, other) => number(one.value) - number(other.value))
const lowest = (list) => byValue(list).slice(0, 1)
const highest = (list) => byValue(list).slice(-1)

const COLD_FLOOR = '`floor-wasm` and `floor-cut` one after the other: a module must scan, and strings be made'

/** Our parser that is fed what was decoded before, beside what it makes of the bytes. */
const fedWithStrings = (results, engine, what = '… the slowest of all that is fed strings') => ({
  what,
  atLeast: 1,
  floor: 'fed bytes',
  entries: lowest(entries(cellsOf(results, engine, 'parser'), 'parsers', 'ours', speed, cellName, 'ours-strings')),
})

/** Of parsers in fresh pages. */
function coldEntries(cells) {
  return cells
    .filter(({ parsers }) => parsers?.ours)
    .map(({ shape, parsers }) => {
      const parts = ['floor-wasm', 'floor-cut'].map((name) => 1 / (number(speed(parsers[name] ?? {})) ?? NaN))
      return entry(shape, speed(parsers.ours), 1 / (parts[0] + parts[1]))
    })
}

/** The targets that the project set itself, in its order. */
export function targets(results, weights) {
  const clients = cellsOf(results, 'chromium', 'end-to-end')
  const parsers = cellsOf(results, 'chromium', 'parser')
  const cold = cellsOf(results, 'chromium', 'cold')
  const { latency, start, block, memory } = results.chromium?.measures ?? {}
  const llm = (engine) => cellsOf(results, engine, 'end-to-end').filter(({ shape }) => shape === 'llm110')
  const at = (cells, chunk) => cells.filter((cell) => cell.chunk === chunk)
  const inKilobytes = (file, kind) => weights && weights[file][kind] / 1000
  const perByte = (shape, chunk, name) => {
    const cell = find(clients, shape, chunk)
    return (cell?.clients[name]?.processor.median * cell?.events) / cell?.bytes
  }
  const unheard = clients.filter(({ shape, clients }) => shape === 'unlistened' && clients.ours)
  const longLine = (chunk, name) => perByte('line16m', chunk, name) / perByte('long16k', chunk, name)
  const addedKibibytes = ({ readings }) => added(readings) / 1024
  const first = (name) => start.result.clients[name].elapsed.median
  const fastest = () => Math.min(...peers.filter((peer) => start.result.clients[peer]).map(first))
  const p99 = (name) => latency.result.clients[name]?.p99.median ?? NaN
  const longest = (name) => block.result.clients[name].longest.median
  return [
    {
      what: 'Chromium: main thread for each event, llm110 in chunks of 1400 bytes, to native',
      atMost: 0.6,
      floor: 'the least `Event` that carries its data, and one `await` before the next',
      entries: entries(
        [find(clients, 'llm110', 1400)].filter(Boolean),
        'clients',
        'floor-ordered-event',
        processor,
        bytes,
      ),
    },
    {
      what: '… the dearest of all shapes and chunks',
      atMost: 0.8,
      floor: 'the same',
      entries: highest(entries(clients, 'clients', 'floor-ordered-event', processor, cellName)),
    },
    {
      what: '… where nobody listens to 95 of 100',
      atMost: 0.15,
      floor: `what is heard is known: reading, and for each event that is heard the least \`Event\` with its data; a client of our parser and a plain \`Event\` came to ${unheard.map((cell) => shown(processor(cell.clients['floor-event']))).join(', ')}`,
      entries: entries(unheard, 'clients', 'floor-known', processor, bytes),
    },
    {
      what: 'Firefox: events a second, llm110, to native',
      atLeast: 1.6,
      floor: 'the least `Event` that carries its data, and one `await` before the next',
      entries: entries(llm('firefox'), 'clients', 'floor-ordered-event', throughput, bytes),
    },
    {
      what: 'WebKitGTK: events a second, llm110, to `fetch` and `TextDecoder`',
      atLeast: 0.9,
      floor: 'a plain `Event`, for less than which none is dispatched',
      entries: llm('webkit').map(({ chunk, clients }) => {
        const toDecoding = (name) => clients['floor-decode'].elapsed.median / clients[name].elapsed.median
        return entry(`${chunk} bytes`, toDecoding('ours'), toDecoding('floor-event'))
      }),
    },
    {
      what: 'Chromium: parser alone, warm, chunks of 1400 bytes, to `eventsource-parser`',
      atLeast: 1.5,
      floor: '`floor-cut`: searches and compares nothing',
      entries: entries(at(parsers, 1400), 'parsers', 'floor-cut', speed),
    },
    {
      what: '… 65536 bytes',
      atLeast: 1.2,
      floor: 'the same',
      entries: entries(at(parsers, 65536), 'parsers', 'floor-cut', speed),
    },
    {
      what: '… the slowest of all shapes and chunks',
      atLeast: 1,
      floor: 'the same',
      entries: lowest(entries(parsers, 'parsers', 'floor-cut', speed, cellName)),
    },
    fedWithStrings(results, 'chromium'),
    {
      what: '… cold, the first 100 KB of a fresh page',
      atLeast: 1,
      floor: COLD_FLOOR,
      entries: coldEntries(cold),
    },
    {
      what: 'Firefox: parser alone, warm, the slowest of all shapes and chunks, to `eventsource-parser`',
      atLeast: 1,
      floor: '`floor-cut`',
      entries: lowest(entries(cellsOf(results, 'firefox', 'parser'), 'parsers', 'floor-cut', speed, cellName)),
    },
    fedWithStrings(results, 'firefox'),
    {
      what: '… cold, the first 100 KB of a fresh page',
      atLeast: 1,
      floor: COLD_FLOOR,
      entries: coldEntries(cellsOf(results, 'firefox', 'cold')),
    },
    ...CHUNKS.map((chunk) => ({
      what: `Node: parser alone, warm, chunks of ${chunk} bytes, to \`eventsource-parser\``,
      atLeast: 2,
      floor: '`decode`: one string of each chunk, by the decoder of Node.js',
      entries: entries(at(cellsOf(results, 'node', 'parser'), chunk), 'parsers', 'decode', speed),
    })),
    fedWithStrings(results, 'node', 'Node: the slowest of all that is fed strings'),
    {
      what: 'Chromium: 16 MB in one line, main thread for each byte to that of lines of 16 KB',
      atMost: 1.5,
      floor: 'native',
      entries:
        clients.length > 0
          ? [256, 1400].map((chunk) => entry(`${chunk} bytes`, longLine(chunk, 'ours'), longLine(chunk, 'native')))
          : [],
    },
    {
      what: 'Chromium: longest block in a burst of 100,000 events, ms',
      atMost: 16,
      floor: 'native',
      entries: block ? [entry('', longest('ours'), longest('native'))] : [],
    },
    {
      what: 'Chromium: latency at 1,000 events a second, 99th percentile, ms above native',
      atMost: 0.5,
      floor: 'the least `Event` that carries its data',
      entries: latency ? [entry('', p99('ours') - p99('native'), p99('floor-data-event') - p99('native'))] : [],
    },
    {
      what: 'Chromium: start of the script to the first event, to the fastest peer',
      atMost: 1.25,
      floor: 'our parser and a plain `Event`',
      entries: start ? [entry('', first('ours') / fastest(), first('floor-event') / fastest())] : [],
    },
    {
      what: 'Size of the root entry, brotli, KB',
      atMost: 16,
      entries: weights
        ? [
            entry('', inKilobytes('index.js', 'brotli')),
            entry('bundled by esbuild', inKilobytes('index.js, bundled', 'brotli')),
          ]
        : [],
    },
    {
      what: '… gzip',
      atMost: 20,
      entries: weights
        ? [
            entry('', inKilobytes('index.js', 'gzip')),
            entry('bundled by esbuild', inKilobytes('index.js, bundled', 'gzip')),
          ]
        : [],
    },
    {
      what: '… of `slim` in all, brotli',
      atMost: 12,
      entries: weights
        ? ['slim.js', 'slim.js, bundled'].map((name) =>
            entry(name.slice(9), inKilobytes(name, 'brotli') + inKilobytes('eventsource-wasm.wasm', 'brotli')),
          )
        : [],
    },
    {
      what: 'Chromium: what the second half million of a million events adds to the memory, KiB',
      // One small object for each chunk would be more, and one for each event a hundred times as much.
      atMost: 32,
      floor: 'native',
      entries: memory
        ? [entry('', addedKibibytes(memory.result.clients.ours), addedKibibytes(memory.result.clients.native))]
        : [],
    },
  ].filter(({ entries }) => entries.length > 0)
}

const two = (value) => (value === undefined || Number.isNaN(value) ? '–' : value.toFixed(Math.abs(value) < 10 ? 2 : 1))
/** With its spread where that is known: half of the rounds were that near. */
const shown = (value) => two(number(value)) + (value?.spread > 0 ? `±${two(value.spread)}` : '')

function line({ what, atMost, atLeast, floor, entries }) {
  // As it is shown: a target is not missed by what nobody can measure.
  const reaches = ({ value }) =>
    atMost === undefined ? Number(two(number(value))) >= atLeast : Number(two(number(value))) <= atMost
  const reached = entries.filter(reaches).length
  const listed = (read) => entries.map((one) => `${one.name} ${shown(read(one))}`.trim()).join(', ')
  const verdict =
    reached === entries.length ? 'reached' : reached === 0 ? '**missed**' : `${reached} of ${entries.length}`
  const target = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`
  return `| ${[what, target, verdict, listed(({ value }) => value), floor ? `${listed((one) => one.floor)}: ${floor}` : ''].join(' | ')} |`
}

/** When each was measured: a result may be older than the code. */
function dates(results) {
  return Object.entries(results)
    .map(([engine, { measures }]) => {
      const days = Object.entries(measures).map(([measure, { date }]) => `${measure} ${date.slice(0, 10)}`)
      return `${engine}: ${days.join(', ')}`
    })
    .join('; ')
}

export async function writeTargets() {
  const results = {}
  for (const engine of ['chromium', 'firefox', 'webkit', 'node']) {
    const file = join(resultsFolder, `${engine}.json`)
    if (existsSync(file)) results[engine] = JSON.parse(await readFile(file, 'utf8'))
  }
  const text = `# Targets

Made by \`node bench/targets.mjs\` of the results beside it and of the sizes in \`dist/\`. The last column is what a floor, or
the native class, came to in the same run, in the order of the column before it: what the platform allows, as far as it
could be measured. What follows ± is the median distance from the median. What the floors do is in [bench/README.md](../README.md). Measured: ${dates(results)}.

| what | target | | measured | beside it |
| --- | --- | --- | --- | --- |
${targets(results, existsSync(dist) ? await sizes() : undefined)
  .map(line)
  .join('\n')}
`
  await writeFile(join(resultsFolder, 'targets.md'), await format(text, { parser: 'markdown', printWidth: 120 }))
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await writeTargets()
