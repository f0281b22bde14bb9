/** JavaScript's heap and wasm's memory in a fresh page, and at the end of each of two long streams, before they are closed. */
import { pageUrl } from '../pages.mjs'
import { rounded } from '../statistics.mjs'
import { describe } from '../streams.mjs'
import { order, verify } from '../verify.mjs'

/** A million events would take these a quarter of a minute and more. */
const TOO_SLOW = ['extended-eventsource', 'fetch-event-stream']

/** Bytes that the second stream added. */
export const added = ([, middle, end]) => end.heap + end.wasm - middle.heap - middle.wasm

export async function memory({ browser, origin, clients, effort, report }) {
  const stream = await describe(origin, { shape: 'llm110', count: effort.memoryEvents / 2, chunk: 16384 })
  const results = {}
  const rows = {}
  for (const { name, label } of clients) {
    if (name.startsWith('floor') || TOO_SLOW.includes(name)) continue
    const pages = []
    for (let round = 0; round < effort.memoryRounds; round++) {
      const page = await browser.open(pageUrl(origin))
      const asked = order(name, stream, { limit: 120_000 })
      const { outcomes, readings } = await page.call('bench.memory', asked)
      await page.close()
      for (const received of outcomes) verify(asked, received, { ...stream })
      pages.push(readings)
    }
    // What engines keep of compiled code differs by tens of kilobytes from page to page.
    const readings = pages.sort((one, other) => added(one) - added(other))[pages.length >> 1]
    results[name] = { readings }
    const [before, middle, end] = readings
    rows[label] = {
      'heap before, KB': rounded(before.heap / 1024),
      [`after ${middle.events}`]: rounded(middle.heap / 1024),
      [`after ${end.events}`]: rounded(end.heap / 1024),
      'second half adds, KB': rounded(added(readings) / 1024),
      'wasm, KB': end.wasm / 1024,
    }
  }
  report('memory in use, the connection still open', rows)
  return { clients: results }
}
