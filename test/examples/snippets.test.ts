/** What examples/snippets shows, and `npm run docs` copies into doc comments, does what it says. */

import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type Jwk,
  type ProtectedResource,
  protect,
  type Rejection,
  verifyAccessToken,
} from 'mcp-gatehouse'
import { authzen as createAuthzen } from 'mcp-gatehouse/authzen'
import { createTokenExchange } from 'mcp-gatehouse/exchange'
import { createTestIssuer } from 'mcp-gatehouse/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import * as authzen from '../../examples/snippets/authzen.ts'
import * as bun from '../../examples/snippets/bun.ts'
import * as cloudflare from '../../examples/snippets/cloudflare.ts'
import * as core from '../../examples/snippets/core.ts'
import * as errors from '../../examples/snippets/core-errors.ts'
import * as events from '../../examples/snippets/core-events.ts'
import * as options from '../../examples/snippets/core-options.ts'
import * as ports from '../../examples/snippets/core-ports.ts'
import * as servers from '../../examples/snippets/core-servers.ts'
import * as deno from '../../examples/snippets/deno.ts'
import * as exchange from '../../examples/snippets/exchange.ts'
import * as gateway from '../../examples/snippets/gateway.ts'
import * as hono from '../../examples/snippets/hono.ts'
import * as node from '../../examples/snippets/node.ts'
import * as otel from '../../examples/snippets/otel.ts'
import * as providers from '../../examples/snippets/providers.ts'
import * as redis from '../../examples/snippets/redis.ts'
import * as testing from '../../examples/snippets/testing.ts'
import { createDenoKv } from '../support/deno-kv.ts'

const ISSUER = 'https://auth.example.com'
const RESOURCE = 'https://api.example.com/notes'

// One issuer for all tests: resources at module scope keep its keys.
const issuer = createTestIssuer({ issuer: ISSUER, resource: RESOURCE })
let token: string
const hostFetch = globalThis.fetch

beforeEach(async () => {
  issuer.restore()
  Object.assign(issuer.requests, { metadata: 0, jwks: 0, introspection: 0 })
  token = await issuer.token({ scope: 'notes:read notes:write', auth_time: Date.now() / 1000 })
  vi.stubGlobal('fetch', issuer.fetch)
})
afterEach(() => vi.unstubAllGlobals())

function request(init: RequestInit = {}, path = ''): Request {
  return new Request(RESOURCE + path, {
    ...init,
    headers: { Authorization: `Bearer ${token}`, ...init.headers },
  })
}

async function textOf(response: Response | Promise<Response>): Promise<string> {
  const known = await response
  expect(known.status).toBe(200)
  return known.text()
}

