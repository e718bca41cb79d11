/** The flow page as a person meets it: in a real browser, by clicking, and by the keyboard alone. */

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startFlowPage } from '../../examples/demo/flow-page.ts'
import { startServers } from '../../examples/demo/servers.ts'
import { hasChromium } from '../support/chromium.ts'
import { contrast, luminance } from '../support/contrast.ts'
import {
  ARROWS,
  exchange,
  type FlowScene,
  LOGIN,
  type Seen,
  startFlowScene,
  walkToTheEnd,
} from '../support/flow-scene.ts'

describe.skipIf(!hasChromium())('the flow page', { timeout: 30_000 }, () => {
  const pictures = mkdtempSync(join(tmpdir(), 'flow-page-'))
  let scene: FlowScene

  beforeAll(async () => {
    scene = await startFlowScene()
    console.log(`Pictures of the flow page are in ${pictures}`)
  })
  afterAll(() => scene?.close())

  for (const colorScheme of ['light', 'dark'] as const) {
    describe(`the flow by clicks, ${colorScheme}`, () => {
      let page: Page
      let seen: Seen

      beforeAll(async () => {
        ;({ page, seen } = await scene.open({ colorScheme }))
        await walkToTheEnd(page)
        await page.evaluate(() => window.scrollTo(0, 0))
        await page.screenshot({ path: join(pictures, `${colorScheme}.png`), fullPage: true })
        for (const summary of await page.locator('summary').all()) await summary.click()
        await page.screenshot({ path: join(pictures, `${colorScheme}-open.png`), fullPage: true })
      }, 60_000)
      afterAll(() => page.context().close())

      it('shows every step', async () => {
        expect(await scene.arrowsOf(page)).toEqual(ARROWS)
        expect(await page.textContent('#end')).toMatch(/^Done: one URL, 13 exchanges/)
        expect(seen.errors).toEqual([])
      })

      it('sends requests to the three servers of the demo only', () => {
        const origins = new Set(seen.urls.map((url) => new URL(url).origin))
        expect(origins).toEqual(
          new Set([
            scene.flow.origin,
            scene.servers.authorizationServer.issuer,
            new URL(scene.servers.mcpUrl).origin,
          ]),
        )
      })

      it('explains the challenge', async () => {
        const text = await exchange(page, 'without a token')
        expect(text).toContain('The challenge, in WWW-Authenticate')
        expect(text).toContain(`resource_metadata${metadataUrl()}The URL of the protected`)
        expect(text).toContain(`www-authenticateBearer scope="notes:read", resource_metadata="`)
        expect(text).toContain('Mcp-Methodserver/discover')
      })

      it('shows the claims of the token, and labels instead of secrets', async () => {
        const text = await exchange(page, 'Sends the code and')
        expect(text).toContain('subadaThe user')
        expect(text).toContain(`aud${scene.servers.mcpUrl}The server it is for`)
        expect(text).toContain('scopenotes:readThe granted scopes')
        expect(text).toContain('signaturenot shown')
        expect(text).toContain('"access_token": "access token"')
        expect(text).toContain('&code=code\n')
        expect(text).toContain('&code_verifier=verifier\n')
        expect(await exchange(page, 'tools again')).toContain('AuthorizationBearer forged token')
      })

      it('shows and keeps no token, signature, code or verifier', async () => {
        const kept = await page.evaluate(() => JSON.stringify([sessionStorage, localStorage]))
        const shown = (await page.content()) + kept + page.url()
        // Two tokens with their signatures, two codes, two verifiers.
        const secrets = await seen.secrets()
        expect(secrets).toHaveLength(8)
        for (const secret of secrets) expect(shown).not.toContain(secret)
        expect(shown).not.toMatch(/eyJ[\w-]+\.[\w-]+/)
        expect(page.url()).toBe(`${scene.flow.origin}/`)
      })

      it('has enough contrast in every text', async () => {
        const background = await page.evaluate(
          () => getComputedStyle(document.body).backgroundColor,
        )
        const isDark = luminance(background) < 0.2
        expect(isDark).toBe(colorScheme === 'dark')
        for (const selector of TEXTS) {
          const [front = '', behind = ''] = await page.locator(selector).first().evaluate(coloursOf)
          expect
            .soft(contrast(front, behind), `${selector}: ${front} on ${behind}`)
            .toBeGreaterThan(4.5)
        }
      })

      it('fits on a small screen', async () => {
        await page.setViewportSize({ width: 360, height: 740 })
        const widths = await page.evaluate(() => {
          const { scrollWidth, clientWidth } = document.documentElement
          return { scrollWidth, clientWidth }
        })
        expect(widths.scrollWidth).toBe(widths.clientWidth)
        await page.screenshot({ path: join(pictures, `${colorScheme}-small.png`), fullPage: true })
      })
    })
  }

  it('works with the keyboard alone', async () => {
    const { page } = await scene.open()
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('mcp-gatehouse')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Start the flow')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('One step')
    const outline = await page.evaluate(
      () => getComputedStyle(document.activeElement ?? document.body).outlineWidth,
    )
    expect(outline).toBe('3px')

    // Enter runs one step. Each step adds an arrow, and the status element announces it.
    for (let count = 1; count <= 4; count += 1) {
      await page.keyboard.press('Enter')
      await page
        .locator('.move')
        .nth(count - 1)
        .waitFor()
      expect(await page.locator('.move').count()).toBe(count)
      expect([await page.textContent('[role=status]')]).toEqual(
        [ARROWS[count - 1]?.[0]].map((text) => String(text).replace('HOST', issuerHost())),
      )
    }

    await page.keyboard.press('Tab')
    expect(await focused()).toContain('Sends a request without a token')
    await page.keyboard.press('Enter')
    expect(await page.locator('details[open]').count()).toBe(1)
    expect(await page.getByText('The challenge, in WWW-Authenticate').isVisible()).toBe(true)
    await page.keyboard.press('Enter')
    expect(await page.locator('details[open]').count()).toBe(0)

    // And on, to the login page and back.
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Shift+Tab')
    expect(await focused()).toBe('Continue')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: LOGIN }).waitFor()
    expect(await focused()).toBe(LOGIN)
    await page.keyboard.press('Enter')
    for (const field of ['username', 'action']) {
      await page.locator(`[name=${field}]:focus`).waitFor()
      await page.keyboard.press('Enter')
    }
    await page.waitForURL(`${scene.flow.origin}/`)
    await page.getByRole('button', { name: LOGIN }).waitFor()
    expect(await focused()).toBe(LOGIN)
    expect(await scene.arrowsOf(page)).toEqual(ARROWS.slice(0, 21))
    await page.context().close()
  }, 30_000)

  it('pauses when a user opens an arrow', async () => {
    const { page } = await scene.open()
    await page.clock.install({ time: 0 })
    await page.clock.pauseAt(1000)
    // The first arrow is drawn before its request is sent.
    const sent = await page.evaluateHandle(() => {
      const { fetch } = window
      const urls: unknown[] = []
      window.fetch = (url, init) => {
        urls.push(url)
        return fetch(url, init)
      }
      return urls
    })
    await page.getByRole('button', { name: 'Start the flow' }).click()
    await page.getByRole('button', { name: 'Pause' }).waitFor()
    await page.locator('summary').first().click()
    await page.getByRole('button', { name: 'Continue' }).waitFor()
    // Longer than the pace of the walk.
    await page.clock.runFor(60_000)
    expect(await sent.jsonValue()).toEqual([])
    expect(await page.locator('.move').count()).toBe(1)
    await page.context().close()
  })

  it('animates arrows unless the user prefers reduced motion', async () => {
    for (const reducedMotion of ['reduce', 'no-preference'] as const) {
      const { page } = await scene.open({ reducedMotion })
      await page.getByRole('button', { name: 'One step' }).click()
      const animation = await page
        .locator('.arrow')
        .first()
        .evaluate((arrow) => getComputedStyle(arrow).animationName)
      expect(animation).toBe(reducedMotion === 'reduce' ? 'none' : 'out')
      await page.context().close()
    }
  })

  it('works with opaque tokens', async () => {
    const other = await startFlowPage()
    const opaque = await startServers({ origins: [other.origin], opaque: true })
    other.setServers(opaque)
    const { page, seen } = await scene.open({}, other.origin)
    await walkToTheEnd(page)
    expect((await scene.arrowsOf(page)).map(([caption]) => caption).slice(-3)).toEqual([
      'Changes the last characters of the token.',
      'Requests the tools again.',
      '401: rejected, without a reason.',
    ])
    expect(await exchange(page, 'Sends the code and')).toContain(
      'Opaque: only the authorization server can read it',
    )
    const shown = await page.content()
    const secrets = await seen.secrets()
    expect(secrets.length).toBeGreaterThanOrEqual(6)
    for (const secret of secrets) expect(shown).not.toContain(secret)
    await page.context().close()
    await Promise.all([opaque.close(), other.close()])
  }, 30_000)

  function issuerHost(): string {
    return new URL(scene.servers.authorizationServer.issuer).host
  }

  function metadataUrl(): string {
    return new URL('/.well-known/oauth-protected-resource/mcp', scene.servers.mcpUrl).href
  }
})

/** One of each kind of text there is. */
const TEXTS = [
  'h1',
  '.lede',
  '#walk',
  '.heads code',
  'h2',
  'h2 span',
  '.ask .caption',
  '.answer.no .caption',
  '.label i',
  '.answer.yes .label',
  '.answer.no .label',
  '.ticket b',
  '.ticket code',
  '.exchange h3',
  '.exchange dt',
  '.exchange dd',
  '.secret',
  'footer p:last-child',
]

/** The colour of an element's text, and the one that shows behind it. */
function coloursOf(element: Element): [string, string] {
  const front = getComputedStyle(element).color
  for (let each: Element | null = element; each !== null; each = each.parentElement) {
    const { backgroundColor } = getComputedStyle(each)
    if (!/, 0\)$/.test(backgroundColor)) return [front, backgroundColor]
  }
  return [front, 'rgb(255, 255, 255)']
}
