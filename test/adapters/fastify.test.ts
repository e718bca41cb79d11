/** The Fastify plugin as applications register it. */

import type { Readable } from 'node:stream'
import fastify, { type FastifyInstance } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { gatehouse } from '../../adapters/fastify.ts'
import { bearerAuth } from '../../adapters/node/index.ts'
import { ExchangeError } from '../../src/exchange/index.ts'
import { authOf, type ProtectedResource, requireScopes } from '../../src/index.ts'
import { METADATA_URL } from '../support/issuer.ts'
import { callTool } from '../support/mcp.ts'
import { bearer } from '../support/node-server.ts'
import { bearerChallenge } from '../support/rejection.ts'
import { type SetupOptions, setUp } from '../support/setup-resource.ts'

const POLICY = { 'tools/call wipe': ['delete'], '*': [] }
const running: FastifyInstance[] = []

afterEach(async () => {
  for (const app of running.splice(0)) await app.close()
})

async function server(setup: SetupOptions = {}, path?: string) {
  const scene = await setUp(setup)
  const app = fastify()
  running.push(app)
  let runs = 0
  await app.register(gatehouse, { resource: scene.resource, path })
  app.register((routes, _options, done) => {
    routes.all('/mcp', async (request) => {
      runs += 1
      return { subject: authOf(request).subject, body: request.body ?? null }
    })
    routes.get('/mcp/forbidden', async (request) => requireScopes(authOf(request), ['delete']))
    routes.get('/mcp/broken', async () => {
      throw new Error('broken')
    })
    routes.get('/mcp/unavailable', async () => {
      throw new ExchangeError({ ok: false, code: 'unavailable', retryAfterSeconds: 7 })
    })
    routes.get('/health', async () => 'fine')
    done()
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const headers = bearer(await scene.issuer.token())
  return { ...scene, app, origin, headers, runs: () => runs }
}

describe('gatehouse()', () => {
  it('serves metadata, challenges, and passes accepted requests on', async () => {
    const { origin, resource, headers, runs } = await server()
    const document = await fetch(`${origin}${new URL(METADATA_URL).pathname}`)
    expect(await document.json()).toEqual(resource.metadata)
    const rejected = await fetch(`${origin}/mcp`)
    expect([rejected.status, rejected.headers.get('WWW-Authenticate')]).toEqual([
      401,
      bearerChallenge(undefined, undefined, METADATA_URL),
    ])
    expect(runs()).toBe(0)
    const accepted = await fetch(`${origin}/mcp`, { headers })
    expect(await accepted.json()).toEqual({ subject: 'user-1', body: null })
    expect(await (await fetch(`${origin}/health`)).text()).toBe('fine')
  })

  it.each(['application/json', 'application/json; charset=utf-8'])(
    'gives the handler the body that operations have read, as %s',
    async (type) => {
      const { origin, headers, runs } = await server({ options: { operations: POLICY } })
      const call = (body: unknown, chunked = false) =>
        fetch(`${origin}/mcp`, {
          method: 'POST',
          headers: { ...headers, 'Content-Type': type },
          body: chunked ? new Blob([JSON.stringify(body)]).stream() : JSON.stringify(body, null, 2),
          duplex: 'half',
        } as RequestInit)
      const body = { ...callTool('look'), note: 'ümlaut' }
      for (const chunked of [false, true]) {
        const accepted = await call(body, chunked)
        expect([accepted.status, await accepted.json()]).toEqual([200, { subject: 'user-1', body }])
      }
      const rejected = await call(callTool('wipe'))
      expect(rejected.status).toBe(403)
      expect(rejected.headers.get('WWW-Authenticate')).toBe(
        bearerChallenge('insufficient_scope', 'delete', METADATA_URL),
      )
      expect(runs()).toBe(2)
    },
  )

  it.each([
    // As `rawBody: true` of NestJS has it; releases of Fastify before 5.12 pass the chunks on as they are.
    ['joins bytes', async (payload: Readable) => String(Buffer.concat(await payload.toArray()))],
    [
      'reads text',
      async (payload: Readable) => (await payload.setEncoding('utf8').toArray()).join(''),
    ],
  ])('gives the body that operations have read to a parser that %s', async (_, read) => {
    const { resource, issuer } = await setUp({ options: { operations: POLICY } })
    const app = fastify()
    running.push(app)
    await app.register(gatehouse, { resource })
    app.removeContentTypeParser('application/json')
    app.addContentTypeParser('application/json', async (_request: unknown, payload: unknown) => {
      return JSON.parse(await read(payload as Readable))
    })
    app.post('/mcp', async (request) => request.body)
    const origin = await app.listen({ host: '127.0.0.1', port: 0 })
    const body = { ...callTool('look'), note: 'ümlaut' }
    const response = await fetch(`${origin}/mcp`, {
      method: 'POST',
      headers: { ...bearer(await issuer.token()), 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect([response.status, await response.json()]).toEqual([200, body])
  })

  it('leaves bodies alone without operations', async () => {
    const { origin, headers } = await server()
    const response = await fetch(`${origin}/mcp`, {
      method: 'POST',
      headers: { ...headers, 'Content-Type': 'application/json' },
      body: '{"a":1}',
    })
    expect(await response.json()).toEqual({ subject: 'user-1', body: { a: 1 } })
  })

  it.each(['/MCP', '/%6dcp', '/mcp/', '//mcp', '/mcp;x', '/mcp/deep/er', '/mcp?x=1', '/%256dcp'])(
    'guards %s, which a router may read as the path',
    async (target) => {
      const { app, runs } = await server()
      const response = await app.inject({ url: target })
      expect([400, 401]).toContain(response.statusCode)
      expect(runs()).toBe(0)
    },
  )

  it('guards the target of the client and the one that rewriteUrl makes of it', async () => {
    const { resource } = await setUp({ options: { resource: 'https://rs.example/v1/mcp' } })
    const app = fastify({ rewriteUrl: ({ url = '' }) => url.replace(/^\/v1/, '') })
    running.push(app)
    await app.register(gatehouse, { resource })
    await app.register(gatehouse, { resource, path: '/admin' })
    for (const path of ['/mcp', '/admin']) app.get(path, async () => 'ran')
    for (const url of ['/v1/mcp', '/v1/admin', '/admin']) {
      expect((await app.inject({ url })).statusCode).toBe(401)
    }
  })

  it('guards another path where the server has one', async () => {
    const { app } = await server({}, '/health')
    expect((await app.inject({ url: '/health' })).statusCode).toBe(401)
  })

  it.each([false, true])(
    'guards a path with a semicolon, where useSemicolonDelimiter is %s',
    async (useSemicolonDelimiter) => {
      const { resource } = await setUp({ options: { resource: 'https://rs.example/mcp;v=1' } })
      const app = fastify({ useSemicolonDelimiter })
      running.push(app)
      await app.register(gatehouse, { resource })
      for (const path of ['/mcp', '/mcp;v=1', '/mcp;v=1/below']) app.get(path, async () => 'ran')
      for (const url of ['/mcp;v=1', '/mcp%3Bv=1', '/mcp;v=1/below', '/mcp;v=1?x', '/MCP;V=1']) {
        const { statusCode } = await app.inject({ url })
        expect({ url, isGuarded: [400, 401].includes(statusCode) }).toEqual({
          url,
          isGuarded: true,
        })
      }
    },
  )

  it.each(['mcp', 'https://rs.example/mcp', '/:tenant/mcp', '/mcp/*', '/mcp?x'])(
    'rejects %j as the path, which would guard nothing',
    async (path) => {
      const { resource } = await setUp()
      const app = fastify()
      running.push(app)
      await expect(app.register(gatehouse, { resource, path })).rejects.toThrow('must be a path')
    },
  )

  it.each(['scopes', 'acrValues', 'maxAgeSeconds', 'optional', 'requirement'])(
    'rejects %s beside requirements, which would have no effect',
    async (name) => {
      const { resource } = await setUp()
      const app = fastify()
      running.push(app)
      await expect(
        app.register(gatehouse, { resource, prefix: '', [name]: [] }),
      ).rejects.toMatchObject({
        name: 'ConfigError',
        problems: [
          { path: name, message: 'is not an option of the plugin; move it into requirements' },
        ],
      })
    },
  )

  it('turns an AuthError into its challenge, and leaves other errors to Fastify', async () => {
    const { origin, headers } = await server()
    const forbidden = await fetch(`${origin}/mcp/forbidden`, { headers })
    expect([forbidden.status, forbidden.headers.get('WWW-Authenticate')]).toEqual([
      403,
      bearerChallenge('insufficient_scope', 'delete', METADATA_URL),
    ])
    expect((await fetch(`${origin}/mcp/broken`, { headers })).status).toBe(500)
  })

  it.each(['before', 'after'])('leaves errors to a handler that is set %s it', async (order) => {
    const { resource, issuer } = await setUp()
    const app = fastify({ allowErrorHandlerOverride: false })
    running.push(app)
    const setHandler = () =>
      app.setErrorHandler((error, _request, reply) => reply.code(418).send(String(error)))
    if (order === 'before') setHandler()
    await app.register(gatehouse, { resource })
    if (order === 'after') setHandler()
    app.get('/mcp/forbidden', async (request) => requireScopes(authOf(request), ['delete']))
    app.get('/mcp/broken', async () => {
      throw new Error('broken')
    })
    const headers = bearer(await issuer.token())
    const forbidden = await app.inject({ url: '/mcp/forbidden', headers })
    expect([forbidden.statusCode, forbidden.headers['www-authenticate']]).toEqual([
      403,
      bearerChallenge('insufficient_scope', 'delete', METADATA_URL),
    ])
    const broken = await app.inject({ url: '/mcp/broken', headers })
    expect([broken.statusCode, broken.body]).toEqual([418, 'Error: broken'])
  })

  it('turns an ExchangeError of an outage into a 503', async () => {
    const { origin, headers } = await server()
    const response = await fetch(`${origin}/mcp/unavailable`, { headers })
    expect([response.status, response.headers.get('Retry-After')]).toEqual([503, '7'])
    expect(response.headers.has('WWW-Authenticate')).toBe(false)
  })

  it('answers preflights, and binds sessions', async () => {
    const { origin, headers, app } = await server({
      options: { sessions: { secret: 'x'.repeat(32) } },
    })
    const preflight = await fetch(`${origin}/mcp`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://rs.example', 'Access-Control-Request-Method': 'POST' },
    })
    expect(preflight.status).toBe(204)
    const forged = await app.inject({ url: '/mcp', headers: { ...headers, 'mcp-session-id': 'x' } })
    expect(forged.statusCode).toBe(404)
  })
})

describe('gatehouse() for two resources', () => {
  async function twoResources() {
    const notes = await setUp({ options: { resource: 'https://rs.example/notes' } })
    const files = await setUp({ options: { resource: 'https://rs.example/files' } })
    const app = fastify()
    running.push(app)
    app.register(gatehouse, { resource: notes.resource })
    app.register(gatehouse, { resource: files.resource })
    for (const path of ['/notes', '/files']) {
      app.post(path, async (request) => requireScopes(authOf(request), ['delete']))
    }
    return { app, notes, files }
  }

  it('serves the metadata of both', async () => {
    const { app, notes, files } = await twoResources()
    for (const { resource } of [notes, files]) {
      const url = new URL(resource.metadataUrl).pathname
      expect((await app.inject({ url })).json()).toEqual(resource.metadata)
    }
    const unknown = await app.inject({ url: '/.well-known/oauth-protected-resource/others' })
    expect(unknown.statusCode).toBe(404)
  })

  it('challenges for the resource whose handler throws', async () => {
    const { app, notes, files } = await twoResources()
    for (const { resource, issuer } of [notes, files]) {
      const headers = bearer(await issuer.token({ aud: resource.identifier }))
      const { pathname: url } = new URL(resource.identifier)
      const response = await app.inject({ method: 'POST', url, headers })
      expect([response.statusCode, response.headers['www-authenticate']]).toEqual([
        403,
        bearerChallenge('insufficient_scope', 'delete', resource.metadataUrl),
      ])
    }
  })

  it('serves the metadata of each host where they have one path', async () => {
    const app = fastify()
    running.push(app)
    const url = '/.well-known/oauth-protected-resource/mcp'
    const resources = new Map<string, ProtectedResource>()
    for (const host of ['a.example', 'b.example']) {
      const { resource } = await setUp({ options: { resource: `https://${host}/mcp` } })
      resources.set(host, resource)
      app.register((below, _options, done) => {
        below.register(gatehouse, { resource })
        for (const path of ['/mcp', url]) below.get(path, { constraints: { host } }, async () => '')
        done()
      })
    }
    for (const [host, { metadata }] of resources) {
      expect((await app.inject({ url, headers: { host } })).json()).toEqual(metadata)
      expect((await app.inject({ url: '/mcp', headers: { host } })).statusCode).toBe(401)
    }
  })

  it('may be registered for one resource at two paths', async () => {
    const { resource } = await setUp()
    const app = fastify()
    running.push(app)
    app.register(gatehouse, { resource })
    app.register(gatehouse, { resource, path: '/admin' })
    const { pathname: url } = new URL(resource.metadataUrl)
    expect((await app.inject({ url })).json()).toEqual(resource.metadata)
    for (const path of ['/mcp', '/admin']) {
      expect((await app.inject({ url: path })).statusCode).toBe(401)
    }
  })
})

describe('gatehouse() in an encapsulated context', () => {
  async function encapsulated(isRegisteredAbove: boolean) {
    const { resource, events } = await setUp()
    const app = fastify()
    running.push(app)
    if (isRegisteredAbove) app.register(gatehouse, { resource, path: '/other' })
    app.register(
      (below, _options, done) => {
        below.register(gatehouse, { resource })
        below.get('/mcp', async () => 'ran')
        done()
      },
      { prefix: '/api' },
    )
    await app.ready()
    return { app, resource, paths: events.flatMap((each) => ('path' in each ? [each.path] : [])) }
  }

  it('says that the metadata is out of reach', async () => {
    const { paths } = await encapsulated(false)
    expect(paths).toEqual(['fastify'])
  })

  it('serves the metadata where the instance above has the plugin, too', async () => {
    const { app, resource, paths } = await encapsulated(true)
    expect(paths).toEqual([])
    const { pathname: url } = new URL(resource.metadataUrl)
    expect((await app.inject({ url })).json()).toEqual(resource.metadata)
  })
})

describe('bearerAuth() as a hook, without the plugin', () => {
  it('fails loudly where the parser of Fastify would wait for ever', async () => {
    const { resource, issuer } = await setUp({ options: { operations: POLICY } })
    const app = fastify()
    running.push(app)
    const guard = bearerAuth(resource)
    app.addHook('onRequest', (request, reply, done) => guard(request.raw, reply.raw, done))
    let runs = 0
    app.post('/mcp', async () => {
      runs += 1
    })
    const origin = await app.listen({ host: '127.0.0.1', port: 0 })
    const response = await fetch(`${origin}/mcp`, {
      method: 'POST',
      headers: { ...bearer(await issuer.token()), 'Content-Type': 'application/json' },
      body: JSON.stringify(callTool('look')),
    })
    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({
      message: expect.stringContaining('mcp-gatehouse/fastify'),
    })
    expect(runs).toBe(0)
  })
})
