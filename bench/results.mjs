/** Keeps what was measured in bench/results/: one JSON file for each browser, with what is needed to judge it. */
import { readFileSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, release, totalmem, type } from 'node:os'
import { join } from 'node:path'
import { format } from 'prettier'
import { root } from '../scripts/setup.mjs'
import { CLIENTS } from './clients.mjs'

export const resultsFolder = join(root, 'bench', 'results')

function version(name) {
  return JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'))).version
}

function facts(engine) {
  const packages = [...CLIENTS.map((client) => client.package).filter(Boolean), 'eventsource-parser']
  const processors = cpus()
  return {
    date: new Date().toISOString(),
    engine,
    machine: {
      processor: processors[0].model,
      processors: processors.length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      system: `${type()} ${release()}`,
    },
    package: JSON.parse(readFileSync(join(root, 'package.json'))).version,
    peers: Object.fromEntries(packages.map((name) => [name, version(name)])),
  }
}

/** Five significant digits, and no percentiles that a few rounds can't have: more would only be noise. */
function short(key, value) {
  if (typeof value !== 'number') return value
  if (key === 'p99') return undefined
  return Number.isInteger(value) ? value : Number(value.toPrecision(5))
}

/** Measures that were not run this time keep what an earlier run said. */
export async function writeResults(name, engine, measures) {
  await mkdir(resultsFolder, { recursive: true })
  const file = join(resultsFolder, `${name}.json`)
  const earlier = await readFile(file, 'utf8').then(JSON.parse, () => ({ measures: {} }))
  const stamped = Object.entries(measures).map(([measure, result]) => [measure, { ...facts(engine), result }])
  const all = { measures: { ...earlier.measures, ...Object.fromEntries(stamped) } }
  await writeFile(file, await format(JSON.stringify(all, short), { parser: 'json', printWidth: 120 }))
  return all
}
