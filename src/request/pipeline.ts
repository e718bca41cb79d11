/** The pipeline: from a call to its verified context, or to the reason of its rejection. */

import type { AnonymousContext, AuthContext, McpOperation } from '../contract/context.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { fail, succeed } from '../lib/result.ts'
import type { PresentedToken } from '../resource/binding.ts'
import { ACCEPTED, NONCE } from '../resource/context-facts.ts'
import type { ResourceState } from '../resource/state.ts'
import { needsNoScopes } from '../scope/requirement.ts'
import { emitAccepted } from './accepted-event.ts'
import { anonymousContext, NO_OPERATIONS, NOTHING_READ } from './auth-context.ts'
import { authorize, isAuthenticatedEnough } from './authorize.ts'
import type { Call, StepResult } from './call.ts'
import { checkActor } from './check-actor.ts'
import { checkBinding, consumeEvidence, isUnbound, NO_EVIDENCE } from './check-binding.ts'
import { checkEndpoint } from './check-endpoint.ts'
import type { Reading } from './known-token.ts'
import { type PresentedCredentials, readCredentials } from './read-credentials.ts'
import { storeToken } from './token-cache.ts'
import { verifyToken } from './verify-token.ts'

/**
 * Decides a call, in the order of the picture in `docs/architecture.md`: cheap checks before expensive
 * ones, and the validity of a token before its scopes.
 *
 * @param read The parts of the request that {@link decideKnownToken} has read.
 * @returns The context, or the reason of the rejection.
 * @throws Exceptions of the application's functions. The caller turns them into a 500.
 */
export async function decide(
  call: Call,
  state: ResourceState,
  read?: Reading,
): Promise<StepResult<AuthContext | AnonymousContext>> {
  const { request } = call
  // Origin, and GET where the resource has no event stream.
  const endpoint =
    request === undefined || read !== undefined ? undefined : checkEndpoint(request, state)
  if (endpoint?.ok === false) return endpoint

  const credentials =
    read === undefined ? readCredentials(call, state) : credentialsOf(read, call, state)
  if (!credentials.ok) {
    return mayBeAnonymous(credentials.error, call) ? decideAnonymous(call, state) : credentials
  }

  const { cached } = credentials.value
  const token =
    cached === undefined
      ? await verifyAndStore(credentials.value, call, state)
      : succeed({ ...credentials.value, verified: cached })
  if (!token.ok) return token
  if (call.trail !== undefined) call.trail.token = token.value

  // Binding and revocation come before the body, and the evidence is consumed when no other check can fail.
  const { scheme, verified } = token.value
  const evidence = isUnbound(scheme, verified, state.binding)
    ? NO_EVIDENCE
    : await checkBinding(token.value, call, state)
  if (!evidence.ok) return evidence

  if (state.revocation !== undefined) {
    const standing = await state.revocation.check(token.value, call.budget)
    if (!standing.ok) return standing
  }

  const actor = checkActor(token.value, call, state)
  if (!actor.ok) return actor

  const { operations: reading } = state
  const operations =
    reading === undefined ? NOTHING_READ : await reading.steps.readOperations(call, reading)
  if (!operations.ok) return operations

  const authorized = await authorize(token.value, operations.value, call, state)
  if (!authorized.ok) return authorized
  const { context, unenforced } = authorized.value
  if (call.trail !== undefined) call.trail.denied = unenforced?.denied

  // An earlier guard of the resource has consumed the evidence of this request.
  if (
    evidence.value.length > 0 &&
    (call.host as Accepting)?.[ACCEPTED]?.token !== token.value.token
  ) {
    const consumed = await consumeEvidence(evidence.value, token.value, state)
    if (!consumed.ok) return consumed
    for (const { nonce } of evidence.value) if (nonce !== undefined) context[NONCE] = nonce
  }

  emitAccepted(verified, call.startedMs, state, cached !== undefined, unenforced)
  return succeed(context)
}

/** Facts of a host where another guard of the resource has accepted this request. */
type Accepting = { readonly [ACCEPTED]?: AuthContext } | undefined

function credentialsOf(
  { text, cached }: Reading,
  call: Call,
  state: ResourceState,
): StepResult<PresentedCredentials> {
  return cached === undefined
    ? readCredentials(call, state, text)
    : succeed({ ...cached.credentialsIn(text), text, cached })
}

async function verifyAndStore(
  { text, scheme, token }: PresentedCredentials,
  { budget, request }: Call,
  state: ResourceState,
): Promise<StepResult<PresentedToken>> {
  const now = state.clock.now()
  const verified = await verifyToken(token, { budget, request, now }, state)
  if (!verified.ok) return verified
  const presented = { scheme, token, verified: verified.value }
  storeToken(text, presented, state, now)
  return succeed(presented)
}

function mayBeAnonymous({ code }: RejectionReason, { request, requirements }: Call): boolean {
  return code === 'credentials_missing' && request !== undefined && requirements?.optional === true
}

async function decideAnonymous(
  call: Call,
  state: ResourceState,
): Promise<StepResult<AnonymousContext>> {
  const { operations: reading } = state
  const operations =
    reading === undefined
      ? checkUnread(call, state)
      : await reading.steps.checkAnonymous(call, { operations: reading, scopes: state.scopes })
  return operations.ok ? succeed(anonymousContext(state.identity, operations.value)) : operations
}

/** Without an operation policy, requests without credentials pass where neither scope nor step-up is required. */
function checkUnread(
  { needed, requirements = {} }: Call,
  { clock }: Pick<ResourceState, 'clock'>,
): StepResult<readonly McpOperation[]> {
  return needsNoScopes(needed) && isAuthenticatedEnough(NO_CLAIMS, requirements, clock)
    ? succeed(NO_OPERATIONS)
    : fail({ code: 'credentials_missing' })
}

const NO_CLAIMS = { claims: {} }
