/** INT: the introspection request and its response (RFC 7662). */

import { decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import {
  type AuthErrorCode,
  type ConfigError,
  type IntrospectionOptions,
  protectedResource,
} from '../../src/index.ts'
import { badToken, expectDpopRejection } from '../support/binding.ts'
import { START } from '../support/clock.ts'
import { createHolder, prove } from '../support/holder.ts'
import {
  activeAnswer,
  createFixedScene,
  createOpaqueScene,
  ENDPOINT,
  type OpaqueOptions,
  TOKEN,
} from '../support/introspection.ts'
import { createKey, ISSUER, RESOURCE } from '../support/issuer.ts'
import { expectAccepted, expectFault, expectRejected, invalidToken } from '../support/scene.ts'

/** A thumbprint in the form that adapters give. */
const CERTIFICATE = 'A'.repeat(43)

describe('the introspection request', () => {
  it('INT-01: the token is in the form, not in the query', async () => {
    const scene = await createOpaqueScene()
    const auth = await expectAccepted(scene, scene.present('a+b/c=='))
    expect(auth).toMatchObject({ token: 'a+b/c==', subject: 'user-1', scopes: ['read'] })
    expect(scene.asked).toHaveLength(1)
    const [asked] = scene.asked
    expect(asked).toMatchObject({ url: ENDPOINT, method: 'POST' })
    expect(asked?.headers.get('Content-Type')).toBe('application/x-www-form-urlencoded')
    expect(asked?.headers.get('Accept')).toBe('application/json')
    expect(asked?.form.get('token')).toBe('a+b/c==')
  })

  it('INT-01: the token is percent-encoded', async () => {
    let body: unknown
    const scene = await createOpaqueScene({
      fetch: async (_url, init) => {
        body = init?.body
        return Response.json(activeAnswer())
      },
      introspection: { endpoint: ENDPOINT },
    })
    await expectAccepted(scene, scene.present('a+b/c=='))
    expect(body).toBe('token=a%2Bb%2Fc%3D%3D&token_type_hint=access_token')
  })

  it('INT-02: client_secret_basic form-encodes id and secret before base64', async () => {
    const introspection = { clientId: 'rs:1 ä', clientSecret: 'a:b%+ ü' }
    const scene = await createOpaqueScene({ introspection })
    await expectAccepted(scene, scene.present())
    const header = scene.asked[0]?.headers.get('Authorization') ?? ''
    const [id = '', secret = '', ...rest] = atob(header.replace(/^Basic /, '')).split(':')
    expect(rest).toEqual([])
    const decode = (text: string) => new URLSearchParams(`v=${text}`).get('v')
    expect([decode(id), decode(secret)]).toEqual(['rs:1 ä', 'a:b%+ ü'])
    expect(scene.asked[0]?.form.has('client_secret')).toBe(false)
  })

  it('INT-02: client_secret_post sends both in the form', async () => {
    const scene = await createOpaqueScene({
      introspection: { authMethod: 'client_secret_post', clientSecret: 'a:b%' },
    })
    await expectAccepted(scene, scene.present())
    const { headers, form } = scene.asked[0] as (typeof scene.asked)[0]
    expect(headers.has('Authorization')).toBe(false)
    expect(Object.fromEntries(form)).toEqual({
      token: TOKEN,
      token_type_hint: 'access_token',
      client_id: 'rs',
      client_secret: 'a:b%',
    })
  })

  it.each(['a CryptoKey', 'a JWK'])(
    'INT-02: private_key_jwt signs an assertion with %s',
    async (form) => {
      const key = await createKey('rs-1')
      const { d } = await crypto.subtle.exportKey('jwk', key.privateKey)
      const privateKey = form === 'a JWK' ? { ...key.jwk, d } : key.privateKey
      const scene = await createOpaqueScene({
        introspection: { clientSecret: undefined, privateKey, keyId: 'rs-2' },
      })
      await expectAccepted(scene, scene.present())
      await expectAccepted(scene, scene.present())
      const [first, second] = scene.asked.map(({ form }) => form)
      expect(first?.get('client_assertion_type')).toBe(
        'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      )
      const assertion = first?.get('client_assertion') ?? ''
      expect(decodeProtectedHeader(assertion)).toEqual({ alg: 'ES256', typ: 'JWT', kid: 'rs-2' })
      const { payload } = await jwtVerify(assertion, key.jwk, {
        issuer: 'rs',
        subject: 'rs',
        audience: ISSUER,
        currentDate: new Date(START * 1000),
      })
      expect(payload).toMatchObject({ iat: START, exp: START + 60, jti: expect.any(String) })
      const { jti } = decodeJwt(second?.get('client_assertion') ?? '')
      expect(jti).not.toBe(payload.jti)
      expect(scene.asked[0]?.headers.has('Authorization')).toBe(false)
      if (typeof privateKey === 'object' && 'd' in privateKey) {
        expect(Object.isFrozen(privateKey)).toBe(false)
      }
    },
  )

  it('INT-03: the token_type_hint is access_token', async () => {
    const scene = await createOpaqueScene()
    await expectAccepted(scene, scene.present())
    expect(scene.asked[0]?.form.get('token_type_hint')).toBe('access_token')
  })

  it('INT-04: the configured endpoint precedes that of the metadata', async () => {
    const endpoint = `${ENDPOINT}/elsewhere`
    const scene = await createOpaqueScene({ introspection: { endpoint } })
    await expectAccepted(scene, scene.present())
    expect(scene.asked.map(({ url }) => url)).toEqual([endpoint])
    expect(scene.issuer.requests).toEqual([])
  })

  it('INT-04: metadata of another issuer is not used', async () => {
    const scene = await createOpaqueScene()
    Object.assign(scene.issuer.metadata, { issuer: 'https://evil.example' })
    await expectFault(scene, scene.present(), 'unavailable')
    expect(scene.asked).toEqual([])
  })

  it.each(['http://as.example/introspect', undefined])(
    'INT-04: with the endpoint %s in the metadata the token is not sent',
    async (introspection_endpoint) => {
      const scene = await createOpaqueScene()
      Object.assign(scene.issuer.metadata, { introspection_endpoint })
      await expectFault(scene, scene.present(), 'unavailable')
      expect(scene.asked).toEqual([])
    },
  )

  it.each(['http://as.example/introspect', 'introspect', 'https://a:b@as.example/introspect'])(
    'INT-04: the endpoint %s is a configuration error',
    (endpoint) => {
      const problems = problemsOf({ endpoint })
      expect(problems.map(({ path }) => path)).toEqual([
        'authorizationServers[0].accessToken.endpoint',
      ])
    },
  )
})

describe('the introspection response', () => {
  it.each([false, undefined, 'true', 1, null, 'false', {}, []])(
    'INT-05: active %j is rejected',
    async (active) => {
      const scene = await createFixedScene(activeAnswer({ active }))
      await expectRejected(scene, scene.present(), invalidToken('token_inactive'))
    },
  )

  it('INT-05: a response with active false only is a 401', async () => {
    const scene = await createFixedScene({ active: false })
    await expectRejected(scene, scene.present(), invalidToken('token_inactive'))
  })

  const failures: Record<string, () => Response | Promise<Response>> = {
    'a 401, invalid_client': () => Response.json({ error: 'invalid_client' }, { status: 401 }),
    'a 403': () => Response.json({ error: 'access_denied' }, { status: 403 }),
    'a 400': () => Response.json({ error: 'invalid_request' }, { status: 400 }),
    'a 404': () => new Response('nothing', { status: 404 }),
    'a 429': () => new Response('slowly', { status: 429 }),
    'a 500': () => new Response('oh', { status: 500 }),
    'a 503': () => Response.json({ active: false }, { status: 503 }),
    'a 201': () => Response.json(activeAnswer(), { status: 201 }),
    'a redirect': () => Response.redirect(`${ENDPOINT}/elsewhere`, 307),
    HTML: () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } }),
    'JSON with the media type of text': () => new Response(JSON.stringify(activeAnswer())),
    'no JSON': () => new Response('{', { headers: { 'Content-Type': 'application/json' } }),
    'a JSON array': () => Response.json([activeAnswer()]),
    'a body above maxBytes': () => Response.json(activeAnswer({ padding: 'x'.repeat(70_000) })),
    'no connection': () => Promise.reject(new TypeError('fetch failed')),
    'no response': () => new Promise(() => {}),
  }
  it.each(Object.keys(failures))('INT-06: %s is a 503, not a 401', async (what) => {
    const scene = await createOpaqueScene({ server: { timeoutMs: 40 } })
    scene.respond(failures[what] as () => Response)
    await expectFault(scene, scene.present(), 'unavailable')
    expect(scene.asked).toHaveLength(1)
    expect(scene.events).toContainEqual(
      expect.objectContaining({ type: 'document', url: ENDPOINT, outcome: 'failed' }),
    )
  })

  it('INT-06: discovery and introspection share one deadline', async () => {
    const scene = await createOpaqueScene({
      server: { timeoutMs: 120, accessToken: introspection() },
    })
    scene.issuer.respondAt(
      `${ISSUER}/.well-known/oauth-authorization-server`,
      () =>
        new Promise((resolve) => {
          setTimeout(
            () =>
              resolve(
                Response.json({ ...scene.issuer.metadata, introspection_endpoint: ENDPOINT }),
              ),
            50,
          )
        }),
    )
    scene.respond(() => new Promise(() => {}))
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      let isSettled = false
      const presented = scene.present().finally(() => {
        isSettled = true
      })
      await vi.advanceTimersByTimeAsync(119)
      expect([scene.asked.length, isSettled]).toEqual([1, false])
      await vi.advanceTimersByTimeAsync(1)
      await expectFault(scene, presented, 'unavailable')
      expect(scene.asked).toHaveLength(1)
    } finally {
      vi.useRealTimers()
    }
  })

  it.each<[string, Record<string, unknown>, AuthErrorCode]>([
    ['exp in the past', { exp: START - 31 }, 'token_expired'],
    ['exp in the past, as text', { exp: String(START + 60) }, 'token_claims'],
    ['no exp', { exp: undefined }, 'token_claims'],
    ['nbf in the future', { nbf: START + 31 }, 'token_not_yet_valid'],
    ['nbf as text', { nbf: '0' }, 'token_claims'],
  ])('INT-07: an active token with %s is rejected', async (_what, changes, code) => {
    const scene = await createFixedScene(activeAnswer(changes))
    await expectRejected(scene, scene.present(), invalidToken(code))
  })

  it('INT-07: times have the configured tolerance', async () => {
    const scene = await createFixedScene(activeAnswer({ exp: START - 29, nbf: START + 30 }))
    expect((await expectAccepted(scene, scene.present())).expiresAt).toBe(START - 29)
  })

  it.each([undefined, 'https://rs.example', `${RESOURCE}/`, ['https://other.example'], [], {}, 7])(
    'INT-08: aud %j is rejected',
    async (aud) => {
      const scene = await createFixedScene(activeAnswer({ aud }))
      await expectRejected(scene, scene.present(), invalidToken('token_audience'))
      const seen = scene.events.find((event) => event.type === 'refused')
      expect(seen).toMatchObject({ issuer: ISSUER, expected: [RESOURCE] })
    },
  )

  it('INT-08: a response without aud needs dangerouslyAllowMissingAudience', async () => {
    const server = { dangerouslyAllowMissingAudience: true, accessToken: introspection() }
    const scene = await createFixedScene(activeAnswer({ aud: undefined }), { server })
    expect((await expectAccepted(scene, scene.present())).audience).toEqual([])
    for (const aud of ['https://other.example', '', [], [5], [RESOURCE, 5], 0, {}, false]) {
      scene.respond(() => activeAnswer({ aud }))
      await expectRejected(scene, scene.present(), invalidToken('token_audience'))
    }
  })

  it('INT-08: one accepted audience among others, and the configured audience', async () => {
    const scene = await createFixedScene(activeAnswer({ aud: ['x', RESOURCE] }))
    expect((await expectAccepted(scene, scene.present())).audience).toEqual(['x', RESOURCE])
    const own = await createFixedScene(activeAnswer({ aud: 'api://notes' }), {
      audience: 'api://notes',
    })
    await expectAccepted(own, own.present())
  })

  it.each(['https://other.example', `${ISSUER}/`, 'https://AS.example', '', {}, 7])(
    'INT-09: iss %j is rejected',
    async (iss) => {
      const scene = await createFixedScene(activeAnswer({ iss }))
      await expectRejected(scene, scene.present(), invalidToken('token_issuer'))
    },
  )

  it('INT-09: without iss the configured issuer applies; unknown members are ignored', async () => {
    const scene = await createFixedScene(activeAnswer({ iss: undefined, x: { y: [1] } }))
    const auth = await expectAccepted(scene, scene.present())
    expect(auth.issuer).toBe(ISSUER)
    expect(auth.claims).toMatchObject({ active: true, x: { y: [1] } })
  })

  it('INT-09: iss and the tenant claim must be of an allowed tenant', async () => {
    const allowed: string[] = []
    const allow = (tenant: string) => {
      allowed.push(tenant)
      if (tenant === 'broken') throw new Error('MARKER')
      return tenant === 'ours'
    }
    const issuerTemplate = { pattern: `${ISSUER}/{tenant}`, claim: 'tid', allow }
    const scene = await createOpaqueScene({
      server: { issuerTemplate, accessToken: introspection() },
    })
    const say = (tenant: string | undefined, tid: unknown = tenant) =>
      scene.respond(() => activeAnswer({ iss: tenant && `${ISSUER}/${tenant}`, tid }))
    say('ours')
    expect((await expectAccepted(scene, scene.present())).issuer).toBe(`${ISSUER}/ours`)
    for (const [tenant, tid] of [['theirs'], ['ours', 'theirs'], ['ours', null], [undefined]]) {
      say(tenant ?? undefined, tid)
      await expectRejected(scene, scene.present(), invalidToken('token_issuer'))
    }
    expect(allowed).toEqual(['ours', 'theirs'])
    say('broken')
    await expectFault(scene, scene.present(), 'internal')
  })

  it.each(['refresh_token', 'N_A', 'id_token', 'mac', '', 7, {}])(
    'INT-10: token_type %j is rejected',
    async (token_type) => {
      const scene = await createFixedScene(activeAnswer({ token_type }))
      await expectRejected(scene, scene.present(), invalidToken('token_type'))
    },
  )

  it.each(['Bearer', 'bearer', 'BEARER', undefined])(
    'INT-10: token_type %j is accepted',
    async (token_type) => {
      const scene = await createFixedScene(activeAnswer({ token_type }))
      expect((await expectAccepted(scene, scene.present())).scheme).toBe('Bearer')
    },
  )

  it.each([
    { token_use: 'refresh_token' },
    { token_usage: 'refresh_token' },
    { token_usage: 'urn:ietf:params:oauth:token-type:refresh_token' },
    { token_usage: 'urn:openiddict:params:oauth:token-type:authorization_code' },
    { token_use: 'refresh_token', token_usage: 'access_token' },
    { typ: 'Refresh' },
    { typ: 'Offline' },
    { typ: 'ID' },
  ])('INT-10: a response with %j is rejected', async (member) => {
    const scene = await createFixedScene(activeAnswer({ token_type: undefined, ...member }))
    await expectRejected(scene, scene.present(), invalidToken('token_type'))
  })

  it.each([
    { token_use: 'access_token' },
    { token_use: 'access' },
    { token_usage: 'access_token' },
    { token_usage: 'urn:ietf:params:oauth:token-type:access_token' },
    { token_usage: null },
    { token_usage: 1234 },
    { token_usage: { input: 10, output: 5 } },
    { token_usage: 'unlimited' },
    { typ: 'Bearer' },
  ])('INT-10: a response with %j is accepted', async (member) => {
    const scene = await createFixedScene(activeAnswer(member))
    await expectAccepted(scene, scene.present())
  })

  it.each<[string, Record<string, unknown>, AuthErrorCode]>([
    ['a key, as Bearer', { cnf: { jkt: 'x' }, token_type: undefined }, 'binding_unsupported'],
    ['a certificate, as Bearer', { cnf: { 'x5t#S256': 'x' } }, 'binding_unsupported'],
    ['something unknown', { cnf: { other: 'x' } }, 'binding_unsupported'],
    ['nothing at all', { cnf: {} }, 'binding_unsupported'],
    ['a key, of type Bearer', { cnf: { jkt: 'x' }, token_type: 'Bearer' }, 'token_type'],
    ['no key, of type DPoP', { token_type: 'DPoP' }, 'token_type'],
  ])('INT-11: a token bound to %s is rejected without proof', async (_what, changes, code) => {
    const scene = await createFixedScene(activeAnswer(changes))
    await expectRejected(scene, scene.present(), invalidToken(code))
  })
})

