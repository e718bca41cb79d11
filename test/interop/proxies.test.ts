/** Proxies with the lines of docs/guides/behind-a-proxy.md: those that forward, and those that ask. */

import { once } from 'node:events'
import { Agent, createServer, type IncomingMessage, request as open } from 'node:http'
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2'
import { request as openTls, Agent as TlsAgent } from 'node:https'
import type { LookupFunction } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { protect } from '../../adapters/node/index.ts'
import { createConfig } from '../../src/cli/serve/config.ts'
import { createGatewayServer } from '../../src/cli/serve/server.ts'
import { createBoundScene } from '../support/bound-scene.ts'
import { createHolder, prove } from '../support/holder.ts'
import { createIssuer, METADATA_URL } from '../support/issuer.ts'
import { portOf, start } from '../support/node-server.ts'
import { bearerChallenge } from '../support/rejection.ts'
import { createScene } from '../support/scene.ts'
import { type Answer, startUpstream } from '../support/upstream.ts'
import { blocksOf, has, type ProxyName, type RunningProxy, startProxy } from './proxies.ts'

const GUIDE = 'behind-a-proxy'
const METADATA_PATH = new URL(METADATA_URL).pathname
const CHALLENGE = bearerChallenge(undefined, undefined, METADATA_URL)

const running: RunningProxy[] = []
afterEach(async () => {
  for (const proxy of running.splice(0)) await proxy.stop()
})

interface Asked {
  readonly method?: string
  readonly path?: string
  readonly headers?: Record<string, string | string[]>
  readonly body?: string
  readonly secure?: boolean
  /** With a connection for each request, where it is missing. */
  readonly agent?: Agent
}

async function ask(proxy: RunningProxy, asked: Asked = {}): Promise<IncomingMessage> {
  const { method = 'POST', path = '/mcp', headers = {}, body, secure = false, agent } = asked
  const { port, ca } = proxy
  const named = { host: `localhost:${port}`, ...headers }
  const options = { host: '127.0.0.1', port, method, path, headers: named, agent: agent ?? false }
  const sending = secure ? openTls({ ...options, servername: 'localhost', ca }) : open(options)
  sending.end(body)
  const [response] = (await once(sending, 'response')) as [IncomingMessage]
  return response
}

function toLoopback(...[, options, done]: Parameters<LookupFunction>): void {
  if (options.all) done(null, [{ address: '127.0.0.1', family: 4 }])
  else done(null, '127.0.0.1', 4)
}

async function textOf(response: IncomingMessage): Promise<string> {
  return Buffer.concat(await response.toArray()).toString()
}

/** The fixed order of the blocks in the guide. */
const FORWARDING: readonly [ProxyName, string, secure: boolean][] = [
  ['nginx', 'nginx', true],
  ['caddy', 'caddyfile', true],
  ['haproxy', 'haproxy', true],
  ['apache2', 'apache', false],
  ['varnishd', 'vcl', false],
  ['lighttpd', 'lighttpd', true],
  ['nghttpx', 'ini', true],
  ['squid', 'squid', false],
  ['traffic_server', 'ats', true],
  ['h2o', 'yaml h2o', true],
]

/** They notice that a client has left when they send it the next event. */
const NOTICES_LATE: readonly ProxyName[] = ['apache2', 'varnishd', 'lighttpd', 'h2o']

/**
 * Squid closes the connection of a client when the response begins before the body has ended. A client that still
 * writes may not receive the response: on a busy machine, in half of the runs.
 */
const CLOSES_EARLY: readonly ProxyName[] = ['squid']