describe('examples/snippets/core.ts', () => {
  it('makes resources and finds their metadata', async () => {
    expect(core.notes.identifier).toBe(core.options.resource)
    const target = core.pointToMetadata(core.notes).headers.get('Location') ?? ''
    expect(JSON.parse(await textOf(core.serveMetadata(new Request(target))))).toEqual(
      core.notes.metadata,
    )
    expect(core.serveMetadata(request()).status).toBe(404)
    const mirrored = new Request('https://api.example.com/.well-known/oauth-authorization-server')
    expect(JSON.parse(await textOf(core.mirror(mirrored)))).toEqual(issuer.metadata)
  })

  it.each([
    core.handle,
    core.serve,
    core.answerBrowsers,
    core.complete,
    core.greetAll,
    core.handleDelete,
  ])('handler %# accepts a token, and rejects an expired one', async (handle) => {
    expect((await handle(request())).status).toBe(200)
    token = await issuer.token({ exp: 0 })
    expect((await handle(request())).status).toBe(401)
  })

  it('verifies tokens outside of requests', async () => {
    expect(await core.open({ token })).toBe('user-1')
  })

  it('checks scopes in handlers and turns errors into responses', async () => {
    const run = protect(core.notes, (_, auth) => new Response(core.deleteNote(auth, 'note-1')))
    expect(await textOf(run(request()))).toBe('note-1 is deleted')
    token = await issuer.token({ scope: 'notes:read' })
    expect((await run(request())).status).toBe(403)
    const caught = await core.catchAll(request(), () => Promise.reject(new Error('other')))
    expect(caught.status).toBe(500)
  })

  it('chooses a resource by tenant', async () => {
    expect((await core.handleTenant(request({}, '?tenant=acme'))).status).toBe(200)
    expect((await core.handleTenant(request({}, '?tenant=other'))).status).toBe(404)
  })

  it('reads contexts, operations and rejections', async () => {
    const describeCaller = protect(core.notes, (_, auth) => new Response(core.describeCaller(auth)))
    expect(await textOf(describeCaller(request()))).toBe(
      `${ISSUER} user-1 through client-1, with notes:read notes:write`,
    )
    const act = { client_id: 'agent', act: { sub: 'desk' } }
    const delegated = await issuer.token({ act })
    const auth = await verifyAccessToken(delegated, core.notes)
    expect(core.describeDelegation(auth)).toBe(`${auth.subject} through agent through desk`)
    expect(auth.actor && core.nameOf(auth.actor)).toBe('agent')
    expect(await core.canDelete(auth)).toBe(true)
    expect(await core.listTools(auth)).toEqual([{ name: 'list_notes' }, { name: 'delete_note' }])
    expect(core.describePermission({ ok: true })).toBe('allowed')
    const denial = { ok: false, scopes: [], denied: true } as const
    expect(core.describePermission(denial)).toBe('not available')
    expect(core.describePermission({ ok: false, scopes: ['a', 'b'], denied: false })).toBe(
      'needs a b',
    )
    expect([core.listed, core.tool.name, core.diary.uri]).toHaveLength(3)
    expect(await textOf(core.greetAll(new Request(RESOURCE)))).toBe('Hello')
    expect(core.label({ method: 'tools/call', name: 'add' })).toBe('tools/call add')
    const rejection = (await core.serve(new Request(RESOURCE))) as Rejection
    expect(core.withoutBody(rejection).headers.get('WWW-Authenticate')).toContain('Bearer')
  })

  it('hands over what the host knows, and checks requirements at once', async () => {
    expect(await textOf(core.serveParsed(request(), { id: 1 }))).toBe('{"id":1}')
    expect(await core.route({ scopes: ['notes:read'] })(request())).toHaveProperty('ok', true)
    expect(() => core.route({ maxAgeSeconds: -1 })).toThrow('maxAgeSeconds')
  })
})

describe('examples/snippets/core-options.ts', () => {
  it('gives options that resources accept', () => {
    expect(options.resources.map(({ identifier }) => identifier)).toEqual(Array(7).fill(RESOURCE))
    expect(options.methods).toContain('tools/call')
    expect(Object.keys(options.operations)).toContain(options.deletion)
  })

  it('rewrites metadata, verifies own tokens and decides about operations', async () => {
    expect(await options.discover()).toHaveProperty('jwks_uri', `${ISSUER}/jwks`)
    const context = { issuer: ISSUER, resource: RESOURCE, now: () => 1_800_000_000 }
    const found = { ...context, fetch: async () => Response.json({ sub: 'user-1' }) }
    expect(await options.custom.verify('session-1', found)).toHaveProperty('sub', 'user-1')
    expect(await options.custom.verify('session-2', found)).toBeNull()
    expect(await options.verify('session-1', found)).toMatchObject({ sub: 'user-1', aud: RESOURCE })
    const failed = { ...context, fetch: async () => new Response(null, { status: 401 }) }
    expect(await options.verify('session-1', failed)).toBeNull()
    const call = { method: 'tools/call', name: 'delete_note' }
    const args = { arguments: () => ({ amount: 5 }) }
    expect(options.decide(call, undefined, args)).toEqual(['notes:write'])
    const refund = { method: 'tools/call', name: 'refund' }
    expect(options.decideByAmount(refund, undefined, args)).toEqual(['refunds'])
    const large = { arguments: () => ({ amount: 101 }) }
    expect(options.decideByAmount(refund, undefined, large)).toHaveProperty('denied')
    expect(options.readOnly.denied).toBe('the server is read-only during the migration')
    const deletion = { method: 'tools/call', name: 'delete_tenant' }
    expect(options.byConsole(deletion, undefined, args)).toHaveProperty('denied')
    expect(options.byConsole(call, undefined, args)).toEqual(['tenants'])
    expect(options.rule).toEqual({ anyOf: ['notes:read', 'notes:write'] })
    expect(options.decided.identifier).toBe(RESOURCE)
  })
})

