/** For any credentials: nothing throws, and nothing is accepted that an independent verifier rejects. */

import { createHmac, createPublicKey, verify } from 'node:crypto'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { authenticate } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { forge, type Sign, segment, signedBy, unsigned } from '../support/forge.ts'
import {
  BOUNDS,
  changed,
  changesOf,
  isSound,
  oddJson,
  SEED,
  spoiled,
  TIMEOUT,
} from '../support/fuzz.ts'
import { createHolder, type Holder, makeProof, proofClaims } from '../support/holder.ts'
import {
  createIssuer,
  createKey,
  goodClaims,
  ISSUER,
  RESOURCE,
  type SigningKey,
  type TestIssuer,
} from '../support/issuer.ts'
import { createScene } from '../support/scene.ts'

const REJECTED = [400, 401, 503]
const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const HEADER = { alg: 'ES256', kid: 'k1', typ: 'at+jwt' }

let issuer: TestIssuer
let attacker: SigningKey
let holder: Holder
let thief: Holder

beforeAll(async () => {
  issuer = await createIssuer()
  attacker = await createKey('k1')
  holder = await createHolder()
  thief = await createHolder()
})

/** A minimal strict verifier without a library. */
function isGood(token: string): boolean {
  const [header = '', payload = '', signature = '', ...rest] = token.split('.')
  const read = (text: string) => JSON.parse(Buffer.from(text, 'base64url').toString())
  const key = createPublicKey({ key: issuer.jwks.keys[0] as never, format: 'jwk' })
  const isSigned =
    rest.length === 0 &&
    Buffer.from(signature, 'base64url').toString('base64url') === signature &&
    verify(
      'sha256',
      Buffer.from(`${header}.${payload}`),
      { key, dsaEncoding: 'ieee-p1363' },
      Buffer.from(signature, 'base64url'),
    )
  if (!isSigned || read(header).alg !== 'ES256' || 'crit' in read(header)) return false
  const { iss, aud, exp, nbf = 0, cnf } = read(payload)
  const isForUs = aud === RESOURCE || (Array.isArray(aud) && aud.includes(RESOURCE))
  const isInForce = typeof exp === 'number' && exp > START - 31 && nbf <= START + 31
  return iss === ISSUER && isForUs && isInForce && cnf === undefined
}

const SIGNERS = ['issuer', 'issuer', 'attacker', 'hmac', 'none', 'noise'] as const

function signer(name: (typeof SIGNERS)[number]): Sign {
  if (name === 'issuer') return signedBy(issuer.key)
  if (name === 'attacker') return signedBy(attacker)
  const secret = JSON.stringify(issuer.jwks.keys[0])
  if (name === 'hmac') return (input) => createHmac('sha256', secret).update(input).digest()
  return name === 'none' ? unsigned : () => new Uint8Array(64).fill(7)
}

const headerChanges = changesOf(
  ['alg', 'kid', 'typ', 'crit', 'b64', 'jwk', 'jku', 'x5c', 'cty', 'zip', '__proto__'],
  fc.oneof(
    oddJson,
    fc.constantFrom('"none"', '"HS256"', '"ES256"', '"RS256"', '"k1"', '"JWT"', '"at+JWT"'),
  ),
)
const claimChanges = changesOf(
  ['iss', 'aud', 'exp', 'nbf', 'iat', 'cnf', 'scope', 'sub', 'client_id', 'nonce', '__proto__'],
  fc.oneof(oddJson, fc.constantFrom(`["${RESOURCE}"]`, `"${RESOURCE}/"`, `"${ISSUER}/"`)),
)