describe.each(FORWARDING)('%s that forwards', (name, language, secure) => {
  it.skipIf(!has(name))('keeps challenges, long headers and single events', async () => {
    const scene = await createScene()
    let send: (text: string) => void = () => {}
    const guard = await start(
      createServer(
        { maxHeaderSize: 65_536 },
        protect(scene.resource, (request) =>
          request.method === 'GET'
            ? new Response(
                new ReadableStream({
                  start(controller) {
                    send = (text) => controller.enqueue(new TextEncoder().encode(text))
                    send(': open\n\n')
                  },
                }),
                { headers: { 'Content-Type': 'text/event-stream' } },
              )
            : new Response(request.body),
        ),
      ),
    )
    const [lines = ''] = await blocksOf(GUIDE, language)
    const proxy = await startProxy(name, lines, { guard: portOf(guard), server: 1 })
    running.push(proxy)

    const rejected = await ask(proxy, { secure, body: '{}' })
    expect(rejected.statusCode).toBe(401)
    expect(rejected.headers['www-authenticate']).toBe(CHALLENGE)
    rejected.resume()
    const metadata = await ask(proxy, { secure, method: 'GET', path: METADATA_PATH })
    expect(JSON.parse(await textOf(metadata))).toMatchObject({ resource: 'https://rs.example/mcp' })

    const long = await scene.issuer.token({ groups: 'g'.repeat(9000) })
    expect(long.length).toBeGreaterThan(12_000)
    const headers = { authorization: `Bearer ${long}` }
    const accepted = await ask(proxy, { secure, headers, body: '{"a":1}' })
    expect([accepted.statusCode, await textOf(accepted)]).toEqual([200, '{"a":1}'])

    const two = [`Bearer ${long}`, `Bearer ${await scene.issuer.token()}`]
    const ambiguous = await ask(proxy, { secure, headers: { authorization: two }, body: '{}' })
    expect(ambiguous.statusCode).toBe(400)
    ambiguous.resume()

    const stream = await ask(proxy, { secure, method: 'GET', headers })
    expect(stream.headers['content-type']).toBe('text/event-stream')
    expect(String((await once(stream, 'data'))[0])).toContain(': open')
    for (let count = 0; count < 5; count += 1) {
      send(`data: ${count}\n\n`)
      expect(String((await once(stream, 'data'))[0])).toBe(`data: ${count}\n\n`)
    }
    stream.destroy()
  })

  it.skipIf(!has(name))('passes on nonces and the proofs with them', async () => {
    const holder = await createHolder()
    const dpop = { required: true, nonce: { secret: 'n'.repeat(32) } }
    const { scene, token } = await createBoundScene(holder, dpop)
    const guard = await start(createServer(protect(scene.resource, () => new Response('done'))))
    const [lines = ''] = await blocksOf(GUIDE, language)
    const proxy = await startProxy(name, lines, { guard: portOf(guard), server: 1 })
    running.push(proxy)
    const asked = async (nonce?: unknown): Promise<IncomingMessage> =>
      ask(proxy, { secure, headers: await prove(holder, token, { claims: { nonce } }), body: '{}' })

    const rejected = await asked()
    expect(rejected.statusCode).toBe(401)
    expect(rejected.headers['www-authenticate']).toMatch(/^DPoP .*error="use_dpop_nonce"/)
    rejected.resume()
    const accepted = await asked(rejected.headers['dpop-nonce'])
    expect([accepted.statusCode, await textOf(accepted)]).toEqual([200, 'done'])
  })

  it.skipIf(!has(name))('ends its request to the guard when the client leaves', async () => {
    const scene = await createScene()
    const left: Promise<void>[] = []
    let send: () => void = () => {}
    const guard = await start(
      createServer(
        protect(scene.resource, (request) => {
          left.push(once(request.signal, 'abort').then(() => {}))
          const body = new ReadableStream({
            start(controller) {
              send = () => controller.enqueue(new TextEncoder().encode(': event\n\n'))
              send()
            },
          })
          return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
        }),
      ),
    )
    const [lines = ''] = await blocksOf(GUIDE, language)
    const proxy = await startProxy(name, lines, { guard: portOf(guard), server: 1 })
    running.push(proxy)
    const headers = { authorization: `Bearer ${await scene.issuer.token()}` }
    const stream = await ask(proxy, { secure, method: 'GET', headers })
    await once(stream, 'data')
    stream.destroy()
    const events = NOTICES_LATE.includes(name) ? setInterval(() => send(), 50) : undefined
    try {
      await Promise.all(left)
    } finally {
      clearInterval(events)
    }
    expect(left).toHaveLength(1)
  })

  /** A proxy in front of a handler that echoes. Alternately a long body without a token, and a short one with it. */
  async function alternate(send: (proxy: RunningProxy, asked: Asked) => Promise<string>) {
    const scene = await createScene()
    let calls = 0
    const listener = protect(scene.resource, async (request) => {
      calls += 1
      // Not as a stream: Caddy drops what has not arrived of a body when the response begins.
      return new Response(await request.text())
    })
    const guard = await start(createServer(listener))
    const [lines = ''] = await blocksOf(GUIDE, language)
    const proxy = await startProxy(name, lines, { guard: portOf(guard), server: 1 })
    running.push(proxy)
    const headers = { authorization: `Bearer ${await scene.issuer.token()}` }
    const outcomes: string[] = []
    for (let count = 0; count < 4; count += 1) {
      outcomes.push(await send(proxy, { body: 'x'.repeat(3_900_000) }))
      outcomes.push(await send(proxy, { body: '{}', headers }))
    }
    expect(outcomes).toEqual(
      Array(4)
        .fill([`401 ${CHALLENGE}`, '200 {}'])
        .flat(),
    )
    expect(calls).toBe(4)
  }

  const closesEarly = CLOSES_EARLY.includes(name)
  it.skipIf(closesEarly || !has(name))(
    'delivers the 401 of a long body, and the request after it',
    async () => {
      const agent = secure ? new TlsAgent({ keepAlive: true }) : new Agent({ keepAlive: true })
      await alternate(async (proxy, asked) => {
        const response = await ask(proxy, { secure, agent, ...asked })
        const text = await textOf(response)
        return `${response.statusCode} ${response.headers['www-authenticate'] ?? text}`
      })
      agent.destroy()
    },
  )

  it.skipIf(!secure || !has(name))('does so over HTTP/2', async () => {
    let session: ClientHttp2Session | undefined
    await alternate(async ({ port, ca }, { body = '', headers }) => {
      session ??= connectHttp2(`https://localhost:${port}`, { ca, lookup: toLoopback })
      const length = { 'content-length': `${body.length}` }
      const stream = session.request({ ':path': '/mcp', ':method': 'POST', ...length, ...headers })
      stream.end(body)
      const [head] = (await once(stream, 'response')) as [Record<string, unknown>]
      const text = Buffer.concat(await stream.toArray()).toString()
      return `${head[':status']} ${head['www-authenticate'] ?? text}`
    })
    session?.close()
  })
})

