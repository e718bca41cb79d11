/** Challenges, metadata, claims and step-up of bound tokens. */

import { beforeAll, describe, expect, it } from 'vitest'
import {
  AuthError,
  type AuthEvent,
  ConfigError,
  challengeResponse,
  type DpopOptions,
  type ProtectedResourceOptions,
  protectedResource,
  requireScopes,
  verifyAccessToken,
} from '../../src/index.ts'
import { ALGORITHMS, badToken, challengesOf, expectDpopRejection } from '../support/binding.ts'
import { parseChallenges } from '../support/challenge.ts'
import { START } from '../support/clock.ts'
import { problemPaths } from '../support/config-problems.ts'
import { boundToken, createHolder, digest, type Holder, prove } from '../support/holder.ts'
import { ISSUER, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { createScene, expectAccepted, expectFault, rejectionCodes } from '../support/scene.ts'

let holder: Holder

beforeAll(async () => {
  holder = await createHolder()
})

function made(options: Partial<ProtectedResourceOptions>, onEvent?: (event: AuthEvent) => void) {
  return protectedResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    onEvent,
    ...options,
  })
}

describe('challenges', () => {
  it.each([
    ['no credentials', undefined],
    ['a bad Bearer token', 'Bearer bad'],
    ['a bad DPoP token', 'DPoP bad'],
    ['two tokens', 'Bearer a, DPoP b'],
    ['half a token', 'Bearer'],
  ])('ERR-12: two separate challenges, Bearer first: %s', async (_t, value) => {
    const scene = await createScene({ dpop: true, requiredScopes: ['read'] })
    const response = await scene.ask(value)
    const challenges = parseChallenges(response.headers.get('WWW-Authenticate') ?? '')
    expect(challenges.map(({ scheme }) => scheme)).toEqual(['Bearer', 'DPoP'])
    for (const { params } of challenges) expect(params['resource_metadata']).toBe(METADATA_URL)
    expect(scene.runs).toEqual([])
  })

  it.each([
    ['Bearer bad', ['Bearer'], 'token_malformed', 401, 'invalid_token'],
    ['bearer bad', ['Bearer'], 'token_malformed', 401, 'invalid_token'],
    ['DPoP bad', ['DPoP'], 'token_malformed', 401, 'invalid_token'],
    ['dpop bad', ['DPoP'], 'token_malformed', 401, 'invalid_token'],
    ['Bearer "', ['Bearer'], 'credentials_malformed', 400, 'invalid_request'],
    ['DPoP "', ['DPoP'], 'credentials_malformed', 400, 'invalid_request'],
    ['Bearer', ['Bearer'], 'credentials_malformed', 400, 'invalid_request'],
    ['Bearer a, DPoP b', ['Bearer', 'DPoP'], 'credentials_duplicate', 400, 'invalid_request'],
    ['DPoP a, DPoP b', ['Bearer', 'DPoP'], 'credentials_duplicate', 400, 'invalid_request'],
    ['"', ['Bearer', 'DPoP'], 'credentials_malformed', 400, 'invalid_request'],
  ] as const)('ERR-13: %s gets the schemes %j', async (value, schemes, code, status, error) => {
    const scene = await createScene({ dpop: true })
    await expectDpopRejection(scene, scene.ask(value), {
      code,
      status,
      error,
      challengesWithError: schemes,
    })
  })

  it('ERR-13: an error of the handler gets the scheme of its request', async () => {
    const handler = (_request: Request, auth: { scopes: readonly string[] }) => {
      requireScopes(auth, ['write'])
      return new Response('done')
    }
    const scene = await createScene({ dpop: true, handler })
    const expected = {
      code: 'scope_insufficient',
      status: 403,
      error: 'insufficient_scope',
      details: 'scope="write"',
    } as const
    const headers = await prove(holder, await boundToken(scene.issuer, holder))
    const asDpop = await scene.ask(undefined, { headers })
    expect(asDpop.headers.get('WWW-Authenticate')).toBe(challengesOf(expected))
    const asBearer = await scene.ask(`Bearer ${await scene.issuer.token()}`)
    expect(asBearer.headers.get('WWW-Authenticate')).toBe(
      challengesOf({ ...expected, challengesWithError: ['Bearer'] }),
    )
  })

  it('ERR-13: without a request both schemes are given', () => {
    const response = challengeResponse(new AuthError('token_inactive'), made({ dpop: true }))
    expect(response.headers.get('WWW-Authenticate')).toBe(
      challengesOf({
        code: 'token_inactive',
        status: 401,
        error: 'invalid_token',
        challengesWithError: ['Bearer', 'DPoP'],
      }),
    )
  })

  it('ERR-13: a 500 or 503 has no challenge', async () => {
    const replay = { add: () => Promise.reject(new Error('down')) }
    const scene = await createScene({ dpop: { replay } })
    const headers = await prove(holder, await boundToken(scene.issuer, holder))
    await expectFault(scene, scene.ask(undefined, { headers }), 'unavailable')
  })
})

