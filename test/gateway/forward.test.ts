/** `forward()`: what reaches the upstream and what comes back, through `fetch` and through Node's pipe. */

import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { ExchangedToken, ExchangeFailure, TokenExchange } from '../../src/exchange/index.ts'
import { forward } from '../../src/gateway/index.ts'
import type { AuthContext } from '../../src/index.ts'
import { problemPaths } from '../support/config-problems.ts'
import { bearerChallenge } from '../support/rejection.ts'
import { startUpstream } from '../support/upstream.ts'
import { createGateway, METADATA_URL, WAYS } from './scene.ts'

describe.each(WAYS)('forward() through %s', (way) => {
  it('sends method, query, body and fields to exactly the URL of the upstream', async () => {
    const upstream = await startUpstream((_req, res) => {
      res.writeHead(201, { 'Content-Type': 'application/json', 'Mcp-Session-Id': 's1' })
      res.end('{"ok":true}')
    })
    const gateway = await createGateway(way, `${upstream.url}/app/mcp`)
    const response = await gateway.ask({
      path: '/mcp?a=1&b=%20',
      headers: { 'content-type': 'application/json', 'mcp-session-id': 'abc' },
      body: '{"jsonrpc":"2.0"}',
    })
    expect(response.status).toBe(201)
    expect(await response.json()).toEqual({ ok: true })
    expect(response.headers.get('Mcp-Session-Id')).toBe('s1')
    expect(response.headers.get('Cache-Control')).toBe('private')
    const { method, url, body } = upstream.last()
    expect({ method, url, body }).toEqual({
      method: 'POST',
      url: '/app/mcp?a=1&b=%20',
      body: '{"jsonrpc":"2.0"}',
    })
    expect(upstream.field('mcp-session-id')).toBe('abc')
    expect(upstream.field('host')).toBe(new URL(upstream.url).host)
    expect(upstream.field('forwarded')).toBe('host="rs.example";proto=https')
    expect(upstream.field('x-forwarded-host')).toBe('rs.example')
    expect(upstream.field('x-forwarded-proto')).toBe('https')
  })

  it('rejects a request without a token, and sends nothing', async () => {
    const upstream = await startUpstream()
    const gateway = await createGateway(way, upstream.url)
    const response = await gateway.ask({ headers: { authorization: '' } })
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe(
      bearerChallenge(undefined, undefined, METADATA_URL),
    )
    expect(upstream.arrived).toEqual([])
  })

  it('removes credentials and fields that only the gateway may send', async () => {
    const upstream = await startUpstream()
    const gateway = await createGateway(way, upstream.url, {
      headers: {
        'X-User-Id': (auth) => (auth.anonymous ? undefined : auth.subject),
        'X-Nothing': () => undefined,
        'X-Empty': () => '',
        'X-Forwarded-User': () => 'forwarded',
      },
    })
    const token = await gateway.issuer.token()
    const removed = {
      authorization: `Bearer ${token}`,
      dpop: 'proof',
      cookie: 'session=1',
      'client-cert': ':AAAA:',
      'client-cert-chain': ':AAAA:',
      'x-ssl-client-cert': 'AAAA',
      forwarded: 'for=1.2.3.4',
      'x-forwarded-for': '1.2.3.4',
      'x-forwarded-host': 'evil.example',
      x_forwarded_host: 'evil.example',
      'x-forwarded-user': 'root',
      'x-user-id': 'root',
      x_user_id: 'root',
      'x-user_id': 'root',
      'x-nothing': 'root',
      'x-token-copy': token,
      'x-token-list': `one, Bearer ${token}`,
      'proxy-authorization': 'Basic AAAA',
      'keep-alive': 'timeout=5',
      te: 'trailers',
      ...(way === 'pipe' ? { connection: 'close, X-Hop, x-empty' } : {}),
      'x-kept': 'kept',
      x_kept: 'kept',
    }
    const response = await gateway.ask({ headers: { ...removed, 'x-hop': 'hop' } })
    expect(response.status).toBe(200)
    const names = upstream.last().fields.map(([name]) => name)
    const left = names.filter((name) => name in removed && name !== 'connection').sort()
    const own = ['x-forwarded-host', 'x-forwarded-user', 'x-kept', 'x-user-id', 'x_kept']
    expect(left).toEqual(['forwarded', ...own])
    expect(names.includes('x-hop')).toBe(way === 'fetch')
    expect(upstream.field('x-user-id')).toBe('user-1')
    expect(upstream.field('x-forwarded-user')).toBe('forwarded')
    expect(upstream.field('x-empty')).toBe('')
    expect(JSON.stringify(upstream.last())).not.toContain(token)
    expect(names).toHaveLength(new Set(names).size)
  })

  it('responds 500 where a value cannot be sent as it is', async () => {
    const upstream = await startUpstream()
    for (const value of ['a\r\nX-Admin: 1', ' admin', 'admin ', 'Zoë', '日本', '\u0000']) {
      const gateway = await createGateway(way, upstream.url, { headers: { 'X-User': () => value } })
      const response = await gateway.ask()
      expect(response.status).toBe(500)
      expect(await response.json()).toMatchObject({ error: 'server_error' })
    }
    expect(upstream.arrived).toEqual([])
  })

  it('responds 404 for other paths, and appends subpaths only where that is switched on', async () => {
    const upstream = await startUpstream()
    const exact = await createGateway(way, `${upstream.url}/app`)
    for (const path of ['/mcp/', '/mcp/x', '/other', '/mcpx', '/', '/%6dcp', '/MCP']) {
      expect({ path, status: (await exact.ask({ path })).status }).toEqual({ path, status: 404 })
    }
    expect(upstream.arrived).toEqual([])
    const open = await createGateway(way, `${upstream.url}/app`, { subpaths: true })
    for (const rest of ['', '/', '/x', '/x/y%20z?q=1', '/x/..y', '/;a=b']) {
      expect((await open.ask({ path: `/mcp${rest}` })).status).toBe(200)
      expect(upstream.last().url).toBe(`/app${rest}`)
    }
    const before = upstream.arrived.length
    const bad = ['/%2e%2e/x', '/a%2Fb', '/a%5cb', '/%252e%252e/x', '/a%252fb', '/x%2ejson']
    for (const rest of bad) {
      const { status } = await open.ask({ path: `/mcp${rest}` })
      // `Request` resolves some of them before the gateway sees them.
      expect({ rest, rejected: status === 400 || status === 404 }).toEqual({ rest, rejected: true })
    }
    expect((await open.ask({ path: '/mcpx' })).status).toBe(404)
    expect(upstream.arrived).toHaveLength(before)
  })

  it('responds 400 for dots with parameters, which Java servers resolve, also at the root', async () => {
    const upstream = await startUpstream()
    const gateway = await createGateway(way, `${upstream.url}/app`, {
      subpaths: true,
      scene: { resource: 'https://rs.example/', server: { audience: 'https://rs.example/mcp' } },
    })
    for (const path of ['/..;/admin', '/x/..;a=b/..;/admin', '/.;/admin', '/x/..;']) {
      expect({ path, status: (await gateway.ask({ path })).status }).toEqual({ path, status: 400 })
    }
    expect(upstream.arrived).toEqual([])
    expect((await gateway.ask({ path: '/x;a=b/..y;' })).status).toBe(200)
  })

  it('removes the security fields of the response, and those of the connection', async () => {
    const upstream = await startUpstream((_req, res) => {
      res.writeHead(403, {
        'WWW-Authenticate': 'Bearer realm="upstream"',
        'Set-Cookie': ['a=1', 'b=2'],
        'Access-Control-Allow-Origin': '*',
        'Access-Control-Expose-Headers': 'X-Kept',
        'DPoP-Nonce': 'upstream',
        'Proxy-Authenticate': 'Basic',
        Connection: 'close, X-Hop',
        'X-Hop': '1',
        'X-Kept': '1',
      })
      res.end('no')
    })
    const gateway = await createGateway(way, upstream.url)
    const response = await gateway.ask({ headers: { origin: 'https://rs.example' } })
    expect(response.status).toBe(403)
    expect(response.headers.get('WWW-Authenticate')).toBeNull()
    expect(response.headers.get('Set-Cookie')).toBeNull()
    expect(response.headers.get('DPoP-Nonce')).toBeNull()
    expect(response.headers.get('Proxy-Authenticate')).toBeNull()
    expect(response.headers.get('X-Hop')).toBeNull()
    expect(response.headers.get('X-Kept')).toBe('1')
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('https://rs.example')
    expect(response.headers.get('Access-Control-Expose-Headers')).not.toContain('X-Kept')
    expect(await response.text()).toBe('no')
  })

  it('rewrites redirections within the origin of the upstream, and follows none', async () => {
    let location = ''
    const upstream = await startUpstream((_req, res) => {
      res.writeHead(307, { Location: location }).end()
    })
    const gateway = await createGateway(way, `${upstream.url}/app/mcp`)
    const cases: [string, string][] = [
      [`${upstream.url}/app/mcp?x=1#y`, 'https://rs.example/mcp?x=1#y'],
      ['/app/mcp/', 'https://rs.example/mcp/'],
      ['/app/mcp/sub', 'https://rs.example/mcp/sub'],
      ['/login', 'https://rs.example/login'],
      ['other', 'https://rs.example/app/other'],
      ['?q=1', 'https://rs.example/mcp?q=1'],
      ['https://elsewhere.example/x', 'https://elsewhere.example/x'],
    ]
    for (const [sent, expected] of cases) {
      location = sent
      const response = await gateway.ask({ method: 'GET' })
      expect(response.status).toBe(307)
      expect(response.headers.get('Location')).toBe(expected)
    }
    expect(upstream.arrived).toHaveLength(cases.length)
  })

  it.each([204, 304] as const)('passes on %i without a body', async (status) => {
    const upstream = await startUpstream((_req, res) =>
      res.writeHead(status, { ETag: '"1"' }).end(),
    )
    const gateway = await createGateway(way, upstream.url)
    const response = await gateway.ask({ method: 'GET' })
    expect(response.status).toBe(status)
    expect(response.headers.get('ETag')).toBe('"1"')
    expect(await response.text()).toBe('')
  })

  it('passes on HEAD with its length, and DELETE', async () => {
    const upstream = await startUpstream((req, res) => {
      res
        .writeHead(200, { 'Content-Length': '17' })
        .end(req.method === 'HEAD' ? '' : 'x'.repeat(17))
    })
    const gateway = await createGateway(way, upstream.url)
    const head = await gateway.ask({ method: 'HEAD' })
    expect(head.status).toBe(200)
    expect(head.headers.get('Content-Length')).toBe('17')
    expect(await head.text()).toBe('')
    const removed = await gateway.ask({ method: 'DELETE', headers: { 'mcp-session-id': 's' } })
    expect(removed.status).toBe(200)
    expect(upstream.last().method).toBe('DELETE')
    expect(upstream.field('mcp-session-id')).toBe('s')
  })

  it('sends a POST without a body as one with length 0', async () => {
    const upstream = await startUpstream()
    const gateway = await createGateway(way, upstream.url)
    expect((await gateway.ask()).status).toBe(200)
    expect(upstream.field('content-length')).toBe('0')
    expect(upstream.field('transfer-encoding')).toBeUndefined()
  })

  it.each([
    ['an upstream that responds 401', 401],
    ['a proxy that responds 407', 407],
  ] as const)('turns %s into 502 without a challenge', async (_name, status) => {
    const upstream = await startUpstream((_req, res) =>
      res.writeHead(status, { 'WWW-Authenticate': 'Basic', 'Proxy-Authenticate': 'Basic' }).end(),
    )
    const gateway = await createGateway(way, upstream.url)
    await expectGatewayError(await gateway.ask(), 502, 'bad_gateway')
  })

  it('responds 502 where nothing listens, or the connection ends without a response', async () => {
    const closed = await createGateway(way, 'http://127.0.0.1:1/mcp')
    await expectGatewayError(await closed.ask({ body: '{}' }), 502, 'bad_gateway')
    const upstream = await startUpstream((req) => req.socket.destroy())
    const dropped = await createGateway(way, upstream.url)
    await expectGatewayError(await dropped.ask({ body: '{}' }), 502, 'bad_gateway')
    const garbage = await startUpstream((req) => req.socket.end('SSH-2.0\r\n\r\n'))
    const strange = await createGateway(way, garbage.url)
    await expectGatewayError(await strange.ask({ body: '{}' }), 502, 'bad_gateway')
    const switching = await startUpstream((req) =>
      req.socket.end(
        'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
      ),
    )
    const switched = await createGateway(way, switching.url)
    await expectGatewayError(await switched.ask({ body: '{}' }), 502, 'bad_gateway')
  })

  it('responds 504 where the response does not begin in time', async () => {
    const upstream = await startUpstream(() => {})
    const gateway = await createGateway(way, upstream.url, { timeoutMs: 50 })
    await expectGatewayError(await gateway.ask({ body: '{}' }), 504, 'gateway_timeout')
  })

  it('waits through informational responses', async () => {
    const upstream = await startUpstream((_req, res) => {
      res.writeEarlyHints({ link: '</x>; rel=preload' })
      res.end('done')
    })
    const gateway = await createGateway(way, upstream.url)
    expect(await (await gateway.ask()).text()).toBe('done')
  })

  it('delivers encoded content that the client can read', async () => {
    const upstream = await startUpstream((_req, res) => {
      res.writeHead(200, { 'Content-Encoding': 'gzip', 'Content-Type': 'text/plain' })
      res.end(gzipSync('plain text'))
    })
    const gateway = await createGateway(way, upstream.url)
    const response = await gateway.ask({ headers: { 'accept-encoding': 'gzip' } })
    const bytes = Buffer.from(await response.arrayBuffer())
    const isEncoded = response.headers.get('Content-Encoding') === 'gzip'
    expect(isEncoded).toBe(way === 'pipe')
    expect(isEncoded ? bytes.equals(gzipSync('plain text')) : bytes.toString()).toBe(
      isEncoded ? true : 'plain text',
    )
  })

  it('reads the body for operations, and sends all of it on', async () => {
    const upstream = await startUpstream((_req, res, body) => res.end(body))
    const gateway = await createGateway(way, upstream.url, {
      scene: { operations: { 'tools/call drop': ['admin'] } },
    })
    const call = (name: string) =>
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        method: 'tools/call',
        params: { name, arguments: { text: 'x'.repeat(100_000) } },
      })
    const allowed = await gateway.ask({ body: call('read') })
    expect(allowed.status).toBe(200)
    expect(await allowed.text()).toBe(call('read'))
    const denied = await gateway.ask({ body: call('drop') })
    expect(denied.status).toBe(403)
    expect(denied.headers.get('WWW-Authenticate')).toBe(
      bearerChallenge('insufficient_scope', 'admin', METADATA_URL),
    )
    expect(upstream.arrived).toHaveLength(1)
  })

  it('chooses the upstream by a function', async () => {
    const upstream = await startUpstream()
    const gateway = await createGateway(way, (request, auth) =>
      auth.anonymous ? 'invalid' : `${upstream.url}/${auth.subject}/${request.method}`,
    )
    expect((await gateway.ask({ method: 'GET' })).status).toBe(200)
    expect(upstream.last().url).toBe('/user-1/GET')
  })

  it('passes an anonymous request on without an identity', async () => {
    const upstream = await startUpstream()
    const gateway = await createGateway(way, upstream.url, {
      requirements: { optional: true },
      headers: { 'X-User': (auth) => (auth.anonymous ? undefined : auth.subject) },
    })
    const headers = { authorization: '', 'x-user': 'root' }
    expect((await gateway.ask({ headers })).status).toBe(200)
    expect(upstream.field('x-user')).toBeUndefined()
    expect(upstream.field('authorization')).toBeUndefined()
  })
})

