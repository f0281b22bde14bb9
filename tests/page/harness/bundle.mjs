/**
 * Bundles every tests/page/*.test.ts once per kind of global scope into build/page/. The list of files is made here,
 * so that no file can be forgotten.
 */
import { build } from 'esbuild'
import { cp, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const harness = fileURLToPath(new URL('.', import.meta.url))
const tests = join(harness, '..')
const output = join(tests, '..', '..', 'build', 'page')

const scopes = {
  window: ['./harness/window'],
  dedicated: ['./harness/dedicated'],
  shared: ['./harness/shared'],
  service: ['./harness/service'],
}

export async function bundle() {
  const files = (await readdir(tests)).filter((name) => name.endsWith('.test.ts')).sort()
  await mkdir(output, { recursive: true })
  await cp(join(harness, 'window.html'), join(output, 'window.html'))
  await Promise.all(
    Object.entries(scopes).map(([scope, bootstrap]) => {
      const inside = scope === 'window' ? [] : ['./harness/install']
      // The page only starts a worker in the other scopes, but holds the window's tests itself.
      const modules = [...inside, ...files.map((name) => `./${name}`), ...bootstrap]
      return build({
        stdin: {
          contents: modules.map((name) => `import ${JSON.stringify(name)}`).join('\n'),
          resolveDir: tests,
          loader: 'ts',
        },
        outfile: join(output, `${scope}.js`),
        bundle: true,
        format: 'iife',
        target: 'es2022',
        sourcemap: 'linked',
        // As modules would be: an assignment to a read-only attribute must throw.
        banner: { js: '"use strict";' },
        // The package has no side effects; its tests are nothing else.
        ignoreAnnotations: true,
        logLevel: 'warning',
      })
    }),
  )
}
