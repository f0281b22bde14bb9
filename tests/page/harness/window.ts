/**
 * The page's part: runs the bodies itself or starts the worker that does, and keeps the reports for the runner,
 * which takes them over WebDriver. The class under test is in place before this script runs.
 */
import { config, queryFor } from './config'
import { runScope, type Report } from './scope'

const reports: Report[] = []

declare global {
  /** Taken by run.mjs: what came since it last asked. */
  // oxlint-disable-next-line no-var
  var takeReports: () => Report[]
}

globalThis.takeReports = () => reports.splice(0)

function keep(report: Report): void {
  reports.push(report)
}

function broken(what: string): void {
  keep({
    kind: 'result',
    result: { title: `the ${config.scope} worker runs`, passed: false, message: what, milliseconds: 0 },
  })
  keep({ kind: 'done', count: 1 })
}

async function inServiceWorker(): Promise<void> {
  const scope = '/build/page/'
  for (const old of await navigator.serviceWorker.getRegistrations()) await old.unregister()
  const registration = await navigator.serviceWorker.register(`service.js${queryFor('service')}`, { scope })
  const worker = registration.installing ?? registration.waiting ?? registration.active
  if (!worker) throw new Error('no worker was registered')
  const channel = new MessageChannel()
  channel.port1.onmessage = (event: MessageEvent<Report>) => keep(event.data)
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (worker.state === 'activated') resolve()
      if (worker.state === 'redundant') reject(new Error('the worker did not install'))
    }
    worker.addEventListener('statechange', look)
    look()
  })
  worker.postMessage('run', [channel.port2])
  // An idle service worker is stopped; a message now and then keeps it.
  setInterval(() => worker.postMessage('stay'), 5000)
}

async function start(): Promise<void> {
  switch (config.scope) {
    case 'window':
      return runScope(keep)
    case 'dedicated': {
      const worker = new Worker(`dedicated.js${queryFor('dedicated')}`)
      worker.onmessage = (event: MessageEvent<Report>) => keep(event.data)
      worker.onerror = (event) => broken(`${event.message} (${event.filename}:${event.lineno})`)
      return
    }
    case 'shared': {
      const worker = new SharedWorker(`shared.js${queryFor('shared')}`)
      worker.port.onmessage = (event: MessageEvent<Report>) => keep(event.data)
      worker.onerror = (event) => broken(event.message)
      return
    }
    case 'service':
      return inServiceWorker()
  }
}

start().catch((error: unknown) => broken(error instanceof Error ? `${error.message}\n${error.stack}` : String(error)))
