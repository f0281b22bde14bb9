// Connects to whatever the form asks for and writes all that happens into the log: events of every type, opens with
// the response, errors with the reason. The form is in request-form.js, the log in event-log.js.

import { EventSource } from '/dist/index.js'
import { showState } from './connection-state.js'
import { appendToLog } from './event-log.js'
import { failureFacts, failureMessage } from './failure.js'
import { readRequest } from './request-form.js'

const form = document.getElementById('request')
const connectButton = form.querySelector('[type=submit]')
const closeButton = document.getElementById('inspector-close')
const state = document.getElementById('inspector-state')
const note = document.getElementById('inspector-note')

/** @type {EventSource | null} */
let source = null

function connect({ url, init, types }) {
  source?.close()
  showNote('')
  try {
    source = new EventSource(url, init)
  } catch (error) {
    showNote(error.message, true)
    update()
    return
  }

  appendToLog({ kind: 'note', type: 'connect', data: `${init.method} ${source.url}` })

  source.addEventListener('open', logOpen)
  source.addEventListener('error', logError)
  if (types.length === 0) logEveryEvent(source)
  for (const type of types) source.addEventListener(type, logEvent)
  update()
}

async function logEveryEvent(source) {
  try {
    for await (const event of source) logEvent(event)
  } catch (error) {
    // Failing for good ends the iteration with an error; the error event has told it already.
    if (source.readyState !== EventSource.CLOSED) throw error
  }
}

// A server may name its own events "open" and "error". Those are messages, the source's own are not.

function logEvent(event) {
  if (!(event instanceof MessageEvent)) return
  const kind = event.type === 'message' ? 'message' : 'event'
  appendToLog({ kind, type: event.type, id: event.lastEventId, data: event.data })
}

function logOpen(event) {
  if (event instanceof MessageEvent) return
  const { response } = event
  const answer = response ? `${response.status} ${response.statusText}`.trim() : 'open'
  appendToLog({ kind: 'open', type: 'open', data: answer, ...responseDetails(response) })
  showNote(response?.redirected ? `${answer}, redirected to ${response.url}` : answer)
  update()
}

function logError(event) {
  if (event instanceof MessageEvent) return
  const message = failureMessage(event)
  const facts = failureFacts(event)
  appendToLog({ kind: 'error', type: 'error', data: message, facts, ...responseDetails(event.response) })
  showNote(message, true)
  update()
}

function responseDetails(response) {
  if (!response) return {}
  const details = [...response.headers]
  return { details, detailsTitle: `${details.length} response ${details.length === 1 ? 'header' : 'headers'}` }
}

function showNote(text, failed = false) {
  note.textContent = text
  note.classList.toggle('complaint', failed)
}

function update() {
  const readyState = source?.readyState ?? EventSource.CLOSED
  showState(state, readyState)
  const closed = readyState === EventSource.CLOSED
  // A disabled button drops the keyboard focus.
  if (closed && document.activeElement === closeButton) connectButton.focus()
  closeButton.disabled = closed
}

form.addEventListener('submit', (event) => {
  event.preventDefault()
  const request = readRequest()
  if (request) connect(request)
})

closeButton.addEventListener('click', () => {
  source.close()
  appendToLog({ kind: 'note', type: 'close', data: 'Closed by you' })
  showNote('')
  update()
})
