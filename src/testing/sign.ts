/** JWTs with any header and any claims, including those that a JOSE library does not sign. */

import { algorithmNamed, algorithmOfCryptoKey } from '../crypto/algorithms.ts'
import { encodeBase64url } from '../lib/base64url.ts'
import { definedMembers } from '../lib/own-members.ts'

const UTF8 = new TextEncoder()

/**
 * Signs with the algorithm of the key, whatever the header's `alg` is. With `alg: 'none'` the
 * signature is empty (RFC 7515 §A.5). Members that are `undefined` are left out.
 */
export async function signJwt(
  header: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
  privateKey: CryptoKey,
): Promise<string> {
  const input = `${segment(header)}.${segment(claims)}`
  if (header['alg'] === 'none') return `${input}.`
  const parameters = algorithmNamed(algorithmOf(privateKey))?.parameters ?? privateKey.algorithm
  const signature = await crypto.subtle.sign(parameters, privateKey, UTF8.encode(input))
  return `${input}.${encodeBase64url(new Uint8Array(signature))}`
}

/** The JWS algorithm that a key signs with; `''` for a key that no supported algorithm fits. */
export function algorithmOf(key: CryptoKey): string {
  return algorithmOfCryptoKey(key) ?? ''
}

function segment(members: Readonly<Record<string, unknown>>): string {
  return encodeBase64url(UTF8.encode(JSON.stringify(definedMembers(members))))
}
