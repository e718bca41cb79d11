/** The MCP operations of a call: those of its JSON-RPC message, and the scopes that they need. */

import type { McpOperation } from '../contract/context.ts'
import { WIRE_ERRORS } from '../contract/error-table.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { ownMembers } from '../lib/own-members.ts'
import { type Awaitable, andThen } from '../lib/promise.ts'
import { fail, succeed } from '../lib/result.ts'
import { doHeadersAgree } from '../mcp/header-agreement.ts'
import type { JsonRpcCall } from '../mcp/json-rpc.ts'
import { parseOperations } from '../mcp/operation.ts'
import { combineRules } from '../mcp/policy.ts'
import { scopesToOffer } from '../resource/required-scopes.ts'
import type {
  OperationCall,
  OperationPolicies,
  OperationReading,
  ReadOperations,
} from '../resource/state.ts'
import type { StepResult } from './call.ts'
import { findKnownRules, findRules } from './decide-operations.ts'
import { type BodyLimits, type ReadCalls, readCalls } from './read-body.ts'

/** Limits for calls without a valid token: they get less memory and less time. */
const MAX_UNAUTHORIZED_BODY_BYTES = 65_536
const MAX_UNAUTHORIZED_BODY_MS = 1000

/**
 * Reads the operations of a call with a valid token.
 *
 * Fails with
 * - `body_too_large` — more than `maxBodyBytes`
 * - `body_timeout` — not complete after `bodyTimeoutMs`
 * - `body_invalid` — missing, compressed, or JSON-RPC with more than one reading
 * - `header_mismatch` — `Mcp-Method` or `Mcp-Name` contradict the body, or are missing
 * - `internal` — the body was read before and was not handed over
 */
export function readOperations(
  call: OperationCall,
  { maxBodyBytes, bodyTimeoutMs }: Pick<OperationReading, 'maxBodyBytes' | 'bodyTimeoutMs'>,
): Awaitable<StepResult<ReadOperations>> {
  return readWithin(call, { maxBytes: maxBodyBytes, timeoutMs: bodyTimeoutMs })
}

/**
 * Checks whether a request without credentials may pass where `optional` allows that: all of its
 * operations are public.
 *
 * Any other GET becomes a 405: both SDKs send one right after connecting, and at a 401 they would
 * start a login.
 *
 * Fails with `credentials_missing`, as {@link readOperations} except for the limits of the body, and as
 * {@link findRules}.
 */
export async function checkAnonymous(
  call: OperationCall,
  { operations, scopes }: OperationPolicies,
): Promise<StepResult<readonly McpOperation[]>> {
  const { request, needed: base } = call
  if (request?.method === 'GET') return fail({ code: 'credentials_missing', allow: 'POST' })
  const read = await readWithin(call, unauthorizedLimits(operations))
  if (!read.ok) {
    const exceedsLimits = read.error.code === 'body_too_large' || read.error.code === 'body_timeout'
    return exceedsLimits
      ? fail({ code: 'credentials_missing', scopes: scopesToOffer(scopes, base) })
      : read
  }
  const rules = await findRules(read.value, operations, undefined)
  if (!rules.ok) return fail({ code: rules.error, option: 'operations' })
  const { needed, isPublic, denied } = combineRules(rules.value, base)
  if (isPublic) return succeed(read.value.operations)
  return fail({ code: 'credentials_missing', scopes: scopesToOffer(scopes, needed), denied })
}

/**
 * Adds to a 401 the scopes that the operations of this call need, as far as its body can be read
 * within the small limits. Errors of the body itself are reported only to valid tokens.
 */
export async function withScopesOfOperations(
  given: RejectionReason,
  call: OperationCall,
  { operations, scopes }: OperationPolicies,
): Promise<RejectionReason> {
  const reason = ownMembers(given)
  if (scopes.challengeScopes !== undefined) return reason
  if (WIRE_ERRORS[reason.code].status !== 401) return reason
  if (reason.scopes !== undefined || reason.allow !== undefined) return reason
  const read = await readWithin(call, unauthorizedLimits(operations))
  if (!read.ok) return read.error.code === 'internal' ? read.error : reason
  const rules = findKnownRules(read.value, operations)
  if (!rules.ok) return { code: rules.error, option: 'operations' }
  const { needed } = combineRules(rules.value, call.needed)
  return { ...reason, scopes: scopesToOffer(scopes, needed) }
}

function readWithin(
  call: OperationCall,
  limits: BodyLimits,
): Awaitable<StepResult<ReadOperations>> {
  return andThen(readCalls(call.request, call.host, limits), (read) => operationsIn(read, call))
}

function operationsIn(
  read: StepResult<ReadCalls>,
  { request, trail }: OperationCall,
): StepResult<ReadOperations> {
  if (!read.ok) return read
  const { calls, text } = read.value
  const named = parseOperations(calls)
  if (!named.ok) return fail({ code: named.error })
  if (request !== undefined && !doHeadersAgree(named.value, request.headers)) {
    return fail({ code: 'header_mismatch', requestId: firstRequestId(calls) })
  }
  const operations = named.value.flatMap(({ operation, implied }) => [operation, ...implied])
  if (trail !== undefined) trail.operations = operations
  return succeed({ operations: Object.freeze(operations), named: named.value, calls, text })
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
