/** The state of a test issuer. */

import type { AuthorizationServerMetadata } from '../contract/documents.ts'
import type { KeyRing } from './keys.ts'
import type { TestDocument } from './metadata.ts'

/** Ways in which a document can fail. */
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
