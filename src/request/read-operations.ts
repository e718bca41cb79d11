/** The MCP operations of one request: what its message asks for, and what that needs. */

import type { AuthContext, McpOperation } from '../contract/context.ts'
import { AUTH_ERRORS } from '../contract/errors.ts'
import type { HostFacts } from '../contract/ports.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { ownMembers } from '../lib/own-members.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { doHeadersAgree } from '../mcp/header-agreement.ts'
import type { JsonRpcCall } from '../mcp/json-rpc.ts'
import { parseOperations } from '../mcp/operation.ts'
import { type CombinedRules, combineRules } from '../mcp/policy.ts'
import type { OperationReading, ResourceState } from '../resource/state.ts'
import { needsNoScopes, type ScopeRequirement } from '../scope/requirement.ts'
import { scopesToOffer } from './authorize.ts'
import { type BodyLimits, readCalls } from './read-body.ts'

type Outcome<Value> = Result<Value, RejectionReason>

/** Enough for a call that is to be rejected: without a good token there is no more memory, nor time. */
const MAX_UNAUTHORIZED_BODY_BYTES = 65_536
const MAX_UNAUTHORIZED_BODY_MS = 1000

const NO_OPERATIONS: readonly McpOperation[] = Object.freeze([])

/** Who asks for something: with a request, with a message that the host has read, or with both. */
export interface Asked {
  readonly request: Request | undefined
  readonly host: HostFacts | undefined
  /** What is needed whatever the operations are. */
  readonly needed: ScopeRequirement
}

/**
 * Reads what a request with a good token asks for.
 *
 * Fails with
 * - `body_too_large` — more than `maxBodyBytes`
 * - `body_timeout` — not complete after `bodyTimeoutMs`
 * - `body_invalid` — missing, compressed, or not JSON-RPC that can be understood in only one way
 * - `header_mismatch` — `Mcp-Method` or `Mcp-Name` say something else, or are missing
 * - `internal` — the body was read already and was not handed over
 */
export function readOperations(
  asked: Asked,
  { maxBodyBytes, bodyTimeoutMs }: OperationReading,
): Promise<Outcome<readonly McpOperation[]>> {
  return operationsWithin(asked, { maxBytes: maxBodyBytes, timeoutMs: bodyTimeoutMs })
}

/** What these operations of a request need on top of `base`; `internal` where the policy fails. */
export function needsOf(
  operations: readonly McpOperation[],
  state: ResourceState,
  base: ScopeRequirement,
  auth: AuthContext | undefined,
): Outcome<CombinedRules> {
  if (state.operations === undefined) return succeed({ needed: base, isPublic: false })
  const needs = combineRules(operations, state.operations.rules, base, auth)
  return needs.ok ? needs : fail({ code: needs.error })
}

/**
 * Whether a request without credentials may pass where that is optional: if everything it asks for
 * is public, or if there is neither policy nor scope.
 *
 * A GET that may not is answered with 405: both SDKs try one right after connecting, and a 401
 * would make them start a login that nobody asked for.
 */
export async function admitAnonymous(
  asked: Asked,
  state: ResourceState,
): Promise<Outcome<readonly McpOperation[]>> {
  const { request, needed: base } = asked
  if (state.operations === undefined) {
    return needsNoScopes(base) ? succeed(NO_OPERATIONS) : fail({ code: 'credentials_missing' })
  }
  if (request?.method === 'GET') return fail({ code: 'credentials_missing', allow: 'POST' })
  const read = await operationsWithin(asked, unauthorizedLimits(state.operations))
  if (!read.ok) {
    const isPlain = read.error.code === 'body_too_large' || read.error.code === 'body_timeout'
    return isPlain
      ? fail({ code: 'credentials_missing', scopes: scopesToOffer(state, base) })
      : read
  }
  const needs = needsOf(read.value, state, base, undefined)
  if (!needs.ok) return needs
  if (needs.value.isPublic) return read
  return fail({ code: 'credentials_missing', scopes: scopesToOffer(state, needs.value.needed) })
}

/**
 * Completes a 401 with the scopes that this very request needs, as far as its body can be read with
 * little effort; what is wrong with the body itself is told only to those with a good token.
 */
export async function withScopesOfOperations(
  given: RejectionReason,
  asked: Asked,
  state: ResourceState,
): Promise<RejectionReason> {
  const reason = ownMembers(given)
  const { operations, challengeScopes } = state
  if (operations === undefined || challengeScopes !== undefined) return reason
  if (AUTH_ERRORS[reason.code].status !== 401) return reason
  if (reason.scopes !== undefined || reason.allow !== undefined) return reason
  const read = await operationsWithin(asked, unauthorizedLimits(operations))
  if (!read.ok) return read.error.code === 'internal' ? read.error : reason
  const needs = needsOf(read.value, state, asked.needed, undefined)
  return needs.ok ? { ...reason, scopes: scopesToOffer(state, needs.value.needed) } : needs.error
}

async function operationsWithin(
  { request, host }: Asked,
  limits: BodyLimits,
): Promise<Outcome<readonly McpOperation[]>> {
  const calls = await readCalls(request, host, limits)
  if (!calls.ok) return calls
  const named = parseOperations(calls.value)
  if (!named.ok) return fail({ code: named.error })
  if (request !== undefined && !doHeadersAgree(named.value, request.headers)) {
    return fail({ code: 'header_mismatch', requestId: firstRequestId(calls.value) })
  }
  return succeed(
    Object.freeze(named.value.flatMap(({ operation, implied }) => [operation, ...implied])),
  )
}

/** Of the first request in a body; only what its sender reads as the same `id` again. */
function firstRequestId(calls: readonly JsonRpcCall[]): string | number | undefined {
  const id = calls.find(({ isNotification }) => !isNotification)?.id
  return typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id))
    ? id
    : undefined
}

function unauthorizedLimits({ maxBodyBytes, bodyTimeoutMs }: OperationReading): BodyLimits {
  return {
    maxBytes: Math.min(maxBodyBytes, MAX_UNAUTHORIZED_BODY_BYTES),
    timeoutMs: Math.min(bodyTimeoutMs, MAX_UNAUTHORIZED_BODY_MS),
  }
}
