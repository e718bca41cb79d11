/** ERR: error responses and challenges. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  AuthError,
  type AuthErrorCode,
  challengeResponse,
  type ProtectedResource,
  protect,
  protectedResource,
  requireScopes,
} from '../../src/index.ts'
import { type ParsedChallenge, parseChallenges } from '../support/challenge.ts'
import { createIssuer, createKey, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { bearerChallenge } from '../support/rejection.ts'
import {
  type BearerRejection,
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
  malformed,
  NO_CREDENTIALS,
  rejectionCodes,
  type Scene,
} from '../support/scene.ts'

interface Case {
  readonly title: string
  readonly authorization: (scene: Scene) => string | undefined | Promise<string>
  readonly expected: BearerRejection
}

const bearer =
  (claims: Record<string, unknown>): Case['authorization'] =>
  async (scene) =>
    `Bearer ${await scene.issuer.token(claims)}`

/** Every way to be answered 401 that differs in cause. */
const UNAUTHORIZED: readonly Case[] = [
  { title: 'no credentials', authorization: () => undefined, expected: NO_CREDENTIALS },
  { title: 'another scheme', authorization: () => 'Basic dTpw', expected: NO_CREDENTIALS },
  {
    title: 'an expired token',
    authorization: bearer({ exp: 1_799_999_000 }),
    expected: invalidToken('token_expired'),
  },
  {
    title: 'a token for another audience',
    authorization: bearer({ aud: 'https://other.example' }),
    expected: invalidToken('token_audience'),
  },
  {
    title: 'a token of a stranger',
    authorization: bearer({ iss: 'https://evil.example' }),
    expected: invalidToken('token_issuer'),
  },
  {
    title: 'a token signed with another key',
    authorization: async ({ issuer }) =>
      `Bearer ${await issuer.token({}, { key: await createKey() })}`,
    expected: invalidToken('token_signature'),
  },
  {
    title: 'a bound token',
    authorization: bearer({ cnf: { jkt: 'x' } }),
    expected: invalidToken('binding_unsupported'),
  },
  {
    title: 'no token at all in it',
    authorization: () => 'Bearer junk',
    expected: invalidToken('token_malformed'),
  },
]

async function challengesOf(answer: Promise<Response>): Promise<ParsedChallenge[]> {
  return parseChallenges((await answer).headers.get('WWW-Authenticate') ?? '')
}

describe('status and error', () => {
  it.each(UNAUTHORIZED)('ERR-01: $title is 401', async ({ authorization, expected }) => {
    const scene = await createScene()
    const response = await expectRejected(scene, scene.ask(await authorization(scene)), expected)
    expect(response.status).toBe(401)
    expect(response.headers.get('Location')).toBeNull()
  })

  it.each(UNAUTHORIZED)('ERR-02: the 401 for $title carries a challenge', async (each) => {
    const scene = await createScene()
    const challenges = await challengesOf(scene.ask(await each.authorization(scene)))
    expect(challenges.map(({ scheme }) => scheme)).toEqual(['Bearer'])
  })

  it.each([undefined, 'Basic dTpw'])(
    'ERR-03: %j gets no error, described or not',
    async (value) => {
      const scene = await createScene({ requiredScopes: ['read'] })
      const [challenge] = await challengesOf(scene.ask(value))
      expect(Object.keys(challenge?.params ?? {})).toEqual(['scope', 'resource_metadata'])
      await expectRejected(scene, scene.ask(value), { ...NO_CREDENTIALS, scope: 'read' })
    },
  )

  it('ERR-04: an expired token is 401 invalid_token', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    scene.clock.advance(3600 + 31)
    await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('token_expired'))
  })

  it('ERR-05: malformed credentials are 400 invalid_request, with a challenge', async () => {
    const scene = await createScene({ requiredScopes: ['read'] })
    await expectRejected(scene, scene.ask('Bearer a b'), malformed())
  })

  it('ERR-16: the response is the same for every mistake in a token', async () => {
    const scene = await createScene()
    const responses: string[] = []
    const invalid = UNAUTHORIZED.filter(({ expected }) => expected.error !== undefined)
    for (const { authorization } of invalid) {
      const response = await scene.ask(await authorization(scene))
      responses.push(`${response.headers.get('WWW-Authenticate')}\n${await response.text()}`)
    }
    expect(new Set(responses).size).toBe(1)
    expect(rejectionCodes(scene)).toEqual(invalid.map(({ expected }) => expected.code))
  })

  it.each(UNAUTHORIZED)('ERR-17: the body for $title is JSON with two strings', async (each) => {
    const scene = await createScene()
    const response = await scene.ask(await each.authorization(scene))
    expect(response.headers.get('Content-Type')).toBe('application/json')
    expect(await response.json()).toEqual({
      error: expect.stringMatching(/^[a-z_]+$/),
      error_description: expect.any(String),
    })
  })
})

