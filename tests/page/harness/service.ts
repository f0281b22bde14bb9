/** The service worker's bootstrap: runs the bodies when the page says so, and lives as long as they do. */
import { runScope } from './scope'

interface Lasting extends MessageEvent {
  waitUntil(promise: Promise<unknown>): void
}

let running: Promise<void> = Promise.resolve()

globalThis.addEventListener('message', (event) => {
  const message = event as Lasting
  if (message.data === 'run') {
    const port = message.ports[0]!
    running = runScope((report) => port.postMessage(report))
  }
  message.waitUntil(running)
})
