// Puts an error event into words: the sentence that the class gives, and its fields as short facts. An error event
// without those fields, such as the native class fires, is described too.

export function failureMessage(event) {
  if (event.message) return event.message
  const gone = event.target.readyState === event.target.CLOSED
  return gone ? 'The connection failed' : 'The connection was lost'
}

/** Short facts, the most telling first; those that the event does not carry are left out. */
export function failureFacts(event) {
  const facts = []
  if (event.reason !== undefined) facts.push(`reason: ${event.reason}`)
  if (event.status !== undefined) facts.push(`status: ${event.status}`)
  if (event.attempt > 1) facts.push(`attempt: ${event.attempt}`)
  if (typeof event.reconnectIn === 'number')
    facts.push(`reconnecting in ${(event.reconnectIn / 1000).toFixed(1)}\u00a0s`)
  if (event.reconnectIn === null) facts.push('not reconnecting')
  return facts
}
