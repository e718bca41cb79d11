/** JWT: type, issuer, audience and signature of JWT access tokens. */

import { describe, expect, it } from 'vitest'
import type { AuthErrorCode, JwtOptions } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { partsOf } from '../support/forge.ts'
import { createIssuer, createKey, goodClaims, RESOURCE, sign } from '../support/issuer.ts'
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

describe('token type', () => {
  it.each(['at+jwt', 'at+JWT', 'AT+JWT', 'application/at+jwt', 'Application/AT+JWT'])(
    'JWT-01: rfc9068 accepts typ %s',
    async (typ) => {
      const scene = await createScene(strict)
      expect((await expectAccepted(scene, present(scene, {}, { typ }))).subject).toBe('user-1')
    },
  )

  it.each(['JWT', 'jwt', 'application/jwt', 'at', 'at+jwt ', 'text/at+jwt', '', undefined])(
    'JWT-01: rfc9068 rejects typ %j',
    async (typ) => {
      const scene = await createScene(strict)
      await expectRejected(scene, present(scene, {}, { typ }), invalidToken('token_type'))
    },
  )

  it.each(['at+jwt', 'at+JWT', 'application/at+jwt', 'JWT', 'jwt', undefined])(
    'JWT-02: standard accepts typ %j',
    async (typ) => {
      const scene = await createScene()
      expect((await expectAccepted(scene, present(scene, {}, { typ }))).audience).toEqual([
        RESOURCE,
      ])
    },
  )

  it.each([
    { title: 'standard', options: {}, code: 'token_type' as const },
    { title: 'rfc9068', options: strict, code: 'token_type' as const },
  ])('JWT-02: $title rejects an ID token', async ({ options, code }) => {
    const scene = await createScene(options)
    const idToken = { aud: 'client-1', nonce: 'n', at_hash: 'h', scope: undefined }
    await expectRejected(scene, present(scene, idToken, { typ: 'JWT' }), invalidToken(code))
  })

  it.each(['nonce', 'at_hash', 'c_hash', 's_hash'])(
    'JWT-02: %s shows an ID token where the audience can be a client',
    async (name) => {
      const scene = await createScene({ audience: ['client-1', RESOURCE] })
      const asClient = { aud: 'client-1' }
      await expectAccepted(scene, present(scene, asClient, { typ: 'JWT' }))
      const idToken = { ...asClient, [name]: 'x' }
      await expectRejected(
        scene,
        present(scene, idToken, { typ: 'JWT' }),
        invalidToken('token_type'),
      )
    },
  )

  it('JWT-02: a token for the resource itself may have a nonce', async () => {
    const scene = await createScene({ audience: ['api', RESOURCE] })
    await expectAccepted(scene, present(scene, { nonce: 'x' }, { typ: 'JWT' }))
    await expectAccepted(
      scene,
      present(scene, { nonce: 'x', aud: ['api', RESOURCE] }, { typ: 'JWT' }),
    )
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
    await expectRejected(scene, present(scene, { [name]: value }), invalidToken('token_type'))
  })

  it.each([
    ['token_use', 'access'],
    ['typ', 'Bearer'],
    ['tokenType', 'access-token'],
  ])('JWT-02: standard accepts the claim %s: %j', async (name, value) => {
    const scene = await createScene()
    expect((await expectAccepted(scene, present(scene, { [name]: value }))).claims[name]).toBe(
      value,
    )
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
      await expectRejected(scene, present(scene, {}, { typ }), invalidToken('token_type'))
      expect(scene.issuer.requests).toEqual([])
    },
  )

  it.each([5, null, ['at+jwt'], { typ: 'at+jwt' }, true])(
    'JWT-03: a typ that is %j is rejected',
    async (typ) => {
      const scene = await createScene()
      await expectRejected(scene, present(scene, {}, { typ }), invalidToken('token_type'))
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
    await expectRejected(scene, present(scene, { iss }), invalidToken('token_issuer'))
    expect(scene.issuer.requests).toEqual([])
  })

  it('JWT-04: an issuer with a slash at the end matches itself only', async () => {
    const issuer = await createIssuer('https://as.example/')
    issuer.respondAt('https://as.example/.well-known/oauth-authorization-server', () =>
      Response.json(issuer.metadata),
    )
    const scene = await createScene({
      authorizationServers: ['https://as.example/'],
      fetch: issuer.fetch,
    })
    const spelled = await issuer.token()
    expect((await expectAccepted(scene, scene.ask(`Bearer ${spelled}`))).issuer).toBe(
      'https://as.example/',
    )
    const bare = await issuer.token({ iss: 'https://as.example' })
    await expectRejected(scene, scene.ask(`Bearer ${bare}`), invalidToken('token_issuer'))
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
    expect((await expectAccepted(both, both.ask(`Bearer ${token}`))).issuer).toBe(
      'https://other.example',
    )
    await expectRejected(here, here.ask(`Bearer ${token}`), invalidToken('token_issuer'))
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
    await expectAccepted(scene, scene.ask(`Bearer ${await one.token()}`))
    const forged = await sign(goodClaims('https://one.example'), {}, two.key)
    await expectRejected(scene, scene.ask(`Bearer ${forged}`), invalidToken('token_signature'))
  })
})

