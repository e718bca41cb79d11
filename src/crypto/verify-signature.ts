/**
 * Verifies the signature of a compact JWS (RFC 7515 §5.2, RFC 7518 §3). Callers have parsed the token strictly
 * before.
 */

import { decodeCanonical } from '../lib/base64url.ts'
import { algorithmNamed } from './algorithms.ts'
import type { Verifier } from './create-verifier.ts'

const UTF8 = /* @__PURE__ */ new TextEncoder()

/**
 * Whether a compact JWS is signed with a key.
 *
 * Does not check: that the key fits the algorithm, or that the algorithm is allowed. The caller has checked
 * both when it selected the key.
 *
 * @param jws Three segments of canonical base64url.
 * @param verify The verifier of a public key.
 * @returns `false` also if the signature cannot be verified.
 */
export async function isSignedBy(jws: string, verify: Verifier): Promise<boolean> {
  const end = jws.lastIndexOf('.')
  try {
    return await verify(decodeCanonical(jws.slice(end + 1)), UTF8.encode(jws.slice(0, end)))
  } catch {
    return false
  }
}

/** The signature length of the shortest allowed RSA key (RFC 7518 §3.3). */
const MIN_RSA_SIGNATURE_BYTES = 256

/** Whether the signature has a length that its algorithm can produce. A check without cryptography. */
export function hasSignatureLength(jws: string, algorithm: string): boolean {
  const bytes = Math.floor(((jws.length - jws.lastIndexOf('.') - 1) * 3) / 4)
  const expected = algorithmNamed(algorithm)?.signatureBytes
  return expected === undefined ? bytes >= MIN_RSA_SIGNATURE_BYTES : bytes === expected
}
