/** What the library can be told: every option, its unit and its default. Types only. */

import type { AuthContext, McpOperation } from './context.ts'
import type { AuthEvent } from './events.ts'
import type { McpMethod, NamedMethod } from './methods.ts'
import type { DocumentStore, Fetch, ReplayStore, WaitUntil } from './ports.ts'

/** Which metadata document an authorization server publishes: RFC 8414 or OpenID Connect Discovery. */
export type AuthorizationServerType = 'oauth' | 'oidc'

/** A JSON Web Key (RFC 7517 §4), as found in a key set. */
export interface Jwk {
  /** Its type: `RSA`, `EC` or `OKP` (§4.1). Keys of another type verify nothing here. */
  readonly kty?: string
  /** The name that headers call it by (§4.5). */
  readonly kid?: string
  /** The only algorithm it is for, if it says so (§4.4). */
  readonly alg?: string
  /** `sig`, or what else it is for; such a key is passed over (§4.2). */
  readonly use?: string
  readonly [member: string]: unknown
}

/** A JWK Set (RFC 7517 §5). */
export interface JwkSet {
  /** Public keys; those that cannot verify signatures are passed over. */
  readonly keys: readonly Jwk[]
}

/** Authorization server metadata by wire name (RFC 8414 §2); only `issuer` is required of it here. */
export interface AuthorizationServerMetadata {
  /** The issuer identifier, character by character the one that was asked for (§3.3). */
  readonly issuer: string
  /** Where the key set is. */
  readonly jwks_uri?: string
  readonly [member: string]: unknown
}

/** Protected resource metadata by wire name (RFC 9728 §2). */
export interface ProtectedResourceMetadata {
  /** The resource identifier, byte for byte as configured. */
  readonly resource: string
  /** The issuers whose tokens are accepted, in the order of the configuration. */
  readonly authorization_servers: readonly string[]
  readonly [member: string]: unknown
}

/** How remote documents are fetched. */
export interface FetchOptions {
  /** Fetches every document; redirects are never followed. @default the host's `fetch` */
  fetch?: Fetch | undefined
  /** Milliseconds for all documents one request needs, together. @default 5000 */
  timeoutMs?: number | undefined
  /** Bytes a document may have, after decompression. @default 65536 */
  maxBytes?: number | undefined
  /** Allows plain http beyond loopback. Whoever is on the path can then forge tokens. @default false */
  dangerouslyAllowHttp?: boolean | undefined
}

/** How an authorization server's metadata is found and mended. */
export interface DiscoveryOptions extends FetchOptions {
  /** Which document to ask for. @default both, in the order of MCP 2025-11-25 and later */
  type?: AuthorizationServerType | undefined
  /** Mends a provider's document before it is validated; may return a promise. */
  transform?: ((document: Record<string, unknown>) => unknown) | undefined
}

/** An authorization server whose tokens a resource accepts. */
export interface AuthorizationServerOptions extends DiscoveryOptions {
  /** The issuer identifier, compared character for character with metadata and tokens. */
  issuer: string
  /** Metadata given by hand: nothing is fetched. */
  metadata?: AuthorizationServerMetadata | undefined
  /** Metadata is fetched from exactly this URL. */
  metadataUrl?: string | undefined
  /** The key set, given by hand. With it, verifying JWTs fetches nothing. */
  jwks?: JwkSet | undefined
  /** Where the key set is, whatever the metadata says. With it, verifying JWTs fetches no metadata. */
  jwksUri?: string | undefined
  /** Accepted `aud` values of this server's tokens. @default the resource's */
  audience?: string | readonly string[] | undefined
  /** Lets tokens without any `aud` pass: every other service of this issuer can then replay tokens here. @default false */
  dangerouslyAllowMissingAudience?: boolean | undefined
  /** The kinds of access token this server issues. @default 'jwt' */
  accessToken?: AccessTokenKind | readonly AccessTokenKind[] | undefined
  /**
   * Rewrites claims after `iss`, `aud`, `exp`, `nbf` and `cnf` were judged: scopes, client, subject
   * and `claims` are read from the result. `null` refuses the token.
   */
  mapClaims?:
    | ((claims: Readonly<Record<string, unknown>>) => Record<string, unknown> | null)
    | undefined
  /** Further exact `iss` values of this server's tokens. */
  tokenIssuers?: readonly string[] | undefined
  /** Where this server's tokens keep things, unlike the standards. */
  claims?: ClaimNames | undefined
  /** Many tenants behind one server: the issuer as a pattern, and who is let in. */
  issuerTemplate?: IssuerTemplate | undefined
}

