/** JWT: the times and the other claims of JWT access tokens. */

import { describe, expect, it } from 'vitest'
import { ConfigError, type JwtOptions, protectedResource } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { forge, signedBy } from '../support/forge.ts'
import { createIssuer, goodClaims, RESOURCE } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectRejected,
  invalidToken,
  present,
  type SceneOptions,
} from '../support/scene.ts'

const STRICT: JwtOptions = { kind: 'jwt', profile: 'rfc9068' }
const strict: SceneOptions = { server: { accessToken: STRICT } }

describe('times', () => {
  it.each([undefined, null, '1900000000', '', {}, [START + 60], true])(
    'JWT-08: exp %j is not a time',
    async (exp) => {
      const scene = await createScene()
      const header = { alg: 'ES256', kid: 'k1', typ: 'at+jwt' }
      const token = await forge(header, { ...goodClaims(), exp }, signedBy(scene.issuer.key))
      await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('token_claims'))
    },
  )

  it.each([0, -1, START - 3600, START - 30])('JWT-08: exp %j has passed', async (exp) => {
    const scene = await createScene()
    await expectRejected(scene, present(scene, { exp }), invalidToken('token_expired'))
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
    if (row.isGood) expect((await expectAccepted(scene, answer)).expiresAt).toBe(row.exp)
    else await expectRejected(scene, answer, invalidToken('token_expired'))
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
    await expectRejected(scene, present(scene, { nbf }), invalidToken(code))
  })

  it.each([START + 30, START, START - 3600, 0])('JWT-10: nbf %d is accepted', async (nbf) => {
    const scene = await createScene()
    expect((await expectAccepted(scene, present(scene, { nbf }))).claims['nbf']).toBe(nbf)
  })

  it('JWT-10: a token is accepted from its nbf on', async () => {
    const scene = await createScene({ clockToleranceSeconds: 0 })
    const token = await scene.issuer.token({ nbf: START + 60 })
    await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('token_not_yet_valid'))
    scene.clock.advance(60)
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
  })

  it('JWT-17: a cached token is rejected after its exp', async () => {
    const scene = await createScene({ clockToleranceSeconds: 0 })
    const token = await scene.issuer.token({ exp: START + 60 })
    for (let second = 0; second < 60; second += 20) {
      await expectAccepted(scene, scene.ask(`Bearer ${token}`))
      scene.clock.advance(20)
    }
    await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('token_expired'))
    expect(scene.runs).toHaveLength(3)
  })

  it('JWT-17: each request gets its own context', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    const [first, second] = [
      await expectAccepted(scene, scene.ask(`Bearer ${token}`)),
      await expectAccepted(scene, scene.ask(`Bearer ${token}`)),
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
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    scene.clock.advance(631)
    await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('token_expired'))
    await expectRejected(scene, present(scene, { iat: undefined }), invalidToken('token_claims'))
    const future = { iat: START + 86_000, exp: START + 86_400 }
    await expectRejected(scene, present(scene, future), invalidToken('token_not_yet_valid'))
  })
})

describe('claims', () => {
  const REQUIRED = ['sub', 'client_id', 'iat', 'jti']
  it.each(REQUIRED)('JWT-11: rfc9068 requires %s, standard does not', async (name) => {
    const [exact, lax] = [await createScene(strict), await createScene()]
    await expectRejected(exact, present(exact, { [name]: undefined }), invalidToken('token_claims'))
    expect(
      (await expectAccepted(lax, present(lax, { [name]: undefined }))).claims,
    ).not.toHaveProperty(name)
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
    await expectRejected(scene, present(scene, claims), invalidToken('token_claims'))
  })

  it('JWT-11: requiredClaims adds claims', async () => {
    const scene = await createScene({
      server: { accessToken: { kind: 'jwt', requiredClaims: ['tenant', 'constructor'] } },
    })
    await expectAccepted(scene, present(scene, { tenant: 't', constructor: 1 }))
    await expectRejected(scene, present(scene, { tenant: 't' }), invalidToken('token_claims'))
    const empty = { tenant: null, constructor: 1 }
    await expectRejected(scene, present(scene, empty), invalidToken('token_claims'))
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
      await expectAccepted(scene, present(scene, { scope: 'write read' }))
      for (const scope of ['Read', 'READ', 'read:all', 'reads', 'read,write', 'read\twrite']) {
        await expectRejected(scene, present(scene, { scope }), expected)
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
    expect((await expectAccepted(scene, present(scene, claims))).scopes).toEqual(scopes)
  })

  it.each([
    { claims: { scope: 'a b' }, scopes: ['a', 'b'] },
    { claims: { scope: ['a', 'b'] }, scopes: [] },
    { claims: { scope: 5 }, scopes: [] },
    { claims: { ...none, scp: ['a'] }, scopes: [] },
    { claims: { ...none, scopes: 'a' }, scopes: [] },
  ])('JWT-14: under rfc9068 $claims grants $scopes', async ({ claims, scopes }) => {
    const scene = await createScene(strict)
    expect((await expectAccepted(scene, present(scene, claims))).scopes).toEqual(scopes)
  })

  it('JWT-14: all configured scope claims are read, and no others', async () => {
    const scene = await createScene({ server: { claims: { scope: ['permissions', 'scp'] } } })
    const claims = { scope: 'x', permissions: ['a', 'b'], scp: 'b c' }
    expect((await expectAccepted(scene, present(scene, claims))).claims['scope']).toBe('x')
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
      expect((await expectAccepted(scene, present(scene, claims))).clientId).toBe(clientId)
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
    const first = await expectAccepted(scene, scene.ask(`Bearer ${await one.token()}`))
    const second = await expectAccepted(scene, scene.ask(`Bearer ${await two.token()}`))
    expect([first.issuer, first.subject]).toEqual(['https://one.example', 'user-1'])
    expect([second.issuer, second.subject]).toEqual(['https://two.example', 'user-1'])
  })

  it('JWT-15: the context distinguishes a client from a user', async () => {
    const scene = await createScene()
    const self = await expectAccepted(scene, present(scene, { sub: 'client-1' }))
    expect(self.subject === self.clientId).toBe(true)
    const user = await expectAccepted(scene, present(scene, {}))
    expect(user.subject === user.clientId).toBe(false)
    const bare = await expectAccepted(
      scene,
      present(scene, { sub: undefined, client_id: undefined }),
    )
    expect([bare.subject, bare.clientId]).toEqual([undefined, ''])
    const client = await expectAccepted(scene, present(scene, { sub: undefined }))
    expect([client.subject, client.clientId]).toEqual([undefined, 'client-1'])
    const person = await expectAccepted(scene, present(scene, { client_id: undefined }))
    expect([person.subject, person.clientId]).toEqual(['user-1', ''])
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
    await expectRejected(scene, present(scene, { cnf }), invalidToken('binding_unsupported'))
  })

  it('JWT-16: mapClaims cannot remove a binding', async () => {
    const scene = await createScene({
      server: { mapClaims: ({ cnf: _, ...claims }) => claims },
    })
    await expectAccepted(scene, present(scene, {}))
    await expectRejected(
      scene,
      present(scene, { cnf: { jkt: 'x' } }),
      invalidToken('binding_unsupported'),
    )
  })
})
