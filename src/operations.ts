/**
 * The MCP operations of one request: what its body asks for, and what that needs. The body is read
 * from a clone, so that the handler gets the very same bytes, and only where a policy is configured.
 */

import { scopesToOffer } from './authorize.ts'
import type { AuthContext, McpOperation } from './context.ts'
import { AUTH_ERRORS, type Refusal } from './errors.ts'
import { readBytes } from './lib/read-bytes.ts'
import { fail, type Result, succeed } from './lib/result.ts'
import { doHeadersAgree } from './mcp/header-agreement.ts'
import { parseJsonRpc } from './mcp/json-rpc.ts'
import { parseOperations } from './mcp/operation.ts'
import { needsOfOperations, type OperationNeeds } from './mcp/policy.ts'
import type { OperationReading, ResourceState } from './resource-state.ts'
import { isNothing, type ScopeRequirement } from './scope/requirement.ts'

type Outcome<Value> = Result<Value, Refusal>

/** Enough for a call that is to be refused; whoever has no good token gets no more of our memory. */
const MAX_UNAUTHORIZED_BODY_BYTES = 65_536

const NO_OPERATIONS: readonly McpOperation[] = Object.freeze([])

const CONSUMED: Refusal = {
  code: 'internal',
  description:
    'The request body was read before authentication. Put authentication in front of body parsers, or hand them a clone.',
}

/**
 * Reads what a request with a good token asks for.
 *
 * Fails with
 * - `body_too_large` — more than `maxBodyBytes`
 * - `body_invalid` — compressed, or not JSON-RPC that can be understood in only one way
 * - `header_mismatch` — `Mcp-Method` or `Mcp-Name` say something else, or are missing
 * - `internal` — somebody has consumed the body already
 */
export function readOperations(
  request: Request,
  { maxBodyBytes }: OperationReading,
): Promise<Outcome<readonly McpOperation[]>> {
  return operationsWithin(request, maxBodyBytes)
}

/** What these operations of a request need on top of `base`; `internal` where the policy fails. */
export function needsOf(
  operations: readonly McpOperation[],
  request: Request | undefined,
  state: ResourceState,
  base: ScopeRequirement,
  auth: AuthContext | undefined,
): Outcome<OperationNeeds> {
  if (state.operations === undefined || request === undefined) {
    return succeed({ needed: base, isPublic: false })
  }
  const needs = needsOfOperations(operations, state.operations.rules, base, auth)
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
  request: Request,
  state: ResourceState,
  base: ScopeRequirement,
): Promise<Outcome<readonly McpOperation[]>> {
  if (state.operations === undefined) {
    return isNothing(base) ? succeed(NO_OPERATIONS) : fail({ code: 'credentials_missing' })
  }
  if (request.method === 'GET') return fail({ code: 'credentials_missing', allow: 'POST' })
  const read = await operationsWithin(request, unauthorizedLimit(state.operations.maxBodyBytes))
  if (!read.ok) {
    const isPlain = read.error.code === 'body_too_large'
    return isPlain
      ? fail({ code: 'credentials_missing', scopes: scopesToOffer(state, base) })
      : read
  }
  const needs = needsOf(read.value, request, state, base, undefined)
  if (!needs.ok) return needs
  if (needs.value.isPublic) return read
  return fail({ code: 'credentials_missing', scopes: scopesToOffer(state, needs.value.needed) })
}

/**
 * Completes a 401 with the scopes that this very request needs, as far as its body can be read with
 * little effort; what is wrong with the body itself is told only to those with a good token.
 */
export async function withScopesOfOperations(
  refusal: Refusal,
  request: Request,
  state: ResourceState,
  base: ScopeRequirement,
): Promise<Refusal> {
  const { operations, challengeScopes } = state
  if (operations === undefined || challengeScopes !== undefined) return refusal
  if (AUTH_ERRORS[refusal.code].status !== 401) return refusal
  if (refusal.scopes !== undefined || refusal.allow !== undefined) return refusal
  const read = await operationsWithin(request, unauthorizedLimit(operations.maxBodyBytes))
  if (!read.ok) return read.error.code === 'internal' ? read.error : refusal
  const needs = needsOf(read.value, request, state, base, undefined)
  return needs.ok ? { ...refusal, scopes: scopesToOffer(state, needs.value.needed) } : needs.error
}

async function operationsWithin(
  request: Request,
  maxBytes: number,
): Promise<Outcome<readonly McpOperation[]>> {
  const body = await readBody(request, maxBytes)
  if (!body.ok) return body
  const calls = parseJsonRpc(body.value)
  if (!calls.ok) return fail({ code: calls.error })
  const named = parseOperations(calls.value)
  if (!named.ok) return fail({ code: named.error })
  if (!doHeadersAgree(named.value, request.headers)) return fail({ code: 'header_mismatch' })
  return succeed(
    Object.freeze(named.value.flatMap(({ operation, implied }) => [operation, ...implied])),
  )
}

async function readBody(request: Request, maxBytes: number): Promise<Outcome<Uint8Array>> {
  if (request.bodyUsed) return fail(CONSUMED)
  if (request.body === null) return succeed(new Uint8Array())
  if (isEncoded(request.headers)) return fail({ code: 'body_invalid' })
  // It may lie, but nobody claims more than there is to be let in.
  if (Number(request.headers.get('Content-Length')) > maxBytes) {
    return fail({ code: 'body_too_large' })
  }
  const copy = cloneOf(request)
  if (copy === undefined) return fail(CONSUMED)
  try {
    const bytes = await readBytes(copy.body, maxBytes)
    return bytes === undefined ? fail({ code: 'body_too_large' }) : succeed(bytes)
  } catch {
    // The client went away, or sent less than it promised.
    return fail({ code: 'body_invalid' })
  }
}

/** `undefined` where somebody holds a reader of the body. */
function cloneOf(request: Request): Request | undefined {
  try {
    return request.clone()
  } catch {
    return undefined
  }
}

/** No host decompresses request bodies, so a handler that does would see what we did not. */
function isEncoded(headers: Headers): boolean {
  const encoding = (headers.get('Content-Encoding') ?? '').trim().toLowerCase()
  return encoding !== '' && encoding !== 'identity'
}

function unauthorizedLimit(maxBodyBytes: number): number {
  return Math.min(maxBodyBytes, MAX_UNAUTHORIZED_BODY_BYTES)
}
