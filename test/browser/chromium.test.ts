import { describe } from 'vitest'
import { hasChromium, launchChromium } from '../support/chromium.ts'
import { testBrowser } from './suite.ts'

describe.skipIf(!hasChromium())('Chromium', { timeout: 30_000 }, () => {
  testBrowser(async () => {
    const browser = await launchChromium()
    return {
      hidden: 'Failed to fetch',
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
  })
})
