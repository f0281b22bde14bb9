/**
 * A floor: as `floor-ordered-event`, but what is heard, and behind which byte, is known from the first time that the stream
 * came. Nothing is parsed, decoded or compared: this is reading, and what the events that are heard cost.
 */
import { createParser } from 'eventsource-wasm/parser'
import { readBytes } from './bytes.js'
import type { Client } from './client.js'
import { listen, makeDataEvent } from './data-event.js'

interface Heard {
  type: string
  data: string
  /** Bytes of the stream that have come by then, or a few more. */
  after: number
}

/** Bytes that are parsed together the first time. */
const STEP = 64

/** Of the last stream alone: those of a whole run would fill the page. */
let known: { key: string; heard: Heard[] } | undefined

function learner(wanted: ReadonlySet<string>) {
  const heard: Heard[] = []
  let after = 0
  const parser = createParser({
    onEvent: ({ event, data }) => {
      const type = event || 'message'
      if (wanted.has(type)) heard.push({ type, data, after })
    },
  })
  const learn = (chunk: Uint8Array) => {
    for (let at = 0; at < chunk.length; at += STEP) {
      const piece = chunk.subarray(at, at + STEP)
      after += piece.length
      parser.feed(piece)
    }
  }
  return { heard, learn }
}

export const client: Client = {
  gives: 'events',
  open(url, types, receive) {
    const { target, wanted } = listen(types, receive)
    const key = [url, ...types].join(' ')
    const learning = known?.key === key ? undefined : learner(wanted)
    const { heard } = (known = learning ? { key, heard: learning.heard } : known!)
    let next = 0
    let come = 0
    return readBytes(url, async (chunk) => {
      learning?.learn(chunk)
      come += chunk.length
      while (next < heard.length && heard[next]!.after <= come) {
        const { type, data } = heard[next++]!
        target.dispatchEvent(makeDataEvent(type, data))
        await undefined
      }
    })
  },
}
