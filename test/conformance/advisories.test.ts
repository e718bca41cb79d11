/** One test or more for every class of advisory that OAuth and JWT libraries have published. */

import { createHmac, createPublicKey } from 'node:crypto'
import { CompactEncrypt, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { type AuthContext, authenticate, protectedResource } from '../../src/index.ts'
import { forge, partsOf, segment, signedBy, unsigned } from '../support/forge.ts'
import {
  createIssuer,
  createKey,
  goodClaims,
  RESOURCE,
  type SigningKey,
} from '../support/issuer.ts'
import { callTool, post } from '../support/mcp.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
  malformed,
  NO_CREDENTIALS,
  type Scene,
} from '../support/scene.ts'

const KEYS = 'https://as.example/jwks'

let rsa: SigningKey
let attacker: SigningKey

beforeAll(async () => {
  rsa = await createKey('k1', 'RS256')
  attacker = await createKey('k1')
})

async function present(scene: Scene, token: string | Promise<string>): Promise<Response> {
  return scene.ask(`Bearer ${await token}`)
}

/** A scene whose one RSA key says as little about itself as keys may. */
async function rsaScene(): Promise<Scene> {
  const scene = await createScene({ key: rsa })
  const { kty, n, e, kid } = rsa.jwk
  scene.issuer.respondAt(KEYS, () => Response.json({ keys: [{ kty, n, e, kid }] }))
  return scene
}

function hmac(secret: string | Buffer) {
  return (input: Uint8Array) => createHmac('sha256', secret).update(input).digest()
}

describe('algorithms', () => {
  it('alg from token (CVE-2026-22817, CVE-2026-28802): the token does not choose how it is verified', async () => {
    const scene = await rsaScene()
    for (const alg of ['none', 'None', 'HS256', 'RS1', 'ES256', '']) {
      const token = forge({ alg, kid: 'k1' }, goodClaims(), () => new Uint8Array(64))
      const code = alg === 'ES256' ? 'token_key' : 'token_algorithm'
      await expectRejected(scene, present(scene, token), invalidToken(code))
    }
    const bare = forge({ alg: 'none' }, goodClaims(), unsigned)
    await expectRejected(scene, present(scene, bare), invalidToken('token_malformed'))
    await expectAccepted(scene, present(scene, scene.issuer.token()))
  })

  it('public key as secret (CVE-2026-34950, CVE-2023-48223, CVE-2026-44351): no key is ever an HMAC secret', async () => {
    const scene = await rsaScene()
    const pem = createPublicKey({ key: rsa.jwk, format: 'jwk' })
      .export({ type: 'spki', format: 'pem' })
      .toString()
    for (const secret of [pem, ` \n${pem}`, `\u{feff}${pem}`, pem.trim(), '', '\0', 'undefined']) {
      for (const kid of ['k1', undefined, '']) {
        const token = forge({ alg: 'HS256', kid }, goodClaims(), hmac(secret))
        await expectRejected(scene, present(scene, token), invalidToken('token_algorithm'))
      }
    }
    expect(scene.issuer.requests).toEqual([])
  })
})

describe('headers', () => {
  it('key from token (CVE-2026-27962, CVE-2025-24976, CVE-2024-21643): keys in a token verify nothing', async () => {
    const scene = await createScene()
    for (const offer of [
      { jwk: attacker.jwk },
      { jku: 'https://evil.example/jwks' },
      { x5u: 'https://evil.example/x5u' },
      { x5c: ['MIIB'], jwk: attacker.jwk },
    ]) {
      const header = { alg: 'ES256', kid: 'k1', ...offer }
      const token = forge(header, goodClaims(), signedBy(attacker))
      await expectRejected(scene, present(scene, token), invalidToken('token_signature'))
    }
    expect(scene.issuer.requests.filter((url) => url.includes('evil'))).toEqual([])
  })

  it.for([['exp'], ['b64'], ['x'], [], 'exp', null, { b64: true }, ['alg', 'alg']])(
    'crit (CVE-2026-35042, CVE-2026-32597, CVE-2025-59420): a good signature with crit %j is refused',
    async (crit) => {
      const scene = await createScene()
      const header = { alg: 'ES256', kid: 'k1', crit, x: 1 }
      const token = forge(header, goodClaims(), signedBy(scene.issuer.key))
      await expectRejected(scene, present(scene, token), invalidToken('token_malformed'))
      const { crit: _, ...harmless } = header
      const plain = forge(harmless, goodClaims(), signedBy(scene.issuer.key))
      await expectAccepted(scene, present(scene, plain))
    },
  )
})

