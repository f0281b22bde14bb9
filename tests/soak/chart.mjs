/** The picture of a soak run: what the page held, over the events that it received. */
import { colour, svg } from '../../bench/charts/render.mjs'

const MEBIBYTE = 2 ** 20

function panel(samples, title, field, value) {
  const values = samples.map((sample) => ({ events: sample.events / 1e6, value: value(sample) }))
  return {
    title: { text: title },
    width: 560,
    height: 90,
    data: { values },
    mark: { type: 'line', color: colour('ours'), strokeWidth: 2, point: false },
    encoding: {
      x: { field: 'events', type: 'quantitative', axis: { title: 'million events', grid: false } },
      // From nought on: a line that is flat has to look flat, and one that grows has to grow.
      y: {
        field: 'value',
        type: 'quantitative',
        scale: { zero: true, nice: true },
        axis: { title: field, grid: true, tickCount: 4 },
      },
    },
  }
}

export function drawSoak({ events, connections, seconds, samples }) {
  const panels = [
    panel(samples, 'JavaScript heap after garbage collection', 'MiB', (sample) => sample.heapBytes / MEBIBYTE),
    panel(samples, 'WebAssembly memory', 'MiB', (sample) => sample.wasmBytes / MEBIBYTE),
    panel(samples, 'Event listeners', 'number', (sample) => sample.listeners),
    panel(samples, 'Open connections', 'number', (sample) => sample.open),
  ]
  const count = (number) => number.toLocaleString('en')
  const summary = `${count(events)} events over ${count(connections)} connections in one page, in ${Math.round(seconds)} s`
  return svg(
    { title: { text: summary }, vconcat: panels, spacing: 24, resolve: { scale: { x: 'independent' } } },
    summary,
  )
}