describe('resource_metadata', () => {
  it('ERR-06: is the absolute URL at which the same handler serves the document', async () => {
    const scene = await createScene()
    const [challenge] = await challengesOf(scene.ask())
    expect(challenge?.params['resource_metadata']).toBe(METADATA_URL)
    const document = await scene.send(new Request(METADATA_URL))
    expect(document.status).toBe(200)
    expect(await document.json()).toMatchObject({ resource: RESOURCE })
  })

  it('ERR-06: is in the challenge for an invalid token and for malformed credentials, too', async () => {
    const scene = await createScene()
    await expectRejected(scene, scene.ask('Bearer a.b.c'), invalidToken('token_malformed'))
    await expectRejected(scene, scene.ask('Bearer a b'), malformed())
    for (const credentials of ['Bearer a.b.c', 'Bearer a b', 'Basic dTpw']) {
      const [challenge] = await challengesOf(scene.ask(credentials))
      expect(challenge?.params['resource_metadata']).toBe(METADATA_URL)
    }
  })

  it('ERR-06: comes from the configuration and not from the Host of the request', async () => {
    const scene = await createScene()
    const headers = {
      Host: 'evil.example',
      'X-Forwarded-Host': 'evil.example',
      Forwarded: 'host=evil.example',
    }
    const answer = scene.send(new Request('https://evil.example/mcp', { method: 'POST', headers }))
    await expectRejected(scene, answer, NO_CREDENTIALS)
  })

  it('ERR-07: is in the 403 for insufficient scope', async () => {
    const scene = await createScene({ requiredScopes: ['write'] })
    const token = await scene.issuer.token()
    const response = await scene.ask(`Bearer ${token}`)
    expect(response.status).toBe(403)
    expect(response.headers.get('WWW-Authenticate')).toBe(
      bearerChallenge('insufficient_scope', 'write', METADATA_URL),
    )
    expect(scene.runs).toEqual([])
  })

  it('ERR-18: the next challenge points to the current document after a new configuration', async () => {
    const issuer = await createIssuer()
    let current = resourceAt('https://rs.example/mcp')
    const handle = protect(
      (): ProtectedResource => current,
      () => new Response('done'),
    )
    const pointsTo = async (): Promise<unknown> => {
      const [challenge] = await challengesOf(handle(new Request(RESOURCE, { method: 'POST' })))
      return challenge?.params['resource_metadata']
    }
    expect(await pointsTo()).toBe(METADATA_URL)
    current = resourceAt('https://new.example/mcp')
    expect(await pointsTo()).toBe('https://new.example/.well-known/oauth-protected-resource/mcp')

    function resourceAt(resource: string): ProtectedResource {
      return protectedResource({
        resource,
        authorizationServers: [issuer.issuer],
        fetch: issuer.fetch,
      })
    }
  })
})

/** Our codes that are answered with a challenge. */
const CHALLENGED: readonly AuthErrorCode[] = [
  'credentials_missing',
  'credentials_malformed',
  'credentials_duplicate',
  'token_malformed',
  'token_expired',
  'token_audience',
  'binding_unsupported',
  'scope_insufficient',
  'authentication_insufficient',
]

