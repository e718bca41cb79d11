/** The members of the state that features fill: revocation, sessions and audit. */

import type { AnonymousContext, AuthContext, McpOperation, Rejection } from '../contract/context.ts'
import type { HostFacts } from '../contract/ports.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { RequestBudget } from '../documents/request-budget.ts'
import type { ResponseHead } from '../http/response-head.ts'
import type { Result } from '../lib/result.ts'
import type { ScopeRequirement } from '../scope/requirement.ts'
import type { PresentedToken } from './binding.ts'

/** The sources of revocations. */
export interface RevocationState {
  /**
   * Checks whether a verified token is revoked. Fails with `token_revoked`, `token_claims`, `unavailable`
   * or `internal`.
   */
  readonly check: (
    token: PresentedToken,
    budget: RequestBudget,
  ) => Promise<Result<undefined, RejectionReason>>
}

/** The principal that a session id belongs to. Kinds never open each other's ids. */
export interface SessionOwner {
  readonly kind: 'user' | 'client' | 'anonymous'
  readonly issuer: string
  readonly principal: string
}

/** Sealed session ids. */
export interface SessionIds {
  /** `undefined`: the token names no principal. */
  readonly ownerOf: (auth: AuthContext | AnonymousContext) => SessionOwner | undefined
  /** Synchronous, because the head of a response is. `undefined`: the id cannot be sealed. */
  readonly seal: (id: string, owner: SessionOwner) => string | undefined
  /** `undefined`: the id was not sealed for this owner. */
  readonly open: (sealed: string, owner: SessionOwner) => Promise<string | undefined>
}

/** The steps about sessions. See `src/response/session-steps.ts`. */
export interface SessionSteps<State> {
  /** The request with the handler's own id, the same request without an id, or the response to send instead. */
  openRequest(
    request: Request,
    auth: AuthContext | AnonymousContext,
    state: State,
    host: Pick<HostFacts, 'waitUntil'> | undefined,
  ): Promise<Request | Rejection>
  /** The handler's own id, or the response to send instead; `undefined`: the request has no id. */
  openId(
    request: Request,
    auth: AuthContext | AnonymousContext,
    state: State,
    host: Pick<HostFacts, 'waitUntil'> | undefined,
  ): Promise<string | Rejection | undefined>
  /** The id of a response for the client, or the response to send instead. */
  sealId(
    response: ResponseHead,
    request: Request,
    auth: AuthContext | AnonymousContext,
    state: State,
  ): string | Rejection
}

/**
 * The members of the state that features of the kind `resource` fill. Without the feature they are
 * `undefined`. `State` is the type of that state.
 */
export interface Slots<State> {
  /** `undefined`: no records are written. */
  readonly audit: AuditState | undefined
  /** `undefined`: a token is valid until it expires. */
  readonly revocation: RevocationState | undefined
  /** `undefined`: session ids pass unchanged. */
  readonly sessions: SessionSteps<State> | undefined
  /**
   * Emits a warning for a token that was rejected because a feature is missing, by its confirmation method or
   * `opaque`. Only resources of the core entry have it.
   */
  readonly explainMissing: ((missing: string) => void) | undefined
}

/** The facts about a call that the pipeline finds, for its audit record. */
export interface AuditTrail {
  /** The token, once it is verified. */
  token: PresentedToken | undefined
  /** The operations, once they are read. */
  operations: readonly McpOperation[] | undefined
  /** The denial that `decisionMode: 'report'` did not enforce. */
  denied: string | undefined
}

/** The parts of a call that its record is built from. */
export interface AuditedCall {
  readonly request: Request | undefined
  readonly needed: ScopeRequirement
  readonly budget: RequestBudget
  readonly trail: AuditTrail | undefined
}

/** How a call was decided. */
export interface AuditOutcome {
  readonly auth: AuthContext | AnonymousContext | undefined
  /** `undefined`: the call was allowed. */
  readonly reason: RejectionReason | undefined
  readonly status: number
}

/** The audit log. */
export interface AuditState {
  /** Writes one record. Never rejects. */
  readonly write: (call: AuditedCall, outcome: AuditOutcome) => Promise<void>
}