describe('metadata', () => {
  const members = [
    'bearer_methods_supported',
    'dpop_signing_alg_values_supported',
    'dpop_bound_access_tokens_required',
    'tls_client_certificate_bound_access_tokens',
  ]
  const said = (options: Partial<ProtectedResourceOptions>) => {
    const { metadata } = made(options)
    return Object.fromEntries(
      members.filter((name) => name in metadata).map((name) => [name, metadata[name]]),
    )
  }
  const header = { bearer_methods_supported: ['header'] }
  const dpop = { ...header, dpop_signing_alg_values_supported: ALGORITHMS }
  const tls = { tls_client_certificate_bound_access_tokens: true }

  it.each([
    [{}, header],
    [{ dpop: false, mtls: false }, header],
    [{ dpop: true }, dpop],
    [{ dpop: {} }, dpop],
    [{ dpop: { required: true } }, { ...dpop, dpop_bound_access_tokens_required: true }],
    [
      { dpop: { algorithms: ['ES256'] } },
      { ...header, dpop_signing_alg_values_supported: ['ES256'] },
    ],
    [{ mtls: true }, { ...header, ...tls }],
    [{ mtls: { required: true } }, { ...header, ...tls }],
    // The application reads tokens from elsewhere, and Authorization is not read.
    [{ token: () => undefined }, {}],
  ] satisfies [Partial<ProtectedResourceOptions>, object][])(
    'PRM-21: %j is published as it is enforced',
    (options, published) => {
      expect(said(options)).toEqual(published)
    },
  )

  it('PRM-21: with dpop_bound_access_tokens_required other tokens are rejected', async () => {
    const scene = await createScene({ dpop: { required: true } })
    expect(scene.resource.metadata['dpop_bound_access_tokens_required']).toBe(true)
    await expectDpopRejection(scene, scene.ask(`Bearer ${await scene.issuer.token()}`), {
      ...badToken('binding_missing'),
      challenges: ['DPoP'],
      challengesWithError: [],
    })
  })

  it.each(members.slice(1))('PRM-21: %s cannot be set in metadata', (name) => {
    expect(() => made({ metadata: { [name]: true } })).toThrow(ConfigError)
  })
})

describe('confirmation methods', () => {
  it.each([
    [{ jwk: { kty: 'EC' } }],
    [{ jwe: 'x' }],
    [{ kid: 'k' }],
    [{ jku: 'https://as.example' }],
    [{ 'x5t#S512': 'x' }],
    [{ 'urn:example:new': 1 }],
    [{}],
    [[]],
    [null],
    ['jkt'],
    [false],
  ])('JWT-16: a token bound by cnf %j is rejected with all methods enabled', async (cnf) => {
    const scene = await createScene({ dpop: true, mtls: true })
    const token = await scene.issuer.token({ cnf })
    await expectDpopRejection(
      scene,
      scene.ask(`Bearer ${token}`),
      badToken('binding_unsupported', 'Bearer'),
    )
    const headers = await prove(holder, token)
    await expectDpopRejection(
      scene,
      scene.ask(undefined, { headers }),
      badToken('binding_unsupported'),
    )
  })

  it('JWT-16: a proved method does not make an unknown one acceptable', async () => {
    const certificate = digest('certificate')
    const known = { jkt: holder.thumbprint, 'x5t#S256': certificate }
    const scene = await createScene({ dpop: true, mtls: true, requirements: { certificate } })
    const good = await boundToken(scene.issuer, holder, { cnf: known })
    await expectAccepted(scene, scene.ask(undefined, { headers: await prove(holder, good) }))
    const token = await boundToken(scene.issuer, holder, { cnf: { ...known, 'urn:new': 1 } })
    const headers = await prove(holder, token)
    await expectDpopRejection(
      scene,
      scene.ask(undefined, { headers }),
      badToken('binding_unsupported'),
    )
  })

  it('JWT-16: a disabled method counts as unknown, beside an enabled one', async () => {
    const certificate = digest('certificate')
    const scene = await createScene({ dpop: true, requirements: { certificate } })
    const cnf = { jkt: holder.thumbprint, 'x5t#S256': certificate }
    const headers = await prove(holder, await boundToken(scene.issuer, holder, { cnf }))
    await expectDpopRejection(
      scene,
      scene.ask(undefined, { headers }),
      badToken('binding_unsupported'),
    )
  })

  it('JWT-16: mapClaims can neither remove nor add a binding', async () => {
    const freed = await createScene({
      dpop: true,
      server: { mapClaims: ({ cnf: _, ...claims }) => claims },
    })
    const token = await boundToken(freed.issuer, holder)
    await expectDpopRejection(
      freed,
      freed.ask(`Bearer ${token}`),
      badToken('binding_missing', 'Bearer'),
    )
    const bound = await createScene({
      dpop: { required: true },
      server: { mapClaims: (claims) => ({ ...claims, cnf: { jkt: holder.thumbprint } }) },
    })
    const headers = await prove(holder, await bound.issuer.token())
    await expectDpopRejection(bound, bound.ask(undefined, { headers }), {
      ...badToken('binding_missing'),
      challenges: ['DPoP'],
    })
  })

  it('JWT-16: a key-bound token without a request is rejected', async () => {
    const scene = await createScene({ dpop: true })
    const token = await boundToken(scene.issuer, holder)
    await expect(verifyAccessToken(token, scene.resource)).rejects.toMatchObject({
      code: 'binding_missing',
    })
  })
})

