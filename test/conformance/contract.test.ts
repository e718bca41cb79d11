/** Sentences of the public contract that no requirement covers. */

import { describe, expect, it, vi } from 'vitest'
import {
  AuthError,
  type AuthErrorCode,
  challengeResponse,
  completeResponse,
  isAuthError,
  protect,
  protectedResource,
  verifyAccessToken,
} from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { boundToken, createHolder, makeProof } from '../support/holder.ts'
import { createIssuer, ISSUER, RESOURCE } from '../support/issuer.ts'
import { callTool, expectPlainRejection, INTERNAL, message, post } from '../support/mcp.ts'
import {
  createScene,
  expectAccepted,
  expectRejected,
  invalidToken,
  malformed,
  NO_CREDENTIALS,
  type Scene,
} from '../support/scene.ts'
import { unchecked } from '../support/unchecked.ts'

/** Every code there is, with its status; that none is missing is for the compiler to say. */
const STATUS: Readonly<Record<AuthErrorCode, number>> = {
  credentials_missing: 401,
  credentials_malformed: 400,
  credentials_duplicate: 400,
  origin_refused: 403,
  target_ambiguous: 400,
  body_invalid: 400,
  body_too_large: 413,
  body_timeout: 408,
  header_mismatch: 400,
  token_malformed: 401,
  token_type: 401,
  token_algorithm: 401,
  token_key: 401,
  token_signature: 401,
  token_issuer: 401,
  token_audience: 401,
  token_expired: 401,
  token_not_yet_valid: 401,
  token_claims: 401,
  token_inactive: 401,
  token_revoked: 401,
  binding_missing: 401,
  binding_mismatch: 401,
  binding_unsupported: 401,
  dpop_proof_missing: 401,
  dpop_proof_invalid: 401,
  dpop_proof_replayed: 401,
  dpop_nonce: 401,
  scope_insufficient: 403,
  principal_missing: 403,
  session_unknown: 404,
  authentication_insufficient: 401,
  operation_denied: 403,
  actor_refused: 403,
  unavailable: 503,
  internal: 500,
}

describe('challengeResponse()', () => {
  it.each(Object.entries(STATUS))(
    'responds to %s with %d, the status of the error',
    async (code, status) => {
      const { resource } = await createScene()
      const error = new AuthError(code as AuthErrorCode)
      const response = challengeResponse(error, resource)
      expect({ said: error.status, sent: response.status, ok: response.ok }).toEqual({
        said: status,
        sent: status,
        ok: false,
      })
      // 401 and malformed credentials are challenged; what could not be decided is not.
      const isChallenged = response.headers.has('WWW-Authenticate')
      if (status === 401) expect(isChallenged).toBe(true)
      if (status >= 500 || status === 413) expect(isChallenged).toBe(false)
      expect(response.headers.has('Retry-After')).toBe(status === 503)
    },
  )

  it.each([undefined, null, 'token_expired', { code: 'token_expired', status: 401 }])(
    'responds to %j, which is not an AuthError, with a 500',
    async (error) => {
      const { resource } = await createScene()
      expect(isAuthError(error)).toBe(false)
      const response = challengeResponse(error, resource)
      expect(response.status).toBe(500)
      expect(response.headers.get('WWW-Authenticate')).toBeNull()
      expect(await response.json()).toEqual(INTERNAL.body)
    },
  )
})

describe('verifyAccessToken()', () => {
  it.each([
    ['', 'credentials_missing'],
    ['two parts', 'credentials_malformed'],
    ['Bearer x', 'credentials_malformed'],
    ['a.b.c', 'token_malformed'],
  ])('throws for %j an AuthError %s', async (token, code) => {
    const { resource } = await createScene()
    const error = await verifyAccessToken(token, resource).catch((thrown: unknown) => thrown)
    expect(isAuthError(error)).toBe(true)
    expect(error).toMatchObject({ code, status: STATUS[code as AuthErrorCode] })
  })
})

describe('challengeScopes', () => {
  it('are in every 401 and in no 403', async () => {
    const scene = await createScene({
      challengeScopes: ['c1', 'c2'],
      requiredScopes: ['read'],
      requirements: { acrValues: ['gold'] },
    })
    const offered = { scope: 'c1 c2' }
    await expectRejected(scene, scene.ask(), { ...NO_CREDENTIALS, ...offered })
    const old = await scene.issuer.token({ exp: START - 31 })
    await expectRejected(scene, ask(scene, old), { ...invalidToken('token_expired'), ...offered })
    const narrow = await scene.issuer.token({ scope: 'other' })
    await expectRejected(scene, ask(scene, narrow), {
      code: 'scope_insufficient',
      status: 403,
      error: 'insufficient_scope',
      scope: 'read',
    })
    const weak = await ask(scene, await scene.issuer.token())
    expect(weak.status).toBe(401)
    expect(weak.headers.get('WWW-Authenticate')).toBe(
      'Bearer error="insufficient_user_authentication", error_description="The user must authenticate again, or with a stronger method.", scope="c1 c2", acr_values="gold", resource_metadata="https://rs.example/.well-known/oauth-protected-resource/mcp"',
    )
    expect(scene.runs).toEqual([])
  })
})

