// The demo beside the inspector, and the page as a whole: starting, not starting, and a clean console.

import assert from 'node:assert/strict'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { repository, startServer, usePage } from './page.mjs'

const page = usePage()

test('fills the list with pings and messages and shows the state', async () => {
  await page.untilText('#demo-state', 'OPEN')
  const isPing = (text) => /^ping at \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(text)
  const isMessage = (text) => text.startsWith('message: This is a message at time ')
  const items = await page.until('ping and message', page.demoItems, (all) => all.some(isPing) && all.some(isMessage))
  assert.deepEqual(
    items.filter((text) => !isPing(text) && !isMessage(text)),
    [],
  )
})

test('stops the demo on close and goes on after reopen', async () => {
  await page.until('first ping', page.demoItems, (items) => items.length > 0)
  await page.find('#demo-close').click()
  assert.equal(await page.textOf('#demo-state'), 'CLOSED')
  const { length } = await page.demoItems()
  await page.driver.sleep(2500)
  assert.equal((await page.demoItems()).length, length)
  await page.find('#demo-reopen').click()
  await page.until('ping after reopening', page.demoItems, (items) => items.length > length)
  assert.equal(await page.textOf('#demo-state'), 'OPEN')
})

test('tells that the server went away, and goes on when it is back', async () => {
  const { length } = await page.until('first ping', page.demoItems, (items) => items.length > 0)
  const { port } = page.server
  await page.server.stop()
  await page.untilText('#demo-state', 'CONNECTING')
  const told = await page.textOf('#demo-error')
  assert.match(told, /reason: network · .*reconnecting in \d+\.\d\ss$/)
  page.server = await startServer(repository, port)
  await page.until('ping after the server’s return', page.demoItems, (items) => items.length > length + 1)
  assert.equal(await page.textOf('#demo-state'), 'OPEN')
  assert.match(await page.textOf('#demo-error'), /^Reconnected\. The last error was: ./)
})

test('writes nothing to the console', async () => {
  await page.until('first ping', page.demoItems, (items) => items.length > 0)
  await page.choosePreset('Numbered, five per connection')
  await page.connect()
  await page.untilRow('message')
  await page.choosePreset('Echo of a POST with headers')
  await page.connect()
  await page.untilRow('message', ({ data }) => data.includes('demo-token'))
  await page.find('#inspector-close').click()
  await page.driver.navigate().refresh()
  await page.until('first ping', page.demoItems, (items) => items.length > 0)
  assert.deepEqual(
    (await page.readConsole()).map(({ message }) => message),
    [],
  )
})

test('says in the page that the package is not built', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'www-without-dist-'))
  cpSync(path.join(repository, 'www'), path.join(root, 'www'), { recursive: true })
  const bare = await startServer(root)
  try {
    await page.driver.get(bare.origin + '/')
    await page.untilText('#start-failure', 'npm run build')
  } finally {
    await bare.stop()
    rmSync(root, { recursive: true })
  }
})
