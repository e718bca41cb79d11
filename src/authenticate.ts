/** The pipeline: from a request to its verified context, or to the refusal it deserves. */

import { authorize, scopesNeeded, scopesToOffer, withScopesNeeded } from './authorize.ts'
import { checkBinding, isUnbound, keepNonce, spendProof } from './bind.ts'
import type { AnonymousContext, AuthContext, McpOperation, Rejection } from './context.ts'
import { Patience } from './documents/patience.ts'
import { AuthError, type Refusal, refusalOf } from './errors.ts'
import { durationSince, emit, startTiming } from './events.ts'
import { type Credentials, parseAuthorization, parseBareToken } from './http/authorization.ts'
import { isOriginAllowed } from './http/cors.ts'
import { dropPromise } from './lib/promise.ts'
import { type Failure, fail, type Result, succeed } from './lib/result.ts'
import {
  admitAnonymous,
  neededBy,
  needsOf,
  readOperations,
  withScopesOfOperations,
} from './operations.ts'
import type { Requirements } from './options.ts'
import { recall, remember } from './recall.ts'
import { refuse } from './refuse.ts'
import { type ProtectedResource, type ResourceState, stateOf } from './resource-state.ts'
import type { ScopeRequirement } from './scope/requirement.ts'
import type { VerifiedToken } from './token/verified-token.ts'
import { anonymousContext, VerifiedContext } from './verified-context.ts'
import { verifyToken } from './verify-token.ts'

/**
 * Decides whether a request may pass.
 *
 * Checks, in this order: `Origin`; that there is exactly one well-formed set of credentials; the
 * token (its kind, issuer, times, audience, signature); what binds it to its sender; the JSON-RPC
 * body, if the resource has `operations`; the scopes and the authentication that this request
 * needs. The handler should run only with a context.
 *
 * Does not check: the HTTP method, the path, sessions. Answer preflights with
 * {@link preflightResponse} first, and hand your response to {@link completeResponse}; `protect`
 * does all of that.
 *
 * @param request The request as received. Its body stays readable: only a clone is read, and that
 * only if the resource has `operations`.
 * @param resource The resource it is for.
 * @param requirements What this request needs beyond what the resource always needs.
 * @returns The context (`ok: true`), or the response to send instead (`ok: false`):
 *
 * - 400 `invalid_request` — malformed or several credentials; a body that is no clear JSON-RPC, or
 *   headers that contradict it; 413 if it is larger than `maxBodyBytes`
 * - 401 without error — no credentials
 * - 401 `invalid_token` — a token that is not valid here, for whatever reason
 * - 401 `invalid_dpop_proof`, or `use_dpop_nonce` with the nonce — a bound token without a good proof
 * - 401 `insufficient_user_authentication` — see `acrValues` and `maxAgeSeconds`
 * - 403 `insufficient_scope`, naming all scopes the request needs; 403 without challenge for an
 *   origin that is not allowed
 * - 405 with `Allow: POST` — a GET without credentials where anonymous calls of some operations pass
 * - 503 with `Retry-After` — nothing can be said about the token right now
 * - 500 — a function of your configuration threw, or the body was consumed before
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6750.html#section-3 RFC 6750 §3}
 */
export function authenticate(
  request: Request,
  resource: ProtectedResource,
  requirements: Requirements & { optional: true },
): Promise<AuthContext | AnonymousContext | Rejection>
export function authenticate(
  request: Request,
  resource: ProtectedResource,
  requirements?: Requirements & { optional?: false | undefined },
): Promise<AuthContext | Rejection>
export async function authenticate(
  request: Request,
  resource: ProtectedResource,
  requirements?: Requirements,
): Promise<AuthContext | AnonymousContext | Rejection> {
  const state = stateOf(resource)
  const needed = scopesNeeded(state, requirements)
  const patience = new Patience(requirements?.waitUntil)
  const startedMs = startTiming(state.measuresDurations)
  const caller: Caller = { needed, requirements, patience, startedMs, request }
  let outcome: Outcome<AuthContext | AnonymousContext>
  try {
    const verdict = judge(request, state, caller)
    // To await what is there already would cost as much as everything else about a known token.
    outcome = 'ok' in verdict ? verdict : await verdict
  } catch {
    outcome = failClosed()
  }
  if (outcome.ok) return outcome.value
  const refusal =
    state.operations === undefined
      ? outcome.error
      : await withScopesOfOperations(outcome.error, request, state, needed)
  return refuse(refusal, state, caller)
}

