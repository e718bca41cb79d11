/** Signed protected resource metadata (RFC 9728 §2.2). */

import { type ConfigProblem, throwProblems } from './contract/config-error.ts'
import type { CryptoKeyLike } from './contract/crypto-key.ts'
import type { Jwk, ProtectedResourceMetadata } from './contract/documents.ts'
import { canSignWith, privateKeyProblem, signingAlgorithmOf } from './crypto/private-key.ts'
import { signJwt } from './crypto/sign-jwt.ts'

/**
 * The issuer of the signature, and its algorithm.
 *
 * @example
 * ```ts
 * async function signMetadata(privateKey: CryptoKey) {
 *   const options: SignMetadataOptions = { issuer: 'https://trust.example.com', keyId: 'key-1' }
 *   const signed = await signProtectedResourceMetadata(notes.metadata, privateKey, options)
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     metadata: { signed_metadata: signed },
 *   })
 * }
 * ```
 */
export interface SignMetadataOptions {
  /** The party that attests the metadata: the `iss` of the JWT. */
  issuer: string
  /** The JWS algorithm; it must fit the key. @default the algorithm of the key: RS256, ES256, EdDSA … */
  algorithm?: string | undefined
  /** The `kid` of the header (RFC 7515 §4.1.4). @default the key's own `kid`, if it has one */
  keyId?: string | undefined
}

/**
 * Signs protected resource metadata for publication as its `signed_metadata`. Sign
 * `resource.metadata`, then create the resource again with the result in its `metadata`.
 *
 * Checks: that the key is private and fits the algorithm, and that the issuer is not empty.
 *
 * Does not check: that the published metadata still equals the signed one. Clients prefer the signed
 * members (§3.2), so sign again whenever the configuration changes.
 *
 * @param metadata The document to sign; a `signed_metadata` in it is left out.
 * @param key The private key. Publish its public half where clients look for the issuer's keys.
 * @param options The issuer; algorithm and key id where they are not the key's own.
 * @returns A compact JWS whose claims are `iss` and the members of the document.
 * @throws {ConfigError} If the key is not private or does not fit, or the issuer is empty.
 * @example
 * ```ts
 * async function signMetadata(privateKey: CryptoKey) {
 *   const options: SignMetadataOptions = { issuer: 'https://trust.example.com', keyId: 'key-1' }
 *   const signed = await signProtectedResourceMetadata(notes.metadata, privateKey, options)
 *   return protectedResource({
 *     resource: 'https://api.example.com/notes',
 *     authorizationServers: ['https://auth.example.com'],
 *     metadata: { signed_metadata: signed },
 *   })
 * }
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-2.2 RFC 9728 §2.2}
 */
export async function signProtectedResourceMetadata(
  metadata: ProtectedResourceMetadata,
  key: CryptoKeyLike | Jwk,
  options: SignMetadataOptions,
): Promise<string> {
  const problems = problemsOf(metadata, key, options)
  throwProblems(problems)
  const { signed_metadata: _, ...members } = metadata
  const algorithm = options.algorithm ?? signingAlgorithmOf(key) ?? ''
  return signJwt({ ...members, iss: options.issuer }, { key, algorithm, keyId: options.keyId })
}

function problemsOf(
  metadata: ProtectedResourceMetadata,
  key: CryptoKeyLike | Jwk,
  options: SignMetadataOptions,
): ConfigProblem[] {
  // Callers without types may leave arguments out.
  const { issuer, algorithm } = Object(options)
  const keyProblem = privateKeyProblem(key)
  const fits = algorithm === undefined || keyProblem !== undefined || canSignWith(key, algorithm)
  const found: [string, string | undefined][] = [
    ['metadata.resource', isName(Object(metadata).resource) ? undefined : 'must be the identifier'],
    ['key', keyProblem],
    ['options.issuer', isName(issuer) ? undefined : 'must name the signing party (RFC 9728 §2.2)'],
    ['options.algorithm', fits ? undefined : 'does not fit the key'],
  ]
  return found.flatMap(([path, message]) => (message === undefined ? [] : [{ path, message }]))
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== ''
}
