/** Starts the example server from its sources and ends it; says nothing about browsers. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../../', import.meta.url))

/** Resolves once it listens, with both ports. */
export async function startServer() {
  const command = ['run', '--release', '--quiet', '--example', 'server', '--']
  const child = spawn('cargo', [...command, '--port', '0', '--other-port', '0', '--root', '.'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const ended = new Promise((_, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the server ended with ${code} before it listened`)))
  })
  const listening = new Promise((resolve) => lines.once('line', (line) => resolve(JSON.parse(line))))
  const { port, otherPort } = await Promise.race([listening, ended])
  ended.catch(() => {})
  return {
    origin: `http://127.0.0.1:${port}`,
    otherOrigin: `http://127.0.0.1:${otherPort}`,
    stop: () => child.kill(),
  }
}
