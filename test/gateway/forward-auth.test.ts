/** `forwardAuth()`: sub-requests as the proxies' documentation describes them. */

import { decodeJwt, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { createForwardAuth } from '../../src/gateway/forward-auth.ts'
import { type ForwardAuthProxy, forwardAuth } from '../../src/gateway/index.ts'
import type { ProtectedResourceOptions } from '../../src/index.ts'
import { problemPaths, problemsOf } from '../support/config-problems.ts'
import { METADATA_URL } from '../support/issuer.ts'
import { bearerChallenge } from '../support/rejection.ts'
import { createScene, rejectionCodes, type Scene } from '../support/scene.ts'

const CHALLENGE = bearerChallenge(undefined, undefined, METADATA_URL)

/** The fields of a sub-request about a method and a URI. */
const FIELDS: Readonly<Record<ForwardAuthProxy, (method: string, uri: string) => HeadersInit>> = {
  nginx: (method, uri) => ({ 'X-Original-Method': method, 'X-Original-URI': uri }),
  caddy: (method, uri) => ({ 'X-Forwarded-Method': method, 'X-Forwarded-Uri': uri }),
  traefik: (method, uri) => ({
    'X-Forwarded-Method': method,
    'X-Forwarded-Uri': uri,
    'X-Forwarded-Proto': 'https',
    'X-Forwarded-Host': 'other.example',
    'X-Forwarded-For': '10.0.0.1',
  }),
  haproxy: (method, uri) => ({ 'X-Forwarded-Method': method, 'X-Forwarded-Uri': uri }),
  envoy: () => ({}),
}
const PROXIES = Object.keys(FIELDS) as ForwardAuthProxy[]

interface Asked {
  readonly method?: string
  readonly uri?: string
  readonly headers?: [string, string][]
}

async function setUp(proxy: ForwardAuthProxy, options: Partial<ProtectedResourceOptions> = {}) {
  const scene = await createScene(options)
  const decide = forwardAuth(scene.resource, {
    proxy,
    identityHeaders: {
      'X-User': (auth) => (auth.anonymous ? undefined : auth.subject),
      'X-Nobody': () => undefined,
    },
    requirements: { scopes: ['read'] },
  })
  const token = await scene.issuer.token()
  const ask = ({ method = 'POST', uri = '/mcp', headers = [] }: Asked = {}) => {
    const isEnvoy = proxy === 'envoy'
    const request = new Request(`http://127.0.0.1:8080${isEnvoy ? uri : '/auth'}`, {
      method: isEnvoy ? method : 'GET',
      headers: FIELDS[proxy](method, uri),
    })
    request.headers.set('Authorization', `Bearer ${token}`)
    for (const [name, value] of headers) {
      if (value === '') request.headers.delete(name)
      else request.headers.append(name, value)
    }
    return decide(request)
  }
  return { scene, ask }
}

describe.each(PROXIES)('forwardAuth() for %s', (proxy) => {
  it('responds 200 with every identity header, empty where there is no value', async () => {
    const { ask } = await setUp(proxy)
    for (const uri of ['/mcp', '/mcp?a=1&b=2', '/mcp/below', '/mcp/a%20b']) {
      const response = await ask({ uri })
      expect(response.status).toBe(200)
      expect(response.headers.get('X-User')).toBe('user-1')
      expect(response.headers.get('X-Nobody')).toBe('')
      expect(await response.text()).toBe('')
    }
  })

  it('rejects other spellings of identity fields, which CGI would read as these', async () => {
    const { ask } = await setUp(proxy)
    for (const name of ['X_User', 'x_nobody']) {
      const response = await ask({ headers: [[name, 'admin']] })
      expect([response.status, response.headers.get('X-User')]).toEqual([500, null])
    }
    expect((await ask({ headers: [['X_Other', 'kept']] })).status).toBe(200)
  })

  it('responds with the whole rejection', async () => {
    const { ask, scene } = await setUp(proxy)
    const response = await ask({ headers: [['Authorization', '']] })
    expect(response.status).toBe(401)
    const needed = bearerChallenge(undefined, 'read', METADATA_URL)
    expect(response.headers.get('WWW-Authenticate')).toBe(needed)
    expect(response.headers.get('X-User')).toBeNull()
    const other = await scene.issuer.token({ scope: 'write' })
    const denied = await ask({
      headers: [
        ['Authorization', ''],
        ['Authorization', `Bearer ${other}`],
      ],
    })
    expect(denied.status).toBe(403)
    expect(denied.headers.get('WWW-Authenticate')).toBe(
      bearerChallenge('insufficient_scope', 'read', METADATA_URL),
    )
  })

  it('responds 404 for a path outside of the resource, 400 for one with several readings', async () => {
    const { ask, scene } = await setUp(proxy)
    for (const uri of ['/', '/other', '/mcpx', '/.well-known/oauth-protected-resource/mcp']) {
      expect({ uri, status: (await ask({ uri })).status }).toEqual({ uri, status: 404 })
    }
    const ambiguous = ['/mcp/%2e%2e/admin', '/mcp%2f..%2fadmin', '/mcp/%252e%252e/x']
    const raw = ['/mcp/../admin', '/mcp/x#y', '\\mcp', 'http://h/mcp', '//h/mcp', '/mcp/a b', 'mcp']
    for (const uri of proxy === 'envoy' ? ambiguous : [...ambiguous, ...raw]) {
      const { status } = await ask({ uri })
      expect({ uri, rejected: status === 400 || status === 404 }).toEqual({ uri, rejected: true })
    }
    expect(rejectionCodes(scene)).toContain('target_ambiguous')
  })

  it('verifies a proof for the forwarded method and URI at the origin of the resource', async () => {
    const { scene, ask } = await setUp(proxy, { dpop: true })
    const challenged = await ask({ method: 'DELETE', headers: [['Authorization', '']] })
    expect(challenged.headers.get('WWW-Authenticate')).toContain('DPoP')
    expect(scene.resource.identifier).toBe('https://rs.example/mcp')
  })

  it('rejects the options of a mistake', async () => {
    const { resource } = await createScene({ operations: { 'tools/call': ['x'] } })
    const paths = problemPaths(() => forwardAuth(resource, { proxy }))
    expect(paths).toEqual(proxy === 'envoy' ? [] : ['operations'])
  })
})

describe.each(PROXIES.filter((each) => each !== 'envoy'))('forwardAuth() for %s', (proxy) => {
  const [method, uri] = Object.keys(FIELDS[proxy]('GET', '/mcp')) as [string, string]

  it.each([
    ['no method', [[method, '']]],
    ['no URI', [[uri, '']]],
    ['two methods', [[method, 'GET']]],
    ['two URIs', [[uri, '/mcp']]],
    [
      'a comma in the URI',
      [
        [uri, ''],
        [uri, '/mcp?a=1,2'],
      ],
    ],
    [
      'a comma in the method',
      [
        [method, ''],
        [method, 'GET,POST'],
      ],
    ],
    [
      'a method that is none',
      [
        [method, ''],
        [method, 'GE T'],
      ],
    ],
  ] as [string, [string, string][]][])('responds 500 with %s', async (_name, headers) => {
    const { ask, scene } = await setUp(proxy)
    const response = await ask({ headers })
    expect(response.status).toBe(500)
    expect(response.headers.get('WWW-Authenticate')).toBeNull()
    expect(response.headers.get('X-User')).toBeNull()
    expect(await response.json()).toMatchObject({ error: 'server_error' })
    expect(rejectionCodes(scene)).toEqual(['internal'])
  })

  it('reads no field of another proxy', async () => {
    const { ask } = await setUp(proxy)
    const others: [string, string][] = [
      'X-Original-URI',
      'X-Original-Url',
      'X-Forwarded-Uri',
      'X-Rewrite-Url',
      'X-Forwarded-Path',
      'X_Original_URI',
    ]
      .filter((name) => name !== uri)
      .map((name) => [name, '/other'])
    expect((await ask({ headers: others })).status).toBe(200)
    const only = await ask({ headers: [[uri, ''], ...others] })
    expect(only.status).toBe(500)
  })
})

describe('forwardAuth()', () => {
  it('decides by the body that Envoy sends, if it is whole', async () => {
    const scene = await createScene({ operations: { 'tools/call drop': ['admin'] } })
    const decide = forwardAuth(scene.resource, { proxy: 'envoy' })
    const ask = async (name: string, further: Record<string, string> = {}) => {
      const params = { name, arguments: {} }
      return decide(
        new Request('http://127.0.0.1/mcp', {
          method: 'POST',
          headers: { Authorization: `Bearer ${await scene.issuer.token()}`, ...further },
          body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
        }),
      )
    }
    expect((await ask('read')).status).toBe(200)
    const denied = await ask('drop')
    expect(denied.status).toBe(403)
    expect(denied.headers.get('WWW-Authenticate')).toBe(
      bearerChallenge('insufficient_scope', 'admin', METADATA_URL),
    )
    expect((await ask('read', { 'X-Envoy-Auth-Partial-Body': 'false' })).status).toBe(200)
    const cut = await ask('read', { 'X-Envoy-Auth-Partial-Body': 'true' })
    expect([cut.status, cut.headers.get('WWW-Authenticate')]).toEqual([413, null])
    expect(scene.events.at(-1)).toMatchObject({ type: 'refused', code: 'body_too_large' })
  })

  it('needs no whole body where the resource has no operations', async () => {
    const scene = await createScene()
    const decide = forwardAuth(scene.resource, { proxy: 'envoy' })
    const ask = async (authorization: string) => {
      const headers = { Authorization: authorization, 'X-Envoy-Auth-Partial-Body': 'true' }
      const init = { method: 'POST', headers, body: '{"jsonrpc":' }
      return (await decide(new Request('http://127.0.0.1/mcp', init))).status
    }
    expect(await ask(`Bearer ${await scene.issuer.token()}`)).toBe(200)
    expect(await ask('Bearer junk')).toBe(401)
  })

  it('lets anonymous requests pass with empty identity headers', async () => {
    const scene: Scene = await createScene()
    const decide = forwardAuth(scene.resource, {
      proxy: 'nginx',
      identityHeaders: { 'X-User': (auth) => (auth.anonymous ? undefined : auth.subject) },
      requirements: { optional: true },
    })
    const headers = { ...FIELDS.nginx('GET', '/mcp'), 'X-User': 'root' }
    const response = await decide(new Request('http://127.0.0.1/auth', { headers }))
    expect(response.status).toBe(200)
    expect(response.headers.get('X-User')).toBe('')
  })

  it('responds 401 to a preflight: the proxy has to send those on', async () => {
    const { resource } = await createScene()
    const decide = forwardAuth(resource, { proxy: 'nginx' })
    const headers = {
      ...FIELDS.nginx('OPTIONS', '/mcp'),
      Origin: 'https://rs.example',
      'Access-Control-Request-Method': 'POST',
    }
    const response = await decide(new Request('http://127.0.0.1/auth', { headers }))
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe(CHALLENGE)
  })

  it('responds 500 where an identity cannot be sent as it is', async () => {
    const scene = await createScene()
    for (const value of ['a\r\nX-Admin: 1', ' admin', 'Zoë']) {
      const decide = forwardAuth(scene.resource, {
        proxy: 'nginx',
        identityHeaders: { 'X-User': () => value },
      })
      const headers = {
        ...FIELDS.nginx('GET', '/mcp'),
        Authorization: `Bearer ${await scene.issuer.token()}`,
      }
      const response = await decide(new Request('http://127.0.0.1/auth', { headers }))
      expect(response.status).toBe(500)
      expect(response.headers.get('WWW-Authenticate')).toBeNull()
    }
  })

  it('reports sessions, whose ids it could not open', async () => {
    const { resource } = await createScene({ sessions: { secret: 's'.repeat(32) } })
    expect(problemPaths(() => forwardAuth(resource, { proxy: 'envoy' }))).toEqual(['sessions'])
  })

  it.each([
    ['an unknown proxy', { proxy: 'apache' }, ['proxy']],
    ['no proxy', {}, ['proxy']],
    ['an unknown option', { proxy: 'nginx', header: 'a' }, ['header']],
    ['a value', { proxy: 'nginx', identityHeaders: { a: 'b' } }, ['identityHeaders.a']],
    [
      'a bad name',
      { proxy: 'nginx', identityHeaders: { 'a b': () => '' } },
      ['identityHeaders.a b'],
    ],
    [
      'one name twice',
      { proxy: 'nginx', identityHeaders: { 'X-A': () => '', x_a: () => '' } },
      ['identityHeaders.x_a'],
    ],
    ['bad requirements', { proxy: 'nginx', requirements: { scope: [] } }, ['requirements.scope']],
  ])('reports %s', async (_name, options, paths) => {
    const { resource } = await createScene()
    expect(problemPaths(() => forwardAuth(resource, options as never))).toEqual(paths)
  })
})

describe('createForwardAuth()', () => {
  const NOTES = 'https://rs.example/notes'

  async function setUpTwo() {
    const [one, two] = [await createScene(), await createScene({ resource: NOTES })]
    const { privateKey } = await generateKeyPair('ES256')
    const headers = new Map([
      [one.resource, { 'X-User': () => 'alice' }],
      [two.resource, { 'X-Team': () => 'blue' }],
    ])
    const identity = { key: privateKey, header: 'X-Identity', audience: 'notes' }
    const decide = createForwardAuth([one.resource, two.resource], {
      proxy: 'nginx',
      headers,
      requirements: { optional: true },
      identities: new Map([[two.resource, identity]]),
    })
    const ask = (uri: string, more: Record<string, string> = {}) =>
      decide(
        new Request('http://127.0.0.1/auth', { headers: { ...FIELDS.nginx('GET', uri), ...more } }),
      )
    return { one, two, ask }
  }

  it('sends the identity of each resource, empty for an anonymous client', async () => {
    const { two, ask } = await setUpTwo()
    const first = await ask('/mcp')
    expect([first.status, first.headers.get('X-User')]).toEqual([200, 'alice'])
    expect(first.headers.get('X-Identity')).toBeNull()
    const anonymous = await ask('/notes')
    expect([anonymous.status, anonymous.headers.get('X-Identity')]).toEqual([200, ''])
    expect(anonymous.headers.get('X-Team')).toBe('blue')
    const token = await two.issuer.token({ aud: NOTES })
    const known = await ask('/notes', { Authorization: `Bearer ${token}` })
    expect(known.headers.get('X-User')).toBeNull()
    expect(known.headers.get('X-Team')).toBe('blue')
    expect(decodeJwt(known.headers.get('X-Identity') ?? '')).toMatchObject({
      iss: NOTES,
      aud: 'notes',
      sub: 'user-1',
    })
  })

  it('rejects a HEAD without content, with its length', async () => {
    const { resource } = await createScene()
    const decide = createForwardAuth([resource], { proxy: 'nginx', headers: new Map() })
    const response = await decide(new Request('http://127.0.0.1/auth', { method: 'HEAD' }))
    expect([response.status, await response.text()]).toEqual([500, ''])
    expect(Number(response.headers.get('Content-Length'))).toBeGreaterThan(0)
  })

  it('rejects other spellings of the identity field of the resource alone', async () => {
    const { ask } = await setUpTwo()
    expect((await ask('/mcp', { X_Identity: 'forged' })).status).toBe(200)
    const response = await ask('/notes', { X_Identity: 'forged' })
    expect(response.status).toBe(500)
    expect(response.headers.get('X-Identity')).toBeNull()
    expect(response.headers.get('WWW-Authenticate')).toBeNull()
    expect(await response.json()).toEqual({
      error: 'server_error',
      error_description:
        'A header field is another spelling of one that states the identity of the client.',
    })
  })

  it('reports the mistakes of every resource', async () => {
    const { resource } = await createScene()
    const { resource: other } = await createScene({ resource: NOTES })
    const { publicKey } = await generateKeyPair('ES256')
    const headers = new Map([[resource, { Host: () => '' }]])
    const identities = new Map([[other, { key: publicKey }]])
    const create = () =>
      createForwardAuth([resource, other], { proxy: 'nginx', headers, identities })
    expect(problemPaths(create)).toEqual([
      'identityHeaders.Host',
      'identity.key',
      'identity.audience',
    ])
  })

  it.each([
    ['X-Identity', 'x-identity'],
    ['X-Identity', 'X_Identity'],
    [undefined, 'authorization'],
  ])(
    'reports the identity field %s that is also in identityHeaders as %s',
    async (header, name) => {
      const { resource } = await createScene()
      const { privateKey: key } = await generateKeyPair('ES256')
      const headers = new Map([[resource, { [name]: () => '' }]])
      const identities = new Map([[resource, { key, header, audience: 'notes' }]])
      const create = () => createForwardAuth([resource], { proxy: 'nginx', headers, identities })
      expect(problemsOf(create)).toContainEqual({
        path: `identityHeaders.${name}`,
        message: 'is set twice',
      })
    },
  )

  it('may set Authorization where no identity does', async () => {
    const { resource } = await createScene()
    const identityHeaders = { Authorization: () => '' }
    expect(problemPaths(() => forwardAuth(resource, { proxy: 'nginx', identityHeaders }))).toEqual(
      [],
    )
  })

  it('reads no inherited member of an identity', async () => {
    const { resource } = await createScene()
    const { privateKey: key } = await generateKeyPair('ES256')
    const identity = Object.assign(Object.create({ header: 'X-Inherited' }), { key, audience: 'a' })
    const decide = createForwardAuth([resource], {
      proxy: 'nginx',
      headers: new Map(),
      identities: new Map([[resource, identity]]),
      requirements: { optional: true },
    })
    const headers = FIELDS.nginx('GET', '/mcp')
    const response = await decide(new Request('http://127.0.0.1/auth', { headers }))
    expect([response.status, response.headers.get('X-Inherited')]).toEqual([200, null])
    expect(response.headers.get('Authorization')).toBe('')
  })
})

describe('forwardAuth() says', () => {
  it.each([
    [
      'how to check operations',
      { operations: {} },
      { proxy: 'caddy' },
      'cannot be checked, because caddy sends no body with its sub-request; use forward()',
    ],
    [
      'how to seal sessions',
      { sessions: { secret: 's'.repeat(32) } },
      { proxy: 'envoy' },
      'cannot be bound, because the requests and responses of the server do not pass the guard; use forward()',
    ],
    [
      'which name is there twice',
      {},
      { proxy: 'envoy', identityHeaders: { a_b: () => '', 'A-B': () => '' } },
      'is set twice',
    ],
    [
      'which name is reserved',
      {},
      { proxy: 'envoy', identityHeaders: { Host: () => '' } },
      'is set by the gateway or by the connection',
    ],
  ])('%s', async (_, scene, options, message) => {
    const { resource } = await createScene(scene)
    const problems = problemsOf(() => forwardAuth(resource, options as never))
    expect(problems.map((problem) => problem.message)).toEqual([message])
  })

  it('that a resource is not one', () => {
    expect(() => forwardAuth({} as never, { proxy: 'nginx' })).toThrow(
      new TypeError('The resource was not created by protectedResource().'),
    )
  })

  it('which options are missing, or no options', async () => {
    const { resource } = await createScene()
    const inherited = problemsOf(() => forwardAuth(resource, Object.create({ proxy: 'nginx' })))
    expect(inherited.map(({ path }) => path)).toEqual(['proxy'])
    const none = problemsOf(() => forwardAuth(resource, JSON.parse('5')))
    expect(none).toEqual([{ path: 'options', message: expect.stringContaining('object') }])
  })
})
