import { randomUUID } from 'node:crypto'
import { calculateJwkThumbprint } from 'jose'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { NonceCheck } from '../../src/binding/dpop-nonce.ts'
import {
  type ProofRules,
  type ProofSubject,
  verifyDpopProof,
} from '../../src/binding/dpop-proof.ts'
import { ProofKeys } from '../../src/binding/proof-keys.ts'
import { START } from '../support/clock.ts'
import {
  createHolder,
  digest,
  type Holder,
  makeProof,
  type ProofChanges,
} from '../support/holder.ts'
import { RESOURCE } from '../support/issuer.ts'

const TOKEN = 'the.access.token'
const MAX_PROOF_LENGTH = 8192

let holder: Holder
let other: Holder

beforeAll(async () => {
  holder = await createHolder()
  other = await createHolder()
})

async function verify(changes: ProofChanges = {}, rules: Partial<ProofRules> = {}) {
  return verifyText(await makeProof(holder, TOKEN, changes), rules)
}

function verifyText(
  proof: string | null,
  rules: Partial<ProofRules> = {},
  subject: Partial<ProofSubject> = {},
) {
  return verifyDpopProof(
    proof,
    {
      method: 'POST',
      target: RESOURCE,
      tokenDigest: digest(TOKEN),
      thumbprint: holder.thumbprint,
      ...subject,
    },
    {
      algorithms: new Set(['ES256']),
      windowSeconds: 300,
      toleranceSeconds: 30,
      nonces: undefined,
      keys: new ProofKeys(),
      replay: undefined,
      ...rules,
    },
    START,
  )
}

const INVALID = { ok: false, error: expect.objectContaining({ code: 'dpop_proof_invalid' }) }

describe('verifyDpopProof()', () => {
  it('returns identity, iat and whether the nonce must be replaced', async () => {
    const jti = randomUUID()
    expect(await verify({ claims: { jti } })).toEqual({
      ok: true,
      value: {
        identity: JSON.stringify([holder.thumbprint, RESOURCE, jti]),
        issuedAt: START,
        wantsNonce: false,
      },
    })
  })

  it('fails for a rejected nonce, and wants a new one for an ageing one', async () => {
    const withNonce = (check: NonceCheck) =>
      verify({}, { nonces: { check: async () => check } as never })
    expect(await withNonce('rejected')).toEqual({ ok: false, error: { code: 'dpop_nonce' } })
    expect(await withNonce('fresh')).toMatchObject({ ok: true, value: { wantsNonce: false } })
    expect(await withNonce('ageing')).toMatchObject({ ok: true, value: { wantsNonce: true } })
  })

  it('fails for a key that names another algorithm than the proof', async () => {
    const rsa = await createHolder('PS256')
    const verifyWith = async (alg: string) => {
      const jwk = { ...rsa.jwk, alg }
      const { thumbprint } = rsa
      const algorithms = new Set(['RS256', 'PS256'])
      const proof = await makeProof(rsa, TOKEN, { header: { jwk } })
      return verifyText(proof, { algorithms }, { thumbprint })
    }
    expect(await verifyWith('PS256')).toMatchObject({ ok: true })
    expect(await verifyWith('RS256')).toEqual(INVALID)
  })

  it('fails with dpop_proof_missing without a proof', async () => {
    for (const none of [null, '']) {
      expect(await verifyText(none)).toEqual({ ok: false, error: { code: 'dpop_proof_missing' } })
    }
  })

  it('accepts proofs of the maximum length, and rejects longer ones', async () => {
    expect(await verifyText(await proofOfLength(MAX_PROOF_LENGTH))).toMatchObject({ ok: true })
    expect(await verifyText(await proofOfLength(MAX_PROOF_LENGTH + 1))).toEqual(INVALID)
  })

  it('accepts a jti of 1024 characters, and rejects a longer, empty or non-string one', async () => {
    expect(await verify({ claims: { jti: 'j'.repeat(1024) } })).toMatchObject({ ok: true })
    for (const jti of ['j'.repeat(1025), '', 5, undefined]) {
      expect(await verify({ claims: { jti } })).toEqual(INVALID)
    }
  })

  it('accepts an iat within the window, excluding its end, where the replay guard removes proofs', async () => {
    for (const iat of [START + 300, START, START - 299]) {
      expect(await verify({ claims: { iat } })).toMatchObject({
        ok: true,
        value: { issuedAt: iat },
      })
    }
    for (const iat of [START + 301, START - 300, START - 301, `${START}`, undefined]) {
      expect(await verify({ claims: { iat } })).toEqual(INVALID)
    }
  })

  it.each(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'])(
    'rejects a key with the secret member %s, whatever its value',
    async (name) => {
      for (const value of ['AAAA', '', null]) {
        const jwk = { ...holder.jwk, [name]: value }
        expect(await verify({ header: { jwk } })).toEqual(INVALID)
      }
    },
  )

  it.each(['crit', 'b64'])('rejects the extension %s before it reads the key', async (name) => {
    const jwk = other.jwk
    const proof = await makeProof(holder, TOKEN, { header: { jwk } })
    expect(await verifyText(proof)).toEqual({ ok: false, error: { code: 'binding_mismatch' } })
    const [header = '', ...rest] = proof.split('.')
    const members = JSON.parse(Buffer.from(header, 'base64url').toString())
    const extended = Buffer.from(JSON.stringify({ ...members, [name]: ['x'] }))
    const text = [extended.toString('base64url'), ...rest].join('.')
    expect(await verifyText(text)).toEqual(INVALID)
  })

  it('rejects a JWK with the right thumbprint that is not a key', async () => {
    const jwk = { ...holder.jwk, y: String(other.jwk.y) }
    const thumbprint = await calculateJwkThumbprint(jwk)
    const proof = await makeProof(holder, TOKEN, { header: { jwk } })
    expect(await verifyText(proof, {}, { thumbprint })).toEqual(INVALID)
  })

  it('rejects another key with the same key id', async () => {
    expect(await verify({ key: other.keys.privateKey })).toEqual(INVALID)
  })
})

