/** Revocation of access tokens before they expire. Types only. */

/**
 * What identifies a token that may be revoked.
 *
 * @example
 * ```ts
 * function isBlocked({ issuer, sub, tokenId = '' }: RevocationQuery): boolean {
 *   return blocked.has(`${issuer} ${sub}`) || blocked.has(tokenId)
 * }
 * ```
 */
export interface RevocationQuery {
  /** The token's `iss`; a second query has the configured issuer where `tokenIssuers` accepts an alias. */
  readonly issuer: string
  /** The token's own `sub`, before `claims.subject` and `mapClaims`. */
  readonly sub: string | undefined
  /** The subject of the context, after them. */
  readonly subject: string | undefined
  /** The client ID of the context; `undefined` if it has none. */
  readonly clientId: string | undefined
  /**
   * The token's own `jti`; without one, 22 characters of its base64url SHA-256. An ECDSA signature has two valid
   * forms, so the holder of a token without `jti` can present it with another digest.
   */
  readonly tokenId: string | undefined
  /** The token's own `sid`: the session at the authorization server. */
  readonly sessionId: string | undefined
  /** The token's own `iat`, in seconds since the epoch. */
  readonly issuedAt: number | undefined
  /** The token's own `exp`, in seconds since the epoch. */
  readonly expiresAt?: number | undefined
}

/**
 * Options of `revocation`. At least one of `isRevoked` and `statusList` is required.
 *
 * @example
 * ```ts
 * const revocation: RevocationOptions = {
 *   isRevoked: isBlocked,
 *   statusList: true,
 *   whenUnavailable: 'reject',
 *   timeoutMs: 250,
 * }
 * ```
 */
export interface RevocationOptions {
  /**
   * Called for every request with a valid token, cached or not, after the binding and before the body.
   * `true` rejects the request. An exception, a rejection or a timeout is decided by `whenUnavailable`.
   */
  isRevoked?: ((token: RevocationQuery) => boolean | Promise<boolean>) | undefined
  /**
   * Checks tokens with a `status` claim against the status list that it names
   * (draft-ietf-oauth-status-list). Tokens without the claim pass. @default false
   */
  statusList?: boolean | undefined
  /**
   * The decision where the source of revocations fails or is too slow: `'reject'` is a 503, `'accept'` accepts
   * the token. @default 'reject'
   */
  whenUnavailable?: 'reject' | 'accept' | undefined
  /** Milliseconds to wait for all results about one token. @default 500 */
  timeoutMs?: number | undefined
}

/**
 * Revocations as points in time: tokens that were issued at or before a mark are revoked. Created by
 * {@link revokedBefore}.
 *
 * @example
 * ```ts
 * async function blockClient(marks: RevokedBefore, clientId: string): Promise<void> {
 *   await marks.revoke({ issuer: 'https://auth.example.com', clientId })
 * }
 * ```
 */
export interface RevokedBefore {
  /** For `revocation.isRevoked`. It may be detached from its object. */
  readonly isRevoked: (token: RevocationQuery) => Promise<boolean>
  /**
   * Revokes the tokens of a user, of a session or of a client. With `sub` and `sessionId` together it
   * revokes those of the session, and those of the user that name no session.
   *
   * @param target The issuer, and the `sub`, `sid` or client ID of its tokens.
   * @param at The tokens that were issued until then are revoked, in seconds since the epoch. An earlier
   * value never replaces a later one. Without it: now.
   */
  revoke(
    target:
      | { readonly issuer: string; readonly sub: string }
      | { readonly issuer: string; readonly sessionId: string }
      | { readonly issuer: string; readonly clientId: string },
    at?: number,
  ): Promise<void>
}
