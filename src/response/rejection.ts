/** Saying no: from a refusal to its `Response`, the same words for the same reason everywhere. */

import type { AccessTokenKind } from '../contract/access-token-options.ts'
import type { AuthorizationServerOptions } from '../contract/authorization-server-options.ts'
import type { Rejection } from '../contract/context.ts'
import { AUTH_ERRORS } from '../contract/errors.ts'
import { durationSince, emit, type RefusedEvent } from '../contract/events.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { buildResponseFor } from '../http/build-response.ts'
import { setCorsHeaders } from '../http/cors.ts'
import { METHOD_NEEDS_TOKEN, WIRE_ERRORS, type WireError } from '../http/error-table.ts'
import { retryAfter } from '../http/retry-after.ts'
import { templatePatterns } from '../identifiers/issuer-matcher.ts'
import { legibleTexts } from '../lib/legible.ts'
import { ownMembers } from '../lib/own-members.ts'
import type { ResourceState, ResponseDraft } from '../resource/state.ts'
import { tokenFormatsOf } from '../resource/token-formats.ts'
import type { ScopeRequirement } from '../scope/requirement.ts'
import { formatRejection } from './challenges.ts'

/** What is known of the request that is refused. */
export interface RefusedRequest {
  readonly request: Request | undefined
  /** What the request needs: named in every 401. */
  readonly needed: ScopeRequirement
  /** When the decision began, on the clock of `performance.now()`. */
  readonly startedMs?: number | undefined
}

/** Makes the response, and tells the event. */
export function rejectionResponse(
  given: RejectionReason,
  state: ResourceState,
  refused: RefusedRequest,
): Rejection {
  const reason = ownMembers(given)
  const status = reason.allow === undefined ? AUTH_ERRORS[reason.code].status : 405
  if (state.onEvent !== undefined && reason.isSilent !== true) {
    const event = refusedEvent(reason, state, status, refused.request)
    emit(state.onEvent, { ...event, ...durationSince(refused.startedMs) })
  }
  const { request } = refused
  if (!isPlain(reason, state, refused)) {
    return toRejection(draft(reason, status, state, refused), request)
  }
  // Whoever sends garbage sends much of it: what is always the same is written once.
  const known = state.plainRejections.get(reason.code)
  const plain = known ?? draft(reason, status, state, refused)
  if (known === undefined) state.plainRejections.set(reason.code, plain)
  return toRejection(plain, request)
}

/** Whether nothing in the answer depends on the request but the code. */
function isPlain(
  reason: RejectionReason,
  state: ResourceState,
  { request, needed }: RefusedRequest,
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
  if (particulars !== undefined || needed !== state.required || state.dpop !== undefined)
    return false
  return request !== undefined && !request.headers.has('Origin')
}

function draft(
  reason: RejectionReason,
  status: number,
  state: ResourceState,
  { request, needed }: RefusedRequest,
): ResponseDraft {
  const wire = wireOf(reason)
  const headers = new Headers({ 'Content-Type': 'application/json', 'Cache-Control': 'no-store' })
  if (wire.challenge !== 'none') {
    const refused = { reason, wire, status, request, needed }
    headers.set('WWW-Authenticate', formatRejection(refused, state))
  }
  if (reason.allow !== undefined) headers.set('Allow', reason.allow)
  if (reason.nonce !== undefined) headers.set('DPoP-Nonce', reason.nonce)
  if (reason.code === 'unavailable') {
    headers.set(...retryAfter(reason.retryAfterSeconds))
  }
  if (request !== undefined) {
    setCorsHeaders(headers, request.headers.get('Origin'), state.origins)
  }
  return { body: bodyOf(wire, reason.requestId), status, headers: [...headers] }
}

function toRejection(
  { body, status, headers }: ResponseDraft,
  request: Request | undefined,
): Rejection {
  return buildResponseFor(request, body, status, headers) as Rejection
}

function wireOf({ code, allow, description }: RejectionReason): WireError {
  const wire = ownMembers(allow === undefined ? WIRE_ERRORS[code] : METHOD_NEEDS_TOKEN)
  return description === undefined ? wire : ownMembers({ ...wire, description })
}

function bodyOf(
  { error, description, jsonRpcCode }: WireError,
  requestId: RejectionReason['requestId'],
): string {
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

function refusedEvent(
  reason: RejectionReason,
  state: ResourceState,
  status: number,
  request: Request | undefined,
): RefusedEvent {
  const { code, issuer, claim, denied } = reason
  const { expected, received } = sidesOf(reason, state, request)
  return {
    type: 'refused',
    resource: state.identifier,
    code,
    status,
    ...(issuer === undefined ? {} : { issuer }),
    ...(expected === undefined ? {} : { expected }),
    ...(received === undefined ? {} : { received: legibleTexts(received) }),
    ...(claim === undefined ? {} : { claim }),
    ...(denied === undefined ? {} : { denied }),
  }
}

/** What would have been accepted and what came, with what the configuration says about the former. */
function sidesOf(
  { code, issuer, scopes, expected, received }: RejectionReason,
  { servers, origins }: ResourceState,
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
      const kinds = servers.flatMap(({ options }) => tokenFormatsOf(options))
      return { expected: [...new Set(kinds.map(nameOf))], received }
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

function nameOf(kind: AccessTokenKind): string {
  return typeof kind === 'string' ? kind : kind.kind
}
