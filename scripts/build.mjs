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

import { root, run, setUpBuild } from './setup.mjs'

export const dist = join(root, 'dist')
/** Where dist/ is made: it appears whole or not at all, so that what reads it meanwhile never finds half of it. */
const fresh = join(root, 'build', 'dist')

/** Where the modules are made that the entries inline. */
const wasm = join(root, 'build', 'wasm')

const optimizer = join(root, 'node_modules', 'binaryen', 'bin', 'wasm-opt')

/** What every browser with SIMD has; wasm-opt must not use more. */
const FEATURES = ['bulk-memory', 'bulk-memory-opt', 'multivalue', 'mutable-globals', 'nontrapping-float-to-int']
FEATURES.push('reference-types', 'sign-ext', 'simd')

/**
 * A WebAssembly module, by a profile and a feature of the crate of the same name. `flags` are the compiler's, beside those
 * of `.cargo/config.toml`.
 */
function buildWasm(name, flags) {
  const target = ['--target', 'wasm32-unknown-unknown']
  const config = ['--config', `target.wasm32-unknown-unknown.rustflags=${JSON.stringify(flags)}`]
  const features = ['--no-default-features', '--features', name]
  run('cargo', ['build', '--lib', '--profile', name, ...target, ...features, ...config])
  const compiled = join(root, 'target', 'wasm32-unknown-unknown', name, 'eventsource_wasm.wasm')
  mkdirSync(wasm, { recursive: true })
  const enabled = FEATURES.map((feature) => `--enable-${feature}`)
  const strip = ['--strip-producers', '--strip-target-features', '--remove-exports=__*']
  // What is rare stays out of line: engines compile a function when it is first called, and it compresses better.
  const inlining = ['--one-caller-inline-max-function-size=200']
  // The far end of a stack of 1 MiB, which nothing here comes near: addresses need less arithmetic.
  const memory = ['--low-memory-unused']
  run(process.execPath, [
    optimizer,
    '-O3',
    '--converge',
    ...enabled,
    ...strip,
    ...inlining,
    ...memory,
    compiled,
    '-o',
    join(wasm, `${name}.wasm`),
  ])
}

/** What makes strings of code units, for the parser's entry: from WebAssembly's text format. */
function buildStrings() {
  const assembler = join(root, 'node_modules', 'binaryen', 'bin', 'wasm-as')
  const source = join(root, 'js', 'parser', 'strings.wat')
  const features = ['--enable-gc', '--enable-reference-types']
  run(process.execPath, [assembler, ...features, source, '-o', join(wasm, 'strings.wasm')])
}

/** Puts modules into the entries, in hexadecimal digits: see `js/inlined.ts`. */
const inlineModules = {
  name: 'inline-modules',
  setup({ onLoad }) {
    onLoad({ filter: /\.wasm$/ }, ({ path }) => {
      return { contents: JSON.stringify(readFileSync(path, 'hex')), loader: 'json' }
    })
  },
}

/** What esbuild has minified gets a twentieth smaller still; and what is needed first is marked. */
export async function minifyAgain(path, module) {
  const { minify } = await import('terser')
  const { markEager } = await import('./eager.mjs')
  const { code } = await minify(readFileSync(path, 'utf8'), {
    module,
    ecma: 2022,
    // A function that is called in one place, and seldom, would become an expression, which `markEager` takes for needed.
    compress: { lhs_constants: false, reduce_funcs: false },
  })
  writeFileSync(path, markEager(code, module ? 'module' : 'script'))
}

/** How esbuild bundles an entry. */
export const BUNDLING = {
  bundle: true,
  minify: true,
  target: 'es2022',
  legalComments: 'none',
  plugins: [inlineModules],
  logLevel: 'warning',
  absWorkingDir: root,
}

async function bundle() {
  const { build } = await import('esbuild')
  const entry = async (name, options = {}) => {
    const outfile = options.outfile ?? join(fresh, `${name}.js`)
    const format = options.format ?? 'esm'
    await build({ ...BUNDLING, ...options, format, entryPoints: [`js/${name}.ts`], outfile })
    await minifyAgain(outfile, format === 'esm')
  }
  await entry('index')
  await entry('slim')
  await entry('parser')
  // One class, whichever way it is asked for.
  await entry('polyfill', { external: ['./index.js'] })
  await entry('global', { format: 'iife', outfile: join(fresh, 'eventsource-wasm.global.js') })
  copyFileSync(join(wasm, 'npm.wasm'), join(fresh, 'eventsource-wasm.wasm'))
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

/** What each file weighs, in bytes, and what a page gets of the class: bundlers give names that compress less well. */
export async function sizes() {
  const weights = {}
  const weigh = (name, bytes) => {
    const gzip = gzipSync(bytes, { level: 9 }).length
    weights[name] = { raw: bytes.length, gzip, brotli: brotliCompressSync(bytes).length }
  }
  for (const name of readdirSync(dist)) if (/\.(js|wasm)$/.test(name)) weigh(name, readFileSync(join(dist, name)))
  const { build } = await import('esbuild')
  for (const name of ['index.js', 'slim.js']) {
    const stdin = { contents: `export { EventSource } from './${name}'`, resolveDir: dist }
    const { outputFiles } = await build({ stdin, bundle: true, minify: true, format: 'esm', write: false })
    weigh(`${name}, bundled`, outputFiles[0].contents)
  }
  return weights
}

/** Fails where a file weighs more than it may, in bytes. */
function checkBudget(weights) {
  const budget = JSON.parse(readFileSync(join(root, 'scripts', 'size-budget.json'), 'utf8'))
  for (const [name, most] of Object.entries(budget)) {
    for (const kind of Object.keys(most)) {
      const weight = weights[name][kind]
      if (weight > most[kind]) throw new Error(`${name} has ${weight} bytes (${kind}), and may have ${most[kind]}`)
    }
  }
}

export async function buildPackage() {
  setUpBuild()
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { recursive: true })
  // Smaller than with what opt-level s takes for worth inlining, and faster.
  buildWasm('npm', ['-C', 'llvm-args=-inline-threshold=30'])
  buildWasm('npm-parser', [])
  buildStrings()
  await bundle()
  declare()
  replaceDist()
  const weights = await sizes()
  console.table(weights)
  checkBudget(weights)
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await buildPackage()
