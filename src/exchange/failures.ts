/** What the error response of a token endpoint says, as a failure. Pure. */

import type { ExchangeFailure, ExchangeFailureCode } from '../contract/exchange-error.ts'
import { DEFAULT_RETRY_SECONDS } from '../http/retry-after.ts'
import {
  isFiniteNumber,
  isObject,
  isTextList,
  type JsonObject,
  parseObjectText,
} from '../lib/json.ts'
import { legible } from '../lib/legible.ts'
import { definedMembers } from '../lib/own-members.ts'
import { parseUrl } from '../lib/safe-url.ts'

/**
 * The codes of RFC 6749 §5.2, RFC 8693 §2.2.2, RFC 9470, OpenID Connect Core §3.1.2.6 and "Unmet
 * Authentication Requirements". `subject` and `interaction` depend on the rest of the response.
 */
const CODES: Readonly<Record<string, ExchangeFailureCode | 'subject' | 'interaction'>> = {
  invalid_grant: 'subject',
  invalid_target: 'target_refused',
  invalid_scope: 'target_refused',
  access_denied: 'target_refused',
  consent_required: 'consent_required',
  interaction_required: 'interaction',
  login_required: 'interaction',
  account_selection_required: 'interaction',
  insufficient_user_authentication: 'step_up_required',
  unmet_authentication_requirements: 'step_up_required',
  mfa_required: 'step_up_required',
  temporarily_unavailable: 'unavailable',
  server_error: 'unavailable',
  slow_down: 'unavailable',
}

const MAX_URL_LENGTH = 2048
const MAX_CLAIMS_LENGTH = 16_384
const MAX_VALUES = 16

/**
 * Reads an error response.
 *
 * @param invalidRequest What `invalid_request` says at this endpoint.
 * @param sent The tokens of the request: a member that repeats one is not passed on.
 */
export function failureOf(
  body: JsonObject,
  invalidRequest: ExchangeFailureCode,
  sent: readonly string[],
): ExchangeFailure {
  const { error } = body
  const stepUp = stepUpOf(body, sent)
  const code = codeOf(error, body, invalidRequest, Object.keys(stepUp).length > 0)
  switch (code) {
    case 'consent_required':
      return buildFailure(code, urlOf(body['error_uri'], sent))
    case 'step_up_required':
      return buildFailure(code, stepUp)
    case 'unavailable':
      return unavailable()
    default:
      return buildFailure(code)
  }
}

/**
 * The failure with its cause: what the response says about it, or else its status.
 *
 * @param sent The tokens of the request: a text that repeats one is not passed on.
 */
export function withCause(
  failure: ExchangeFailure,
  status: number,
  body: JsonObject | undefined,
  sent: readonly string[],
): ExchangeFailure {
  const textOf = (value: unknown): string | undefined =>
    typeof value === 'string' && !repeats(value, sent) ? legible(value) : undefined
  const error = textOf(body?.['error'])
  const message = textOf(body?.['error_description']) ?? responseOf(status)
  return buildFailure(failure.code, failure, { error, message })
}

/** What an operator learns of a failure, and a client does not. */
type Cause = Pick<ExchangeFailure, 'error' | 'message'>

/** A frozen failure. The members of its cause are not enumerable, so JSON and copies do not contain them. */
export function buildFailure<Code extends ExchangeFailureCode>(
  code: Code,
  details: Partial<ExchangeFailure> = {},
  cause: Cause = {},
): ExchangeFailure & { readonly code: Code } {
  const failure = { ...details, ok: false, code } as const
  for (const [name, value] of Object.entries(definedMembers(cause))) {
    Object.defineProperty(failure, name, { value })
  }
  return Object.freeze(failure)
}

/** The failure without a usable response. */
export function unavailable(
  retryAfterSeconds: number = DEFAULT_RETRY_SECONDS,
  message?: string,
): ExchangeFailure & { readonly code: 'unavailable' } {
  return buildFailure('unavailable', { retryAfterSeconds }, { message })
}

type StepUp = Pick<ExchangeFailure, 'claims' | 'acrValues' | 'maxAgeSeconds'>

/** Seconds as a number or, as some servers write them, as digits. */
export function secondsOf(value: unknown): number | undefined {
  const seconds = typeof value === 'string' && /^\d{1,10}$/.test(value) ? Number(value) : value
  return isFiniteNumber(seconds) && seconds >= 0 ? Math.floor(seconds) : undefined
}

function codeOf(
  error: unknown,
  body: JsonObject,
  invalidRequest: ExchangeFailureCode,
  hasStepUp: boolean,
): ExchangeFailureCode {
  // Entra sends `invalid_grant` where consent is missing, and names it here.
  if (body['suberror'] === 'consent_required') return 'consent_required'
  if (error === 'invalid_request') return invalidRequest
  // Without an own row, the server rejects this client or its request.
  const code =
    typeof error === 'string' && Object.hasOwn(CODES, error) ? CODES[error] : 'misconfigured'
  switch (code) {
    case 'interaction':
      return hasStepUp ? 'step_up_required' : 'consent_required'
    case 'subject':
      return hasStepUp ? 'step_up_required' : 'subject_not_accepted'
    default:
      return code ?? 'misconfigured'
  }
}

function responseOf(status: number): string {
  const what = status === 200 ? 'without a usable token' : `with status ${status}`
  return `The token endpoint answered ${what}.`
}

function urlOf(value: unknown, sent: readonly string[]): { readonly url?: string } {
  if (typeof value !== 'string' || value.length > MAX_URL_LENGTH || repeats(value, sent)) return {}
  const url = parseUrl(value)
  if (url?.protocol !== 'https:' || url.username !== '' || url.password !== '') return {}
  return { url: url.href }
}

function stepUpOf(body: JsonObject, sent: readonly string[]): StepUp {
  const claims = claimsOf(body['claims'], sent)
  const named = listOf(body['acr_values'])
  const acrValues = named.length > 0 ? named : acrValuesIn(claims)
  const maxAgeSeconds = secondsOf(body['max_age'])
  return {
    ...(claims === undefined ? {} : { claims }),
    ...(acrValues.length === 0 ? {} : { acrValues: Object.freeze(acrValues) }),
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  }
}

function claimsOf(value: unknown, sent: readonly string[]): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return undefined
  return value.length > MAX_CLAIMS_LENGTH || repeats(value, sent) ? undefined : value
}

/** OpenID Connect Core §5.5.1.1: a claims request may name the accepted values of `acr`. */
function acrValuesIn(claims: string | undefined): readonly string[] {
  const request = claims === undefined ? undefined : parseObjectText(claims)
  for (const place of ['access_token', 'id_token', 'userinfo']) {
    const member = request?.[place]
    const acr = isObject(member) && Object.hasOwn(member, 'acr') ? member['acr'] : undefined
    if (!isObject(acr)) continue
    const { value, values } = acr
    const named = listOf(isTextList(values) ? values : value === undefined ? [] : [value])
    if (named.length > 0) return named
  }
  return []
}

/** Values without spaces, from a text or a list. */
function listOf(value: unknown): string[] {
  const values = typeof value === 'string' ? value.split(' ') : isTextList(value) ? value : []
  return values.filter((each) => /^[!#-[\]-~]{1,256}$/.test(each)).slice(0, MAX_VALUES)
}

function repeats(text: string, sent: readonly string[]): boolean {
  return sent.some((token) => text.includes(token))
}