describe('examples/snippets/authzen.ts', () => {
  it('asks a policy decision point', async () => {
    const asked: string[] = []
    const fetch = async (url: string, init?: RequestInit) => {
      asked.push(url, String(init?.body))
      return Response.json({ decision: true })
    }
    const call = { arguments: () => undefined }
    const options = { ...authzen.options, fetch, map: () => authzen.evaluation }
    const decide = createAuthzen(options)
    expect(await decide({ method: 'tools/call' }, undefined, call)).toBe('public')
    expect(asked).toEqual([options.url, JSON.stringify(authzen.evaluation)])
    expect(authzen.notes.identifier).toBe(RESOURCE)
  })
})

describe('examples/snippets/core-errors.ts', () => {
  it('throws errors and distinguishes them', async () => {
    await expect(errors.verifySession('session-2')).rejects.toThrow('token_inactive')
    expect(await errors.verifySession('session-1')).toEqual({ sub: 'user-1' })
    expect(await errors.whyNot(token)).toBe('accepted')
    expect(await errors.whyNot(await issuer.token({ exp: 0 }))).toBe('token_expired')
    expect(errors.NEED_LOGIN).toContain('token_expired')
    expect(errors.TRY_AGAIN).toContain('timeout')
    expect(errors.toUpstreamError(`${ISSUER}/session`, 502)).toMatchObject({ status: 502 })
    expect(await errors.isUp(ISSUER)).toBe(true)
    issuer.fail('status')
    expect(await errors.isUp(ISSUER)).toBe(false)
    expect(errors.problemsOf({ resource: 'notes', authorizationServers: [] })).toEqual([
      'resource',
      'authorizationServers',
    ])
    expect(errors.readPort('80')).toBe(80)
    expect(() => errors.readPort('http')).toThrow('PORT')
  })
})

describe('examples/snippets/core-events.ts', () => {
  it('logs each type of event', async () => {
    await events.handle(request())
    await events.handle(request())
    token = await issuer.token({ aud: 'other' })
    await events.handle(request())
    const code = 'operation_denied'
    expect(events.formatUnenforced({ code, denied: 'x' })).toBe('would be operation_denied: x')
    const text = events.lines.join('\n')
    expect(text).toContain(`accepted a token of ${ISSUER} again`)
    expect(text).toContain(`401 token_audience, expected: ${RESOURCE}`)
    expect(text).toContain(`fetched ${ISSUER}/jwks`)
    expect(text).toMatch(/^dpop/m)
  })
})

describe('examples/snippets/core-ports.ts', () => {
  it('gives a resource its fetch, its stores and its background work', async () => {
    expect(await textOf(ports.serve(request()))).toBe('done')
    expect(await ports.replay.add('proof', 0)).toBe(true)
    expect(await ports.replay.add('proof', 0)).toBe(false)
    ports.waitUntil(Promise.resolve())
  })
})

describe('examples/snippets/core-servers.ts', () => {
  it('finds, checks and writes documents', async () => {
    expect(await servers.findTokenEndpoint()).toBe(`${ISSUER}/token`)
    expect(await servers.fetchFromPlace()).toEqual(issuer.metadata)
    expect(await servers.findProblems()).toEqual(expect.any(Array))
    expect(servers.urls).toEqual([`${ISSUER}/.well-known/oauth-authorization-server/acme`])
    expect(servers.url).toBe(core.notes.metadataUrl)
    expect(servers.metadata.authorization_servers).toEqual([ISSUER])
    expect(servers.offline.identifier).toBe(RESOURCE)
  })

  it('signs metadata', async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
    const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
    const { metadata } = await servers.signMetadata(pair.privateKey)
    expect(metadata['signed_metadata']).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/)
  })
})

