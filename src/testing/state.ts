/** The state of a test issuer. */

import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import type { KeyRing } from './keys.ts'
import type { TestDocument } from './metadata.ts'

/**
 * Ways in which a document can fail.
 *
 * @example
 * ```ts
 * async function statusWhile(failure: TestFailure, document: TestDocument) {
 *   const issuer = createTestIssuer({ resource: 'https://api.example.com/notes' })
 *   issuer.fail(failure, document)
 *   const handle = protect(resourceFor(issuer), () => new Response('done'))
 *   const headers = { Authorization: `Bearer ${await issuer.token()}` }
 *   return (await handle(new Request('https://api.example.com/notes', { headers }))).status
 * }
 * ```
 */
export type TestFailure = 'unreachable' | 'status' | 'html' | 'hang' | 'wrong_issuer'

/** The state that the endpoints and the token functions share. */
export interface TestServerState {
  readonly metadata: AuthorizationServerMetadata
  readonly now: () => number
  readonly keys: KeyRing
  /** The claims of every issued token, by token. */
  readonly issued: Map<string, Readonly<Record<string, unknown>>>
  readonly revoked: Set<string>
  readonly failures: Map<TestDocument, TestFailure>
  readonly requests: Record<TestDocument, number>
}
