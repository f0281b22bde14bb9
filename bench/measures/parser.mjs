/** The format alone, from chunks in memory, warm: bytes a second against `eventsource-parser` and mere decoding. */
import { parsesEvents } from '../clients.mjs'
import { pageUrl } from '../pages.mjs'
import { ratio, rounded, summary } from '../statistics.mjs'
import { countFor, describe } from '../streams.mjs'
import { verify } from '../verify.mjs'

const BYTES = { line16m: 16 << 20 }

/** Fails where a parser changed something; gives medians and ratios. */
export async function judgeParsers(outcome, stream, { verified = true } = {}) {
  const expected = { events: stream.allEvents, checksum: stream.allChecksum }
  const results = {}
  for (const [name, result] of Object.entries(outcome)) {
    if (verified && parsesEvents(name))
      verify({ client: `parser ${name}`, url: stream.url, full: true }, result, expected)
    results[name] = { elapsed: await summary(result.milliseconds) }
    if (outcome['eventsource-parser']) {
      const against = outcome['eventsource-parser'].milliseconds
      results[name].speedToParser = await ratio(against, result.milliseconds)
    }
    if (verified) results[name].megabytesPerSecond = stream.bytes / 1e3 / results[name].elapsed.median
  }
  return results
}

/** `parse` is that of page/parse.ts, in a page or here in Node. */
export async function measureParsers(context, parse) {
  const cells = []
  for (const shape of context.shapes) {
    for (const chunk of context.chunks) {
      const count = countFor(shape, BYTES[shape] ?? context.effort.parserBytes)
      const stream = await describe(context.origin, { shape, count, chunk: 1 << 20 })
      const { parserRounds: rounds, parserBudget: budget } = context.effort
      const outcome = await parse({
        parsers: context.parsers,
        url: context.origin + stream.url,
        chunk,
        most: stream.bytes,
        verify: true,
        warmUp: cells.length === 0 ? 12 : 3,
        rounds,
        fewest: 5,
        budget,
      })
      const cell = { shape, chunk, bytes: stream.bytes, parsers: await judgeParsers(outcome, stream) }
      cells.push(cell)
      context.report(`parser alone: ${shape}, chunks of ${chunk} bytes`, table(cell))
    }
  }
  return cells
}

/** Each shape in a page of its own: engines compile for what a page has seen, and most pages see one kind of stream. */
export async function parserInBrowser(context) {
  const cells = []
  for (const shape of context.shapes) {
    const page = await context.browser.open(pageUrl(context.origin))
    cells.push(...(await measureParsers({ ...context, shapes: [shape] }, (asked) => page.call('bench.parse', asked))))
    await page.close()
  }
  return cells
}

function table({ parsers }) {
  return Object.fromEntries(
    Object.entries(parsers).map(([name, result]) => [
      name,
      {
        'MB/s': rounded(result.megabytesPerSecond),
        'to eventsource-parser': rounded(result.speedToParser?.median),
        '±': rounded(result.speedToParser?.spread),
        rounds: result.elapsed.rounds,
      },
    ]),
  )
}
