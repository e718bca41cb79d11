/** Signs JWTs: client assertions, signed metadata and DPoP proofs. */

import { CompactSign } from 'jose/jws/compact/sign'
import type { Jwk } from '../contract/documents.ts'
import type { JsonObject } from '../lib/json.ts'
import { isCryptoKey } from './private-key.ts'

/** A private key, its algorithm, and the `kid` to write. */
export interface Signer {
  readonly key: CryptoKey | Jwk
  readonly algorithm: string
  readonly keyId: string | undefined
}

/** Makes a compact JWS (RFC 7515 §7.1) of exactly these claims. */
export function signJwt(claims: JsonObject, { key, algorithm, keyId }: Signer): Promise<string> {
  const kid = keyId ?? (isCryptoKey(key) ? undefined : key.kid)
  // Not `SignJWT`, which would add its checks of claims to the bundle.
  return signWithHeader(
    claims,
    { alg: algorithm, typ: 'JWT', ...(kid === undefined ? {} : { kid }) },
    key,
  )
}

/** Makes a compact JWS with exactly this header: for DPoP proofs. */
export function signWithHeader(
  claims: JsonObject,
  header: JsonObject & { readonly alg: string },
  key: CryptoKey | Jwk,
): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader(header)
    .sign(key as CryptoKey)
}