/** Names of claims that deviate from the standards. */
export interface ClaimNames {
  /** The claims whose union is the granted scope. @default the first present of `scope`, `scp`, `scopes` */
  scope?: string | readonly string[] | undefined
  /** The first present names the client. @default `client_id`, `azp`, `appid`, `cid` */
  clientId?: string | readonly string[] | undefined
  /** A claim that stands for an absent `aud`, such as `client_id`; needs an explicit `audience`. */
  audience?: string | undefined
  /** The claim that names the subject. @default `sub` */
  subject?: string | undefined
}

/** The issuers of a multi-tenant server. */
export interface IssuerTemplate {
  /** Such as `https://login.microsoftonline.com/{tenantid}/v2.0`; the braces stand for one tenant. */
  pattern: string | readonly string[]
  /** The claim that must repeat the tenant, such as `tid`. */
  claim: string
  /** Who is let in: a list, or a function asked after the signature was verified. */
  allow: readonly string[] | ((tenant: string) => boolean)
}

/** How tokens of a server are verified. */
export type AccessTokenKind = 'jwt' | JwtOptions | IntrospectionOptions | CustomTokenOptions

/** Access tokens that are JWTs, verified with the server's published keys. */
export interface JwtOptions {
  /** Tells this kind of token from the others. */
  kind: 'jwt'
  /** `rfc9068` is the RFC to the letter; `standard` takes what deployed servers issue. @default 'standard' */
  profile?: 'standard' | 'rfc9068' | undefined
  /** JWS algorithms that are accepted; asymmetric ones only. @default RS, PS, ES, EdDSA */
  algorithms?: readonly string[] | undefined
  /**
   * Claims that must be present beyond those of the profile; `null` and blank text count as absent.
   * Under `standard`, a token whose audience is not the resource identifier needs a scope, a client
   * or a `jti`, unless this list is given: then it decides alone, even if it is empty.
   */
  requiredClaims?: readonly string[] | undefined
  /** Seconds since `iat` after which a token is refused, whatever its `exp`. */
  maxTokenAgeSeconds?: number | undefined
}

/** Access tokens that the server is asked about (RFC 7662). */
export interface IntrospectionOptions {
  /** Tells this kind of token from the others. */
  kind: 'introspection'
  /** Where to ask (RFC 7662 §2). @default `introspection_endpoint` of the metadata */
  endpoint?: string | undefined
  /** The client that this resource is at the authorization server. */
  clientId: string
  /** Its secret; either that or `privateKey` is needed (RFC 7662 §2.1). */
  clientSecret?: string | undefined
  /** Signs assertions instead of a secret (RFC 7523 §2.2): a private key with the usage `sign`. */
  privateKey?: CryptoKey | Jwk | undefined
  /** The `kid` of those assertions (RFC 7515 §4.1.4). @default the key's own `kid`, if it has one */
  keyId?: string | undefined
  /**
   * How to prove who is asking. @default what the credentials allow: `client_secret_basic`, or
   * `private_key_jwt` with a key
   */
  authMethod?: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | undefined
  /** Seconds an answer may be used again; a revoked token lives that much longer. @default 0 */
  cacheSeconds?: number | undefined
  /** Ask for a signed response (RFC 9701) and accept no other. @default false */
  signedResponse?: boolean | undefined
  /**
   * Which opaque tokens are this server's; required when two entries take opaque tokens. The first
   * entry that claims a token gets it, and no other sees it.
   */
  accepts?: ((token: string) => boolean) | undefined
}

/** Access tokens that the application verifies itself. */
export interface CustomTokenOptions {
  /** Tells this kind of token from the others. */
  kind: 'custom'
  /**
   * Which opaque tokens are this server's; required when two entries take opaque tokens. The first
   * entry that claims a token gets it, and no other sees it.
   */
  accepts?: ((token: string) => boolean) | undefined
  /**
   * Seconds an answer may be used again, by token alone: what `verify` says must then not depend on
   * the request. @default 0
   */
  cacheSeconds?: number | undefined
  /**
   * Returns the token's claims, or `null` when it is not valid. `iss` (where there is one), `aud`,
   * `exp` and scopes are checked afterwards as for a JWT, so add knowingly what the provider does not
   * say. A thrown `AuthError` is that refusal, an `UpstreamError` 503, anything else 500.
   *
   * @param token The access token, which `accepts` took for one of this server's.
   * @param context Whom the token must be for, and the means to ask about it.
   * @returns The claims by the names of RFC 7662 §2.2, or `null`. No answer within `timeoutMs` is 503.
   */
  verify(token: string, context: TokenContext): Promise<Record<string, unknown> | null>
}