describe('the scopes of a batch', () => {
  it('are those of the resource, the request and every call; of alternatives the first', async () => {
    const scene = await createScene({
      requiredScopes: ['r'],
      requirements: { scopes: { anyOf: ['x', 'y'] } },
      operations: {
        'tools/call a': ['op'],
        'tools/call b': { anyOf: ['b1', 'b2'] },
        ping: 'public',
      },
    })
    const batch = post([callTool('a'), callTool('b'), message('ping')])
    const scope = 'r op x b1'
    await expectRejected(scene, scene.ask(undefined, batch), { ...NO_CREDENTIALS, scope })
    const some = await scene.issuer.token({ scope: 'y b2' })
    await expectRejected(scene, scene.ask(`Bearer ${some}`, batch), {
      code: 'scope_insufficient',
      status: 403,
      error: 'insufficient_scope',
      scope,
    })
    const all = await scene.issuer.token({ scope: 'b2 y op r' })
    await expectAccepted(scene, scene.ask(`Bearer ${all}`, batch))
  })
})

describe('mapClaims', () => {
  it('rewrites scopes, client, subject and claims, but no checked claim', async () => {
    const scene = await createScene({
      requiredScopes: ['mapped'],
      server: {
        mapClaims: (claims) => ({
          ...claims,
          ...{ scope: 'mapped', client_id: 'mapped', sub: 'mapped' },
          ...{ iss: 'https://evil.example', aud: 'evil', exp: 1, nbf: START + 9999 },
        }),
      },
    })
    const auth = await expectAccepted(scene, ask(scene, await scene.issuer.token()))
    expect(auth).toMatchObject({
      scopes: ['mapped'],
      clientId: 'mapped',
      subject: 'mapped',
      issuer: ISSUER,
      audience: [RESOURCE],
      expiresAt: START + 3600,
    })
    expect(auth.claims).toMatchObject({ scope: 'mapped', sub: 'mapped' })
  })

  it.each([
    ['nothing', () => undefined],
    ['a promise', async () => ({})],
    ['a list', () => []],
  ])('that returns %s is a 500', async (_what, make) => {
    const scene = await createScene({ server: { mapClaims: unchecked<() => null>(make) } })
    await expectPlainRejection(scene, ask(scene, await scene.issuer.token()), INTERNAL)
  })
})

describe('the scope of a token', () => {
  it.each([
    ['an empty scope together with scp', { scope: '', scp: ['admin'] }, []],
    ['scp before scopes', { scope: undefined, scp: 'a b', scopes: 'admin' }, ['a', 'b']],
    ['scopes, a list or not', { scope: undefined, scopes: ['a', 'b'] }, ['a', 'b']],
  ])('is the first claim that is present: %s', async (_what, claims, scopes) => {
    const scene = await createScene()
    const auth = await expectAccepted(scene, ask(scene, await scene.issuer.token(claims)))
    expect(auth.scopes).toEqual(scopes)
  })
})

describe('the Authorization header', () => {
  it('is read up to 16 KiB', async () => {
    const scene = await createScene()
    const ofLength = (length: number) => ask(scene, 'a'.repeat(length - 'Bearer '.length))
    await expectRejected(scene, ofLength(16_384), invalidToken('token_malformed'))
    await expectRejected(scene, ofLength(16_385), malformed())
    expect(scene.issuer.requests).toEqual([])
  })

  it('is not read with the token option', async () => {
    const scene = await createScene({
      token: (request) => request.headers.get('Cf-Access-Jwt-Assertion') ?? undefined,
    })
    const token = await scene.issuer.token()
    await expectRejected(scene, ask(scene, token), NO_CREDENTIALS)
    const elsewhere = { headers: { 'Cf-Access-Jwt-Assertion': token } }
    await expectAccepted(scene, scene.ask('Bearer of, bad news', elsewhere))
  })
})

describe('a server’s own fetch', () => {
  it('wins over the resource’s', async () => {
    const issuer = await createIssuer()
    const scene = await createScene({
      issuer,
      server: { fetch: issuer.fetch },
      fetch: () => Promise.reject(new TypeError('the wrong fetch')),
    })
    await expectAccepted(scene, ask(scene, await issuer.token()))
  })
})

