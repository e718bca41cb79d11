/** Options of the access token formats: JWT, introspection and custom verification. Types only. */

import type { CryptoKeyLike } from './crypto-key.ts'
import type { Jwk } from './documents.ts'
import type { Fetch } from './ports.ts'

/**
 * How the access tokens of a server are verified.
 *
 * @example
 * ```ts
 * const kinds: AccessTokenKind[] = [
 *   'jwt',
 *   { kind: 'introspection', clientId: 'notes', clientSecret: 'from the environment' },
 * ]
 * ```
 */
export type AccessTokenKind = 'jwt' | JwtOptions | IntrospectionOptions | CustomTokenOptions

/**
 * Access tokens that are JWTs. They are verified with the published keys of the server.
 *
 * @example
 * ```ts
 * const strict: JwtOptions = { kind: 'jwt', profile: 'rfc9068', algorithms: ['ES256'] }
 * ```
 */
export interface JwtOptions {
  /** Selects JWTs. */
  kind: 'jwt'
  /** `rfc9068` applies the RFC strictly; `standard` accepts what deployed servers issue. @default 'standard' */
  profile?: 'standard' | 'rfc9068' | undefined
  /** Accepted JWS algorithms; asymmetric ones only. @default RS, PS, ES, EdDSA, ML-DSA */
  algorithms?: readonly string[] | undefined
  /**
   * Claims that must be present in addition to those of the profile. `null` and blank text count as
   * absent. Under `standard`, a token whose audience is not the resource identifier must contain a
   * scope, a client ID or a `jti`; this list, even an empty one, replaces that rule.
   */
  requiredClaims?: readonly string[] | undefined
  /** Maximum age of a token in seconds, counted from `iat`. It applies in addition to `exp`. */
  maxTokenAgeSeconds?: number | undefined
}

/**
 * Opaque access tokens that the introspection endpoint of the server verifies (RFC 7662).
 *
 * @example
 * ```ts
 * const introspection: IntrospectionOptions = {
 *   kind: 'introspection',
 *   clientId: 'notes',
 *   clientSecret: 'from the environment',
 *   cacheSeconds: 30,
 * }
 * ```
 */
export interface IntrospectionOptions {
  /** Selects introspection. */
  kind: 'introspection'
  /** The introspection endpoint (RFC 7662 §2). @default `introspection_endpoint` of the metadata */
  endpoint?: string | undefined
  /** The client ID of this resource at the authorization server. */
  clientId: string
  /** The client secret. Either this or `privateKey` is required (RFC 7662 §2.1). */
  clientSecret?: string | undefined
  /** A private key with the usage `sign`. It signs client assertions (RFC 7523 §2.2). */
  privateKey?: CryptoKeyLike | Jwk | undefined
  /** The `kid` of the client assertions (RFC 7515 §4.1.4). @default the `kid` of the key, if it has one */
  keyId?: string | undefined
  /**
   * The client authentication method. @default `client_secret_basic` with a secret,
   * `private_key_jwt` with a key
   */
  authMethod?: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | undefined
  /** Seconds that a response is reused. A revoked token stays valid for that time. @default 0 */
  cacheSeconds?: number | undefined
  /** Requests a signed response (RFC 9701) and accepts no unsigned one. @default false */
  signedResponse?: boolean | undefined
  /**
   * Selects the opaque tokens of this server. Required when two entries accept opaque tokens. The
   * first entry that returns `true` receives the token; no other entry sees it.
   */
  accepts?: ((token: string) => boolean) | undefined
}

/**
 * Access tokens that a function of the application verifies.
 *
 * @example
 * ```ts
 * const sessions = new Map([['session-1', { sub: 'user-1', exp: 4_102_444_800 }]])
 *
 * const custom: CustomTokenOptions = {
 *   kind: 'custom',
 *   async verify(token, { issuer, resource }) {
 *     const session = sessions.get(token)
 *     return session === undefined ? null : { iss: issuer, aud: resource, ...session }
 *   },
 * }
 * ```
 */
export interface CustomTokenOptions {
  /** Selects custom verification. */
  kind: 'custom'
  /**
   * Selects the opaque tokens of this server. Required when two entries accept opaque tokens. The
   * first entry that returns `true` receives the token; no other entry sees it.
   */
  accepts?: ((token: string) => boolean) | undefined
  /**
   * Seconds that a result is reused. The cache key is the token alone, so the result of `verify` must
   * not depend on the request. @default 0
   */
  cacheSeconds?: number | undefined
  /**
   * Returns the claims of the token, or `null` if the token is not valid. `iss` (if present), `aud`,
   * `exp` and the scopes are then checked as for a JWT. A provider may not return all of them: add
   * the missing claims only if you know that they are true. With `issuerTemplate`, `iss` is required.
   *
   * An `AuthError` rejects the request with its code, an `UpstreamError` with 503, any other exception
   * with 500. A result that takes longer than `timeoutMs` is a 503.
   *
   * @param token The access token that `accepts` selected.
   * @param context The issuer, the resource and the functions that the verification may use.
   * @returns The claims by the names of RFC 7662 §2.2, or `null`.
   */
  verify(token: string, context: TokenContext): Promise<Record<string, unknown> | null>
}

/**
 * The second argument of a custom `verify`.
 *
 * @example
 * ```ts
 * async function verify(token: string, context: TokenContext) {
 *   const headers = { Authorization: `Bearer ${token}` }
 *   const response = await context.fetch('https://auth.example.com/session', { headers })
 *   if (!response.ok) return null
 *   return { aud: context.resource, exp: context.now() + 60, ...(await response.json()) }
 * }
 * ```
 */
export interface TokenContext {
  /** The configured issuer of the server. */
  readonly issuer: string
  /** The resource identifier, exactly as configured. */
  readonly resource: string
  /**
   * A `fetch` with the deadline and the size limit of the server. It rejects redirects and plain http.
   * It throws an `UpstreamError` if there is no response; the status is not checked.
   */
  readonly fetch: Fetch
  /** The time in seconds since the epoch. */
  readonly now: () => number
  /** The request with the token; absent under {@link verifyAccessToken}. Its body must stay unread. */
  readonly request?: Request
}
