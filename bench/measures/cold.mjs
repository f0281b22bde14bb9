/** The first 100 KB in a fresh page, where nothing is compiled well yet: clients end to end, and parsers alone. */
import { givesEvents } from '../clients.mjs'
import { pageUrl } from '../pages.mjs'
import { shuffled } from '../shuffle.mjs'
import { ratio, rounded, summary } from '../statistics.mjs'
import { countFor, describe } from '../streams.mjs'
import { order, verify } from '../verify.mjs'
import { judgeParsers } from './parser.mjs'

const BYTES = 100_000
const CHUNK = 1400

async function clientsCold({ browser, origin, clients, effort, report }, shape) {
  const stream = await describe(origin, { shape, count: countFor(shape, BYTES), chunk: CHUNK })
  const samples = Object.fromEntries(clients.map(({ name }) => [name, { elapsed: [], processor: [] }]))
  for (let round = 0; round < effort.freshPages; round++) {
    for (const { name } of shuffled(clients)) {
      const page = await browser.open(pageUrl(origin))
      await page.call('bench.load', name)
      const before = await page.mainThread()
      const outcome = await page.call('bench.receive', order(name, stream))
      const after = await page.mainThread()
      await page.close()
      if (givesEvents(name)) verify(order(name, stream), outcome, { ...stream })
      samples[name].elapsed.push(outcome.milliseconds)
      if (browser.measuresProcessor) samples[name].processor.push(after - before)
    }
  }
  const results = {}
  const rows = {}
  for (const { name, label } of clients) {
    const { elapsed, processor } = samples[name]
    results[name] = { elapsed: await summary(elapsed) }
    if (browser.measuresProcessor) results[name].processor = await summary(processor)
    if (samples.native) results[name].elapsedToNative = await ratio(elapsed, samples.native.elapsed)
    rows[label] = {
      'ms to the last event': rounded(results[name].elapsed.median),
      'to native': rounded(results[name].elapsedToNative?.median),
      '±': rounded(results[name].elapsedToNative?.spread),
      'main thread ms': rounded(results[name].processor?.median),
    }
  }
  report(`cold: the first 100 KB of ${shape} in a fresh page`, rows)
  return { shape, chunk: CHUNK, bytes: stream.bytes, clients: results }
}

async function parsersCold({ browser, origin, parsers, effort, report }, shape) {
  const stream = await describe(origin, { shape, count: countFor(shape, BYTES), chunk: CHUNK })
  const outcome = Object.fromEntries(parsers.map((name) => [name, { milliseconds: [] }]))
  const once = { url: stream.url, chunk: CHUNK, most: BYTES, verify: false, warmUp: 0, rounds: 1, fewest: 1, budget: 0 }
  for (let round = 0; round < effort.freshPages; round++) {
    for (const name of shuffled(parsers)) {
      const page = await browser.open(pageUrl(origin))
      const { [name]: result } = await page.call('bench.parse', { ...once, parsers: [name] })
      outcome[name].milliseconds.push(...result.milliseconds)
      await page.close()
    }
  }
  const results = await judgeParsers(outcome, stream, { verified: false })
  const rows = Object.entries(results).map(([name, { elapsed, speedToParser }]) => [
    name,
    {
      ms: rounded(elapsed.median),
      'to eventsource-parser': rounded(speedToParser?.median),
      '±': rounded(speedToParser?.spread),
    },
  ])
  report(`cold: parsers alone, the first 100 KB of ${shape}`, Object.fromEntries(rows))
  return { shape, chunk: CHUNK, bytes: BYTES, parsers: results }
}

export async function cold(context) {
  const shapes = context.shapes.filter((shape) => context.effort.coldShapes.includes(shape))
  const cells = []
  for (const shape of shapes) {
    const clients = await clientsCold(context, shape)
    const { parsers } = await parsersCold(context, shape)
    cells.push({ ...clients, parsers })
  }
  return cells
}
