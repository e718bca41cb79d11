/** SCO: scopes, and step-up to further scopes or to a stronger authentication. */

import { describe, expect, it } from 'vitest'
import {
  AuthError,
  authenticate,
  ConfigError,
  protect,
  protectedResource,
  type Requirements,
  requireScopes,
} from '../../src/index.ts'
import { parseChallenges } from '../support/challenge.ts'
import { START } from '../support/clock.ts'
import { createKey, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectRejected,
  insufficientScope,
  invalidToken,
  NO_CREDENTIALS,
  present,
  type Scene,
} from '../support/scene.ts'

async function paramsOf(answer: Promise<Response>): Promise<Readonly<Record<string, string>>> {
  const header = (await answer).headers.get('WWW-Authenticate') ?? ''
  return parseChallenges(header)[0]?.params ?? {}
}

describe('the scopes of a challenge', () => {
  it('SCO-01: the 401 has the scopes that this request needs, not scopesSupported', async () => {
    const scene = await createScene({
      scopesSupported: ['files:read', 'files:write', 'admin'],
      requirements: { scopes: ['files:read'] },
    })
    await expectRejected(scene, scene.ask(), { ...NO_CREDENTIALS, scope: 'files:read' })
    const expired = present(scene, { exp: 1 })
    await expectRejected(scene, expired, { ...invalidToken('token_expired'), scope: 'files:read' })
  })

  it('SCO-01: both challenges of a 401 have them, whichever scheme was used', async () => {
    const scene = await createScene({ dpop: true, requirements: { scopes: ['files:read'] } })
    for (const response of [await scene.ask(), await present(scene, { exp: 1 })]) {
      const challenges = parseChallenges(response.headers.get('WWW-Authenticate') ?? '')
      const scopes = challenges.map(({ scheme, params }) => [scheme, params['scope']])
      expect(response.status).toBe(401)
      expect(scopes).toEqual([
        ['Bearer', 'files:read'],
        ['DPoP', 'files:read'],
      ])
    }
    expect(scene.runs).toHaveLength(0)
  })

  it('SCO-01: a 401 has no scope where none is needed', async () => {
    const scene = await createScene({ scopesSupported: ['files:read'] })
    await expectRejected(scene, scene.ask(), NO_CREDENTIALS)
  })

  it('SCO-01: challengeScopes replace them in every 401, and in no 403', async () => {
    const scene = await createScene({
      challengeScopes: ['read', 'offline'],
      requirements: { scopes: ['write'] },
    })
    await expectRejected(scene, scene.ask(), { ...NO_CREDENTIALS, scope: 'read offline' })
    await expectRejected(scene, present(scene, {}), insufficientScope('write'))
  })

  it('SCO-02: a valid token without a scope is 403 insufficient_scope with the scope', async () => {
    const scene = await createScene({ requirements: { scopes: ['write'] } })
    await expectRejected(scene, present(scene, { scope: 'read' }), insufficientScope('write'))
    const auth = await expectAccepted(scene, present(scene, { scope: 'write' }))
    expect(auth.scopes).toEqual(['write'])
  })

  it('SCO-03: the 403 has all needed scopes, granted ones included', async () => {
    const scene = await createScene({ requiredScopes: ['a'], requirements: { scopes: ['b', 'c'] } })
    for (const scope of ['', 'a', 'b', 'a b', 'c unrelated']) {
      await expectRejected(scene, present(scene, { scope }), insufficientScope('a b c'))
    }
    await expectAccepted(scene, present(scene, { scope: 'a b c' }))
  })

  it('SCO-03: of anyOf the first scope is named', async () => {
    const scene = await createScene({
      requiredScopes: ['a'],
      requirements: { scopes: { anyOf: ['best', 'good'] } },
    })
    await expectRejected(scene, present(scene, { scope: 'a' }), insufficientScope('a best'))
    await expectRejected(scene, present(scene, { scope: 'good' }), insufficientScope('a best'))
    await expectAccepted(scene, present(scene, { scope: 'a good' }))
  })

  it('SCO-03: the 403 of requireScopes() also has the scopes that the request needs', async () => {
    const scene = await createScene({
      requiredScopes: ['a'],
      requirements: { scopes: ['b'] },
      handler: (_, auth) => {
        requireScopes(auth, ['c'])
        return new Response('done')
      },
    })
    const answer = await present(scene, { scope: 'a b' })
    expect(answer.status).toBe(403)
    expect((await paramsOf(Promise.resolve(answer)))['scope']).toBe('a b c')
    await expectAccepted(scene, present(scene, { scope: 'a b c' }))
  })

  it('SCO-04: by default other granted scopes are not repeated', async () => {
    const scene = await createScene({ requirements: { scopes: ['write'] } })
    await expectRejected(scene, present(scene, { scope: 'read mail' }), insufficientScope('write'))
  })

  it('SCO-04: with repeatGrantedScopes the 403 has needed and granted scopes', async () => {
    const scene = await createScene({
      repeatGrantedScopes: true,
      scopeHierarchy: { mail: ['mail:read'] },
      requirements: { scopes: ['write', 'read'] },
    })
    const answer = present(scene, { scope: 'read mail offline_access' })
    await expectRejected(scene, answer, insufficientScope('write read mail'))
    await expectRejected(scene, scene.ask(), { ...NO_CREDENTIALS, scope: 'write read' })
  })

  it.each(['requiredScopes', 'challengeScopes', 'scopesSupported'] as const)(
    'SCO-05: offline_access in %s is a configuration error',
    (name) => {
      const options = { resource: RESOURCE, authorizationServers: ['https://as.example'] }
      const build = () => protectedResource({ ...options, [name]: ['read', 'offline_access'] })
      expect(build).toThrow(ConfigError)
      expect(build).toThrow(`${name}[1]`)
    },
  )

  it('SCO-05: offline_access in requirements is an error', async () => {
    const { resource } = await createScene()
    const handler = () => new Response('done')
    for (const scopes of [['offline_access'], { anyOf: ['offline_access'] }]) {
      expect(() => protect(resource, handler, { scopes })).toThrow(ConfigError)
    }
  })

  it('SCO-05: offline_access from other sources is omitted from challenges', async () => {
    const scene = await createScene({
      handler: () => {
        throw new AuthError('scope_insufficient', { scopes: ['offline_access', 'write'] })
      },
    })
    expect((await paramsOf(present(scene, {})))['scope']).toBe('write')
    const asked = await authenticate(new Request(RESOURCE), scene.resource, {
      scopes: ['offline_access'],
    })
    if (asked.ok) throw new Error('accepted')
    expect(asked.headers.get('WWW-Authenticate')).toBe(`Bearer resource_metadata="${METADATA_URL}"`)
  })

  it('SCO-09: the same operation has the same scopes for every token', async () => {
    const scene = await createScene({
      scopesSupported: ['x', 'y', 'z'],
      requiredScopes: ['b', 'a'],
      requirements: { scopes: ['c', 'a'] },
    })
    const asked = new Set<string | undefined>()
    for (const scope of ['', 'a', 'c b', 'z']) {
      asked.add((await paramsOf(present(scene, { scope })))['scope'])
    }
    asked.add((await paramsOf(scene.ask()))['scope'])
    asked.add((await paramsOf(present(scene, { exp: 1 })))['scope'])
    expect([...asked]).toEqual(['b a c'])
  })
})

