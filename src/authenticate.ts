/** Authentication of requests and bare tokens, and the responses of rejections. */

import { checkRequest } from './check-request.ts'
import type { AnonymousContext, AuthContext, Rejection } from './contract/context.ts'
import { WIRE_ERRORS } from './contract/error-table.ts'
import { AuthError } from './contract/errors.ts'
import type { HostFacts } from './contract/ports.ts'
import { type RejectionReason, rejectionReasonOf } from './contract/rejection-reason.ts'
import type { Requirements } from './contract/requirements.ts'
import { ownMember, ownMembers } from './lib/own-members.ts'
import type { Awaitable } from './lib/promise.ts'
import { fail } from './lib/result.ts'
import { type Call, createCall, ownRequirements, type StepResult } from './request/call.ts'
import { decideKnownToken, type Reading } from './request/known-token.ts'
import { decide } from './request/pipeline.ts'
import { isContextOf, neededOf, REJECTED, type Rejecting } from './resource/context-facts.ts'
import {
  type NeededScopes,
  scopesNeeded,
  withFurtherScopes,
  withScopesNeeded,
} from './resource/required-scopes.ts'
import type { AuditOutcome } from './resource/slots.ts'
import { type ProtectedResource, type ResourceState, stateOf } from './resource/state.ts'
import { rejectionResponse } from './response/rejection.ts'

/**
 * Authenticates and authorizes a request. The handler must run only with a context.
 *
 * Checks, in this order:
 *
 * - `Origin`, and the method where `getStream` is `false`
 * - that there is exactly one well-formed set of credentials
 * - the token: its format, issuer, times, audience and signature
 * - its binding to the sender, its revocation and its actor
 * - the JSON-RPC body, if the resource has `operations`
 * - the scopes and the authentication that this request needs
 * - that a DPoP proof was not used before
 *
 * Does not check: other methods, the path, sessions. Call {@link preflightResponse} before it, and
 * {@link completeResponse} with the handler's response; `protect` does both.
 *
 * @param request The request as received. Its body stays readable: only a clone is read, and only if
 * the resource has `operations`.
 * @param resource The resource that the request is for.
 * @param requirements What this request needs beyond the resource's own requirements.
 * @param host Facts that only the host knows: the client certificate, or the message that the framework
 * has parsed.
 * @returns The context (`ok: true`), or the response to send instead (`ok: false`):
 *
 * - 400 `invalid_request` — malformed or several credentials; a body that is not JSON-RPC with one
 *   reading, or headers that contradict it; 413 if it is larger than `maxBodyBytes`; 408 if it takes longer than
 *   `bodyTimeoutMs`
 * - 401 without error — no credentials
 * - 401 `invalid_token` — a token that is not valid at this resource
 * - 401 `invalid_dpop_proof`, or `use_dpop_nonce` with the nonce — a bound token without a valid proof
 * - 401 `insufficient_user_authentication` — see `acrValues` and `maxAgeSeconds`
 * - 403 `insufficient_scope`, naming all scopes the request needs; 403 without challenge for an
 *   origin that is not allowed
 * - 405 with `Allow: POST` — a GET of the endpoint where `getStream` is `false`; a GET without
 *   credentials where anonymous calls of some operations pass
 * - 503 with `Retry-After` — the token cannot be verified right now
 * - 500 — a function of your configuration threw, or the body was read before and not handed over as
 *   `host.body`
 * @example
 * ```ts
 * async function serve(request: Request): Promise<Response> {
 *   const auth = await authenticate(request, notes, { scopes: ['notes:read'] })
 *   if (!auth.ok) return auth
 *   return Response.json({ user: auth.subject })
 * }
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750.html#section-3 RFC 6750 §3}
 */
