/**
 * Draws bench/results/*.json as SVG beside them. Runs after each benchmark, and alone: node bench/charts.mjs
 */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { everyStream, oneStream } from './charts/end-to-end.mjs'
import { page } from './charts/page.mjs'
import { parsers } from './charts/parser.mjs'
import { svg } from './charts/render.mjs'
import { resultsFolder } from './results.mjs'

export async function drawCharts(name, { measures }) {
  const cells = measures['end-to-end']?.result ?? []
  const engine = measures.parser?.engine
  const drawings = {
    clients: [
      oneStream(cells, 'llm110', 1400),
      `What each client costs on one stream in ${name}, against the native class`,
    ],
    shapes: [everyStream(cells), `What this package and two others cost on every kind of stream in ${name}`],
    parser: [measures.parser && parsers(measures.parser.result, engine), `Speed of the parsers alone in ${name}`],
    page: [page(measures), `Time to the first event, longest block and latency of each client in ${name}`],
  }
  for (const [kind, [specification, description]] of Object.entries(drawings)) {
    if (specification)
      await writeFile(join(resultsFolder, `${name}-${kind}.svg`), await svg(specification, description))
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  for (const file of await readdir(resultsFolder)) {
    if (!file.endsWith('.json')) continue
    await drawCharts(file.replace('.json', ''), JSON.parse(await readFile(join(resultsFolder, file), 'utf8')))
  }
}
