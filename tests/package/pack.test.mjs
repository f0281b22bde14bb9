/**
 * The tarball of `npm pack`, installed in a project of its own: what is in it, and that every way in works, in Node, in
 * a bundler and in a page.
 */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { build, transform } from 'esbuild'

import { root } from '../../scripts/setup.mjs'
import { startServer } from '../../scripts/server.mjs'
import { startBrowser } from '../page/harness/browsers.mjs'

const name = 'eventsource-wasm'
/** Below build/, which the server serves. */
const served = join(root, 'build', 'package')

let folder
let project
let installed
let files
let server
let browser

const manifest = () => JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))

/** Runs a module in the project, and gives what it printed. */
function node(code) {
  const options = { cwd: project, encoding: 'utf8', timeout: 60_000 }
  return execFileSync(process.execPath, ['--input-type=module', '--eval', code], options).trim()
}

function npm(cwd, ...options) {
  return execFileSync('npm', options, { cwd, encoding: 'utf8', timeout: 120_000, stdio: ['ignore', 'pipe', 'ignore'] })
}

before(
  async () => {
    assert.ok(existsSync(join(root, 'dist', 'index.js')), 'dist/ is not built: npm run build')
    folder = mkdtempSync(join(tmpdir(), 'eventsource-wasm-'))
    const [packed] = JSON.parse(npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder))
    files = packed.files.map(({ path }) => path)
    project = join(folder, 'project')
    mkdirSync(project)
    writeFileSync(join(project, 'package.json'), JSON.stringify({ name: 'project', private: true, type: 'module' }))
    npm(project, 'install', '--offline', '--no-audit', '--no-fund', join(folder, packed.filename))
    installed = join(project, 'node_modules', name)
    rmSync(served, { recursive: true, force: true })
    mkdirSync(served, { recursive: true })
    cpSync(join(installed, 'dist'), join(served, 'dist'), { recursive: true })
    server = await startServer()
    browser = await startBrowser('chromium')
  },
  { timeout: 300_000 },
)

after(async () => {
  await browser?.stop()
  server?.stop()
  if (folder) rmSync(folder, { recursive: true, force: true })
})

/** A page with a script, which calls `done` with what it found out. Gives that. */
async function inPage(page, script) {
  const body = `<!doctype html><meta charset="utf-8"><title>${page}</title>
<script>
  const found = new Promise((resolve) => (globalThis.done = resolve))
  addEventListener('error', (event) => done('error: ' + event.message))
  addEventListener('unhandledrejection', (event) => done('rejected: ' + event.reason))
</script>
${script}`
  writeFileSync(join(served, `${page}.html`), body)
  await browser.driver.get(`${server.origin}/build/package/${page}.html`)
  return browser.driver.executeAsyncScript(`
    const callback = arguments[arguments.length - 1]
    setTimeout(callback, 10000, 'nothing came')
    found.then(callback)
  `)
}

/** What a page does with the class: the first event's data, and whose class it was. */
const USE = `
  const source = new EventSource('/stream?end=stall&body=' + encodeURIComponent('id: 5\\nevent: ping\\ndata: Größe\\n\\n'))
  source.addEventListener('ping', ({ data, lastEventId }) => {
    source.close()
    const native = Function.prototype.toString.call(EventSource).includes('[native code]')
    done([data, lastEventId, source.readyState, native].join())
  })
`
const USED = 'Größe,5,2,false'

/** The oldest versions that README names, as esbuild does. */
function oldest() {
  const [, chrome, firefox, safari, node] = /Chrome and Edge (\d+), Firefox (\d+), Safari ([\d.]+), .* Node (\d+)/.exec(
    readFileSync(join(root, 'README.md'), 'utf8'),
  )
  return [`chrome${chrome}`, `edge${chrome}`, `firefox${firefox}`, `safari${safari}`, `node${node}`]
}

test('is written in what the browsers that README names understand', async () => {
  for (const file of files.filter((path) => path.endsWith('.js'))) {
    const code = readFileSync(join(installed, file), 'utf8')
    const [plain, lowered] = await Promise.all(
      ['esnext', oldest()].map(async (target) => (await transform(code, { target })).code),
    )
    // Compared as a whole it would be printed as a whole.
    assert.ok(plain === lowered, `${file} has something in it that is newer than ${oldest().join(', ')}`)
  }
})

