/** Signing keys of a test issuer: generated when first needed, replaced on request. */

import { exportJWK } from 'jose/key/export'
import { generateKeyPair } from 'jose/key/generate/keypair'
import type { Jwk } from '../contract/documents.ts'

/** A key pair and its name in the key set. */
interface TestKey {
  readonly kid: string
  readonly algorithm: string
  readonly pair: CryptoKeyPair
}

/** The current signing key. */
export interface KeyRing {
  current(): Promise<TestKey>
  rotate(): Promise<void>
}

/** Creates a key ring that generates its first key on first use. */
export function createKeyRing(algorithm: string): KeyRing {
  let current: Promise<TestKey> | undefined
  const getCurrent = (): Promise<TestKey> => {
    current ??= generateKey(algorithm)
    return current
  }
  return {
    current: getCurrent,
    rotate: async () => {
      current = undefined
      await getCurrent()
    },
  }
}

/** The key set document with this key only (RFC 7517 §5). */
export async function publicKeySet({ kid, algorithm, pair }: TestKey): Promise<{ keys: Jwk[] }> {
  const jwk = await exportJWK(pair.publicKey)
  return { keys: [{ ...jwk, kid, alg: algorithm, use: 'sig' }] }
}

/** Verifiers keep keys by name, so the key of an issuer that starts again must not have the name of the last one. */
async function generateKey(algorithm: string): Promise<TestKey> {
  const pair = await generateKeyPair(algorithm, { extractable: true })
  return { kid: crypto.randomUUID(), algorithm, pair }
}