/** What a custom verification may use. */
export interface TokenContext {
  /** The configured issuer of the server. */
  readonly issuer: string
  /** The resource identifier, byte for byte as configured. */
  readonly resource: string
  /**
   * Deadline and size limits applied, redirects and plain http refused. Where nothing comes back it
   * throws an `UpstreamError`; a status is yours to judge.
   */
  readonly fetch: Fetch
  /** Seconds since the epoch. */
  readonly now: () => number
  /** The request that carried the token; {@link verifyAccessToken} has none. Leave its body unread. */
  readonly request?: Request
}

/** What a protected resource is and whom it trusts. */
export interface ProtectedResourceOptions<Custom extends string = never> {
  /** The resource identifier (RFC 9728 §1.2): served and compared byte for byte. */
  resource: string
  /** Issuers, or servers with options; at least one. */
  authorizationServers: readonly (string | AuthorizationServerOptions)[]
  /** Published for clients that do not know what to ask for; keep it minimal. */
  scopesSupported?: readonly string[] | undefined
  /** Further RFC 9728 members by wire name: `resource_name`, `resource_name#fr`, `signed_metadata`. */
  metadata?: Readonly<Record<string, unknown>> | undefined
  /** Accepted `aud` values. @default the resource identifier */
  audience?: string | readonly string[] | undefined
  /** Scopes that every request needs. */
  requiredScopes?: readonly string[] | undefined
  /** Scopes named in every 401. @default what the request at hand needs */
  challengeScopes?: readonly string[] | undefined
  /** Broad scope to the scopes it implies, transitively. */
  scopeHierarchy?: Readonly<Record<string, readonly string[]>> | undefined
  /** Scopes per MCP operation, judged by the JSON-RPC body; without it no body is ever read. */
  operations?: OperationPolicy<NoInfer<Custom>> | undefined
  /** Methods of your server's own, beyond those of MCP, that `operations` has rules for. */
  customMethods?: readonly Custom[] | undefined
  /** Name granted scopes in a 403 too, for clients that replace their scopes by the challenge's. @default false */
  repeatGrantedScopes?: boolean | undefined
  /** Seconds the metadata may be cached by clients. @default 300 */
  metadataMaxAgeSeconds?: number | undefined
  /** Accept DPoP-bound tokens (RFC 9449). @default false */
  dpop?: boolean | DpopOptions | undefined
  /** Accept certificate-bound tokens (RFC 8705). @default false */
  mtls?: boolean | MtlsOptions | undefined
  /** Reads the token from elsewhere; `Authorization` is then never read. */
  token?: ((request: Request) => string | undefined) | undefined
  /** Browser origins that may call; `'*'` lets all of them. @default the resource's own */
  origins?: '*' | readonly string[] | undefined
  /** Bytes of a JSON-RPC body a policy may read; 413 beyond. @default 4194304 */
  maxBodyBytes?: number | undefined
  /**
   * `false`: the server sends no events on GET. A GET of exactly the resource's path is then answered
   * with 405 and `Allow: POST`, whatever its credentials, and never reaches your handler.
   * @default true
   */
  getStream?: boolean | undefined
  /**
   * Milliseconds that a policy waits for a JSON-RPC body to arrive; 408 after. Without a good token it
   * waits for at most 1000, and then the plain 401 goes out. @default 10000
   */
  bodyTimeoutMs?: number | undefined
  /**
   * Which streamed answers end when their token does: `'listening'` means those to GET and to
   * `Mcp-Method: subscriptions/listen`, which would else go on for as long as the client likes.
   * @default 'listening'
   */
  endStreamsAtExpiry?: 'listening' | 'all' | false | undefined
  /** Serve the first server's metadata at this origin, for clients of MCP 2025-03-26. @default false */
  serveAuthorizationServerMetadata?: boolean | undefined
  /** Seconds of leeway for `exp`, `nbf` and `iat`; at most 300. @default 30 */
  clockToleranceSeconds?: number | undefined
  /** Remember verified JWTs; `false` verifies every one of them anew. @default `{}`, with its defaults */
  tokenCache?: false | TokenCacheOptions | undefined
  /** Shares metadata and key sets between isolates and machines. */
  documentStore?: DocumentStore | undefined
  /** Authenticates what is stored; the first one signs, all of them verify. */
  documentStoreSecret?: string | readonly string[] | undefined
  /** Seconds an outdated document serves on while its refresh fails. @default 3600 */
  staleIfErrorSeconds?: number | undefined
  /** For every remote document, unless a server brings its own. @default the host's `fetch` */
  fetch?: Fetch | undefined
  /** Seconds since the epoch. @default the host's clock */
  now?: (() => number) | undefined
  /** Told what happened; see {@link AuthEvent}. */
  onEvent?: ((event: AuthEvent) => void) | undefined
  /** Says in events of type `accepted` and `refused` how long the decision took. @default false */
  measureDurations?: boolean | undefined
  /** Allows plain http beyond loopback for the resource and its servers. @default false */
  dangerouslyAllowHttp?: boolean | undefined
}

