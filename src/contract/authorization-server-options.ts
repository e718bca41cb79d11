/** Options of an authorization server: where its documents are and what its tokens contain. Types only. */

import type { AccessTokenKind } from './access-token-options.ts'
import type { AuthorizationServerMetadata, AuthorizationServerType, JwkSet } from './documents.ts'
import type { Fetch } from './ports.ts'

/**
 * Limits for fetching remote documents.
 *
 * @example
 * ```ts
 * const limits: FetchOptions = { timeoutMs: 2000, maxBytes: 32_768 }
 * ```
 */
export interface FetchOptions {
  /** Sends every request for a document. Redirects are never followed. @default the host's `fetch` */
  fetch?: Fetch | undefined
  /** Milliseconds for all documents that one request needs, together. @default 5000 */
  timeoutMs?: number | undefined
  /** Maximum size of a document in bytes, after decompression. @default 65536 */
  maxBytes?: number | undefined
  /**
   * Allows plain http for hosts other than loopback. An attacker on the network path can then forge
   * tokens. @default false
   */
  dangerouslyAllowHttp?: boolean | undefined
}

/**
 * How authorization server metadata is found and corrected.
 *
 * @example
 * ```ts
 * const options: DiscoveryOptions = {
 *   type: 'oauth',
 *   transform: (document) => ({ ...document, jwks_uri: 'https://auth.example.com/jwks' }),
 * }
 * const metadata = await discoverAuthorizationServer('https://auth.example.com', options)
 * ```
 */
export interface DiscoveryOptions extends FetchOptions {
  /** The document to fetch. @default both, in the order of MCP 2025-11-25 and later */
  type?: AuthorizationServerType | undefined
  /** Corrects the document of a provider before it is validated. May return a promise. */
  transform?: ((document: Record<string, unknown>) => unknown) | undefined
}

/**
 * An authorization server whose tokens a resource accepts.
 *
 * @example
 * ```ts
 * const server: AuthorizationServerOptions = {
 *   issuer: 'https://auth.example.com',
 *   audience: ['https://api.example.com/notes', 'notes-api'],
 * }
 * ```
 */
export interface AuthorizationServerOptions extends DiscoveryOptions {
  /** The issuer identifier. It is compared character by character with metadata and tokens. */
  issuer: string
  /** The metadata itself. With it, no metadata is fetched. */
  metadata?: AuthorizationServerMetadata | undefined
  /** The URL of the metadata. With it, no other URL is tried. */
  metadataUrl?: string | undefined
  /** The key set itself. With it, verifying JWTs fetches nothing. */
  jwks?: JwkSet | undefined
  /** The URL of the key set; overrides `jwks_uri`. With it, verifying JWTs fetches no metadata. */
  jwksUri?: string | undefined
  /** Accepted `aud` values of this server's tokens. @default the `audience` of the resource */
  audience?: string | readonly string[] | undefined
  /**
   * Accepts tokens without `aud`. Every other service of this issuer can then replay the tokens that
   * it receives. @default false
   */
  dangerouslyAllowMissingAudience?: boolean | undefined
  /** The formats of access tokens that this server issues. @default 'jwt' */
  accessToken?: AccessTokenKind | readonly AccessTokenKind[] | undefined
  /**
   * Rewrites the claims after `iss`, `aud`, `exp`, `nbf` and `cnf` were checked. Scopes, client,
   * subject and `claims` are read from the result. `null` rejects the token.
   */
  mapClaims?:
    | ((claims: Readonly<Record<string, unknown>>) => Record<string, unknown> | null)
    | undefined
  /** Further `iss` values of this server's tokens, compared character by character. */
  tokenIssuers?: readonly string[] | undefined
  /** Claim names that differ from the standards. */
  claims?: ClaimNames | undefined
  /** The issuers of a multi-tenant server, and the tenants that are accepted. */
  issuerTemplate?: IssuerTemplate | undefined
  /**
   * Whether the metadata of the resource names this server. `false`: its tokens are accepted, but no client
   * is sent to it. At least one server is advertised. @default true
   */
  advertised?: boolean | undefined
  /**
   * Accepts a key whose own `issuer` member names another issuer, as in key sets of Entra External ID. The
   * keys are still those of this server only. @default false
   */
  dangerouslyIgnoreKeyIssuer?: boolean | undefined
}

/**
 * Claim names that differ from the standards.
 *
 * @example
 * ```ts
 * const claims: ClaimNames = { scope: 'permissions', clientId: 'app_id' }
 * ```
 */
export interface ClaimNames {
  /** The granted scopes are the union of these claims. @default the first present of `scope`, `scp`, `scopes` */
  scope?: string | readonly string[] | undefined
  /** The first of these claims that is present is the client ID. @default `client_id`, `azp`, `appid`, `cid` */
  clientId?: string | readonly string[] | undefined
  /** A claim that replaces a missing `aud`, such as `client_id`. Requires an explicit `audience`. */
  audience?: string | undefined
  /** The claim that holds the subject. @default `sub` */
  subject?: string | undefined
  /**
   * The beginning of every scope, with or without a final slash, where tokens have short names: for Entra
   * the Application ID URI. Each scope in a token that does not begin with it gets it; app roles (`roles`)
   * do not. Options and challenges then use the long names. @default none
   */
  scopePrefix?: string | undefined
}

/**
 * The issuers of a multi-tenant server.
 *
 * @example
 * ```ts
 * const tenants: IssuerTemplate = {
 *   pattern: 'https://auth.example.com/{tenant}',
 *   claim: 'tid',
 *   allow: ['acme', 'globex'],
 * }
 * ```
 */
export interface IssuerTemplate {
  /**
   * A pattern such as `https://login.microsoftonline.com/{tenantid}/v2.0`. The placeholder matches one
   * tenant; a pattern that repeats it matches the same tenant in each place.
   */
  pattern: string | readonly string[]
  /** The claim that must equal the tenant in the issuer, such as `tid`. */
  claim: string
  /**
   * The accepted tenants: a list, or a function that is called after the signature was verified. The issuers in the
   * options `issuer` and `tokenIssuers` are accepted by name: neither `allow` nor `claim` applies to them, also
   * where they match `pattern`.
   */
  allow: readonly string[] | ((tenant: string) => boolean)
  /**
   * How the option `issuer` must agree with the template; presets set it, so that a changed `issuer` is
   * reported. `'pattern'`: it matches a pattern. `'tenant'`: its tenant is also in `allow`. @default no
   * agreement is required
   */
  issuerFits?: 'pattern' | 'tenant' | undefined
}
