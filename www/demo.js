// The page of the introduction to server-sent events that everybody knows: a list that fills with "message: …" and
// "ping at …". Errors, which that page shows in an alert, stand above the list. The inspector is not in here.

import { EventSource } from '/dist/index.js'
import { showState } from './connection-state.js'
import { failureFacts, failureMessage } from './failure.js'

/** A page left open overnight must not grow for ever. */
const MAX_ITEMS = 200

const eventList = document.getElementById('eventList')
const state = document.getElementById('demo-state')
const errorNote = document.getElementById('demo-error')
const closeButton = document.getElementById('demo-close')
const reopenButton = document.getElementById('demo-reopen')

let evtSource

function open() {
  evtSource = new EventSource('/demo/ping')

  evtSource.onmessage = (e) => addItem('message', 'message: ' + e.data)

  evtSource.addEventListener('ping', (e) => {
    const obj = JSON.parse(e.data)
    addItem('ping', 'ping at ' + obj.time)
  })

  let lastError = ''
  showNote('No errors so far')

  evtSource.onopen = () => {
    // The error stays in words: else nobody could read it.
    if (lastError !== '') showNote(`Reconnected. The last error was: ${lastError}`)
    update()
  }

  evtSource.onerror = (e) => {
    lastError = failureMessage(e)
    showNote([lastError, ...failureFacts(e)].join(' · '), true)
    update()
  }

  update()
}

function showNote(text, failed = false) {
  errorNote.textContent = text
  errorNote.classList.toggle('complaint', failed)
}

function addItem(type, text) {
  const following = eventList.scrollHeight - eventList.scrollTop - eventList.clientHeight < 24
  const newElement = document.createElement('li')
  newElement.dataset.type = type
  newElement.textContent = text
  eventList.append(newElement)
  if (eventList.childElementCount > MAX_ITEMS) eventList.firstElementChild.remove()
  if (following) eventList.scrollTop = eventList.scrollHeight
}

function update() {
  showState(state, evtSource.readyState)
  const closed = evtSource.readyState === EventSource.CLOSED
  const hadFocus = document.activeElement === closeButton || document.activeElement === reopenButton
  closeButton.disabled = closed
  reopenButton.disabled = !closed
  // A disabled button drops the keyboard focus; its opposite is what the user may want next.
  if (hadFocus) (closed ? reopenButton : closeButton).focus()
}

closeButton.addEventListener('click', () => {
  evtSource.close()
  update()
})
reopenButton.addEventListener('click', open)

open()
