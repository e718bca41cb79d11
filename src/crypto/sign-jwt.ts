/** Signs JWTs with WebCrypto: client assertions, signed metadata and DPoP proofs. */

import type { Jwk } from '../contract/documents.ts'
import { encodeBase64url } from '../lib/base64url.ts'
import type { JsonObject } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'
import { ENCODER } from '../lib/utf8.ts'
import { algorithmNamed, type SignatureAlgorithm } from './algorithms.ts'
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
  return signWithHeader(
    claims,
    { alg: algorithm, typ: 'JWT', ...(kid === undefined ? {} : { kid }) },
    key,
  )
}

/**
 * Makes a compact JWS with exactly this header: for DPoP proofs.
 *
 * @throws {Error} If the key does not fit the algorithm, or the runtime cannot sign with it.
 */
export async function signWithHeader(
  claims: JsonObject,
  header: JsonObject & { readonly alg: string },
  key: CryptoKey | Jwk,
): Promise<string> {
  const algorithm = algorithmNamed(header.alg)
  if (algorithm === undefined) throw new TypeError(`${header.alg} is not a supported algorithm.`)
  const privateKey = isCryptoKey(key) ? key : await importPrivateKey(key, header.alg, algorithm)
  const signed = `${encodeJson(header)}.${encodeJson(claims)}`
  const { parameters } = algorithm
  const signature = await crypto.subtle.sign(parameters, privateKey, ENCODER.encode(signed))
  return `${signed}.${encodeBase64url(new Uint8Array(signature))}`
}

function encodeJson(value: JsonObject): string {
  return encodeBase64url(ENCODER.encode(JSON.stringify(value)))
}

/** Imported keys by JWK and algorithm. They are held as long as the application holds the JWK. */
const IMPORTED = /* @__PURE__ */ new WeakMap<Jwk, Map<string, CryptoKey>>()

/** RFC 9964 §4. */
interface AkpMembers {
  readonly pub?: string
  readonly priv?: string
}

async function importPrivateKey(
  jwk: Jwk,
  name: string,
  { parameters }: SignatureAlgorithm,
): Promise<CryptoKey> {
  const keys = IMPORTED.get(jwk) ?? new Map<string, CryptoKey>()
  IMPORTED.set(jwk, keys)
  const known = keys.get(name)
  if (known !== undefined) return known
  // The other members are the application's: `key_ops` and `alg` would make an import fail.
  const { kty, crv, x, y, n, e, d, p, q, dp, dq, qi, pub, priv } = jwk as JsonWebKey & AkpMembers
  const members = Object.entries(
    kty === 'AKP' ? { kty, alg: name, pub, priv } : { kty, crv, x, y, n, e, d, p, q, dp, dq, qi },
  )
  const given = members.filter(([, value]) => value !== undefined)
  const material = ownMembers(Object.fromEntries(given))
  const key = await crypto.subtle.importKey('jwk', material, parameters, false, ['sign'])
  keys.set(name, key)
  return key
}