export function authenticate(
  request: Request,
  resource: ProtectedResource,
  requirements: Requirements & { optional: true },
  host?: HostFacts | undefined,
): Promise<AuthContext | AnonymousContext | Rejection>
export function authenticate(
  request: Request,
  resource: ProtectedResource,
  requirements?: (Requirements & { optional?: false | undefined }) | undefined,
  host?: HostFacts | undefined,
): Promise<AuthContext | Rejection>
export function authenticate(
  request: Request,
  resource: ProtectedResource,
  requirements?: Requirements,
  host?: HostFacts,
): Promise<AuthContext | AnonymousContext | Rejection> {
  // In small functions of their own, which engines compile into one: this is the hot path.
  const isPlain = requirements === undefined && host === undefined
  const known = isPlain ? decideKnownPlainly(request, resource) : undefined
  return known?.ok === true
    ? Promise.resolve(known)
    : decideRequest(request, resource, requirements, host, known)
}

/**
 * Verifies a token that did not come in an HTTP request: in the first message of a WebSocket, for
 * example.
 *
 * Checks what {@link authenticate} checks of a token. A token that is bound to a key is rejected,
 * because there is no proof; one bound to a certificate needs `host.certificate`. Where the resource
 * has `operations`, `host.body` must be the message that came with the token, or `null` for none.
 *
 * @param token The access token, without a scheme.
 * @param resource The resource that the token must be for.
 * @param requirements What is needed beyond the resource's own requirements.
 * @param host Facts that only the host knows: the client certificate, the message.
 * @returns The context.
 * @throws {AuthError} With the code of the rejection. Where `host.body` is missing, the code is
 * `internal`, and the `cause` names the remedy.
 * @example
 * ```ts
 * // The first message of a WebSocket holds the token.
 * async function open(message: { token: string }): Promise<string | undefined> {
 *   const auth = await verifyAccessToken(message.token, notes)
 *   return auth.subject
 * }
 * ```
 */
export async function verifyAccessToken(
  token: string,
  resource: ProtectedResource,
  requirements?: Requirements,
  host?: HostFacts,
): Promise<AuthContext> {
  const state = stateOf(resource)
  const call = createCall({ token }, requirements, host, state)
  const decision = await decideSafely(call, state)
  const { audit } = state
  if (decision.ok) {
    if (audit !== undefined) await audit.write(call, allowed(decision.value))
    // Only a request can be anonymous.
    return decision.value as AuthContext
  }
  // Without its message, the token is still rejected for its own mistake.
  const hasMessage = call.host?.body !== undefined
  const rejected = hasMessage ? await explained(decision.error, call, state) : decision.error
  const reason = ownMembers(rejected)
  const { code, scopes, acrValues, maxAgeSeconds, cause, option, description } = reason
  const { status } = WIRE_ERRORS[code]
  if (audit !== undefined) await audit.write(call, { auth: undefined, reason, status })
  // The same option may also decide against the token.
  const text = description ?? (option && status >= 500 && `The option ${option} failed.`)
  const advice = text ? new TypeError(text) : undefined
  throw new AuthError(code, { scopes, acrValues, maxAgeSeconds, cause: cause ?? advice })
}

/**
 * Turns an error into its response: for handlers and frameworks that catch errors.
 *
 * @param error An `AuthError` or an `ExchangeError` becomes its rejection, an `UpstreamError` a 503,
 * anything else a 500.
 * @param resource The resource whose challenge is sent.
 * @param request The request, for CORS; without it a browser client cannot read the response.
 * @param needs What else the request needs, so that the challenge names it too: the context that
 * {@link authenticate} returned, or the requirements passed to it. Errors of {@link requireScopes} name
 * it already where `auth` was the context or a copy of it.
 * @returns A response with status 400 or more.
 * @example
 * ```ts
 * async function catchAll(request: Request, run: () => Promise<Response>): Promise<Response> {
 *   try {
 *     return await run()
 *   } catch (error) {
 *     return challengeResponse(error, notes, request)
 *   }
 * }
 * ```
 */
export function challengeResponse(
  error: unknown,
  resource: ProtectedResource,
  request?: Request,
  needs?: AuthContext | AnonymousContext | Requirements,
): Rejection {
  const state = stateOf(resource)
  const needed = neededFrom(needs, state)
  const reason = withScopesNeeded(rejectionReasonOf(error), state.scopes, needed)
  return rejectionResponse(reason, state, { request, needed })
}

