// The line chart: events a second of each client, round by round. It scales itself to what it is given.

const SVG = 'http://www.w3.org/2000/svg'
const WIDTH = 600
const HEIGHT = 220
const LEFT = 64
const BOTTOM = 12
const TOP = 12

function make(name, attributes, text) {
  const element = document.createElementNS(SVG, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  if (text !== undefined) element.textContent = text
  return element
}

/** A round number of steps that reaches over the highest value. */
function scale(highest) {
  const magnitude = 10 ** Math.floor(Math.log10(highest / 2))
  const step = [1, 2, 5, 10].map((factor) => factor * magnitude).find((it) => highest / it <= 4)
  return { step, top: Math.ceil(highest / step) * step }
}

const compact = new Intl.NumberFormat(undefined, { notation: 'compact' })

export class Rounds {
  #series = new Map()
  #lines = new Map()
  #grid

  constructor(svg, names) {
    this.#grid = svg.appendChild(make('g', {}))
    for (const name of names) {
      const group = svg.appendChild(make('g', {}))
      group.style.setProperty('--colour', `var(--${name})`)
      const line = group.appendChild(make('polyline', {}))
      const dot = group.appendChild(make('circle', { r: 4 }))
      this.#lines.set(name, { group, line, dot })
    }
    this.clear()
  }

  clear() {
    for (const name of this.#lines.keys()) this.#series.set(name, [])
    this.#draw()
  }

  add(name, rate) {
    this.#series.get(name).push(rate)
    this.#draw()
  }

  #draw() {
    const all = [...this.#series.values()]
    const { step, top } = scale(Math.max(1000, ...all.flat()))
    const length = Math.max(2, ...all.map((series) => series.length))
    const x = (round) => LEFT + ((WIDTH - LEFT - 12) * round) / (length - 1)
    const y = (rate) => HEIGHT - BOTTOM - ((HEIGHT - BOTTOM - TOP) * rate) / top
    this.#grid.replaceChildren()
    for (let value = 0; value <= top; value += step) {
      this.#grid.append(make('line', { x1: LEFT, x2: WIDTH, y1: y(value), y2: y(value) }))
      const place = { x: LEFT - 8, y: y(value) + 4, 'text-anchor': 'end' }
      this.#grid.append(make('text', place, compact.format(value)))
    }
    for (const [name, { group, line, dot }] of this.#lines) {
      const series = this.#series.get(name)
      group.setAttribute('visibility', series.length > 0 ? 'visible' : 'hidden')
      line.setAttribute('points', series.map((rate, round) => `${x(round)},${y(rate)}`).join(' '))
      dot.setAttribute('cx', x(Math.max(0, series.length - 1)))
      dot.setAttribute('cy', y(series.at(-1) ?? 0))
    }
  }
}
