/** Rejections: from the reason to its `Response` and its event. */

import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { Rejection } from '../contract/context.ts'
import { METHOD_NEEDS_TOKEN, WIRE_ERRORS, type WireError } from '../contract/error-table.ts'
import { durationSince, emit, type RefusedEvent } from '../contract/events.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { buildResponseFor } from '../http/build-response.ts'
import { setCorsHeaders } from '../http/cors.ts'
import { retryAfter } from '../http/retry-after.ts'
import { templatePatterns } from '../identifiers/issuer-matcher.ts'
import { legibleTexts } from '../lib/legible.ts'
import { ownMember, ownMembers } from '../lib/own-members.ts'
import type { ResourceState, ResponseDraft } from '../resource/state.ts'
import { tokenFormatsOf } from '../resource/token-formats.ts'
import type { ScopeRequirement } from '../scope/requirement.ts'
import { formatRejection } from './challenges.ts'

/** The request that is rejected. */
interface RejectedRequest {
  readonly request: Request | undefined
  /** The scopes that the request needs: every 401 names them. */
  readonly needed: ScopeRequirement
  /** When the decision began, on the clock of `performance.now()`. */
  readonly startedMs?: number | undefined
}

/** Builds the response, and emits the event. */
export function rejectionResponse(
  given: RejectionReason,
  state: ResourceState,
  rejected: RejectedRequest,
): Rejection {
  const reason = ownMembers(given)
  const wire = wireOf(reason)
  if (state.events.onEvent !== undefined && reason.isSilent !== true) {
    const event = refusedEvent(reason, state, wire.status, rejected.request)
    emit(state.events.onEvent, { ...event, ...durationSince(rejected.startedMs) })
  }
  const { request } = rejected
  if (!isPlain(reason, state, rejected)) {
    return toRejection(draft(reason, wire, state, rejected), request)
  }
  const known = state.plainRejections.get(reason.code)
  const plain = known ?? draft(reason, wire, state, rejected)
  if (known === undefined) state.plainRejections.set(reason.code, plain)
  return toRejection(plain, request)
}

/** Builds the event of a rejection. */
export function refusedEvent(
  reason: RejectionReason,
  state: ResourceState,
  status: number,
  request?: Request | undefined,
): RefusedEvent {
  const { code, issuer, claim, denied, option } = reason
  const { expected, received } = sidesOf(reason, state, request)
  return {
    type: 'refused',
    resource: state.identity.identifier,
    code,
    status,
    ...(issuer === undefined ? {} : { issuer }),
    // A copy: a listener may sort it, and the challenge and later decisions use the same list.
    ...(expected === undefined ? {} : { expected: [...expected] }),
    ...(received === undefined ? {} : { received: legibleTexts(received) }),
    ...(claim === undefined ? {} : { claim }),
    ...(denied === undefined ? {} : { denied }),
    ...(option === undefined || status < 500 ? {} : { option }),
  }
}

/** Whether the response depends on nothing but the code. */
function isPlain(
  reason: RejectionReason,
  state: ResourceState,
  { request, needed }: RejectedRequest,
): boolean {
  const { scopes, nonce, allow, acrValues, maxAgeSeconds, description, retryAfterSeconds } = reason
  const particulars =
    scopes ??
    nonce ??
    allow ??
    acrValues ??
    maxAgeSeconds ??
    description ??
    retryAfterSeconds ??
    reason.requestId
  if (
    particulars !== undefined ||
    needed !== state.scopes.required ||
    state.binding.dpop !== undefined
  )
    return false
  return request !== undefined && !request.headers.has('Origin')
}

function draft(
  reason: RejectionReason,
  wire: WireError,
  state: ResourceState,
  { request, needed }: RejectedRequest,
): ResponseDraft {
  const headers = new Headers({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  if (wire.challenge !== 'none') {
    const facts = { reason, wire, request, needed }
    headers.set('WWW-Authenticate', formatRejection(facts, state))
  }
  if (reason.allow !== undefined) headers.set('Allow', reason.allow)
  if (reason.nonce !== undefined) headers.set('DPoP-Nonce', reason.nonce)
  if (reason.code === 'unavailable') {
    headers.set(...retryAfter(reason.retryAfterSeconds))
  }
  if (request !== undefined) {
    setCorsHeaders(headers, request.headers.get('Origin'), state.endpoint.origins)
  }
  return { body: bodyOf(wire, reason.requestId), status: wire.status, headers: [...headers] }
}

function toRejection(
  { body, status, headers }: ResponseDraft,
  request: Request | undefined,
): Rejection {
  return buildResponseFor(request, body, status, headers) as Rejection
}

function wireOf({ code, allow, description }: RejectionReason): WireError {
  const wire = allow === undefined ? WIRE_ERRORS[code] : METHOD_NEEDS_TOKEN
  return description === undefined ? wire : { ...wire, description }
}

function bodyOf(wire: WireError, requestId: RejectionReason['requestId']): string {
  const { error, description } = wire
  const jsonRpcCode = ownMember(wire, 'jsonRpcCode')
  if (jsonRpcCode === undefined) {
    return JSON.stringify({ error, error_description: description })
  }
  return JSON.stringify({
    jsonrpc: '2.0',
    // MCP schema: an `id` is a string or a number, or it is left out; never null.
    id: requestId,
    error: { code: jsonRpcCode, message: description },
  })
}

/** The values that the configuration accepts, and those that came. */
function sidesOf(
  { code, issuer, scopes, expected, received }: RejectionReason,
  { servers, endpoint: { origins } }: ResourceState,
  request: Request | undefined,
): Pick<RejectionReason, 'expected' | 'received'> {
  switch (code) {
    case 'token_issuer': {
      const asked = servers.filter(
        ({ options }) => issuer === undefined || options.issuer === issuer,
      )
      return { expected: asked.flatMap(({ options }) => issuersOf(options)), received }
    }
    case 'token_malformed': {
      if (received === undefined) return {}
      const kinds = servers.flatMap(({ options }) =>
        tokenFormatsOf(options).map(({ kind }) => kind),
      )
      return { expected: [...new Set(kinds)], received }
    }
    case 'origin_refused': {
      const origin = request?.headers.get('Origin') ?? undefined
      return { expected: [...origins], received: origin === undefined ? [] : [origin] }
    }
    case 'scope_insufficient':
      return { expected: expected ?? scopes, received }
    default:
      return { expected, received }
  }
}

function issuersOf({ issuer, tokenIssuers, issuerTemplate }: AuthorizationServerOptions): string[] {
  return [issuer, ...(tokenIssuers ?? []), ...templatePatterns(issuerTemplate)]
}