/**
 * Requires scopes inside a handler or a tool, where the decision depends on data that `authenticate`
 * does not see.
 *
 * @param auth The context of the request, or the SDK's `AuthInfo`. A missing one throws, so that a
 * forgotten `authenticate` does not give access.
 * @param scopes All of them are needed.
 * @throws {AuthError} `scope_insufficient`, or `credentials_missing` without `auth`. Its `scopes` are
 * these and, for a context or a copy of it by spread, the other scopes that the request needs.
 * @example
 * ```ts
 * function deleteNote(auth: AuthContext, id: string): string {
 *   requireScopes(auth, ['notes:write'])
 *   return `${id} is deleted`
 * }
 * ```
 */
export function requireScopes(
  auth: { readonly scopes: readonly string[] } | undefined,
  scopes: readonly string[],
): void {
  if (!Array.isArray(scopes)) throw new TypeError('scopes must be an array.')
  if (auth === undefined || auth === null) throw new AuthError('credentials_missing', { scopes })
  if (isAnonymous(auth)) throw new AuthError('credentials_missing', { scopes: named(auth, scopes) })
  // `includes` of a text finds substrings: 'notes:readonly' contains 'notes:read'.
  const granted: unknown = ownMember(auth, 'scopes')
  // A copy has no holes, which `every` skips.
  const isGranted = Array.isArray(granted) && [...scopes].every((scope) => granted.includes(scope))
  if (!isGranted) throw new AuthError('scope_insufficient', { scopes: named(auth, scopes) })
}

/** Mistakes of the caller become rejections of the promise, in {@link decideRequest}. */
function decideKnownPlainly(
  request: Request,
  resource: ProtectedResource,
): AuthContext | Reading | undefined {
  try {
    return decideKnownToken(request, stateOf(resource))
  } catch {
    return undefined
  }
}

async function decideRequest(
  request: Request,
  resource: ProtectedResource,
  requirements: Requirements | undefined,
  host: HostFacts | undefined,
  read: Reading | undefined,
): Promise<AuthContext | AnonymousContext | Rejection> {
  checkRequest(request, 'authenticate', 'toRequest')
  const state = stateOf(resource)
  const call = createCall({ request }, requirements, host, state)
  const isPlain = requirements === undefined && host === undefined
  const known = isPlain ? read : decideKnownToken(request, state, call)
  if (known?.ok === true) return known
  const decision = await decideSafely(call, state, known)
  const { audit } = state
  if (decision.ok) {
    if (audit !== undefined) await audit.write(call, allowed(decision.value))
    return decision.value
  }
  const reason =
    (host as Rejecting | undefined)?.[REJECTED]?.() ??
    (await explained(decision.error, call, state))
  const response = rejectionResponse(reason, state, call)
  if (audit !== undefined && reason.isSilent !== true) {
    await audit.write(call, { auth: undefined, reason, status: response.status })
  }
  return response
}

function named(auth: object, scopes: readonly string[]): readonly string[] {
  return withFurtherScopes(neededOf(auth), scopes)
}

function allowed(auth: AuthContext | AnonymousContext): AuditOutcome {
  return { auth, reason: undefined, status: 200 }
}

/** With the scopes of the operations of the call. */
function explained(
  reason: RejectionReason,
  call: Call,
  state: ResourceState,
): Awaitable<RejectionReason> {
  const { operations, scopes } = state
  return operations?.steps.withScopesOfOperations(reason, call, { operations, scopes }) ?? reason
}

/** Unexpected exceptions become a 500: never a 401, never access. */
function decideSafely(
  call: Call,
  state: ResourceState,
  read?: Reading,
): Promise<StepResult<AuthContext | AnonymousContext>> {
  return decide(call, state, read).catch(() => fail({ code: 'internal' }))
}

/** A context of another resource does not count, neither as a context nor as requirements. */
function neededFrom(
  needs: AuthContext | AnonymousContext | Requirements | undefined,
  state: ResourceState,
): NeededScopes {
  const needed = neededOf(needs)
  if (needed === undefined) {
    return scopesNeeded(state.scopes, ownRequirements(needs as Requirements | undefined))
  }
  return isContextOf(needs, state.identity.identifier) ? needed : state.scopes.required
}

function isAnonymous(auth: object): boolean {
  return ownMember(auth as Partial<AnonymousContext>, 'anonymous') === true
}
