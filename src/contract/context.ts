/** The results of authentication: a verified context, an anonymous context or a rejection. */

import type { Actor } from './actor.ts'

/**
 * A JSON-RPC message: its method and, if the method has one, the name of its target.
 *
 * @example
 * ```ts
 * function label({ method, name }: McpOperation): string {
 *   return name === undefined ? method : `${method} ${name}`
 * }
 * ```
 */
export interface McpOperation {
  /** The JSON-RPC method, such as `tools/call`. */
  readonly method: string
  /**
   * `params.name` for `tools/call` and `prompts/get`, `params.uri` for `resources/*` (normalised, without
   * the fragment), `params.taskId` for `tasks/*`, `params.ref.name` or `params.ref.uri` for
   * `completion/complete`.
   */
  readonly name?: string
}

/**
 * The verified access token of a request. It is assignable to the MCP SDK's `AuthInfo`, so it can be
 * passed to an MCP server unchanged. Each request has its own context. Lists and objects in it are
 * frozen, because requests with the same token share them; `AuthInfo` requires mutable types for some.
 *
 * @example
 * ```ts
 * function describeCaller({ issuer, subject, clientId, scopes }: AuthContext): string {
 *   return `${issuer} ${subject} through ${clientId}, with ${scopes.join(' ')}`
 * }
 * ```
 */
export interface AuthContext {
  /** Distinguishes a context from a {@link Rejection}. */
  readonly ok: true
  /** Distinguishes it from an {@link AnonymousContext}, which only `optional: true` produces. */
  readonly anonymous: false
  /** The access token as received. Do not send it to another service (MCP: token passthrough). */
  readonly token: string
  /** The client ID of the token; `''` if it has none. */
  readonly clientId: string
  /** Granted scopes and the scopes that they include under `scopeHierarchy`. Frozen. */
  readonly scopes: string[]
  /** The expiry of the token in seconds since the epoch. */
  readonly expiresAt: number
  /** The resource identifier as a new `URL` object. For comparisons, use {@link identifier}. */
  readonly resource: URL
  /** The resource identifier, exactly as configured. */
  readonly identifier: string
  /** The URL of the protected resource metadata. */
  readonly resourceMetadataUrl: string
  /** `{ issuer, subject, claims }`, for code that knows only the SDK's `AuthInfo`. Deep-frozen. */
  readonly extra: Record<string, unknown>
  /** The authentication scheme of the request. */
  readonly scheme: 'Bearer' | 'DPoP'
  /** The token's `iss`. A user is identified by issuer and subject together, never by the subject alone. */
  readonly issuer: string
  /** The token's `sub`, if it has one. */
  readonly subject: string | undefined
  /** The party that acts for the subject, from the claim `act` (RFC 8693 §4.1). See {@link delegation}. */
  readonly actor: Actor | undefined
  /** The token's `aud` as a list. Frozen. */
  readonly audience: string[]
  /** All claims of the token or of the introspection response. Deep-frozen. */
  readonly claims: Readonly<Record<string, unknown>>
  /** The operations of the JSON-RPC body; empty if no `operations` policy is configured. */
  readonly operations: readonly McpOperation[]
}

/**
 * The context of a request without credentials, where `optional: true` accepts it.
 *
 * @example
 * ```ts
 * function greet(auth: AuthContext | AnonymousContext): string {
 *   return auth.anonymous ? 'Hello' : `Hello ${auth.subject}`
 * }
 * ```
 */
export interface AnonymousContext {
  /** Distinguishes a context from a {@link Rejection}. */
  readonly ok: true
  /** Distinguishes it from an {@link AuthContext}. */
  readonly anonymous: true
  /** The resource identifier, exactly as configured. */
  readonly identifier: string
  /** The URL of the protected resource metadata. */
  readonly resourceMetadataUrl: string
  /** Always empty. */
  readonly scopes: string[]
  /** The operations of the JSON-RPC body; empty if no `operations` policy is configured. */
  readonly operations: readonly McpOperation[]
}

/**
 * The response to a rejected request. Its status is 400 or more, so `Response.ok` is `false`.
 *
 * @example
 * ```ts
 * function withoutBody(rejection: Rejection): Response {
 *   return new Response(null, { status: rejection.status, headers: rejection.headers })
 * }
 * ```
 */
export type Rejection = Response & { readonly ok: false }