describe(`authenticate(), seed ${SEED}`, { timeout: TIMEOUT }, () => {
  it('accepts no changed token that an independent verifier rejects', async () => {
    const { resource } = await createScene({ issuer })
    const seen = { passed: 0, rejected: 0 }
    const property = fc.asyncProperty(
      headerChanges,
      claimChanges,
      fc.constantFrom(...SIGNERS),
      async (header, claims, by) => {
        const text = changed(goodClaims(), claims)
        const token = await forge(changed(HEADER, header), text, signer(by))
        const headers = { Authorization: `Bearer ${token}` }
        const outcome = await authenticate(new Request(RESOURCE, { headers }), resource)
        const passed = isSound(outcome, REJECTED)
        seen[passed ? 'passed' : 'rejected']++
        if (passed) expect(isGood(token)).toBe(true)
      },
    )
    await fc.assert(property, BOUNDS)
    // The property is empty if every token is rejected.
    expect(seen.passed).toBeGreaterThan(5)
    expect(seen.rejected).toBeGreaterThan(50)
  })

  it('accepts no text derived from a valid token except that token', async () => {
    const { resource } = await createScene({ issuer })
    const token = await issuer.token()
    const property = fc.asyncProperty(spoiled(token, `${BASE64URL}.=+/~`), async (text) => {
      const headers = { Authorization: `Bearer ${text}` }
      const outcome = await authenticate(new Request(RESOURCE, { headers }), resource)
      expect(isSound(outcome, REJECTED)).toBe(text === token)
    })
    await fc.assert(property, BOUNDS)
  })

  it('reads an Authorization field in one way only', async () => {
    const { resource } = await createScene({ issuer, dpop: true })
    const token = await issuer.token()
    const piece = fc.constantFrom(
      ...['Bearer', 'bearer', 'DPoP', 'Basic', 'Digest', ' ', '  ', ', ', ',', '\t', '=', '"'],
      ...[token, token.slice(1), 'x', 'realm="a"', '\u{e9}', ';', 'Bearer '],
    )
    const property = fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async (pieces) => {
      const headers = new Headers()
      headers.set('Authorization', pieces.join(''))
      const outcome = await authenticate(new Request(RESOURCE, { headers }), resource)
      const value = headers.get('Authorization') ?? ''
      const isPlain = /^bearer +[^ ]+$/i.test(value) && value.endsWith(` ${token}`)
      expect(isSound(outcome, REJECTED)).toBe(isPlain)
    })
    await fc.assert(property, BOUNDS)
  })

  it('accepts no changed proof unless its holder made it for this request', async () => {
    const scene = await createScene({ issuer, dpop: true })
    const token = await issuer.token({ cnf: { jkt: holder.thumbprint } })
    const seen = { passed: 0, rejected: 0 }
    const property = fc.asyncProperty(
      changesOf(['typ', 'alg', 'jwk', 'crit', 'kid']),
      changesOf(['htm', 'htu', 'iat', 'ath', 'nonce']),
      fc.boolean(),
      async (header, claims, isOurs) => {
        const { jwk } = holder
        const { privateKey } = (isOurs ? holder : thief).keys
        const good: Record<string, unknown> = {
          ...proofClaims(token),
          jti: crypto.randomUUID(),
        }
        const proof = await forge(
          changed({ typ: 'dpop+jwt', alg: 'ES256', jwk }, header),
          changed(good, claims),
          signedBy({ privateKey, jwk } as SigningKey),
        )
        const headers = { Authorization: `DPoP ${token}`, DPoP: proof }
        const request = new Request(RESOURCE, { method: 'POST', headers })
        const outcome = await authenticate(request, scene.resource)
        const passed = isSound(outcome, REJECTED)
        seen[passed ? 'passed' : 'rejected']++
        if (!passed) return
        const said = JSON.parse(changed(good, claims))
        expect(isOurs).toBe(true)
        expect(said).toMatchObject({ htm: 'POST', htu: RESOURCE, ath: good['ath'] })
        expect(Math.abs(said.iat - START)).toBeLessThanOrEqual(300)
      },
    )
    await fc.assert(property, BOUNDS)
    expect(seen.passed).toBeGreaterThan(5)
    expect(seen.rejected).toBeGreaterThan(50)
  })

  it('handles any headers', async () => {
    const { resource } = await createScene({ issuer, dpop: true, mtls: true, operations: {} })
    const token = await issuer.token({ cnf: { jkt: holder.thumbprint } })
    const proof = await makeProof(holder, token)
    const name = fc.constantFrom(
      ...['DPoP', 'Origin', 'Mcp-Method', 'Mcp-Name', 'MCP-Protocol-Version', 'Content-Encoding'],
      ...['Content-Length', 'Client-Cert', 'Content-Type', 'Mcp-Session-Id', 'Host'],
    )
    const value = fc.oneof(
      fc.constantFrom('null', '=?base64?Zm9v?=', '=?base64?%%?=', `${proof}, ${proof}`, '*', '-1'),
      fc.constantFrom(segment('{}'), '2026-07-28', 'https://', 'gzip', ':AA==:'),
      fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((c) => String.fromCharCode(c)) }),
    )
    const property = fc.asyncProperty(fc.array(fc.tuple(name, value)), async (fields) => {
      const headers = new Headers([['Authorization', `DPoP ${token}`]])
      for (const [each, text] of fields) headers.append(each, text)
      const request = new Request(RESOURCE, { method: 'POST', headers, body: '{}' })
      expect(isSound(await authenticate(request, resource), [...REJECTED, 403])).toBe(false)
    })
    await fc.assert(property, BOUNDS)
  })
})