describe('the grammar of a challenge', () => {
  it.each(CHALLENGED)(
    'ERR-08: the challenge for %s is Bearer with at least one parameter',
    async (code) => {
      const { resource } = await createScene()
      const response = challengeResponse(new AuthError(code), resource)
      const [challenge] = parseChallenges(response.headers.get('WWW-Authenticate') ?? '')
      expect(challenge?.scheme).toBe('Bearer')
      expect(challenge?.params['resource_metadata']).toBe(METADATA_URL)
    },
  )

  it.each(CHALLENGED)('ERR-09: no parameter of the challenge for %s occurs twice', async (code) => {
    const { resource } = await createScene({ requiredScopes: ['read'], challengeScopes: ['read'] })
    const error = new AuthError(code, { scopes: ['read', 'read'] })
    const header = challengeResponse(error, resource).headers.get('WWW-Authenticate') ?? ''
    const names = [...header.matchAll(/(?:^Bearer |, )([a-z_]+)="/g)].map((match) => match[1])
    expect(names.length).toBeGreaterThan(0)
    expect(new Set(names).size).toBe(names.length)
    // The strict reader throws on a repetition, so this agrees with the grammar.
    expect(Object.keys(parseChallenges(header)[0]?.params ?? {})).toEqual(names)
  })

  it('ERR-10: every parameter is a quoted-string', async () => {
    const scene = await createScene({
      requiredScopes: ['read'],
      requirements: { acrValues: ['gold'], maxAgeSeconds: 60 },
    })
    const response = await scene.ask(`Bearer ${await scene.issuer.token()}`)
    const header = response.headers.get('WWW-Authenticate') ?? ''
    expect(header).toMatch(/^Bearer [a-z_]+="[^"\\]*"(, [a-z_]+="[^"\\]*")+$/)
    expect(header).toContain('max_age="60"')
  })

  it('ERR-11: scopes with characters that a header field must not contain are omitted', async () => {
    const scene = await createScene({
      handler: (_, auth) => {
        requireScopes(auth, ['write', 'a"b', 'c\\d', 'e\r\nX-Injected: 1', 'é', '', 'two words'])
        return new Response('done')
      },
    })
    const response = await scene.ask(`Bearer ${await scene.issuer.token()}`)
    expect(response.headers.get('X-Injected')).toBeNull()
    expect(response.headers.get('WWW-Authenticate')).toBe(
      bearerChallenge('insufficient_scope', 'write', METADATA_URL),
    )
  })

  it('ERR-11: the error message of a verifier is never sent to the client', async () => {
    const scene = await createScene({
      server: {
        mapClaims: () => {
          throw new Error('a"b\\c\r\né')
        },
      },
    })
    const response = await expectFault(
      scene,
      scene.ask(`Bearer ${await scene.issuer.token()}`),
      'internal',
    )
    expect(await response.text()).not.toContain('a"b')
  })

  it('ERR-11: for any scopes, the header field is one line of allowed characters', async () => {
    const { resource } = await createScene()
    fc.assert(
      fc.property(
        fc.constantFrom(...CHALLENGED),
        fc.array(fc.string({ unit: 'binary' })),
        (code, scopes) => {
          const response = challengeResponse(new AuthError(code, { scopes }), resource)
          const [challenge] = parseChallenges(response.headers.get('WWW-Authenticate') ?? '')
          for (const value of Object.values(challenge?.params ?? {})) {
            expect(value).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
          }
        },
      ),
    )
  })

  it('ERR-11: hostile authentication requirements cannot break the header', async () => {
    const scene = await createScene()
    const { authenticate } = await import('../../src/index.ts')
    const headers = { Authorization: `Bearer ${await scene.issuer.token()}` }
    const answer = await authenticate(new Request(RESOURCE, { headers }), scene.resource, {
      acrValues: ['a"b\\c\r\né', 'gold'],
    })
    if (answer.ok) throw new Error('accepted')
    const [challenge] = parseChallenges(answer.headers.get('WWW-Authenticate') ?? '')
    expect(challenge?.params['acr_values']).toBe('gold')
  })
})

describe('failures of servers and of the application', () => {
  const KEYS = 'https://as.example/jwks'
  const METADATA = 'https://as.example/.well-known/oauth-authorization-server'
  const html = (): Response => new Response('<html>', { headers: { 'Content-Type': 'text/html' } })

  it.each([
    ['keys: unreachable', KEYS, () => Promise.reject(new TypeError('fetch failed'))],
    ['keys: 500', KEYS, () => new Response(null, { status: 500 })],
    ['keys: 404', KEYS, () => new Response(null, { status: 404 })],
    ['keys: a redirect', KEYS, () => Response.redirect('https://evil.example/jwks')],
    ['keys: HTML', KEYS, html],
    ['keys: an array', KEYS, () => Response.json([])],
    ['keys: no keys member', KEYS, () => Response.json({})],
    ['keys: none', KEYS, () => Response.json({ keys: [] })],
    ['keys: too large', KEYS, () => Response.json({ keys: [], filler: 'x'.repeat(70_000) })],
    ['metadata: unreachable', METADATA, () => Promise.reject(new TypeError('fetch failed'))],
    ['metadata: 500', METADATA, () => new Response(null, { status: 500 })],
    ['metadata: HTML', METADATA, html],
    ['metadata: of another', METADATA, () => Response.json({ issuer: 'https://evil.example' })],
    ['metadata: without keys', METADATA, () => Response.json({ issuer: 'https://as.example' })],
  ])('ERR-15: %s: 503, never 401 and never accepted', async (_, url, answer) => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    scene.issuer.respondAt(url, answer)
    await expectFault(scene, scene.ask(`Bearer ${token}`), 'unavailable')
    scene.issuer.respondAt(url, undefined)
    // Metadata without keys is metadata all the same, and stays for its fresh time.
    scene.clock.advance(700)
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
  })

  it('ERR-15: a key set that never arrives is 503 after the deadline', async () => {
    const scene = await createScene({ server: { timeoutMs: 20 } })
    scene.issuer.respondAt(KEYS, () => new Promise<Response>(() => {}))
    await expectFault(scene, scene.ask(`Bearer ${await scene.issuer.token()}`), 'unavailable')
  })

  it('ERR-15: a token that is invalid without its key is 401 during an outage', async () => {
    const scene = await createScene()
    scene.issuer.respondAt(KEYS, () => new Response(null, { status: 500 }))
    const stale = await scene.issuer.token({ exp: 1 })
    await expectRejected(scene, scene.ask(`Bearer ${stale}`), invalidToken('token_expired'))
  })

  it.each([
    [
      'throws',
      (): never => {
        throw new Error('bug')
      },
    ],
    ['returns a list', (): never => [] as never],
    ['returns nothing', (): never => undefined as never],
    ['returns a promise', (): never => Promise.resolve({}) as never],
  ])('ERR-15: mapClaims that %s is 500, never accepted', async (_, mapClaims) => {
    const scene = await createScene({ server: { mapClaims } })
    await expectFault(scene, scene.ask(`Bearer ${await scene.issuer.token()}`), 'internal')
  })
})
