/** What was seen to go wrong with tokens, credentials and challenges elsewhere, and must not here. */

import { createHmac } from 'node:crypto'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import {
  AuthError,
  authenticate,
  ConfigError,
  protect,
  protectedResource,
} from '../../src/index.ts'
import { parseChallenges } from '../support/challenge.ts'
import { START } from '../support/clock.ts'
import { forge } from '../support/forge.ts'
import { createKey, ISSUER, METADATA_URL, RESOURCE, type SigningKey } from '../support/issuer.ts'
import {
  accepted,
  createScene,
  faulted,
  invalidToken,
  malformed,
  NO_CREDENTIALS,
  reasons,
  refused,
  type Scene,
} from '../support/scene.ts'

const KEYS = `${ISSUER}/jwks`
const DOWN = (): Response => new Response(null, { status: 503 })
/** The codes that RFC 6750 §3.1 and RFC 9470 §3 know. */
const REGISTERED = [
  'invalid_request',
  'invalid_token',
  'insufficient_scope',
  'insufficient_user_authentication',
]

let stranger: SigningKey

beforeAll(async () => {
  stranger = await createKey()
})

async function present(
  scene: Scene,
  claims: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<Response> {
  return scene.ask(`Bearer ${await scene.issuer.token(claims, { header })}`)
}

function lacking(scope: string) {
  return { code: 'scope_insufficient', status: 403, error: 'insufficient_scope', scope } as const
}

describe('mcp-auth', () => {
  it('mcp-auth A1: audience, expiry and type are checked by default', async () => {
    const scene = await createScene()
    const foreign = present(scene, { aud: 'https://other.example' })
    await refused(scene, foreign, invalidToken('token_audience'))
    await refused(scene, present(scene, { aud: undefined }), invalidToken('token_audience'))
    await refused(scene, present(scene, { exp: undefined }), invalidToken('token_claims'))
    const idToken = { aud: 'client-1', nonce: 'n', at_hash: 'h' }
    await refused(scene, present(scene, idToken, { typ: 'JWT' }), invalidToken('token_type'))
  })

  it('mcp-auth A2: every challenge follows the grammar', async () => {
    const scene = await createScene()
    for (const value of [undefined, 'Bearer', 'Bearer "a"', 'Token x', 'Bearer junk']) {
      const header = (await scene.ask(value)).headers.get('WWW-Authenticate') ?? ''
      expect(parseChallenges(header)).toHaveLength(1)
      expect(header).not.toContain('\\')
    }
    expect(scene.runs).toEqual([])
  })

  it('mcp-auth A3: only registered error codes are sent, and none without a token', async () => {
    const scene = await createScene({ requirements: { scopes: ['write'] } })
    const answers = [
      scene.ask('Bearer'),
      scene.ask('Bearer junk'),
      present(scene, { iss: 'https://evil.example' }),
      present(scene, { aud: 'x' }),
      present(scene),
    ]
    for (const answer of answers) {
      const header = (await answer).headers.get('WWW-Authenticate') ?? ''
      expect(REGISTERED).toContain(parseChallenges(header)[0]?.params['error'])
    }
    await refused(scene, scene.ask(), { ...NO_CREDENTIALS, scope: 'write' })
  })

  it('mcp-auth A4: the 403 contains insufficient_scope, the scope and the metadata URL', async () => {
    const scene = await createScene({ requiredScopes: ['write'] })
    await refused(scene, present(scene), { ...lacking('write'), resourceMetadata: METADATA_URL })
  })

  it('mcp-auth A5: a key set that cannot be fetched is 503 and not invalid_token', async () => {
    const scene = await createScene()
    scene.issuer.answer(KEYS, DOWN)
    await faulted(scene, present(scene), 'unavailable')
  })

  it('mcp-auth A9: two resources with one key set keep their own rules', async () => {
    const lax = await createScene()
    const narrow = protectedResource({
      resource: RESOURCE,
      authorizationServers: [
        { issuer: ISSUER, accessToken: { kind: 'jwt', algorithms: ['RS256'] }, timeoutMs: 20 },
      ],
      fetch: lax.issuer.fetch,
      now: lax.clock.now,
    })
    await accepted(lax, present(lax))
    const headers = { Authorization: `Bearer ${await lax.issuer.token()}` }
    const answer = await authenticate(new Request(RESOURCE, { headers }), narrow)
    expect(answer.ok === false && answer.status).toBe(401)
    lax.issuer.answer(KEYS, () => new Promise<Response>(() => {}))
    const rsa = await createKey('r', 'RS256')
    const token = await lax.issuer.token({}, { key: rsa })
    const waiting = await authenticate(
      new Request(RESOURCE, { headers: { Authorization: `Bearer ${token}` } }),
      narrow,
    )
    expect(waiting.ok === false && waiting.status).toBe(503)
  })

  it('mcp-auth A11: events report what happened, and nothing is printed', async () => {
    const methods = ['log', 'info', 'warn', 'error', 'debug'] as const
    const printed = methods.map((name) => vi.spyOn(console, name).mockImplementation(() => {}))
    const scene = await createScene({ resource: 'https://rs.example/mcp?tenant=1' })
    const aud = 'https://rs.example/mcp?tenant=1'
    await accepted(scene, present(scene, { aud }))
    await present(scene, { exp: 1 })
    for (const spy of printed) {
      expect(spy).not.toHaveBeenCalled()
      spy.mockRestore()
    }
    expect(scene.events.map(({ type }) => type)).toEqual([
      'warning',
      'document',
      'document',
      'accepted',
      'refused',
    ])
  })
})

describe('MCP SDK', () => {
  it('SDK B1: two credentials are rejected', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    const answer = scene.ask(`Bearer ${token}, Bearer b`)
    await refused(scene, answer, malformed('credentials_duplicate'))
  })

  it('SDK B2: text after the token is not ignored, and two spaces are one separator', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    await refused(scene, scene.ask(`Bearer ${token} extra`), malformed())
    await accepted(scene, scene.ask(`bearer  ${token}`))
  })

  it.each([undefined, 'Basic dTpw'])('SDK B3: %s is not invalid_token', async (value) => {
    const scene = await createScene()
    await refused(scene, scene.ask(value), NO_CREDENTIALS)
  })

  it('SDK B4: an expired token without the scope is invalid_token, not insufficient_scope', async () => {
    const scene = await createScene({ requiredScopes: ['write'] })
    const expected = { ...invalidToken('token_expired'), scope: 'write' }
    await refused(scene, present(scene, { exp: START - 60, scope: 'read' }), expected)
  })

  it('SDK B10: the audience is checked by default, character by character', async () => {
    const scene = await createScene()
    for (const aud of [`${RESOURCE}/`, 'https://rs.example']) {
      await refused(scene, present(scene, { aud }), invalidToken('token_audience'))
    }
  })

  it('SDK B11: no scope or description can break out of its quotes', async () => {
    const scene = await createScene({
      answer: () => {
        throw new AuthError('scope_insufficient', { scopes: ['a", error="x', 'b"\r\nX: y', 'c'] })
      },
    })
    const response = await present(scene)
    const header = response.headers.get('WWW-Authenticate') ?? ''
    expect(parseChallenges(header)[0]?.params['scope']).toBe('c')
    expect(response.headers.get('X')).toBeNull()
  })
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
      const auth = await accepted(scene, present(scene, claims, header))
      expect(auth.clientId).toMatch(/^c(lient-1)?$/)
    },
  )

  it('oauth4webapi C5: time and size are limited by default', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      const slow = await createScene()
      slow.issuer.answer(KEYS, () => new Promise<Response>(() => {}))
      const answer = present(slow)
      // The clock must not move before a request waits for the keys.
      while (!slow.issuer.requests.includes(KEYS)) await new Promise(setImmediate)
      await vi.advanceTimersByTimeAsync(5100)
      await faulted(slow, answer, 'unavailable')
    } finally {
      vi.useRealTimers()
    }
    const huge = await createScene()
    let pulled = 0
    huge.issuer.answer(KEYS, () => {
      const pull = (controller: ReadableStreamDefaultController): void => {
        pulled += 16_384
        controller.enqueue(new Uint8Array(16_384).fill(32))
      }
      return new Response(new ReadableStream({ pull }, { highWaterMark: 0 }))
    })
    await faulted(huge, present(huge), 'unavailable')
    expect(pulled).toBeLessThan(200_000)
  })
})

