/**
 * Makes sure that what the build and the tests need is there, at the versions that the lock files name. Everything
 * goes into the project's own folders; only browsers, where root and apt are there, are installed on the machine.
 */

import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))
export const tools = join(root, '.tools', 'bin')

/** Runs a command in the project's root and shows what it says; throws where it fails. */
export function run(command, args, options = {}) {
  console.log(`$ ${command} ${args.join(' ')}`)
  execFileSync(command, args, { cwd: root, stdio: 'inherit', ...options })
}

/** Whether a command is on the path. */
export function has(command) {
  return spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0
}

/** The version of a crate in Cargo.lock. */
function lockedVersion(name) {
  const lock = readFileSync(join(root, 'Cargo.lock'), 'utf8')
  const version = lock.match(new RegExp(`name = "${name}"\\nversion = "([^"]+)"`))?.[1]
  if (!version) throw new Error(`Cargo.lock names no version of ${name}`)
  return version
}

/** A program from crates.io in the project's own folder, reused when its version fits. */
function installCrate(crate, version, program) {
  const path = join(tools, program)
  const found = existsSync(path) ? spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout : ''
  if (found.includes(version)) return
  run('cargo', ['install', crate, '--version', version, '--root', '.tools', '--force'])
}

/** The newest of geckodriver that the tests were written against. */
const GECKODRIVER = '0.37.1'

/** What building takes: npm packages and the wasm target. */
export function setUpBuild() {
  if (!has('cargo')) throw new Error('Rust is missing: install it from https://rustup.rs')
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const isThere = (name) => existsSync(join(root, 'node_modules', name))
  if (!Object.keys(devDependencies).every(isThere)) run('npm', ['install', '--no-audit', '--no-fund'])
  const targets = spawnSync('rustup', ['target', 'list', '--installed'], { encoding: 'utf8' })
  if (targets.status === 0 && !targets.stdout.includes('wasm32-unknown-unknown')) {
    run('rustup', ['target', 'add', 'wasm32-unknown-unknown'])
  }
}

/** The Debian packages with what the tests run. */
const PACKAGES = {
  chromium: 'chromium',
  chromedriver: 'chromium-driver',
  'firefox-esr': 'firefox-esr',
  WebKitWebDriver: 'webkit2gtk-driver',
  Xvfb: 'xvfb',
  php: 'php-cli',
  // The module is no program, so it comes with the one that loads it.
  nginx: 'nginx libnginx-mod-nchan',
  'redis-server': 'redis-server',
}

/** Programs that say nothing to --version are looked for on the path. */
function isInstalled(program) {
  // Debian keeps servers where only root looks.
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` }
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore', env }).status === 0
}

/** What testing takes beyond that: browsers with their drivers, wasm-bindgen's CLI, and servers. */
export function setUpTests() {
  setUpBuild()
  const components = spawnSync('rustup', ['component', 'list', '--installed'], { encoding: 'utf8' })
  for (const component of ['rustfmt', 'clippy']) {
    if (components.status === 0 && !components.stdout.includes(component))
      run('rustup', ['component', 'add', component])
  }
  const missing = Object.keys(PACKAGES).filter((program) => !isInstalled(program))
  if (missing.length > 0) {
    const packages = missing.flatMap((program) => PACKAGES[program].split(' '))
    if (process.getuid?.() !== 0 || !isInstalled('apt-get')) {
      throw new Error(
        `The tests need ${missing.join(', ')}. On Debian: sudo apt-get install ${packages.join(' ')}; elsewhere: Chromium ` +
          'with chromedriver, Firefox, WebKitGTK with its WebDriver, Xvfb, PHP, nginx with nchan and Redis, all on the path.',
      )
    }
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    run('apt-get', ['update'], { env })
    run('apt-get', ['install', '--yes', '--no-install-recommends', ...packages], { env })
  }
  // The runner of the tests that are WebAssembly themselves.
  installCrate('wasm-bindgen-cli', lockedVersion('wasm-bindgen'), 'wasm-bindgen')
  installCrate('geckodriver', GECKODRIVER, 'geckodriver')
}
