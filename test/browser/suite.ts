/** CORS in a real browser: scripts must see the responses, and only those meant for them. */

import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Servers, startServers } from '../../examples/demo/servers.ts'
import type { AuthContext } from '../../src/index.ts'
import type { Asked, Outcome, Seen } from './page.ts'
import { bundle, endless, type PageServer, serveGuarded, servePage } from './servers.ts'

/** A browser under the control of a test. */
export interface Driver {
  /** What a `fetch` says that the browser does not allow, or whose response it hides. */
  readonly hidden: string
  open(): Promise<Tab>
  close(): Promise<void>
}

export interface Tab {
  goto(url: string): Promise<void>
  /** The value of an expression in the page, which may be a promise of JSON. */
  evaluate(expression: string): Promise<unknown>
  close(): Promise<void>
}

/** The tests of one browser. */
export function testBrowser(launch: () => Promise<Driver>): void {
  let browser: Driver
  let servers: Servers
  let app: PageServer
  let stranger: PageServer
  let page: Tab

  beforeAll(async () => {
    const script = await bundle('page.ts')
    ;[app, stranger] = await Promise.all([servePage(script), servePage(script)])
    servers = await startServers({ origins: [app.origin] })
    browser = await launch()
    page = await browser.open()
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
    const other = await browser.open()
    await other.goto(stranger.origin)
    await expect(ask(other, servers.mcpUrl, tool('list_notes'))).rejects.toThrow(browser.hidden)
    // A request without a preflight, as of a form, must be rejected too.
    await expect(ask(other, servers.mcpUrl, { method: 'POST', body: '{}' })).rejects.toThrow(
      browser.hidden,
    )
    const seen = await ask(other, metadataUrl(), {
      headers: { 'MCP-Protocol-Version': '2025-06-18' },
    })
    expect(JSON.parse(seen.body).resource).toBe(servers.mcpUrl)
    await other.close()
  })

  it('a cached response of one user is not reused for another, nor for no user', async () => {
    const cacheable = { headers: { 'Cache-Control': 'private, max-age=60' } }
    const report = await serveGuarded(
      { origins: '*' },
      (_request, auth) => new Response(auth.anonymous ? 'none' : auth.subject, cacheable),
      { optional: true },
    )
    try {
      await page.goto(app.origin)
      const seen: string[] = []
      for (const sub of ['alice', 'bob', undefined]) {
        const token = sub === undefined ? undefined : await report.issuer.token({ sub })
        const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` }
        seen.push((await ask(page, report.url, { headers })).body)
      }
      expect(seen).toEqual(['alice', 'bob', 'none'])
    } finally {
      await report.close()
    }
  })

  it('a token of a key that never leaves the page passes, once the page has the nonce', async () => {
    const bound = await serveGuarded(
      { origins: [app.origin], dpop: { required: true, nonce: { secret: 's'.repeat(32) } } },
      (_request, auth) => new Response((auth as AuthContext).scheme),
    )
    try {
      await page.goto(app.origin)
      const jkt = await evaluate<string>(page, 'makeKey')
      const token = await bound.issuer.token({ cnf: { jkt } })
      const proven = () => evaluate<Seen>(page, 'askWithProof', bound.url, token)
      const first = await proven()
      expect(first.status).toBe(401)
      expect(first.headers['www-authenticate']).toMatch(/^DPoP error="use_dpop_nonce"/)
      expect(first.headers['dpop-nonce']).toMatch(/^[\w-]+(\.[\w-]+)*$/)
      expect(await proven()).toMatchObject({ status: 200, body: 'DPoP' })
    } finally {
      await bound.close()
    }
  })

  it('a script can read its session id, use it, and end the session', async () => {
    const opened: string[] = []
    const sessions = await serveGuarded(
      { origins: [app.origin], sessions: { secret: 's'.repeat(32) } },
      ({ method, headers }) => {
        opened.push(`${method} ${headers.get('Mcp-Session-Id')}`)
        return new Response('', { headers: { 'Mcp-Session-Id': 'one' } })
      },
    )
    try {
      await page.goto(app.origin)
      const headers = { Authorization: `Bearer ${await sessions.issuer.token()}` }
      const { headers: received } = await ask(page, sessions.url, { method: 'POST', headers })
      const id = received['mcp-session-id'] ?? ''
      expect(id).toMatch(/^one\.[\w-]+$/)
      for (const method of ['POST', 'DELETE']) {
        const own = { ...headers, 'Mcp-Session-Id': id }
        expect((await ask(page, sessions.url, { method, headers: own })).status).toBe(200)
      }
      expect(opened).toEqual(['POST null', 'POST one', 'DELETE one'])
    } finally {
      await sessions.close()
    }
  })

  it('a script reads an event stream to its end, which comes with that of its token', async () => {
    const listening = await serveGuarded(
      { origins: [app.origin], clockToleranceSeconds: 0 },
      () => new Response(endless(), { headers: { 'Content-Type': 'text/event-stream' } }),
    )
    try {
      await page.goto(app.origin)
      const exp = Math.floor(Date.now() / 1000) + 2
      const headers = { Authorization: `Bearer ${await listening.issuer.token({ exp })}` }
      const seen = await ask(page, listening.url, { headers })
      expect(seen).toMatchObject({ status: 200, body: 'data: hello\n\n' })
      expect(Date.now() / 1000).toBeGreaterThanOrEqual(exp)
    } finally {
      await listening.close()
    }
  })

  function metadataUrl(): string {
    return new URL('/.well-known/oauth-protected-resource/mcp', servers.mcpUrl).href
  }

  function call(on: Tab, name: string, args = {}): Promise<Outcome> {
    return evaluate(on, 'call', servers.mcpUrl, name, args)
  }

  /** The login of the user. @returns The headings of the pages. */
  async function logIn(on: Tab, url: string, headings: readonly string[]): Promise<void> {
    await on.goto(url)
    const seen: unknown[] = []
    while (!(await placeOf(on)).startsWith(`${app.origin}/callback`)) {
      seen.push(await on.evaluate(`document.querySelector('h1').textContent`))
      await leave(on, `document.querySelector('button').click()`)
    }
    expect(seen).toEqual(headings)
    await until(on, 'window.page !== undefined')
    await evaluate(on, 'finishLogin', servers.mcpUrl)
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
}

function ask(on: Tab, url: string, init: Asked): Promise<Seen> {
  return evaluate(on, 'ask', url, init)
}

/** Calls a function of the page. */
async function evaluate<Result>(on: Tab, name: string, ...args: unknown[]): Promise<Result> {
  const list = args.map((each) => JSON.stringify(each)).join(', ')
  return (await on.evaluate(`window.page.${name}(${list})`)) as Result
}

async function placeOf(on: Tab): Promise<string> {
  return String(await on.evaluate('location.href'))
}

/** Waits until the next document is complete. */
async function leave(on: Tab, action: string): Promise<void> {
  await on.evaluate(`window.isLeaving = true; ${action}; undefined`)
  await until(on, `window.isLeaving === undefined && document.readyState === 'complete'`)
}

/** Between two documents, a browser may evaluate nothing. */
async function until(on: Tab, condition: string): Promise<void> {
  while (!(await on.evaluate(condition).catch(() => false))) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
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
