/** Firefox and WebKit of Debian, without a window. Installing takes 5 s, the tests 30 s. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import puppeteer from 'puppeteer-core'
import { Builder, Capabilities, type WebDriver } from 'selenium-webdriver'
import { describe } from 'vitest'
import { type Driver, type Tab, testBrowser } from '../../browser/suite.ts'
import { freePort, isListening } from '../../support/ports.ts'

const FIREFOX = '/usr/bin/firefox-esr'
const WEBKIT = '/usr/bin/WebKitWebDriver'
/** Windows for browsers that cannot do without. */
const DISPLAY = '/usr/bin/Xvfb'

describe.skipIf(!hasAll('Firefox', FIREFOX))('Firefox', { timeout: 30_000 }, () =>
  testBrowser(launchFirefox),
)
describe.skipIf(!hasAll('WebKit', WEBKIT, DISPLAY))('WebKit', { timeout: 30_000 }, () =>
  testBrowser(launchWebKit),
)

/** Nothing beyond loopback, whatever the browser would like to know: its proxy does not exist. */
const LOOPBACK_ONLY = {
  'network.proxy.type': 1,
  'network.proxy.http': '127.0.0.1',
  'network.proxy.http_port': 9,
  'network.proxy.ssl': '127.0.0.1',
  'network.proxy.ssl_port': 9,
}

async function launchFirefox(): Promise<Driver> {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: FIREFOX,
    extraPrefsFirefox: LOOPBACK_ONLY,
  })
  return {
    hidden: 'NetworkError',
    open: async () => {
      const page = await browser.newPage()
      return {
        goto: async (url) => void (await page.goto(url)),
        evaluate: (expression) => page.evaluate(expression),
        close: () => page.close(),
      }
    },
    close: () => browser.close(),
  }
}

async function launchWebKit(): Promise<Driver> {
  const display = spawn(DISPLAY, ['-displayfd', '1', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [number] = await once(display.stdout, 'data')
  const port = await freePort()
  // Its sandbox needs rights that containers do not give.
  const WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS = '1'
  const server = spawn(WEBKIT, [`--port=${port}`, '--host=127.0.0.1'], {
    stdio: 'ignore',
    env: {
      ...process.env,
      DISPLAY: `:${String(number).trim()}`,
      WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS,
    },
  })
  while (!(await isListening(port))) await new Promise((resolve) => setTimeout(resolve, 50))
  const driver = await new Builder()
    .usingServer(`http://127.0.0.1:${port}`)
    .withCapabilities(new Capabilities({ browserName: 'MiniBrowser' }))
    .build()
  const first = await driver.getWindowHandle()
  return {
    hidden: 'Load failed',
    open: () => openTab(driver, first),
    close: async () => {
      await driver.quit()
      await Promise.all([server, display].map(end))
    },
  }
}

/** WebDriver sends each command to the tab that was chosen last. */
async function openTab(driver: WebDriver, first: string): Promise<Tab> {
  await driver.switchTo().newWindow('tab')
  const handle = await driver.getWindowHandle()
  const choose = () => driver.switchTo().window(handle)
  return {
    goto: async (url) => {
      await choose()
      await driver.get(url)
    },
    evaluate: async (expression) => {
      await choose()
      const [value, error] = (await driver.executeAsyncScript(EVALUATE, expression)) as [
        unknown,
        string?,
      ]
      if (typeof error === 'string') throw new Error(error)
      return value
    },
    close: async () => {
      await choose()
      await driver.close()
      await driver.switchTo().window(first)
    },
  }
}

const EVALUATE = `const [expression, done] = arguments
  const run = async () => (0, eval)(expression)
  run().then((value) => done([value ?? null]), (error) => done([null, String(error)]))`

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill()
  await ended
}

function hasAll(name: string, ...paths: string[]): boolean {
  const missing = paths.filter((path) => !existsSync(path))
  if (missing.length > 0)
    console.log(`Skipped: ${name}, because there is no ${missing.join(', ')}.`)
  return missing.length === 0
}
