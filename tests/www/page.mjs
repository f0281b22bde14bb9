// The demo page in headless Chromium, served by the example server: starting both, and reading and using the page as
// a visitor does. What is expected of the page stands in the tests.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { after, before, beforeEach } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Builder, By, logging } from 'selenium-webdriver'
import chrome from 'selenium-webdriver/chrome.js'

export const repository = fileURLToPath(new URL('../..', import.meta.url))

/** Long enough for a slow machine; a test that passes never waits that long. */
const PATIENCE = 20_000

/** The example server, with the files below `root`. */
export async function startServer(root, port = 0) {
  const options = ['run', '--quiet', '--release', '--example', 'server', '--']
  const server = spawn('cargo', [...options, '--port', String(port), '--other-port', '0', '--root', root], {
    cwd: repository,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => server.once('exit', resolve))
  const firstLine = new Promise((resolve) => createInterface(server.stdout).once('line', resolve))
  const line = await Promise.race([firstLine, exited])
  assert.equal(typeof line, 'string', `the server ended with ${line} before it listened`)
  const listening = JSON.parse(line)
  const stop = async () => {
    server.kill()
    await exited
  }
  return {
    port: listening.port,
    origin: `http://127.0.0.1:${listening.port}`,
    otherOrigin: `http://127.0.0.1:${listening.otherPort}`,
    stop,
  }
}

async function startBrowser() {
  const options = new chrome.Options()
  options.setChromeBinaryPath(process.env.CHROMIUM ?? '/usr/bin/chromium')
  options.addArguments('--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run')
  options.addArguments('--disable-background-networking', '--disable-component-update', '--disable-sync')
  const preferences = new logging.Preferences()
  preferences.setLevel(logging.Type.BROWSER, logging.Level.ALL)
  options.setLoggingPrefs(preferences)
  const service = new chrome.ServiceBuilder(process.env.CHROMEDRIVER ?? '/usr/bin/chromedriver')
  return new Builder().forBrowser('chrome').setChromeOptions(options).setChromeService(service).build()
}

/** One server and one browser for the tests of a file; each test begins with the page freshly loaded. */
export function usePage() {
  const page = new Page()
  before(async () => {
    page.server = await startServer(repository)
    page.driver = await startBrowser()
  })
  after(async () => {
    await page.driver?.quit()
    await page.server?.stop()
  })
  beforeEach(async () => {
    await page.setViewport(1280, 900)
    await page.driver.get(page.server.origin + '/')
    await page.until('the form', () => page.find('#url').getAttribute('value'))
    await page.readConsole()
  })
  return page
}

class Page {
  /** @type {Awaited<ReturnType<typeof startServer>>} */
  server
  /** @type {import('selenium-webdriver').WebDriver} */
  driver

  find(selector) {
    return this.driver.findElement(By.css(selector))
  }

  textOf(selector) {
    return this.find(selector).getText()
  }

  /** What the console got since it was read last. */
  readConsole() {
    return this.driver.manage().logs().get(logging.Type.BROWSER)
  }

  setViewport(width, height) {
    return this.driver.sendDevToolsCommand('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 600,
    })
  }

  setScheme(value) {
    const features = [{ name: 'prefers-color-scheme', value }]
    return this.driver.sendDevToolsCommand('Emulation.setEmulatedMedia', { features })
  }

  /** Waits until `read` gives something that `holds`, and says what it gave last where it never does. */
  async until(what, read, holds = Boolean) {
    let last
    const good = async () => holds((last = await read()))
    await this.driver.wait(good, PATIENCE).catch((error) => {
      throw new Error(`${what}: still ${String(JSON.stringify(last)).slice(-2000)}`, { cause: error })
    })
    return last
  }

  untilText(selector, expected) {
    return this.until(
      selector,
      () => this.textOf(selector),
      (text) => text.includes(expected),
    )
  }

  demoItems = () =>
    this.driver.executeScript(() => Array.from(document.querySelectorAll('#eventList li'), (item) => item.textContent))

  logRows = () =>
    this.driver.executeScript(() =>
      Array.from(document.querySelectorAll('#log-rows tr'), (row) => ({
        type: row.querySelector('td.type').textContent,
        id: row.querySelector('td.id').textContent,
        data: row.querySelector('td.data .text').textContent,
        facts: row.querySelector('.facts')?.textContent ?? '',
        details: row.querySelector('dl')?.textContent ?? '',
      })),
    )

  /** The first row of the log that has this type and fits. */
  async untilRow(type, condition = () => true) {
    const fits = (row) => row.type === type && condition(row)
    return (await this.until(`row "${type}" in the log`, this.logRows, (rows) => rows.some(fits))).find(fits)
  }

  async typeInto(element, text) {
    await element.clear()
    await element.sendKeys(text)
  }

  choosePreset(label) {
    return this.driver.findElement(By.xpath(`//select[@id="preset"]/option[.="${label}"]`)).click()
  }

  connect() {
    return this.find('#request [type=submit]').click()
  }

  async connectTo(url) {
    await this.typeInto(this.find('#url'), url)
    await this.connect()
  }

  /** The id of what has the focus, or where it has none its classes, or its tag. */
  activeElement() {
    return this.driver.executeScript(() => {
      const { id, className, tagName } = document.activeElement
      return id || className || tagName
    })
  }

  /** What is wider than its room, by how much. */
  sidewaysOverflow() {
    return this.driver.executeScript(() =>
      ['html', '.log', '.event-list', '.note', '.hint']
        .flatMap((selector) => Array.from(document.querySelectorAll(selector), (box) => [selector, box]))
        .map(([selector, box]) => `${selector}: ${box.scrollWidth - box.clientWidth}`)
        .filter((line) => !line.endsWith(': 0')),
    )
  }
}
