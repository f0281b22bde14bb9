/** The declarations of the built package, as TypeScript sees them: each file here has to compile, and all of it. */

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { before, test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { root } from '../../scripts/setup.mjs'

const folder = dirname(fileURLToPath(import.meta.url))
const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))

/** The compiler's complaints, one a line; a line that begins with a space goes on from the one before. */
let complaints
let status
let listed

function compile(...options) {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  const command = [tsc, '--noEmit', '--pretty', 'false', '--project', folder, ...options]
  return spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8', timeout: 120_000 })
}

before(() => {
  const compiled = compile()
  complaints = compiled.stdout.split(/\n(?! )/).filter(Boolean)
  status = compiled.status
  listed = compile('--listFilesOnly').stdout
})

for (const file of files) {
  test(`${file} compiles`, () => {
    assert.ok(listed.includes(`tests/types/${file}`), 'it is among the files that are compiled')
    assert.deepEqual(
      complaints.filter((complaint) => complaint.startsWith(`tests/types/${file}(`)),
      [],
    )
  })
}

test('nothing else is wrong, and the declarations are those of dist', () => {
  assert.deepEqual(
    complaints.filter((complaint) => !files.some((file) => complaint.startsWith(`tests/types/${file}(`))),
    [],
  )
  if (complaints.length === 0) assert.equal(status, 0)
  for (const name of ['index', 'slim', 'polyfill', 'parser']) assert.match(listed, new RegExp(`dist/${name}\\.d\\.ts`))
})