describe('nginx without the lines of the guide', () => {
  /** It closes each connection to the guard, and it sends the whole body before it reads the response. */
  const DEFAULTS = `server {
    listen 8080;
    client_max_body_size 8m;
    location /mcp { proxy_pass http://127.0.0.1:3000; }
  }`

  it.skipIf(!has('nginx'))('passes on the 401 for a long body', async () => {
    const scene = await createScene()
    let calls = 0
    const listener = protect(scene.resource, () => {
      calls += 1
      return new Response('handled')
    })
    const guard = await start(createServer(listener))
    const proxy = await startProxy('nginx', DEFAULTS, { guard: portOf(guard), server: 1 })
    running.push(proxy)
    const body = 'x'.repeat(4 * 1024 * 1024)
    const challenges: (string | undefined)[] = []
    for (let count = 0; count < 20; count += 1) {
      const rejected = await ask(proxy, { body })
      challenges.push(rejected.headers['www-authenticate'])
      rejected.resume()
    }
    expect(challenges).toEqual(Array(20).fill(CHALLENGE))
    expect(calls).toBe(0)
  })
})

const ASKING: readonly [ProxyName, string, proxy: 'nginx' | 'caddy' | 'haproxy'][] = [
  ['nginx', 'nginx', 'nginx'],
  ['caddy', 'caddyfile', 'caddy'],
  ['haproxy', 'haproxy', 'haproxy'],
]