describe('Auth0', () => {
  it('auth0 D2: an unreachable server is 503, and its name is not sent', async () => {
    const scene = await createScene()
    scene.issuer.answer(`${ISSUER}/.well-known/oauth-authorization-server`, DOWN)
    scene.issuer.answer(`${ISSUER}/.well-known/openid-configuration`, DOWN)
    const response = await faulted(scene, present(scene), 'unavailable')
    expect(await response.text()).not.toContain('as.example')
  })

  it('auth0 D6: no token is read from query or body', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    const query = new Request(`${RESOURCE}?access_token=${token}`, { method: 'POST' })
    await refused(scene, scene.send(query), NO_CREDENTIALS)
    const body = new URLSearchParams({ access_token: token })
    await refused(scene, scene.ask(undefined, { body }), NO_CREDENTIALS)
  })

  it('auth0 D7: a certificate-bound token is not a bearer token where mTLS is off', async () => {
    const scene = await createScene()
    const cnf = { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }
    await refused(scene, present(scene, { cnf }), invalidToken('binding_unsupported'))
  })
})

describe('mcp-handler', () => {
  it('mcp-handler E1: an invalid token is never anonymous, also if tokens are optional', async () => {
    const { resource, issuer, runs, events } = await createScene()
    const handle = protect(
      resource,
      (_, auth) => {
        runs.push(auth)
        return new Response('done')
      },
      { optional: true },
    )
    const ask = (authorization?: string): Promise<Response> => {
      const headers = new Headers(authorization === undefined ? {} : { authorization })
      return handle(new Request(RESOURCE, { method: 'POST', headers }))
    }
    expect((await ask()).status).toBe(200)
    expect(runs.map(({ anonymous }) => anonymous)).toEqual([true])
    const expired = await issuer.token({ exp: 1 })
    for (const authorization of [`Bearer ${expired}`, 'Bearer junk', 'Bearer']) {
      expect((await ask(authorization)).ok).toBe(false)
    }
    expect(reasons({ events })).toEqual([
      'token_expired',
      'token_malformed',
      'credentials_malformed',
    ])
    expect(runs).toHaveLength(1)
  })

  it('mcp-handler E1: required scopes apply also if tokens are optional', async () => {
    const { resource } = await createScene({ requiredScopes: ['admin'] })
    const handler = vi.fn(() => new Response('done'))
    const handle = protect(resource, handler, { optional: true })
    const response = await handle(new Request(RESOURCE, { method: 'POST' }))
    expect([response.status, response.headers.get('WWW-Authenticate')]).toEqual([
      401,
      `Bearer scope="admin", resource_metadata="${METADATA_URL}"`,
    ])
    expect(handler).not.toHaveBeenCalled()
  })

  it('mcp-handler E3: a bug in the application’s own check is 500, not a bad token', async () => {
    const mapClaims = (): never => {
      throw new TypeError('undefined is not a function')
    }
    const scene = await createScene({ server: { mapClaims } })
    await faulted(scene, present(scene), 'internal')
  })
})

