import { CompactSign, calculateJwkThumbprint } from 'jose'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { type KnownHeader, type ProofKeyProblem, ProofKeys } from '../../src/binding/proof-keys.ts'
import type { Verifier } from '../../src/crypto/create-verifier.ts'
import { createHolder, type Holder } from '../support/holder.ts'

let holder: Holder
let other: Holder

beforeAll(async () => {
  holder = await createHolder()
  other = await createHolder()
})

describe('ProofKeys', () => {
  it('imports and hashes a key once', async () => {
    const keys = new ProofKeys()
    const [digest, importKey] = [
      vi.spyOn(crypto.subtle, 'digest'),
      vi.spyOn(crypto.subtle, 'importKey'),
    ]
    const find = () => findKey(keys, { ...holder.jwk }, 'ES256', holder.thumbprint)
    const first = await find()
    expect(await verifies(first, holder)).toBe(true)
    expect(await verifies(first, other)).toBe(false)
    const calls = [digest.mock.calls.length, importKey.mock.calls.length]
    expect(await find()).toBe(first)
    expect([digest.mock.calls.length, importKey.mock.calls.length]).toEqual(calls)
    vi.restoreAllMocks()
  })

  it('rejects a key with another thumbprint, whether or not the right key is known', async () => {
    const keys = new ProofKeys()
    expect(await findKey(keys, { ...other.jwk }, 'ES256', holder.thumbprint)).toBe(
      'binding_mismatch',
    )
    await findKey(keys, { ...holder.jwk }, 'ES256', holder.thumbprint)
    expect(await findKey(keys, { ...other.jwk }, 'ES256', holder.thumbprint)).toBe(
      'binding_mismatch',
    )
  })

  it('hashes the members of RFC 7638 only', async () => {
    const keys = new ProofKeys()
    const decorated = { ...holder.jwk, kid: 'k', use: 'sig', alg: 'ES256', ext: true, x5c: ['x'] }
    const key = await findKey(keys, decorated, 'ES256', holder.thumbprint)
    expect(await verifies(key, holder)).toBe(true)
    expect(await findKey(keys, { ...holder.jwk }, 'ES256', holder.thumbprint)).toBe(key)
  })

  it.each(['ES512', 'RS256', 'Ed25519'])(
    'computes the same thumbprint as jose for a key for %s',
    async (alg) => {
      const signer = await createHolder(alg)
      const thumbprint = await calculateJwkThumbprint(signer.jwk)
      const key = await findKey(new ProofKeys(), { ...signer.jwk }, alg, thumbprint)
      expect(await verifies(key, signer)).toBe(true)
    },
  )

  it('imports an RSA key separately for each algorithm', async () => {
    const rsa = await createHolder('PS256')
    const keys = new ProofKeys()
    const one = await findKey(keys, { ...rsa.jwk }, 'PS256', rsa.thumbprint)
    const two = await findKey(keys, { ...rsa.jwk }, 'RS256', rsa.thumbprint)
    expect(await verifies(one, rsa)).toBe(true)
    expect(await verifies(two, rsa)).toBe(false)
    expect(two).not.toBe('dpop_proof_invalid')
    expect(await findKey(keys, { ...rsa.jwk }, 'PS256', rsa.thumbprint)).toBe(one)
  })

  it('rejects a point that is not on the curve', async () => {
    const jwk = { ...holder.jwk, y: String(other.jwk.y) }
    const thumbprint = await calculateJwkThumbprint(jwk)
    expect(await findKey(new ProofKeys(), { ...jwk }, 'ES256', thumbprint)).toBe(
      'dpop_proof_invalid',
    )
  })

  it('keeps the 5000 keys that were used last', async () => {
    const keys = new ProofKeys()
    const find = async (number: number) => {
      const jwk = { kty: 'RSA', e: 'AQAB', n: modulus(number) }
      return findKey(keys, jwk, 'RS256', await calculateJwkThumbprint(jwk))
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

  it('keeps a key while its header is used', async () => {
    const keys = new ProofKeys()
    const jwkOf = (number: number) => ({ kty: 'RSA', e: 'AQAB', n: modulus(number) })
    const thumbprint = await calculateJwkThumbprint(jwkOf(0))
    const found = await knownHeaderOf(keys, jwkOf(0), 'RS256', thumbprint)
    keys.keepHeader(found, thumbprint)
    for (let number = 1; number < 5000; number++) {
      const jwk = jwkOf(number)
      await findKey(keys, jwk, 'RS256', await calculateJwkThumbprint(jwk))
    }
    expect(keys.knownHeader('header', thumbprint)).toEqual(found)
    await findKey(keys, jwkOf(5000), 'RS256', await calculateJwkThumbprint(jwkOf(5000)))
    expect(keys.knownHeader('header', thumbprint)).toEqual(found)
  })

  it('knows the latest header of a key, up to 1,200 characters', async () => {
    const keys = new ProofKeys()
    const { jwk, thumbprint } = holder
    const found = await knownHeaderOf(keys, { ...jwk }, 'ES256', thumbprint)
    expect(keys.knownHeader('header', thumbprint)).toBeUndefined()
    keys.keepHeader(found, thumbprint)
    expect(keys.knownHeader('header', thumbprint)).toEqual(found)
    expect(keys.knownHeader('other', thumbprint)).toBeUndefined()
    const longest = { ...found, segment: 'x'.repeat(1200) }
    keys.keepHeader(longest, thumbprint)
    keys.keepHeader({ ...found, segment: 'x'.repeat(1201) }, thumbprint)
    expect(keys.knownHeader('x'.repeat(1201), thumbprint)).toBeUndefined()
    expect(keys.knownHeader('x'.repeat(1200), thumbprint)).toEqual(longest)
  })

  it('keeps no header of a key that was not found before', async () => {
    const keys = new ProofKeys()
    const { jwk, thumbprint } = holder
    const found = await knownHeaderOf(keys, { ...jwk }, 'ES256', thumbprint)
    keys.keepHeader(found, other.thumbprint)
    expect(keys.knownHeader('header', other.thumbprint)).toBeUndefined()
  })

  it('rejects a JWK that is not a public key', async () => {
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
      expect(await findKey(keys, jwk, 'ES256', holder.thumbprint)).toBe('dpop_proof_invalid')
    }
  })
})

/** The verifier of the key, or why there is none. */
async function findKey(
  keys: ProofKeys,
  ...query: Parameters<ProofKeys['find']>
): Promise<Verifier | ProofKeyProblem> {
  const found = await keys.find(...query)
  return found.ok ? found.value : found.error
}

/** Whether it is a verifier, and accepts what a holder signs. */
async function verifies(
  found: Verifier | ProofKeyProblem,
  { algorithm, keys }: Holder,
): Promise<boolean> {
  if (typeof found === 'string') return false
  const jws = new CompactSign(new Uint8Array(1)).setProtectedHeader({ alg: algorithm })
  return found(await jws.sign(keys.privateKey))
}

async function knownHeaderOf(
  keys: ProofKeys,
  ...query: Parameters<ProofKeys['find']>
): Promise<KnownHeader> {
  const [jwk, algorithm] = query
  const found = await keys.find(...query)
  if (!found.ok) throw new Error(found.error)
  return { segment: 'header', header: { alg: algorithm, jwk }, verify: found.value }
}

/** Makes a key that nothing is verified with. */
function modulus(number: number): string {
  const bytes = Buffer.alloc(256, 0xff)
  bytes.writeUInt32BE(number, 8)
  return bytes.toString('base64url')
}