/**
 * Verifies a token that did not come in an HTTP request: from a WebSocket's first message, say.
 *
 * Checks what {@link authenticate} checks of a token. A token that is bound to a key is refused,
 * because there is no proof to check; one bound to a certificate needs `requirements.certificate`.
 *
 * @param token The access token, without a scheme.
 * @param resource The resource it must be for.
 * @param requirements What is needed beyond what the resource always needs.
 * @returns The context.
 * @throws {AuthError} With the code of the refusal.
 */
export async function verifyAccessToken(
  token: string,
  resource: ProtectedResource,
  requirements?: Requirements,
): Promise<AuthContext> {
  const state = stateOf(resource)
  const needed = scopesNeeded(state, requirements)
  const patience = new Patience(requirements?.waitUntil)
  const startedMs = startTiming(state.measuresDurations)
  const caller: Caller = { needed, requirements, patience, startedMs, request: undefined }
  const outcome = await judgeBareToken(token, state, caller)
  if (outcome.ok) return outcome.value
  const { code, scopes, cause } = outcome.error
  throw new AuthError(code, { scopes, cause })
}

/**
 * Turns an error into the response that says it: for handlers and frameworks that catch.
 *
 * @param error An `AuthError` is that refusal, an `UpstreamError` 503, anything else 500.
 * @param resource The resource whose challenge to send.
 * @param request The request, for CORS; without it a browser client cannot read the response.
 * @param requirements What the request needed at the door, so that the challenge names it too.
 * @returns A response with status 400 or more.
 */
export function challengeResponse(
  error: unknown,
  resource: ProtectedResource,
  request?: Request,
  requirements?: Requirements,
): Rejection {
  const state = stateOf(resource)
  const needed = neededBy(request, state) ?? scopesNeeded(state, requirements)
  return refuse(withScopesNeeded(refusalOf(error), state, needed), state, { request, needed })
}

/**
 * Demands scopes inside a handler or a tool, where more is known than at the door.
 *
 * @param auth The context of the request, or the SDK's `AuthInfo`. None at all is refused, never
 * let through: a forgotten gate must not open the door.
 * @param scopes All of them are needed.
 * @throws {AuthError} `scope_insufficient` with the scopes, or `credentials_missing` without `auth`.
 */
export function requireScopes(
  auth: { readonly scopes: readonly string[] } | undefined,
  scopes: readonly string[],
): void {
  if (auth === undefined || auth === null) throw new AuthError('credentials_missing', { scopes })
  if (isAnonymous(auth)) throw new AuthError('credentials_missing', { scopes })
  // In text, 'notes:readonly' would include 'notes:read'.
  const granted: unknown = auth.scopes
  const isGranted = Array.isArray(granted) && scopes.every((scope) => granted.includes(scope))
  if (!isGranted) throw new AuthError('scope_insufficient', { scopes })
}

/** Of everything but JSON-RPC requests, and where no policy asks. */
const NO_OPERATIONS: readonly McpOperation[] = Object.freeze([])

type Outcome<Context> = Result<Context, Refusal>

/** Who asks, for what. */
interface Caller {
  readonly needed: ScopeRequirement
  readonly requirements: Requirements | undefined
  readonly patience: Patience
  /** Where durations are measured: when this began. */
  readonly startedMs: number | undefined
  /** For custom verification and the body's operations; `undefined` where a token came without one. */
  readonly request: Request | undefined
}

