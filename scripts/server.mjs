/** Starts the example server from its sources and ends it; says nothing about browsers. */

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

import { root } from './setup.mjs'

/** Resolves once it listens, with both origins. Port 0 is any free one. */
export async function startServer({ port = 0, otherPort = 0 } = {}) {
  const ports = ['--port', String(port), '--other-port', String(otherPort)]
  const child = spawn('cargo', ['run', '--release', '--quiet', '--example', 'server', '--', ...ports, '--root', '.'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const exited = new Promise((resolve) => child.once('exit', resolve))
  const failed = new Promise((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it listened`)))
  })
  const listening = new Promise((resolve) => lines.once('line', (line) => resolve(JSON.parse(line))))
  const bound = await Promise.race([listening, failed])
  failed.catch(() => {})
  return {
    port: bound.port,
    origin: `http://127.0.0.1:${bound.port}`,
    otherOrigin: `http://127.0.0.1:${bound.otherPort}`,
    /** Resolves when it has ended, with its exit code. */
    exited,
    stop: () => child.kill(),
  }
}