async function expectGatewayError(
  response: Response,
  status: number,
  error: string,
): Promise<void> {
  expect(response.status).toBe(status)
  expect(response.headers.get('WWW-Authenticate')).toBeNull()
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  expect(await response.json()).toMatchObject({ error })
}

describe('forward() with an exchange', () => {
  it('sends the exchanged token alone, and clears it once the upstream responds 401', async () => {
    let status = 200
    const upstream = await startUpstream((_req, res) => res.writeHead(status).end())
    const exchange = exchangeOf({
      ok: true,
      token: 'exchanged',
      tokenType: 'Bearer',
      expiresAt: undefined,
      scopes: [],
    })
    const gateway = await createGateway('pipe', upstream.url, { exchange })
    expect((await gateway.ask()).status).toBe(200)
    expect(upstream.field('authorization')).toBe('Bearer exchanged')
    expect(exchange.cleared).toEqual([])
    status = 401
    await expectGatewayError(await gateway.ask(), 502, 'bad_gateway')
    expect(exchange.cleared).toEqual(['user-1'])
  })

  it.each([
    [{ ok: false, code: 'unavailable', retryAfterSeconds: 7 }, 503],
    [{ ok: false, code: 'consent_required', url: 'https://as.example/consent' }, 403],
    [{ ok: false, code: 'step_up_required', acrValues: ['high'] }, 401],
    [{ ok: true, token: 't', tokenType: 'DPoP', expiresAt: undefined, scopes: [] }, 403],
  ] as const)('sends nothing where it has no bearer token: %j', async (outcome, status) => {
    const upstream = await startUpstream()
    const gateway = await createGateway('pipe', upstream.url, { exchange: exchangeOf(outcome) })
    const response = await gateway.ask()
    expect(response.status).toBe(status)
    expect(response.headers.has('WWW-Authenticate')).toBe(status === 401)
    expect(upstream.arrived).toEqual([])
  })
})

