// The table with a bar for each client. Shows medians; knows nothing of how they are measured.

const SVG = 'http://www.w3.org/2000/svg'

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

function makeBar() {
  const svg = document.createElementNS(SVG, 'svg')
  svg.setAttribute('class', 'bar')
  svg.setAttribute('viewBox', '0 0 100 10')
  svg.setAttribute('preserveAspectRatio', 'none')
  svg.setAttribute('aria-hidden', 'true')
  const rect = document.createElementNS(SVG, 'rect')
  rect.setAttribute('height', '10')
  svg.append(rect)
  return { svg, rect }
}

class Row {
  rates = []
  longest = []

  constructor(body, name, label) {
    this.element = body.insertRow()
    this.element.style.setProperty('--colour', `var(--${name})`)
    const header = document.createElement('th')
    header.scope = 'row'
    header.textContent = label
    this.element.append(header)
    const bar = makeBar()
    this.rect = bar.rect
    const cell = this.#cell('Events a second', 'rate')
    this.rate = cell.appendChild(document.createElement('span'))
    cell.append(bar.svg)
    this.ratio = this.#cell('To native').appendChild(document.createElement('span'))
    this.block = this.#cell('Longest block').appendChild(document.createElement('span'))
    this.clear()
  }

  #cell(label, className = '') {
    const cell = this.element.insertCell()
    cell.dataset.label = label
    cell.className = className
    return cell
  }

  clear() {
    this.rates = []
    this.longest = []
    for (const element of [this.rate, this.ratio, this.block]) element.textContent = '–'
    this.#stretch(0)
  }

  #stretch(percent) {
    // The attribute for whoever has no CSS geometry, the property because only properties move.
    this.rect.setAttribute('width', String(percent))
    this.rect.style.width = `${percent}px`
  }

  show(highest, native) {
    if (this.rates.length === 0) return
    const rate = median(this.rates)
    this.rate.textContent = Math.round(rate).toLocaleString()
    this.ratio.textContent = native ? `${(rate / native).toFixed(2)} ×` : '–'
    this.block.textContent = `${median(this.longest).toFixed(1)} ms`
    this.#stretch((100 * rate) / highest)
  }
}

export class Race {
  #rows

  constructor(body, labels) {
    this.#rows = new Map(Object.entries(labels).map(([name, label]) => [name, new Row(body, name, label)]))
  }

  clear() {
    for (const row of this.#rows.values()) row.clear()
  }

  /** Whose turn it is. */
  mark(current) {
    for (const [name, row] of this.#rows) row.element.classList.toggle('now', name === current)
  }

  add(name, { rate, longest }) {
    const row = this.#rows.get(name)
    row.rates.push(rate)
    row.longest.push(longest)
    const medians = [...this.#rows.values()].filter(({ rates }) => rates.length > 0).map(({ rates }) => median(rates))
    const native = this.#rows.get('native').rates
    for (const it of this.#rows.values()) it.show(Math.max(...medians), native.length > 0 ? median(native) : undefined)
  }
}