describe('a server’s own dangerouslyAllowHttp', () => {
  it('wins over the resource’s, in both directions', () => {
    const make = (allowed: boolean, ofServer: boolean) => () =>
      protectedResource({
        resource: RESOURCE,
        dangerouslyAllowHttp: allowed,
        authorizationServers: [{ issuer: 'http://as.example', dangerouslyAllowHttp: ofServer }],
      })
    expect(make(false, true)).not.toThrow()
    expect(make(true, false)).toThrow('authorizationServers[0].issuer: must be an https URL')
  })
})

describe('the cache of verified tokens', () => {
  it('has no clock tolerance: a token after its exp is verified again', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token({ exp: START + 10 })
    await expectAccepted(scene, ask(scene, token))
    await expectAccepted(scene, ask(scene, token))
    scene.clock.advance(15)
    await expectAccepted(scene, ask(scene, token))
    expect(cached(scene)).toEqual([false, true, false])
    scene.clock.advance(26)
    await expectRejected(scene, ask(scene, token), invalidToken('token_expired'))
  })

  it('does not keep a token of more than 4 KiB', async () => {
    const scene = await createScene()
    for (const [length, kept] of [
      [2500, true],
      [3200, false],
    ] as const) {
      const token = await scene.issuer.token({ filler: 'x'.repeat(length) })
      expect(token.length <= 4096).toBe(kept)
      await expectAccepted(scene, ask(scene, token))
      await expectAccepted(scene, ask(scene, token))
      expect(cached(scene).slice(-2)).toEqual([false, kept])
    }
  })

  it('calls allow for the tenant on every hit', async () => {
    const tenants = new Set(['good'])
    const scene = await createScene({
      server: {
        issuerTemplate: {
          pattern: 'https://login.example/{tenant}/v2.0',
          claim: 'tid',
          allow: (tenant) => tenants.has(tenant),
        },
      },
    })
    const claims = { iss: 'https://login.example/good/v2.0', tid: 'good' }
    const token = await scene.issuer.token(claims)
    await expectAccepted(scene, ask(scene, token))
    await expectAccepted(scene, ask(scene, token))
    expect(cached(scene)).toEqual([false, true])
    tenants.clear()
    await expectRejected(scene, ask(scene, token), invalidToken('token_issuer'))
  })
})

describe('protect()', () => {
  it('works if an application has replaced Promise', async () => {
    const holder = await createHolder()
    const { issuer, clock } = await createScene()
    const token = await boundToken(issuer, holder)
    const headers = { Authorization: `DPoP ${token}`, DPoP: await makeProof(holder, token) }
    vi.stubGlobal('Promise', class extends Promise<unknown> {})
    try {
      const resource = protectedResource({
        resource: RESOURCE,
        authorizationServers: [ISSUER],
        fetch: issuer.fetch,
        now: clock.now,
        dpop: true,
      })
      const handle = protect(
        () => resource,
        (_request, auth) => Response.json(auth.scheme),
      )
      const response = await handle(new Request(RESOURCE, { method: 'POST', headers }))
      expect([response.status, await response.json()]).toEqual([200, 'DPoP'])
    } finally {
      vi.unstubAllGlobals()
    }
  })
})

describe('completeResponse()', () => {
  it('changes header fields in place, copies immutable responses, and returns undefined for undefined', async () => {
    const scene = await createScene()
    const auth = await expectAccepted(scene, ask(scene, await scene.issuer.token()))
    const request = new Request(RESOURCE, { method: 'POST' })
    const complete = (response: Response) =>
      completeResponse(response, request, auth, scene.resource)
    const open = new Response('done')
    expect(complete(open)).toBe(open)
    expect(open.headers.get('Cache-Control')).toBe('private')
    const immutable = Response.redirect('https://rs.example/elsewhere')
    const copy = complete(immutable)
    expect({ status: copy.status, ...Object.fromEntries(copy.headers) }).toMatchObject({
      status: 302,
      location: 'https://rs.example/elsewhere',
      'cache-control': 'private',
    })
    expect(immutable.headers.get('Cache-Control')).toBeNull()
    expect(complete(unchecked<Response>(undefined))).toBeUndefined()
  })
})

function ask(scene: Scene, token: string): Promise<Response> {
  return scene.ask(`Bearer ${token}`)
}

/** Of everything that was accepted, whether it was known before. */
function cached(scene: Scene): boolean[] {
  return scene.events.flatMap((event) => (event.type === 'accepted' ? [event.cached] : []))
}
