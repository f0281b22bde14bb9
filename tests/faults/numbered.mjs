/**
 * The client of a run: receives the numbered events and checks each one. Runs in Node and in pages alike, so it takes
 * the class and imports nothing.
 */

/** What each event carries: characters of one to four bytes, so that a cut may fall inside each kind. */
export const DATA = '{n}: Größe, 大小, 🎉'

const MOST_PROBLEMS = 5

/**
 * Receives `count` events from `url`. Resolves with what happened once the server says that there are no more, or
 * something came that must not; `problems` is empty where each event came once and in order.
 */
export function receive(EventSource, url, { count, ...init }) {
  const seen = { received: 0, opened: 0, errors: {}, problems: [] }
  return new Promise((resolve) => {
    const source = new EventSource(url, init)
    const stop = () => {
      source.close()
      resolve(seen)
    }
    const complain = (problem) => {
      seen.problems.push(problem)
      if (seen.problems.length >= MOST_PROBLEMS) stop()
    }
    source.onopen = () => seen.opened++
    source.onmessage = ({ data, lastEventId }) => {
      const expected = String(seen.received)
      if (lastEventId !== expected || data !== DATA.replace('{n}', expected)) {
        complain(`instead of event ${expected} came ${JSON.stringify({ lastEventId, data })}`)
      }
      seen.received++
    }
    source.onerror = ({ reason, status, message }) => {
      const name = status === undefined || reason !== 'status' ? reason : `status ${status}`
      seen.errors[name] = (seen.errors[name] ?? 0) + 1
      if (source.readyState !== EventSource.CLOSED) return
      if (status !== 204) complain(`it failed for good: ${message}`)
      else if (seen.received !== count) complain(`it ended after ${seen.received} of ${count} events`)
      stop()
    }
  })
}
