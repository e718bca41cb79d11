/** Audit records: which person or client did what, and how it was decided. Types only. */

import type { Actor } from './actor.ts'
import type { AuthErrorCode } from './auth-error-codes.ts'
import type { McpOperation } from './context.ts'

/**
 * One decision of `authenticate` or `verifyAccessToken`, for an audit log. Unlike events it names persons,
 * but only from tokens that a signature or an introspection response verified. It contains no token, no arguments and no
 * other claims.
 *
 * @example
 * ```ts
 * function writeRecord(record: AuditRecord): void {
 *   const operations = record.operations.map(({ method, name = '' }) => `${method} ${name}`)
 *   lines.push(JSON.stringify({ ...record, operations }))
 * }
 * ```
 */
export interface AuditRecord {
  /** When the decision was made, in seconds since the epoch. */
  readonly time: number
  /** The resource identifier. */
  readonly resource: string
  /** The decision. */
  readonly outcome: 'allowed' | 'rejected'
  /** The HTTP status of a rejection; 200 if the request was allowed. */
  readonly status: number
  /** The precise reason of a rejection. */
  readonly code: AuthErrorCode | undefined
  /** The `iss` of a verified token; otherwise the configured issuer that the token names, if any. */
  readonly issuer: string | undefined
  /** The subject of a verified token. */
  readonly subject: string | undefined
  /** The client ID of a verified token. */
  readonly clientId: string | undefined
  /** The `jti` of a verified token; without one, 22 characters of the base64url SHA-256 of the token. */
  readonly tokenId: string | undefined
  /** The reason that a decision function of the application gave with `deny`, also if it was not enforced. */
  readonly denied: string | undefined
  /** The party that acts for the subject of a verified token. */
  readonly actor: Actor | undefined
  /** `granted`: the scopes in a verified token. `needed`: those that the request needs, as far as known. */
  readonly scopes: { readonly granted: readonly string[]; readonly needed: readonly string[] }
  /** The operations in the JSON-RPC body, if the body was read. */
  readonly operations: readonly McpOperation[]
  /** The trace ID in the request's `traceparent`, if it has a valid one (W3C Trace Context). */
  readonly traceId?: string
}