describe.each(ASKING)('%s that asks', (name, language, product) => {
  async function setUp(answer?: Answer, adapt = (lines: string) => lines) {
    const issuer = await createIssuer()
    const down = await start(createServer((req) => req.socket.destroy()))
    const upstream = await startUpstream(answer)
    const resource = {
      resource: 'https://rs.example/mcp',
      authorizationServers: [
        { issuer: issuer.issuer, jwks: issuer.jwks },
        { issuer: `http://127.0.0.1:${portOf(down)}` },
      ],
      requiredScopes: ['read'],
    }
    const config = createConfig(
      { resource, forwardAuth: product, identityHeaders: { 'X-User': 'subject' } },
      '.',
      () => {},
    )
    if (!config.ok) throw new Error(JSON.stringify(config.error))
    const guard = await start(createGatewayServer(config.value, () => true))
    const [, lines = ''] = await blocksOf(GUIDE, language)
    const server = Number(new URL(upstream.url).port)
    const proxy = await startProxy(name, adapt(lines), { guard: portOf(guard), server })
    running.push(proxy)
    const now = Math.floor(Date.now() / 1000)
    const token = (claims: object = {}) => issuer.token({ iat: now, exp: now + 600, ...claims })
    return { proxy, upstream, token, down: `http://127.0.0.1:${portOf(down)}` }
  }

  it.skipIf(!has(name))('passes authorized requests with the identity alone', async () => {
    const { proxy, upstream, token } = await setUp((_req, res, body) => res.end(`got ${body}`))
    const authorization = `Bearer ${await token()}`
    const forged = {
      'x-user': 'root',
      'x-original-uri': '/other',
      'x-original-method': 'GET',
      'x-forwarded-uri': '/other',
      'x-forwarded-method': 'GET',
    }
    const headers = { authorization, dpop: 'x', ...forged }
    const response = await ask(proxy, { path: '/mcp?a=b%20c', headers, body: '{"a":1}' })
    expect([response.statusCode, await textOf(response)]).toEqual([200, 'got {"a":1}'])
    expect(upstream.last()).toMatchObject({ method: 'POST', url: '/mcp?a=b%20c' })
    const users = upstream.last().fields.filter(([field]) => field === 'x-user')
    expect(users).toEqual([['x-user', 'user-1']])
    expect(JSON.stringify(upstream.last())).not.toContain(authorization.slice(7))
    expect(upstream.field('dpop')).toBeUndefined()
  })

  it.skipIf(!has(name))('removes a forged identity where the token has none', async () => {
    // Newer versions of Caddy do not copy an empty field, as if the line for it were absent.
    const adapt = (lines: string) =>
      name === 'caddy' ? lines.replace('copy_headers X-User', '') : lines
    const { proxy, upstream, token } = await setUp((_req, res) => res.end('got'), adapt)
    const authorization = `Bearer ${await token({ sub: undefined })}`
    const response = await ask(proxy, { headers: { authorization, 'x-user': 'root' }, body: '{}' })
    expect([response.statusCode, await textOf(response)]).toEqual([200, 'got'])
    expect(upstream.field('x-user') ?? '').toBe('')
  })

  it.skipIf(!has(name))('delivers every rejection whole', async () => {
    const { proxy, upstream, token, down } = await setUp()
    const forged = { 'x-original-uri': '/other', 'x-forwarded-uri': '/other', 'x-user': 'root' }
    const missing = await ask(proxy, { headers: forged, body: '{}' })
    expect([missing.statusCode, missing.headers['www-authenticate']]).toEqual([
      401,
      bearerChallenge(undefined, 'read', METADATA_URL),
    ])
    expect(JSON.parse(await textOf(missing))).toMatchObject({ error: 'unauthorized' })

    const poor = { authorization: `Bearer ${await token({ scope: 'write' })}` }
    const denied = await ask(proxy, { headers: poor, body: '{}' })
    expect([denied.statusCode, denied.headers['www-authenticate']]).toEqual([
      403,
      bearerChallenge('insufficient_scope', 'read', METADATA_URL),
    ])
    expect(JSON.parse(await textOf(denied))).toMatchObject({ error: 'insufficient_scope' })

    const malformed = await ask(proxy, { headers: { authorization: 'Bearer a b' }, body: '{}' })
    expect(malformed.statusCode).toBe(400)
    expect(malformed.headers['www-authenticate']).toBe(
      bearerChallenge('invalid_request', undefined, METADATA_URL),
    )
    malformed.resume()

    const undecided = { authorization: `Bearer ${await token({ iss: down })}` }
    const unavailable = await ask(proxy, { headers: undecided, body: '{}' })
    expect(unavailable.statusCode).toBe(503)
    expect(unavailable.headers['retry-after']).toMatch(/^\d+$/)
    expect(unavailable.headers['www-authenticate']).toBeUndefined()
    unavailable.resume()
    expect(upstream.arrived).toEqual([])
  })

  it.skipIf(!has(name))('serves the metadata, and streams events one by one', async () => {
    let send: (text: string) => void = () => {}
    const { proxy, token } = await setUp((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/event-stream' })
      send = (text) => void res.write(text)
      send(': open\n\n')
    })
    const metadata = await ask(proxy, { method: 'GET', path: METADATA_PATH })
    expect(metadata.statusCode).toBe(200)
    metadata.resume()
    const headers = { authorization: `Bearer ${await token()}` }
    const stream = await ask(proxy, { method: 'GET', headers })
    expect(String((await once(stream, 'data'))[0])).toContain(': open')
    for (let count = 0; count < 3; count += 1) {
      send(`data: ${count}\n\n`)
      expect(String((await once(stream, 'data'))[0])).toBe(`data: ${count}\n\n`)
    }
    stream.destroy()
  })
})
