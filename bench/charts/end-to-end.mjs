/** Two pictures of the end-to-end measure: all clients on one stream, and the package on every stream. */
import { CLIENTS } from '../clients.mjs'
import { CHUNKS, SHAPES } from '../streams.mjs'
import { bars } from './bars.mjs'
import { colour } from './render.mjs'

/** Where a browser does not tell what its main thread takes, throughput is what there is. */
export function oneStream(cells, shape, chunk) {
  const cell = cells.find((it) => it.shape === shape && it.chunk === chunk)
  if (!cell) return undefined
  const field = cell.clients.native?.processorToNative ? 'processorToNative' : 'throughputToNative'
  const rows = CLIENTS.filter(({ name }) => cell.clients[name]).map(({ name, label }) => ({
    name,
    label,
    value: cell.clients[name][field].median,
  }))
  const subtitle = `${shape} in chunks of ${chunk} bytes, native = 1`
  if (field === 'throughputToNative') {
    return bars({ title: 'Events a second: more is better', subtitle, rows, mark: 1, descending: true })
  }
  return bars({ title: 'Main-thread time for each event: less is better', subtitle, rows, mark: 1 })
}

/** Those whose listeners get events of the DOM, and the least that such events cost in JavaScript. */
const SHOWN = ['ours', 'eventsource', 'floor-message-event', 'floor-event']

export function everyStream(cells) {
  const native = cells[0]?.clients.native
  if (!native) return undefined
  const field = native.processorToNative ? 'processorToNative' : 'throughputToNative'
  const values = cells.flatMap(({ shape, chunk, clients }) =>
    // No ratio where the native class itself took too long.
    SHOWN.filter((name) => clients[name]?.[field]).map((name) => ({
      shape,
      chunk,
      client: CLIENTS.find((it) => it.name === name).label,
      value: clients[name][field].median,
    })),
  )
  const labels = SHOWN.map((name) => CLIENTS.find((it) => it.name === name).label)
  const better = field === 'processorToNative' ? 'less is better' : 'more is better'
  const what = field === 'processorToNative' ? 'Main-thread time for each event' : 'Events a second'
  const subtitle = `native = 1; one dot for each chunk size: ${CHUNKS.join(', ')} bytes`
  return {
    title: { text: `${what}, every shape: ${better}`, subtitle },
    width: 420,
    height: { step: 24 },
    data: { values },
    layer: [
      {
        mark: { type: 'point', filled: true, size: 60, opacity: 0.9 },
        encoding: {
          x: { field: 'value', type: 'quantitative', scale: { type: 'log' }, axis: { title: null, format: '~g' } },
          y: { field: 'shape', type: 'nominal', sort: SHAPES, axis: { title: null, grid: true } },
          color: {
            field: 'client',
            scale: { domain: labels, range: ['ours', 'native', 'peer', 'floor'].map(colour) },
            legend: { title: null, orient: 'bottom' },
          },
        },
      },
      {
        data: { values: [{ value: 1 }] },
        mark: { type: 'rule', strokeDash: [4, 3], color: colour('muted') },
        encoding: { x: { field: 'value', type: 'quantitative' } },
      },
    ],
  }
}
