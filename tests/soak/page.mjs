/**
 * Millions of events over thousands of connections in one Chromium page, and what the page holds meanwhile: heap,
 * wasm memory, listeners, sockets. Measures and judges; what is drawn of it is in chart.mjs.
 */
import assert from 'node:assert/strict'
import { cpus, release, type } from 'node:os'
import { setTimeout } from 'node:timers/promises'

import { startBrowser } from '../page/harness/browsers.mjs'
import { startServer } from '../page/harness/serve.mjs'

const SAMPLES = 50
/** Silence after which the run counts as stuck, in milliseconds. */
const PATIENCE = 60_000

/** Runs it; `report` hears of each sample. Throws where an event is lost or something grows. */
export async function soakPage({ events, reconnections, report = () => {} }) {
  const server = await startServer()
  const browser = await startBrowser('chromium')
  try {
    const { driver } = browser
    const version = (await driver.getCapabilities()).getBrowserVersion()
    const samples = await sampleRun({ driver, server, events, reconnections, report })
    const last = samples.at(-1)
    return {
      date: new Date().toISOString(),
      engine: `Chromium ${version}`,
      machine: { processor: cpus()[0].model, processors: cpus().length, system: `${type()} ${release()}` },
      events: last.events,
      connections: last.connections,
      seconds: last.seconds,
      samples,
    }
  } finally {
    await browser.stop()
    server.stop()
  }
}

async function sampleRun({ driver, server, events, reconnections, report }) {
  await driver.get(`${server.origin}/tests/soak/soak.html`)
  const data = encodeURIComponent('{n} of a stream that goes on and on: Größe, 大小, 🎉')
  // The first connection is none again.
  const perConnection = Math.ceil(events / (reconnections + 1))
  const path = `/numbered?key=soak&count=${events}&perConnection=${perConnection}&fault=cut&data=${data}`
  await until(driver, 'return typeof start === "function"')
  const started = performance.now()
  await driver.executeScript('start(...arguments)', path, events, { reconnectionTime: 0 })
  const samples = []
  let moved = performance.now()
  for (let received = 0, done = false; !done;) {
    const seen = await driver.executeScript('return seen')
    assert.equal(seen.problem ?? undefined, undefined)
    if (seen.received > received) moved = performance.now()
    else if (!seen.done && performance.now() - moved > PATIENCE) throw new Error(`stuck after ${received} events`)
    received = seen.received
    done = seen.done
    if (done || received >= ((samples.length + 1) * events) / SAMPLES) {
      const sample = await takeSample(driver, server)
      sample.seconds = Math.round((performance.now() - started) / 100) / 10
      samples.push(sample)
      report(sample)
    } else {
      await setTimeout(20)
    }
  }
  return samples
}

async function until(driver, script) {
  for (let tries = 0; tries < 500; tries++) {
    if (await driver.executeScript(script)) return
    await setTimeout(20)
  }
  throw new Error(`never true: ${script}`)
}

/** What the page holds once its garbage is collected. */
async function takeSample(driver, server) {
  // Twice: what finalizers let go of is garbage only then.
  for (let times = 0; times < 2; times++) await driver.sendAndGetDevToolsCommand('HeapProfiler.collectGarbage')
  await driver.sendAndGetDevToolsCommand('Performance.enable')
  const { metrics } = await driver.sendAndGetDevToolsCommand('Performance.getMetrics')
  const metric = (name) => metrics.find((one) => one.name === name).value
  const [{ received, opened }, wasm] = await driver.executeScript('return [seen, wasmBytes()]')
  const address = `${server.origin}/log?key=soak`
  const { requests, open } = await (await fetch(address)).json()
  // So that the server's own memory stays flat. Whoever is connected now is only forgotten, not missed: one connection
  // that stays for each that comes would show in every sample.
  await fetch(address, { method: 'DELETE' })
  return {
    events: received,
    connections: opened,
    requests: requests.length,
    heapBytes: metric('JSHeapUsedSize'),
    wasmBytes: wasm,
    listeners: metric('JSEventListeners'),
    open,
  }
}

/** What a value may differ by between the second quarter of a run and its last: noise, and no leak. */
const MOST_GROWTH = {
  // A chunk or two that are being delivered; one object kept for each connection would be more.
  heapBytes: 768 * 1024,
  wasmBytes: 0,
  // Chromium adds some dozens of its own once; one for each connection would be more.
  listeners: 100,
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]

/** Asserts that nothing grew. Gives the growth of each value. */
export function judge({ samples }) {
  const quarter = Math.floor(samples.length / 4)
  assert.ok(quarter >= 2, `${samples.length} samples are too few`)
  const growth = {}
  for (const [name, most] of Object.entries(MOST_GROWTH)) {
    const early = median(samples.slice(quarter, 2 * quarter).map((sample) => sample[name]))
    const late = median(samples.slice(-quarter).map((sample) => sample[name]))
    growth[name] = late - early
    assert.ok(late - early <= most, `${name} grew from ${early} to ${late}`)
  }
  // One connection at a time; the one before may still be on its way out.
  const open = Math.max(...samples.map((sample) => sample.open))
  assert.ok(open <= 2, `${open} connections were open at the same time`)
  return { ...growth, open }
}
