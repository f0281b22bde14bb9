/** Bundles what runs inside pages into build/bench/: each client on its own, so that a page loads only what it measures. */
import { build } from 'esbuild'
import { cp, mkdir, readdir } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../', import.meta.url))
const here = join(root, 'bench')
export const output = join(root, 'build', 'bench')

const common = {
  bundle: true,
  minify: true,
  format: 'esm',
  target: 'es2022',
  absWorkingDir: root,
  logLevel: 'warning',
}

/** The package as it is now: a rebuild during a run must not change what is measured. */
async function snapshot(dist, name) {
  const copy = join(output, name)
  if (!existsSync(join(dist, 'index.js'))) throw new Error(`${dist} has no index.js: run npm run build first`)
  await cp(dist, copy, { recursive: true })
  return { 'eventsource-wasm': join(copy, 'index.js') }
}

/** `before` may name another build of the package, measured beside the one in dist/. */
export async function bundle({ before } = {}) {
  await mkdir(output, { recursive: true })
  const names = (await readdir(join(here, 'clients')))
    .map((name) => name.replace(/\.ts$/, ''))
    .filter((name) => !['client', 'bytes'].includes(name))
  const entry = (name, file, alias) =>
    build({ ...common, alias, entryPoints: [join(here, 'clients', `${file}.ts`)], outfile: join(output, 'clients', `${name}.js`) })
  const alias = await snapshot(join(root, 'dist'), 'ours')
  await Promise.all(names.map((name) => entry(name, name, alias)))
  if (before) await entry('before', 'ours', await snapshot(before, 'before'))
  await build({ ...common, entryPoints: [join(here, 'page', 'page.ts')], outfile: join(output, 'page.js') })
}
