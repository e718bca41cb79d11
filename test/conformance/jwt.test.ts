/** JWT: validation of JWT access tokens. */

import { describe, expect, it } from 'vitest'
import {
  type AuthErrorCode,
  ConfigError,
  type JwtOptions,
  protectedResource,
} from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { forge, partsOf, signedBy } from '../support/forge.ts'
import { createIssuer, createKey, goodClaims, RESOURCE, sign } from '../support/issuer.ts'
import {
  accepted,
  createScene,
  invalidToken,
  refused,
  type Scene,
  type SceneOptions,
} from '../support/scene.ts'

const STRICT: JwtOptions = { kind: 'jwt', profile: 'rfc9068' }
const strict: SceneOptions = { server: { accessToken: STRICT } }

/** Sends a token with these claims and this header. */
async function present(
  scene: Scene,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<Response> {
  return scene.ask(`Bearer ${await scene.issuer.token(claims, { header })}`)
}

describe('token type', () => {
  it.each(['at+jwt', 'at+JWT', 'AT+JWT', 'application/at+jwt', 'Application/AT+JWT'])(
    'JWT-01: rfc9068 accepts typ %s',
    async (typ) => {
      const scene = await createScene(strict)
      expect((await accepted(scene, present(scene, {}, { typ }))).subject).toBe('user-1')
    },
  )

  it.each(['JWT', 'jwt', 'application/jwt', 'at', 'at+jwt ', 'text/at+jwt', '', undefined])(
    'JWT-01: rfc9068 rejects typ %j',
    async (typ) => {
      const scene = await createScene(strict)
      await refused(scene, present(scene, {}, { typ }), invalidToken('token_type'))
    },
  )

  it.each(['at+jwt', 'at+JWT', 'application/at+jwt', 'JWT', 'jwt', undefined])(
    'JWT-02: standard accepts typ %j',
    async (typ) => {
      const scene = await createScene()
      expect((await accepted(scene, present(scene, {}, { typ }))).audience).toEqual([RESOURCE])
    },
  )

  it.each([
    { title: 'standard', options: {}, code: 'token_type' as const },
    { title: 'rfc9068', options: strict, code: 'token_type' as const },
  ])('JWT-02: $title rejects an ID token', async ({ options, code }) => {
    const scene = await createScene(options)
    const idToken = { aud: 'client-1', nonce: 'n', at_hash: 'h', scope: undefined }
    await refused(scene, present(scene, idToken, { typ: 'JWT' }), invalidToken(code))
  })

  it.each(['nonce', 'at_hash', 'c_hash', 's_hash'])(
    'JWT-02: %s shows an ID token where the audience can be a client',
    async (name) => {
      const scene = await createScene({ audience: ['client-1', RESOURCE] })
      const asClient = { aud: 'client-1' }
      await accepted(scene, present(scene, asClient, { typ: 'JWT' }))
      const idToken = { ...asClient, [name]: 'x' }
      await refused(scene, present(scene, idToken, { typ: 'JWT' }), invalidToken('token_type'))
    },
  )

  it('JWT-02: a token for the resource itself may have a nonce', async () => {
    const scene = await createScene({ audience: ['api', RESOURCE] })
    await accepted(scene, present(scene, { nonce: 'x' }, { typ: 'JWT' }))
    await accepted(scene, present(scene, { nonce: 'x', aud: ['api', RESOURCE] }, { typ: 'JWT' }))
  })

  it.each([
    ['token_use', 'id'],
    ['token_use', 'refresh'],
    ['token_use', null],
    ['typ', 'ID'],
    ['typ', 'Refresh'],
    ['typ', 'Logout'],
    ['tokenType', 'id-token'],
  ])('JWT-02: standard rejects the claim %s: %j', async (name, value) => {
    const scene = await createScene()
    await refused(scene, present(scene, { [name]: value }), invalidToken('token_type'))
  })

  it.each([
    ['token_use', 'access'],
    ['typ', 'Bearer'],
    ['tokenType', 'access-token'],
  ])('JWT-02: standard accepts the claim %s: %j', async (name, value) => {
    const scene = await createScene()
    expect((await accepted(scene, present(scene, { [name]: value }))).claims[name]).toBe(value)
  })

  const OTHERS = [
    'dpop+jwt',
    'token-introspection+jwt',
    'logout+jwt',
    'secevent+jwt',
    'oauth-id-jag+jwt',
    'client-authentication+jwt',
    'oauth-authz-req+jwt',
    'application/secevent+jwt',
    'id_token+jwt',
    'JWE',
    'JOSE',
    'vc+sd-jwt',
  ]
  it.each(
    OTHERS.flatMap((typ) => [
      { typ, options: {} },
      { typ, options: strict },
    ]),
  )(
    'JWT-03: $typ is never an access token ($options.server.accessToken.profile)',
    async ({ typ, options }) => {
      const scene = await createScene(options)
      await refused(scene, present(scene, {}, { typ }), invalidToken('token_type'))
      expect(scene.issuer.requests).toEqual([])
    },
  )

  it.each([5, null, ['at+jwt'], { typ: 'at+jwt' }, true])(
    'JWT-03: a typ that is %j is rejected',
    async (typ) => {
      const scene = await createScene()
      await refused(scene, present(scene, {}, { typ }), invalidToken('token_type'))
    },
  )
})

describe('issuer', () => {
  it.each([
    'https://as.example/',
    'https://AS.example',
    'HTTPS://as.example',
    'https://as.example:443',
    'https://as.example/tenant',
    'https://as.example.evil.example',
    ' https://as.example',
    'as.example',
    '',
    undefined,
    null,
    5,
    ['https://as.example'],
  ])('JWT-04: iss %j does not match https://as.example', async (iss) => {
    const scene = await createScene()
    await refused(scene, present(scene, { iss }), invalidToken('token_issuer'))
    expect(scene.issuer.requests).toEqual([])
  })

  it('JWT-04: an issuer with a slash at the end matches itself only', async () => {
    const issuer = await createIssuer('https://as.example/')
    issuer.answer('https://as.example/.well-known/oauth-authorization-server', () =>
      Response.json(issuer.metadata),
    )
    const scene = await createScene({
      authorizationServers: ['https://as.example/'],
      fetch: issuer.fetch,
    })
    const spelled = await issuer.token()
    expect((await accepted(scene, scene.ask(`Bearer ${spelled}`))).issuer).toBe(
      'https://as.example/',
    )
    const bare = await issuer.token({ iss: 'https://as.example' })
    await refused(scene, scene.ask(`Bearer ${bare}`), invalidToken('token_issuer'))
  })

  it('JWT-05: the servers of another resource are not accepted', async () => {
    const other = await createIssuer('https://other.example')
    const here = await createScene()
    const both = await createScene({
      authorizationServers: ['https://as.example', 'https://other.example'],
      fetch: async (url) =>
        url.startsWith('https://other.example') ? other.fetch(url) : here.issuer.fetch(url),
    })
    const token = await other.token()
    expect((await accepted(both, both.ask(`Bearer ${token}`))).issuer).toBe('https://other.example')
    await refused(here, here.ask(`Bearer ${token}`), invalidToken('token_issuer'))
    expect(other.requests).toHaveLength(2)
  })

  it('JWT-05: the keys of one server verify no token of another', async () => {
    const [one, two] = [
      await createIssuer('https://one.example'),
      await createIssuer('https://two.example'),
    ]
    const scene = await createScene({
      authorizationServers: ['https://one.example', 'https://two.example'],
      fetch: async (url) => (url.startsWith('https://one.example') ? one : two).fetch(url),
    })
    await accepted(scene, scene.ask(`Bearer ${await one.token()}`))
    const forged = await sign(goodClaims('https://one.example'), {}, two.key)
    await refused(scene, scene.ask(`Bearer ${forged}`), invalidToken('token_signature'))
  })
})

describe('audience', () => {
  it.each([[RESOURCE], [[RESOURCE]], [['https://x.example', RESOURCE]]])(
    'JWT-06: aud %j is accepted',
    async (aud) => {
      const scene = await createScene()
      expect((await accepted(scene, present(scene, { aud }))).audience).toEqual([aud].flat())
    },
  )

  it.each([
    undefined,
    null,
    '',
    [],
    {},
    { [RESOURCE]: true },
    5,
    true,
    'https://other.example/mcp',
    ['https://other.example/mcp'],
    [[RESOURCE]],
    [RESOURCE, 5],
    `${RESOURCE} https://other.example`,
  ])('JWT-06: aud %j is rejected', async (aud) => {
    const scene = await createScene()
    await refused(scene, present(scene, { aud }), invalidToken('token_audience'))
  })

  it('JWT-06: the event has the accepted and the received audiences, once the signature is verified', async () => {
    const scene = await createScene()
    const claims = { aud: 'https://other.example' }
    await refused(scene, present(scene, claims), invalidToken('token_audience'))
    expect(scene.events.at(-1)).toEqual({
      type: 'refused',
      resource: RESOURCE,
      code: 'token_audience',
      status: 401,
      issuer: 'https://as.example',
      expected: [RESOURCE],
      received: ['https://other.example'],
    })
    const forged = await scene.issuer.token(claims, { key: await createKey() })
    await refused(scene, scene.ask(`Bearer ${forged}`), invalidToken('token_signature'))
    expect(scene.events.at(-1)).not.toHaveProperty('received')
  })

  const NEIGHBOURS = [
    'https://rs.example',
    'https://rs.example/',
    'https://rs.example/mcp2',
    'https://rs.example/mcp/',
    'https://rs.example/mcp/sub',
    'https://rs.example/MCP',
    'https://RS.example/mcp',
    'https://rs.example:443/mcp',
    'https://rs.example/mcp?',
    'https://rs.example/%6dcp',
    'http://rs.example/mcp',
    'api',
  ]
  it.each(NEIGHBOURS)('JWT-07: aud %s is another audience', async (aud) => {
    const scene = await createScene()
    await refused(scene, present(scene, { aud }), invalidToken('token_audience'))
  })

  it.each(NEIGHBOURS)('JWT-07: aud %s is accepted where it is configured', async (aud) => {
    const scene = await createScene({ audience: aud })
    expect((await accepted(scene, present(scene, { aud }))).audience).toEqual([aud])
    await refused(scene, present(scene, {}), invalidToken('token_audience'))
  })

  it('JWT-07: the audience of a server replaces that of the resource', async () => {
    const scene = await createScene({ audience: 'api', server: { audience: ['b', 'c'] } })
    await accepted(scene, present(scene, { aud: 'c' }))
    await refused(scene, present(scene, { aud: 'api' }), invalidToken('token_audience'))
  })

  it('JWT-07: dangerouslyAllowMissingAudience accepts a token without aud; a present aud must match', async () => {
    const scene = await createScene({ server: { dangerouslyAllowMissingAudience: true } })
    expect((await accepted(scene, present(scene, { aud: undefined }))).audience).toEqual([])
    for (const aud of ['other', [], null]) {
      await refused(scene, present(scene, { aud }), invalidToken('token_audience'))
    }
  })

  it('JWT-07: claims.audience is read in place of an absent aud only', async () => {
    const scene = await createScene({
      audience: 'client-1',
      server: { claims: { audience: 'client_id' } },
    })
    const auth = await accepted(scene, present(scene, { aud: undefined }))
    expect(auth.audience).toEqual(['client-1'])
    await refused(scene, present(scene, { aud: 'other' }), invalidToken('token_audience'))
    const foreign = { aud: undefined, client_id: 'client-2' }
    await refused(scene, present(scene, foreign), invalidToken('token_audience'))
  })
})

describe('times', () => {
  it.each([undefined, null, '1900000000', '', {}, [START + 60], true])(
    'JWT-08: exp %j is not a time',
    async (exp) => {
      const scene = await createScene()
      const header = { alg: 'ES256', kid: 'k1', typ: 'at+jwt' }
      const token = await forge(header, { ...goodClaims(), exp }, signedBy(scene.issuer.key))
      await refused(scene, scene.ask(`Bearer ${token}`), invalidToken('token_claims'))
    },
  )

  it.each([0, -1, START - 3600, START - 30])('JWT-08: exp %j has passed', async (exp) => {
    const scene = await createScene()
    await refused(scene, present(scene, { exp }), invalidToken('token_expired'))
  })

  it.each([
    { exp: START + 1, tolerance: 0, isGood: true },
    { exp: START, tolerance: 0, isGood: false },
    { exp: START - 30, tolerance: 60, isGood: true },
    { exp: START - 59.5, tolerance: 60, isGood: true },
    { exp: START - 60, tolerance: 60, isGood: false },
    { exp: START - 29, tolerance: undefined, isGood: true },
    { exp: START - 30, tolerance: undefined, isGood: false },
    { exp: START - 299, tolerance: 300, isGood: true },
  ])('JWT-09: exp $exp with a tolerance of $tolerance: $isGood', async (row) => {
    const scene = await createScene({ clockToleranceSeconds: row.tolerance })
    const answer = present(scene, { exp: row.exp })
    if (row.isGood) expect((await accepted(scene, answer)).expiresAt).toBe(row.exp)
    else await refused(scene, answer, invalidToken('token_expired'))
  })

  it.each([301, 3600, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'JWT-09: a tolerance of %d is a configuration error',
    (clockToleranceSeconds) => {
      const options = { resource: RESOURCE, authorizationServers: ['https://as.example'] }
      const build = () => protectedResource({ ...options, clockToleranceSeconds })
      expect(build).toThrow(ConfigError)
      expect(build).toThrow(/clockToleranceSeconds/)
    },
  )

  it.each([
    { nbf: START + 3600, code: 'token_not_yet_valid' },
    { nbf: START + 31, code: 'token_not_yet_valid' },
    { nbf: String(START), code: 'token_claims' },
    { nbf: null, code: 'token_claims' },
  ] as const)('JWT-10: nbf $nbf is rejected', async ({ nbf, code }) => {
    const scene = await createScene()
    await refused(scene, present(scene, { nbf }), invalidToken(code))
  })

  it.each([START + 30, START, START - 3600, 0])('JWT-10: nbf %d is accepted', async (nbf) => {
    const scene = await createScene()
    expect((await accepted(scene, present(scene, { nbf }))).claims['nbf']).toBe(nbf)
  })

  it('JWT-10: a token is accepted from its nbf on', async () => {
    const scene = await createScene({ clockToleranceSeconds: 0 })
    const token = await scene.issuer.token({ nbf: START + 60 })
    await refused(scene, scene.ask(`Bearer ${token}`), invalidToken('token_not_yet_valid'))
    scene.clock.advance(60)
    await accepted(scene, scene.ask(`Bearer ${token}`))
  })

  it('JWT-17: a cached token is rejected after its exp', async () => {
    const scene = await createScene({ clockToleranceSeconds: 0 })
    const token = await scene.issuer.token({ exp: START + 60 })
    for (let second = 0; second < 60; second += 20) {
      await accepted(scene, scene.ask(`Bearer ${token}`))
      scene.clock.advance(20)
    }
    await refused(scene, scene.ask(`Bearer ${token}`), invalidToken('token_expired'))
    expect(scene.runs).toHaveLength(3)
  })

  it('JWT-17: each request gets its own context', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    const [first, second] = [
      await accepted(scene, scene.ask(`Bearer ${token}`)),
      await accepted(scene, scene.ask(`Bearer ${token}`)),
    ]
    expect(first).not.toBe(second)
    expect(first.resource).not.toBe(first.resource)
    expect(() => first.scopes.push('admin')).toThrow(TypeError)
    expect(() => Object.assign(first.claims, { scope: 'admin' })).toThrow(TypeError)
    expect(second.scopes).toEqual(['read'])
  })

  it('JWT-17: a token older than maxTokenAgeSeconds is rejected before its exp', async () => {
    const scene = await createScene({
      server: { accessToken: { kind: 'jwt', maxTokenAgeSeconds: 600 } },
    })
    const token = await scene.issuer.token({ exp: START + 86_400 })
    await accepted(scene, scene.ask(`Bearer ${token}`))
    scene.clock.advance(631)
    await refused(scene, scene.ask(`Bearer ${token}`), invalidToken('token_expired'))
    await refused(scene, present(scene, { iat: undefined }), invalidToken('token_claims'))
    const future = { iat: START + 86_000, exp: START + 86_400 }
    await refused(scene, present(scene, future), invalidToken('token_not_yet_valid'))
  })
})

describe('claims', () => {
  const REQUIRED = ['sub', 'client_id', 'iat', 'jti']
  it.each(REQUIRED)('JWT-11: rfc9068 requires %s, standard does not', async (name) => {
    const [exact, lax] = [await createScene(strict), await createScene()]
    await refused(exact, present(exact, { [name]: undefined }), invalidToken('token_claims'))
    expect((await accepted(lax, present(lax, { [name]: undefined }))).claims).not.toHaveProperty(
      name,
    )
  })

  it.each([
    { sub: 5 },
    { sub: '' },
    { client_id: ['client-1'] },
    { jti: null },
    { iat: String(START) },
    { iat: {} },
  ])('JWT-11: rfc9068 rejects %j', async (claims) => {
    const scene = await createScene(strict)
    await refused(scene, present(scene, claims), invalidToken('token_claims'))
  })

  it('JWT-11: requiredClaims adds claims', async () => {
    const scene = await createScene({
      server: { accessToken: { kind: 'jwt', requiredClaims: ['tenant', 'constructor'] } },
    })
    await accepted(scene, present(scene, { tenant: 't', constructor: 1 }))
    await refused(scene, present(scene, { tenant: 't' }), invalidToken('token_claims'))
    const empty = { tenant: null, constructor: 1 }
    await refused(scene, present(scene, empty), invalidToken('token_claims'))
  })

  it.each(['standard', 'rfc9068'] as const)(
    'JWT-14: under %s scopes are case-sensitive',
    async (profile) => {
      const accessToken = { kind: 'jwt' as const, profile }
      const scene = await createScene({ requiredScopes: ['read'], server: { accessToken } })
      const expected = {
        code: 'scope_insufficient',
        status: 403,
        error: 'insufficient_scope',
        scope: 'read',
      } as const
      await accepted(scene, present(scene, { scope: 'write read' }))
      for (const scope of ['Read', 'READ', 'read:all', 'reads', 'read,write', 'read\twrite']) {
        await refused(scene, present(scene, { scope }), expected)
      }
    },
  )

  const none = { scope: undefined }
  it.each([
    { claims: { scope: 'a b' }, scopes: ['a', 'b'] },
    { claims: { scope: ' a  b a ' }, scopes: ['a', 'b'] },
    { claims: { scope: ['a', 'b'] }, scopes: ['a', 'b'] },
    { claims: { scope: '' }, scopes: [] },
    { claims: { ...none, scp: 'a b' }, scopes: ['a', 'b'] },
    { claims: { ...none, scp: ['a', 'b'] }, scopes: ['a', 'b'] },
    { claims: { ...none, scopes: ['a'] }, scopes: ['a'] },
    { claims: { ...none, scopes: 'a b' }, scopes: ['a', 'b'] },
    { claims: { scope: 'a', scp: 'b', scopes: 'c' }, scopes: ['a'] },
    { claims: { ...none, scp: 'b', scopes: 'c' }, scopes: ['b'] },
    { claims: { scope: '', scp: 'b' }, scopes: [] },
    { claims: { scope: 5, scp: 'b' }, scopes: [] },
    { claims: { scope: { a: true } }, scopes: [] },
    { claims: { scope: ['a', 5] }, scopes: [] },
    { claims: none, scopes: [] },
  ])('JWT-14: under standard $claims grants $scopes', async ({ claims, scopes }) => {
    const scene = await createScene()
    expect((await accepted(scene, present(scene, claims))).scopes).toEqual(scopes)
  })

  it.each([
    { claims: { scope: 'a b' }, scopes: ['a', 'b'] },
    { claims: { scope: ['a', 'b'] }, scopes: [] },
    { claims: { scope: 5 }, scopes: [] },
    { claims: { ...none, scp: ['a'] }, scopes: [] },
    { claims: { ...none, scopes: 'a' }, scopes: [] },
  ])('JWT-14: under rfc9068 $claims grants $scopes', async ({ claims, scopes }) => {
    const scene = await createScene(strict)
    expect((await accepted(scene, present(scene, claims))).scopes).toEqual(scopes)
  })

  it('JWT-14: all configured scope claims are read, and no others', async () => {
    const scene = await createScene({ server: { claims: { scope: ['permissions', 'scp'] } } })
    const claims = { scope: 'x', permissions: ['a', 'b'], scp: 'b c' }
    expect((await accepted(scene, present(scene, claims))).claims['scope']).toBe('x')
    expect(scene.runs.at(-1)?.scopes).toEqual(['a', 'b', 'c'])
  })

  it.each([
    { claims: {}, clientId: 'client-1' },
    { claims: { client_id: undefined, azp: 'a', appid: 'b' }, clientId: 'a' },
    { claims: { client_id: undefined, appid: 'b', cid: 'c' }, clientId: 'b' },
    { claims: { client_id: undefined, cid: 'c' }, clientId: 'c' },
    { claims: { client_id: undefined }, clientId: '' },
  ])(
    'JWT-14: under standard $claims has the client id "$clientId"',
    async ({ claims, clientId }) => {
      const scene = await createScene()
      expect((await accepted(scene, present(scene, claims))).clientId).toBe(clientId)
    },
  )

  it('JWT-15: one subject of two issuers is two principals', async () => {
    const [one, two] = [
      await createIssuer('https://one.example'),
      await createIssuer('https://two.example'),
    ]
    const scene = await createScene({
      authorizationServers: ['https://one.example', 'https://two.example'],
      fetch: async (url) => (url.startsWith('https://one.example') ? one : two).fetch(url),
    })
    const first = await accepted(scene, scene.ask(`Bearer ${await one.token()}`))
    const second = await accepted(scene, scene.ask(`Bearer ${await two.token()}`))
    expect([first.issuer, first.subject]).toEqual(['https://one.example', 'user-1'])
    expect([second.issuer, second.subject]).toEqual(['https://two.example', 'user-1'])
  })

  it('JWT-15: the context distinguishes a client from a user', async () => {
    const scene = await createScene()
    const self = await accepted(scene, present(scene, { sub: 'client-1' }))
    expect(self.subject === self.clientId).toBe(true)
    const user = await accepted(scene, present(scene, {}))
    expect(user.subject === user.clientId).toBe(false)
    const bare = await accepted(scene, present(scene, { sub: undefined, client_id: undefined }))
    expect([bare.subject, bare.clientId]).toEqual([undefined, ''])
  })

  it.each([
    [{ 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }],
    [{ jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I' }],
    [{ jwk: { kty: 'EC' } }],
    [{ kid: 'k' }],
    [{ 'urn:example:new': 1 }],
    [{}],
    [[]],
    [null],
    ['jkt'],
    [false],
  ])('JWT-16: a token bound by cnf %j is rejected', async (cnf) => {
    const scene = await createScene()
    await refused(scene, present(scene, { cnf }), invalidToken('binding_unsupported'))
  })

  it('JWT-16: mapClaims cannot remove a binding', async () => {
    const scene = await createScene({
      server: { mapClaims: ({ cnf: _, ...claims }) => claims },
    })
    await accepted(scene, present(scene, {}))
    await refused(scene, present(scene, { cnf: { jkt: 'x' } }), invalidToken('binding_unsupported'))
  })
})

describe('signature', () => {
  it('JWT-12: one changed bit of signature, payload or header is rejected', async () => {
    const asked: unknown[] = []
    const scene = await createScene({
      server: {
        mapClaims: (claims) => {
          asked.push(claims)
          return claims
        },
      },
    })
    const token = await scene.issuer.token()
    for (const part of [0, 1, 2]) {
      const segments = partsOf(token)
      const bytes = Buffer.from(segments[part] as string, 'base64url')
      // Inside a JSON string, so that the text stays JSON with the same claims.
      const at = part === 2 ? 10 : bytes.lastIndexOf('"', bytes.length - 3) - 1
      bytes[at] = (bytes[at] as number) ^ 1
      segments[part] = bytes.toString('base64url')
      const response = await scene.ask(`Bearer ${segments.join('.')}`)
      expect(response.status).toBe(401)
      expect(scene.runs).toEqual([])
    }
    expect(asked).toEqual([])
    expect(JSON.stringify(scene.events)).not.toContain('user-1')
    await accepted(scene, scene.ask(`Bearer ${token}`))
    expect(asked).toHaveLength(1)
  })

  it('JWT-12: claims that were changed after signing are rejected with token_signature', async () => {
    const scene = await createScene()
    const [header, , signature] = partsOf(await scene.issuer.token())
    const [, payload] = partsOf(await scene.issuer.token({ scope: 'admin' }))
    const answer = scene.ask(`Bearer ${header}.${payload}.${signature}`)
    await refused(scene, answer, invalidToken('token_signature'))
  })

  it('JWT-12: issuerTemplate.allow is called after the signature is verified', async () => {
    const asked: string[] = []
    const scene = await createScene({
      server: {
        issuerTemplate: {
          pattern: 'https://as.example/{tenant}',
          claim: 'tid',
          allow: (tenant) => {
            asked.push(tenant)
            return tenant === 'good'
          },
        },
      },
    })
    const claims = { iss: 'https://as.example/good', tid: 'good' }
    const forged = await scene.issuer.token(claims, { key: await createKey() })
    await refused(scene, scene.ask(`Bearer ${forged}`), invalidToken('token_signature'))
    expect(asked).toEqual([])
    expect((await accepted(scene, present(scene, claims))).issuer).toBe('https://as.example/good')
    const stranger = { iss: 'https://as.example/bad', tid: 'bad' }
    await refused(scene, present(scene, stranger), invalidToken('token_issuer'))
    expect(asked).toEqual(['good', 'bad'])
    const torn = { iss: 'https://as.example/good', tid: 'bad' }
    await refused(scene, present(scene, torn), invalidToken('token_issuer'))
  })

  const INVALID: readonly [AuthErrorCode, Record<string, unknown>, Record<string, unknown>][] = [
    ['token_type', {}, { typ: 'dpop+jwt' }],
    ['token_issuer', { iss: 'https://evil.example' }, {}],
    ['token_audience', { aud: 'other' }, {}],
    ['token_expired', { exp: 1 }, {}],
    ['token_not_yet_valid', { nbf: START + 3600 }, {}],
    ['token_claims', { exp: 'soon' }, {}],
    ['token_key', {}, { kid: 'unknown' }],
    ['binding_unsupported', { cnf: {} }, {}],
  ]
  it.each(INVALID)('JWT-13: %s is invalid_token on the wire', async (code, claims, header) => {
    const scene = await createScene()
    await refused(scene, present(scene, claims, header), invalidToken(code))
  })
})