describe('audience', () => {
  it.each([[RESOURCE], [[RESOURCE]], [['https://x.example', RESOURCE]]])(
    'JWT-06: aud %j is accepted',
    async (aud) => {
      const scene = await createScene()
      expect((await expectAccepted(scene, present(scene, { aud }))).audience).toEqual([aud].flat())
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
    await expectRejected(scene, present(scene, { aud }), invalidToken('token_audience'))
  })

  it('JWT-06: the event has the accepted and the received audiences, once the signature is verified', async () => {
    const scene = await createScene()
    const claims = { aud: 'https://other.example' }
    await expectRejected(scene, present(scene, claims), invalidToken('token_audience'))
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
    await expectRejected(scene, scene.ask(`Bearer ${forged}`), invalidToken('token_signature'))
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
    await expectRejected(scene, present(scene, { aud }), invalidToken('token_audience'))
  })

  it.each(NEIGHBOURS)('JWT-07: aud %s is accepted where it is configured', async (aud) => {
    const scene = await createScene({ audience: aud })
    expect((await expectAccepted(scene, present(scene, { aud }))).audience).toEqual([aud])
    await expectRejected(scene, present(scene, {}), invalidToken('token_audience'))
  })

  it('JWT-07: the audience of a server replaces that of the resource', async () => {
    const scene = await createScene({ audience: 'api', server: { audience: ['b', 'c'] } })
    await expectAccepted(scene, present(scene, { aud: 'c' }))
    await expectRejected(scene, present(scene, { aud: 'api' }), invalidToken('token_audience'))
  })

  it('JWT-07: dangerouslyAllowMissingAudience accepts a token without aud; a present aud must match', async () => {
    const scene = await createScene({ server: { dangerouslyAllowMissingAudience: true } })
    expect((await expectAccepted(scene, present(scene, { aud: undefined }))).audience).toEqual([])
    for (const aud of ['other', [], null]) {
      await expectRejected(scene, present(scene, { aud }), invalidToken('token_audience'))
    }
  })

  it('JWT-07: claims.audience is read in place of an absent aud only', async () => {
    const scene = await createScene({
      audience: 'client-1',
      server: { claims: { audience: 'client_id' } },
    })
    const auth = await expectAccepted(scene, present(scene, { aud: undefined }))
    expect(auth.audience).toEqual(['client-1'])
    await expectRejected(scene, present(scene, { aud: 'other' }), invalidToken('token_audience'))
    const foreign = { aud: undefined, client_id: 'client-2' }
    await expectRejected(scene, present(scene, foreign), invalidToken('token_audience'))
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
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    expect(asked).toHaveLength(1)
  })

  it('JWT-12: claims that were changed after signing are rejected with token_signature', async () => {
    const scene = await createScene()
    const [header, , signature] = partsOf(await scene.issuer.token())
    const [, payload] = partsOf(await scene.issuer.token({ scope: 'admin' }))
    const answer = scene.ask(`Bearer ${header}.${payload}.${signature}`)
    await expectRejected(scene, answer, invalidToken('token_signature'))
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
    await expectRejected(scene, scene.ask(`Bearer ${forged}`), invalidToken('token_signature'))
    expect(asked).toEqual([])
    expect((await expectAccepted(scene, present(scene, claims))).issuer).toBe(
      'https://as.example/good',
    )
    const stranger = { iss: 'https://as.example/bad', tid: 'bad' }
    await expectRejected(scene, present(scene, stranger), invalidToken('token_issuer'))
    expect(asked).toEqual(['good', 'bad'])
    const torn = { iss: 'https://as.example/good', tid: 'bad' }
    await expectRejected(scene, present(scene, torn), invalidToken('token_issuer'))
  })

  it('JWT-12: a tenant that is not on the list is rejected without a key', async () => {
    const scene = await createScene({
      server: {
        issuerTemplate: { pattern: 'https://as.example/{tenant}', claim: 'tid', allow: ['good'] },
      },
    })
    const stranger = { iss: 'https://as.example/bad', tid: 'bad' }
    await expectRejected(scene, present(scene, stranger), invalidToken('token_issuer'))
    expect(scene.issuer.requests).toEqual([])
    await expectAccepted(scene, present(scene, { iss: 'https://as.example/good', tid: 'good' }))
  })

  it('JWT-12: issuerTemplate.allow does not apply to issuers that are named', async () => {
    const scene = await createScene({
      server: {
        tokenIssuers: ['https://as.example/named'],
        issuerTemplate: { pattern: 'https://as.example/{tenant}', claim: 'tid', allow: ['good'] },
      },
    })
    const named = { iss: 'https://as.example/named' }
    for (const claims of [named, { ...named, tid: 'other' }]) {
      expect((await expectAccepted(scene, present(scene, claims))).issuer).toBe(named.iss)
    }
    const other = { iss: 'https://as.example/Named', tid: 'Named' }
    await expectRejected(scene, present(scene, other), invalidToken('token_issuer'))
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
    await expectRejected(scene, present(scene, claims, header), invalidToken(code))
  })

  it.each([
    ['token_algorithm', { alg: 'HS256', kid: 'k1' }],
    ['token_malformed', { alg: 'ES256', kid: 'k1', crit: ['exp'] }],
    ['token_signature', { alg: 'ES256', kid: 'k1' }],
  ] as const)('JWT-13: %s by the header alone is invalid_token', async (code, header) => {
    const scene = await createScene()
    const [, ...rest] = partsOf(await scene.issuer.token())
    const segment = Buffer.from(JSON.stringify(header)).toString('base64url')
    const answer = scene.ask(`Bearer ${[segment, ...rest].join('.')}`)
    await expectRejected(scene, answer, invalidToken(code))
  })
})
