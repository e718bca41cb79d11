/** How the flow page looks: geometry in a real browser, and the pictures in docs/flow/. */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasChromium } from '../support/chromium.ts'
import {
  type FlowScene,
  startFlowScene,
  walkToTheEnd,
  walkToTheLogin,
  walkToTheStepUp,
} from '../support/flow-scene.ts'

const PICTURES = new URL('../../docs/flow/', import.meta.url)
/** `UPDATE_PICTURES=1 npx vitest run test/browser/flow-look.test.ts` writes them. */
const isUpdate = process.env['UPDATE_PICTURES'] === '1'
/** Of 255, on average over cells of a grid: other ports, times and fonts stay below. */
const TOLERANCE = 8

describe.skipIf(!hasChromium())('the look of the flow page', { timeout: 60_000 }, () => {
  let scene: FlowScene

  beforeAll(async () => {
    scene = await startFlowScene()
  })
  afterAll(() => scene?.close())

  for (const colorScheme of ['light', 'dark'] as const) {
    it.each([1280, 390])(`at %i px, ${colorScheme}, is that of docs/flow/`, async (width) => {
      const page = await open({ width, height: 800 }, colorScheme)
      await walkToTheEnd(page)
      await page.evaluate(() => window.scrollTo(0, 0))
      await expectPicture(page, `${width}-${colorScheme}.png`)
      if (width === 1280) {
        for (const at of [1280, 1100, 900, 700]) {
          await page.setViewportSize({ width: at, height: 800 })
          expect(await labelsOnLifelines(page), `at ${at} px`).toEqual([])
        }
      }
      await page.context().close()
    })
  }

  it('shows a preview of each chapter before the start', async () => {
    const page = await open({ width: 1280, height: 800 }, 'light')
    expect(await page.locator('.preview').count()).toBe(9)
    const inView = await page
      .locator('.preview')
      .evaluateAll((all) => all.filter((each) => each.getBoundingClientRect().bottom < 800).length)
    expect(inView).toBeGreaterThan(3)
    const link = page.getByRole('link', { name: 'mcp-gatehouse' })
    expect(await link.getAttribute('href')).toContain('mcp-gatehouse')
    await page.context().close()
  })

  it('offers the step-up in the chapter that stops at the 403', async () => {
    const page = await open({ width: 1280, height: 800 }, 'light')
    await walkToTheStepUp(page)
    const button = page.locator('section').nth(7).getByRole('button', { name: 'Step up' })
    expect(await button.textContent()).toMatch(/^Step up: request .*notes:write$/)
    await button.click()
    const allow = page.getByRole('button', { name: 'Allow' })
    await allow.waitFor()
    expect(await page.locator('button.primary').count()).toBe(1)
    await allow.click()
    await page.getByRole('button', { name: 'Start again' }).waitFor()
    await page.context().close()
  })

  it('has one primary button on the pages for sign-in and consent', async () => {
    const page = await open({ width: 390, height: 800 }, 'dark')
    await walkToTheLogin(page)
    expect(await page.locator('button.primary').allTextContents()).toEqual(['Sign in'])
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Deny' }).waitFor()
    expect(await page.locator('button.primary').allTextContents()).toEqual(['Allow'])
    const background = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(background).toBe('rgb(23, 24, 23)')
    await page.context().close()
  })

  async function open(
    viewport: { width: number; height: number },
    colorScheme: 'light' | 'dark',
  ): Promise<Page> {
    const { page } = await scene.open({ viewport, colorScheme })
    return page
  }

  async function expectPicture(page: Page, name: string): Promise<void> {
    const now = await page.screenshot({ fullPage: true })
    const file = new URL(name, PICTURES)
    if (isUpdate) {
      mkdirSync(PICTURES, { recursive: true })
      writeFileSync(file, now)
    }
    expect(existsSync(file)).toBe(true)
    const blank = await page.context().newPage()
    const [one, other] = [readFileSync(file), now].map((png) => png.toString('base64'))
    const difference = await blank.evaluate(differenceOf, [one ?? '', other ?? ''] as const)
    expect(difference).toBeLessThan(TOLERANCE)
  }
})

/** The mean difference of two pictures, of 255, after both are reduced to the same small size. */
async function differenceOf([one, other]: readonly [string, string]): Promise<number> {
  const read = async (png: string): Promise<Uint8ClampedArray> => {
    const picture = new Image()
    picture.src = `data:image/png;base64,${png}`
    await picture.decode()
    const canvas = new OffscreenCanvas(32, 128)
    const context = canvas.getContext('2d')
    if (context === null) throw new Error('There is no canvas.')
    context.imageSmoothingQuality = 'high'
    context.drawImage(picture, 0, 0, 32, 128)
    return context.getImageData(0, 0, 32, 128).data
  }
  const [before, after] = [await read(one), await read(other)]
  return (
    before.reduce((sum, value, at) => sum + Math.abs(value - (after[at] ?? 0)), 0) / before.length
  )
}

/** The labels of arrows that a lifeline crosses, apart from the one where the arrow begins. */
async function labelsOnLifelines(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const lines = ['mcp', 'auth'].flatMap((lane) => {
      const line = document.querySelector(`.line.${lane}`)
      return line === null ? [] : [line.getBoundingClientRect().left]
    })
    const labels = [...document.querySelectorAll('.to-mcp .label, .to-auth .label')]
    return labels.flatMap((label) =>
      [...label.getClientRects()].some(({ left, right }) =>
        lines.some((line) => left < line && line < right),
      )
        ? [label.textContent ?? '']
        : [],
    )
  })
}
