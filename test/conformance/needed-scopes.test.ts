/** SCO-03, SCO-04: the error of requireScopes() in a handler names all scopes that the request needs. */

import { McpServer as FirstMajor } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import express from 'express'
import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { protect as protectWorker } from '../../adapters/cloudflare/index.ts'
import { type AuthVariables, bearerAuth as guardHono } from '../../adapters/hono.ts'
import {
  authErrors,
  authOf,
  bearerAuth,
  protect as protectNode,
} from '../../adapters/node/index.ts'
import {
  type AnonymousContext,
  type AuthContext,
  AuthError,
  authenticate,
  challengeResponse,
  type ProtectedResource,
  protect,
  requireScopes,
  verifyAccessToken,
} from '../../src/index.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { callTool, message, post } from '../support/mcp.ts'
import { asResponse, listen } from '../support/node-server.ts'
import { expectRejection } from '../support/rejection.ts'
import { createScene, type Scene, type SceneOptions } from '../support/scene.ts'
import { thrownBy } from '../support/thrown-by.ts'

const POLICY: SceneOptions = {
  requiredScopes: ['read'],
  operations: {
    'tools/call delete_note': ['write'],
    'tools/call search': { anyOf: ['search', 'admin'] },
    'tools/call help': 'public',
    'tools/list': 'public',
    initialize: 'public',
    'notifications/initialized': 'public',
  },
}
const ROUTE = { scopes: ['route'] }
const GRANTED = 'read write admin route mail'

/** What a request of the newest revision says of itself. */
const META = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1.0.0' },
  'io.modelcontextprotocol/clientCapabilities': {},
}

type Auth = AuthContext | AnonymousContext

describe('requireScopes() of a context', () => {
  it('SCO-03: names the scopes of the resource, the route, every operation, and its own', async () => {
    const scene = await createScene(POLICY)
    const batch = [callTool('delete_note'), callTool('search'), callTool('delete_note')]
    const auth = await decide(scene, { body: batch, needs: ROUTE })
    expect(scopesOf(() => requireScopes(auth, ['share']))).toEqual(
      // Of a choice the first is the best, whichever was granted.
      ['read', 'route', 'write', 'search', 'share'],
    )
    expect(scopesOf(() => requireScopes(auth, ['share', 'read', 'export']))).toEqual([
      'read',
      'route',
      'write',
      'search',
      'share',
      'export',
    ])
    expect(() => requireScopes(auth, ['mail'])).not.toThrow()
  })

  it('SCO-03: without a policy it names the scopes of the resource and the route', async () => {
    const scene = await createScene({ requiredScopes: ['read'] })
    const chosen = { scopes: { anyOf: ['write', 'admin'] } }
    for (const time of [1, 2]) {
      const auth = await decide(scene, { body: callTool('x'), needs: chosen })
      expect([time, scopesOf(() => requireScopes(auth, ['share']))]).toEqual([
        time,
        ['read', 'write', 'share'],
      ])
    }
    const plain = await decide(scene, { body: callTool('x') })
    expect(scopesOf(() => requireScopes(plain, ['share']))).toEqual(['read', 'share'])
  })

  it('SCO-03: a public operation needs nothing, so nothing is added', async () => {
    const scene = await createScene(POLICY)
    const auth = await decide(scene, { body: callTool('help') })
    expect(scopesOf(() => requireScopes(auth, ['share']))).toEqual(['share'])
  })

  it('SCO-03: for an anonymous context the 401 names these scopes', async () => {
    const scene = await createScene(POLICY)
    const request = new Request(RESOURCE, post(callTool('help')))
    const auth = await authenticate(request, scene.resource, { optional: true })
    if (!auth.ok) throw new Error('refused')
    for (const copy of [auth, { ...auth }]) {
      const error = thrownBy(() => requireScopes(copy, ['share']))
      expect(error).toMatchObject({ code: 'credentials_missing', scopes: ['share'] })
    }
  })

  it('SCO-03: works with copies of the context and is not part of its JSON', async () => {
    const scene = await createScene(POLICY)
    const auth = await decide(scene, { body: callTool('delete_note') })
    const copies = [
      { ...auth },
      { ...auth, extra: { ...auth.extra, tenant: 'a' } },
      Object.assign({}, auth),
      { ...Object.freeze({ ...auth }) },
    ]
    for (const copy of copies) {
      expect(scopesOf(() => requireScopes(copy, ['share']))).toEqual(['read', 'write', 'share'])
    }
    const text = JSON.stringify(auth)
    const names = Object.entries(auth).flatMap(([name, value]) =>
      value === undefined ? [] : [name],
    )
    expect(Object.keys(JSON.parse(text)).sort()).toEqual(names.sort())
    expect(text).not.toMatch(/needed|allOf/i)
    // What has only scopes, as the SDK's AuthInfo, has only its own.
    const { token, clientId, scopes } = auth
    const info = { token, clientId, scopes }
    expect(scopesOf(() => requireScopes(info, ['share']))).toEqual(['share'])
    expect(scopesOf(() => requireScopes(JSON.parse(text), ['share']))).toEqual(['share'])
  })

  it('SCO-03: works with a context of verifyAccessToken() too', async () => {
    const scene = await createScene({ requiredScopes: ['read'] })
    const token = await scene.issuer.token({ scope: GRANTED })
    const auth = await verifyAccessToken(token, scene.resource, ROUTE)
    expect(scopesOf(() => requireScopes(auth, ['share']))).toEqual(['read', 'route', 'share'])
  })

  it('SCO-04: with repeatGrantedScopes it names the granted scopes', async () => {
    const scene = await createScene({
      ...POLICY,
      repeatGrantedScopes: true,
      scopeHierarchy: { mail: ['mail:read'] },
    })
    const auth = await decide(scene, { body: callTool('delete_note') })
    const expected = ['read', 'write', 'share', 'admin', 'route', 'mail']
    for (const copy of [auth, { ...auth }]) {
      expect(scopesOf(() => requireScopes(copy, ['share']))).toEqual(expected)
    }
    const error = new AuthError('scope_insufficient', { scopes: ['share'] })
    await expectNeeds(challengeResponse(error, scene.resource, undefined, auth), expected.join(' '))
  })

  it('SCO-03: a missing context is rejected', () => {
    for (const auth of [undefined, null] as never[]) {
      const error = thrownBy(() => requireScopes(auth, ['share']))
      expect(error).toMatchObject({ code: 'credentials_missing', status: 401, scopes: ['share'] })
    }
    for (const scopes of ['share', undefined] as never[]) {
      expect(scopesOf(() => requireScopes({ scopes }, ['share']))).toEqual(['share'])
    }
  })
})