describe('step-up', () => {
  it('SCO-13: a bound token gets the step-up error in the DPoP challenge', async () => {
    const requirements = { acrValues: ['urn:mfa'], maxAgeSeconds: 60, scopes: ['read'] }
    const scene = await createScene({ dpop: true, requirements })
    const token = await boundToken(scene.issuer, holder, { acr: 'pwd', auth_time: START })
    await expectDpopRejection(
      scene,
      scene.ask(undefined, { headers: await prove(holder, token) }),
      {
        code: 'authentication_insufficient',
        status: 401,
        error: 'insufficient_user_authentication',
        scope: 'read',
        details: 'acr_values="urn:mfa", max_age="60"',
      },
    )
    const better = await boundToken(scene.issuer, holder, { acr: 'urn:mfa', auth_time: START })
    await expectAccepted(scene, scene.ask(undefined, { headers: await prove(holder, better) }))
  })
})

describe('the configuration', () => {
  const problemsIn = (options: Partial<ProtectedResourceOptions>) =>
    problemPaths(() => made(options))
  const secret = 'x'.repeat(32)

  it.each([
    [{ algorithms: [] }, 'dpop.algorithms'],
    [{ algorithms: ['ES256', 'HS256'] }, 'dpop.algorithms'],
    [{ algorithms: ['none'] }, 'dpop.algorithms'],
    [{ windowSeconds: 0.5 }, 'dpop.windowSeconds'],
    [{ windowSeconds: 3601 }, 'dpop.windowSeconds'],
    [{ nonce: { secret: 'x'.repeat(31) } }, 'dpop.nonce.secret'],
    [{ nonce: { secret: '' } }, 'dpop.nonce.secret'],
    [{ nonce: { secret: [] } }, 'dpop.nonce.secret'],
    [{ nonce: { secret: [secret, 'short'] } }, 'dpop.nonce.secret[1]'],
    [{ nonce: { secret, lifetimeSeconds: 0.5 } }, 'dpop.nonce.lifetimeSeconds'],
    [{ nonce: { secret, lifetimeSeconds: 86_401 } }, 'dpop.nonce.lifetimeSeconds'],
  ] satisfies [DpopOptions, string][])('PRM-21: %j is a configuration error', (dpop, path) => {
    expect(problemsIn({ dpop })).toEqual([path])
  })

  it('PRM-21: the length of a secret is in bytes, not characters', () => {
    expect(problemsIn({ dpop: { nonce: { secret: 'ä'.repeat(16) } } })).toEqual([])
  })

  it('PRM-21: DPoP cannot be combined with the token option', () => {
    const token = () => undefined
    expect(problemsIn({ token, dpop: true })).toEqual(['dpop'])
    expect(problemsIn({ token, dpop: false, mtls: true })).toEqual([])
  })

  it('DPO-23 warns that memory protects one isolate only, unless replay is configured', () => {
    const warned = (dpop: boolean | DpopOptions) => {
      const events: AuthEvent[] = []
      made({ dpop }, (event) => events.push(event))
      return events
    }
    const expected = {
      type: 'warning',
      path: 'dpop.replay',
      message: expect.stringContaining('one isolate'),
    }
    expect(warned(true)).toEqual([expected])
    expect(warned({ required: true })).toEqual([expected])
    expect(warned(false)).toEqual([])
    expect(warned({ replay: false })).toEqual([])
    expect(warned({ replay: { add: async () => true } })).toEqual([])
  })
})

describe('output', () => {
  it('DPO-14 contains no token, proof or key', async () => {
    const secret = 'a secret that stays in the process'
    const scene = await createScene({ dpop: { nonce: { secret } }, mtls: true })
    const other = await createHolder()
    const said: string[] = []
    const token = await boundToken(scene.issuer, holder)
    const forbidden = [token, token.split('.')[2] ?? '', secret, String(holder.jwk.x)]
    for (const changes of [
      {},
      { claims: { htm: 'GET' } },
      { claims: { nonce: 'bad' } },
      { header: { jwk: other.jwk } },
      { header: { jwk: holder.privateJwk } },
      { key: other.keys.privateKey },
    ]) {
      const headers = await prove(holder, token, changes)
      forbidden.push(headers.DPoP, headers.DPoP.split('.')[2] ?? '')
      const response = await scene.ask(undefined, { headers })
      expect(response.ok).toBe(false)
      said.push(JSON.stringify([...response.headers]), await response.text())
    }
    const all = JSON.stringify([said, scene.events])
    for (const text of forbidden) expect(all).not.toContain(text)
    expect(new Set(rejectionCodes(scene))).toEqual(
      new Set(['dpop_nonce', 'dpop_proof_invalid', 'binding_mismatch']),
    )
  })
})