test('needs of WebAssembly what came with SIMD, and nothing newer', () => {
  const features = ['simd', 'bulk-memory', 'mutable-globals', 'nontrapping-float-to-int', 'sign-ext']
  const optimizer = join(root, 'node_modules', 'binaryen', 'bin', 'wasm-opt')
  const allowed = ['--mvp-features', ...features.map((feature) => `--enable-${feature}`)]
  const modules = [join(installed, 'dist', 'eventsource-wasm.wasm'), join(root, 'build', 'wasm', 'npm-parser.wasm')]
  for (const module of modules) {
    execFileSync(process.execPath, [optimizer, ...allowed, module, '-o', join(folder, 'same.wasm')], { stdio: 'pipe' })
  }
})

test('it needs no other package', () => {
  const { dependencies = {}, peerDependencies = {}, optionalDependencies = {}, scripts = {} } = manifest()
  assert.deepEqual({ ...dependencies, ...peerDependencies, ...optionalDependencies }, {})
  for (const hook of ['preinstall', 'install', 'postinstall']) assert.equal(scripts[hook], undefined)
})

test('it holds what is built, the documents and nothing else', () => {
  const documents = ['CHANGELOG.md', 'LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'package.json']
  assert.deepEqual(files.filter((path) => !path.startsWith('dist/')).sort(), documents)
  assert.deepEqual(
    files.filter((path) => path.startsWith('dist/') && !/\.(js|wasm|d\.ts)$/.test(path)),
    [],
  )
})

test('every path of its exports is there, with types that come first', () => {
  const { exports } = manifest()
  for (const [path, target] of Object.entries(exports)) {
    for (const file of typeof target === 'string' ? [target] : Object.values(target)) {
      assert.ok(existsSync(join(installed, file)), `${path}: ${file}`)
    }
    if (typeof target === 'object') assert.equal(Object.keys(target)[0], 'types', path)
  }
})

test('every declaration that a declaration imports is there', () => {
  for (const path of files.filter((file) => file.endsWith('.d.ts'))) {
    const text = readFileSync(join(installed, path), 'utf8')
    for (const [, imported] of text.matchAll(/from '(\.[^']+)\.js'/g)) {
      assert.ok(existsSync(join(installed, path, '..', `${imported}.d.ts`)), `${path} imports ${imported}`)
    }
  }
})

test('every path resolves in Node', () => {
  for (const path of Object.keys(manifest().exports)) {
    const specifier = path.replace('.', name)
    assert.equal(node(`import.meta.resolve('${specifier}'); console.log('resolved')`), 'resolved', specifier)
  }
})

test('the entries export their names in Node', () => {
  const namesOf = (path) => node(`console.log(Object.keys(await import('${name}${path}')).sort().join())`)
  assert.equal(namesOf(''), 'EventSource')
  assert.equal(namesOf('/slim'), 'EventSource,init')
  assert.equal(namesOf('/polyfill'), 'nativeEventSource')
  assert.equal(namesOf('/parser'), 'EventSourceParserStream,ParseError,createParser,events')
})

test('importing it changes nothing but for the polyfill', () => {
  const changes = (path) =>
    node(`
      // By value: some of Node's own globals are getters until they are first read.
      const state = () => Object.getOwnPropertyNames(globalThis).map((name) => [name, globalThis[name]])
      const before = new Map(state())
      await import('${name}${path}')
      const isNew = ([name, value]) => !before.has(name) || !Object.is(before.get(name), value)
      console.log(state().filter(isNew).map(([name]) => name).join())
    `)
  for (const path of ['', '/slim', '/parser']) assert.equal(changes(path), '', path)
  assert.equal(changes('/polyfill'), 'EventSource')
})

test('it receives events in Node', () => {
  const url = `${server.origin}/numbered?count=3&interval=1`
  const data = node(`
    import { EventSource } from '${name}'
    const received = []
    const source = new EventSource('${url}')
    source.onmessage = ({ data, lastEventId }) => received.push(lastEventId)
    source.onerror = ({ reconnectIn }) => reconnectIn === null ? console.log(received.join()) : source.close()
    setTimeout(() => { console.log(received.join()); source.close() }, 500)
  `)
  assert.match(data, /^(0,1,2|1,2,3)$/)
})

test('in Node, promises that were resolved already are called back before the next message', () => {
  const order = node(`
    import { EventSource } from '${name}'
    const stream = new Blob(['data: 1\\n\\n'.repeat(3)]).stream()
    const source = EventSource.fromReadableStream(stream)
    const order = []
    source.onmessage = async () => {
      order.push('message')
      await undefined
      order.push('promise')
    }
    source.onerror = () => console.log(order.join())
  `)
  assert.equal(order, 'message,promise,message,promise,message,promise')
})

