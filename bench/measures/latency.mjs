/**
 * 1,000 events a second, each sent alone: time from the server's clock to the listener, and what the main thread pays
 * for an event that comes alone. All clients share one page, so that its clock errs by the same for each of them.
 */
import { givesEvents } from '../clients.mjs'
import { pageUrl } from '../pages.mjs'
import { shuffled } from '../shuffle.mjs'
import { rounded, summary } from '../statistics.mjs'
import { order, verify } from '../verify.mjs'

const RATE = 1000

export async function latency({ browser, origin, clients, effort, report }) {
  const taking = clients.filter(({ name }) => givesEvents(name))
  const count = effort.latencyEvents
  const stream = { url: `/bench?shape=clock&rate=${RATE}&count=${count}`, types: ['message'], events: count, bytes: 0 }
  const page = await browser.open(pageUrl(origin))
  const rounds = Object.fromEntries(taking.map(({ name }) => [name, { p50: [], p99: [], processor: [] }]))
  for (let round = -1; round < effort.latencyRounds; round++) {
    for (const { name } of shuffled(taking)) {
      const asked = order(name, stream)
      const before = await page.mainThread()
      const outcome = await page.call('bench.latency', asked)
      const after = await page.mainThread()
      verify(asked, outcome, { events: count })
      if (round < 0) continue
      // Connecting is measured elsewhere.
      const { median, p99 } = await summary(outcome.latencies.slice(20))
      rounds[name].p50.push(median)
      rounds[name].p99.push(p99)
      if (browser.measuresProcessor) rounds[name].processor.push(((after - before) * 1e6) / count)
    }
  }
  await page.close()
  const results = {}
  const rows = {}
  for (const { name, label } of taking) {
    const { p50, p99, processor } = rounds[name]
    results[name] = { p50: await summary(p50), p99: await summary(p99) }
    if (browser.measuresProcessor) results[name].processor = await summary(processor)
    const native = results.native
    rows[label] = {
      'p50 ms': rounded(results[name].p50.median),
      'p99 ms': rounded(results[name].p99.median),
      'p99 over native': native && rounded(results[name].p99.median - native.p99.median),
      'lowest p99': rounded(results[name].p99.min),
      'main thread ns/event': rounded(results[name].processor?.median),
    }
  }
  report(`latency at ${RATE} events a second`, rows)
  return { rate: RATE, events: count, clients: results }
}
