/**
 * A floor: each chunk becomes text, and each event's data is cut out of it where it is known to be beforehand. Nothing is
 * searched or compared, which no parser can do without.
 */
import type { Parser } from './parser.js'

/** What lines of a chunk's text to hand on: where each begins and ends, and whether more of its event follow. */
interface Plan {
  lines: Int32Array
  /** Characters that stay for the next chunk. */
  kept: number
}

const NUMBERS = 3
let plans: Plan[] = []

/** Where the data is in the text of a chunk, behind the characters that the one before left. */
function plan(text: string): Plan {
  const lines: number[] = []
  let whole = 0
  for (let at = 0, block = 0; ;) {
    const end = text.indexOf('\n', at)
    if (end === -1) break
    if (end === at) {
      if (lines.length > block) lines[lines.length - 1] = 0
      block = lines.length
      whole = end + 1
    } else if (text.startsWith('data:', at)) {
      lines.push(text[at + 5] === ' ' ? at + 6 : at + 5, end, 1)
    }
    at = end + 1
  }
  while (lines.length > 0 && lines.at(-1) === 1) lines.length -= NUMBERS
  return { lines: Int32Array.from(lines), kept: text.length - whole }
}

export const parser: Parser = {
  gives: 'events',
  prepare(chunks) {
    const decoder = new TextDecoder()
    let rest = ''
    plans = chunks.map((chunk) => {
      const decoded = decoder.decode(chunk, { stream: true })
      const text = rest + decoded
      // Not looked through again and again: a line may have megabytes.
      const planned = decoded.includes('\n') ? plan(text) : { lines: new Int32Array(), kept: text.length }
      rest = text.slice(text.length - planned.kept)
      return planned
    })
  },
  start(onData) {
    const decoder = new TextDecoder()
    const onEvent = (event: { id: string | undefined; event: string | undefined; data: string }) => onData(event.data)
    let next = 0
    let rest = ''
    return (chunk) => {
      const { lines, kept } = plans[next++]!
      const text = rest + decoder.decode(chunk, { stream: true })
      for (let at = 0; at < lines.length; at += NUMBERS) {
        let data = text.substring(lines[at]!, lines[at + 1]!)
        while (lines[at + 2] === 1) {
          at += NUMBERS
          data += `\n${text.substring(lines[at]!, lines[at + 1]!)}`
        }
        onEvent({ id: undefined, event: undefined, data })
      }
      rest = text.slice(text.length - kept)
    }
  },
}
