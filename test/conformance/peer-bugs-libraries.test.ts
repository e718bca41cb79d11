/** Bugs of OAuth and JWT libraries with tokens, credentials and challenges: none of them is here. */

import { beforeAll, describe, expect, it, vi } from 'vitest'
import { ConfigError, protectedResource } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { createKey, ISSUER, METADATA_URL, RESOURCE, type SigningKey } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  insufficientScope,
  invalidToken,
  NO_CREDENTIALS,
  present,
} from '../support/scene.ts'

const KEYS = `${ISSUER}/jwks`
const DOWN = (): Response => new Response(null, { status: 503 })

let stranger: SigningKey

beforeAll(async () => {
  stranger = await createKey()
})

describe('oauth4webapi', () => {
  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['Auth0', { jti: undefined, client_id: undefined, azp: 'c' }, { typ: 'JWT' }],
    [
      'Entra',
      { client_id: undefined, jti: undefined, appid: 'c', scope: undefined, scp: 'read' },
      { typ: 'JWT' },
    ],
    [
      'Okta',
      { client_id: undefined, cid: 'c', scope: undefined, scp: ['read'] },
      { typ: undefined },
    ],
    ['Keycloak', { client_id: undefined, azp: 'c', typ: 'Bearer' }, { typ: 'JWT' }],
    ['Cognito', { token_use: 'access' }, { typ: undefined }],
  ])(
    'oauth4webapi C1: a token of %s with default settings is accepted',
    async (_, claims, header) => {
      const scene = await createScene({ requiredScopes: ['read'] })
      const auth = await expectAccepted(scene, present(scene, claims, header))
      expect(auth.clientId).toMatch(/^c(lient-1)?$/)
    },
  )

  it('oauth4webapi C5: time and size are limited by default', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const slow = await createScene()
      slow.issuer.respondAt(KEYS, () => new Promise<Response>(() => {}))
      const answer = present(slow)
      // The clock must not move before a request waits for the keys.
      while (!slow.issuer.requests.includes(KEYS)) await new Promise(setImmediate)
      await vi.advanceTimersByTimeAsync(5100)
      await expectFault(slow, answer, 'unavailable')
    } finally {
      vi.useRealTimers()
    }
    const huge = await createScene()
    let pulled = 0
    huge.issuer.respondAt(KEYS, () => {
      const pull = (controller: ReadableStreamDefaultController): void => {
        pulled += 16_384
        controller.enqueue(new Uint8Array(16_384).fill(32))
      }
      return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }))
    })
    await expectFault(huge, present(huge), 'unavailable')
    expect(pulled).toBeLessThan(200_000)
  })
})

describe('Auth0', () => {
  it('auth0 D2: an unreachable server is 503, and its name is not sent', async () => {
    const scene = await createScene()
    scene.issuer.respondAt(`${ISSUER}/.well-known/oauth-authorization-server`, DOWN)
    scene.issuer.respondAt(`${ISSUER}/.well-known/openid-configuration`, DOWN)
    const response = await expectFault(scene, present(scene), 'unavailable')
    expect(await response.text()).not.toContain('as.example')
  })

  it('auth0 D6: no token is read from query or body', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    const query = new Request(`${RESOURCE}?access_token=${token}`, { method: 'POST' })
    await expectRejected(scene, scene.send(query), NO_CREDENTIALS)
    const body = new URLSearchParams({ access_token: token })
    await expectRejected(scene, scene.ask(undefined, { body }), NO_CREDENTIALS)
  })

  it('auth0 D7: a certificate-bound token is not a bearer token where mTLS is off', async () => {
    const scene = await createScene()
    const cnf = { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }
    await expectRejected(scene, present(scene, { cnf }), invalidToken('binding_unsupported'))
  })
})

describe('Hono', () => {
  it.each(['at+jwt', 'JWT'])(
    'hono F1: typ %s is taken without a word in the options',
    async (typ) => {
      const scene = await createScene()
      await expectAccepted(scene, present(scene, {}, { typ }))
    },
  )

  it('hono F2: keys are fetched once, and not for tokens that their claims make invalid', async () => {
    const scene = await createScene()
    await expectRejected(scene, present(scene, { exp: 1 }), invalidToken('token_expired'))
    expect(scene.issuer.requests).toEqual([])
    for (const jti of ['1', '2', '3', '4', '5'])
      await expectAccepted(scene, present(scene, { jti }))
    expect(scene.issuer.requests.filter((url) => url === KEYS)).toHaveLength(1)
  })

  it('hono F3: no exp, a foreign aud and a foreign iss are rejected; a slow clock and no kid are not', async () => {
    const scene = await createScene()
    await expectRejected(scene, present(scene, { exp: undefined }), invalidToken('token_claims'))
    await expectRejected(scene, present(scene, { aud: 'other' }), invalidToken('token_audience'))
    await expectRejected(scene, present(scene, { iss: 'other' }), invalidToken('token_issuer'))
    await expectAccepted(scene, present(scene, { nbf: START + 5, iat: START + 5 }))
    await expectAccepted(scene, present(scene, {}, { kid: undefined }))
  })

  it('hono F4: the challenge repeats nothing of the request; every kind of outage is 503', async () => {
    const scene = await createScene()
    const secret = new Request(`${RESOURCE}?code=s3cret`, { method: 'POST' })
    const response = await expectRejected(scene, scene.send(secret), NO_CREDENTIALS)
    expect(JSON.stringify([...response.headers])).not.toContain('s3cret')
    const faults = [DOWN, () => Promise.reject(new TypeError('fetch failed'))]
    for (const fault of faults) {
      const down = await createScene()
      down.issuer.respondAt(KEYS, fault)
      await expectFault(down, present(down), 'unavailable')
    }
  })

  it('hono F5: the 401 for an invalid token names the metadata, which is served', async () => {
    const scene = await createScene()
    await expectRejected(scene, scene.ask('Bearer junk'), invalidToken('token_malformed'))
    expect((await scene.send(new Request(METADATA_URL))).status).toBe(200)
  })
})

