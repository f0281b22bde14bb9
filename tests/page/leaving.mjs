/**
 * What becomes of a source when its page is left, reloaded or shown again from the back/forward cache. Driven from
 * outside, for no test inside a page outlives it.
 */
import assert from 'node:assert/strict'

const script = (source) => (source === 'native' ? '' : `<script src="${source}"></script>`)

function page(server, source, text) {
  const body = `<!doctype html><meta charset="utf-8"><title>${text}</title>${script(source)}<p>${text}</p>`
  return `${server.origin}/stream?type=${encodeURIComponent('text/html;charset=utf-8')}&body=${encodeURIComponent(body)}`
}

async function requestsOf(server, key) {
  return (await (await fetch(`${server.origin}/log?key=${key}`)).json()).requests
}

async function requestsUntil(server, key, condition, what) {
  const end = Date.now() + 5000
  for (;;) {
    const requests = await requestsOf(server, key)
    if (condition(requests)) return requests
    const states = requests.map((request) => (request.open ? 'open' : 'closed'))
    assert.ok(Date.now() < end, `${what}: the server's log says [${states.join(', ')}]`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

let count = 0

/** A page with a connected source that writes its events where the next page can read them. */
async function connect({ driver }, source, server) {
  const key = `leaving-${Date.now()}-${++count}`
  await driver.get(page(server, source, 'first'))
  const url = `${server.origin}/stream?key=${key}&end=stall&body=${encodeURIComponent('retry: 100\nid: 5\ndata: x\n\n')}`
  await driver.executeAsyncScript(
    `const [url, done] = arguments
     sessionStorage.clear()
     globalThis.source = new EventSource(url)
     const note = (event) => sessionStorage.setItem('seen', (sessionStorage.getItem('seen') ?? '') + event.type + source.readyState + ' ')
     for (const type of ['open', 'message', 'error']) source.addEventListener(type, note)
     addEventListener('pageshow', (event) => sessionStorage.setItem('persisted', String(event.persisted)))
     source.addEventListener('message', () => done(), { once: true })`,
    url,
  )
  await requestsUntil(server, key, (requests) => requests.length === 1 && requests[0].open, 'a connection')
  return { key, seen: () => driver.executeScript("return sessionStorage.getItem('seen')") }
}

async function navigationFiresNothing(browser, source, server) {
  const { key, seen } = await connect(browser, source, server)
  await browser.driver.get(page(server, source, 'second'))
  await requestsUntil(server, key, (requests) => requests.every((request) => !request.open), 'after navigation')
  await new Promise((resolve) => setTimeout(resolve, 500))
  assert.equal(await seen(), 'open1 message1 ')
  assert.equal((await requestsOf(server, key)).length, 1)
}

async function reloadFiresNothing(browser, source, server) {
  const { key, seen } = await connect(browser, source, server)
  await browser.driver.navigate().refresh()
  await requestsUntil(server, key, (requests) => requests.every((request) => !request.open), 'after a reload')
  assert.equal(await seen(), 'open1 message1 ')
}

async function comesBackFromTheCache(browser, source, server) {
  const { driver } = browser
  const { key, seen } = await connect(browser, source, server)
  await driver.get(page(server, source, 'second'))
  await requestsUntil(server, key, (requests) => requests.every((request) => !request.open), 'in the cache')
  await driver.navigate().back()
  const restored = await driver.executeScript(
    "return sessionStorage.getItem('persisted') === 'true' && 'source' in globalThis",
  )
  // An engine may throw any page away; then there is no source that could come back.
  if (!restored) return 'the engine did not keep the page'
  const requests = await requestsUntil(server, key, (list) => list.length === 2 && list[1].open, 'shown again')
  assert.deepEqual(requests[1].headers['last-event-id'], ['5'])
  const end = Date.now() + 3000
  while ((await driver.executeScript('return source.readyState')) !== 1) {
    assert.ok(Date.now() < end, 'the source opens again')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.doesNotMatch(await seen(), /error/)
  await driver.executeScript('source.close()')
  return undefined
}

export const tests = [
  { title: 'leaving the page closes the connection and fires no error', run: navigationFiresNothing },
  { title: 'reloading the page closes the connection and fires no error', run: reloadFiresNothing },
  { title: 'a page from the back/forward cache connects again, with its last event ID', run: comesBackFromTheCache },
]
