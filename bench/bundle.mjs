/** Bundles what runs inside pages into build/bench/: each client on its own, so that a page loads only what it measures. */
import { build } from 'esbuild'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../scripts/setup.mjs'

const here = join(root, 'bench')
export const output = join(root, 'build', 'bench')

/** Files of a folder that make something for others, and are nobody that takes part. */
const SHARED = ['client', 'bytes', 'data-event', 'parser']

const common = {
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  loader: { '.wasm': 'binary' },
  absWorkingDir: root,
  logLevel: 'warning',
}

/** The package as it is now: a build during a run must not change what is measured. */
async function snapshot(dist, name) {
  if (!existsSync(join(dist, 'index.js'))) throw new Error(`${dist} has no index.js: run npm run build first`)
  const copy = join(output, name)
  await rm(copy, { recursive: true, force: true })
  await cp(dist, copy, { recursive: true })
  // The longer name first: the shorter one would match its beginning.
  return { 'eventsource-wasm/parser': join(copy, 'parser.js'), 'eventsource-wasm': join(copy, 'index.js') }
}

async function names(folder) {
  const files = (await readdir(join(here, folder))).map((file) => file.replace(/\.ts$/, ''))
  return files.filter((name) => !SHARED.includes(name))
}

/** One file of a folder, and for clients the page that starts with it. */
async function entry(folder, file, alias, name = file) {
  const entryPoint = join(here, folder, `${file}.ts`)
  await build({ ...common, alias, entryPoints: [entryPoint], outfile: join(output, folder, `${name}.js`) })
  if (folder !== 'clients') return
  const start = { entryPoints: [join(here, 'page', 'start.ts')], outfile: join(output, 'start', `${name}.js`) }
  await build({ ...common, alias: { ...alias, 'the-client': entryPoint }, ...start })
}

/** `before` may name another build of the package, to be measured beside the one in dist/. Gives who can take part. */
export async function bundle({ before } = {}) {
  await mkdir(output, { recursive: true })
  const builds = [['ours', await snapshot(join(root, 'dist'), 'ours')]]
  if (before) builds.push(['before', await snapshot(before, 'before')])
  const taking = { clients: [], parsers: [] }
  const add = async (folder, file, alias, name) => {
    await entry(folder, file, alias, name)
    taking[folder].push(name ?? file)
  }
  for (const folder of ['clients', 'parsers']) {
    for (const file of await names(folder)) if (file !== 'ours') await add(folder, file)
  }
  for (const [name, alias] of builds) {
    await add('clients', 'ours', alias, name)
    if (existsSync(alias['eventsource-wasm/parser'])) await add('parsers', 'ours', alias, name)
  }
  const pages = ['page', 'parse', 'live'].map((name) => join(here, 'page', `${name}.ts`))
  await build({ ...common, entryPoints: pages, outdir: output })
  return taking
}

// By itself, for www/bench.html.
if (import.meta.url === pathToFileURL(process.argv[1]).href) await bundle()