/** At once where nothing has to be waited for: a token that is known, or none at all. */
function judge(
  request: Request,
  state: ResourceState,
  caller: Caller,
): Outcome<AuthContext | AnonymousContext> | Promise<Outcome<AuthContext | AnonymousContext>> {
  if (!isOriginAllowed(request.headers.get('Origin'), state.origins)) {
    return fail({ code: 'origin_refused' })
  }
  const presented = readCredential(request, state)
  if (!presented.ok) return presented
  const known = recall(presented.value, state, state.now(), caller.patience)
  if (known !== undefined) return conclude(known, known.verified, state, caller, true)
  const credentials = parseCredential(presented.value, state)
  if (credentials.ok) return judgeToken(presented.value, credentials.value, state, caller)
  const isAbsent = credentials.error.code === 'credentials_missing'
  if (!isAbsent || caller.requirements?.optional !== true) return credentials
  return judgeAnonymous(request, state, caller.needed)
}

async function judgeAnonymous(
  request: Request,
  state: ResourceState,
  needed: ScopeRequirement,
): Promise<Outcome<AnonymousContext>> {
  const admitted = await admitAnonymous(request, state, needed)
  return admitted.ok ? succeed(anonymousContext(state, admitted.value)) : admitted
}

/** What a request presents, as text: `''` is nothing. */
function readCredential(request: Request, state: ResourceState): Outcome<string> {
  if (state.readToken === undefined) return succeed(request.headers.get('Authorization') ?? '')
  try {
    const token: unknown = state.readToken(request) ?? ''
    if (typeof token === 'string') return succeed(token)
    dropPromise(token)
    return fail({ code: 'internal' })
  } catch {
    return fail({ code: 'internal' })
  }
}

async function judgeBareToken(
  token: string,
  state: ResourceState,
  caller: Caller,
): Promise<Outcome<AuthContext>> {
  try {
    const credentials = parseBareToken(token)
    return credentials.ok
      ? await judgeToken(undefined, credentials.value, state, caller)
      : credentials
  } catch {
    return failClosed()
  }
}

function parseCredential(presented: string, state: ResourceState): Outcome<Credentials> {
  if (state.readToken !== undefined) return parseBareToken(presented)
  const parsed = parseAuthorization(presented)
  // A scheme that is not offered here is no authentication information (RFC 6750 §3.1).
  if (parsed.ok && parsed.value.scheme === 'DPoP' && state.dpop === undefined) {
    return fail({ code: 'credentials_missing' })
  }
  return parsed
}

/** @param presented What a request will be recognised by; a token without one is asked about once. */
function judgeToken(
  presented: string | undefined,
  credentials: Credentials,
  state: ResourceState,
  caller: Caller,
): Failure<Refusal> | Promise<Outcome<AuthContext>> {
  const now = state.now()
  const work = verifyToken(credentials.token, state, now, caller.patience, caller.request)
  return 'ok' in work ? work : judgeVerified(work, presented, credentials, state, caller, now)
}

async function judgeVerified(
  work: Promise<Outcome<VerifiedToken>>,
  presented: string | undefined,
  credentials: Credentials,
  state: ResourceState,
  caller: Caller,
  now: number,
): Promise<Outcome<AuthContext>> {
  const verified = await work
  if (!verified.ok) return verified
  if (presented !== undefined) remember(presented, credentials, verified.value, state, now)
  return conclude(credentials, verified.value, state, caller, false)
}

/** What is asked on every request, however well the token is known. */
function conclude(
  credentials: Credentials,
  verified: VerifiedToken,
  state: ResourceState,
  caller: Caller,
  cached: boolean,
): Outcome<AuthContext> | Promise<Outcome<AuthContext>> {
  const work = isUnbound(verified, credentials, state)
    ? admit(credentials, verified, state, caller)
    : concludeBound(credentials, verified, state, caller)
  // The common case, in which nothing has to be waited for.
  if (!('ok' in work)) return tell(work, verified, state, caller, cached)
  if (work.ok) tellAccepted(verified, state, caller, cached)
  return work
}

