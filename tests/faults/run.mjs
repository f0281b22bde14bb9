/**
 * Runs the numbered stream through the proxy's faults and judges what came:
 *
 *   node tests/faults/run.mjs [--client node|chromium|firefox|webkit] [--events 1000000] [--faults 1000] [--stalls N]
 *                             [--waits N] [--seed N] [--timeout SECONDS]
 */
import assert from 'node:assert/strict'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

import { startBrowser } from '../page/harness/browsers.mjs'
import { startServer } from '../page/harness/serve.mjs'
import { DATA, receive } from './numbered.mjs'
import { RETRIED_STATUSES, isError, planFaults } from './plan.mjs'
import { startProxy } from './proxy.mjs'

/** Silence that the client takes, and what a stall may last beyond that on a busy machine. Milliseconds. */
const HEARTBEAT = 700
const SLACK = 5000

const INIT = {
  reconnectionTime: 2,
  retry: { maxDelay: 40, statuses: RETRIED_STATUSES },
  heartbeatTimeout: HEARTBEAT,
}

async function receiveInNode(origin, path, init) {
  const { EventSource } = await import('../../dist/index.js')
  return receive(EventSource, `${origin}${path}`, init)
}

async function receiveInBrowser(name, origin, path, init) {
  const browser = await startBrowser(name)
  try {
    const { driver } = browser
    await driver.get(`${origin}/tests/faults/page.html`)
    await driver.executeScript('start(...arguments)', path, init)
    for (;;) {
      // Asked for, and not awaited: a long run must not go over the driver's limit for a script.
      const seen = await driver.executeScript('return globalThis.seen')
      if (seen) return seen
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  } finally {
    await browser.stop()
  }
}

/** Runs a plan against a server and asserts that each event came once and in order. Gives what was counted. */
export async function runPlan({ client, server, plan, events, seed, signal }) {
  const proxy = await startProxy({ target: server.origin, plan, seed })
  const path = `/numbered?count=${events}&data=${encodeURIComponent(DATA)}`
  const started = performance.now()
  let onAbort
  const late = new Promise((_, reject) => {
    onAbort = () => {
      const next = JSON.stringify(plan[proxy.used])
      reject(new Error(`not done in time: ${proxy.used} of ${plan.length} faults happened, the next is ${next}`))
    }
    signal?.addEventListener('abort', onAbort)
  })
  try {
    const init = { ...INIT, count: events }
    const receiving =
      client === 'node' ? receiveInNode(proxy.origin, path, init) : receiveInBrowser(client, proxy.origin, path, init)
    const seen = await Promise.race([receiving, late])
    const seconds = (performance.now() - started) / 1000
    const { requests, stallsEnded } = proxy
    judge({ client, seen, proxy, plan, events })
    return {
      client,
      seed,
      events,
      faults: plan.length,
      requests,
      ...seen,
      stallsEnded,
      seconds: Number(seconds.toFixed(1)),
    }
  } finally {
    signal?.removeEventListener('abort', onAbort)
    await proxy.stop()
  }
}

function judge({ client, seen, proxy, plan, events }) {
  assert.deepEqual(seen.problems, [])
  assert.equal(seen.received, events)
  assert.deepEqual(proxy.violations.slice(0, 5), [])
  assert.equal(proxy.used, plan.length, 'every fault of the plan happened')
  const errors = Object.values(seen.errors).reduce((sum, count) => sum + count, 0)
  // Besides them the stream's own end, and the 204 that ends the run.
  const most = plan.filter(isError).length + proxy.ended + 1
  // Firefox itself asks once more where a connection ends before the first byte of an answer, and says nothing of it.
  const silent = client === 'firefox' ? plan.filter(({ answer }) => answer === 'reset' || answer === 'close').length : 0
  const told = JSON.stringify(seen.errors)
  assert.ok(errors <= most && errors >= most - silent, `${most - silent} to ${most} faults, ${errors} told: ${told}`)
  assert.equal(seen.errors['status 204'], 1)
  for (const status of RETRIED_STATUSES) {
    const planned = plan.filter((fault) => fault.status === status && fault.answer === 'status').length
    assert.equal(seen.errors[`status ${status}`] ?? 0, planned, `each ${status} is told as such`)
  }
  const stalls = plan.filter((fault) => fault.way === 'stall').length
  assert.equal(seen.errors.heartbeat ?? 0, stalls, 'each stall is told as a missing heartbeat')
  assert.equal(proxy.stallsEnded.length, stalls)
  for (const lasted of proxy.stallsEnded) {
    assert.ok(lasted >= HEARTBEAT * 0.9 && lasted < HEARTBEAT + SLACK, `a stall ended after ${lasted} ms`)
  }
}

/** The short form: what `npm test` has the time for. */
export const SHORT = { events: 20_000, faults: 50, stalls: 3, waits: 2 }
/** The long form, of `npm run soak`. */
export const LONG = { events: 1_000_000, faults: 1000, stalls: 30, waits: 15 }

/** Makes a plan from the seed and runs it. */
export function runFaults({ client, server, seed, events, faults, stalls, waits, signal }) {
  return runPlan({ client, server, plan: planFaults({ seed, events, faults, stalls, waits }), events, seed, signal })
}

async function main() {
  const { values } = parseArgs({
    options: {
      client: { type: 'string', default: 'node' },
      events: { type: 'string', default: String(LONG.events) },
      faults: { type: 'string', default: String(LONG.faults) },
      stalls: { type: 'string', default: String(LONG.stalls) },
      waits: { type: 'string', default: String(LONG.waits) },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      timeout: { type: 'string', default: '1800' },
    },
  })
  const { client, timeout, ...numbers } = values
  const options = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, Number(value)]))
  console.log(`seed ${options.seed}`)
  const server = await startServer()
  try {
    console.log(await runFaults({ client, server, ...options, signal: AbortSignal.timeout(Number(timeout) * 1000) }))
  } finally {
    server.stop()
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main()
