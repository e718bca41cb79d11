/** REQ: extracting credentials from the request. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { authenticate, type CustomTokenOptions, verifyAccessToken } from '../../src/index.ts'
import { badToken, expectDpopRejection } from '../support/binding.ts'
import { BOUNDS } from '../support/fuzz.ts'
import { createHolder, makeProof } from '../support/holder.ts'
import { ENDPOINT } from '../support/introspection.ts'
import { goodClaims, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import {
  createScene,
  expectAccepted,
  expectRejected,
  invalidToken,
  malformed,
  NO_CREDENTIALS,
} from '../support/scene.ts'

describe('one set of credentials in Authorization', () => {
  it('REQ-01: with a valid Bearer token the handler receives the whole context', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    const auth = await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    expect(auth).toMatchObject({
      ok: true,
      anonymous: false,
      token,
      clientId: 'client-1',
      scopes: ['read'],
      expiresAt: scene.clock.now() + 3600,
      identifier: RESOURCE,
      resourceMetadataUrl: METADATA_URL,
      scheme: 'Bearer',
      issuer: 'https://as.example',
      subject: 'user-1',
      audience: [RESOURCE],
      operations: [],
    })
    expect(auth.resource).toEqual(new URL(RESOURCE))
    expect(auth.claims['jti']).toBe('token-1')
    expect(auth.extra).toEqual({
      issuer: 'https://as.example',
      subject: 'user-1',
      claims: auth.claims,
    })
    expect(scene.events.filter(({ type }) => type !== 'document')).toEqual([
      { type: 'accepted', resource: RESOURCE, issuer: 'https://as.example', cached: false },
    ])
  })

  it.each(['bearer', 'BEARER', 'bEaReR'])(
    'REQ-02: the scheme may be written %s',
    async (scheme) => {
      const scene = await createScene()
      const token = await scene.issuer.token()
      expect((await expectAccepted(scene, scene.ask(`${scheme} ${token}`))).scheme).toBe('Bearer')
    },
  )

  it('REQ-02: the token is case-sensitive', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    const [header, payload, signature] = token.split('.') as [string, string, string]
    const swapped = signature.replace(/[a-z]/, (letter) => letter.toUpperCase())
    await expectRejected(scene, scene.ask(`Bearer ${header}.${payload}.${swapped}`), {
      code: 'token_signature',
      status: 401,
      error: 'invalid_token',
    })
  })

  it.each([
    'Bearer',
    'bearer',
    'Bearer a b',
    'Bearer a,b',
    'Bearer a,',
    'Bearer ,a',
    ', Bearer a',
    'Bearer "a"',
    'Bearer é',
    'Bearer a\\b',
    'Bearer a"b',
    'Bearer \x80',
    'Bearer a:b c',
    'Bearer\ta',
    'Bearer \ta',
    'Bearer a\tb',
    'Bearer token="a"',
    'Bearer: a',
    '"Bearer" a',
  ])('REQ-03: %j is malformed', async (value) => {
    const scene = await createScene()
    await expectRejected(scene, scene.ask(value), malformed())
    expect(scene.issuer.requests).toEqual([])
  })

  it('REQ-03: several spaces before the token are one separator', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    expect((await expectAccepted(scene, scene.ask(`Bearer   ${token}`))).token).toBe(token)
  })

  it('REQ-03: an Authorization of more than 16 KiB is rejected before anything is decoded', async () => {
    const scene = await createScene()
    const filler = await scene.issuer.token({ filler: 'x'.repeat(16_384) })
    await expectRejected(scene, scene.ask(`Bearer ${filler}`), malformed())
    const fitting = await scene.issuer.token({ filler: 'x'.repeat(11_000) })
    await expectAccepted(scene, scene.ask(`Bearer ${fitting}`))
  })

  it.each([
    ['the same token twice', 'Bearer T', 'Bearer T'],
    ['Bearer and DPoP', 'Bearer T', 'DPoP T'],
    ['DPoP and Bearer', 'DPoP T', 'Bearer T'],
    ['Bearer and Basic', 'Bearer T', 'Basic dTpw'],
    ['Basic and Bearer', 'Basic dTpw', 'bearer T'],
    ['a good one and an empty one', 'Bearer T', 'Bearer'],
  ])('REQ-04: %s are rejected, never "first wins"', async (_, first, second) => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    const headers = new Headers()
    headers.append('Authorization', first.replace('T', token))
    headers.append('Authorization', second.replace('T', token))
    const answer = scene.send(new Request(RESOURCE, { method: 'POST', headers }))
    await expectRejected(scene, answer, malformed('credentials_duplicate'))
  })
})

/** Tokens as deployed servers issue them, and every character that a token may have. */
const UNUSUAL = [
  'user-1:grant-1:secret',
  '1|abcDEF0123',
  'a==b',
  'a=b',
  '=',
  ':',
  'abc==',
  'a%2Fb%',
  'a+b&token=c#d;e?f',
  "!#$%&'()*+-./:;<=>?@[]^_`{|}~",
]

