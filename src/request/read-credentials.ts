/** The credentials of a call: from `Authorization`, from the application's `token` function, or bare. */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import { type Credentials, parseAuthorization, parseBareToken } from '../http/authorization.ts'
import { fieldValue, withoutTrailingSpace } from '../lib/header-syntax.ts'
import { dropPromise } from '../lib/promise.ts'
import { fail, succeed } from '../lib/result.ts'
import type { CachedToken } from '../resource/cached-token.ts'
import type { EndpointState, ResourceState, ServerState } from '../resource/state.ts'
import type { Call, StepResult } from './call.ts'
import { lookUpToken } from './token-cache.ts'

export interface PresentedCredentials extends Credentials {
  /** The text by which the cache knows them; `undefined` for a token without a request. */
  readonly text: string | undefined
  /** `undefined` where the token has to be verified. */
  readonly cached: CachedToken<ServerState> | undefined
}

const INTERNAL = /* @__PURE__ */ fail<RejectionReason>({ code: 'internal', option: 'token' })
const MISSING = /* @__PURE__ */ fail<RejectionReason>({ code: 'credentials_missing' })

/**
 * Reads the one set of credentials that a call presents.
 *
 * @param known The value of `Authorization`, where it was read before and is not in the cache.
 *
 * Fails with
 * - `credentials_missing` — none, or of a scheme that the resource does not offer
 * - `credentials_malformed`, `credentials_duplicate` — not exactly one access token
 * - `internal` — the application's `token` function threw or returned something else than text
 */
export function readCredentials(
  call: Pick<Call, 'request' | 'token' | 'budget'>,
  state: Pick<ResourceState, 'endpoint' | 'binding' | 'explainMissing' | 'tokens' | 'clock'>,
  known?: string,
): StepResult<PresentedCredentials> {
  const { request, token } = call
  const { endpoint, binding, explainMissing } = state
  if (request === undefined) return withText(parseBareToken(token), undefined)
  if (endpoint.readToken !== undefined) {
    const text = callReadToken(endpoint.readToken, request)
    if (!text.ok) return text
    return lookUp(text.value, call, state) ?? withText(parseBareToken(text.value), text.value)
  }
  const field =
    known === undefined
      ? (fieldValue(request.headers, 'authorization') ?? '')
      : withoutTrailingSpace(known)
  const found = field === known ? undefined : lookUp(field, call, state)
  if (found !== undefined) return found
  const parsed = parseAuthorization(field)
  // RFC 6750 §3.1: a scheme that is not offered here counts as no authentication information.
  if (parsed.ok && parsed.value.scheme === 'DPoP' && binding.dpop === undefined) {
    explainMissing?.('jkt')
    return MISSING
  }
  return withText(parsed, field)
}

/** The cache compares the whole text, and holds only texts that were accepted here: they are not parsed again. */
function lookUp(
  text: string,
  { budget }: Pick<Call, 'budget'>,
  { tokens, clock }: Pick<ResourceState, 'tokens' | 'clock'>,
): StepResult<PresentedCredentials> | undefined {
  if (text === '') return undefined
  const cached = lookUpToken(text, tokens, clock.now(), budget)
  return cached && succeed({ ...cached.credentialsIn(text), text, cached })
}

function withText(
  parsed: StepResult<Credentials>,
  text: string | undefined,
): StepResult<PresentedCredentials> {
  return parsed.ok ? succeed({ ...parsed.value, text, cached: undefined }) : parsed
}

function callReadToken(
  readToken: NonNullable<EndpointState['readToken']>,
  request: Request,
): StepResult<string> {
  try {
    const token: unknown = readToken(request) ?? ''
    if (typeof token === 'string') return succeed(token)
    dropPromise(token)
    return INTERNAL
  } catch {
    return INTERNAL
  }
}
