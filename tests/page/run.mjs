/**
 * Runs the tests of this folder inside real pages:
 *
 *   node tests/page/run.mjs [--browser chromium,firefox,webkit] [--scope window,dedicated,shared,service,driven]
 *                           [--source ours|esm|native|/address.js] [--grep REGEX] [--concurrency N] [--verbose]
 *                           [--server ORIGIN,OTHER]   (one that runs already, in place of starting it with cargo)
 *
 * Prints each failure, a table of browser and scope, and `N passed, N failed` as its last line. A test that fails runs
 * once more, alone: where it passes then it was the machine that was slow, and it is printed as UNSTEADY. So many of these
 * as no slow machine explains are failures.
 */
import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { parseArgs } from 'node:util'
import { browsers, startBrowser } from './harness/browsers.mjs'
import { bundle } from './harness/bundle.mjs'
import { knownDeviation } from './harness/native-deviations.mjs'
import { root, startServer } from './harness/serve.mjs'
import { tests as leaving } from './leaving.mjs'
import { tests as seedPage } from './seed-page.mjs'

// What no script inside a page can test is driven from here.
const scopes = ['window', 'dedicated', 'shared', 'service', 'driven']
const sources = { ours: '/dist/eventsource-wasm.global.js', esm: '/dist/index.js', native: 'native' }

const { values: options } = parseArgs({
  options: {
    browser: { type: 'string', default: browsers.join(',') },
    scope: { type: 'string' },
    source: { type: 'string', default: 'ours' },
    grep: { type: 'string', default: '' },
    concurrency: { type: 'string', default: '4' },
    timeout: { type: 'string', default: '10000' },
    server: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
})

function listed(value, known, what) {
  const names = value.split(',')
  for (const name of names)
    if (!known.includes(name)) throw new Error(`--${what} ${name}: there are ${known.join(', ')}`)
  return names
}

const chosenBrowsers = listed(options.browser, browsers, 'browser')
// The module is for windows: a service worker cannot import one late, and the others are served by the script.
const chosenScopes = listed(options.scope ?? (options.source === 'esm' ? 'window' : scopes.join(',')), scopes, 'scope')
const source = sources[options.source] ?? options.source
if (source !== 'native' && !source.startsWith('/')) throw new Error(`--source ${source}: ours, esm, native or /address`)

const scopeLimit = 150_000

/** Most tests of a scope that may pass only when they run alone. */
const UNSTEADY_LIMIT = 3

async function runScope(browser, scope, server) {
  const config = {
    scope,
    source,
    otherOrigin: server.otherOrigin,
    grep: options.grep,
    concurrency: Number(options.concurrency),
    timeout: Number(options.timeout),
  }
  const { driver } = browser
  await driver.get(`${server.origin}/build/page/window.html?config=${encodeURIComponent(JSON.stringify(config))}`)
  const results = []
  const end = Date.now() + scopeLimit
  while (Date.now() < end) {
    const reports = (await driver.executeScript('return globalThis.takeReports?.() ?? []')) ?? []
    for (const report of reports) {
      if (report.kind === 'done') return results
      results.push(report.result)
      if (options.verbose) console.log(`    ${report.result.passed ? 'ok  ' : 'FAIL'} ${report.result.title}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  const message = `the ${scope} did not report its end within ${scopeLimit / 1000} s`
  results.push({ title: 'the run ends', passed: false, message, milliseconds: scopeLimit })
  return results
}

async function runDriven(browser, server) {
  const pattern = new RegExp(options.grep)
  const results = []
  for (const { title, run } of [...leaving, ...seedPage].filter((test) => pattern.test(test.title))) {
    const started = Date.now()
    const result = { title, passed: true, message: '', milliseconds: 0 }
    try {
      const note = await run(browser, source, server)
      if (note) console.log(`    ${browser.name}: ${title}: ${note}`)
    } catch (error) {
      Object.assign(result, { passed: false, message: error.stack })
    }
    results.push({ ...result, milliseconds: Date.now() - started })
    if (options.verbose) console.log(`    ${result.passed ? 'ok  ' : 'FAIL'} ${title}`)
  }
  return results
}

const maps = new Map()

/** Places in a bundle become places in the tests; the rest of a stack is mocha's and chai's. */
function withSources(message) {
  const lines = message.split('\n').map((line) => {
    const place = /\/build\/page\/(\w+)\.js[^:]*:(\d+):(\d+)/.exec(line)
    if (!place) return line
    const [, name, row, column] = place
    if (!maps.has(name)) maps.set(name, new SourceMap(JSON.parse(readFileSync(`${root}build/page/${name}.js.map`))))
    const entry = maps.get(name).findEntry(Number(row) - 1, Number(column) - 1)
    const source = entry.originalSource?.replace(/^.*tests\/page\//, 'tests/page/') ?? ''
    return source.startsWith('tests/page/') && !source.includes('node_modules')
      ? `    at ${source}:${entry.originalLine + 1}`
      : ''
  })
  return lines.filter((line) => line.trim() !== '').join('\n  ')
}

function judge(browser, scope, results) {
  const counts = { browser, scope, passed: 0, failed: 0, known: 0, unsteady: 0 }
  for (const result of results) {
    if (result.unsteady !== undefined) {
      counts.unsteady++
      console.log(`\nUNSTEADY ${browser} ${scope}: ${result.title}\n  ${withSources(result.unsteady)}`)
    }
    const reason = source === 'native' && !result.passed && knownDeviation(browser, result.title)
    if (result.passed) counts.passed++
    else if (reason) counts.known++
    else {
      counts.failed++
      console.log(`\nFAIL ${browser} ${scope}: ${result.title}\n  ${withSources(result.message)}`)
    }
  }
  if (counts.unsteady > UNSTEADY_LIMIT) {
    counts.failed++
    console.log(`\nFAIL ${browser} ${scope}: ${counts.unsteady} tests passed only when they ran alone`)
  }
  return counts
}

function runningServer(origins) {
  const [origin, otherOrigin] = origins.split(',')
  return { origin, otherOrigin, stop: () => {} }
}

// What is started ends with this process, also where it is told to end.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130))

const table = []
await bundle()
const server = options.server ? runningServer(options.server) : await startServer()
try {
  for (const name of chosenBrowsers) {
    for (const scope of chosenScopes) {
      const started = Date.now()
      const driven = scope === 'driven'
      const browser = await startBrowser(name, { alerts: driven ? 'ignore' : 'accept' })
      try {
        const results = driven ? await runDriven(browser, server) : await runScope(browser, scope, server)
        const counts = judge(name, scope, results)
        table.push({ ...counts, seconds: Math.round((Date.now() - started) / 100) / 10 })
      } catch (error) {
        console.log(`\nFAIL ${name} ${scope}: ${error.stack}`)
        table.push({
          browser: name,
          scope,
          passed: 0,
          failed: 1,
          known: 0,
          unsteady: 0,
          seconds: (Date.now() - started) / 1000,
        })
      } finally {
        await browser.stop()
      }
    }
  }
} finally {
  server.stop()
}

console.table(table)
const sum = (field) => table.reduce((total, row) => total + row[field], 0)
if (sum('known') > 0) console.log(`${sum('known')} known deviations of native engines (harness/native-deviations.mjs)`)
if (sum('unsteady') > 0) console.log(`${sum('unsteady')} passed only when they ran alone (UNSTEADY above)`)
console.log(`${sum('passed')} passed, ${sum('failed')} failed`)
process.exit(sum('failed') === 0 && sum('passed') > 0 ? 0 : 1)
