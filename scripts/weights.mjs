/**
 * What each file of js/ weighs in slim.js, in bytes of brotli: by how much it is smaller where another file stands in its
 * place that exports the same names and no more. It takes along what only it needs; what two files have in common counts
 * for neither, so that their sum is less than the whole. dist/ must be built: node scripts/weights.mjs
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { parse } from 'acorn'
import { build, transform } from 'esbuild'
import { BUNDLING, dist, minifyAgain } from './build.mjs'

const root = join(dist, '..')

/** The weight of slim.js where something else stands in the place of one of its sources. */
async function weigh(file, contents) {
  const setup = ({ onLoad }) => onLoad({ filter: new RegExp(`/js/${file}$`) }, () => ({ contents }))
  const plugins = [{ name: 'stub', setup }]
  const outfile = join(root, 'build', 'weights.js')
  await build({ ...BUNDLING, plugins, format: 'esm', entryPoints: [join('js', 'slim.ts')], outfile })
  await minifyAgain(outfile, true)
  return brotliCompressSync(readFileSync(outfile)).length
}

/** The names that a module exports as values. */
async function exportsOf(file) {
  const { code } = await transform(readFileSync(join(root, 'js', file), 'utf8'), { loader: 'ts' })
  return parse(code, { ecmaVersion: 'latest', sourceType: 'module' }).body.flatMap(
    ({ type, declaration, specifiers }) => {
      if (type !== 'ExportNamedDeclaration') return []
      if (!declaration) return specifiers.map(({ exported }) => exported.name)
      if (declaration.type !== 'VariableDeclaration') return [declaration.id.name]
      return declaration.declarations.flatMap(({ id }) => id.name ?? id.properties.map(({ value }) => value.name))
    },
  )
}

const whole = await weigh('nothing', '')
const weights = { 'slim.js': whole }
for (const file of readdirSync(join(root, 'js')).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))) {
  const names = await exportsOf(file)
  // Nothing that a bundler could work out in advance.
  const stub = names.map((name) => `export const ${name} = globalThis.nothing.${name}\n`).join('')
  const weight = whole - (await weigh(file, stub))
  if (names.length > 0 && weight > 0 && file !== 'slim.ts') weights[file] = weight
}
console.table(Object.fromEntries(Object.entries(weights).sort(([, one], [, other]) => other - one)))
