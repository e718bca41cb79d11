/** The flow page as a person meets it: in a real browser, by clicking, and by the keyboard alone. */
import { mkdtempSync, readFileSync } from 'node:fs'
import { get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FlowPage, startFlowPage } from '../../examples/demo/flow-page.ts'
import { type Servers, startServers } from '../../examples/demo/servers.ts'
import { hasChromium, hasten, launchChromium } from '../support/chromium.ts'

/** Every arrow of the walk: what it says, and what is written on it. HOST stands for ports. */
const ARROWS = [
  ['Sends a request without a token.', 'POST /mcp server/discover'],
  ['401: a token is required; the challenge has the metadata URL.', '401 Unauthorized'],
  ['Fetches the metadata at the URL in the 401.', 'GET …/oauth-protected-resource/mcp'],
  ['The authorization server is HOST.', '200 OK'],
  ['Fetches the authorization server metadata.', 'GET …/oauth-authorization-server'],
  ['It supports client registration and PKCE.', '200 OK'],
  ['Registers as a client.', 'POST /reg'],
  ['It now has a client id and needs no secret.', '201 Created'],
  ['Generates a PKCE verifier and its hash.', 'secret, hash'],
  ['Opens the login page, requesting notes:read.', 'GET /auth'],
  ['The login page redirects back with a code.', 'GET /?code'],
  ['Sends the code and the verifier.', 'POST /token'],
  ['Gets a token with scope notes:read.', '200 OK'],
  ['Requests the tools with the token.', 'POST /mcp tools/list'],
  ['200: list_notes, add_note, delete_note.', '200 OK'],
  ['Reads your notes, allowed by the token.', 'POST /mcp list_notes'],
  [expect.stringMatching(/^200: 1: Buy milk, 2: Water the plants/), '200 OK'],
  ['Tries to write a note without the scope.', 'POST /mcp add_note'],
  ['403: reading is allowed, writing needs notes:write.', '403 Forbidden'],
  ['Generates a PKCE verifier and its hash.', 'secret, hash'],
  ['Opens the login page, requesting notes:read notes:write.', 'GET /auth'],
  ['The login page redirects back with a code.', 'GET /?code'],
  ['Sends the code and the verifier.', 'POST /token'],
  ['Gets a token with scope notes:read notes:write.', '200 OK'],
  ['Writes the note with the new token.', 'POST /mcp add_note'],
  [expect.stringMatching(/^200: Added note \d+\.$/), '200 OK'],
  ['Changes the subject of the token and keeps its signature.', 'a forgery'],
  ['Requests the tools again.', 'POST /mcp tools/list'],
  ['401: rejected, without a reason.', '401 Unauthorized'],
]

const LOGIN = 'Open the login page'

