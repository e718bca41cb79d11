/** The key set that verifies the identity JWTs of {@link forward}. */

import { ConfigError } from '../contract/config-error.ts'
import type { CryptoKeyLike } from '../contract/crypto-key.ts'
import type { Jwk } from '../contract/documents.ts'
import { isCryptoKey, privateKeyProblem, signingAlgorithmOf } from '../crypto/private-key.ts'
import { isObject } from '../lib/json.ts'
import { isList } from '../lib/to-list.ts'
import { createServedDocument, serveDocument } from '../metadata/serve-document.ts'

/** The public members of a JWK (RFC 7517 §4, RFC 7518 §6, RFC 9964 §4). No other member is published. */
const PUBLIC_MEMBERS = ['kty', 'crv', 'x', 'y', 'n', 'e', 'pub', 'kid'] as const
const MAX_AGE_SECONDS = 300

/**
 * Responds with the public halves of the identity keys, as a JWK Set for the servers behind the gateway.
 * Serve it where only they read it, or publicly: it contains no secret.
 *
 * Checks: that each key can sign. A public key is published as it is. Only public members are written.
 *
 * Does not check: the path of the request. Call it for the path that you chose.
 *
 * @param request The request: GET or HEAD; other methods are a 405.
 * @param keys The keys: the current one, and during a rotation the previous or next one, too.
 * @returns The JWK Set (RFC 7517 §5), with caching headers and an `ETag`.
 * @throws {ConfigError} If a key is symmetric, or is a `CryptoKey` whose public half cannot be read: a
 * private one that is not extractable. Pass its public key instead.
 * @example
 * ```ts
 * function serveKeys(request: Request, key: Jwk): Promise<Response> {
 *   // The servers behind the gateway fetch this document; it contains public members only.
 *   return identityKeysResponse(request, key)
 * }
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517.html#section-5 RFC 7517 §5}
 */
export async function identityKeysResponse(
  request: Request,
  keys: CryptoKeyLike | Jwk | readonly (CryptoKeyLike | Jwk)[],
): Promise<Response> {
  const list = isList<CryptoKeyLike | Jwk>(keys) ? keys : [keys]
  const published = await Promise.all(
    list.map((key, index) => publicJwk(key, Array.isArray(keys) ? `keys[${index}]` : 'keys')),
  )
  return serveDocument(request, createServedDocument({ keys: published }, MAX_AGE_SECONDS))
}

async function publicJwk(key: CryptoKeyLike | Jwk, path: string): Promise<Jwk> {
  const problem = keyProblem(key)
  if (problem !== undefined) throw new ConfigError([{ path, message: problem }])
  const jwk = isCryptoKey(key) ? ((await crypto.subtle.exportKey('jwk', key)) as Jwk) : key
  const members = PUBLIC_MEMBERS.flatMap((name) =>
    jwk[name] === undefined ? [] : [[name, jwk[name]] as const],
  )
  const alg = signingAlgorithmOf(key)
  return { ...Object.fromEntries(members), use: 'sig', ...(alg === undefined ? {} : { alg }) }
}

function keyProblem(key: CryptoKeyLike | Jwk): string | undefined {
  if (!isObject(key)) return 'must be a CryptoKey or a JWK'
  if (isCryptoKey(key)) {
    if (key.type === 'secret') return 'is symmetric'
    return key.extractable ? undefined : 'is not extractable; pass the public key'
  }
  const isPrivate = Object.hasOwn(key, 'd') || Object.hasOwn(key, 'priv')
  return isPrivate ? privateKeyProblem(key) : publicProblem(key)
}

function publicProblem(key: Jwk): string | undefined {
  if (key.kty === 'oct' || Object.hasOwn(key, 'k')) return 'is symmetric'
  return signingAlgorithmOf(key) === undefined ? 'fits no signature algorithm' : undefined
}
