import { calculateJwkThumbprint } from 'jose'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { ProofKeys } from '../../src/binding/proof-keys.ts'
import { createHolder, type Holder } from '../support/holder.ts'

let holder: Holder
let other: Holder

beforeAll(async () => {
  holder = await createHolder()
  other = await createHolder()
})

describe('ProofKeys', () => {
  it('imports a key once, and hashes it once', async () => {
    const keys = new ProofKeys()
    const [digest, importKey] = [
      vi.spyOn(crypto.subtle, 'digest'),
      vi.spyOn(crypto.subtle, 'importKey'),
    ]
    const find = () => keys.find({ ...holder.jwk }, 'ES256', holder.thumbprint)
    const first = await find()
    expect(first).toBeInstanceOf(CryptoKey)
    const calls = [digest.mock.calls.length, importKey.mock.calls.length]
    expect(await find()).toBe(first)
    expect([digest.mock.calls.length, importKey.mock.calls.length]).toEqual(calls)
    vi.restoreAllMocks()
  })

  it('tells another key, whether or not the right one is known', async () => {
    const keys = new ProofKeys()
    expect(await keys.find({ ...other.jwk }, 'ES256', holder.thumbprint)).toBe('other')
    await keys.find({ ...holder.jwk }, 'ES256', holder.thumbprint)
    expect(await keys.find({ ...other.jwk }, 'ES256', holder.thumbprint)).toBe('other')
  })

  it('hashes what makes the key, and nothing that decorates it', async () => {
    const keys = new ProofKeys()
    const decorated = { ...holder.jwk, kid: 'k', use: 'sig', alg: 'ES256', ext: true, x5c: ['x'] }
    const key = await keys.find(decorated, 'ES256', holder.thumbprint)
    expect(key).toBeInstanceOf(CryptoKey)
    expect(await keys.find({ ...holder.jwk }, 'ES256', holder.thumbprint)).toBe(key)
  })

  it.each(['ES512', 'RS256', 'Ed25519'])(
    'makes the thumbprint jose makes of a key for %s',
    async (alg) => {
      const { jwk } = await createHolder(alg)
      const thumbprint = await calculateJwkThumbprint(jwk)
      expect(await new ProofKeys().find({ ...jwk }, alg, thumbprint)).toBeInstanceOf(CryptoKey)
    },
  )

  it('keeps one RSA key apart by algorithm', async () => {
    const rsa = await createHolder('PS256')
    const keys = new ProofKeys()
    const one = await keys.find({ ...rsa.jwk }, 'PS256', rsa.thumbprint)
    const two = await keys.find({ ...rsa.jwk }, 'RS256', rsa.thumbprint)
    expect(one).toBeInstanceOf(CryptoKey)
    expect(two).toBeInstanceOf(CryptoKey)
    expect(two).not.toBe(one)
    expect(await keys.find({ ...rsa.jwk }, 'PS256', rsa.thumbprint)).toBe(one)
  })

  it('lets nobody take the key out again', async () => {
    const key = await new ProofKeys().find({ ...holder.jwk }, 'ES256', holder.thumbprint)
    expect(key).toMatchObject({ extractable: false, usages: ['verify'] })
  })

  it('has no use for a point that is on no curve', async () => {
    const jwk = { ...holder.jwk, y: String(other.jwk.y) }
    const thumbprint = await calculateJwkThumbprint(jwk)
    expect(await new ProofKeys().find({ ...jwk }, 'ES256', thumbprint)).toBe('unusable')
  })

  it('keeps 5000 keys, those that were asked for last', async () => {
    const keys = new ProofKeys()
    const find = async (number: number) => {
      const jwk = { kty: 'RSA', e: 'AQAB', n: modulus(number) }
      return keys.find(jwk, 'RS256', await calculateJwkThumbprint(jwk))
    }
    const first = await find(0)
    const [second, third] = [await find(1), await find(2)]
    expect(await find(0)).toBe(first)
    for (let number = 3; number < 5000; number++) await find(number)
    await find(5000)
    expect(await find(2)).toBe(third)
    expect(await find(0)).toBe(first)
    expect(await find(1)).not.toBe(second)
  })

  it('has no use for what is no public key', async () => {
    const keys = new ProofKeys()
    for (const jwk of [
      {},
      { kty: 'oct', k: 'AAAA' },
      { kty: 'constructor' },
      { ...holder.jwk, x: 5 },
      { ...holder.jwk, x: '' },
      { ...holder.jwk, crv: '' },
      { ...holder.jwk, x: `${holder.jwk.x}=` },
      { ...holder.jwk, y: undefined },
    ]) {
      expect(await keys.find(jwk, 'ES256', holder.thumbprint)).toBe('unusable')
    }
  })
})

/** As good as any for a key that nothing is verified with. */
function modulus(number: number): string {
  const bytes = Buffer.alloc(256, 0xff)
  bytes.writeUInt32BE(number, 8)
  return bytes.toString('base64url')
}