describe('challengeResponse()', () => {
  it('SCO-03: names all scopes, also for a consumed request', async () => {
    const scene = await createScene(POLICY)
    const request = new Request(RESOURCE, post(callTool('delete_note')))
    request.headers.set('Authorization', await bearerOf(scene))
    const auth = await authenticate(request, scene.resource)
    if (!auth.ok) throw new Error('refused')
    const error = thrownBy(() => requireScopes({ ...auth }, ['share']))
    for (const seen of [request, request.clone(), new Request(RESOURCE), undefined]) {
      const response = challengeResponse(error, scene.resource, seen)
      await expectNeeds(response, 'read write share')
    }
  })

  it('SCO-03: adds the scopes of the context to every error', async () => {
    const scene = await createScene(POLICY)
    const auth = await decide(scene, { body: callTool('delete_note') })
    const error = new AuthError('scope_insufficient', { scopes: ['share'] })
    for (const needs of [auth, { ...auth }]) {
      const response = challengeResponse(error, scene.resource, undefined, needs)
      await expectNeeds(response, 'read write share')
    }
    await expectNeeds(
      challengeResponse(error, scene.resource, undefined, ROUTE),
      'read route share',
    )
    await expectNeeds(challengeResponse(error, scene.resource), 'read share')
    // Scopes that another resource granted are not required here.
    const resource = 'https://rs.example/other'
    const other = await createScene({ resource, requiredScopes: ['other'] })
    await expectRejection(challengeResponse(error, other.resource, undefined, auth), {
      status: 403,
      error: 'insufficient_scope',
      scope: 'other share',
      resourceMetadata: other.resource.metadataUrl,
    })
  })
})

interface Host {
  /** Sends a POST through a guard with {@link ROUTE} to a handler. */
  readonly ask: (resource: ProtectedResource, headers: Fields, body: string) => Promise<Response>
}

type Fields = Record<string, string>

const HOSTS: Readonly<Record<string, (run: (auth: Auth) => void) => Host>> = {
  'protect()': (run) => ({
    ask: async (resource, headers, body) => {
      const send = protect(resource, (_, auth) => answer(run, auth), ROUTE)
      return send(new Request(RESOURCE, { method: 'POST', headers, body }))
    },
  }),
  'a request that is replaced': (run) => ({
    ask: async (resource, headers, body) => {
      const send = protect(resource, (_, auth) => answer(run, { ...auth }), ROUTE)
      return send(new Request(new Request(RESOURCE, { method: 'POST', headers, body }).clone()))
    },
  }),
  Hono: (run) => ({
    ask: async (resource, headers, body) => {
      const app = new Hono<{ Variables: AuthVariables }>()
      app.use(guardHono(resource, ROUTE))
      app.post('/mcp', (c) => answer(run, c.var.auth))
      // The handler of Hono prints the error.
      app.onError(() => new Response(null, { status: 500 }))
      return app.request(RESOURCE, { method: 'POST', headers, body })
    },
  }),
  Workers: (run) => ({
    ask: async (resource, headers, body) => {
      const worker = protectWorker(resource, (_, auth) => answer(run, auth), ROUTE)
      const request = new Request(RESOURCE, { method: 'POST', headers, body })
      return worker.fetch(request, {}, { waitUntil: () => {} })
    },
  }),
  Node: (run) => ({
    ask: async (resource, headers, body) => {
      const client = await listen(protectNode(resource, (_, auth) => answer(run, auth), ROUTE))
      return asResponse(await client.send({ method: 'POST', path: '/mcp', headers, body }))
    },
  }),
  Express: (run) => ({
    ask: async (resource, headers, body) => {
      const app = express()
      app.use(bearerAuth(resource, ROUTE), (req, res) => {
        run(authOf(req))
        res.end('done')
      })
      app.use(authErrors(resource))
      const client = await listen(app)
      return asResponse(await client.send({ method: 'POST', path: '/mcp', headers, body }))
    },
  }),
}

