/** The functions that are marked so that engines compile them while the script is still coming. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'acorn'
import { simple } from 'acorn-walk'
import { build } from 'esbuild'

import { markEager } from '../../scripts/eager.mjs'
import { root } from '../../scripts/setup.mjs'

/** The functions that are values of variables and fields, as they stand in the code with a character on each side. */
function values(code) {
  const found = []
  const look = (value) => {
    if (/Function/.test(value?.type)) found.push(code.slice(value.start - 1, value.end + 1))
  }
  simple(parse(code, { ecmaVersion: 2022, sourceType: 'module' }), {
    VariableDeclarator: ({ init }) => look(init),
    PropertyDefinition: ({ value }) => look(value),
  })
  return found
}

const marked = ([first, ...rest]) => first === '(' && rest.at(-1) === ')'

test('functions that are expressions are marked, and nothing else is', () => {
  const code = `
    const a = (b) => b
    const c = async function () { return () => 1 }
    const named = { k: function* () {}, l: [async (m) => m] }
    class D extends (class {}) { #e = () => 2; f() { return 3 } get g() { return 4 } static async h() {} }
    function i() { return { j() {}, get k() { return 5 } } }
    call(() => 6)
    export default () => 7
  `
  assert.equal(
    markEager(code, 'module'),
    `
    const a = ((b) => b)
    const c = (async function () { return (() => 1) })
    const named = { k: (function* () {}), l: [(async (m) => m)] }
    class D extends (class {}) { #e = (() => 2); f() { return 3 } get g() { return 4 } static async h() {} }
    function i() { return { j() {}, get k() { return 5 } } }
    call((() => 6))
    export default (() => 7)
  `,
  )
})

for (const entry of ['index', 'slim', 'parser']) {
  test(`what is marked in ${entry}.js stays so in what a bundler makes of it`, async () => {
    const path = join(root, 'dist', `${entry}.js`)
    const before = values(readFileSync(path, 'utf8'))
    assert.ok(before.length > 10, `${before.length} functions`)
    assert.deepEqual(
      before.filter((text) => !marked(text)),
      [],
    )
    const options = { bundle: true, minify: true, format: 'esm', target: 'es2022', write: false }
    const bundled = await build({ ...options, entryPoints: [path] })
    const after = values(bundled.outputFiles[0].text)
    assert.ok(after.length > 10, `${after.length} functions`)
    assert.deepEqual(
      after.filter((text) => !marked(text)),
      [],
    )
  })
}
