/** CORS in a real browser: scripts must see the responses, and only those meant for them. */

import { createServer, type Server } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { protect } from '../../adapters/node/index.ts'
import { listen, stop } from '../../examples/demo/listen.ts'
import { type Servers, startServers } from '../../examples/demo/servers.ts'
import { protectedResource } from '../../src/index.ts'
import { createTestIssuer } from '../../src/testing/index.ts'
import { hasChromium, launchChromium } from '../support/chromium.ts'
import type { Asked, Outcome, Seen } from './page.ts'

describe.skipIf(!hasChromium())('Chromium', { timeout: 30_000 }, () => {
  let browser: Browser
  let servers: Servers
  let app: PageServer
  let stranger: PageServer
  let page: Page

  beforeAll(async () => {
    const script = await bundle('page.ts')
    ;[app, stranger] = await Promise.all([servePage(script), servePage(script)])
    servers = await startServers({ origins: [app.origin] })
    browser = await launchChromium()
    page = await browser.newPage()
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await Promise.all([servers?.close(), app?.close(), stranger?.close()])
  })

  it('a script of a listed origin can read the challenge of a 401', async () => {
    await page.goto(app.origin)
    const seen = await ask(page, servers.mcpUrl, tool('list_notes'))
    expect(seen.status).toBe(401)
    expect(seen.headers['www-authenticate']).toBe(
      `Bearer scope="notes:read", resource_metadata="${metadataUrl()}"`,
    )
    expect(JSON.parse(seen.body)).toEqual({
      error: 'unauthorized',
      error_description: 'An access token is required.',
    })
  })

  it('an MCP client runs discovery, login, token request, call and step-up', async () => {
    const first = await call(page, 'list_notes')
    await logIn(page, loginOf(first), ['Sign in', 'Allow Browser client?'])
    expect(await call(page, 'list_notes')).toEqual({ text: '1: Buy milk\n2: Water the plants' })

    const stepUp = loginOf(await call(page, 'delete_note', { id: 1 }))
    expect(new URL(stepUp).searchParams.get('scope')?.split(' ')).toEqual(
      expect.arrayContaining(['notes:read', 'notes:write']),
    )
    await logIn(page, stepUp, ['Allow Browser client?'])
    expect(await call(page, 'delete_note', { id: 1 })).toEqual({ text: 'Deleted note 1.' })
  })

  it('a script can read a 403 and a 200 with the exposed headers', async () => {
    const headers = { Authorization: `Bearer ${await readOnlyToken()}` }
    const rejected = await ask(page, servers.mcpUrl, tool('delete_note', headers))
    expect(rejected.status).toBe(403)
    expect(rejected.headers['www-authenticate']).toContain('scope="notes:read notes:write"')
    const named = { ...headers, 'Mcp-Method': 'tools/call', 'Mcp-Name': 'list_notes' }
    const answered = await ask(page, servers.mcpUrl, tool('list_notes', named))
    expect(answered.status).toBe(200)
    expect(answered.body).toContain('Water the plants')
  })

  it('a script of another origin can read the public metadata only', async () => {
    const other = await browser.newPage()
    await other.goto(stranger.origin)
    await expect(ask(other, servers.mcpUrl, tool('list_notes'))).rejects.toThrow('Failed to fetch')
    // A request without a preflight, as of a form, must be rejected too.
    await expect(ask(other, servers.mcpUrl, { method: 'POST', body: '{}' })).rejects.toThrow(
      'Failed to fetch',
    )
    const seen = await ask(other, metadataUrl(), {
      headers: { 'MCP-Protocol-Version': '2025-06-18' },
    })
    expect(JSON.parse(seen.body).resource).toBe(servers.mcpUrl)
    await other.close()
  })

  it('a cached response of one user is not reused for another, nor for no user', async () => {
    const issuer = createTestIssuer({ resource: `${app.origin}/mcp` })
    const resource = protectedResource({
      resource: `${app.origin}/mcp`,
      authorizationServers: [issuer.issuer],
      origins: '*',
      fetch: issuer.fetch,
    })
    const cacheable = { headers: { 'Cache-Control': 'private, max-age=60' } }
    const server = createServer(
      protect(
        resource,
        (_request, auth) => new Response(auth.anonymous ? 'none' : auth.subject, cacheable),
        { optional: true },
      ),
    )
    const origin = await listen(server)
    try {
      await page.goto(app.origin)
      const seen: string[] = []
      for (const sub of ['alice', 'bob', undefined]) {
        const token = sub === undefined ? undefined : await issuer.token({ sub })
        const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
        seen.push((await ask(page, `${origin}/mcp/report`, { headers })).body)
      }
      expect(seen).toEqual(['alice', 'bob', 'none'])
    } finally {
      await stop(server)
    }
  })

  function metadataUrl(): string {
    return new URL('/.well-known/oauth-protected-resource/mcp', servers.mcpUrl).href
  }

  function call(on: Page, name: string, args = {}): Promise<Outcome> {
    return on.evaluate(({ url, name, args }) => window.page.call(url, name, args), {
      url: servers.mcpUrl,
      name,
      args,
    })
  }

  /** The login of the user. @returns The headings of the pages. */
  async function logIn(on: Page, url: string, headings: readonly string[]): Promise<void> {
    await on.goto(url)
    const seen: (string | null)[] = []
    while (!on.url().startsWith(`${app.origin}/callback`)) {
      seen.push(await on.textContent('h1'))
      await Promise.all([on.waitForNavigation(), on.click('button:first-of-type')])
    }
    expect(seen).toEqual(headings)
    await on.evaluate((mcpUrl) => window.page.finishLogin(mcpUrl), servers.mcpUrl)
  }

  /** A valid token without `notes:write`. */
  function readOnlyToken(): Promise<string> {
    const now = Math.floor(Date.now() / 1000)
    return servers.authorizationServer.signAccessToken({
      iss: servers.authorizationServer.issuer,
      aud: servers.mcpUrl,
      sub: 'ada',
      client_id: 'browser',
      scope: 'notes:read',
      iat: now,
      exp: now + 60,
      jti: 'read-only',
    })
  }
})

function ask(on: Page, url: string, init: Asked): Promise<Seen> {
  return on.evaluate(({ url, init }) => window.page.ask(url, init), { url, init })
}

function tool(name: string, headers: Record<string, string> = {}): Asked {
  return {
    method: 'POST',
    headers: {
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
      'MCP-Protocol-Version': '2025-11-25',
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name, arguments: {} },
    }),
  }
}

function loginOf(outcome: Outcome): string {
  if ('login' in outcome) return outcome.login
  throw new Error(`There was no login but an answer: ${outcome.text}`)
}

interface PageServer {
  readonly origin: string
  close(): Promise<void>
}

/** Serves the page at every path of a separate origin. */
async function servePage(script: string): Promise<PageServer> {
  const server: Server = createServer((request, response) => {
    const isScript = request.url === '/page.js'
    response.writeHead(200, { 'Content-Type': isScript ? 'text/javascript' : 'text/html' })
    response.end(
      isScript ? script : '<!doctype html><title>Page</title><script src="/page.js"></script>',
    )
  })
  const origin = await listen(server)
  return { origin, close: () => stop(server) }
}

async function bundle(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(name, import.meta.url))],
    bundle: true,
    format: 'iife',
    platform: 'browser',
    target: 'es2023',
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]?.text ?? ''
}