/** An exchange with one outcome. */
function exchangeOf(outcome: ExchangedToken | ExchangeFailure) {
  const cleared: (string | undefined)[] = []
  return {
    cleared,
    exchange: async () => outcome,
    fetch: async () => new Response(),
    clear: ({ subject }: AuthContext) => void cleared.push(subject),
  } satisfies TokenExchange & { cleared: unknown }
}

describe('forward() reports', () => {
  const url = 'http://127.0.0.1:9000/mcp'
  it.each([
    ['a relative URL', '/mcp', {}, ['upstream']],
    ['another scheme', 'ftp://h/', {}, ['upstream']],
    ['credentials in the URL', 'http://a:b@h/', {}, ['upstream']],
    ['a query', `${url}?a=1`, {}, ['upstream']],
    ['a fragment', `${url}#a`, {}, ['upstream']],
    ['an unknown option', url, { timeout: 5 }, ['timeout']],
    ['a time limit of zero', url, { timeoutMs: 0 }, ['timeoutMs']],
    ['a value instead of a function', url, { headers: { 'X-User': 'a' } }, ['headers.X-User']],
    ['a name that is none', url, { headers: { 'X User': () => 'a' } }, ['headers.X User']],
    [
      'a field of the connection',
      url,
      { headers: { Connection: () => 'a' } },
      ['headers.Connection'],
    ],
    ['a name given twice', url, { headers: { 'X-A': () => '', x_a: () => '' } }, ['headers.x_a']],
    ['an identity without a key', url, { identity: {} }, ['identity.key']],
    [
      'an identity key that is public',
      url,
      { identity: { key: { kty: 'EC', crv: 'P-256', x: 'a', y: 'b' } } },
      ['identity.key'],
    ],
  ])('%s', (_name, upstream, options, paths) => {
    expect(problemPaths(() => forward(upstream, options as object))).toEqual(paths)
  })

  it('an identity without an audience where a function chooses the upstream', async () => {
    const { privateKey } = (await crypto.subtle.generateKey(
      { name: 'ECDSA', namedCurve: 'P-256' },
      false,
      ['sign', 'verify'],
    )) as CryptoKeyPair
    const exchange = exchangeOf({ ok: false, code: 'misconfigured' })
    expect(problemPaths(() => forward(() => url, { identity: { key: privateKey } }))).toEqual([
      'identity.audience',
    ])
    expect(problemPaths(() => forward(url, { identity: { key: privateKey }, exchange }))).toEqual([
      'identity.header',
    ])
    expect(
      problemPaths(() => forward(url, { exchange, headers: { Authorization: () => 'a' } })),
    ).toEqual(['headers.Authorization'])
  })
})