describe('the characters of a token', () => {
  const asks = {
    kind: 'introspection',
    clientId: 'rs',
    clientSecret: 's',
    endpoint: ENDPOINT,
  } as const

  it.each(UNUSUAL)('REQ-09: %s is passed to verify() unchanged', async (token) => {
    const verified: string[] = []
    const accessToken: CustomTokenOptions = {
      kind: 'custom',
      verify: async (presented) => {
        verified.push(presented)
        return goodClaims()
      },
    }
    const scene = await createScene({ server: { accessToken } })
    expect((await expectAccepted(scene, scene.ask(`Bearer ${token}`))).token).toBe(token)
    expect(await verifyAccessToken(token, scene.resource)).toMatchObject({ token })
    expect(verified).toEqual([token, token])
  })

  it.each(UNUSUAL)('REQ-09: %s is sent to an introspection endpoint unchanged', async (token) => {
    const bodies: string[] = []
    const scene = await createScene({
      server: { accessToken: asks },
      fetch: async (_url, init) => {
        bodies.push(String(init?.body))
        return Response.json({ active: true, ...goodClaims() })
      },
    })
    await expectAccepted(scene, scene.ask(`Bearer ${token}`))
    expect(bodies.map((body) => [...new URLSearchParams(body)])).toEqual([
      [
        ['token', token],
        ['token_type_hint', 'access_token'],
      ],
    ])
    expect(bodies[0]).toMatch(/^token=[A-Za-z0-9%*+._-]+&token_type_hint=access_token$/)
  })

  it.each(UNUSUAL)('REQ-09: %s is 401 if no entry accepts it', async (token) => {
    const scene = await createScene()
    await expectRejected(scene, scene.ask(`Bearer ${token}`), invalidToken('token_malformed'))
    await expect(verifyAccessToken(token, scene.resource)).rejects.toMatchObject({
      code: 'token_malformed',
      status: 401,
    })
    expect(scene.issuer.requests).toEqual([])
  })

  it('REQ-09: it is 401 too if every accepts returns false', async () => {
    const accepts = (token: string) => token.startsWith('ours|')
    const scene = await createScene({ server: { accessToken: { ...asks, accepts } } })
    await expectRejected(scene, scene.ask('Bearer 1|abc'), invalidToken('token_malformed'))
  })

  it('REQ-09: a token of the token option follows the same grammar', async () => {
    const token = (request: Request) => request.headers.get('X-Token') ?? undefined
    const accessToken: CustomTokenOptions = { kind: 'custom', verify: async () => goodClaims() }
    const scene = await createScene({ token, server: { accessToken } })
    const present = (value: string) => scene.ask(undefined, { headers: { 'X-Token': value } })
    expect((await expectAccepted(scene, present('user:grant:secret'))).token).toBe(
      'user:grant:secret',
    )
    for (const value of ['a,b', 'a b', 'a"b', 'a\\b', 'é']) {
      await expectRejected(scene, present(value), malformed())
    }
  })

  it('REQ-09: a bound token under DPoP follows the same grammar', async () => {
    const holder = await createHolder()
    const accessToken: CustomTokenOptions = {
      kind: 'custom',
      verify: async () => ({ ...goodClaims(), cnf: { jkt: holder.thumbprint } }),
    }
    const scene = await createScene({ dpop: true, server: { accessToken } })
    const token = 'user-1:grant-1:secret=='
    const headers = { DPoP: await makeProof(holder, token) }
    const auth = await expectAccepted(scene, scene.ask(`DPoP ${token}`, { headers }))
    expect(auth).toMatchObject({ scheme: 'DPoP', token })
    await expectDpopRejection(
      scene,
      scene.ask(`Bearer ${token}`),
      badToken('binding_missing', 'Bearer'),
    )
  })

  it('REQ-09: text that cannot be a token is 400 on every resource and is not sent anywhere', async () => {
    const scene = await createScene({ server: { accessToken: asks } })
    for (const value of ['Bearer', 'Bearer a b', 'Bearer a,b', 'Bearer "a"', 'Bearer é']) {
      await expectRejected(scene, scene.ask(value), malformed())
    }
    expect(scene.issuer.requests).toEqual([])
  })

  it('REQ-09: a string is passed on unchanged or is 400', async () => {
    const accessToken: CustomTokenOptions = { kind: 'custom', verify: async () => goodClaims() }
    const scene = await createScene({ server: { accessToken } })
    const text = fc.string({ unit: 'binary-ascii', minLength: 1, maxLength: 20 })
    const property = fc.asyncProperty(text, async (presented) => {
      const headers = new Headers()
      try {
        headers.set('Authorization', `Bearer ${presented}`)
      } catch {
        return
      }
      const value = headers.get('Authorization') ?? ''
      const token = /^Bearer +([!#-+\x2d-[\]-~]+)$/.exec(value)?.[1]
      const outcome = await authenticate(new Request(RESOURCE, { headers }), scene.resource)
      expect(outcome.ok ? outcome.token : outcome.status).toBe(token ?? 400)
    })
    await fc.assert(property, BOUNDS)
  })
})

describe('tokens outside of Authorization', () => {
  it('REQ-05: a token in the query counts as missing', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    const url = `${RESOURCE}?access_token=${token}`
    await expectRejected(scene, scene.send(new Request(url, { method: 'POST' })), NO_CREDENTIALS)
    expect(scene.issuer.requests).toEqual([])
  })

  it('REQ-05: a token in the query does not disturb the one in the header', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    const headers = { Authorization: `Bearer ${token}` }
    const request = new Request(`${RESOURCE}?access_token=junk`, { method: 'POST', headers })
    expect((await expectAccepted(scene, scene.send(request))).token).toBe(token)
  })

  it.each([
    ['nothing else', {}],
    ['a policy', { operations: { 'tools/call': ['write'] } }],
    ['revocation', { revocation: { isRevoked: () => false } }],
    ['an audit', { audit: () => undefined }],
  ])('REQ-05: with %s, a token is read from Authorization only', async (_, options) => {
    const scene = await createScene(options)
    const token = await scene.issuer.token()
    const get = (headers: HeadersInit, url = `${RESOURCE}?access_token=${token}`) =>
      scene.send(new Request(url, { headers }))
    for (const name of [
      'DPoP',
      'Cookie',
      'Proxy-Authorization',
      'X-Authorization',
      'X-Access-Token',
    ]) {
      await expectRejected(scene, get({ [name]: `Bearer ${token}` }), NO_CREDENTIALS)
    }
    expect(scene.issuer.requests).toEqual([])
    const Authorization = `Bearer ${token}`
    const twice = get({ Authorization: `${Authorization}, ${Authorization}` }, RESOURCE)
    await expectRejected(scene, twice, malformed('credentials_duplicate'))
    expect((await expectAccepted(scene, get({ Authorization }))).token).toBe(token)
  })

  it('REQ-06: a token in a form counts as missing', async () => {
    const scene = await createScene()
    const body = new URLSearchParams({ access_token: await scene.issuer.token() })
    await expectRejected(scene, scene.ask(undefined, { body }), NO_CREDENTIALS)
  })

  it('REQ-06: a form together with the header is passed to the handler', async () => {
    const seen: unknown[] = []
    const scene = await createScene({
      handler: async (request) => {
        seen.push(await request.text())
        return new Response('done')
      },
    })
    const token = await scene.issuer.token()
    const body = new URLSearchParams({ access_token: 'junk' })
    expect((await expectAccepted(scene, scene.ask(`Bearer ${token}`, { body }))).token).toBe(token)
    expect(seen).toEqual(['access_token=junk'])
  })

  it.each([
    'Basic dTpw',
    'Negotiate YII=',
    'Digest username="u", realm="r", nonce="n", uri="/mcp", response="0"',
    'BearerToken abc',
    'DPoP abc.def.ghi',
  ])('REQ-07: %s is not authentication information', async (value) => {
    const scene = await createScene()
    await expectRejected(scene, scene.ask(value), NO_CREDENTIALS)
  })

  it.each([
    ['GET', RESOURCE],
    ['DELETE', RESOURCE],
    ['PUT', RESOURCE],
    ['OPTIONS', RESOURCE],
    ['POST', `${RESOURCE}/messages`],
    ['GET', `${RESOURCE}?sessionId=s1`],
  ])(
    'REQ-08: %s %s is authenticated separately, with or without a session',
    async (method, url) => {
      const scene = await createScene()
      const token = await scene.issuer.token()
      const headers = { 'Mcp-Session-Id': 's1', 'MCP-Protocol-Version': '2025-11-25' }
      await expectAccepted(scene, scene.ask(`Bearer ${token}`, { headers }))
      await expectRejected(scene, scene.send(new Request(url, { method, headers })), NO_CREDENTIALS)
      const again = { ...headers, Authorization: `Bearer ${token}` }
      await expectAccepted(scene, scene.send(new Request(url, { method, headers: again })))
    },
  )
})
