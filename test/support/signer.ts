/** Keys with their verifiers, and signatures by them. */

import { CompactSign, exportJWK, generateKeyPair } from 'jose'
import { vi } from 'vitest'
import type { Jwk } from '../../src/contract/documents.ts'
import { createVerifier, type Verifier } from '../../src/crypto/create-verifier.ts'
import { importPublicKey } from '../../src/crypto/import-key.ts'

const TEXT = new TextEncoder().encode('{"iss":"https://as.example"}')

/** The algorithms that Node verifies on the calling thread, with the keys that {@link createSigner} makes. */
export const QUICK = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'EdDSA', 'Ed25519'],
]

/** The number of signatures that are verified on the calling thread before one is verified elsewhere. */
export const ROW = 8

export interface Verifiers {
  readonly key: CryptoKey
  /** `node:crypto`, where the key is quick. */
  readonly verify: Verifier
  /** WebCrypto. */
  readonly verifyElsewhere: Verifier
}

export interface Signer extends Verifiers {
  sign(): Promise<Signed>
}

export interface Signed {
  readonly jws: string
  /** Another signature in the place of its own. */
  with(signature: Uint8Array): string
  readonly signature: Uint8Array
}

export async function createSigner(alg: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return {
    ...(await createVerifiers((await exportJWK(publicKey)) as Jwk, alg)),
    sign: async () =>
      signedAs(await new CompactSign(TEXT).setProtectedHeader({ alg }).sign(privateKey)),
  }
}

export async function createVerifiers(jwk: Jwk, alg: string): Promise<Verifiers> {
  const key = await importPublicKey(jwk, alg)
  if (key === undefined) throw new Error(`No key for ${alg}`)
  return { key, verify: createVerifier(key, alg), verifyElsewhere: createElsewhere(key, alg) }
}

export function signedAs(jws: string): Signed {
  const end = jws.lastIndexOf('.')
  const signature = Buffer.from(jws.slice(end + 1), 'base64url')
  return { jws, signature, with: (other) => jws.slice(0, end + 1) + textOf(other) }
}

/** A verifier as on a host without modules of Node. */
function createElsewhere(key: CryptoKey, alg: string): Verifier {
  vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
  try {
    return createVerifier(key, alg)
  } finally {
    vi.unstubAllGlobals()
  }
}

let idle: Promise<Signed & Pick<Signer, 'verify'>> | undefined

/** Verifies until one signature was verified elsewhere: the next ones are verified on the calling thread. */
export async function beginRow(): Promise<void> {
  const elsewhere = vi.spyOn(crypto.subtle, 'verify')
  idle ??= createSigner('ES256').then(async ({ verify, sign }) => ({ verify, ...(await sign()) }))
  const { verify, jws } = await idle
  for (let count = 0; elsewhere.mock.calls.length === 0; count++) {
    // Awaiting booleans stops every timer, that of the time limit of a test included.
    if (count > 4 * ROW) throw new Error('No signature was verified elsewhere.')
    await verify(jws)
  }
  elsewhere.mockRestore()
}

export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
