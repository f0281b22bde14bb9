/**
 * The benchmarks. Without arguments all of them, in Chromium; see bench/README.md for what each measures.
 *
 *   node bench/run.mjs [--browser chromium|firefox|webkit] [--node] [--only MEASURE,…] [--shape NAME,…] [--chunk N,…]
 *                      [--client NAME,…] [--rounds N] [--quick] [--before DIRECTORY] [--server ORIGIN] [--no-write]
 *
 * Ends with 1 where a client lost, repeated or changed an event.
 */
import { pathToFileURL } from 'node:url'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startServer } from '../scripts/server.mjs'
import { startChromium } from './browsers/chromium.mjs'
import { startWebDriver } from './browsers/webdriver.mjs'
import { bundle, output } from './bundle.mjs'
import { drawCharts } from './charts.mjs'
import { CLIENTS, learnsStreams, PARSERS } from './clients.mjs'
import { FULL, ONE_CELL_ROUNDS, QUICK } from './effort.mjs'
import { block } from './measures/block.mjs'
import { cold } from './measures/cold.mjs'
import { endToEnd } from './measures/end-to-end.mjs'
import { latency } from './measures/latency.mjs'
import { memory } from './measures/memory.mjs'
import { measureParsers, parserInBrowser } from './measures/parser.mjs'
import { start } from './measures/start.mjs'
import { writeResults } from './results.mjs'
import { CHUNKS, SHAPES } from './streams.mjs'
import { writeTargets } from './targets.mjs'

const MEASURES = { 'end-to-end': endToEnd, parser: parserInBrowser, cold, latency, start, block, memory }

const { values: options } = parseArgs({
  options: {
    browser: { type: 'string', default: 'chromium' },
    node: { type: 'boolean', default: false },
    only: { type: 'string' },
    shape: { type: 'string' },
    chunk: { type: 'string' },
    client: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    before: { type: 'string' },
    server: { type: 'string' },
    'no-write': { type: 'boolean', default: false },
  },
})

function listed(option, known) {
  const names = options[option]?.split(',') ?? known
  for (const name of names)
    if (!known.includes(name)) throw new Error(`--${option} ${name}: there are ${known.join(', ')}`)
  return names
}

function chosenEffort(shapes, chunks) {
  const effort = options.quick ? QUICK : FULL
  const rounds = shapes.length * chunks.length === 1 && !options.quick ? ONE_CELL_ROUNDS : effort.rounds
  const freshPages = Number(options.rounds ?? effort.freshPages)
  return { ...effort, rounds: Number(options.rounds ?? rounds), freshPages }
}

/** A table without the columns that nobody has a value for. */
function report(title, rows) {
  console.log(`\n${title}`)
  const columns = [...new Set(Object.values(rows).flatMap((row) => Object.keys(row)))]
  const known = columns.filter((column) => Object.values(rows).some((row) => row[column] !== undefined))
  console.table(rows, known)
}

async function runInNode(context) {
  const { parse } = await import(pathToFileURL(join(output, 'parse.js')))
  const cells = await measureParsers(context, parse)
  return { engine: `Node ${process.version}`, measures: { parser: cells } }
}

async function runInBrowser(context, measures) {
  const browser = await (options.browser === 'chromium' ? startChromium() : startWebDriver(options.browser))
  try {
    const results = {}
    for (const name of measures) {
      // Only Chromium tells what its heap holds.
      if (name === 'memory' && !browser.measuresProcessor) continue
      const began = Date.now()
      const clients = context.clients.filter((client) => name === 'end-to-end' || !learnsStreams(client.name))
      results[name] = await MEASURES[name]({ ...context, browser, clients })
      console.log(`${name}: ${Math.round((Date.now() - began) / 1000)} s`)
    }
    return { engine: browser.version, measures: results }
  } finally {
    await browser.stop()
  }
}

listed('browser', ['chromium', 'firefox', 'webkit'])
const measures = listed('only', Object.keys(MEASURES))
const preset = options.quick ? QUICK : {}
const shapes = options.shape ? listed('shape', SHAPES) : (preset.shapes ?? SHAPES)
const chunks = options.chunk ? options.chunk.split(',').map(Number) : (preset.chunks ?? CHUNKS)
const taking = await bundle({ before: options.before })
const chosen = listed(
  'client',
  CLIENTS.map(({ name }) => name),
)
const server = options.server ? { origin: options.server, stop() {} } : await startServer()
const context = {
  origin: server.origin,
  clients: CLIENTS.filter(({ name }) => chosen.includes(name) && taking.clients.includes(name)),
  parsers: PARSERS.filter((name) => taking.parsers.includes(name)),
  effort: chosenEffort(shapes, chunks),
  shapes,
  chunks,
  report,
}
if (!taking.parsers.includes('ours')) console.log('dist/ has no parser.js: eventsource-wasm/parser takes no part')
try {
  const { engine, measures: results } = await (options.node ? runInNode(context) : runInBrowser(context, measures))
  const everything = !options.shape && !options.chunk && !options.client && !options.before && !options.quick
  if (everything && !options['no-write']) {
    const name = options.node ? 'node' : options.browser
    await drawCharts(name, await writeResults(name, engine, results))
    await writeTargets()
  }
} catch (error) {
  console.error(`\n${error.stack}`)
  process.exitCode = 1
} finally {
  server.stop()
}
