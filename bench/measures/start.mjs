/** From the page's first script to the first event, in a fresh page whose module script imports the client. */
import { givesEvents } from '../clients.mjs'
import { pageUrl } from '../pages.mjs'
import { shuffled } from '../shuffle.mjs'
import { ratio, rounded, summary } from '../statistics.mjs'
import { describe } from '../streams.mjs'

export async function start({ browser, origin, clients, effort, report }) {
  const taking = clients.filter(({ name }) => givesEvents(name))
  await describe(origin, { shape: 'tick30', count: 1, chunk: 1400 })
  const samples = Object.fromEntries(taking.map(({ name }) => [name, []]))
  for (let round = -1; round < effort.freshPages; round++) {
    for (const { name } of shuffled(taking)) {
      const page = await browser.open(pageUrl(origin, `start/${name}.js`))
      const milliseconds = await page.call('bench.first')
      await page.close()
      if (round >= 0) samples[name].push(milliseconds)
    }
  }
  const results = {}
  const rows = {}
  for (const { name, label } of taking) {
    results[name] = { elapsed: await summary(samples[name]) }
    if (samples.native) results[name].elapsedToNative = await ratio(samples[name], samples.native)
    const { elapsed, elapsedToNative } = results[name]
    rows[label] = {
      'ms to the first event': rounded(elapsed.median),
      'to native': rounded(elapsedToNative?.median),
      '±': rounded(elapsedToNative?.spread),
    }
  }
  report('start of the script to the first event, fresh pages', rows)
  return { clients: results }
}