describe('the binding of an introspected token', () => {
  async function boundScene(changes: Record<string, unknown> = {}, options: OpaqueOptions = {}) {
    const holder = await createHolder()
    const scene = await createOpaqueScene({ dpop: true, ...options })
    const cnf = { jkt: holder.thumbprint }
    scene.respond(() => activeAnswer({ token_type: 'DPoP', cnf, ...changes }))
    return { holder, scene }
  }

  it.each(['DPoP', 'dpop', undefined])(
    'INT-11: cnf.jkt needs a proof as in a JWT, with token_type %j',
    async (token_type) => {
      const { holder, scene } = await boundScene({ token_type })
      const headers = await prove(holder, TOKEN)
      expect((await expectAccepted(scene, scene.ask(undefined, { headers }))).scheme).toBe('DPoP')
    },
  )

  it.each([0, 60])(
    'INT-11: cnf.jkt is rejected with the Bearer scheme, cached for %i s',
    async (cacheSeconds) => {
      const { holder, scene } = await boundScene({}, { introspection: { cacheSeconds } })
      const headers = await prove(holder, TOKEN)
      await expectAccepted(scene, scene.ask(undefined, { headers }))
      await expectDpopRejection(scene, scene.present(), badToken('binding_missing', 'Bearer'))
      const thief = await createHolder()
      const theirs = scene.ask(undefined, { headers: await prove(thief, TOKEN) })
      await expectDpopRejection(scene, theirs, badToken('binding_mismatch'))
    },
  )

  it('INT-11: token_type DPoP without cnf.jkt, and Bearer with it, are rejected', async () => {
    for (const changes of [{ cnf: undefined }, { token_type: 'Bearer' }]) {
      const { holder, scene } = await boundScene(changes)
      const headers = await prove(holder, TOKEN)
      await expectDpopRejection(scene, scene.ask(undefined, { headers }), badToken('token_type'))
    }
  })

  it.each([
    [CERTIFICATE, true],
    ['B'.repeat(43), false],
    [undefined, false],
  ])('INT-11: cnf.x5t#S256 and the certificate %s: %s', async (certificate, passes) => {
    const scene = await createOpaqueScene({ mtls: true, requirements: { certificate } })
    scene.respond(() => activeAnswer({ cnf: { 'x5t#S256': CERTIFICATE } }))
    if (passes) {
      await expectAccepted(scene, scene.present())
    } else {
      const code = certificate === undefined ? 'binding_missing' : 'binding_mismatch'
      await expectRejected(scene, scene.present(), invalidToken(code))
    }
  })
})

function introspection(changes: Partial<IntrospectionOptions> = {}): IntrospectionOptions {
  return { kind: 'introspection', clientId: 'rs', clientSecret: 's', ...changes }
}

function problemsOf(changes: Partial<IntrospectionOptions>): ConfigError['problems'] {
  const accessToken = introspection(changes)
  try {
    protectedResource({
      resource: RESOURCE,
      authorizationServers: [{ issuer: ISSUER, accessToken }],
    })
  } catch (error) {
    return (error as ConfigError).problems
  }
  throw new Error('The configuration was accepted.')
}
