/** Sender constraints: whether a token is presented by the party it is bound to (RFC 7800, 8705, 9449). */

import type { AuthErrorCode } from '../contract/auth-error-codes.ts'
import { hostFact } from '../contract/ports.ts'
import type { Scheme } from '../http/authorization.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import { isObject } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'
import { fail, PASSED, succeed } from '../lib/result.ts'
import type { BindingState, Evidence, PresentedToken } from '../resource/binding.ts'
import type { ResourceState } from '../resource/state.ts'
import type { Call, StepResult } from './call.ts'

/** The result for a token that needs no binding check. */
export const NO_EVIDENCE = /* @__PURE__ */ succeed<readonly Evidence[]>([])

/** Whether a token needs no binding check: it has no `cnf` claim, and the resource requires none. */
export function isUnbound(
  scheme: Scheme,
  verified: VerifiedToken,
  { isRequired }: BindingState,
): boolean {
  return verified.confirmation === undefined && scheme === 'Bearer' && !isRequired
}

/**
 * Checks the `cnf` claim of a token, at every request. Every method in it must be one that the
 * resource checks, and all of them must hold; the scheme must be the one for such a token
 * (RFC 9449 §7.2).
 *
 * @returns The evidence to consume when no other check can fail.
 *
 * Fails with
 * - `binding_unsupported` — a method that is unknown or not switched on
 * - `binding_missing` — an unbound token where binding is required, or a bound one without evidence
 * - `binding_mismatch` — another key or another certificate
 * - the codes of each binding
 */
export async function checkBinding(
  token: PresentedToken,
  { request, host, requirements }: Pick<Call, 'request' | 'host' | 'requirements'>,
  state: Pick<ResourceState, 'binding' | 'clock' | 'explainMissing'>,
): Promise<StepResult<readonly Evidence[]>> {
  if (isUnbound(token.scheme, token.verified, state.binding)) return NO_EVIDENCE
  const { authority: issuer, confirmation = {} } = token.verified
  const code = violationOf(confirmation, token, state)
  if (code !== undefined) return fail({ code, issuer })
  const certificate = hostFact(host, 'certificate') ?? requirements?.certificate
  const evidence: Evidence[] = []
  for (const binding of state.binding.all) {
    // Not by its value: an own member that is `undefined` must not pass as unbound.
    if (!Object.hasOwn(confirmation as object, binding.method)) continue
    const value = (confirmation as Record<string, unknown>)[binding.method]
    const call = { request, certificate, now: state.clock.now() }
    const checked = await binding.check(value, token, call)
    if (!checked.ok) return fail({ ...checked.error, issuer })
    if (checked.value !== undefined) evidence.push(ownMembers(checked.value))
  }
  return succeed(evidence)
}

/** Consumes the evidence. Fails with the codes of each binding. */
export async function consumeEvidence(
  evidence: readonly Evidence[],
  { verified: { authority: issuer } }: PresentedToken,
  { clock }: Pick<ResourceState, 'clock'>,
): Promise<StepResult<undefined>> {
  for (const each of evidence) {
    const consumed = await each.consume?.(clock.now())
    if (consumed?.ok === false) return fail({ ...consumed.error, issuer })
  }
  return PASSED
}

/** The violation that the confirmation methods show without a look at the request. */
function violationOf(
  methods: unknown,
  { scheme, verified: { confirmation } }: PresentedToken,
  { binding: { all }, explainMissing }: Pick<ResourceState, 'binding' | 'explainMissing'>,
): AuthErrorCode | undefined {
  if (!isObject(methods)) return 'binding_unsupported'
  const names = Object.keys(methods)
  if (confirmation !== undefined && names.length === 0) return 'binding_unsupported'
  for (const name of names) {
    const binding = all.find(({ method }) => method === name)
    if (binding === undefined) explainMissing?.(name)
    if (binding === undefined || binding.isSupported?.(methods[name]) === false) {
      return 'binding_unsupported'
    }
  }
  const hasProofKey = all.some(({ method, dpop }) => dpop !== undefined && names.includes(method))
  // RFC 9449 §7.2: a bound token as Bearer is a downgrade; an unbound token as DPoP has no proof key.
  if (hasProofKey !== (scheme === 'DPoP')) return 'binding_missing'
  const isMissing = all.some(({ method, required }) => required === true && !names.includes(method))
  return isMissing ? 'binding_missing' : undefined
}
