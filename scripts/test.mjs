/**
 * `npm test`: builds the package once and runs every kind of test, one after the other.
 *
 *   npm test -- [--only rust,page] [--no-build] [--no-setup]
 *
 * Shows what each part says, then a table of what each counted, and `N passed, N failed` as the last line. A part that
 * could not run counts as failed.
 */

import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'

import { buildPackage } from './build.mjs'
import { root, setUpTests } from './setup.mjs'

/** Milliseconds after which a part is given up. */
const LIMIT = 20 * 60_000

const RUST = /^test result: \w+\. (\d+) passed; (\d+) failed/gm
const NODE = /^ℹ pass (\d+)\n(?:ℹ fail (\d+)\nℹ cancelled (\d+))/gm
const LAST_LINE = /^(\d+) passed, (\d+) failed$/gm
/** How each kind of test says that one failed; said again at the end, where nobody has to look for it. */
const FAILURE = /^(?:FAIL .*|test .* \.\.\. FAILED|✖ .*|error(?:\[.*\])?: .*)$/gm
const FUZZED = /^(\w+): \d+ inputs in the corpus/gm

/** Adds up what a pattern's groups counted: passed first, failed in the others. Undefined where nothing was found. */
function sum(pattern) {
  return (output) => {
    const found = [...output.matchAll(pattern)]
    if (found.length === 0) return undefined
    const counts = { passed: 0, failed: 0 }
    for (const [, passed, ...failed] of found) {
      counts.passed += Number(passed)
      for (const number of failed) counts.failed += Number(number)
    }
    return counts
  }
}

/** One pass for each fuzz target that came to its end; one that fails ends the run. */
function countFuzzed(output) {
  if (output.includes('SKIPPED: fuzzing')) return { passed: 0, failed: 0 }
  return { passed: [...output.matchAll(FUZZED)].length, failed: 0 }
}

function testFiles(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.mjs'))
    .map((name) => relative(root, join(folder, name)))
    .sort()
}

function nodeTests(name) {
  // One file at a time: each starts browsers, and what they time is not to wait for another's.
  const options = ['--test', '--test-reporter=spec', '--test-concurrency=1']
  const files = testFiles(join(root, 'tests', name))
  return { name, command: [process.execPath, ...options, ...files], count: sum(NODE), missing: files.length === 0 }
}

function wasmTests(browser) {
  const command = ['cargo', 'test', '--target', 'wasm32-unknown-unknown', '--test', 'wasm']
  return { name: `wasm-${browser}`, command, env: { BROWSER: browser }, count: sum(RUST) }
}

function pageTests(name, ...options) {
  return { name, command: [process.execPath, 'tests/page/run.mjs', ...options], count: sum(LAST_LINE) }
}

const PARTS = [
  { name: 'rust', command: ['cargo', 'test'], count: sum(RUST) },
  wasmTests('chromium'),
  wasmTests('firefox'),
  nodeTests('types'),
  nodeTests('package'),
  nodeTests('www'),
  nodeTests('faults'),
  nodeTests('servers'),
  pageTests('page'),
  pageTests('page-esm', '--source', 'esm', '--scope', 'window'),
]
PARTS.push({
  name: 'soak',
  command: [process.execPath, 'scripts/soak.mjs', '--parts', 'page', '--events', '300000', '--reconnections', '1000'],
  count: (output) => (/^flat: /m.test(output) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }),
})
if (existsSync(join(root, 'scripts', 'fuzz.mjs'))) {
  PARTS.push({ name: 'fuzz', command: [process.execPath, 'scripts/fuzz.mjs', '--seconds', '60'], count: countFuzzed })
}

/** Runs a command, shows what it says, and gives that with its exit code. */
function show([command, ...options], env) {
  return new Promise((resolve) => {
    // A group of its own: whatever it leaves behind ends with it.
    const child = spawn(command, options, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    let output = ''
    const onData = (stream) => (data) => {
      output += data
      stream.write(data)
    }
    child.stdout.setEncoding('utf8').on('data', onData(process.stdout))
    child.stderr.setEncoding('utf8').on('data', onData(process.stderr))
    const end = () => {
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // All of it has ended already.
      }
    }
    const timer = setTimeout(end, LIMIT)
    process.once('exit', end)
    const finish = (code, note = '') => {
      clearTimeout(timer)
      process.off('exit', end)
      end()
      // What was written last is still in the pipes; somebody who inherited them may hold them open for ever.
      setTimeout(() => resolve({ output, code, note }), 200)
    }
    child.once('error', (error) => finish(1, error.message))
    child.once('exit', (code, signal) => finish(code ?? 1, signal ? `ended by ${signal}` : ''))
  })
}

async function runPart({ name, command, env, count, missing }) {
  console.log(`\n=== ${name}`)
  const started = Date.now()
  const { output, code, note } = missing ? { output: '', code: 1, note: 'no tests' } : await show(command, env)
  // A part that did not get as far as counting has failed all the same. Colours would stand in a pattern's way.
  // oxlint-disable-next-line no-control-regex
  const plain = output.replace(/\u001b\[[\d;]*m/g, '')
  const counts = count(plain) ?? { passed: 0, failed: 1 }
  if (code !== 0 && counts.failed === 0) counts.failed = 1
  if (counts.failed > 0) for (const line of new Set(plain.match(FAILURE))) failures.push(`${name}: ${line}`)
  const nothing = counts.passed + counts.failed === 0 ? 'nothing ran' : ''
  return { part: name, ...counts, seconds: Math.round((Date.now() - started) / 1000), note: note || nothing }
}

const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    'no-build': { type: 'boolean', default: false },
    'no-setup': { type: 'boolean', default: false },
  },
})
const names = PARTS.map(({ name }) => name)
const chosen = values.only?.split(',') ?? names
const unknown = chosen.filter((name) => !names.includes(name))
if (unknown.length > 0) throw new Error(`--only ${unknown.join(',')}: there are ${names.join(', ')}`)

// Ctrl-C: the parts have groups of their own, which end with this process.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
if (!values['no-setup']) setUpTests()
if (!values['no-build']) await buildPackage()

const failures = []
const table = []
for (const part of PARTS.filter(({ name }) => chosen.includes(name))) table.push(await runPart(part))
console.log()
console.table(table)
if (failures.length > 0) console.log(`${failures.join('\n')}\n`)
const total = (field) => table.reduce((all, row) => all + row[field], 0)
console.log(`${total('passed')} passed, ${total('failed')} failed`)
process.exitCode = total('failed') === 0 && total('passed') > 0 ? 0 : 1
