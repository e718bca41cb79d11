/** What a request turned out to be: the verified context that handlers receive. */

/** What a JSON-RPC message asks for: its method and, where the method has one, the thing it names. */
export interface McpOperation {
  /** The JSON-RPC method, such as `tools/call`. */
  readonly method: string
  /**
   * `params.name` (`tools/call`, `prompts/get`), `.uri` (`resources/*`; in its normal form, without the
   * fragment), `.taskId` (`tasks/*`), `.ref.name` or `.ref.uri` (`completion/complete`).
   */
  readonly name?: string
}

/**
 * The verified access token of a request. Assignable to the MCP SDK's `AuthInfo`, so it can be
 * handed to an MCP server as it is. Made anew for each request; everything in it is frozen.
 */
export interface AuthContext {
  /** Tells a context from a {@link Rejection}. */
  readonly ok: true
  /** Tells it from an {@link AnonymousContext}, which only `optional: true` lets through. */
  readonly anonymous: false
  /** The access token as presented. Never pass it on to another service (MCP: token passthrough). */
  readonly token: string
  /** The client the token was issued to; `''` when the token names none. */
  readonly clientId: string
  /** Granted scopes, with everything they imply under `scopeHierarchy`. */
  readonly scopes: string[]
  /** When the token ends, in seconds since the epoch. */
  readonly expiresAt: number
  /** The resource identifier as a fresh `URL`; compare {@link identifier} instead. */
  readonly resource: URL
  /** The resource identifier, byte for byte as configured. */
  readonly identifier: string
  /** Where the protected resource metadata is served. */
  readonly resourceMetadataUrl: string
  /** `{ issuer, subject, claims }`, for code that sees only the SDK's `AuthInfo`. */
  readonly extra: Record<string, unknown>
  /** How the token was presented. */
  readonly scheme: 'Bearer' | 'DPoP'
  /** The token's `iss`. A principal is the pair of issuer and subject, never the subject alone. */
  readonly issuer: string
  /** The token's `sub`, if it has one. */
  readonly subject: string | undefined
  /** The token's `aud`, always as a list. */
  readonly audience: string[]
  /** All claims of the token (or of the introspection answer), deep-frozen. */
  readonly claims: Readonly<Record<string, unknown>>
  /** What the JSON-RPC body asks for; empty unless a policy made us read it. */
  readonly operations: readonly McpOperation[]
}

/** A request that came without credentials where `optional: true` allows that. */
export interface AnonymousContext {
  /** Tells a context from a {@link Rejection}. */
  readonly ok: true
  /** Tells it from an {@link AuthContext}. */
  readonly anonymous: true
  /** The resource identifier, byte for byte as configured. */
  readonly identifier: string
  /** Where the protected resource metadata is served. */
  readonly resourceMetadataUrl: string
  /** Always empty. */
  readonly scopes: string[]
  /** What the JSON-RPC body asks for; empty unless a policy made us read it. */
  readonly operations: readonly McpOperation[]
}

/** A refused request: send it. Natively `ok: false`, since its status is 400 or more. */
export type Rejection = Response & { readonly ok: false }
