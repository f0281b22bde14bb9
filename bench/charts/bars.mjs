/** One horizontal bar for each of those who take part, shortest first, with its number at the end. */
import { colour } from './render.mjs'

function kind(name) {
  if (name === 'ours' || name === 'native') return name
  return name.startsWith('floor') || name === 'decode' ? 'floor' : 'peer'
}

/** `rows` are {name, label, value}; `mark` draws a line at a value. */
export function bars({ title, subtitle, rows, format = '.2f', mark, width = 380, descending = false }) {
  const values = rows.map((row) => ({ ...row, kind: kind(row.name) }))
  const x = { field: 'value', type: 'quantitative', axis: { title: null, tickCount: 5 }, scale: { nice: true } }
  const sort = rows.toSorted((a, b) => (descending ? b.value - a.value : a.value - b.value)).map(({ label }) => label)
  const y = { field: 'label', type: 'nominal', sort, axis: { title: null } }
  const kinds = ['ours', 'native', 'peer', 'floor']
  const scale = { domain: kinds, range: kinds.map(colour) }
  const layer = [
    { mark: { type: 'bar', height: 13 }, encoding: { x, y, color: { field: 'kind', scale, legend: null } } },
    {
      mark: { type: 'text', align: 'left', dx: 5, fontSize: 11.5, color: colour('text') },
      encoding: { x, y, text: { field: 'value', format } },
    },
  ]
  if (mark !== undefined) {
    layer.push({
      data: { values: [{ value: mark }] },
      mark: { type: 'rule', strokeDash: [4, 3], color: colour('muted') },
      encoding: { x: { field: 'value', type: 'quantitative' } },
    })
  }
  return { title: { text: title, subtitle }, width, height: { step: 21 }, data: { values }, layer }
}
