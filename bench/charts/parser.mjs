/** Speed of the parsers alone, for each shape, in the chunks of a typical connection. */
import { SHAPES } from '../streams.mjs'
import { colour } from './render.mjs'

const LABELS = {
  ours: 'eventsource-wasm/parser',
  'eventsource-parser': 'eventsource-parser',
  'floor-cut': 'floor: cutting, no parsing',
  decode: 'floor: decoding alone',
}
const CHUNK = 1400

export function parsers(cells, engine) {
  const values = cells
    .filter(({ chunk }) => chunk === CHUNK)
    .flatMap(({ shape, parsers: results }) =>
      Object.keys(LABELS)
        .filter((name) => results[name])
        .map((name) => ({ shape, parser: LABELS[name], value: results[name].megabytesPerSecond })),
    )
  if (values.length === 0) return undefined
  const labels = Object.values(LABELS)
  return {
    title: {
      text: `The parser alone, MB/s, ${engine}: more is better`,
      subtitle: `chunks of ${CHUNK} bytes in memory, warm`,
    },
    width: 420,
    height: { step: 9 },
    data: { values },
    mark: { type: 'bar', height: { band: 0.85 } },
    encoding: {
      x: { field: 'value', type: 'quantitative', axis: { title: null, tickCount: 6 } },
      y: { field: 'shape', type: 'nominal', sort: SHAPES, axis: { title: null }, scale: { paddingInner: 0.3 } },
      yOffset: { field: 'parser', sort: labels },
      color: {
        field: 'parser',
        scale: { domain: labels, range: ['ours', 'native', 'peer', 'floor'].map(colour) },
        legend: { title: null, orient: 'bottom' },
      },
    },
  }
}