describe('better-auth', () => {
  it('better-auth G1: an invalid token is invalid_token', async () => {
    const scene = await createScene()
    await expectRejected(scene, present(scene, { exp: 1 }), invalidToken('token_expired'))
  })

  it('better-auth G2: a cnf without a known thumbprint is rejected', async () => {
    const scene = await createScene()
    for (const cnf of [{ 'x5t#S256': 'x' }, { jkt: 5 }, { jwk: {} }, { kid: 'k' }, {}]) {
      await expectRejected(scene, present(scene, { cnf }), invalidToken('binding_unsupported'))
    }
  })

  it('better-auth G5: keys are found by discovery, exp is required, azp takes nothing from client_id', async () => {
    const scene = await createScene()
    const auth = await expectAccepted(scene, present(scene, { azp: 'somebody-else' }))
    expect(auth.clientId).toBe('client-1')
    expect(scene.issuer.requests).toEqual([
      `${ISSUER}/.well-known/oauth-authorization-server`,
      KEYS,
    ])
    await expectRejected(scene, present(scene, { exp: undefined }), invalidToken('token_claims'))
  })
})

describe('Clerk', () => {
  it('clerk L1: resource_metadata is a quoted-string', async () => {
    const scene = await createScene()
    const header = (await scene.ask()).headers.get('WWW-Authenticate')
    expect(header).toBe(`Bearer resource_metadata="${METADATA_URL}"`)
  })

  it('clerk L2: another scheme is not read as a token, nothing throws, and an invalid token gets a challenge', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    await expectRejected(scene, scene.ask(`Basic ${token}`), NO_CREDENTIALS)
    const response = await expectRejected(
      scene,
      scene.ask(`Bearer x${token}`),
      invalidToken('token_malformed'),
    )
    expect(await response.text()).not.toContain(token)
  })
})

describe('aws-jwt-verify', () => {
  it('aws-jwt-verify M1: a removed key verifies nothing after the next fetch', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    scene.issuer.jwks.keys = [(await createKey('k2')).jwk]
    scene.clock.advance(700)
    await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('token_key'))
  })

  it('aws-jwt-verify M3: exp and all scopes are required', async () => {
    const scene = await createScene({ requiredScopes: ['a', 'b'] })
    const expected = { ...invalidToken('token_claims'), scope: 'a b' }
    await expectRejected(scene, present(scene, { exp: undefined }), expected)
    await expectRejected(scene, present(scene, { scope: 'a' }), insufficientScope('a b'))
    await expectAccepted(scene, present(scene, { scope: 'b a' }))
  })
})

describe('Scalekit', () => {
  it('scalekit: issuer and audience are always checked, keys rotate, scope and scopes are read', async () => {
    const scene = await createScene({ requiredScopes: ['read'] })
    const named = (code: 'token_issuer' | 'token_audience' | 'token_signature') => ({
      ...invalidToken(code),
      scope: 'read',
    })
    await expectRejected(
      scene,
      present(scene, { iss: 'https://evil.example' }),
      named('token_issuer'),
    )
    await expectRejected(scene, present(scene, { aud: 'other' }), named('token_audience'))
    await expectAccepted(scene, present(scene, { scope: undefined, scopes: ['read'] }))
    await expectAccepted(scene, present(scene, { scope: 'read' }))
    const forged = await scene.issuer.token({}, { key: stranger })
    await expectRejected(scene, scene.ask(`Bearer ${forged}`), named('token_signature'))
    const next = await createKey('k2')
    scene.issuer.jwks.keys = [next.jwk]
    scene.clock.advance(10)
    const rotated = await scene.issuer.token({}, { key: next })
    await expectAccepted(scene, scene.ask(`Bearer ${rotated}`))
  })

  it('scalekit: two issuers of one server are both configured', async () => {
    const old = 'https://env.scalekit.example'
    const scene = await createScene({ server: { tokenIssuers: [old] } })
    expect((await expectAccepted(scene, present(scene, { iss: old }))).issuer).toBe(old)
    expect((await expectAccepted(scene, present(scene))).issuer).toBe(ISSUER)
    const twice = {
      resource: RESOURCE,
      authorizationServers: [{ issuer: ISSUER, tokenIssuers: [old] }, old],
    }
    expect(() => protectedResource(twice)).toThrow(ConfigError)
  })
})
