/** Signs JWTs: client assertions and signed metadata. */

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
  return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
    .setProtectedHeader({ alg: algorithm, typ: 'JWT', ...(kid === undefined ? {} : { kid }) })
    .sign(key as CryptoKey)
}
