// The inspector: what its form sends, what it refuses to send, and what it tells of connections and their ends.

import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { Key } from 'selenium-webdriver'
import { usePage } from './page.mjs'

/** A port of this machine where nothing listens. */
async function unusedPort() {
  const listener = createServer()
  await new Promise((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address()
  await new Promise((resolve) => listener.close(resolve))
  return port
}

const page = usePage()

test('logs events of types that nobody named', async () => {
  await page.connectTo(
    '/stream?body=id%3A%207%0Aevent%3A%20constructor%0Adata%3A%20one%0Adata%3A%20two%0A%0A&end=stall',
  )
  const { id, data } = await page.untilRow('constructor')
  assert.deepEqual({ id, data }, { id: '7', data: 'one\ntwo' })
})

test('logs an event that the server calls "error" as an event', async () => {
  await page.connectTo('/stream?body=event%3A%20error%0Adata%3A%20from%20the%20server%0A%0A&end=stall')
  const { data, facts } = await page.untilRow('error')
  assert.deepEqual({ data, facts }, { data: 'from the server', facts: '' })
  assert.equal(await page.textOf('#inspector-state'), 'OPEN')
})

test('listens only to the types that are named', async () => {
  await page.typeInto(page.find('#types'), 'b , c')
  await page.connectTo(
    '/stream?body=event%3Aa%0Adata%3A1%0A%0Aevent%3Ab%0Adata%3A2%0A%0Aevent%3Ac%0Adata%3A3%0A%0A&end=stall',
  )
  await page.untilRow('c')
  const types = (await page.logRows()).map(({ type }) => type)
  assert.deepEqual(types, ['connect', 'open', 'b', 'c'])
})

test('sends method, headers and body, and shows the response', async () => {
  await page.choosePreset('Echo of a POST with headers')
  await page.find('#add-header').click()
  await page.driver.switchTo().activeElement().sendKeys('X-Colour', Key.TAB, 'teal')
  await page.typeInto(page.find('#body'), '{"question": "¿qué?"}')
  await page.connect()
  const echo = JSON.parse((await page.untilRow('message')).data)
  assert.equal(echo.method, 'POST')
  assert.equal(echo.body, '{"question": "¿qué?"}')
  assert.match(JSON.stringify(echo.headers), /"x-colour":\[?"teal"/)
  assert.match(JSON.stringify(echo.headers), /"authorization":\[?"Bearer demo-token"/)
  assert.match(JSON.stringify(echo.headers), /"content-type":\[?"application\/json"/)
  const opened = await page.untilRow('open')
  assert.equal(opened.data, '200 OK')
  assert.match(opened.details, /content-type.*text\/event-stream/)
})

test('sends no header of a row that was removed, and no body with GET', async () => {
  await page.choosePreset('Echo of a POST with headers')
  await page.find('.header-row:nth-child(2) .remove').click()
  await page.find('#method option:first-child').click()
  assert.equal(await page.find('#body').isEnabled(), false)
  await page.connect()
  const echo = JSON.parse((await page.untilRow('message')).data)
  assert.equal(echo.method, 'GET')
  assert.equal(echo.body, '')
  assert.doesNotMatch(JSON.stringify(echo.headers), /demo-token/)
})

test('tells why a connection failed for good', async () => {
  await page.choosePreset('Status 404')
  await page.connect()
  const notFound = await page.untilRow('error')
  assert.match(notFound.data, /404/)
  assert.equal(notFound.facts, 'reason: status · status: 404 · not reconnecting')
  assert.match(notFound.details, /content-type/)
  assert.equal(await page.textOf('#inspector-state'), 'CLOSED')
  assert.equal(await page.textOf('#inspector-note'), notFound.data)
  assert.equal(await page.find('#inspector-close').isEnabled(), false)

  await page.find('#log-clear').click()
  await page.choosePreset('Wrong type: text/html')
  await page.connect()
  const wrongType = await page.untilRow('error')
  assert.match(wrongType.data, /text\/html/)
  assert.match(wrongType.facts, /^reason: content-type · status: 200/)
})

test('tells that a server cannot be reached', async () => {
  await page.connectTo(`http://127.0.0.1:${await unusedPort()}/`)
  const { data, facts } = await page.untilRow('error')
  assert.notEqual(data, '')
  assert.match(facts, /^reason: network/)
})

test('reads a stream of another origin that allows it', async () => {
  await page.connectTo(`${page.server.otherOrigin}/echo?cors=origin`)
  assert.equal(JSON.parse((await page.untilRow('message')).data).method, 'GET')
})

test('shows reconnections, and every numbered event once', async () => {
  await page.connectTo('/numbered?count=9&interval=20&perConnection=3&retry=100')
  const rows = await page.until('event 8', page.logRows, (all) => all.some(({ id }) => id === '8'))
  const events = rows.filter(({ type }) => type === 'message')
  assert.deepEqual(
    events.map(({ data }) => data),
    Array.from({ length: 9 }, (_, number) => String(number)),
  )
  const errors = rows.filter(({ type }) => type === 'error')
  assert.ok(errors.length >= 2)
  assert.match(errors[0].facts, /reason: end-of-stream.*reconnecting in 0\.1\ss/)
})

test('says at the field what is wrong, and connects to nothing', async () => {
  const refused = async (hint, words, focus) => {
    await page.connect()
    assert.match(await page.textOf(hint), words)
    assert.match(await page.activeElement(), focus)
    assert.equal(await page.driver.switchTo().activeElement().getAttribute('aria-invalid'), 'true')
    assert.deepEqual(await page.logRows(), [])
  }
  await page.typeInto(page.find('#url'), 'http://[')
  await refused('#url-hint', /not a URL/, /^url$/)
  await page.find('#url').clear()
  await refused('#url-hint', /Type the URL/, /^url$/)
  await page.typeInto(page.find('#url'), '/echo')
  assert.match(await page.textOf('#url-hint'), /A path on this server/)

  await page.typeInto(page.find('.header-name'), 'two words')
  await refused('#headers-hint', /cannot be a header’s name/, /header-name/)
  await page.typeInto(page.find('.header-name'), 'Cookie')
  await page.typeInto(page.find('.header-value'), 'a=b')
  await refused('#headers-hint', /no page can set it/, /header-name/)
  await page.typeInto(page.find('.header-name'), 'X-City')
  await page.typeInto(page.find('.header-value'), '東京')
  await refused('#headers-hint', /no header can carry/, /header-value/)
  await page.typeInto(page.find('.header-value'), 'Tokyo')
  await page.connect()
  assert.match((await page.untilRow('message')).data, /Tokyo/)
  assert.deepEqual(await page.readConsole(), [])
})
