/** JWTs with any header and any claims, including those that a JOSE library does not sign. */

import { encodeBase64url } from '../lib/base64url.ts'
import { withoutUndefined } from './metadata.ts'

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
  const signature = await crypto.subtle.sign(signingOf(privateKey), privateKey, UTF8.encode(input))
  return `${input}.${encodeBase64url(new Uint8Array(signature))}`
}

/** The JWS algorithm a key signs with (RFC 7518 §3.1, RFC 8037 §3.1). */
export function algorithmOf(key: CryptoKey): string {
  const { name } = key.algorithm
  if (name === 'Ed25519') return 'EdDSA'
  if (name === 'ECDSA') return ECDSA[curveOf(key)]?.alg ?? ''
  const bits = hashOf(key).replace('SHA-', '')
  return name === 'RSA-PSS' ? `PS${bits}` : `RS${bits}`
}

/** RFC 7518 §3.4: each curve has one hash. */
const ECDSA: Readonly<Record<string, { readonly alg: string; readonly hash: string }>> = {
  'P-256': { alg: 'ES256', hash: 'SHA-256' },
  'P-384': { alg: 'ES384', hash: 'SHA-384' },
  'P-521': { alg: 'ES512', hash: 'SHA-512' },
}

function signingOf(key: CryptoKey): { name: string; hash?: string; saltLength?: number } {
  const { name } = key.algorithm
  if (name === 'ECDSA') return { name, hash: ECDSA[curveOf(key)]?.hash ?? 'SHA-256' }
  // RFC 7518 §3.5: the salt is as long as the hash.
  if (name === 'RSA-PSS') return { name, saltLength: Number(hashOf(key).replace('SHA-', '')) / 8 }
  return { name }
}

function curveOf(key: CryptoKey): string {
  return (key.algorithm as EcKeyAlgorithm).namedCurve
}

function hashOf(key: CryptoKey): string {
  return (key.algorithm as RsaHashedKeyAlgorithm).hash.name
}

function segment(members: Readonly<Record<string, unknown>>): string {
  return encodeBase64url(UTF8.encode(JSON.stringify(withoutUndefined(members))))
}
