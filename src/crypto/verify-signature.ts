/**
 * The one cryptographic question (RFC 7515 §5.2, RFC 7518 §3): is this text signed with this key? Asked
 * of WebCrypto directly, since everybody who asks has taken the token apart already, and strictly.
 */

import { decodeBase64url } from '../lib/base64url.ts'
import { algorithmNamed } from './algorithms.ts'

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
  const parameters = algorithmNamed(algorithm)?.parameters
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

/** No RSA key that is long enough makes shorter ones (RFC 7518 §3.3). */
const MIN_RSA_SIGNATURE_BYTES = 256

/** Whether the signature is as long as those of its algorithm: no proof, but at no cost. */
export function hasSignatureLength(jws: string, algorithm: string): boolean {
  const bytes = Math.floor(((jws.length - jws.lastIndexOf('.') - 1) * 3) / 4)
  const expected = algorithmNamed(algorithm)?.signatureBytes
  return expected === undefined ? bytes >= MIN_RSA_SIGNATURE_BYTES : bytes === expected
}
