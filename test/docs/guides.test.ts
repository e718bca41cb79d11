/** The claims of the guides are true. */

import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js'
import { describe, expect, it } from 'vitest'
import { bearerAuth, metadata } from '../../adapters/node/index.ts'
import { protect, protectedResource } from '../../src/index.ts'
import { createClock } from '../support/clock.ts'
import { createIssuer, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { callTool } from '../support/mcp.ts'
import { bearer, listen } from '../support/node-server.ts'
import { rawRequest } from '../support/raw-request.ts'
import { createScene } from '../support/scene.ts'

describe('docs/guides/behind-a-proxy.md', () => {
  it('is right about a prefix that the proxy removes', async () => {
    const { send, issuer, runs } = await createScene()
    const headers = { Authorization: `Bearer ${await issuer.token()}` }
    expect((await send(new Request('http://10.0.0.1:3000/', { headers }))).status).toBe(200)
    const rejected = await send(new Request('http://10.0.0.1:3000/'))
    expect(rejected.headers.get('WWW-Authenticate')).toContain(METADATA_URL)
    const { pathname } = new URL(METADATA_URL)
    const document = await send(new Request(`http://10.0.0.1:3000${pathname}`))
    expect(await document.json()).toMatchObject({ resource: RESOURCE })
    expect(runs).toHaveLength(1)
  })
})

describe('docs/guides/multi-tenant.md', () => {
  it('is right about a token of one tenant at another tenant', async () => {
    const issuer = await createIssuer()
    const server = { issuer: issuer.issuer }
    const tenants = ['a', 'b'].map((tenant) =>
      protectedResource({
        resource: `https://rs.example/${tenant}/mcp`,
        authorizationServers: [server],
        fetch: issuer.fetch,
        now: createClock().now,
      }),
    )
    const send = protect(tenants, (_request, auth) => new Response(auth.identifier))
    const headers = {
      Authorization: `Bearer ${await issuer.token({ aud: 'https://rs.example/a/mcp' })}`,
    }
    const statuses = ['a/mcp', 'a/mcp/x', 'b/mcp', 'c/mcp', 'a/mcpx'].map(
      async (path) => (await send(new Request(`https://rs.example/${path}`, { headers }))).status,
    )
    expect(await Promise.all(statuses)).toEqual([200, 200, 401, 404, 404])
  })
})

describe('the tenant function of docs/guides/multi-tenant.md', () => {
  async function setUp() {
    const issuer = await createIssuer()
    const server = { issuer: issuer.issuer }
    const resources = new Map(
      ['a', 'b'].map((tenant) => [
        tenant,
        protectedResource({
          resource: `https://rs.example/${tenant}/mcp`,
          authorizationServers: [server],
          fetch: issuer.fetch,
          now: createClock().now,
        }),
      ]),
    )
    const send = protect(
      (request) => {
        const tenant = new URL(request.url).pathname.split('/')[1] ?? ''
        return resources.get(tenant)
      },
      (_request, auth) => new Response(auth.identifier),
    )
    const token = await issuer.token({ aud: 'https://rs.example/a/mcp' })
    return async (url: string) => {
      const response = await send(
        rawRequest(url, { headers: { Authorization: `Bearer ${token}` } }),
      )
      return response.status
    }
  }

  it.each([
    'http://x\\a/b/mcp',
    'https://rs.example/a/mcp/../../b/mcp',
    'https://rs.example/a/mcp/%2e%2e/%2e%2e/b/mcp',
    'https://rs.example/a/mcp/..%2F..%2Fb/mcp',
    'https://rs.example/a/..%5Cb/mcp',
    'https://rs.example/a/%252e%252e/b/mcp',
    'https://rs.example/%61/mcp',
    'https://rs.example/a%2Fmcp',
    'https://rs.example//a/mcp',
  ])('rejects %j, which some router reads as another tenant', async (url) => {
    expect(await (await setUp())(url)).toBe(400)
  })

  it('accepts paths with escapes, and only tokens of the same tenant', async () => {
    const statusOf = await setUp()
    for (const path of ['/a/mcp', '/a/mcp/100%25', '/a/mcp/caf%C3%A9', '/a/mcp/x%2Fy']) {
      expect(await statusOf(`https://rs.example${path}`)).toBe(200)
    }
    expect(await statusOf('https://rs.example/b/mcp')).toBe(401)
    expect(await statusOf('https://rs.example/c/mcp')).toBe(404)
  })
})

describe('docs/guides/migrating-from-require-bearer-auth.md', () => {
  it('is right about an app that parses bodies before bearerAuth', async () => {
    const issuer = await createIssuer()
    const notes = protectedResource({
      resource: RESOURCE,
      authorizationServers: [issuer.issuer],
      operations: { 'tools/call wipe': ['admin'] },
      fetch: issuer.fetch,
      now: createClock().now,
    })
    const app = createMcpExpressApp()
    app.use(metadata(notes))
    app.use('/mcp', bearerAuth(notes))
    app.post('/mcp', (req, res) => {
      res.json({ method: req.body.method, auth: (req as { auth?: unknown }).auth })
    })
    const client = await listen(app)
    const headers = { ...bearer(await issuer.token()), 'content-type': 'application/json' }
    const call = async (name: string) => {
      const body = JSON.stringify(callTool(name))
      return client.send({ method: 'POST', path: '/mcp', headers, body })
    }
    expect((await call('wipe')).status).toBe(403)
    const passed = await call('look')
    expect(passed.status).toBe(200)
    expect(JSON.parse(passed.body.toString())).toMatchObject({
      method: 'tools/call',
      auth: { scopes: ['read'], clientId: 'client-1', extra: { subject: 'user-1' } },
    })
    const { pathname: path } = new URL(METADATA_URL)
    expect((await client.send({ path })).status).toBe(200)
  })
})
