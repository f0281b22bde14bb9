// The inspector's log: what a row may hold, how many stay, pausing, clearing and following the end.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { By } from 'selenium-webdriver'
import { usePage } from './page.mjs'

const page = usePage()

test('shows data as text, never as markup', async () => {
  const markup = '<img src="/www/none.png" onerror="document.title = \'taken\'"><b>bold</b>'
  await page.connectTo(`/stream?end=stall&body=${encodeURIComponent(`event: <i>\ndata: ${markup}\n\n`)}`)
  assert.equal((await page.untilRow('<i>')).data, markup)
  assert.deepEqual(await page.driver.findElements(By.css('#log img, #log b, #log i')), [])
})

test('keeps only the last rows of a burst, and cuts a huge value', async () => {
  await page.connectTo('/numbered?count=1200&interval=1')
  await page.untilRow('message', ({ data }) => data === '1199')
  assert.equal((await page.logRows()).length, 500)
  assert.match(await page.textOf('#log-count'), /^1,20[2-5] rows, the last 500 kept$/)

  await page.find('#log-clear').click()
  await page.connectTo('/bench?shape=long16k&count=1&chunk=16384')
  const { data } = await page.untilRow('message')
  assert.match(data, /^[^…]{4000}… and 1\d,\d{3} characters more$/)
})

test('pauses, goes on with what came meanwhile, and clears', async () => {
  await page.find('#log-pause').click()
  assert.equal(await page.find('#log-pause').getAttribute('aria-pressed'), 'true')
  await page.connectTo('/stream?end=stall&body=data:1%0A%0Adata:2%0A%0A')
  await page.untilText('#log-count', 'Paused, 4 more')
  assert.deepEqual(await page.logRows(), [])
  await page.find('#log-pause').click()
  await page.untilRow('message', ({ data }) => data === '2')
  assert.equal(await page.textOf('#log-count'), '4 rows')
  await page.find('#log-clear').click()
  assert.deepEqual(await page.logRows(), [])
  assert.equal(await page.textOf('#log-count'), 'No events yet')
  assert.equal(await page.find('#log-empty').isDisplayed(), true)
})

test('follows the end of the log until the reader scrolls up', async () => {
  const distance = () =>
    page.driver.executeScript(() => {
      const log = document.getElementById('log')
      return Math.round(log.scrollHeight - log.scrollTop - log.clientHeight)
    })
  const follows = () => page.find('#log-follow').isSelected()
  await page.connectTo('/numbered?count=100000&interval=15')
  await page.until('a full log', page.logRows, (rows) => rows.length > 60)
  assert.ok((await distance()) < 30)

  await page.driver.executeScript(() => document.getElementById('log').scrollTo(0, 0))
  await page.until('auto-scroll off', follows, (on) => !on)
  const { length } = await page.logRows()
  await page.until('more rows', page.logRows, (rows) => rows.length > length + 10)
  assert.ok((await distance()) > 300)

  await page.find('#log-follow').click()
  await page.until('the end of the log', distance, (left) => left < 30)
  assert.equal(await follows(), true)
})
