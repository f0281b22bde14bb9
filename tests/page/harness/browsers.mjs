/**
 * Starts the three engines behind their WebDriver servers, each with a fresh profile, and ends them. Where a program
 * lies elsewhere, an environment variable of the name below says so.
 */
import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { Builder, Capabilities, logging } from 'selenium-webdriver'
import { CHROMIUM_ARGUMENTS, chromium, firefox, program } from '../../../scripts/programs.mjs'

export const browsers = ['chromium', 'firefox', 'webkit']

const webkitFolders = ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib'].map((folder) =>
  join(folder, 'webkit2gtk-4.1'),
)

export async function freePort() {
  const server = createServer()
  await new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const { port } = server.address()
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function until(condition, what, milliseconds = 20000) {
  const end = Date.now() + milliseconds
  for (;;) {
    if (await condition().catch(() => false)) return
    if (Date.now() > end) throw new Error(`${what} did not start within ${milliseconds} ms`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

/** MiniBrowser draws; a display of its own that nobody looks at is enough for it. */
async function startDisplay() {
  const child = spawn(
    program('XVFB', ['Xvfb']),
    ['-displayfd', '3', '-screen', '0', '1280x960x24', '-nolisten', 'tcp'],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    },
  )
  const number = await new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', () => reject(new Error('Xvfb ended')))
    child.stdio[3].once('data', (data) => resolve(String(data).trim()))
  })
  return { display: `:${number}`, stop: () => child.kill() }
}

const engines = {
  chromium: {
    driver: () => [program('CHROMEDRIVER', ['chromedriver']), (port) => [`--port=${port}`]],
    capabilities: () => ({
      browserName: 'chrome',
      'goog:chromeOptions': {
        binary: chromium(),
        args: [
          ...CHROMIUM_ARGUMENTS,
          // For tests that let garbage be collected.
          '--js-flags=--expose-gc',
        ],
      },
    }),
  },
  firefox: {
    driver: () => [program('GECKODRIVER', ['geckodriver']), (port) => ['--port', String(port), '--log', 'fatal']],
    capabilities: () => ({
      browserName: 'firefox',
      'moz:firefoxOptions': {
        binary: firefox(),
        args: ['-headless'],
        prefs: {
          // Nothing of the browser's own on the wire or the cores while tests run.
          'app.update.enabled': false,
          'browser.safebrowsing.malware.enabled': false,
          'datareporting.policy.dataSubmissionEnabled': false,
          'network.captive-portal-service.enabled': false,
          'network.connectivity-service.enabled': false,
        },
      },
    }),
  },
  webkit: {
    driver: () => [program('WEBKIT_DRIVER', ['WebKitWebDriver']), (port) => [`--port=${port}`]],
    needsDisplay: true,
    environment: { WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', WEBKIT_FORCE_SANDBOX: '0' },
    capabilities: () => ({
      browserName: 'MiniBrowser',
      'webkitgtk:browserOptions': {
        binary: program('WEBKIT_MINIBROWSER', ['MiniBrowser'], webkitFolders),
        args: ['--automation'],
      },
    }),
  },
}

/** A WebDriver session and what ends it, its driver and its display. `alerts` is the handling of unexpected dialogs. */
export async function startBrowser(name, { alerts = 'accept' } = {}) {
  const engine = engines[name]
  if (!engine) throw new Error(`unknown browser ${name}: there are ${browsers.join(', ')}`)
  const display = engine.needsDisplay ? await startDisplay() : undefined
  const environment = { ...process.env, ...engine.environment, ...(display && { DISPLAY: display.display }) }
  const port = await freePort()
  const [path, argumentsFor] = engine.driver()
  // A group of its own, so that the browser goes with its driver, whatever state it is in.
  const child = spawn(path, argumentsFor(port), { env: environment, stdio: 'ignore', detached: true })
  const server = `http://127.0.0.1:${port}`
  const end = () => {
    try {
      process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It has ended already.
    }
    display?.stop()
  }
  process.once('exit', end)
  try {
    await until(async () => (await fetch(`${server}/status`)).ok, path)
    const quiet = new logging.Preferences()
    const capabilities = new Capabilities({ ...engine.capabilities(), unhandledPromptBehavior: alerts })
    const driver = await new Builder().usingServer(server).withCapabilities(capabilities).setLoggingPrefs(quiet).build()
    await driver.manage().setTimeouts({ script: 30000, pageLoad: 30000 })
    const stop = async () => {
      await driver.quit().catch(() => {})
      process.off('exit', end)
      end()
    }
    return { name, driver, stop }
  } catch (error) {
    end()
    throw error
  }
}
