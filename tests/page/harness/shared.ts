/** The shared worker's bootstrap: runs the bodies for the first page that connects. */
import { runScope } from './scope'

let running = false

globalThis.addEventListener('connect', (event) => {
  if (running) return
  running = true
  const port = (event as MessageEvent).ports[0]!
  void runScope((report) => port.postMessage(report))
})