describe('Hono', () => {
  it.each(['at+jwt', 'JWT'])(
    'hono F1: typ %s is taken without a word in the options',
    async (typ) => {
      const scene = await createScene()
      await accepted(scene, present(scene, {}, { typ }))
    },
  )

  it('hono F2: keys are fetched once, and not for tokens that their claims make invalid', async () => {
    const scene = await createScene()
    await refused(scene, present(scene, { exp: 1 }), invalidToken('token_expired'))
    expect(scene.issuer.requests).toEqual([])
    for (const jti of ['1', '2', '3', '4', '5']) await accepted(scene, present(scene, { jti }))
    expect(scene.issuer.requests.filter((url) => url === KEYS)).toHaveLength(1)
  })

  it('hono F3: no exp, a foreign aud and a foreign iss are rejected; a slow clock and no kid are not', async () => {
    const scene = await createScene()
    await refused(scene, present(scene, { exp: undefined }), invalidToken('token_claims'))
    await refused(scene, present(scene, { aud: 'other' }), invalidToken('token_audience'))
    await refused(scene, present(scene, { iss: 'other' }), invalidToken('token_issuer'))
    await accepted(scene, present(scene, { nbf: START + 5, iat: START + 5 }))
    await accepted(scene, present(scene, {}, { kid: undefined }))
  })

  it('hono F4: the challenge repeats nothing of the request; every kind of outage is 503', async () => {
    const scene = await createScene()
    const secret = new Request(`${RESOURCE}?code=s3cret`, { method: 'POST' })
    const response = await refused(scene, scene.send(secret), NO_CREDENTIALS)
    expect(JSON.stringify([...response.headers])).not.toContain('s3cret')
    const faults = [DOWN, () => Promise.reject(new TypeError('fetch failed'))]
    for (const fault of faults) {
      const down = await createScene()
      down.issuer.answer(KEYS, fault)
      await faulted(down, present(down), 'unavailable')
    }
  })

  it('hono F5: the 401 for an invalid token names the metadata, which is served', async () => {
    const scene = await createScene()
    await refused(scene, scene.ask('Bearer junk'), invalidToken('token_malformed'))
    expect((await scene.send(new Request(METADATA_URL))).status).toBe(200)
  })
})

