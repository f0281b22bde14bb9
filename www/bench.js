// The live benchmark: runs the clients in turns and hands each round's numbers to what shows them, bench-race.js and
// bench-rounds.js. The clients come from build/bench/, which `node bench/bundle.mjs` makes.

import { Race } from './bench-race.js'
import { Rounds } from './bench-rounds.js'

const CLIENTS = {
  native: 'EventSource (native)',
  ours: 'eventsource-wasm',
  eventsource: 'eventsource',
  'event-source-polyfill': 'event-source-polyfill',
  'fetch-event-source': '@microsoft/fetch-event-source',
}
const EVENTS = 15_000
const ROUNDS = 12

const form = document.getElementById('bench-form')
const shape = document.getElementById('bench-shape')
const button = document.getElementById('bench-run')
const status = document.getElementById('bench-status')
const failure = document.getElementById('bench-failure')

const race = new Race(document.getElementById('race-rows'), CLIENTS)
const rounds = new Rounds(document.getElementById('rounds'), Object.keys(CLIENTS))
/** Aborted by whoever wants the run to end. */
let running

/** What the stream will hold, as the server promises it; for streams of many types only messages are listened to. */
async function describe(url) {
  const { headers } = await fetch(url, { method: 'HEAD' })
  const types = headers.get('x-types').split(',')
  const onlyMessages = types.includes('message')
  const prefix = onlyMessages ? 'x-message-' : 'x-'
  return {
    url,
    types: onlyMessages ? ['message'] : types,
    events: Number(headers.get(`${prefix}events`)),
    checksum: headers.get(`${prefix}checksum`),
    limit: 30_000,
  }
}

/**
 * The round's numbers. The first round computes the checksum, and is therefore not measured; it leaves a quick sum that
 * the others must give too.
 */
async function measure(bench, name, stream, full) {
  const outcome = await bench.burst(await bench.load(name), { ...stream, client: name, full })
  if (full && outcome.checksum === stream.checksum) stream.quick ??= outcome.quick
  if (outcome.units !== stream.events || outcome.quick !== stream.quick) {
    throw new Error(`${CLIENTS[name]} delivered ${outcome.units} of ${stream.events} events, or changed them`)
  }
  return { rate: (stream.events / outcome.milliseconds) * 1000, longest: outcome.longest }
}

async function run(signal) {
  const bench = await import('/build/bench/live.js').catch(() => {
    throw new Error('the clients are not built: node bench/bundle.mjs makes them')
  })
  const stream = await describe(`/bench?shape=${shape.value}&count=${EVENTS}&chunk=1400`)
  race.clear()
  rounds.clear()
  for (let round = 0; round <= ROUNDS; round++) {
    status.value = round === 0 ? 'Warming up and checking every event …' : `Round ${round} of ${ROUNDS}`
    for (const name of Object.keys(CLIENTS)) {
      race.mark(name)
      const numbers = await measure(bench, name, stream, round === 0)
      if (signal.aborted) return 'Stopped'
      if (round > 0) {
        race.add(name, numbers)
        rounds.add(name, numbers.rate)
      }
    }
  }
  return `Done: ${ROUNDS} rounds of ${EVENTS.toLocaleString()} events, none missing`
}

form.addEventListener('submit', async (event) => {
  event.preventDefault()
  if (running) {
    running.abort()
    return
  }
  running = new AbortController()
  button.textContent = 'Stop'
  shape.disabled = true
  failure.hidden = true
  try {
    status.value = await run(running.signal)
  } catch (error) {
    status.value = 'Failed'
    failure.textContent = `The benchmark failed: ${error.message}.`
    failure.hidden = false
  }
  race.mark(undefined)
  running = undefined
  button.textContent = 'Start'
  shape.disabled = false
})
