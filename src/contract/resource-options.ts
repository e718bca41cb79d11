/** Options of a protected resource. Types only. */

import type { Actor } from './actor.ts'
import type { AuditRecord } from './audit.ts'
import type { AuthorizationServerOptions } from './authorization-server-options.ts'
import type { DpopOptions, MtlsOptions } from './binding-options.ts'
import type { AuthContext } from './context.ts'
import type { AuthEvent } from './events.ts'
import type { OperationPolicy } from './operation-policy.ts'
import type { DocumentStore, Fetch } from './ports.ts'
import type { RevocationOptions } from './revocation.ts'
import type { SessionOptions } from './session-options.ts'

/**
 * The identifier of a protected resource, the servers it trusts, and how it decides.
 *
 * @example
 * ```ts
 * const options: ProtectedResourceOptions = {
 *   resource: 'https://api.example.com/notes',
 *   authorizationServers: ['https://auth.example.com'],
 *   requiredScopes: ['notes:read'],
 *   dpop: true,
 * }
 * ```
 */
export interface ProtectedResourceOptions<Custom extends string = never> {
  /** The resource identifier (RFC 9728 §1.2). It is published and compared exactly as written. */
  resource: string
  /** Accepted authorization servers: issuers, or objects with options. At least one. */
  authorizationServers: readonly (string | AuthorizationServerOptions)[]
  /** Scopes in the metadata, for clients that received no challenge. Keep the list short. */
  scopesSupported?: readonly string[] | undefined
  /**
   * Further RFC 9728 members by wire name, such as `resource_name`, `resource_name#fr` or `signed_metadata`. A member that
   * is `undefined` or `null` is not published.
   */
  metadata?: Readonly<Record<string, unknown>> | undefined
  /**
   * Another URL of the metadata, which challenges name, for a host that cannot serve the derived one. On the
   * resource's origin it is served there too. @default the URL derived from the resource (RFC 9728 §3.1)
   */
  metadataUrl?: string | undefined
  /** Accepted `aud` values. @default the resource identifier */
  audience?: string | readonly string[] | undefined
  /** Scopes that every request needs. */
  requiredScopes?: readonly string[] | undefined
  /** Scopes in the challenge of every 401. @default the scopes that the request needs */
  challengeScopes?: readonly string[] | undefined
  /** Maps a scope to the scopes that it includes, transitively. */
  scopeHierarchy?: Readonly<Record<string, readonly string[]>> | undefined
  /** Scopes per MCP operation, read from the JSON-RPC body. Without this option no body is read. */
  operations?: OperationPolicy<NoInfer<Custom>> | undefined
  /** Methods of your server that are not part of MCP, so that `operations` can have rules for them. */
  customMethods?: readonly Custom[] | undefined
  /**
   * Milliseconds for a decision function to settle, for all operations of a request together; 503
   * afterwards. @default 2000
   */
  decisionTimeoutMs?: number | undefined
  /**
   * `'report'`: the scopes and denials of `operations` are reported in `accepted` events and not
   * enforced, to try a policy before it takes effect. Everything else is enforced: the token,
   * `requiredScopes`, the requirements of the route, and 503 for a decision that fails. A `warning` event
   * states that this mode is on. @default 'enforce'
   */
  decisionMode?: 'enforce' | 'report' | undefined
  /**
   * Whether tokens of an actor (`act`, RFC 8693 §4.1) are accepted: `'any'`, `'none'`, or a synchronous
   * function. The function must decide by the given actor only, not by `actor.actor`: RFC 8693 §4.1
   * excludes previous actors from access control. Another token gets 403 without a challenge.
   * @default 'any'
   */
  acceptActors?: 'any' | 'none' | ((actor: Actor, auth: AuthContext) => boolean) | undefined
  /**
   * A 403 also names the scopes that the token already has. Some clients replace the scopes of their
   * token by those of the challenge. @default false
   */
  repeatGrantedScopes?: boolean | undefined
  /** Seconds that clients may cache the metadata. @default 300 */
  metadataMaxAgeSeconds?: number | undefined
  /** Accepts DPoP-bound tokens (RFC 9449). @default false */
  dpop?: boolean | DpopOptions | undefined
  /** Accepts certificate-bound tokens (RFC 8705). @default false */
  mtls?: boolean | MtlsOptions | undefined
  /** Rejects tokens that were revoked before they expired. @default a token is valid until it expires */
  revocation?: RevocationOptions | undefined
  /**
   * Binds `Mcp-Session-Id` to the principal that received it, without storage: ids leave sealed and are opened
   * before your handler. The id of another principal is a 404. @default ids pass unchanged
   */
  sessions?: SessionOptions | undefined
  /** Reads the token from another place in the request. `Authorization` is then never read. */
  token?: ((request: Request) => string | undefined) | undefined
  /** Browser origins whose requests are accepted; `'*'` accepts all. @default the origin of the resource */
  origins?: '*' | readonly string[] | undefined
  /** Maximum size in bytes of a JSON-RPC body that `operations` reads; 413 above it. @default 4194304 */
  maxBodyBytes?: number | undefined
  /**
   * `false`: the server sends no event stream. A GET of exactly the resource's path then gets 405 with
   * `Allow: POST`, whatever its credentials are, and does not reach the handler. @default true
   */
  getStream?: boolean | undefined
  /**
   * Milliseconds to wait for the JSON-RPC body that `operations` reads; 408 afterwards. For a request
   * without a valid token the limit is 1000 and the response is the plain 401. @default 10000
   */
  bodyTimeoutMs?: number | undefined
  /**
   * Which response streams end when the token expires, or reaches `maxTokenAgeSeconds`. `'listening'`: responses
   * to GET and to `Mcp-Method: subscriptions/listen`, which the client can otherwise keep open without limit.
   * @default 'listening'
   */
  endStreamsAtExpiry?: 'listening' | 'all' | false | undefined
  /**
   * Serves the metadata of the first authorization server at the origin of the resource, for clients of
   * MCP 2025-03-26. Of several resources on one host, the first one with this option serves its document. @default false
   */
  serveAuthorizationServerMetadata?: boolean | undefined
  /** Tolerance in seconds for `exp`, `nbf` and `iat`; at most 300. @default 30 */
  clockToleranceSeconds?: number | undefined
  /** Caches verified JWTs; `false` verifies each one again. @default `{}`: the defaults of its members */
  tokenCache?: false | TokenCacheOptions | undefined
  /** Shares metadata and key sets between isolates and machines. */
  documentStore?: DocumentStore | undefined
  /**
   * Authenticates stored documents. In a list, the first secret signs and all secrets verify. `undefined`, as of a variable
   * that is not set, counts as no secret; `''` is a mistake.
   */
  documentStoreSecret?: string | readonly string[] | undefined
  /** Seconds that an outdated document stays in use while refreshing it fails. @default 3600 */
  staleIfErrorSeconds?: number | undefined
  /** Fetches the documents of servers that have no `fetch` of their own. @default the host's `fetch` */
  fetch?: Fetch | undefined
  /** The clock: seconds since the epoch. @default the host's clock */
  now?: (() => number) | undefined
  /** Receives events; see {@link AuthEvent}. An exception in it changes nothing. */
  onEvent?: ((event: AuthEvent) => void) | undefined
  /**
   * Receives one record for each decision, with the persons in it; see {@link AuditRecord}. An exception or
   * a rejection changes nothing; `waitUntil` of the host keeps a promise running.
   */
  audit?: ((record: AuditRecord) => void | Promise<void>) | undefined
  /**
   * Adds `durationMs` to events of type `accepted` and `refused`. Rejections of `sessions` have none: they follow an
   * `accepted` event that has it. @default false
   */
  measureDurations?: boolean | undefined
  /** Allows plain http for hosts other than loopback, for the resource and its servers. @default false */
  dangerouslyAllowHttp?: boolean | undefined
}

/**
 * Limits of the cache of verified tokens.
 *
 * @example
 * ```ts
 * const tokenCache: TokenCacheOptions = { maxEntries: 1000, maxAgeSeconds: 60 }
 * ```
 */
export interface TokenCacheOptions {
  /**
   * Maximum number of tokens. Above it, a new token takes the place of one that is used less often, or
   * is verified again at its next use. @default 65536
   */
  maxEntries?: number | undefined
  /** Maximum of bytes that the tokens and their claims hold in memory, estimated. @default 67108864 */
  maxBytes?: number | undefined
  /** Seconds that a result is reused, but not after the token's `exp`. @default 300 */
  maxAgeSeconds?: number | undefined
}