describe.each(Object.entries(HOSTS))('behind a policy, %s', (_, host) => {
  it.each<[string, (auth: Auth) => void]>([
    ['requireScopes()', (auth) => requireScopes(auth, ['share'])],
    ['requireScopes() of a copy', (auth) => requireScopes({ ...auth }, ['share'])],
    [
      'an error made by hand',
      () => {
        throw new AuthError('scope_insufficient', { scopes: ['share'] })
      },
    ],
  ])('SCO-03: names all required scopes for %s, and accepts a token with them', async (_, run) => {
    const scene = await createScene(POLICY)
    const body = JSON.stringify(callTool('delete_note'))
    const ask = async (scope: string): Promise<Response> => {
      const authorization = await bearerOf(scene, scope)
      const headers = { authorization, 'content-type': 'application/json' }
      return host(run).ask(scene.resource, headers, body)
    }
    await expectNeeds(await ask('read write route'), 'read route write share')
    if (run.length > 0) expect((await ask('read route write share')).status).toBe(200)
  })
})

describe('inside a tool of the real SDK', () => {
  it.each([
    ['2025-11-25', {}, {}],
    ['2026-07-28', { 'Mcp-Method': 'tools/call', 'Mcp-Name': 'delete_note' }, { _meta: META }],
  ])('SCO-03: 2.x, %s', async (revision, names, meta) => {
    const scene = await createScene(POLICY)
    const seen: unknown[] = []
    const mcp = createMcpHandler(() => {
      const server = new McpServer({ name: 'notes', version: '1.0.0' })
      server.registerTool('delete_note', { description: 'Deletes.' }, (ctx) => {
        seen.push(scopesOf(() => requireScopes(ctx.http?.authInfo, ['share'])))
        return { content: [] }
      })
      return server
    })
    const send = protect(scene.resource, (request, auth) => mcp.fetch(request, { authInfo: auth }))
    const Authorization = await bearerOf(scene)
    const headers = { Authorization, 'MCP-Protocol-Version': revision, ...names }
    const call = message('tools/call', { name: 'delete_note', arguments: {}, ...meta })
    const response = await send(new Request(RESOURCE, post(call, headers)))
    await response.text()
    expect([response.status, seen]).toEqual([200, [['read', 'write', 'share']]])
  })

  it('SCO-03: 1.x in Express', async () => {
    const scene = await createScene(POLICY)
    const seen: unknown[] = []
    const app = express()
    app.post('/mcp', bearerAuth(scene.resource, ROUTE), async (req, res) => {
      const server = new FirstMajor({ name: 'notes', version: '1.0.0' })
      server.registerTool('delete_note', { description: 'Deletes.' }, ({ authInfo }) => {
        seen.push(scopesOf(() => requireScopes(authInfo, ['share'])))
        return { content: [] }
      })
      const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true })
      await server.connect(transport)
      await transport.handleRequest(req, res, req.body)
    })
    const client = await listen(app)
    const headers = {
      authorization: await bearerOf(scene),
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': '2025-11-25',
    }
    const body = JSON.stringify(callTool('delete_note'))
    const response = await client.send({ method: 'POST', path: '/mcp', headers, body })
    expect([response.status, seen]).toEqual([200, [['read', 'route', 'write', 'share']]])
  })
})

async function bearerOf({ issuer }: Scene, scope = GRANTED): Promise<string> {
  return `Bearer ${await issuer.token({ scope })}`
}

interface Decided {
  readonly body: unknown
  readonly needs?: Parameters<typeof authenticate>[2] & { optional?: false }
}

async function decide(scene: Scene, { body, needs }: Decided): Promise<AuthContext> {
  const request = new Request(RESOURCE, post(body))
  request.headers.set('Authorization', await bearerOf(scene))
  const auth = await authenticate(request, scene.resource, needs)
  if (!auth.ok) throw new Error(await auth.text())
  return auth
}

function scopesOf(run: () => unknown): readonly string[] {
  return (thrownBy(run) as AuthError).scopes
}

function answer(run: (auth: Auth) => void, auth: Auth): Response {
  run(auth)
  return new Response('done')
}

async function expectNeeds(response: Response, scope: string): Promise<void> {
  await expectRejection(response, {
    status: 403,
    error: 'insufficient_scope',
    scope,
    resourceMetadata: METADATA_URL,
  })
}
