/** Builds dist/: Rust to wasm, wasm to its smallest, TypeScript to the entry points, and the declarations. */

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { pathToFileURL } from 'node:url'

import { root, run, setUpBuild, tools } from './setup.mjs'

const dist = join(root, 'dist')
/** Where dist/ is made: it appears whole or not at all, so that what reads it meanwhile never finds half of it. */
const fresh = join(root, 'build', 'dist')

/** What every browser with SIMD has; wasm-opt must not use more. */
const FEATURES = ['bulk-memory', 'bulk-memory-opt', 'multivalue', 'mutable-globals', 'nontrapping-float-to-int']
FEATURES.push('reference-types', 'sign-ext', 'simd')

/** A WebAssembly module with a profile and a feature of the crate of the same name, as cargo makes it. */
function compileWasm(profile) {
  const target = ['--target', 'wasm32-unknown-unknown']
  run('cargo', ['build', '--lib', '--profile', profile, ...target, '--no-default-features', '--features', profile])
  return join(root, 'target', 'wasm32-unknown-unknown', profile, 'eventsource_wasm.wasm')
}

function optimize(wasm, optimized, options = []) {
  const optimizer = join(root, 'node_modules', 'binaryen', 'bin', 'wasm-opt')
  const features = FEATURES.map((name) => `--enable-${name}`)
  run(process.execPath, [
    optimizer,
    '-O3',
    '--strip-producers',
    '--strip-target-features',
    ...options,
    ...features,
    wasm,
    '-o',
    optimized,
  ])
}

function emptied(folder) {
  const directory = join(root, 'build', folder)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  return directory
}

/** The client's module, and its glue. */
function buildClient() {
  const directory = emptied('wasm')
  const glue = ['--target', 'web', '--omit-default-module-path', '--experimental-reset-state-function']
  run(join(tools, 'wasm-bindgen'), [...glue, '--out-dir', directory, compileWasm('npm')])
  forgetTheDead(join(directory, 'eventsource_wasm.js'))
  optimize(join(directory, 'eventsource_wasm_bg.wasm'), join(directory, 'eventsource.wasm'))
}

/** The parser's modules: plain exports without glue, and what makes strings of code units. */
function buildParser() {
  const directory = emptied('parser-wasm')
  // What is rare stays out of line: engines compile a function when it is first called.
  optimize(compileWasm('npm-parser'), join(directory, 'parser.wasm'), ['--one-caller-inline-max-function-size=60'])
  const assembler = join(root, 'node_modules', 'binaryen', 'bin', 'wasm-as')
  const source = join(root, 'js', 'parser', 'strings.wat')
  run(process.execPath, [
    assembler,
    '--enable-gc',
    '--enable-reference-types',
    source,
    '-o',
    join(directory, 'strings.wasm'),
  ])
}

/**
 * What is left of an instance that died, a timer or a listener of the page's, does nothing once there is another: the
 * glue would throw into the page.
 */
function forgetTheDead(glue) {
  const before = readFileSync(glue, 'utf8')
  const after = before.replaceAll(
    /throw new Error\('(Invalid stale object|Cannot invoke closure) from previous [^']*'\)/g,
    'return',
  )
  if (after === before) throw new Error(`${glue}: wasm-bindgen checks for stale objects in other words now`)
  writeFileSync(glue, after)
}

async function bundle() {
  const { build } = await import('esbuild')
  const common = {
    bundle: true,
    minify: true,
    target: 'es2022',
    legalComments: 'none',
    loader: { '.wasm': 'binary' },
    logLevel: 'warning',
    absWorkingDir: root,
  }
  const entry = (name, options) =>
    build({ ...common, format: 'esm', entryPoints: [`js/${name}.ts`], outfile: join(fresh, `${name}.js`), ...options })
  // The glue makes its instances through js/guard.ts, which notices when one dies.
  const guarded = { define: { 'WebAssembly.Instance': 'GuardedInstance' }, inject: ['js/guard.ts'] }
  await entry('index', guarded)
  await entry('slim', guarded)
  // As text, decoded when the first parser is made: most of what a cold import would cost.
  await entry('parser', { loader: { '.wasm': 'base64' } })
  // One class, whichever way it is asked for.
  await entry('polyfill', { external: ['./index.js'] })
  await entry('global', { ...guarded, format: 'iife', outfile: join(fresh, 'eventsource-wasm.global.js') })
  copyFileSync(join(root, 'build', 'wasm', 'eventsource.wasm'), join(fresh, 'eventsource-wasm.wasm'))
}

/** The declarations that the entry points reach. */
const DECLARATIONS = ['index', 'slim', 'polyfill', 'global', 'event-source', 'types', 'parser']
DECLARATIONS.push(...['create-parser', 'events', 'parse-error', 'stream', 'types'].map((name) => `parser/${name}`))

function declare() {
  const everything = join(root, 'build', 'declarations')
  rmSync(everything, { recursive: true, force: true })
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const options = [
    '--noEmit',
    'false',
    '--emitDeclarationOnly',
    '--declaration',
    '--rootDir',
    'js',
    '--outDir',
    everything,
  ]
  run(process.execPath, [tsc, '--project', 'js', ...options])
  mkdirSync(join(fresh, 'parser'))
  for (const name of DECLARATIONS) copyFileSync(join(everything, `${name}.d.ts`), join(fresh, `${name}.d.ts`))
}

function replaceDist() {
  const old = join(root, 'build', 'dist-before')
  rmSync(old, { recursive: true, force: true })
  if (existsSync(dist)) renameSync(dist, old)
  renameSync(fresh, dist)
  rmSync(old, { recursive: true, force: true })
}

/** What each file weighs, in bytes. */
export function sizes() {
  return Object.fromEntries(
    readdirSync(dist)
      .filter((name) => /\.(js|wasm)$/.test(name))
      .map((name) => {
        const bytes = readFileSync(join(dist, name))
        return [
          name,
          { raw: bytes.length, gzip: gzipSync(bytes, { level: 9 }).length, brotli: brotliCompressSync(bytes).length },
        ]
      }),
  )
}

export async function buildPackage() {
  setUpBuild()
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { recursive: true })
  buildClient()
  buildParser()
  await bundle()
  declare()
  replaceDist()
  console.table(sizes())
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await buildPackage()