describe('serialisation', () => {
  it('nested and encrypted (CVE-2026-29000, CVE-2024-28176, CVE-2023-52428): encrypted tokens are not decrypted', async () => {
    const scene = await createScene()
    const { publicKey } = await generateKeyPair('ECDH-ES')
    const plain = await forge({ alg: 'none' }, goodClaims(), unsigned)
    const wrapped = await new CompactEncrypt(new TextEncoder().encode(plain))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', cty: 'JWT' })
      .encrypt(publicKey)
    // A password of two thousand million rounds, and a bomb of zeros: neither is ever begun.
    const slow = segment({ alg: 'PBES2-HS256+A128KW', enc: 'A128GCM', p2c: 2 ** 31 - 1, p2s: 'AA' })
    const bomb = segment({ alg: 'dir', enc: 'A128GCM', zip: 'DEF' })
    for (const token of [wrapped, `${slow}.AA.AA.AA.AA`, `${bomb}..AA.AA.AA`]) {
      await expectRejected(scene, present(scene, token), invalidToken('token_malformed'))
    }
    expect(scene.issuer.requests).toEqual([])
  })

  it('parse DoS (CVE-2025-27144, CVE-2025-30204, CVE-2024-21319): the length is checked before anything is split', async () => {
    const scene = await createScene()
    for (const length of [16_400, 10_000_000]) {
      await expectRejected(scene, present(scene, '.'.repeat(length)), malformed())
    }
    const dots = '.'.repeat(16_000)
    const [header, payload, signature] = partsOf(await scene.issuer.token())
    for (const token of [dots, `${header}.${payload}.${signature}${dots}`]) {
      await expectRejected(scene, present(scene, token), invalidToken('token_malformed'))
    }
    expect(scene.issuer.requests).toEqual([])
  })
})

describe('claims', () => {
  it('claims not bound (CVE-2025-62610, CVE-2026-22748, CVE-2026-30949): iss, aud and exp are checked by default', async () => {
    const scene = await createScene()
    const cases = [
      [{ aud: undefined }, 'token_audience'],
      [{ aud: 'https://other.example' }, 'token_audience'],
      [{ aud: undefined, azp: RESOURCE }, 'token_audience'],
      [{ aud: 'client-1', azp: RESOURCE, resource: RESOURCE }, 'token_audience'],
      [{ aud: [[RESOURCE]] }, 'token_audience'],
      [{ iss: undefined }, 'token_issuer'],
      [{ iss: 'https://as.example/' }, 'token_issuer'],
      [{ iss: ['https://as.example'] }, 'token_issuer'],
      [{ exp: undefined }, 'token_claims'],
      [{ exp: 1 }, 'token_expired'],
    ] as const
    for (const [claims, code] of cases) {
      const response = await present(scene, scene.issuer.token(claims))
      expect({ claims, status: response.status }).toEqual({ claims, status: 401 })
      const event = scene.events.at(-1)
      const isTold = event?.type === 'refused' && event.code === code
      expect({ claims, event: isTold ? code : event }).toEqual({ claims, event: code })
    }
    expect(scene.runs).toEqual([])
  })

  it('audiences (GHSA-p2fr-6hmx-4528): one of several audiences must equal the expected one', async () => {
    const scene = await createScene()
    await expectAccepted(
      scene,
      present(scene, scene.issuer.token({ aud: ['https://a', RESOURCE] })),
    )
    for (const aud of [['https://a', `${RESOURCE}/x`], [`https://a ${RESOURCE}`], []]) {
      const token = scene.issuer.token({ aud })
      await expectRejected(scene, present(scene, token), invalidToken('token_audience'))
    }
  })
})