describe('better-auth', () => {
  it('better-auth G1: an invalid token is invalid_token', async () => {
    const scene = await createScene()
    await refused(scene, present(scene, { exp: 1 }), invalidToken('token_expired'))
  })

  it('better-auth G2: a cnf without a known thumbprint is rejected', async () => {
    const scene = await createScene()
    for (const cnf of [{ 'x5t#S256': 'x' }, { jkt: 5 }, { jwk: {} }, { kid: 'k' }, {}]) {
      await refused(scene, present(scene, { cnf }), invalidToken('binding_unsupported'))
    }
  })

  it('better-auth G5: keys are found by discovery, exp is required, azp takes nothing from client_id', async () => {
    const scene = await createScene()
    const auth = await accepted(scene, present(scene, { azp: 'somebody-else' }))
    expect(auth.clientId).toBe('client-1')
    expect(scene.issuer.requests).toEqual([
      `${ISSUER}/.well-known/oauth-authorization-server`,
      KEYS,
    ])
    await refused(scene, present(scene, { exp: undefined }), invalidToken('token_claims'))
  })
})

describe('fastmcp', () => {
  it('fastmcp J1: the URL in the challenge exists', async () => {
    const scene = await createScene()
    const header = (await scene.ask()).headers.get('WWW-Authenticate') ?? ''
    const place = parseChallenges(header)[0]?.params['resource_metadata'] ?? ''
    expect(place).toBe(METADATA_URL)
    expect((await scene.send(new Request(place))).status).toBe(200)
    const appended = new Request(`${RESOURCE}/.well-known/oauth-protected-resource`)
    expect((await scene.send(appended)).status).toBe(404)
  })

  it('fastmcp J2: no error without a token, and no character that needs escaping', async () => {
    const scene = await createScene()
    await refused(scene, scene.ask(), NO_CREDENTIALS)
    const header = (await scene.ask('Bearer junk')).headers.get('WWW-Authenticate') ?? ''
    expect(header).toMatch(/^[\x20-\x5b\x5d-\x7e]+$/)
  })

  it('fastmcp J3: aud, iss, alg, typ and exp are always checked; the client is never the subject', async () => {
    const scene = await createScene()
    await refused(scene, present(scene, { aud: 'x' }), invalidToken('token_audience'))
    await refused(scene, present(scene, { iss: 'x' }), invalidToken('token_issuer'))
    await refused(scene, present(scene, {}, { typ: 'dpop+jwt' }), invalidToken('token_type'))
    await refused(scene, present(scene, { exp: undefined }), invalidToken('token_claims'))
    const hmac = forge({ alg: 'HS256', kid: 'k1' }, {}, (input) =>
      createHmac('sha256', '').update(input).digest(),
    )
    expect((await scene.ask(`Bearer ${await hmac}`)).status).toBe(401)
    const auth = await accepted(scene, present(scene, { client_id: undefined }))
    expect(auth.clientId).toBe('')
    const down = await createScene()
    down.issuer.answer(KEYS, DOWN)
    await faulted(down, present(down), 'unavailable')
  })

  it('fastmcp J4: every request without a token is rejected', async () => {
    const scene = await createScene()
    for (const value of [undefined, 'Bearer', 'Bearer undefined', 'Bearer null', 'Bearer false']) {
      expect((await scene.ask(value)).ok).toBe(false)
    }
    expect(scene.runs).toEqual([])
  })
})

describe('xmcp', () => {
  it('xmcp K2: insufficient scope is 403 with a challenge, without a further request', async () => {
    const scene = await createScene({ requirements: { scopes: ['write'] } })
    await accepted(scene, present(scene, { scope: 'write' }))
    const before = scene.issuer.requests.length
    await refused(scene, present(scene), lacking('write'))
    expect(scene.issuer.requests).toHaveLength(before)
  })

  it('xmcp K3: many tokens at once cause one key fetch; sid is not needed, a client ID is not an audience', async () => {
    const scene = await createScene()
    const answers = [1, 2, 3, 4].map((jti) => present(scene, { jti: String(jti) }))
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(scene.issuer.requests.filter((url) => url === KEYS)).toHaveLength(1)
    await refused(scene, present(scene, { aud: 'client-1' }), invalidToken('token_audience'))
  })

  it('xmcp K4: exp and aud are required, and the scheme is case-insensitive', async () => {
    const scene = await createScene()
    await refused(scene, present(scene, { exp: undefined }), invalidToken('token_claims'))
    await refused(scene, present(scene, { aud: undefined }), invalidToken('token_audience'))
    const auth = await accepted(scene, scene.ask(`bearer ${await scene.issuer.token()}`))
    expect(auth.expiresAt).toBe(START + 3600)
  })
})

