/** JWK: the algorithms of signatures, and keys that fit them. */

import {
  createHmac,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  type KeyObject,
  sign as nodeSign,
} from 'node:crypto'
import { exportSPKI } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { ConfigError, type Jwk, protectedResource } from '../../src/index.ts'
import { forge, signedBy, unsigned } from '../support/forge.ts'
import { createKey, goodClaims, RESOURCE, type SigningKey } from '../support/issuer.ts'
import { present, publishing, tokenOf } from '../support/published-keys.ts'
import { expectAccepted, expectFault, expectRejected, invalidToken } from '../support/scene.ts'

let rsa: SigningKey
let es256: SigningKey

beforeAll(async () => {
  rsa = await createKey('rsa', 'RS256')
  es256 = await createKey('ec')
})

function without(jwk: Jwk, ...names: string[]): Jwk {
  return Object.fromEntries(Object.entries(jwk).filter(([name]) => !names.includes(name)))
}

describe('the algorithm', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', 'none ', '', 'null'])(
    'JWK-09: alg %j is rejected, signed or not',
    async (alg) => {
      const scene = await publishing([es256.jwk])
      const header = { alg, kid: 'ec', typ: 'at+jwt' }
      const signed = forge(header, goodClaims(), signedBy(es256))
      await expectRejected(scene, present(scene, signed), invalidToken('token_algorithm'))
      const bare = forge(header, goodClaims(), unsigned)
      await expectRejected(scene, present(scene, bare), invalidToken('token_malformed'))
      expect(scene.issuer.requests).toEqual([])
    },
  )

  it.each(['es256', 'Es256', 'ES256K', 'HS256', 'RSA1_5', 'dir', 'constructor', '__proto__'])(
    'JWK-09: alg %s is not on the list',
    async (alg) => {
      const scene = await publishing([es256.jwk])
      const token = forge(`{"alg":"${alg}","kid":"ec"}`, goodClaims(), signedBy(es256))
      await expectRejected(scene, present(scene, token), invalidToken('token_algorithm'))
    },
  )

  it.each([null, 5, ['ES256'], { ES256: true }, true])(
    'JWK-09: alg %j is rejected',
    async (alg) => {
      const scene = await publishing([es256.jwk])
      const token = forge({ alg, kid: 'ec' }, goodClaims(), signedBy(es256))
      await expectRejected(scene, present(scene, token), invalidToken('token_algorithm'))
    },
  )

  it('JWK-09: each server has its own list', async () => {
    const accessToken = { kind: 'jwt' as const, algorithms: ['ES256'] }
    const scene = await publishing([rsa.jwk, es256.jwk], { server: { accessToken } })
    await expectAccepted(scene, present(scene, tokenOf(es256)))
    await expectRejected(scene, present(scene, tokenOf(rsa)), invalidToken('token_algorithm'))
  })

  it.each(['HS256', 'none', 'es256', 'RS1', 'ECDH-ES', 'toString'])(
    'JWK-09: %s cannot be put on the list',
    (name) => {
      const accessToken = { kind: 'jwt' as const, algorithms: ['ES256', name] }
      const authorizationServers = [{ issuer: 'https://as.example', accessToken }]
      const build = () => protectedResource({ resource: RESOURCE, authorizationServers })
      expect(build).toThrow(ConfigError)
      expect(build).toThrow(/accessToken\.algorithms/)
    },
  )

  /** The forms in which a careless verifier might hold the public key. */
  const SECRETS: readonly [string, (key: KeyObject, jwk: Jwk) => string | Buffer][] = [
    ['PEM', (key) => key.export({ type: 'spki', format: 'pem' })],
    [
      'PEM without its last line break',
      (key) => key.export({ type: 'spki', format: 'pem' }).toString().trim(),
    ],
    ['PKCS #1 PEM', (key) => key.export({ type: 'pkcs1', format: 'pem' })],
    ['DER', (key) => key.export({ type: 'spki', format: 'der' })],
    ['PKCS #1 DER', (key) => key.export({ type: 'pkcs1', format: 'der' })],
    ['JWK', (_, jwk) => JSON.stringify(jwk)],
    ['modulus', (_, jwk) => Buffer.from(jwk['n'] as string, 'base64url')],
  ]
  it.each(
    SECRETS.flatMap(([form, secretOf]) =>
      (['HS256', 'HS384', 'HS512'] as const).map((alg) => ({ form, secretOf, alg })),
    ),
  )('JWK-10: $alg with the RSA public key as $form is rejected', async ({ secretOf, alg }) => {
    const scene = await publishing([rsa.jwk, without(rsa.jwk, 'alg', 'use')])
    const publicKey = createPublicKey({ key: rsa.jwk, format: 'jwk' })
    const secret = secretOf(publicKey, rsa.jwk)
    for (const kid of ['rsa', undefined]) {
      const token = forge({ alg, kid, typ: 'at+jwt' }, goodClaims(), (input) =>
        createHmac(alg.replace('HS', 'sha'), secret).update(input).digest(),
      )
      await expectRejected(scene, present(scene, token), invalidToken('token_algorithm'))
    }
    expect(scene.issuer.requests).toEqual([])
    await expectAccepted(scene, present(scene, tokenOf(rsa)))
  })

  it('JWK-10: the PEM of that key equals the one that jose writes', async () => {
    const publicKey = createPublicKey({ key: rsa.jwk, format: 'jwk' })
    const imported = await crypto.subtle.importKey(
      'jwk',
      { ...rsa.jwk, key_ops: ['verify'] } as JsonWebKey,
      { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' },
      true,
      ['verify'],
    )
    const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
    expect((await exportSPKI(imported)).trim()).toBe(pem.trim())
  })

  it('JWK-10: a published symmetric key verifies nothing', async () => {
    const secret = Buffer.from('a secret of more than thirty-two bytes')
    const oct = { kty: 'oct', kid: 'hmac', alg: 'HS256', k: secret.toString('base64url') }
    const scene = await publishing([oct, es256.jwk])
    const hmac = (input: Uint8Array): Buffer => createHmac('sha256', secret).update(input).digest()
    const token = forge({ alg: 'HS256', kid: 'hmac' }, goodClaims(), hmac)
    await expectRejected(scene, present(scene, token), invalidToken('token_algorithm'))
    const disguised = forge({ alg: 'ES256', kid: 'hmac' }, goodClaims(), hmac)
    await expectRejected(scene, present(scene, disguised), invalidToken('token_key'))
  })

  it.each([
    'RS256',
    'RS384',
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'ES256',
    'ES384',
    'ES512',
    'EdDSA',
  ])('JWK-11: %s is accepted by default', async (alg) => {
    const key = await createKey('k', alg)
    const scene = await publishing([key.jwk])
    expect((await expectAccepted(scene, present(scene, tokenOf(key)))).subject).toBe('user-1')
  })

  it('JWK-12: an RSA key of 1024 bits is rejected, also with a valid signature', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'small', use: 'sig' }
    const scene = await publishing([jwk, rsa.jwk])
    const byNode = (input: Uint8Array): Buffer =>
      createSign('sha256').update(input).sign(privateKey)
    const named = forge({ alg: 'RS256', kid: 'small' }, goodClaims(), byNode)
    await expectRejected(scene, present(scene, named), invalidToken('token_key'))
    const unnamed = forge({ alg: 'RS256' }, goodClaims(), byNode)
    await expectRejected(scene, present(scene, unnamed), invalidToken('token_signature'))
    const alone = await publishing([jwk])
    await expectFault(alone, present(alone, named), 'unavailable')
  })

  it('JWK-12: an ECDSA signature is rejected in DER and accepted in raw form', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'ec' }
    const scene = await publishing([jwk])
    const signedAs = (dsaEncoding: 'der' | 'ieee-p1363'): Promise<string> =>
      forge({ alg: 'ES256', kid: 'ec' }, goodClaims(), (input) =>
        nodeSign('sha256', input, { key: privateKey, dsaEncoding }),
      )
    await expectAccepted(scene, present(scene, signedAs('ieee-p1363')))
    await expectRejected(scene, present(scene, signedAs('der')), invalidToken('token_signature'))
  })

  it.each([
    ['empty', () => Buffer.alloc(0), 'token_malformed'],
    ['of one byte', () => Buffer.alloc(1, 1), 'token_signature'],
    ['of zeros', () => Buffer.alloc(64), 'token_signature'],
    ['a byte short', (raw: Uint8Array) => raw.subarray(0, 63), 'token_signature'],
    ['a byte long', (raw: Uint8Array) => Buffer.concat([raw, Buffer.alloc(1)]), 'token_signature'],
  ] as const)('JWK-12: an ECDSA signature that is %s is refused', async (_, change, code) => {
    const scene = await publishing([es256.jwk])
    const token = forge({ alg: 'ES256', kid: 'ec' }, goodClaims(), async (input) =>
      change(await signedBy(es256)(input)),
    )
    await expectRejected(scene, present(scene, token), invalidToken(code))
  })

  it.each(['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'])('JWK-22: %s is verified', async (alg) => {
    const key = await createKey('k', alg)
    const scene = await publishing([key.jwk])
    expect((await expectAccepted(scene, present(scene, tokenOf(key)))).subject).toBe('user-1')
    const other = { ...(await createKey('k', alg)), jwk: key.jwk }
    await expectRejected(scene, present(scene, tokenOf(other)), invalidToken('token_signature'))
  })

  it('JWK-22: a key without alg, with another alg, or with its private part is not used', async () => {
    const key = await createKey('k', 'ML-DSA-65')
    for (const jwk of [
      without(key.jwk, 'alg'),
      { ...key.jwk, alg: 'ML-DSA-44' },
      { ...key.jwk, alg: 'ES256' },
      { ...key.jwk, priv: 'AAAA' },
      without(key.jwk, 'pub'),
      { ...key.jwk, kty: 'OKP' },
    ]) {
      const scene = await publishing([jwk, es256.jwk])
      await expectRejected(scene, present(scene, tokenOf(key)), invalidToken('token_key'))
    }
  })

  it('JWK-22: a key that the runtime cannot import is skipped with an event', async () => {
    const key = await createKey('k', 'ML-DSA-65')
    const scene = await publishing([{ ...key.jwk, pub: 'AAAA' }, es256.jwk])
    await expectFault(scene, present(scene, tokenOf(key)), 'unavailable')
    const outcomes = scene.events.map((event) => event.type === 'document' && event.outcome)
    expect(outcomes).toContain('key_skipped')
  })

  it('JWK-19: Ed25519 and EdDSA are two names of one algorithm', async () => {
    const key = await createKey('ed', 'Ed25519')
    for (const stated of ['Ed25519', 'EdDSA', undefined]) {
      const jwk = { ...without(key.jwk, 'alg'), ...(stated && { alg: stated }) }
      const scene = await publishing([jwk])
      for (const alg of ['Ed25519', 'EdDSA']) {
        const auth = await expectAccepted(scene, present(scene, tokenOf(key, { alg })))
        expect(auth.subject).toBe('user-1')
      }
    }
  })
})
