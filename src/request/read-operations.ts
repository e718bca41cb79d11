/** The MCP operations of a call: what its JSON-RPC message asks for, and the scopes these need. */

import type { AuthContext, McpOperation } from '../contract/context.ts'
import { AUTH_ERRORS } from '../contract/errors.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { ownMembers } from '../lib/own-members.ts'
import { fail, succeed } from '../lib/result.ts'
import { doHeadersAgree } from '../mcp/header-agreement.ts'
import type { JsonRpcCall } from '../mcp/json-rpc.ts'
import { parseOperations } from '../mcp/operation.ts'
import { type CombinedRules, combineRules } from '../mcp/policy.ts'
import { scopesToOffer } from '../resource/required-scopes.ts'
import type { OperationReading, ResourceState } from '../resource/state.ts'
import { needsNoScopes, type ScopeRequirement } from '../scope/requirement.ts'
import { NO_OPERATIONS } from './auth-context.ts'
import type { Call, StepResult } from './call.ts'
import { type BodyLimits, readCalls } from './read-body.ts'

/** Limits for calls without a valid token: they get less memory and less time. */
const MAX_UNAUTHORIZED_BODY_BYTES = 65_536
const MAX_UNAUTHORIZED_BODY_MS = 1000

const NOTHING_READ = succeed(NO_OPERATIONS)

/** What reading operations takes of a call. */
type OperationCall = Pick<Call, 'request' | 'host' | 'needed'>

/**
 * Reads the operations of a call with a valid token. Without an operation policy nothing is read.
 *
 * Fails with
 * - `body_too_large` — more than `maxBodyBytes`
 * - `body_timeout` — not complete after `bodyTimeoutMs`
 * - `body_invalid` — missing, compressed, or JSON-RPC with more than one reading
 * - `header_mismatch` — `Mcp-Method` or `Mcp-Name` contradict the body, or are missing
 * - `internal` — the body was read before and was not handed over
 */
export async function readOperations(
  call: OperationCall,
  { operations }: Pick<ResourceState, 'operations'>,
): Promise<StepResult<readonly McpOperation[]>> {
  if (operations === undefined) return NOTHING_READ
  const { maxBodyBytes, bodyTimeoutMs } = operations
  return readWithin(call, { maxBytes: maxBodyBytes, timeoutMs: bodyTimeoutMs })
}

/** The scopes that operations need on top of `base`. Fails with `internal` where the policy fails. */
export function scopesOfOperations(
  operations: readonly McpOperation[],
  reading: OperationReading | undefined,
  base: ScopeRequirement,
  auth: AuthContext | undefined,
): StepResult<CombinedRules> {
  if (reading === undefined) return succeed({ needed: base, isPublic: false })
  const needs = combineRules(operations, reading.rules, base, auth)
  return needs.ok ? needs : fail({ code: needs.error })
}

/**
 * Checks whether a request without credentials may pass where `optional` allows that: all of its
 * operations are public, or the resource has neither a policy nor required scopes.
 *
 * Any other GET becomes a 405: both SDKs send one right after connecting, and at a 401 they would
 * start a login.
 *
 * Fails with `credentials_missing`, and as {@link readOperations} except for the limits of the body.
 */
export async function checkAnonymous(
  call: OperationCall,
  { operations, scopes }: Pick<ResourceState, 'operations' | 'scopes'>,
): Promise<StepResult<readonly McpOperation[]>> {
  const { request, needed: base } = call
  if (operations === undefined) {
    return needsNoScopes(base) ? NOTHING_READ : fail({ code: 'credentials_missing' })
  }
  if (request?.method === 'GET') return fail({ code: 'credentials_missing', allow: 'POST' })
  const read = await readWithin(call, unauthorizedLimits(operations))
  if (!read.ok) {
    const exceedsLimits = read.error.code === 'body_too_large' || read.error.code === 'body_timeout'
    return exceedsLimits
      ? fail({ code: 'credentials_missing', scopes: scopesToOffer(scopes, base) })
      : read
  }
  const needs = scopesOfOperations(read.value, operations, base, undefined)
  if (!needs.ok) return needs
  if (needs.value.isPublic) return read
  return fail({ code: 'credentials_missing', scopes: scopesToOffer(scopes, needs.value.needed) })
}

/**
 * Adds to a 401 the scopes that the operations of this call need, as far as its body can be read
 * within the small limits. Errors of the body itself are reported only to valid tokens.
 */
export async function withScopesOfOperations(
  given: RejectionReason,
  call: OperationCall,
  { operations, scopes }: Pick<ResourceState, 'operations' | 'scopes'>,
): Promise<RejectionReason> {
  const reason = ownMembers(given)
  if (operations === undefined || scopes.challengeScopes !== undefined) return reason
  if (AUTH_ERRORS[reason.code].status !== 401) return reason
  if (reason.scopes !== undefined || reason.allow !== undefined) return reason
  const read = await readWithin(call, unauthorizedLimits(operations))
  if (!read.ok) return read.error.code === 'internal' ? read.error : reason
  const needs = scopesOfOperations(read.value, operations, call.needed, undefined)
  if (!needs.ok) return needs.error
  return { ...reason, scopes: scopesToOffer(scopes, needs.value.needed) }
}

async function readWithin(
  { request, host }: OperationCall,
  limits: BodyLimits,
): Promise<StepResult<readonly McpOperation[]>> {
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

/** The `id` of the first request in a body, where its sender reads it back unchanged. */
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
