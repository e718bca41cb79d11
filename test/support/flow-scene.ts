/** The flow page of the demo in Chromium, and how a user walks through it. */

import type { Browser, BrowserContextOptions, Page, Response } from 'playwright-core'
import { expect } from 'vitest'
import { type FlowPage, startFlowPage } from '../../examples/demo/flow-page.ts'
import { type Servers, startServers } from '../../examples/demo/servers.ts'
import { hasten, launchChromium } from './chromium.ts'

/** Every arrow of the walk: what it says, and what is written on it. HOST stands for ports. */
export const ARROWS = [
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

/** The button that leads to the login page. */
export const LOGIN = 'Open the login page'

/** What a page did, with its login pages. */
export interface Seen {
  /** What was requested, by the page and by the login pages. */
  readonly urls: string[]
  /** Tokens, their signatures, codes and verifiers, as they went over the wire. */
  secrets(): Promise<string[]>
  /** Console errors, without those for rejected requests. */
  readonly errors: string[]
}

export interface FlowScene {
  readonly flow: FlowPage
  readonly servers: Servers
  /** The page in a new profile, with less waiting between the arrows. */
  open(options?: BrowserContextOptions, url?: string): Promise<{ page: Page; seen: Seen }>
  /** Captions and labels of all arrows, in order. */
  arrowsOf(page: Page): Promise<string[][]>
  close(): Promise<void>
}

export async function startFlowScene(): Promise<FlowScene> {
  const flow = await startFlowPage()
  const servers = await startServers({ origins: [flow.origin] })
  flow.setServers(servers)
  const browser = await launchChromium()
  const { host } = new URL(servers.authorizationServer.issuer)
  return {
    flow,
    servers,
    open: (options = {}, url = flow.origin) => open(browser, url, options),
    arrowsOf: async (page) =>
      (await arrowsOf(page)).map(([caption = '', label = '']) => [
        caption.replace(host, 'HOST'),
        label,
      ]),
    async close() {
      await browser.close()
      await Promise.all([servers.close(), flow.close()])
    },
  }
}

export async function walkToTheLogin(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Start the flow' }).click()
  await page.getByRole('button', { name: LOGIN }).click()
  await page.getByRole('button', { name: 'Sign in' }).waitFor()
}

/** As far as the 403, where the user may grant more. */
export async function walkToTheStepUp(page: Page): Promise<void> {
  await walkToTheLogin(page)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByRole('button', { name: LOGIN }).waitFor()
}

export async function walkToTheEnd(page: Page): Promise<void> {
  await walkToTheStepUp(page)
  await page.getByRole('button', { name: LOGIN }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByRole('button', { name: 'Start again' }).waitFor()
}

/** What is to be read after opening the first arrow that says this. */
export async function exchange(page: Page, caption: string): Promise<string> {
  const details = page.locator('details', { hasText: caption }).first()
  return (await details.locator('.exchange').textContent()) ?? ''
}

async function open(
  browser: Browser,
  url: string,
  options: BrowserContextOptions,
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

function arrowsOf(page: Page): Promise<string[][]> {
  return page
    .locator('.move')
    .evaluateAll((moves) =>
      moves.map((move) =>
        ['.caption', '.label'].map((part) => move.querySelector(part)?.textContent?.trim() ?? ''),
      ),
    )
}

/** The access token in a response of the token endpoint, and its signature. */
async function tokensIn(response: Response): Promise<string[]> {
  const { access_token: token } = (await response.json()) as { access_token?: string }
  return token === undefined ? [] : [token, ...token.split('.').slice(2)]
}
