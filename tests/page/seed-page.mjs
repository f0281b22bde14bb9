/**
 * The seed document's page against its own PHP script, served by PHP itself. The page is unmodified but for the script
 * element that brings our class; the test only looks at it and answers its alert.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from 'selenium-webdriver'
import { freePort } from './harness/browsers.mjs'
import { root } from './harness/serve.mjs'

const seed = join(root, 'tests', 'seed')

async function startPhp(folder, port) {
  // The script calls ob_flush(), which needs the buffer that PHP's own defaults for servers have; and its endless
  // answer takes a whole worker.
  const settings = ['-d', 'output_buffering=4096', '-d', 'display_errors=0']
  const child = spawn('php', [...settings, '-S', `127.0.0.1:${port}`, '-t', folder], {
    env: { ...process.env, PHP_CLI_SERVER_WORKERS: '4' },
    stdio: 'ignore',
    detached: true,
  })
  await new Promise((resolve, reject) => {
    child.once('error', reject)
    const ask = () => fetch(`http://127.0.0.1:${port}/index.html`).then(resolve, () => setTimeout(ask, 50))
    ask()
  })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  return async () => {
    process.kill(-child.pid, 'SIGKILL')
    await ended
  }
}

async function serveSeed(source) {
  const folder = await mkdtemp(join(tmpdir(), 'seed-'))
  await cp(seed, folder, { recursive: true })
  // Without the file the page is left with the engine's own class.
  if (source !== 'native') await cp(join(root, source.slice(1)), join(folder, 'eventsource-wasm.global.js'))
  const port = await freePort()
  return { port, folder, start: () => startPhp(folder, port), remove: () => rm(folder, { recursive: true }) }
}

function items(driver) {
  return driver.executeScript('return [...document.querySelectorAll("#eventList li")].map((item) => item.innerHTML)')
}

async function itemsUntil(driver, condition, what, milliseconds) {
  const end = Date.now() + milliseconds
  for (;;) {
    const texts = await items(driver)
    if (condition(texts)) return texts
    assert.ok(Date.now() < end, `${what} within ${milliseconds} ms; the list has [${texts.join(' | ')}]`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

const iso = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}`
const isPing = (text) => new RegExp(`^ping at ${iso}$`).test(text)
const isMessage = (text) => new RegExp(`^message: This is a message at time ${iso}$`).test(text)

async function listFillsUntilClosed(browser, source) {
  const { driver } = browser
  const site = await serveSeed(source)
  const stop = await site.start()
  try {
    await driver.get(`http://127.0.0.1:${site.port}/index.html`)
    if (source !== 'native') {
      const code = await driver.executeScript('return Function.prototype.toString.call(EventSource)')
      assert.doesNotMatch(code, /\[native code\]/, 'the page runs our class')
    }
    await itemsUntil(driver, (texts) => texts.filter(isPing).length >= 2, 'two pings', 6000)
    const texts = await itemsUntil(driver, (list) => list.some(isMessage), 'a message', 14000)
    assert.ok(
      texts.every((text) => isPing(text) || isMessage(text)),
      texts.join(' | '),
    )
    await driver.executeScript('evtSource.close()')
    const { length } = await items(driver)
    await new Promise((resolve) => setTimeout(resolve, 2500))
    assert.equal((await items(driver)).length, length, 'nothing is added after close()')
    assert.equal(await driver.executeScript('return evtSource.readyState'), 2)
  } finally {
    await stop()
    await site.remove()
  }
}

async function alertsAndComesBack(browser, source) {
  const { driver } = browser
  const site = await serveSeed(source)
  let stop = await site.start()
  try {
    await driver.get(`http://127.0.0.1:${site.port}/index.html`)
    await itemsUntil(driver, (texts) => texts.filter(isPing).length >= 1, 'a ping', 6000)
    await stop()
    stop = undefined
    const alert = await driver.wait(until.alertIsPresent(), 8000, 'no alert when the server is gone')
    assert.equal(await alert.getText(), 'EventSource failed.')
    // While the dialog is open the page stands still: the server is there again before it goes on.
    stop = await site.start()
    await alert.accept()
    const { length } = await driver.executeScript('return document.querySelectorAll("#eventList li")')
    await itemsUntil(driver, (texts) => texts.length > length, 'a ping after the server came back', 12000)
  } finally {
    await driver
      .switchTo()
      .alert()
      .then(
        (alert) => alert.accept(),
        () => {},
      )
    await driver.get('about:blank')
    await stop?.()
    await site.remove()
  }
}

export const tests = [
  { title: 'the seed’s page lists pings and messages of its PHP script until close()', run: listFillsUntilClosed },
  { title: 'the seed’s page alerts when its server goes and fills on when it is back', run: alertsAndComesBack },
]
