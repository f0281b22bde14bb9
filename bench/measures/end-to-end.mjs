/**
 * A stream as fast as it comes, through each client: time of the main thread for each event, and events a second.
 * Every client has a page of its own, and they take turns.
 */
import { givesEvents } from '../clients.mjs'
import { openPages } from '../pages.mjs'
import { shuffled } from '../shuffle.mjs'
import { ratio, rounded, summary } from '../statistics.mjs'
import { countFor, describe } from '../streams.mjs'
import { order, verify } from '../verify.mjs'

/** Milliseconds after which a client is out of the race in a cell. Some take time by the square of a line. */
const LIMIT = 8000
/** A client whose round takes longer takes part in each third round only; not the one that all others are compared with. */
const LONG = 250

const BYTES = { line16m: 32 << 20, long16k: 24 << 20, unlistened: 8 << 20 }
/** Times as many events: one of twenty is heard. */
const TIMES = { unlistened: 4 }
/**
 * Most pieces in which a response comes. What WebKitGTK takes to gather those that fetch has not given yet grows with
 * the square of their number: half a minute for 100,000, whoever reads them.
 */
const PIECES = { webkit: 12_000 }

async function round(browser, page, asked, expected) {
  const before = await page.mainThread()
  const outcome = await page.call('bench.receive', asked)
  const after = await page.mainThread()
  // Whoever blocks the page for that long is done before the page can say that time is up.
  if ((outcome.timedOut && !outcome.lost) || outcome.milliseconds > LIMIT) return undefined
  if (givesEvents(asked.client)) verify(asked, outcome, expected)
  return {
    processor: browser.measuresProcessor ? ((after - before) * 1e6) / asked.events : undefined,
    elapsed: (outcome.milliseconds * 1e6) / asked.events,
    chunk: asked.bytes / outcome.units,
  }
}

async function measureCell({ browser, origin, clients, effort }, pages, shape, chunk) {
  const most = (PIECES[browser.name] ?? Infinity) * chunk
  const count = countFor(shape, Math.min(BYTES[shape] ?? 4 << 20, most), effort.events * (TIMES[shape] ?? 1))
  const stream = await describe(origin, { shape, count, chunk })
  // One event of it may be more; its size is a mean.
  if (stream.bytes > 2 * most) return undefined
  const expected = { ...stream }
  const rounds = new Map(clients.map(({ name }) => [name, []]))
  const timedOut = []
  const long = new Set()
  // The first round computes the checksum, the second warms up without it.
  for (let number = -2; number < effort.rounds; number++) {
    for (const [name, samples] of shuffled(rounds)) {
      if (long.has(name) && (number < 0 || number % 3 !== 0)) continue
      const asked = order(name, stream, { full: number === -2, limit: LIMIT })
      const sample = await round(browser, pages.get(name), asked, expected)
      if (!sample) {
        rounds.delete(name)
        timedOut.push(name)
        // What it still has to do would disturb the others.
        await pages.renew(name)
      } else if (number >= 0) samples[number] = sample
      else if (name !== 'native' && (sample.elapsed * stream.events) / 1e6 > LONG) long.add(name)
    }
  }
  return { shape, chunk, events: stream.events, bytes: stream.bytes, timedOut, clients: await results(rounds) }
}

async function results(rounds) {
  const of = (name, field) => Array.from(rounds.get(name) ?? [], (sample) => sample?.[field])
  const clients = {}
  for (const name of rounds.keys()) {
    const result = (clients[name] = { elapsed: await summary(of(name, 'elapsed')) })
    result.processor = await summaryOr(of(name, 'processor'))
    if (rounds.has('native')) {
      result.throughputToNative = await ratio(of('native', 'elapsed'), of(name, 'elapsed'))
      if (result.processor) result.processorToNative = await ratio(of(name, 'processor'), of('native', 'processor'))
    }
    if (name === 'floor-decode') result.chunkSeen = (await summary(of(name, 'chunk'))).median
  }
  return clients
}

const summaryOr = (samples) => (samples.some((sample) => sample !== undefined) ? summary(samples) : undefined)

function table(clients, cell) {
  const rows = {}
  for (const { name, label } of clients) {
    const result = cell.clients[name]
    rows[label] = result
      ? {
          'main thread ns/event': rounded(result.processor?.median),
          'to native': rounded(result.processorToNative?.median),
          '±': rounded(result.processorToNative?.spread),
          'events/s': Math.round(1e9 / result.elapsed.median),
          'throughput to native': rounded(result.throughputToNative?.median),
          '± ': rounded(result.throughputToNative?.spread),
        }
      : { 'events/s': `more than ${LIMIT / 1000} s` }
  }
  return rows
}

export async function endToEnd(context) {
  const pages = await openPages(context, context.clients)
  const cells = []
  for (const shape of context.shapes) {
    for (const chunk of context.chunks) {
      const cell = await measureCell(context, pages, shape, chunk)
      if (!cell) {
        console.log(`\n${shape}, chunks of ${chunk} bytes: too many for ${context.browser.name}, not measured`)
        continue
      }
      cells.push(cell)
      const seen = cell.clients['floor-decode']?.chunkSeen
      const title = `${shape}, chunks of ${chunk} bytes, ${cell.events} events`
      context.report(
        title + (seen ? `; the page sees ${Math.round(seen)} bytes at a time` : ''),
        table(context.clients, cell),
      )
    }
  }
  await pages.close()
  return cells
}
