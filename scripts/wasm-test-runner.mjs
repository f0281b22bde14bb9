/**
 * What cargo runs a wasm test with: wasm-bindgen's own runner, in a headless browser.
 *
 *   BROWSER=firefox cargo test --target wasm32-unknown-unknown --test wasm     (chromium unless told otherwise)
 */

import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'

import { root, tools } from './setup.mjs'

/** Seconds that the whole run may take, the browser's start included. */
const TIMEOUT = 120

/** A program's path: an environment variable's, the project's own, or the machine's. */
function find(variable, ...names) {
  if (process.env[variable]) return process.env[variable]
  const folders = [tools, ...(process.env.PATH ?? '').split(delimiter)]
  const found = names.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path))
  if (!found) throw new Error(`${names.join(' or ')} is not installed (${variable} may name it)`)
  return found
}

const BROWSERS = {
  chromium: () => ({
    driver: { CHROMEDRIVER: find('CHROMEDRIVER', 'chromedriver') },
    capabilities: {
      'goog:chromeOptions': {
        binary: find('CHROMIUM', 'chromium', 'chromium-browser', 'google-chrome'),
        args: [
          '--headless=new',
          '--no-sandbox',
          '--disable-gpu',
          '--disable-quic',
          '--no-first-run',
          '--disable-background-networking',
          '--disable-component-update',
          '--disable-sync',
          '--disable-dev-shm-usage',
        ],
      },
    },
  }),
  firefox: () => ({
    driver: { GECKODRIVER: find('GECKODRIVER', 'geckodriver') },
    capabilities: {
      'moz:firefoxOptions': { binary: find('FIREFOX', 'firefox-esr', 'firefox'), args: ['-headless'] },
    },
  }),
}

const browser = process.env.BROWSER ?? 'chromium'
if (!BROWSERS[browser]) throw new Error(`BROWSER=${browser}: there are ${Object.keys(BROWSERS).join(', ')}`)
const { driver, capabilities } = BROWSERS[browser]()
// The runner takes the first driver that the environment names, and the capabilities from where it is started.
const folder = join(root, 'build', 'wasm-test', browser)
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'webdriver.json'), JSON.stringify(capabilities, null, 2))
const environment = { ...process.env }
delete environment.CHROMEDRIVER
delete environment.GECKODRIVER
const [wasm, ...options] = process.argv.slice(2)
const { status, error } = spawnSync(join(tools, 'wasm-bindgen-test-runner'), [resolve(wasm), ...options], {
  cwd: folder,
  stdio: 'inherit',
  env: { ...environment, ...driver, WASM_BINDGEN_TEST_TIMEOUT: String(TIMEOUT) },
})
if (error) throw error
process.exit(status ?? 1)
