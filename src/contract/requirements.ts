/** What a single route needs in addition to its resource. Types only. */

import type { WaitUntil } from './ports.ts'

/**
 * What one request needs in addition to what its resource always needs.
 *
 * @example
 * ```ts
 * const recentLogin = {
 *   scopes: ['notes:write'],
 *   maxAgeSeconds: 300,
 * } satisfies Requirements
 * const handleDelete = protect(notes, () => new Response('deleted'), recentLogin)
 * ```
 */
export interface Requirements {
  /** All of these scopes, or any one of them (best first). */
  scopes?: readonly string[] | { readonly anyOf: readonly string[] } | undefined
  /** Accepted authentication context classes; `acr` must be one of them (RFC 9470 §3). */
  acrValues?: readonly string[] | undefined
  /** Maximum age of the user's authentication in seconds, counted from `auth_time` (RFC 9470 §3). */
  maxAgeSeconds?: number | undefined
  /**
   * Accepts requests without credentials as anonymous, where neither a scope nor a stronger or more recent
   * authentication is required. With `operations`, it accepts those whose operations are all `'public'`,
   * whatever else the route requires. @default false
   */
  optional?: boolean | undefined
  /**
   * The client certificate: base64url SHA-256 of its DER form (RFC 8705 §3.1). Accepted until 1.0, and
   * only if the host provides none.
   * @deprecated Use `HostFacts.certificate`.
   */
  certificate?: string | undefined
  /**
   * Keeps background work running. Accepted until 1.0, and only if the host provides none.
   * @deprecated Use `HostFacts.waitUntil`.
   */
  waitUntil?: WaitUntil | undefined
}
