/**
 * Which faults a run meets, where and in what order: a list made from a seed before the first byte flows. What each
 * of them looks like on the wire is the proxy's business.
 *
 * A fault is either of a body (`event`, `place`, `way`) or of an answer (`answer`), which the next request gets in
 * place of a stream.
 */

import { seeded } from './random.mjs'

/** Where in an event, or in the chunked framing around it, a body is broken off. */
const PLACES_IN_EVENTS = [
  'before the event',
  'in the id',
  'after the id',
  'in the data',
  'in a character',
  'before the empty line',
  'after the event',
]
const PLACES_IN_FRAMING = ['in the chunk size', 'in the chunk', 'before the end of the chunk']

/** How a body is broken off. Only between chunks can it end as if it were complete, or go on with garbage. */
const WAYS = ['reset', 'close', 'reset', 'close', 'end', 'garbage']
const WAYS_IN_FRAMING = ['reset', 'close']

const ANSWERS = ['reset', 'close', 'cut head', 'status', 'status', 'too many requests', 'redirect', 'delay']
const STATUSES = [500, 502, 503, 504]
const REDIRECTS = [301, 302, 303, 307, 308]

/** The statuses that a client must be told to retry. */
export const RETRIED_STATUSES = [429, ...STATUSES]

/**
 * `faults` faults spread over `events` numbered events. `stalls` of them are silence that only a heartbeat ends;
 * `waits` of the refusals ask for a second or more of patience, the rest for none.
 */
export function planFaults({ seed, events, faults, stalls, waits }) {
  const random = seeded(seed)
  const kinds = Array.from({ length: faults }, () => (random.next() < 0.6 ? 'body' : 'answer'))
  const bodies = kinds.filter((kind) => kind === 'body').length
  // Different numbers, so that each fault hits an event that is still to come.
  const numbers = new Set()
  while (numbers.size < bodies) numbers.add(random.below(events))
  const inOrder = [...numbers].sort((a, b) => a - b)
  const plan = kinds.map((kind) => (kind === 'body' ? bodyFault(random, inOrder.shift()) : answerFault(random)))
  choose(random, plan, stalls, 'event', (fault) => (fault.way = 'stall'))
  choose(random, plan, waits, 'retryAfter', (fault) => (fault.retryAfter = random.pick(['1', 'date'])))
  return plan
}

function bodyFault(random, event) {
  const framing = random.next() < 0.25
  return {
    event,
    place: random.pick(framing ? PLACES_IN_FRAMING : PLACES_IN_EVENTS),
    way: random.pick(framing ? WAYS_IN_FRAMING : WAYS),
  }
}

function answerFault(random) {
  const answer = random.pick(ANSWERS)
  switch (answer) {
    case 'status':
      return { answer, status: random.pick(STATUSES) }
    case 'too many requests':
      return { answer: 'status', status: 429, retryAfter: '0' }
    case 'redirect':
      return { answer, status: random.pick(REDIRECTS) }
    case 'delay':
      return { answer, milliseconds: random.between(1, 40) }
    default:
      return { answer }
  }
}

/** Every place with every way to break off, and every answer, once: what chance may leave out of a short plan. */
export function everyFault({ stalls = true } = {}) {
  const ways = [...new Set([...WAYS, ...(stalls ? ['stall'] : [])])]
  const bodies = [
    ...PLACES_IN_EVENTS.flatMap((place) => ways.map((way) => ({ place, way }))),
    ...PLACES_IN_FRAMING.flatMap((place) => WAYS_IN_FRAMING.map((way) => ({ place, way }))),
  ]
  const answers = [
    ...['reset', 'close', 'cut head'].map((answer) => ({ answer })),
    ...STATUSES.map((status) => ({ answer: 'status', status })),
    ...['0', '1', 'date'].map((retryAfter) => ({ answer: 'status', status: 429, retryAfter })),
    ...REDIRECTS.map((status) => ({ answer: 'redirect', status })),
    { answer: 'delay', milliseconds: 20 },
  ]
  return [...bodies.map((fault, index) => ({ event: index * 20, ...fault })), ...answers]
}

/** Changes `count` different faults of those that have `field`. */
function choose(random, plan, count, field, change) {
  const fitting = plan.filter((fault) => field in fault)
  for (let left = Math.min(count, fitting.length); left > 0; left--) {
    change(fitting.splice(random.below(fitting.length), 1)[0])
  }
}

/** Whether the client hears of a fault: what it can't tell from a slow or a moved server is no error. */
export function isError(fault) {
  return fault.answer !== 'redirect' && fault.answer !== 'delay'
}
