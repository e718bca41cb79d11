/** JSON documents of the standards, by their wire names. Types only. */

/**
 * Which metadata an authorization server publishes: `oauth` is RFC 8414, `oidc` OpenID Connect Discovery.
 *
 * @example
 * ```ts
 * const type: AuthorizationServerType = 'oauth'
 * const urls = authorizationServerMetadataUrls('https://auth.example.com/acme', type)
 * // → ['https://auth.example.com/.well-known/oauth-authorization-server/acme']
 * ```
 */
export type AuthorizationServerType = 'oauth' | 'oidc'

/**
 * A JSON Web Key (RFC 7517 §4), as published in a key set.
 *
 * @example
 * ```ts
 * const key: Jwk = {
 *   kty: 'OKP',
 *   crv: 'Ed25519',
 *   x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
 *   kid: 'key-1',
 * }
 * const jwks: JwkSet = { keys: [key] }
 * ```
 */
export interface Jwk {
  /** The key type: `RSA`, `EC`, `OKP` or `AKP` (RFC 7517 §4.1, RFC 9964). Keys of other types are ignored. */
  readonly kty?: string
  /** The key ID that a JWT header refers to (RFC 7517 §4.5). */
  readonly kid?: string
  /** The only algorithm that the key may be used with (RFC 7517 §4.4). */
  readonly alg?: string
  /** The intended use (RFC 7517 §4.2). Keys with a value other than `sig` are ignored. */
  readonly use?: string
  readonly [member: string]: unknown
}

/**
 * A JWK Set (RFC 7517 §5).
 *
 * @example
 * ```ts
 * const key: Jwk = {
 *   kty: 'OKP',
 *   crv: 'Ed25519',
 *   x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
 *   kid: 'key-1',
 * }
 * const jwks: JwkSet = { keys: [key] }
 * ```
 */
export interface JwkSet {
  /** Public keys. Keys that cannot verify a signature are ignored. */
  readonly keys: readonly Jwk[]
}

/**
 * Authorization server metadata (RFC 8414 §2). Only `issuer` is required.
 *
 * @example
 * ```ts
 * const serverMetadata: AuthorizationServerMetadata = {
 *   issuer: 'https://auth.example.com',
 *   jwks_uri: 'https://auth.example.com/jwks',
 * }
 * ```
 */
export interface AuthorizationServerMetadata {
  /** The issuer identifier. It must equal the requested issuer, character by character (RFC 8414 §3.3). */
  readonly issuer: string
  /** The URL of the key set. */
  readonly jwks_uri?: string
  readonly [member: string]: unknown
}

/**
 * Protected resource metadata (RFC 9728 §2).
 *
 * @example
 * ```ts
 * const metadata: Readonly<ProtectedResourceMetadata> = notes.metadata
 * // → { resource: 'https://api.example.com/notes', authorization_servers: [ … ], … }
 * ```
 */
export interface ProtectedResourceMetadata {
  /** The resource identifier, exactly as configured. */
  readonly resource: string
  /** The issuers, in configuration order, without those that are not `advertised`. */
  readonly authorization_servers: readonly string[]
  readonly [member: string]: unknown
}
