// What the page is to eyes, keyboards and screen readers: widths, places, colours, focus and names.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { By, Key } from 'selenium-webdriver'
import { findPoorContrast } from './contrast.mjs'
import { usePage } from './page.mjs'

const page = usePage()

test('is used with the keyboard alone', async () => {
  const keys = (...sequence) =>
    page.driver
      .actions()
      .sendKeys(...sequence)
      .perform()
  const hasVisibleFocus = () =>
    page.driver.executeScript(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
      return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2
    })
  const tabTo = async (wanted) => {
    for (let presses = 0; presses < 25; presses += 1) {
      await keys(Key.TAB)
      assert.equal(await hasVisibleFocus(), true, `focus is not visible on ${await page.activeElement()}`)
      if ((await page.activeElement()) === wanted) return
    }
    assert.fail(`Tab never reached ${wanted}`)
  }

  await page.untilText('#demo-state', 'OPEN')
  await tabTo('demo-close')
  await keys(Key.SPACE)
  await page.untilText('#demo-state', 'CLOSED')
  assert.equal(await page.activeElement(), 'demo-reopen')
  await keys(Key.ENTER)
  await page.untilText('#demo-state', 'OPEN')
  assert.equal(await page.activeElement(), 'demo-close')

  await tabTo('eventList')
  await tabTo('preset')
  await keys('Echo')
  await tabTo('method')
  assert.equal(await page.find('#method').getAttribute('value'), 'POST')
  await tabTo('url')
  await tabTo('header-name')
  await tabTo('header-value')
  await tabTo('quiet remove')
  await keys(Key.ENTER)
  assert.equal(await page.activeElement(), 'quiet remove')
  await tabTo('add-header')
  await keys(Key.ENTER)
  assert.equal(await page.activeElement(), 'header-name')
  await keys('X-Keys', Key.TAB, 'only', Key.ENTER)
  assert.match((await page.untilRow('message')).data, /"only"/)
  await tabTo('body')
  await tabTo('types')
  await tabTo('with-credentials')
  await tabTo('primary')
  await tabTo('inspector-close')
  await keys(Key.SPACE)
  await page.untilText('#inspector-state', 'CLOSED')
  assert.equal(await page.activeElement(), 'primary')
  await tabTo('log-follow')
  await tabTo('log-pause')
  await tabTo('log-clear')
  await tabTo('log')
  await tabTo('SUMMARY')
  await keys(Key.ENTER)
  assert.equal(await page.driver.executeScript(() => document.activeElement.parentElement.open), true)
})

test('gives every control a name', async () => {
  const controls = await page.driver.findElements(By.css('button, input, select, textarea, output, [tabindex], a'))
  for (const control of controls) {
    const name = await control.getAccessibleName()
    assert.notEqual(name.trim(), '', await control.getAttribute('outerHTML'))
  }
})

for (const width of [360, 600, 960, 1280]) {
  test(`never scrolls sideways at ${width} pixels`, async () => {
    await page.setViewport(width, 800)
    assert.deepEqual(await page.sidewaysOverflow(), [], 'at first')
    const long = 'unbroken'.repeat(60)
    await page.find('#add-header').click()
    await page.connectTo(`/stream?end=stall&body=id:${long}%0Aevent:${long}%0Adata:${long}%0A%0A`)
    await page.untilRow(long)
    await page.driver.executeScript(() => document.querySelector('#log details').setAttribute('open', ''))
    assert.deepEqual(await page.sidewaysOverflow(), [], 'with a long event')
    await page.choosePreset('Status 404')
    await page.connect()
    await page.untilRow('error')
    assert.deepEqual(await page.sidewaysOverflow(), [], 'with an error')
  })
}

test('leaves everything in its place when a connection opens, fails and closes', async () => {
  const places = () =>
    page.driver.executeScript(() =>
      ['eventList', 'inspector-state', 'inspector-close', 'add-header', 'log', 'log-pause'].map((id) => {
        const { x, y, width, height } = document.getElementById(id).getBoundingClientRect()
        return [id, x, y + scrollY, width, height].join(' ')
      }),
    )
  for (const width of [360, 1280]) {
    await page.setViewport(width, 800)
    const atFirst = await places()
    await page.choosePreset('Ping demo')
    await page.connect()
    await page.untilRow('ping')
    assert.deepEqual(await places(), atFirst)
    await page.choosePreset('Status 404')
    await page.connect()
    await page.untilRow('error')
    assert.deepEqual(await places(), atFirst)
    await page.typeInto(page.find('#url'), 'http://[')
    await page.connect()
    assert.deepEqual(await places(), atFirst)
  }
})

for (const scheme of ['light', 'dark']) {
  test(`has readable colours in the ${scheme} scheme`, async () => {
    await page.setScheme(scheme)
    await page.choosePreset('Status 404')
    await page.connect()
    await page.untilRow('error')
    await page.choosePreset('Ping demo')
    await page.connect()
    await page.untilRow('ping')
    const background = await page.driver.executeScript(() => getComputedStyle(document.body).backgroundColor)
    const brightness = Math.max(...background.match(/\d+/g).map(Number))
    assert.equal(brightness > 128, scheme === 'light', background)
    assert.deepEqual(await page.driver.executeScript(findPoorContrast), [])
    await page.setScheme('')
  })
}