describe('the comparison of scopes', () => {
  it('SCO-06: a broad scope includes all that it implies, transitively', async () => {
    const scene = await createScene({
      scopeHierarchy: { admin: ['write'], write: ['read', 'list'] },
      requirements: { scopes: ['read'] },
    })
    const auth = await expectAccepted(scene, present(scene, { scope: 'admin' }))
    expect(auth.scopes).toEqual(['admin', 'write', 'read', 'list'])
    expect(auth.claims['scope']).toBe('admin')
    await expectAccepted(scene, present(scene, { scope: 'write' }))
    await expectRejected(scene, present(scene, { scope: 'list' }), insufficientScope('read'))
  })

  it('SCO-06: a narrow scope does not include a broad one, and challenges do not change', async () => {
    const scene = await createScene({
      scopeHierarchy: { admin: ['read'] },
      requirements: { scopes: ['admin'] },
    })
    await expectRejected(scene, present(scene, { scope: 'read' }), insufficientScope('admin'))
    await expectRejected(scene, scene.ask(), { ...NO_CREDENTIALS, scope: 'admin' })
  })

  it('SCO-06: requireScopes() applies the hierarchy, too', async () => {
    const scene = await createScene({
      scopeHierarchy: { admin: ['read'] },
      handler: (_, auth) => {
        requireScopes(auth, ['read'])
        return new Response('done')
      },
    })
    await expectAccepted(scene, present(scene, { scope: 'admin' }))
  })

  it.each(['b a a', 'a b', ' b  a ', 'c b a'])('SCO-07: "%s" satisfies a and b', async (scope) => {
    const scene = await createScene({ requirements: { scopes: ['a', 'b'] } })
    await expectAccepted(scene, present(scene, { scope }))
  })

  it.each(['A b', 'a', 'a,b', 'ab', 'a:b', ''])(
    'SCO-07: "%s" does not satisfy a and b',
    async (scope) => {
      const scene = await createScene({ requirements: { scopes: ['a', 'b'] } })
      await expectRejected(scene, present(scene, { scope }), insufficientScope('a b'))
    },
  )

  it.each([
    ['expired', { exp: 1 }, 'token_expired'],
    ['meant for another', { aud: 'other' }, 'token_audience'],
    ['bound', { cnf: { jkt: 'x' } }, 'binding_unsupported'],
  ] as const)('SCO-08: a token that is %s and lacks a scope is 401', async (_, claims, code) => {
    const scene = await createScene({ requirements: { scopes: ['write'] } })
    const expected = { ...invalidToken(code), scope: 'write' }
    await expectRejected(scene, present(scene, { ...claims, scope: 'read' }), expected)
  })

  it('SCO-08: a token with an invalid signature that lacks a scope is 401', async () => {
    const scene = await createScene({ requirements: { scopes: ['write'] } })
    const forged = await scene.issuer.token({}, { key: await createKey() })
    const expected = { ...invalidToken('token_signature'), scope: 'write' }
    await expectRejected(scene, scene.ask(`Bearer ${forged}`), expected)
  })

  it('SCO-08: an empty anyOf rejects every token', async () => {
    const { resource, issuer } = await createScene()
    const build = () => protect(resource, () => new Response(), { scopes: { anyOf: [] } })
    expect(build).toThrow(ConfigError)
    const headers = { Authorization: `Bearer ${await issuer.token()}` }
    const answer = await authenticate(new Request(RESOURCE, { headers }), resource, {
      scopes: { anyOf: [] },
    })
    expect(answer.ok === false && answer.status).toBe(403)
  })
})