describe('examples/snippets of the adapters', () => {
  const ctx = { waitUntil: () => undefined }
  const env = { ISSUER }
  const bunServer = { timeout: () => undefined }
  it.each<[string, (request: Request) => Response | Promise<Response>]>([
    ['hono.ts', (each) => hono.app.fetch(each)],
    ['hono.ts, typed routes', (each) => hono.mounted.fetch(each)],
    ['hono.ts, a resource by host', (each) => hono.perHost.fetch(each)],
    ['cloudflare.ts', (each) => cloudflare.worker.fetch(each, env, ctx)],
    ['cloudflare.ts, two resources', (each) => cloudflare.both.fetch(each, env, ctx)],
    ['deno.ts', (each) => deno.server(each, {})],
    ['bun.ts', (each) => bun.server.fetch(each, bunServer)],
  ])('%s accepts a token, and rejects none', async (_, serve) => {
    expect((await serve(request({ method: 'POST' }))).status).toBe(200)
    expect((await serve(new Request(RESOURCE, { method: 'POST' }))).status).toBe(401)
  })

  it.each<[string, RequestListener]>([
    ['listener', node.listener],
    ['app', node.app],
  ])('node.ts: %s accepts a token, and rejects none', async (_, listener) => {
    const server = createServer(listener).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/notes`
    const call = (scope: string) => async () => {
      const headers = { Authorization: `Bearer ${await issuer.token({ scope })}` }
      return (await hostFetch(url, { method: 'POST', headers })).status
    }
    try {
      expect(await call('notes:write')()).toBe(200)
      expect((await hostFetch(url, { method: 'POST' })).status).toBe(401)
    } finally {
      server.close()
    }
  })
})

describe('examples/snippets of stores', () => {
  const secret = 'at least thirty-two random characters'

  /** Two requests for two tokens: the second finds the documents in the store. */
  async function usesStore(makeResource: () => ProtectedResource): Promise<void> {
    for (let count = 0; count < 2; count += 1) {
      const handle = protect(makeResource(), () => new Response('done'))
      expect(await textOf(handle(request()))).toBe('done')
    }
    expect(issuer.requests).toMatchObject({ metadata: 1, jwks: 1 })
  }

  it('gateway.ts', async () => {
    const sent: string[] = []
    vi.stubGlobal('fetch', async (url: string, init?: RequestInit) => {
      if (!url.startsWith('http://127.0.0.1:9000/')) return issuer.fetch(url, init)
      sent.push(url)
      return Response.json(Object.fromEntries(new Headers(init?.headers)))
    })
    expect(JSON.parse(await textOf(gateway.handle(request())))).toMatchObject({
      'x-user': 'user-1',
    })
    expect(sent).toEqual(['http://127.0.0.1:9000/mcp'])
    expect(gateway.byVersion(request())).toBe(sent[0])
    const pair = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
      'sign',
      'verify',
    ])) as CryptoKeyPair
    const jwk = (await crypto.subtle.exportKey('jwk', pair.privateKey)) as Jwk
    const headers = JSON.parse(await textOf(gateway.forwardSigned(jwk)(request())))
    expect(headers['x-identity'].split('.')).toHaveLength(3)
    const { keys } = JSON.parse(await textOf(gateway.serveKeys(request(), jwk)))
    expect(keys).toHaveLength(1)
    const asked = { 'X-Original-Method': 'GET', 'X-Original-URI': '/notes' }
    const allowed = await gateway.decide(request({ headers: asked }))
    expect([allowed.status, allowed.headers.get('X-User')]).toEqual([200, 'user-1'])
    expect(gateway.limits.subpaths).toBe(true)
    expect(gateway.proxies).toContain(gateway.asking.proxy)
  })

  it('redis.ts', async () => {
    const values = new Map<string, string>()
    const command = redis.commandOf({
      sendCommand: async ([name = '', key = '', value = '']) => {
        if (name === 'GET') return values.get(key) ?? null
        values.set(key, value)
        return 'OK'
      },
    })
    await usesStore(() => redis.withRedis(command, secret))
  })

  it('cloudflare.ts', async () => {
    const values = new Map<string, string>()
    const namespace = {
      get: async (key: string) => values.get(key) ?? null,
      put: async (key: string, value: string) => void values.set(key, value),
    }
    await usesStore(() => cloudflare.withKv({ DOCUMENTS: namespace, STORE_SECRET: secret }))
    expect(cloudflare.withReplay({ REPLAY: { idFromName: String, get: Object } }).identifier).toBe(
      RESOURCE,
    )
  })

  it('cloudflare.ts with the cache', async () => {
    const values = new Map<string, Response>()
    const cache = {
      match: async (url: string) => values.get(url)?.clone(),
      put: async (url: string, response: Response) => void values.set(url, response),
    }
    await usesStore(() => cloudflare.withCache({ open: async () => cache }, secret))
  })

  it('cloudflare.ts with an object', async () => {
    const values = new Map<string, number>()
    const storage = {
      get: async (key: string) => values.get(key),
      put: async (key: string, value: number) => void values.set(key, value),
      delete: async () => 0,
      list: async () => new Map(),
      getAlarm: async () => null,
      setAlarm: async () => undefined,
    }
    const replay = cloudflare.makeReplay({ storage })
    const body = JSON.stringify(['digest', Date.now() / 1000 + 60])
    const add = () => replay.fetch(new Request('https://replay.invalid', { method: 'POST', body }))
    expect((await add()).status).not.toBe((await add()).status)
  })

  it('deno.ts', async () => {
    const kv = createDenoKv()
    expect(await deno.addOnce(kv, ['key'])).toBe(true)
    expect(await deno.addOnce(kv, ['key'])).toBe(false)
    expect(deno.isPresent(await kv.get(['key']))).toBe(true)
    expect(deno.isPresent(await kv.get(['other']))).toBe(false)
    await usesStore(() => deno.withKv(kv, secret))
  })
})

describe('examples/snippets/providers.ts', () => {
  it.each(Object.entries(providers))('%s names one server', (_, { metadata }) => {
    expect(metadata.authorization_servers).toEqual([expect.stringMatching(/^https:/)])
  })
})

describe('examples/snippets/testing.ts', () => {
  it('issues tokens, good and wrong, and fails on request', async () => {
    expect(await testing.rejectExpired()).toBe('token_expired')
    expect(testing.issuer.issuer).toBe(ISSUER)
    expect(await testing.statusWhile('unreachable', 'jwks')).toBe(503)
    expect(await testing.countRequests()).toEqual({ metadata: 1, jwks: 1, introspection: 0 })
    expect(await testing.withProof()).toBe(401)
  })
})

describe('examples/snippets/otel.ts', () => {
  it('makes a resource that counts', async () => {
    expect(await textOf(protect(otel.notes, () => new Response('done'))(request()))).toBe('done')
  })
})

describe('examples/snippets/exchange.ts', () => {
  const AUTH = 'https://auth.example.com'

  /** The servers of the snippets: a token endpoint with these answers, and the API. */
  function stubServers(...answers: Response[]): void {
    vi.stubGlobal('fetch', async (url: string) => {
      if (url.startsWith(`${AUTH}/.well-known/`)) {
        return Response.json({ issuer: AUTH, token_endpoint: `${AUTH}/token` })
      }
      if (url === `${AUTH}/token`) return answers.shift() ?? Response.error()
      return Response.json([1, 2])
    })
  }

  const GRANTED = { access_token: 't', token_type: 'Bearer', expires_in: 60 }
  const REFUSED = { error: 'consent_required', error_uri: 'https://auth.example.com/consent' }

  async function context(sub: string) {
    vi.stubGlobal('fetch', issuer.fetch)
    return verifyAccessToken(await issuer.token({ sub, scope: 'notes:read' }), core.notes)
  }

  it('calls the API, directly and by the token', async () => {
    const auth = await context('reader')
    stubServers(Response.json(GRANTED))
    expect(await exchange.countOrders(auth, exchange.orders)).toBe(2)
    expect(await (await exchange.readOrders(auth)).json()).toEqual([1, 2])
    expect(await exchange.consentPage(auth)).toBeUndefined()
    expect(await exchange.listOrders(auth)).toHaveProperty('content')
    const token = await exchange.orders.exchange(auth)
    expect(token.ok && exchange.authorizationOf(token)).toBe('Bearer t')
  })

  it('shows the page for the consent', async () => {
    const auth = await context('newcomer')
    stubServers(Response.json(REFUSED, { status: 400 }))
    expect(await exchange.consentPage(auth)).toBe(REFUSED.error_uri)
    expect(await exchange.listOrders(auth)).toHaveProperty('inputRequests')
    await expect(exchange.readOrders(auth)).rejects.toThrow('consent_required')
    const failure = await exchange.orders.exchange(auth)
    expect(!failure.ok && exchange.describe(failure)).toContain(REFUSED.error_uri)
  })

  it('has valid options', () => {
    const { options, target, client, cache, style } = exchange
    const all = { ...options, target, client, cache, style }
    expect(createTokenExchange(all)).toHaveProperty('fetch')
    expect(exchange.subject.type).toMatch(/^urn:/)
    expect(exchange.LASTING).not.toContain('unavailable')
  })
})