test('in Node, initMessageEvent sets what a message says', () => {
  const said = node(`
    import { EventSource } from '${name}'
    const source = EventSource.fromReadableStream(new Blob(['data: 1\\n\\n']).stream())
    source.onmessage = (event) => setTimeout(() => {
      event.initMessageEvent('other', true, true, 'changed', 'http://example.test', '9')
      const { type, bubbles, cancelable, data, origin, lastEventId } = event
      console.log([type, bubbles, cancelable, data, origin, lastEventId].join())
      try { event.initMessageEvent() } catch (error) { console.log(error.name) }
    })
  `)
  assert.equal(said, 'other,true,true,changed,http://example.test,9\nTypeError')
})

test('in Node, nobody can put ports into messages', () => {
  const said = node(`
    import { EventSource } from '${name}'
    const source = EventSource.fromReadableStream(new Blob(['data: 1\\n\\n']).stream())
    source.onmessage = ({ ports }) => console.log(Array.isArray(ports), ports.length, Object.isFrozen(ports))
  `)
  assert.equal(said, 'true 0 true')
})

test('slim takes its module from the path that the exports name', () => {
  const url = `${server.origin}/stream?end=stall&body=${encodeURIComponent('data: slim\n\n')}`
  const data = node(`
    import { readFile } from 'node:fs/promises'
    import { EventSource, init } from '${name}/slim'
    await init(await readFile(new URL(import.meta.resolve('${name}/eventsource-wasm.wasm'))))
    const source = new EventSource('${url}')
    source.onmessage = ({ data }) => { console.log(data); source.close() }
  `)
  assert.equal(data, 'slim')
})

test('slim says what is missing where init() was not awaited', () => {
  const said = node(`
    import { EventSource } from '${name}/slim'
    try { new EventSource('http://localhost/') } catch (error) { console.log(error.message) }
  `)
  assert.match(said, /await init\(\) first/)
})

async function bundle(code, outfile, options = {}) {
  writeFileSync(join(project, 'main.js'), code)
  const path = join(served, outfile)
  const { warnings, metafile } = await build({
    entryPoints: [join(project, 'main.js')],
    bundle: true,
    minify: true,
    format: 'esm',
    metafile: true,
    outfile: path,
    logLevel: 'silent',
    ...options,
  })
  assert.deepEqual(warnings, [])
  return { text: readFileSync(path, 'utf8'), outputs: Object.keys(metafile.outputs).length }
}

test('a bundler makes one file of the class, and it works in a page', async () => {
  const { outputs } = await bundle(`import { EventSource } from '${name}'\n${USE}`, 'bundled.js')
  assert.equal(outputs, 1)
  assert.equal(await inPage('bundled', '<script type="module" src="bundled.js"></script>'), USED)
})

test('a bundler leaves out what is imported and not used', async () => {
  const { text } = await bundle(`import { EventSource } from '${name}'\nconsole.log('alone')`, 'unused.js')
  assert.ok(text.length < 100, `${text.length} bytes are left`)
})

test('a bundler keeps the polyfill, whose import is its use', async () => {
  await bundle(`import '${name}/polyfill'\n${USE}`, 'polyfill.js')
  assert.equal(await inPage('polyfill', '<script type="module" src="polyfill.js"></script>'), USED)
})

test('slim with its module as a file works in a page', async () => {
  const script = `import { EventSource, init } from './dist/slim.js'\nawait init()\n${USE}`
  assert.equal(await inPage('slim', `<script type="module">${script}</script>`), USED)
  const fetched = "return performance.getEntriesByType('resource').map(({ name }) => name)"
  const names = await browser.driver.executeScript(fetched)
  assert.ok(
    names.some((url) => url.endsWith('/dist/eventsource-wasm.wasm')),
    names.join(),
  )
})

test('the classic script works at once after its <script>', async () => {
  const script = `<script src="dist/eventsource-wasm.global.js"></script><script>${USE}</script>`
  assert.equal(await inPage('classic', script), USED)
  const native = 'return nativeEventSource !== EventSource && String(nativeEventSource).includes("[native code]")'
  assert.equal(await browser.driver.executeScript(native), true)
})

test('the polyfill is the class of the root', async () => {
  const script = `
    import { EventSource as root } from './dist/index.js'
    import './dist/polyfill.js'
    done(globalThis.EventSource === root)
  `
  assert.equal(await inPage('same', `<script type="module">${script}</script>`), true)
})