describe('step-up authentication', () => {
  const TOO_WEAK = {
    code: 'authentication_insufficient',
    status: 401,
    error: 'insufficient_user_authentication',
  } as const

  /** The whole rejection. */
  async function steppedUp(
    scene: Scene,
    answer: Promise<Response>,
    further: string,
  ): Promise<void> {
    const response = await answer
    expect(response.status).toBe(TOO_WEAK.status)
    expect(response.headers.get('WWW-Authenticate')).toBe(
      `Bearer error="${TOO_WEAK.error}", error_description="The user must authenticate again, or with a stronger method.", ${further}, resource_metadata="${METADATA_URL}"`,
    )
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(scene.runs).toEqual([])
    expect(scene.events.at(-1)).toMatchObject({ type: 'refused', code: TOO_WEAK.code })
  }

  it('SCO-11: an acr that is too weak is 401 insufficient_user_authentication', async () => {
    const scene = await createScene({ requirements: { acrValues: ['gold'] } })
    await steppedUp(scene, present(scene, { acr: 'bronze' }), 'acr_values="gold"')
    const auth = await expectAccepted(scene, present(scene, { acr: 'gold' }))
    expect(auth.claims['acr']).toBe('gold')
  })

  it('SCO-12: acr_values in order of preference, one suffices; max_age in whole seconds', async () => {
    const requirements: Requirements = { acrValues: ['gold', 'silver'], maxAgeSeconds: 5 }
    const scene = await createScene({ clockToleranceSeconds: 0, requirements })
    const further = 'acr_values="gold silver", max_age="5"'
    for (const claims of [
      { acr: 'bronze', auth_time: START },
      { acr: 'gold', auth_time: START - 6 },
      { acr: 'gold silver', auth_time: START },
      { acr: 'Gold', auth_time: START },
    ]) {
      await steppedUp(scene, present(scene, claims), further)
    }
    await expectAccepted(scene, present(scene, { acr: 'gold', auth_time: START }))
    await expectAccepted(scene, present(scene, { acr: 'silver', auth_time: START - 5 }))
  })

  it('SCO-12: max_age may be 0', async () => {
    const scene = await createScene({
      clockToleranceSeconds: 0,
      requirements: { maxAgeSeconds: 0 },
    })
    await steppedUp(scene, present(scene, { auth_time: START - 1 }), 'max_age="0"')
    await expectAccepted(scene, present(scene, { auth_time: START }))
  })

  it.each<Omit<Requirements, 'optional'>>([
    { maxAgeSeconds: -1 },
    { maxAgeSeconds: 1.5 },
    { maxAgeSeconds: Number.NaN },
    { maxAgeSeconds: Number.POSITIVE_INFINITY },
    { acrValues: ['two words'] },
    { acrValues: [''] },
    { acrValues: ['a"b'] },
  ])('SCO-12: %j is a configuration error', async (requirements) => {
    const { resource } = await createScene()
    expect(() => protect(resource, () => new Response(), requirements)).toThrow(ConfigError)
  })

  it('SCO-13: the same challenge has scopes and resource_metadata', async () => {
    const scene = await createScene({
      requirements: { scopes: ['read', 'mail'], acrValues: ['gold'] },
    })
    const params = paramsOf(present(scene, { scope: 'mail read', acr: 'bronze' }))
    expect(await params).toEqual({
      error: 'insufficient_user_authentication',
      error_description: expect.any(String),
      scope: 'read mail',
      acr_values: 'gold',
      resource_metadata: METADATA_URL,
    })
    expect(scene.runs).toEqual([])
  })

  it.each([
    {},
    { acr: 'gold' },
    { acr: 'gold', auth_time: String(START) },
    { acr: 'gold', auth_time: null },
    { auth_time: START },
    { acr: ['gold'], auth_time: START },
    { acr: null, auth_time: START },
  ])('SCO-14: %j does not suffice', async (claims) => {
    const scene = await createScene({ requirements: { acrValues: ['gold'], maxAgeSeconds: 60 } })
    await steppedUp(scene, present(scene, claims), 'acr_values="gold", max_age="60"')
  })

  it('SCO-14: auth_time is compared with the clock on every request, with the tolerance', async () => {
    const scene = await createScene({ requirements: { maxAgeSeconds: 60 } })
    const token = await scene.issuer.token({ auth_time: START })
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    scene.clock.advance(90)
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    scene.clock.advance(1)
    const response = await scene.ask(`Bearer ${token}`)
    expect(response.status).toBe(401)
    expect(scene.events.at(-1)).toMatchObject({ code: 'authentication_insufficient' })
    expect(scene.runs).toHaveLength(2)
  })

  it('SCO-14: an auth_time in the future, such as milliseconds, is ignored', async () => {
    const scene = await createScene({ requirements: { maxAgeSeconds: 60 } })
    for (const at of [START + 31, START * 1000]) {
      await steppedUp(scene, present(scene, { auth_time: at }), 'max_age="60"')
    }
    await expectAccepted(scene, present(scene, { auth_time: START + 30 }))
  })

  it.each([
    ['expired', { exp: 1 }, 'token_expired'],
    ['meant for another', { aud: 'other' }, 'token_audience'],
    ['bound', { cnf: {} }, 'binding_unsupported'],
  ] as const)('SCO-15: a token that is %s gets no step-up challenge', async (_, claims, code) => {
    const scene = await createScene({ requirements: { acrValues: ['gold'], maxAgeSeconds: 60 } })
    await expectRejected(scene, present(scene, claims), invalidToken(code))
  })

  it('SCO-15: neither does a request with a malformed or forged token, or without one', async () => {
    const scene = await createScene({ requirements: { acrValues: ['gold'], maxAgeSeconds: 60 } })
    await expectRejected(scene, scene.ask('Bearer junk'), invalidToken('token_malformed'))
    const forged = await scene.issuer.token({}, { key: await createKey() })
    await expectRejected(scene, scene.ask(`Bearer ${forged}`), invalidToken('token_signature'))
    await expectRejected(scene, scene.ask(), NO_CREDENTIALS)
  })

  it('SCO-15: insufficient_scope precedes the step-up challenge', async () => {
    const scene = await createScene({ requirements: { scopes: ['write'], acrValues: ['gold'] } })
    await expectRejected(scene, present(scene, { scope: 'read' }), insufficientScope('write'))
  })
})
