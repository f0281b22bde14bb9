/** `npm start`: builds the package, serves the demo and says where. Ctrl-C ends it. */

import { createServer } from 'node:net'

import { buildPackage } from './build.mjs'
import { startServer } from './server.mjs'

/** The first port to try. */
const PORT = 8080

function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
}

async function freePort(from) {
  let port = from
  while (!(await isFree(port))) port += 1
  return port
}

await buildPackage()
// Not before: it imports packages, which the build has installed where they were missing.
const { bundle: bundleBench } = await import('../bench/bundle.mjs')
// For /www/bench.html, where the peers race.
await bundleBench()
const server = await startServer({ port: await freePort(PORT) })
console.log(`\nThe demo is at ${server.origin}/ (Ctrl-C ends it)`)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, server.stop)
await server.exited
process.exit(0)