async function tell(
  work: Promise<Outcome<AuthContext>>,
  verified: VerifiedToken,
  state: ResourceState,
  caller: Caller,
  cached: boolean,
): Promise<Outcome<AuthContext>> {
  const outcome = await work
  if (outcome.ok) tellAccepted(verified, state, caller, cached)
  return outcome
}

function tellAccepted(
  { authority: issuer }: VerifiedToken,
  state: ResourceState,
  { startedMs }: Caller,
  cached: boolean,
): void {
  if (state.onEvent === undefined) return
  const event = { type: 'accepted', resource: state.identifier, issuer, cached } as const
  emit(state.onEvent, startedMs === undefined ? event : { ...event, ...durationSince(startedMs) })
}

/** The binding comes before the body is read, and the proof is spent when nothing else can fail. */
async function concludeBound(
  credentials: Credentials,
  verified: VerifiedToken,
  state: ResourceState,
  caller: Caller,
): Promise<Outcome<AuthContext>> {
  const { request, requirements } = caller
  const presenter = { request, certificate: requirements?.certificate }
  const bound = await checkBinding(verified, credentials, state, presenter)
  if (!bound.ok) return bound
  const admitting = admit(credentials, verified, state, caller)
  const admitted = 'ok' in admitting ? admitting : await admitting
  if (!admitted.ok || bound.value === undefined) return admitted
  const refusal = await spendProof(bound.value, verified, state)
  if (refusal !== undefined) return fail(refusal)
  keepNonce(admitted.value, bound.value.nonce)
  return admitted
}

/** Whether the token is enough for what is asked; at once where no body has to be read for that. */
function admit(
  credentials: Credentials,
  verified: VerifiedToken,
  state: ResourceState,
  caller: Caller,
): Outcome<AuthContext> | Promise<Outcome<AuthContext>> {
  const { request, needed, requirements } = caller
  if (request !== undefined && state.operations !== undefined) {
    return admitOperations(
      readOperations(request, state.operations),
      credentials,
      verified,
      state,
      caller,
    )
  }
  const refusal = authorize(verified, needed, requirements, state)
  if (refusal !== undefined) return fail(refusal)
  return succeed(new VerifiedContext(credentials, verified, state, NO_OPERATIONS))
}

async function admitOperations(
  reading: Promise<Outcome<readonly McpOperation[]>>,
  credentials: Credentials,
  verified: VerifiedToken,
  state: ResourceState,
  caller: Caller,
): Promise<Outcome<AuthContext>> {
  const read = await reading
  if (!read.ok) return read
  const context = new VerifiedContext(credentials, verified, state, read.value)
  const refusal = authorizeOperations(context, verified, state, caller)
  return refusal === undefined ? succeed(context) : fail(refusal)
}

function authorizeOperations(
  context: AuthContext,
  verified: VerifiedToken,
  state: ResourceState,
  { request, needed: base, requirements }: Caller,
): Refusal | undefined {
  const needs = needsOf(context.operations, request, state, base, context)
  if (!needs.ok) return needs.error
  const { needed, isPublic } = needs.value
  // What anybody may do without a token needs no stronger login of those who have one.
  const further = isPublic && requirements?.optional === true ? undefined : requirements
  const refusal = authorize(verified, needed, further, state)
  if (refusal?.code !== 'authentication_insufficient' || context.operations.length === 0) {
    return refusal
  }
  return { ...refusal, scopes: scopesToOffer(state, needed) }
}

/** What we did not foresee is not the client's fault, and lets nobody in. */
function failClosed(): Failure<Refusal> {
  return fail({ code: 'internal' })
}

function isAnonymous(auth: object): boolean {
  return 'anonymous' in auth && auth.anonymous === true
}