describe('the header of a proof that comes again', () => {
  const keys = new ProofKeys()
  beforeAll(async () => {
    expect(await verify({}, { keys })).toMatchObject({ ok: true })
  })
  afterEach(() => {
    vi.restoreAllMocks()
  })

  it('is not parsed again', async () => {
    const decode = vi.spyOn(globalThis, 'atob')
    const find = vi.spyOn(keys, 'find')
    expect(await verify({}, { keys })).toMatchObject({ ok: true })
    // The claims alone.
    expect(decode).toHaveBeenCalledTimes(1)
    expect(find).not.toHaveBeenCalled()
  })

  it('is compared in whole, from its first character', async () => {
    const [header = '', claims] = (await makeProof(holder, TOKEN)).split('.')
    const sign = async (input: string) => {
      const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
      const bytes = new TextEncoder().encode(input)
      const signature = await crypto.subtle.sign(algorithm, holder.keys.privateKey, bytes)
      return `${input}.${Buffer.from(signature).toString('base64url')}`
    }
    expect(await verifyText(await sign(`${header}.${claims}`), { keys })).toMatchObject({
      ok: true,
    })
    // `{` becomes `k`: no JSON, although the rest is the header that is known.
    const other = `a${header.slice(1)}`
    expect(await verifyText(await sign(`${other}.${claims}`), { keys })).toEqual(INVALID)
  })

  it('accepts no signature of another key, and no claims of another request', async () => {
    expect(await verify({ key: other.keys.privateKey }, { keys })).toEqual(INVALID)
    expect(await verify({ claims: { htm: 'GET' } }, { keys })).toEqual(INVALID)
    const proof = await makeProof(holder, TOKEN)
    const [header, claims = '', signature] = proof.split('.')
    for (const text of [
      `${header}.${claims}`,
      `${header}.${claims}.`,
      `${header}.${claims}.${signature}.x`,
      `${header}.${claims.slice(1)}.${signature}`,
    ]) {
      expect(await verifyText(text, { keys })).toEqual(INVALID)
    }
  })

  it('is not that of a token with another key', async () => {
    const proof = await makeProof(holder, TOKEN)
    const { thumbprint } = other
    const mismatch = { ok: false, error: { code: 'binding_mismatch' } }
    expect(await verifyText(proof, { keys }, { thumbprint })).toEqual(mismatch)
    // Nor where the other key is known, too.
    const own = await makeProof(other, TOKEN)
    expect(await verifyText(own, { keys }, { thumbprint })).toMatchObject({ ok: true })
    expect(await verifyText(proof, { keys }, { thumbprint })).toEqual(mismatch)
  })

  it('is checked in whole where it differs', async () => {
    for (const header of [{ typ: 'jwt' }, { b64: true }, { jwk: other.jwk }]) {
      expect(await verify({ header }, { keys })).toMatchObject({ ok: false })
    }
    expect(await verify({ header: { kid: 'one more' } }, { keys })).toMatchObject({ ok: true })
    expect(await verify({}, { keys })).toMatchObject({ ok: true })
  })

  it('is not kept where it is long', async () => {
    const header = { pad: 'x'.repeat(1200) }
    expect(await verify({ header }, { keys })).toMatchObject({ ok: true })
    const decode = vi.spyOn(globalThis, 'atob')
    expect(await verify({ header }, { keys })).toMatchObject({ ok: true })
    expect(decode.mock.calls.length).toBeGreaterThan(1)
  })
})

/** Two parts to fill, because base64url has no text of every length. */
async function proofOfLength(length: number): Promise<string> {
  const jti = randomUUID()
  for (let inHeader = 0; inHeader < 4; inHeader++) {
    const header = { pad: 'x'.repeat(inHeader) }
    const empty = await makeProof(holder, TOKEN, { header, claims: { jti, pad: '' } })
    const about = Math.floor(((length - empty.length) * 3) / 4)
    for (const filled of [about - 1, about, about + 1]) {
      const claims = { jti, pad: 'x'.repeat(filled) }
      const proof = await makeProof(holder, TOKEN, { header, claims })
      if (proof.length === length) return proof
    }
  }
  throw new Error(`Made no proof of ${length} characters`)
}
