/** Bugs of MCP servers and frameworks with tokens, credentials and challenges: none of them is here. */

import { createHmac } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { AuthError, authenticate, protect, protectedResource } from '../../src/index.ts'
import { parseChallenges } from '../support/challenge.ts'
import { START } from '../support/clock.ts'
import { forge } from '../support/forge.ts'
import { createKey, ISSUER, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  insufficientScope,
  invalidToken,
  malformed,
  NO_CREDENTIALS,
  present,
  rejectionCodes,
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

describe('mcp-auth', () => {
  it('mcp-auth A1: audience, expiry and type are checked by default', async () => {
    const scene = await createScene()
    const foreign = present(scene, { aud: 'https://other.example' })
    await expectRejected(scene, foreign, invalidToken('token_audience'))
    await expectRejected(scene, present(scene, { aud: undefined }), invalidToken('token_audience'))
    await expectRejected(scene, present(scene, { exp: undefined }), invalidToken('token_claims'))
    const idToken = { aud: 'client-1', nonce: 'n', at_hash: 'h' }
    await expectRejected(scene, present(scene, idToken, { typ: 'JWT' }), invalidToken('token_type'))
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
    await expectRejected(scene, scene.ask(), { ...NO_CREDENTIALS, scope: 'write' })
  })

  it('mcp-auth A4: the 403 contains insufficient_scope, the scope and the metadata URL', async () => {
    const scene = await createScene({ requiredScopes: ['write'] })
    await expectRejected(scene, present(scene), {
      ...insufficientScope('write'),
      resourceMetadata: METADATA_URL,
    })
  })

  it('mcp-auth A5: a key set that cannot be fetched is 503 and not invalid_token', async () => {
    const scene = await createScene()
    scene.issuer.respondAt(KEYS, DOWN)
    await expectFault(scene, present(scene), 'unavailable')
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
    await expectAccepted(lax, present(lax))
    const headers = { Authorization: `Bearer ${await lax.issuer.token()}` }
    const answer = await authenticate(new Request(RESOURCE, { headers }), narrow)
    expect(answer.ok === false && answer.status).toBe(401)
    lax.issuer.respondAt(KEYS, () => new Promise<Response>(() => {}))
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
    await expectAccepted(scene, present(scene, { aud }))
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
    await expectRejected(scene, answer, malformed('credentials_duplicate'))
  })

  it('SDK B2: text after the token is not ignored, and two spaces are one separator', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    await expectRejected(scene, scene.ask(`Bearer ${token} extra`), malformed())
    await expectAccepted(scene, scene.ask(`bearer  ${token}`))
  })

  it.each([undefined, 'Basic dTpw'])('SDK B3: %s is not invalid_token', async (value) => {
    const scene = await createScene()
    await expectRejected(scene, scene.ask(value), NO_CREDENTIALS)
  })

  it('SDK B4: an expired token without the scope is invalid_token, not insufficient_scope', async () => {
    const scene = await createScene({ requiredScopes: ['write'] })
    const expected = { ...invalidToken('token_expired'), scope: 'write' }
    await expectRejected(scene, present(scene, { exp: START - 60, scope: 'read' }), expected)
  })

  it('SDK B10: the audience is checked by default, character by character', async () => {
    const scene = await createScene()
    for (const aud of [`${RESOURCE}/`, 'https://rs.example']) {
      await expectRejected(scene, present(scene, { aud }), invalidToken('token_audience'))
    }
  })

  it('SDK B11: no scope or description can break out of its quotes', async () => {
    const scene = await createScene({
      handler: () => {
        throw new AuthError('scope_insufficient', { scopes: ['a", error="x', 'b"\r\nX: y', 'c'] })
      },
    })
    const response = await present(scene)
    const header = response.headers.get('WWW-Authenticate') ?? ''
    expect(parseChallenges(header)[0]?.params['scope']).toBe('c')
    expect(response.headers.get('X')).toBeNull()
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
    expect(rejectionCodes({ events })).toEqual([
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
    await expectFault(scene, present(scene), 'internal')
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
    await expectRejected(scene, scene.ask(), NO_CREDENTIALS)
    const header = (await scene.ask('Bearer junk')).headers.get('WWW-Authenticate') ?? ''
    expect(header).toMatch(/^[\x20-\x5b\x5d-\x7e]+$/)
  })

  it('fastmcp J3: aud, iss, alg, typ and exp are always checked; the client is never the subject', async () => {
    const scene = await createScene()
    await expectRejected(scene, present(scene, { aud: 'x' }), invalidToken('token_audience'))
    await expectRejected(scene, present(scene, { iss: 'x' }), invalidToken('token_issuer'))
    await expectRejected(scene, present(scene, {}, { typ: 'dpop+jwt' }), invalidToken('token_type'))
    await expectRejected(scene, present(scene, { exp: undefined }), invalidToken('token_claims'))
    const hmac = forge({ alg: 'HS256', kid: 'k1' }, {}, (input) =>
      createHmac('sha256', '').update(input).digest(),
    )
    expect((await scene.ask(`Bearer ${await hmac}`)).status).toBe(401)
    const auth = await expectAccepted(scene, present(scene, { client_id: undefined }))
    expect(auth.clientId).toBe('')
    const down = await createScene()
    down.issuer.respondAt(KEYS, DOWN)
    await expectFault(down, present(down), 'unavailable')
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
    await expectAccepted(scene, present(scene, { scope: 'write' }))
    const before = scene.issuer.requests.length
    await expectRejected(scene, present(scene), insufficientScope('write'))
    expect(scene.issuer.requests).toHaveLength(before)
  })

  it('xmcp K3: many tokens at once cause one key fetch; sid is not needed, a client ID is not an audience', async () => {
    const scene = await createScene()
    const answers = [1, 2, 3, 4].map((jti) => present(scene, { jti: String(jti) }))
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(scene.issuer.requests.filter((url) => url === KEYS)).toHaveLength(1)
    await expectRejected(scene, present(scene, { aud: 'client-1' }), invalidToken('token_audience'))
  })

  it('xmcp K4: exp and aud are required, and the scheme is case-insensitive', async () => {
    const scene = await createScene()
    await expectRejected(scene, present(scene, { exp: undefined }), invalidToken('token_claims'))
    await expectRejected(scene, present(scene, { aud: undefined }), invalidToken('token_audience'))
    const auth = await expectAccepted(scene, scene.ask(`bearer ${await scene.issuer.token()}`))
    expect(auth.expiresAt).toBe(START + 3600)
  })
})

describe('mcp-use', () => {
  it('mcp-use I1: a missing audience needs a dangerous option, which still rejects ID tokens', async () => {
    const unbound = { aud: undefined }
    const strict = await createScene()
    await expectRejected(strict, present(strict, unbound), invalidToken('token_audience'))
    const lax = await createScene({ server: { dangerouslyAllowMissingAudience: true } })
    const auth = await expectAccepted(lax, present(lax, unbound))
    expect(auth.audience).toEqual([])
    const idToken = { ...unbound, nonce: 'n' }
    await expectRejected(lax, present(lax, idToken, { typ: 'JWT' }), invalidToken('token_type'))
    await expectRejected(lax, present(lax, { aud: 'client-1' }), invalidToken('token_audience'))
  })

  it('mcp-use I2: a claim named resource is not an audience', async () => {
    const scene = await createScene()
    for (const aud of [undefined, 'other', []]) {
      const answer = present(scene, { aud, resource: RESOURCE })
      await expectRejected(scene, answer, invalidToken('token_audience'))
    }
  })

  it('mcp-use I3: the audience is compared with the configured text, not with a parsed URL', async () => {
    const resource = 'https://rs.example'
    const scene = await createScene({ resource })
    await expectAccepted(scene, present(scene, { aud: resource }))
    await expectRejected(scene, present(scene, { aud: `${resource}/` }), {
      ...invalidToken('token_audience'),
      resourceMetadata: 'https://rs.example/.well-known/oauth-protected-resource',
    })
  })
})
