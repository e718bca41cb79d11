/**
 * The one cryptographic question (RFC 7515 §5.2, RFC 7518 §3): is this text signed with this key? Asked
 * of WebCrypto directly, since everybody who asks has taken the token apart already, and strictly.
 */

import { decodeBase64url } from '../lib/base64url.ts'

type VerifyParameters = AlgorithmIdentifier | RsaPssParams | EcdsaParams

const ECDSA = 'ECDSA'
const PKCS1: VerifyParameters = { name: 'RSASSA-PKCS1-v1_5' }
const ED25519: VerifyParameters = { name: 'Ed25519' }

/** What WebCrypto has to be told of an algorithm; the rest is in the key, imported for it alone. */
const PARAMETERS: Readonly<Record<string, VerifyParameters>> = {
  RS256: PKCS1,
  RS384: PKCS1,
  RS512: PKCS1,
  // RFC 7518 §3.5: the salt is as long as the hash.
  PS256: { name: 'RSA-PSS', saltLength: 32 },
  PS384: { name: 'RSA-PSS', saltLength: 48 },
  PS512: { name: 'RSA-PSS', saltLength: 64 },
  ES256: { name: ECDSA, hash: 'SHA-256' },
  ES384: { name: ECDSA, hash: 'SHA-384' },
  ES512: { name: ECDSA, hash: 'SHA-512' },
  EdDSA: ED25519,
  Ed25519: ED25519,
}

const UTF8 = new TextEncoder()

/**
 * Whether a compact JWS is signed with a key.
 *
 * Does not check: that the key is meant for the algorithm, or the algorithm allowed. That was for
 * whoever chose them.
 *
 * @param jws Its segments are canonical base64url.
 * @param key A public key, imported for this algorithm.
 * @param algorithm The `alg` of its header.
 * @returns `false` too for what cannot be verified at all.
 */
export async function isSignedBy(jws: string, key: CryptoKey, algorithm: string): Promise<boolean> {
  const parameters = Object.hasOwn(PARAMETERS, algorithm) ? PARAMETERS[algorithm] : undefined
  const end = jws.lastIndexOf('.')
  const signature = decodeBase64url(jws.slice(end + 1))
  if (parameters === undefined || signature === undefined) return false
  try {
    const signed = UTF8.encode(jws.slice(0, end))
    return await crypto.subtle.verify(parameters, key, signature, signed)
  } catch {
    return false
  }
}
