/** The seed document's page type-checks as it stands, but for where `EventSource` comes from. */

import { EventSource } from 'eventsource-wasm'

const eventList = document.querySelector('ul')!

var evtSource = new EventSource('ssedemo.php')

evtSource.onmessage = function (e) {
  var newElement = document.createElement('li')

  newElement.innerHTML = 'message: ' + e.data
  eventList.appendChild(newElement)
}

evtSource.addEventListener(
  'ping',
  function (e) {
    var newElement = document.createElement('li')

    var obj = JSON.parse(e.data)
    newElement.innerHTML = 'ping at ' + obj.time
    eventList.appendChild(newElement)
  },
  false,
)

evtSource.onerror = function () {
  alert('EventSource failed.')
}

evtSource.close()
