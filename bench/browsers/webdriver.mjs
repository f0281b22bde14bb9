/** Firefox and WebKitGTK, over WebDriver. Neither tells what its main thread takes, so only elapsed time is measured. */
import { startBrowser } from '../../tests/page/harness/browsers.mjs'

class Page {
  #driver
  #handle

  constructor(driver, handle) {
    this.#driver = driver
    this.#handle = handle
  }

  async show() {
    await this.#driver.switchTo().window(this.#handle)
  }

  async call(name, ...parameters) {
    await this.show()
    const listed = parameters.map((value) => JSON.stringify(value)).join(', ')
    return this.#driver.executeScript(`return ${name}(${listed})`)
  }

  async mainThread() {
    return undefined
  }

  async close() {
    await this.show()
    await this.#driver.close()
  }
}

export async function startWebDriver(name) {
  const { driver, stop } = await startBrowser(name)
  await driver.manage().setTimeouts({ script: 180_000 })
  const first = await driver.getWindowHandle()
  const capabilities = await driver.getCapabilities()
  return {
    name,
    version: `${capabilities.getBrowserName()} ${capabilities.getBrowserVersion()}`,
    measuresProcessor: false,
    async open(url) {
      // From a window that stays: the last one may have been closed.
      await driver.switchTo().window(first)
      await driver.switchTo().newWindow('tab')
      const page = new Page(driver, await driver.getWindowHandle())
      await driver.get(url)
      return page
    },
    stop,
  }
}
