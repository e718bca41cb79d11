/** The pipeline: from a request to its verified context, or to the refusal it deserves. */

import type { AnonymousContext, AuthContext, McpOperation } from '../contract/context.ts'
import { durationSince, emit, startTiming } from '../contract/events.ts'
import { type HostFacts, hostFact } from '../contract/ports.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { Requirements } from '../contract/requirements.ts'
import { RequestBudget } from '../documents/request-budget.ts'
import { type Credentials, parseAuthorization, parseBareToken } from '../http/authorization.ts'
import { isOriginAllowed } from '../http/cors.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import { isObject } from '../lib/json.ts'
import { dropPromise } from '../lib/promise.ts'
import { type Failure, fail, isResult, type Result, succeed } from '../lib/result.ts'
import { parseUrl } from '../lib/safe-url.ts'
import { NEEDED } from '../resource/needed-scopes.ts'
import type { ResourceState } from '../resource/state.ts'
import type { ScopeRequirement } from '../scope/requirement.ts'
import { anonymousContext, neededWith, VerifiedContext } from './auth-context.ts'
import { authorize, ownRequirements, scopesNeeded, scopesToOffer } from './authorize.ts'
import { checkBinding, isUnbound, keepNonce, spendProof } from './check-binding.ts'
import { admitAnonymous, needsOf, readOperations } from './read-operations.ts'
import { recall, remember } from './token-cache.ts'
import { verifyToken } from './verify-token.ts'

/** Of everything but JSON-RPC requests, and where no policy asks. */
const NO_OPERATIONS: readonly McpOperation[] = Object.freeze([])

export type Outcome<Context> = Result<Context, RejectionReason>

/** The rejection of a GET of the endpoint where `getStream` is `false`. */
const NO_GET_STREAM: RejectionReason = {
  code: 'credentials_missing',
  allow: 'POST',
  description: 'There is no event stream here; send messages with POST.',
  isSilent: true,
}

/** Who asks, for what. */
export interface Caller {
  readonly needed: ScopeRequirement
  readonly requirements: Requirements | undefined
  /** What the host knows; it is never overridden by `requirements`. */
  readonly host: HostFacts | undefined
  readonly budget: RequestBudget
  /** Where durations are measured: when this began. */
  readonly startedMs: number | undefined
  /** For custom verification and the body's operations; `undefined` where a token came without one. */
  readonly request: Request | undefined
}

/** @throws {TypeError} If the requirements are none, or the host's facts. */
export function createCaller(
  state: ResourceState,
  requirements: Requirements | undefined,
  request: Request | undefined,
  host: HostFacts | undefined,
): Caller {
  // A promise has no `body`: the request's own would be decided about, and another one executed.
  if (host !== undefined && (!isObject(host) || dropPromise(host))) {
    throw new TypeError('Host facts must be an object such as { body }, and not a promise of one.')
  }
  const own = ownRequirements(requirements)
  return {
    needed: scopesNeeded(state, own),
    requirements: own,
    host,
    budget: new RequestBudget(hostFact(host, 'waitUntil') ?? own?.waitUntil),
    startedMs: startTiming(state.measuresDurations),
    request,
  }
}

/**
 * Whether a request may pass, and if not, why.
 *
 * Says so at once where nothing has to be waited for: a token that is known, or none at all.
 *
 * @throws Whatever a function of the application throws; that is for {@link failClosed}.
 */
export function judge(
  request: Request,
  state: ResourceState,
  caller: Caller,
): Outcome<AuthContext | AnonymousContext> | Promise<Outcome<AuthContext | AnonymousContext>> {
  if (!isOriginAllowed(request.headers.get('Origin'), state.origins)) {
    return fail({ code: 'origin_refused' })
  }
  if (!state.offersGetStream && asksForStream(request, state)) return fail(NO_GET_STREAM)
  const presented = readCredential(request, state)
  if (!presented.ok) return presented
  const known = recall(presented.value, state, state.now(), caller.budget)
  if (known !== undefined) return conclude(known, known.verified, state, caller, true)
  const credentials = parseCredential(presented.value, state)
  if (credentials.ok) return judgeToken(presented.value, credentials.value, state, caller)
  const isAbsent = credentials.error.code === 'credentials_missing'
  if (!isAbsent || caller.requirements?.optional !== true) return credentials
  return judgeAnonymous(caller, state)
}

/** Only the resource's own path is the MCP endpoint; paths below it belong to the application. */
function asksForStream({ method, url }: Request, state: ResourceState): boolean {
  return method === 'GET' && parseUrl(url)?.pathname === state.url.pathname
}

async function judgeAnonymous(
  caller: Caller,
  state: ResourceState,
): Promise<Outcome<AnonymousContext>> {
  const admitted = await admitAnonymous(caller, state)
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

/** The same for a token that came without a request. Never throws. */
export async function judgeBareToken(
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
): Failure<RejectionReason> | Promise<Outcome<AuthContext>> {
  const now = state.now()
  const work = verifyToken(credentials.token, state, now, caller.budget, caller.request)
  return isResult(work) ? work : judgeVerified(work, presented, credentials, state, caller, now)
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
  if (!isResult(work)) return tell(work, verified, state, caller, cached)
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
  const { request, requirements, host } = caller
  const certificate = hostFact(host, 'certificate') ?? requirements?.certificate
  const presenter = { request, certificate }
  const bound = await checkBinding(verified, credentials, state, presenter)
  if (!bound.ok) return bound
  const admitting = admit(credentials, verified, state, caller)
  const admitted = isResult(admitting) ? admitting : await admitting
  if (!admitted.ok || bound.value === undefined) return admitted
  const reason = await spendProof(bound.value, verified, state)
  if (reason !== undefined) return fail(reason)
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
  const { needed, requirements } = caller
  if (state.operations !== undefined) {
    const reading = readOperations(caller, state.operations)
    return admitOperations(reading, credentials, verified, state, caller)
  }
  const reason = authorize(verified, needed, requirements, state)
  if (reason !== undefined) return fail(reason)
  return succeed(new VerifiedContext(credentials, verified, state, NO_OPERATIONS, needed))
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
  const context = new VerifiedContext(credentials, verified, state, read.value, caller.needed)
  const reason = authorizeOperations(context, verified, state, caller)
  return reason === undefined ? succeed(context) : fail(reason)
}

function authorizeOperations(
  context: VerifiedContext,
  verified: VerifiedToken,
  state: ResourceState,
  { needed: base, requirements }: Caller,
): RejectionReason | undefined {
  const needs = needsOf(context.operations, state, base, context)
  if (!needs.ok) return needs.error
  const { needed, isPublic } = needs.value
  context[NEEDED] = neededWith(needed, verified, state)
  // What anybody may do without a token needs no stronger login of those who have one.
  const further = isPublic && requirements?.optional === true ? undefined : requirements
  const reason = authorize(verified, needed, further, state)
  if (reason?.code !== 'authentication_insufficient' || context.operations.length === 0) {
    return reason
  }
  return { ...reason, scopes: scopesToOffer(state, needed) }
}

/** What we did not foresee is not the client's fault, and lets nobody in. */
export function failClosed(): Failure<RejectionReason> {
  return fail({ code: 'internal' })
}
