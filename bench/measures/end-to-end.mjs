/**
 * A stream as fast as it comes, through each client: main-thread time for each event, and events a second. Every
 * client has a page of its own, and they take turns.
 */
import { countFor, describe } from '../streams.mjs'
import { pageUrl } from '../pages.mjs'
import { ratio, summary } from '../statistics.mjs'

/** Milliseconds after which a client is out of the race in a cell. Some take a time that is the square of a line. */
const LIMIT = 8000

const BYTES = { line16m: 32 << 20, long16k: 24 << 20 }

export async function openPages(context, clients) {
  const pages = new Map()
  for (const { name } of clients) pages.set(name, await context.browser.open(pageUrl(context.origin, 'page.js')))
  return pages
}

function check(order, outcome, expected) {
  const who = `${order.client}, ${order.url}`
  if (order.client === 'floor-decode') return
  if (outcome.units !== order.events) throw new Error(`${who}: ${outcome.units} events in place of ${order.events}`)
  if (order.full && outcome.checksum !== expected.checksum) {
    throw new Error(`${who}: the checksum is ${outcome.checksum} in place of ${expected.checksum}`)
  }
  expected.quick ??= outcome.quick
  if (outcome.quick !== expected.quick) throw new Error(`${who}: the data differs from round to round`)
}

/** One round of one client; undefined where it took too long. */
async function round(context, page, expected, order) {
  await page.show()
  const before = await page.mainThread()
  const outcome = await page.call('bench.receive', order)
  const after = await page.mainThread()
  if (outcome.timedOut) return undefined
  check(order, outcome, expected)
  return {
    processor: ((after - before) * 1e6) / order.events,
    elapsed: (outcome.milliseconds * 1e6) / order.events,
    units: outcome.units,
  }
}

export async function measureCell(context, clients, pages, shape, chunk) {
  const count = countFor(shape, BYTES[shape] ?? context.streamBytes, context.streamEvents)
  const { url, types, events, bytes, checksum } = await describe(context.origin, { shape, count, chunk })
  const expected = { checksum, quick: undefined }
  const running = new Map(clients.map(({ name }) => [name, []]))
  const slow = []
  // The first round computes the checksum and warms up, the second warms up without it.
  for (let number = -2; number < context.rounds; number++) {
    for (const [name, samples] of running) {
      const order = { client: name, url, types, events, bytes, full: number === -2, limit: LIMIT }
      const result = await round(context, pages.get(name), expected, order)
      if (!result) {
        running.delete(name)
        slow.push(name)
      } else if (number >= 0) samples.push(result)
    }
  }
  const cell = { shape, chunk, events, bytes, slow, clients: {} }
  const reference = running.get('native')
  for (const [name, samples] of running) {
    const values = (field) => samples.map((sample) => sample[field])
    const result = {
      nanosecondsPerEvent: await summary(values('elapsed')),
      throughputToNative: (await ratio(reference.map((sample) => sample.elapsed), values('elapsed'))).median,
    }
    if (context.browser.measuresProcessor) {
      result.processorNanosecondsPerEvent = await summary(values('processor'))
      const against = await ratio(values('processor'), reference.map((sample) => sample.processor))
      Object.assign(result, { processorToNative: against.median, processorToNativeSpread: against.spread })
    }
    if (name === 'floor-decode') result.meanChunk = Math.round(bytes / samples[0].units)
    cell.clients[name] = result
  }
  return cell
}

export async function endToEnd(context) {
  const pages = await openPages(context, context.clients)
  const cells = []
  for (const shape of context.shapes) {
    for (const chunk of context.chunks) {
      const cell = await measureCell(context, context.clients, pages, shape, chunk)
      cells.push(cell)
      context.report(`${shape}, chunks of ${chunk} bytes, ${cell.events} events`, table(context, cell))
    }
  }
  for (const page of pages.values()) await page.close()
  return cells
}

function table(context, cell) {
  const rows = {}
  for (const { name, label } of context.clients) {
    const result = cell.clients[name]
    if (!result) {
      rows[label] = { 'ns/event': `more than ${LIMIT / 1000} s` }
      continue
    }
    const row = (rows[label] = {})
    if (result.processorToNative !== undefined) {
      row['main thread ns/event'] = Math.round(result.processorNanosecondsPerEvent.median)
      row['to native'] = round2(result.processorToNative)
      row['±'] = round2(result.processorToNativeSpread)
    }
    row['events/s'] = Math.round(1e9 / result.nanosecondsPerEvent.median)
    row['throughput to native'] = round2(result.throughputToNative)
    row['±%'] = Math.round(result.nanosecondsPerEvent.spread * 100)
    if (result.meanChunk) row['chunk seen'] = result.meanChunk
  }
  return rows
}

const round2 = (value) => Math.round(value * 100) / 100
