/** What somebody who uses the page feels: how soon it starts, how long it stands still, how late an event is. */
import { CLIENTS } from '../clients.mjs'
import { bars } from './bars.mjs'

function rowsOf(result, value) {
  return CLIENTS.filter(({ name }) => result.clients[name] && !name.startsWith('floor')).map(({ name, label }) => ({
    name,
    label,
    value: value(result.clients[name]),
  }))
}

export function page({ start, block, latency }) {
  const panels = []
  const add = (title, subtitle, rows) => panels.push(bars({ title, subtitle, rows, format: '.1f', width: 300 }))
  if (start) {
    const rows = rowsOf(start.result, ({ elapsed }) => elapsed.median)
    add('Start of the script to the first event, ms', 'a fresh page, import included', rows)
  }
  if (block) {
    const rows = rowsOf(block.result, ({ longest }) => longest.median)
    add('Longest main-thread block, ms', `in a burst of ${block.result.events.toLocaleString('en')} events`, rows)
  }
  if (latency) {
    const rows = rowsOf(latency.result, ({ p99 }) => p99.median)
    add('Latency, 99th percentile, ms', `at ${latency.result.rate.toLocaleString('en')} events a second`, rows)
  }
  return panels.length > 0 ? { vconcat: panels, spacing: 28, resolve: { scale: { x: 'independent' } } } : undefined
}
