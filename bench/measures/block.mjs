/** The longest time for which no other task of the page could run while a burst came in. */
import { openPages } from '../pages.mjs'
import { shuffled } from '../shuffle.mjs'
import { rounded, summary } from '../statistics.mjs'
import { describe } from '../streams.mjs'
import { order, verify } from '../verify.mjs'

export async function block(context) {
  const { origin, clients, effort, report } = context
  const stream = await describe(origin, { shape: 'llm110', count: effort.burst, chunk: 16384 })
  const taking = clients.filter(({ name }) => !name.startsWith('floor'))
  const pages = await openPages(context, taking)
  const rounds = Object.fromEntries(taking.map(({ name }) => [name, { longest: [], above16: [], above50: [] }]))
  for (let round = -1; round < effort.burstRounds; round++) {
    for (const { name } of shuffled(taking)) {
      const page = pages.get(name)
      const asked = order(name, stream)
      const outcome = await page.call('bench.burst', asked)
      verify(asked, outcome, { ...stream })
      if (round < 0) continue
      for (const [field, values] of Object.entries(rounds[name])) values.push(outcome[field])
    }
  }
  await pages.close()
  const results = {}
  const rows = {}
  for (const { name, label } of taking) {
    const { longest, above16, above50 } = rounds[name]
    results[name] = {
      longest: await summary(longest),
      above16: await summary(above16),
      above50: await summary(above50),
    }
    rows[label] = {
      'longest block, ms': rounded(results[name].longest.median),
      lowest: rounded(results[name].longest.min),
      highest: rounded(results[name].longest.max),
      'blocks above 16 ms': results[name].above16.median,
      'above 50 ms': results[name].above50.median,
    }
  }
  report(`main-thread blocks in a burst of ${stream.events} events`, rows)
  return { events: stream.events, clients: results }
}