/** Bounds of the verified-token cache. */
export interface TokenCacheOptions {
  /** How many tokens are remembered at most; those nobody asks for go first. @default 10000 */
  maxEntries?: number | undefined
  /** Seconds a verdict is used again, never beyond the token's own `exp`. @default 300 */
  maxAgeSeconds?: number | undefined
}

/** All of these scopes, any of these (best first), or no token at all. */
export type ScopeRule = readonly string[] | { readonly anyOf: readonly string[] } | 'public'

/**
 * What a rule is for: `'tools/call delete_note'`, a method with one blank and a name; a method of MCP,
 * or one of `customMethods`, which have no names; or `'*'`, everything without a rule of its own.
 */
export type OperationKey<Custom extends string = never> =
  | '*'
  | McpMethod
  | Custom
  | `${NamedMethod} ${string}`

/** Decides by code what an operation needs; `undefined`: no more than every request. */
export type OperationDecision = (
  operation: McpOperation,
  auth: AuthContext | undefined,
) => ScopeRule | undefined

/**
 * Scopes by operation. Keys are looked up like routes: `'tools/call delete_note'`, else
 * `'tools/call'`, else `'*'`; an operation without a rule needs only `requiredScopes`. Write
 * `satisfies OperationPolicy` behind a table of its own, and the compiler checks its keys, too.
 */
export type OperationPolicy<Custom extends string = never> =
  | { readonly [Key in OperationKey<Custom>]?: ScopeRule | undefined }
  | OperationDecision

/** DPoP (RFC 9449). */
export interface DpopOptions {
  /** Refuse tokens that are not bound. @default false */
  required?: boolean | undefined
  /** JWS algorithms of proofs; asymmetric ones only. @default RS, PS, ES, EdDSA */
  algorithms?: readonly string[] | undefined
  /** Seconds a proof's `iat` may lie from now, either way; 1 to 3600. @default 300 */
  windowSeconds?: number | undefined
  /**
   * Demand nonces of ours (RFC 9449 §9). `secret` makes them: at least 32 random bytes, the same on
   * every machine; of several the first makes them and all are accepted. `lifetimeSeconds` is 300
   * unless you say otherwise, and at most 86400. @default none are demanded
   */
  nonce?: { secret: string | readonly string[]; lifetimeSeconds?: number | undefined } | undefined
  /**
   * Where spent proofs are remembered; `false` relies on the time window alone. @default bounded
   * memory of this isolate, with an event of type `warning`
   */
  replay?: ReplayStore | false | undefined
}

/** Mutual TLS (RFC 8705). */
export interface MtlsOptions {
  /** Refuse tokens that are not bound to a certificate. @default false */
  required?: boolean | undefined
  /** The RFC 9440 field of a proxy that strips inbound copies of it, such as `Client-Cert`. */
  dangerouslyTrustHeader?: string | undefined
}

/** What one request needs, beyond what its resource always needs. */
export interface Requirements {
  /** All of these, or any of them (best first). */
  scopes?: readonly string[] | { readonly anyOf: readonly string[] } | undefined
  /** Any one of these authentication context classes (RFC 9470 §3). */
  acrValues?: readonly string[] | undefined
  /** Seconds since the user last authenticated (RFC 9470 §3). */
  maxAgeSeconds?: number | undefined
  /** Let requests without credentials pass as anonymous. @default false */
  optional?: boolean | undefined
  /**
   * The client certificate: base64url SHA-256 (RFC 8705 §3.1). Accepted until 1.0, and only where the
   * host does not say it.
   * @deprecated Hand it over in `HostFacts`.
   */
  certificate?: string | undefined
  /**
   * Keeps background work alive. Accepted until 1.0, and only where the host does not say it.
   * @deprecated Hand it over in `HostFacts`.
   */
  waitUntil?: WaitUntil | undefined
}
