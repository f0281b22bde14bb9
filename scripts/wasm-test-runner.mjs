/**
 * What cargo runs a wasm test with: wasm-bindgen's own runner, in a headless browser.
 *
 *   BROWSER=firefox cargo test --target wasm32-unknown-unknown --test wasm     (chromium unless told otherwise)
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { CHROMIUM_ARGUMENTS, chromium, firefox, program } from './programs.mjs'
import { root, tools } from './setup.mjs'

/** Seconds that the whole run may take, the browser's start included. */
const TIMEOUT = 120

const BROWSERS = {
  chromium: () => ({
    driver: { CHROMEDRIVER: program('CHROMEDRIVER', ['chromedriver']) },
    capabilities: {
      'goog:chromeOptions': {
        binary: chromium(),
        args: CHROMIUM_ARGUMENTS,
      },
    },
  }),
  firefox: () => ({
    driver: { GECKODRIVER: program('GECKODRIVER', ['geckodriver']) },
    capabilities: {
      'moz:firefoxOptions': { binary: firefox(), args: ['-headless'] },
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
