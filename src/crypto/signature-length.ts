/** The lengths of signatures, a check without cryptography. */

import { algorithmNamed } from './algorithms.ts'

/** The signature length of the shortest allowed RSA key (RFC 7518 §3.3). */
const MIN_RSA_SIGNATURE_BYTES = 256

/** Whether the signature has a length that its algorithm can produce. */
export function hasSignatureLength(jws: string, algorithm: string): boolean {
  const bytes = Math.floor(((jws.length - jws.lastIndexOf('.') - 1) * 3) / 4)
  const expected = algorithmNamed(algorithm)?.signatureBytes
  return expected === undefined ? bytes >= MIN_RSA_SIGNATURE_BYTES : bytes === expected
}