describe('memory', () => {
  it('cache and tenancy (CVE-2025-59936, CVE-2026-49998): a key of one issuer verifies no token of another, cached or not', async () => {
    const [a, b] = await Promise.all([
      createIssuer('https://a.example'),
      createIssuer('https://b.example'),
    ])
    const scene = await createScene({
      issuer: a,
      authorizationServers: [a.issuer, b.issuer],
      fetch: (url, init) => (url.startsWith(a.issuer) ? a : b).fetch(url, init),
    })
    const crossed = await b.token({ iss: a.issuer })
    await expectRejected(scene, present(scene, crossed), invalidToken('token_signature'))
    await expectAccepted(scene, present(scene, a.token()))
    await expectAccepted(scene, present(scene, b.token()))
    await expectRejected(scene, present(scene, crossed), invalidToken('token_signature'))
  })

  it('remembered tokens (CVE-2026-35039): only the same token is a cache hit, and only in the resource that verified it', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token({ scope: 'read' })
    const [header, payload, signature] = partsOf(token)
    await expectAccepted(scene, present(scene, token))
    await expectAccepted(scene, present(scene, token))
    const other = segment({ ...goodClaims(), sub: 'user-2', scope: 'admin' })
    for (const forged of [
      `${header}.${other}.${signature}`,
      `${header}.${payload}.${'A'.repeat(signature.length)}`,
      `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
    ]) {
      await expectRejected(scene, present(scene, forged), invalidToken('token_signature'))
    }
    const elsewhere = await createScene({
      issuer: scene.issuer,
      resource: 'https://rs.example/other',
    })
    expect((await present(elsewhere, token)).status).toBe(401)
  })

  it('key flood (CVE-2026-48524): random kids cause a limited number of fetches, and errors remove no keys', async () => {
    const scene = await createScene()
    await expectAccepted(scene, present(scene, scene.issuer.token()))
    scene.issuer.respondAt(KEYS, () => new Response('', { status: 500 }))
    scene.clock.advance(10)
    for (let count = 0; count < 200; count++) {
      const token = forge({ alg: 'ES256', kid: `r${count}` }, goodClaims(), signedBy(attacker))
      expect((await present(scene, token)).status).toBeGreaterThanOrEqual(400)
    }
    expect(scene.issuer.requests.length).toBeLessThan(10)
    await expectAccepted(scene, present(scene, scene.issuer.token({ jti: 'another' })))
  })

  it('removed keys (GHSA-675f-rq2r-jw82): a removed key verifies nothing, and its cached tokens are dropped', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    await expectAccepted(scene, present(scene, token))
    const next = await createKey('k2')
    scene.issuer.respondAt(KEYS, () => Response.json({ keys: [next.jwk] }))
    scene.clock.advance(30)
    await expectAccepted(scene, present(scene, scene.issuer.token({}, { key: next })))
    await expectRejected(scene, present(scene, token), invalidToken('token_key'))
  })

  it('fallback key (CVE-2026-31837): without keys every token is a 503', async () => {
    for (const answer of [
      () => new Response('', { status: 500 }),
      () => Response.json({ keys: [] }),
      () => Response.json({ keys: [{ kty: 'oct', k: '' }] }),
      () => Response.json({}),
    ]) {
      const scene = await createScene()
      scene.issuer.respondAt(KEYS, answer)
      await expectFault(scene, present(scene, scene.issuer.token()), 'unavailable')
      const forged = forge({ alg: 'ES256' }, goodClaims(), signedBy(attacker))
      await expectFault(scene, present(scene, forged), 'unavailable')
    }
  })
})

describe('URLs in tokens', () => {
  it.each([
    'https://169.254.169.254/latest',
    'https://as.example.evil.example',
    'https://as.example@evil.example',
    'https://login.example/../evil/v2.0',
    'https://login.example/evil%2f..%2f/v2.0',
    'https://login.example/a/b/v2.0',
    'file:///etc/passwd',
  ])('URL from token (CVE-2026-32301): iss %s causes no request', async (iss) => {
    const scene = await createScene({
      server: {
        issuerTemplate: {
          pattern: 'https://login.example/{tenant}/v2.0',
          claim: 'tid',
          allow: () => true,
        },
      },
    })
    const token = scene.issuer.token({ iss, tid: iss.split('/')[3] })
    await expectRejected(scene, present(scene, token), invalidToken('token_issuer'))
    expect(scene.issuer.requests).toEqual([])
  })
})

describe('the Authorization header', () => {
  it('header parsing (CVE-2026-26308, CVE-2026-0707): one value, one scheme, spaces, one token', async () => {
    const scene = await createScene()
    const good = await scene.issuer.token()
    const bad = await scene.issuer.token({ exp: 1 })
    for (const [first, second] of [
      [good, bad],
      [bad, good],
      [good, good],
    ]) {
      const headers = new Headers()
      headers.append('Authorization', `Bearer ${first}`)
      headers.append('Authorization', `Bearer ${second}`)
      const answer = scene.ask(undefined, { headers })
      await expectRejected(scene, answer, malformed('credentials_duplicate'))
    }
    for (const value of [`Bearer\t${good}`, `Bearer ${good}\t${good}`, `Bearer ${good} ${good}`]) {
      await expectRejected(scene, scene.ask(value), malformed())
    }
    await expectRejected(scene, scene.ask(`Basic ${good}`), NO_CREDENTIALS)
  })
})

describe('MCP', () => {
  it('DNS rebinding (CVE-2025-66414, CVE-2026-35568): a page of another origin is rejected for any Host', async () => {
    const scene = await createScene()
    const Authorization = `Bearer ${await scene.issuer.token()}`
    for (const origin of ['https://evil.example', 'null', 'https://rs.example.evil.example']) {
      const headers = { Authorization, Origin: origin, Host: 'rs.example' }
      const request = new Request('http://evil.example/mcp', { method: 'POST', headers })
      const response = await scene.send(request)
      expect([response.status, response.headers.get('WWW-Authenticate')]).toEqual([403, null])
    }
    expect(scene.runs).toEqual([])
  })

  it('sessions (CVE-2025-6515, CVE-2026-33946): a stolen or guessed session ID is not a credential', async () => {
    const scene = await createScene()
    for (const headers of [{ 'Mcp-Session-Id': '1' }, { 'Last-Event-ID': '1' }]) {
      for (const method of ['GET', 'POST', 'DELETE']) {
        await expectRejected(scene, scene.ask(undefined, { method, headers }), NO_CREDENTIALS)
      }
    }
  })

  it('shared instances (CVE-2026-25536): concurrent requests have separate contexts', async () => {
    const scene = await createScene()
    const subjects = Array.from({ length: 20 }, (_, index) => `user-${index}`)
    const ask = async (sub: string): Promise<AuthContext> => {
      const headers = { Authorization: `Bearer ${await scene.issuer.token({ sub })}` }
      const auth = await authenticate(new Request(RESOURCE, { headers }), scene.resource)
      if (!auth.ok) throw new Error(`refused: ${auth.status}`)
      return auth
    }
    const contexts = await Promise.all([...subjects, ...subjects].map(ask))
    expect(contexts.map(({ subject }) => subject)).toEqual([...subjects, ...subjects])
    expect(new Set(contexts).size).toBe(contexts.length)
    const [first] = contexts as [AuthContext]
    expect(() => first.scopes.push('admin')).toThrow(TypeError)
    expect(() => Object.assign(first.claims, { sub: 'root' })).toThrow(TypeError)
    expect(await ask('user-0')).toMatchObject({ subject: 'user-0', scopes: ['read'] })
  })

  it.each([
    '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call","params":{"name":"wipe"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"look","name":"wipe"}}',
    '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"look","n\\u0061me":"wipe"}}',
    '{"jsonrpc":"2.0","id":1,"method":["tools/call"],"params":{"name":"wipe"}}',
  ])('two readings of one body (GHSA-4gph-2hhr-5mwg): %s is refused', async (body) => {
    const scene = await createScene({ operations: { 'tools/call wipe': ['admin'] } })
    const token = `Bearer ${await scene.issuer.token()}`
    await expectRejected(scene, scene.ask(token, post(body)), {
      code: 'body_invalid',
      status: 400,
      error: 'invalid_request',
    })
  })

  it('hidden calls (CVE-2026-32871): a rule applies to a name in every form of the request', async () => {
    const scene = await createScene({
      operations: { 'tools/call wipe': ['admin'], 'resources/read note://a/secret': ['admin'] },
    })
    const token = `Bearer ${await scene.issuer.token()}`
    const secret = { jsonrpc: '2.0', id: 1, method: 'resources/read' }
    for (const body of [
      callTool('wipe'),
      [callTool('look'), callTool('wipe')],
      { ...secret, params: { uri: 'note://a/b/../secret' } },
      { ...secret, params: { uri: 'NOTE://a/./secret' } },
    ]) {
      const response = await scene.ask(token, post(body))
      expect({ body, status: response.status }).toEqual({ body, status: 403 })
    }
    expect(scene.runs).toEqual([])
    await expectAccepted(scene, scene.ask(token, post(callTool('look'))))
  })

  it('the policy of one resource does not apply to another', async () => {
    const issuer = await createIssuer()
    const open = protectedResource({
      resource: 'https://rs.example/open',
      authorizationServers: [issuer.issuer],
      audience: RESOURCE,
      fetch: issuer.fetch,
      now: () => (goodClaims()['iat'] as number) + 1,
    })
    const closed = await createScene({ issuer, requiredScopes: ['admin'] })
    const token = await issuer.token()
    const headers = { Authorization: `Bearer ${token}` }
    expect((await authenticate(new Request('https://rs.example/open', { headers }), open)).ok).toBe(
      true,
    )
    expect((await present(closed, token)).status).toBe(403)
  })
})
