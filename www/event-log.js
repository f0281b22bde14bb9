// A log that keeps its last rows and draws at most once per frame, however fast rows arrive. It knows rows (time,
// type, id, data, details), not sources of events.

/** Rows that stay in the page. */
const MAX_ROWS = 500
/** A value that is longer is cut in the page: a row of megabytes would freeze it. */
const MAX_CHARACTERS = 4000

const scroller = document.getElementById('log')
const rows = document.getElementById('log-rows')
const empty = document.getElementById('log-empty')
const count = document.getElementById('log-count')
const follow = document.getElementById('log-follow')
const pauseButton = document.getElementById('log-pause')
const clearButton = document.getElementById('log-clear')

/**
 * `kind` is how a row looks: "message" and "event" come from the stream, "open", "error" and "note" are about it.
 * @typedef {{ kind: string, type: string, id?: string, data: string, facts?: string[],
 *   detailsTitle?: string, details?: Iterable<[string, string]> }} Entry
 */

/** Entries that are not drawn yet. @type {(Entry & { time: Date })[]} */
let waiting = []
let waitingCount = 0
let total = 0
let paused = false
let frame = 0

/** @param {Entry} entry */
export function appendToLog(entry) {
  waiting.push({ ...entry, time: new Date() })
  // Frames stop while the page is hidden, and pausing stops drawing: what could never be shown is not kept.
  if (waiting.length >= 2 * MAX_ROWS) waiting = waiting.slice(-MAX_ROWS)
  waitingCount += 1
  total += 1
  drawSoon()
}

function drawSoon() {
  frame ||= requestAnimationFrame(() => {
    frame = 0
    draw()
  })
}

function draw() {
  if (!paused && waiting.length > 0) {
    rows.append(...waiting.slice(-MAX_ROWS).map(createRow))
    waiting = []
    waitingCount = 0
    while (rows.childElementCount > MAX_ROWS) rows.firstElementChild.remove()
    if (follow.checked) scrollToEnd()
  }
  empty.hidden = rows.childElementCount > 0
  count.textContent = describeCount()
}

function describeCount() {
  if (total === 0) return 'No events yet'
  const number = (value) => value.toLocaleString('en')
  if (paused) return `Paused, ${number(waitingCount)} more`
  const text = total === 1 ? '1 row' : `${number(total)} rows`
  return total > MAX_ROWS ? `${text}, the last ${MAX_ROWS} kept` : text
}

function createRow(entry) {
  const row = document.createElement('tr')
  row.dataset.kind = entry.kind

  const time = document.createElement('time')
  time.dateTime = entry.time.toISOString()
  time.textContent = formatTime(entry.time)

  const type = document.createElement('span')
  type.className = 'type-name'
  type.textContent = cut(entry.type)

  row.append(createCell('time', time), createCell('type', type), createCell('id', cut(entry.id ?? '')))
  row.append(createCell('data', ...createData(entry)))
  return row
}

function createCell(className, ...content) {
  const cell = document.createElement('td')
  cell.className = className
  cell.append(...content)
  return cell
}

function* createData({ data, facts = [], detailsTitle, details }) {
  const text = document.createElement('div')
  text.className = 'text'
  text.textContent = cut(data)
  yield text
  if (facts.length > 0) {
    const line = document.createElement('div')
    line.className = 'facts'
    line.textContent = facts.join(' · ')
    yield line
  }
  if (details) yield createDetails(detailsTitle, details)
}

function createDetails(title, entries) {
  const details = document.createElement('details')
  const summary = document.createElement('summary')
  summary.textContent = title
  const list = document.createElement('dl')
  for (const [name, value] of entries) {
    const term = document.createElement('dt')
    term.textContent = name
    const description = document.createElement('dd')
    description.textContent = value
    list.append(term, description)
  }
  details.append(summary, list)
  return details
}

function cut(text) {
  if (text.length <= MAX_CHARACTERS) return text
  const more = (text.length - MAX_CHARACTERS).toLocaleString('en')
  return `${text.slice(0, MAX_CHARACTERS)}… and ${more} characters more`
}

function formatTime(time) {
  const two = (number) => String(number).padStart(2, '0')
  const milliseconds = String(time.getMilliseconds()).padStart(3, '0')
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${milliseconds}`
}

function scrollToEnd() {
  scroller.scrollTop = scroller.scrollHeight
}

// Who scrolls up wants to read: the log stops running away, and follows again from its end.
scroller.addEventListener('scroll', () => {
  follow.checked = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 8
})

// Who opens the headers of a response wants to read too. "toggle" does not bubble.
rows.addEventListener(
  'toggle',
  (event) => {
    if (event.target.open) follow.checked = false
  },
  true,
)

follow.addEventListener('change', () => {
  if (follow.checked) scrollToEnd()
})

pauseButton.addEventListener('click', () => {
  paused = !paused
  pauseButton.setAttribute('aria-pressed', String(paused))
  draw()
})

clearButton.addEventListener('click', () => {
  rows.replaceChildren()
  waiting = []
  waitingCount = 0
  total = 0
  draw()
})