describe.skipIf(!hasChromium())('the flow page', { timeout: 30_000 }, () => {
  const pictures = mkdtempSync(join(tmpdir(), 'flow-page-'))
  let browser: Browser
  let servers: Servers
  let flow: FlowPage

  beforeAll(async () => {
    flow = await startFlowPage()
    servers = await startServers({ origins: [flow.origin] })
    flow.setServers(servers)
    browser = await launchChromium()
    console.log(`Pictures of the flow page are in ${pictures}`)
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await Promise.all([servers?.close(), flow?.close()])
  })

  for (const colorScheme of ['light', 'dark'] as const) {
    describe(`the flow by clicks, ${colorScheme}`, () => {
      let page: Page
      let seen: Seen

      beforeAll(async () => {
        ;({ page, seen } = await open({ colorScheme }))
        await walkToTheEnd(page)
        await page.evaluate(() => window.scrollTo(0, 0))
        await page.screenshot({ path: join(pictures, `${colorScheme}.png`), fullPage: true })
        for (const summary of await page.locator('summary').all()) await summary.click()
        await page.screenshot({ path: join(pictures, `${colorScheme}-open.png`), fullPage: true })
      }, 60_000)
      afterAll(() => page.context().close())

      it('shows every step', async () => {
        expect(await arrowsOf(page)).toEqual(ARROWS)
        expect(await page.textContent('#end')).toMatch(/^Done: one URL, 13 exchanges/)
        expect(seen.errors).toEqual([])
      })

      it('sends requests to the three servers of the demo only', () => {
        const origins = new Set(seen.urls.map((url) => new URL(url).origin))
        expect(origins).toEqual(
          new Set([
            flow.origin,
            servers.authorizationServer.issuer,
            new URL(servers.mcpUrl).origin,
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
        expect(text).toContain(`aud${servers.mcpUrl}The server it is for`)
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
        expect(page.url()).toBe(`${flow.origin}/`)
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
    const { page } = await open()
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
    await page.waitForURL(`${flow.origin}/`)
    await page.getByRole('button', { name: LOGIN }).waitFor()
    expect(await focused()).toBe(LOGIN)
    expect(await arrowsOf(page)).toEqual(ARROWS.slice(0, 21))
    await page.context().close()
  }, 30_000)

  it('pauses when a user opens an arrow', async () => {
    const { page } = await open()
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
      const { page } = await open({ reducedMotion })
      await page.getByRole('button', { name: 'One step' }).click()
      const animation = await page
        .locator('.arrow')
        .first()
        .evaluate((arrow) => getComputedStyle(arrow).animationName)
      expect(animation).toBe(reducedMotion === 'reduce' ? 'none' : 'out')
      await page.context().close()
    }
  })

  it('ends when the user denies access', async () => {
    const { page } = await open()
    await walkToTheLogin(page)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Deny' }).click()
    await page.getByRole('button', { name: 'Start again' }).waitFor()
    expect((await arrowsOf(page)).at(-1)?.[0]).toMatch(/^You denied access, so there is no token\./)
    expect(await page.textContent('#end')).toBe('The flow ended early.')
    await page.getByRole('button', { name: 'Start again' }).click()
    await page.getByRole('button', { name: LOGIN }).waitFor()
    expect(await arrowsOf(page)).toEqual(ARROWS.slice(0, 10))
    await page.context().close()
  })

  it.each([
    ['state=another', 'The response belongs to another request.'],
    ['state=STATE&iss=http://127.0.0.1:1', 'The response comes from another server.'],
    ['state=STATE', 'The response comes from another server.'],
  ])('rejects a response to another request: %s', async (query, message) => {
    const { page, seen } = await open()
    await walkToTheLogin(page)
    const state = seen.urls.flatMap((url) => new URL(url).searchParams.get('state') ?? []).at(-1)
    await page.goto(`${flow.origin}/?code=stolen&${query.replace('STATE', state ?? '')}`)
    await page.getByRole('button', { name: 'Start again' }).waitFor()
    expect((await arrowsOf(page)).at(-1)?.[0]).toBe(message)
    expect(seen.urls.some((url) => url.endsWith('/token'))).toBe(false)
    await page.context().close()
  })

  it('starts anew after an unsolicited response', async () => {
    const { page } = await open({}, `${flow.origin}/?code=stolen&state=whatever`)
    expect(await page.locator('.move').count()).toBe(0)
    expect(page.url()).toBe(`${flow.origin}/`)
    await page.getByRole('button', { name: 'Start the flow' }).waitFor()
    await page.context().close()
  })

  it('opens the login page again after the Back button', async () => {
    const { page } = await open()
    await walkToTheLogin(page)
    await page.goBack()
    expect(await arrowsOf(page)).toEqual(ARROWS.slice(0, 10))
    await page.getByRole('button', { name: LOGIN }).click()
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByText('Gets a token with scope notes:read.').first().waitFor()
    await page.context().close()
  })

  it.each([
    [
      'protected-resource',
      { resource: 'http://127.0.0.1:1/mcp' },
      'The document is about http://127.0.0.1:1/mcp',
    ],
    [
      'authorization-server',
      { issuer: 'http://127.0.0.1:1' },
      'The issuer of the document is http://127.0.0.1:1',
    ],
    [
      'authorization-server',
      { code_challenge_methods_supported: ['plain'] },
      'The server does not support PKCE',
    ],
  ])('stops when the %s document has %o', async (name, changes, message) => {
    const { page, seen } = await open()
    await page.context().route(new RegExp(`/oauth-${name}`), async (route) => {
      const response = await route.fetch()
      const document = { ...((await response.json()) as object), ...changes }
      await route.fulfill({ response, json: document })
    })
    await page.getByRole('button', { name: 'Start the flow' }).click()
    await page.getByRole('button', { name: 'Start again' }).waitFor()
    expect((await arrowsOf(page)).at(-1)).toEqual([message, 'stopped here'])
    expect(seen.urls.at(-1)).toContain(name)
    await page.context().close()
  })

  it('reports an expired code', async () => {
    const { page } = await open()
    await page.context().route(/\/token$/, (route) =>
      route.fulfill({
        status: 400,
        headers: { 'Access-Control-Allow-Origin': '*' },
        json: { error: 'invalid_grant' },
      }),
    )
    await walkToTheLogin(page)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('button', { name: 'Start again' }).waitFor()
    expect((await arrowsOf(page)).at(-1)?.[0]).toMatch(/^The code has expired\./)
    expect(await exchange(page, 'Sends the code and')).toContain('"error": "invalid_grant"')
    await page.context().close()
  })

  it('reports a server that does not respond', async () => {
    const { page } = await open()
    await page.context().route(/well-known/, (route) => route.abort())
    await page.getByRole('button', { name: 'Start the flow' }).click()
    await page.getByRole('button', { name: 'Start again' }).waitFor()
    expect((await arrowsOf(page)).at(-1)).toEqual([
      `${new URL(servers.mcpUrl).host} did not respond. Is the demo still running?`,
      'stopped here',
    ])
    await page.context().close()
  })

  it('works with opaque tokens', async () => {
    const other = await startFlowPage()
    const opaque = await startServers({ origins: [other.origin], opaque: true })
    other.setServers(opaque)
    const { page, seen } = await open({}, other.origin)
    await walkToTheEnd(page)
    expect((await arrowsOf(page)).map(([caption]) => caption).slice(-3)).toEqual([
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

  interface Seen {
    /** What was requested, by the page and by the login pages. */
    readonly urls: string[]
    /** Tokens, their signatures, codes and verifiers, as they went over the wire. */
    secrets(): Promise<string[]>
    /** Console errors, without those for rejected requests. */
    readonly errors: string[]
  }

  /** The page in a new profile, with less waiting between the arrows. */
  async function open(
    options: BrowserContextOptions = {},
    url = flow.origin,
  ): Promise<{ page: Page; seen: Seen }> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 860 },
      reducedMotion: 'reduce',
      ...options,
    })
    const page = await context.newPage()
    await hasten(page)

    const sent: string[] = []
    const issued: Promise<string[]>[] = []
    const secrets = async () => [...sent, ...(await Promise.all(issued)).flat()]
    const seen: Seen = { urls: [], secrets, errors: [] }
    page.on('pageerror', (error) => seen.errors.push(String(error)))
    page.on('console', (message) => {
      const isRejection = message.text().startsWith('Failed to load resource')
      if (message.type() === 'error' && !isRejection) seen.errors.push(message.text())
    })
    page.on('request', (request) => {
      seen.urls.push(request.url())
      const form = new URLSearchParams(request.postData() ?? '')
      for (const name of ['code', 'code_verifier']) sent.push(...form.getAll(name))
    })
    page.on('response', (response) => {
      if (!response.url().endsWith('/token')) return
      const tokens = tokensIn(response)
      issued.push(tokens)
      // A test may close its page before the response is read.
      tokens.catch(() => {})
    })
    await page.goto(url)
    return { page, seen }
  }

  async function walkToTheLogin(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Start the flow' }).click()
    await page.getByRole('button', { name: LOGIN }).click()
    await page.getByRole('button', { name: 'Sign in' }).waitFor()
  }

  async function walkToTheEnd(page: Page): Promise<void> {
    await walkToTheLogin(page)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('button', { name: LOGIN }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('button', { name: 'Start again' }).waitFor()
  }

  /** Captions and labels of all arrows, in order. */
  async function arrowsOf(page: Page): Promise<string[][]> {
    const arrows = await page
      .locator('.move')
      .evaluateAll((moves) =>
        moves.map((move) =>
          ['.caption', '.label'].map((part) => move.querySelector(part)?.textContent?.trim() ?? ''),
        ),
      )
    const first = new URL(page.url()).origin === flow.origin
    return arrows.map(([caption = '', label = '']) => [
      first ? caption.replace(issuerHost(), 'HOST') : caption,
      label,
    ])
  }

  /** What is to be read after opening the first arrow that says this. */
  async function exchange(page: Page, caption: string): Promise<string> {
    const details = page.locator('details', { hasText: caption }).first()
    return (await details.locator('.exchange').textContent()) ?? ''
  }

  function issuerHost(): string {
    return new URL(servers.authorizationServer.issuer).host
  }

  function metadataUrl(): string {
    return new URL('/.well-known/oauth-protected-resource/mcp', servers.mcpUrl).href
  }
})

describe('startFlowPage()', () => {
  let flow: FlowPage
  beforeAll(async () => {
    flow = await startFlowPage()
  })
  afterAll(() => flow.close())

  it('responds with 404 before setServers()', async () => {
    expect((await fetch(flow.origin)).status).toBe(404)
  })

  it('serves the page with a policy that allows only its own script, style and servers', async () => {
    flow.setServers({
      mcpUrl: 'http://127.0.0.1:1/mcp',
      authorizationServer: { issuer: 'http://127.0.0.1:2' } as Servers['authorizationServer'],
    })
    const response = await fetch(flow.origin)
    const policy = response.headers.get('Content-Security-Policy')?.split('; ') ?? []
    expect(response.headers.get('Referrer-Policy')).toBe('no-referrer')
    expect(policy).toContain("default-src 'none'")
    expect(policy).toContain('connect-src http://127.0.0.1:1 http://127.0.0.1:2')
    expect(policy.join()).not.toMatch(/unsafe|\*/)
    expect(await response.text()).toContain(
      '<meta name="mcp-server" content="http://127.0.0.1:1/mcp">',
    )
  })

  it('serves one page, with GET and HEAD only', async () => {
    expect((await fetch(`${flow.origin}/favicon.ico`)).status).toBe(404)
    expect((await fetch(flow.origin, { method: 'POST' })).status).toBe(405)
    expect(await (await fetch(flow.origin, { method: 'HEAD' })).text()).toBe('')
  })

  it('redirects other host names to the origin that the MCP server lists', async () => {
    const { port } = new URL(flow.origin)
    const location = await new Promise((resolve) => {
      get(flow.origin, { headers: { Host: `localhost:${port}` } }, (response) => {
        response.resume()
        resolve(response.headers.location)
      })
    })
    expect(location).toBe(`${flow.origin}/`)
  })

  it('serves a file that loads nothing', () => {
    const html = readFileSync(new URL('../../examples/demo/flow.html', import.meta.url), 'utf8')
    // The link to the product is the only one.
    const rest = html.replace('href="https://www.npmjs.com/package/mcp-gatehouse"', '')
    const found = rest.match(/ src=| href="(?!data:)|@import|\burl\((?!\))|innerHTML|https:/g)
    expect(found).toBeNull()
  })
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

/** WCAG 2.2, relative luminance. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = (colour.match(/[\d.]+/g) ?? []).map((part) => {
    const value = Number(part) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** The access token in a response of the token endpoint, and its signature. */
async function tokensIn(response: Response): Promise<string[]> {
  const { access_token: token } = (await response.json()) as { access_token?: string }
  return token === undefined ? [] : [token, ...token.split('.').slice(2)]
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}
