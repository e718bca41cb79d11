/** JWK: the header and the serialisation of signed tokens (RFC 7515). */

import { CompactEncrypt, CompactSign, exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import type { AuthErrorCode } from '../../src/index.ts'
import { forge, partsOf, segment, signedBy } from '../support/forge.ts'
import { createKey, goodClaims, RESOURCE, type SigningKey } from '../support/issuer.ts'
import { present, publishing } from '../support/published-keys.ts'
import {
  createScene,
  expectAccepted,
  expectRejected,
  invalidToken,
  malformed,
} from '../support/scene.ts'

let es256: SigningKey

beforeAll(async () => {
  es256 = await createKey('ec')
})

describe('the header', () => {
  it.each([
    { crit: ['x'], x: 1 },
    { crit: ['x'] },
    { crit: [] },
    { crit: 'exp' },
    { crit: ['exp'], exp: 1_900_000_000 },
    { crit: ['alg'] },
    { crit: null },
    { crit: {} },
    { crit: ['b64'], b64: false },
    { crit: ['b64'], b64: true },
    { b64: false },
    { b64: true },
  ])('JWK-13: %j is refused', async (further) => {
    const scene = await publishing([es256.jwk])
    const header = { alg: 'ES256', kid: 'ec', typ: 'at+jwt', ...further }
    const token = forge(header, goodClaims(), signedBy(es256))
    await expectRejected(scene, present(scene, token), invalidToken('token_malformed'))
    expect(scene.issuer.requests).toEqual([])
  })

  it.each([
    { foo: 1 },
    { cty: 'JWT' },
    { x5t: 'abc' },
    { zip: 'DEF' },
    { nonce: 'n' },
    { kty: 'oct' },
  ])('JWK-14: %j is ignored', async (further) => {
    const scene = await publishing([es256.jwk])
    const header = { alg: 'ES256', kid: 'ec', typ: 'at+jwt', ...further }
    const token = forge(header, goodClaims(), signedBy(es256))
    expect((await expectAccepted(scene, present(scene, token))).subject).toBe('user-1')
  })

  /** A repeated member: the last one counts, for the decision and for the handler. */
  function twice(claims: Record<string, unknown>, name: string, first: unknown): string {
    return `{${JSON.stringify(name)}:${JSON.stringify(first)},${JSON.stringify(claims).slice(1)}`
  }

  it('JWK-15: of two aud members the last one counts, in the decision and in the context', async () => {
    const scene = await publishing([es256.jwk])
    const header = { alg: 'ES256', kid: 'ec' }
    const foreign = twice({ ...goodClaims(), aud: 'https://other.example' }, 'aud', RESOURCE)
    const refusedToken = forge(header, foreign, signedBy(es256))
    await expectRejected(scene, present(scene, refusedToken), invalidToken('token_audience'))
    const ours = forge(header, twice(goodClaims(), 'aud', 'https://other.example'), signedBy(es256))
    const auth = await expectAccepted(scene, present(scene, ours))
    expect([auth.audience, auth.claims['aud']]).toEqual([[RESOURCE], RESOURCE])
  })

  it.each([
    ['iss', 'https://evil.example', 'token_issuer'],
    ['exp', 1, 'token_expired'],
    ['cnf', { jkt: 'x' }, 'binding_unsupported'],
  ] as const)('JWK-15: a second %s is read', async (name, last, code) => {
    const scene = await publishing([es256.jwk])
    const text = twice({ ...goodClaims(), [name]: last }, name, goodClaims()[name] ?? null)
    const token = forge({ alg: 'ES256', kid: 'ec' }, text, signedBy(es256))
    await expectRejected(scene, present(scene, token), invalidToken(code))
  })

  it('JWK-15: a second alg, typ or scope is read', async () => {
    const scene = await publishing([es256.jwk])
    const cases: [string, AuthErrorCode][] = [
      ['{"alg":"ES256","kid":"ec","alg":"none"}', 'token_algorithm'],
      ['{"typ":"at+jwt","alg":"ES256","kid":"ec","typ":"dpop+jwt"}', 'token_type'],
    ]
    for (const [header, code] of cases) {
      const token = forge(header, goodClaims(), signedBy(es256))
      await expectRejected(scene, present(scene, token), invalidToken(code))
    }
    const scopes = twice(goodClaims(), 'scope', 'admin')
    const token = forge({ alg: 'ES256', kid: 'ec' }, scopes, signedBy(es256))
    expect((await expectAccepted(scene, present(scene, token))).scopes).toEqual(['read'])
  })

  it('JWK-15: names of Object.prototype are ordinary claims', async () => {
    const scene = await publishing([es256.jwk])
    const text = `{"__proto__":{"aud":"${RESOURCE}","scope":"admin"},${JSON.stringify({ ...goodClaims(), aud: undefined, scope: undefined }).slice(1)}`
    const token = forge({ alg: 'ES256', kid: 'ec' }, text, signedBy(es256))
    await expectRejected(scene, present(scene, token), invalidToken('token_audience'))
  })

  it('JWK-16: key parameters in the header of a token are ignored', async () => {
    const attacker = await createKey('mine')
    const { publicKey } = await generateKeyPair('ES256')
    const scene = await publishing([es256.jwk])
    for (const kid of ['mine', 'ec', undefined]) {
      for (const offer of [
        { jwk: attacker.jwk },
        { jwk: await exportJWK(publicKey), jku: 'https://evil.example/jwks' },
        { jku: 'https://evil.example/jwks' },
        { x5u: 'https://evil.example/cert' },
        { x5c: ['MIIB'] },
      ]) {
        const header = { alg: 'ES256', kid, typ: 'at+jwt', ...offer }
        const token = forge(header, goodClaims(), signedBy(attacker))
        const code = kid === 'mine' ? 'token_key' : 'token_signature'
        await expectRejected(scene, present(scene, token), invalidToken(code))
      }
    }
    expect(scene.issuer.requests.filter((url) => !url.startsWith('https://as.example/'))).toEqual(
      [],
    )
    const header = { alg: 'ES256', kid: 'ec', jwk: attacker.jwk, jku: 'https://evil.example/jwks' }
    await expectAccepted(scene, present(scene, forge(header, goodClaims(), signedBy(es256))))
  })
})

describe('the serialisation', () => {
  it.each<[string, (parts: [string, string, string]) => string]>([
    ['padding after the signature', ([h, p, s]) => `${h}.${p}.${s}==`],
    ['a fourth part', ([h, p, s]) => `${h}.${p}.${s}.${s}`],
    ['an empty fourth part', ([h, p, s]) => `${h}.${p}.${s}.`],
    ['two parts', ([h, p]) => `${h}.${p}`],
    ['no signature', ([h, p]) => `${h}.${p}.`],
    ['no payload', ([h, , s]) => `${h}..${s}`],
    ['no header', ([, p, s]) => `.${p}.${s}`],
    ['dots only', () => '..'],
    ['+ in the signature', ([h, p, s]) => `${h}.${p}.+${s.slice(1)}`],
    ['/ in the signature', ([h, p, s]) => `${h}.${p}./${s.slice(1)}`],
    ['~ in the payload', ([h, p, s]) => `${h}.~${p}.${s}`],
    ['left-over bits in the signature', ([h, p, s]) => `${h}.${p}.${respelt(s)}`],
    ['an impossible length', ([h, p, s]) => `${h}.${p}.${s}AAA`],
    ['a header that is not JSON', ([, p, s]) => `${segment('alg')}.${p}.${s}`],
    ['a header that is a list', ([, p, s]) => `${segment('["alg"]')}.${p}.${s}`],
    ['padding within', ([h, p, s]) => `${h}=.${p}.${s}`],
    ['a header without alg', ([, p, s]) => `${segment('{}')}.${p}.${s}`],
    ['a payload that is a list', ([h, , s]) => `${h}.${segment('[]')}.${s}`],
    ['a payload that is not JSON', ([h, , s]) => `${h}.${segment('{"a":')}.${s}`],
    [
      'a payload with a byte order mark',
      ([h, p, s]) => `${h}.${segment(`\ufeff${Buffer.from(p, 'base64url')}`)}.${s}`,
    ],
    [
      'a payload that is not UTF-8',
      ([h, , s]) => `${h}.${Buffer.from([0x7b, 0xff, 0x7d]).toString('base64url')}.${s}`,
    ],
  ])('JWK-17: a token with %s is refused', async (_, change) => {
    const scene = await createScene()
    const token = await scene.issuer.token()
    const changed = change(partsOf(token))
    await expectRejected(scene, present(scene, changed), invalidToken('token_malformed'))
    expect(scene.issuer.requests).toEqual([])
    await expectAccepted(scene, present(scene, token))
  })

  it('JWK-17: a token with padding inside is malformed', async () => {
    const scene = await createScene()
    const [header, payload, signature] = partsOf(await scene.issuer.token())
    const answer = present(scene, `${header}=.${payload}.${signature}`)
    await expectRejected(scene, answer, invalidToken('token_malformed'))
  })

  it.each<[string, (parts: [string, string, string]) => string]>([
    ['white space', ([h, p, s]) => `${h}. ${p}.${s}`],
    ['braces', ([h, p, s]) => JSON.stringify({ protected: h, payload: p, signature: s })],
    [
      'general JSON',
      ([h, p, s]) => JSON.stringify({ payload: p, signatures: [{ protected: h, signature: s }] }),
    ],
  ])('JWK-17: a token with %s is malformed credentials', async (_, change) => {
    const scene = await createScene()
    const changed = change(partsOf(await scene.issuer.token()))
    await expectRejected(scene, present(scene, changed), malformed())
  })

  it.each(['ECDH-ES', 'ECDH-ES+A256KW'])(
    'JWK-18: a token that %s encrypted is not an access token, also with a signed one inside',
    async (alg) => {
      const scene = await createScene()
      const { publicKey } = await generateKeyPair('ECDH-ES')
      for (const text of [JSON.stringify(goodClaims()), await scene.issuer.token()]) {
        const encrypted = await new CompactEncrypt(new TextEncoder().encode(text))
          .setProtectedHeader({ alg, enc: 'A256GCM', typ: 'at+jwt', cty: 'JWT', kid: 'k1' })
          .encrypt(publicKey)
        expect(encrypted.split('.')).toHaveLength(5)
        await expectRejected(scene, present(scene, encrypted), invalidToken('token_malformed'))
      }
    },
  )

  it('JWK-18: a signed token around a token is not unwrapped', async () => {
    const scene = await createScene()
    const inner = await scene.issuer.token()
    const outer = await new CompactSign(new TextEncoder().encode(inner))
      .setProtectedHeader({ alg: 'ES256', kid: 'k1', cty: 'JWT' })
      .sign(scene.issuer.key.privateKey)
    await expectRejected(scene, present(scene, outer), invalidToken('token_malformed'))
  })
})

/** The same bytes, written with other bits where base64url has none to spare. */
function respelt(segmentText: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const last = alphabet.indexOf(segmentText.at(-1) as string)
  const text = segmentText.slice(0, -1) + alphabet.charAt(last ^ 1)
  expect(Buffer.from(text, 'base64url')).toEqual(Buffer.from(segmentText, 'base64url'))
  return text
}
