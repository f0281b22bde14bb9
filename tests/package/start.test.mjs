// The one command of a newcomer, where nothing was installed or built: the sources alone, in a folder of their own.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { test } from 'node:test'
import { root } from '../../scripts/setup.mjs'

/** What is made here and comes with no clone. */
const MADE = new Set(['node_modules', 'target', 'dist', 'build', '.tools', '.git', join('fuzz', 'target')])

function copySources() {
  const folder = mkdtempSync(join(tmpdir(), 'eventsource-wasm-start-'))
  cpSync(root, folder, { recursive: true, filter: (path) => !MADE.has(relative(root, path)) })
  // The crates that others wrote need not be compiled once more, which takes minutes. Ours is another one to cargo.
  mkdirSync(join(root, 'target'), { recursive: true })
  symlinkSync(join(root, 'target'), join(folder, 'target'))
  return folder
}

/** Runs `npm start` until it says where the demo is. */
function start(folder) {
  // A group of its own: the server and whatever npm starts end with it.
  const child = spawn('npm', ['start'], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], detached: true })
  const stop = () => {
    try {
      process.kill(-child.pid, 'SIGTERM')
    } catch {
      // It has ended already.
    }
  }
  let said = ''
  const origin = new Promise((resolve, reject) => {
    const onData = (data) => {
      said += data
      const [, found] = /The demo is at (\S+)\//.exec(said) ?? []
      if (found) resolve(found)
    }
    child.stdout.setEncoding('utf8').on('data', onData)
    child.stderr.setEncoding('utf8').on('data', onData)
    child.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${said}`)))
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  return { origin, stop, ended }
}

test('npm start installs, builds and serves the demo where there are only sources', async (t) => {
  const folder = copySources()
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const { origin: promised, stop, ended } = start(folder)
  t.after(stop)
  const origin = await promised
  for (const [path, type] of [
    ['/', 'text/html'],
    ['/www/bench.html', 'text/html'],
    ['/dist/index.js', 'text/javascript'],
    ['/build/bench/live.js', 'text/javascript'],
  ]) {
    const response = await fetch(origin + path)
    assert.equal(response.status, 200, path)
    assert.match(response.headers.get('content-type'), new RegExp(`^${type}`), path)
    assert.notEqual(await response.text(), '', path)
  }
  const stream = await fetch(`${origin}/demo/ping`)
  assert.match(stream.headers.get('content-type'), /^text\/event-stream/)
  const reader = stream.body.getReader()
  assert.match(new TextDecoder().decode((await reader.read()).value), /^(?:event|data|id|:)/m)
  await reader.cancel()
  stop()
  await ended
})