describe('mcp-use', () => {
  it('mcp-use I1: a missing audience needs a dangerous option, which still rejects ID tokens', async () => {
    const unbound = { aud: undefined }
    const strict = await createScene()
    await refused(strict, present(strict, unbound), invalidToken('token_audience'))
    const lax = await createScene({ server: { dangerouslyAllowMissingAudience: true } })
    const auth = await accepted(lax, present(lax, unbound))
    expect(auth.audience).toEqual([])
    const idToken = { ...unbound, nonce: 'n' }
    await refused(lax, present(lax, idToken, { typ: 'JWT' }), invalidToken('token_type'))
    await refused(lax, present(lax, { aud: 'client-1' }), invalidToken('token_audience'))
  })

  it('mcp-use I2: a claim named resource is not an audience', async () => {
    const scene = await createScene()
    for (const aud of [undefined, 'other', []]) {
      const answer = present(scene, { aud, resource: RESOURCE })
      await refused(scene, answer, invalidToken('token_audience'))
    }
  })

  it('mcp-use I3: the audience is compared with the configured text, not with a parsed URL', async () => {
    const resource = 'https://rs.example'
    const scene = await createScene({ resource })
    await accepted(scene, present(scene, { aud: resource }))
    await refused(scene, present(scene, { aud: `${resource}/` }), {
      ...invalidToken('token_audience'),
      resourceMetadata: 'https://rs.example/.well-known/oauth-protected-resource',
    })
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
    await refused(scene, scene.ask(`Basic ${token}`), NO_CREDENTIALS)
    const response = await refused(
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
    await accepted(scene, scene.ask(`Bearer ${token}`))
    scene.issuer.jwks.keys = [(await createKey('k2')).jwk]
    scene.clock.advance(700)
    await refused(scene, scene.ask(`Bearer ${token}`), invalidToken('token_key'))
  })

  it('aws-jwt-verify M3: exp and all scopes are required', async () => {
    const scene = await createScene({ requiredScopes: ['a', 'b'] })
    const expected = { ...invalidToken('token_claims'), scope: 'a b' }
    await refused(scene, present(scene, { exp: undefined }), expected)
    await refused(scene, present(scene, { scope: 'a' }), lacking('a b'))
    await accepted(scene, present(scene, { scope: 'b a' }))
  })
})

describe('Scalekit', () => {
  it('scalekit: issuer and audience are always checked, keys rotate, scope and scopes are read', async () => {
    const scene = await createScene({ requiredScopes: ['read'] })
    const named = (code: 'token_issuer' | 'token_audience' | 'token_signature') => ({
      ...invalidToken(code),
      scope: 'read',
    })
    await refused(scene, present(scene, { iss: 'https://evil.example' }), named('token_issuer'))
    await refused(scene, present(scene, { aud: 'other' }), named('token_audience'))
    await accepted(scene, present(scene, { scope: undefined, scopes: ['read'] }))
    await accepted(scene, present(scene, { scope: 'read' }))
    const forged = await scene.issuer.token({}, { key: stranger })
    await refused(scene, scene.ask(`Bearer ${forged}`), named('token_signature'))
    const next = await createKey('k2')
    scene.issuer.jwks.keys = [next.jwk]
    scene.clock.advance(10)
    const rotated = await scene.issuer.token({}, { key: next })
    await accepted(scene, scene.ask(`Bearer ${rotated}`))
  })

  it('scalekit: two issuers of one server are both configured', async () => {
    const old = 'https://env.scalekit.example'
    const scene = await createScene({ server: { tokenIssuers: [old] } })
    expect((await accepted(scene, present(scene, { iss: old }))).issuer).toBe(old)
    expect((await accepted(scene, present(scene))).issuer).toBe(ISSUER)
    const twice = {
      resource: RESOURCE,
      authorizationServers: [{ issuer: ISSUER, tokenIssuers: [old] }, old],
    }
    expect(() => protectedResource(twice)).toThrow(ConfigError)
  })
})
