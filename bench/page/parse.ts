/** Times parsers on chunks in memory, in turns. Runs in pages and in Node. */
import { shuffled } from '../shuffle.mjs'
import type { Parser } from '../parsers/parser.js'
import type { ParseOrder, ParseOutcome } from './order.js'
import { Tally } from './tally.js'

async function load(name: string): Promise<Parser> {
  const { parser } = (await import(new URL(`./parsers/${name}.js`, import.meta.url).href)) as { parser: Parser }
  return parser
}

/** As a network would deliver them: each in memory of its own. */
function cut(bytes: Uint8Array, size: number): Uint8Array[] {
  const chunks: Uint8Array[] = []
  for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size))
  return chunks
}

function pass(parser: Parser, chunks: Uint8Array[], full: boolean) {
  const tally = new Tally(full)
  const start = performance.now()
  const feed = parser.start((data) => tally.add(data))
  for (const chunk of chunks) feed(chunk)
  return { milliseconds: performance.now() - start, tally }
}

export async function parse(order: ParseOrder): Promise<ParseOutcome> {
  const response = await fetch(order.url)
  const chunks = cut(new Uint8Array(await response.arrayBuffer()).subarray(0, order.most), order.chunk)
  const parsers = await Promise.all(order.parsers.map(async (name) => [name, await load(name)] as const))
  for (const [, parser] of parsers) parser.prepare?.(chunks)
  const outcome: ParseOutcome = {}
  for (const [name] of parsers) outcome[name] = { units: 0, quick: 0, milliseconds: [] }
  if (order.verify) {
    for (const [name, parser] of parsers) {
      const { tally } = pass(parser, chunks, true)
      outcome[name]!.checksum = tally.full!.toString()
    }
  }
  const end = performance.now() + order.budget
  for (let round = -order.warmUp; round < order.rounds; round++) {
    if (round >= order.fewest && performance.now() > end) break
    for (const [name, parser] of shuffled(parsers)) {
      const { milliseconds, tally } = pass(parser, chunks, false)
      const result = outcome[name]!
      Object.assign(result, { units: tally.units, quick: tally.quick })
      if (round >= 0) result.milliseconds.push(milliseconds)
    }
    // Tiers of compiled code are exchanged between tasks.
    await new Promise((resolve) => setTimeout(resolve))
  }
  return outcome
}
