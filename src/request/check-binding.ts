/** Sender constraints: whether a token is presented by the party it is bound to (RFC 7800, 8705, 9449). */

import { type ProofFailure, verifyDpopProof } from '../binding/dpop-proof.ts'
import { checkCertificate, readCertificateField } from '../binding/mtls.ts'
import type { AuthErrorCode } from '../contract/errors.ts'
import { hostFact } from '../contract/ports.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { digestText } from '../crypto/sha256.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { ownMember } from '../lib/own-members.ts'
import { fail, succeed } from '../lib/result.ts'
import type {
  BindingState,
  DpopState,
  MtlsState,
  PresentedToken,
  ResourceState,
} from '../resource/state.ts'
import type { Call, StepResult } from './call.ts'

/** The sender of a token as the host shows it. */
interface Sender {
  /** `undefined`: the token did not come in a request, so there is no proof. */
  readonly request: Request | undefined
  /** The thumbprint of the client certificate. */
  readonly certificate: string | undefined
}

/** A verified DPoP proof that is not consumed yet. */
export interface OpenProof {
  /** Key, target and `jti`: the identity of the proof. */
  readonly identity: string
  readonly thumbprint: string
  /** When the proof ends, in seconds since the epoch. */
  readonly expiresAt: number
  /** The nonce to send with the response. */
  readonly nonce: string | undefined
}

const HOLDS = succeed(undefined)

/** Whether a token needs no binding check: it has no `cnf` claim, and the resource requires none. */
export function isUnbound(
  { scheme, verified }: PresentedToken,
  { dpop, mtls }: BindingState,
): boolean {
  if (verified.confirmation !== undefined || scheme !== 'Bearer') return false
  return dpop?.required !== true && mtls?.required !== true
}

/**
 * Checks the `cnf` claim of a token, at every request. Every method in it must be one that the
 * resource checks, and all of them must hold; the scheme must be the one for such a token
 * (RFC 9449 §7.2).
 *
 * Does not check: that the proof is new. See {@link consumeProof}.
 *
 * @returns The proof to consume, where the token is bound to a key.
 *
 * Fails with
 * - `binding_unsupported` — a method that is unknown or not switched on
 * - `binding_missing` — an unbound token where binding is required, or a bound one without evidence
 * - `binding_mismatch` — another key or another certificate
 * - `dpop_proof_missing`, `dpop_proof_invalid`, `dpop_nonce` — by its proof
 */
export async function checkBinding(
  token: PresentedToken,
  { request, host, requirements }: Pick<Call, 'request' | 'host' | 'requirements'>,
  { binding, clock }: Pick<ResourceState, 'binding' | 'clock'>,
): Promise<StepResult<OpenProof | undefined>> {
  const { authority: issuer, confirmation } = token.verified
  const methods = confirmation === undefined ? {} : confirmation
  const code = violationOf(methods, token, binding)
  if (code !== undefined) return fail({ code, issuer })
  const { dpop, mtls } = binding
  const certificate = ownMember(methods as JsonObject, 'x5t#S256')
  if (certificate !== undefined && mtls !== undefined) {
    const shown = hostFact(host, 'certificate') ?? requirements?.certificate
    const checked = await checkCertificateOf(certificate, mtls, { request, certificate: shown })
    if (!checked.ok) return fail({ ...checked.error, issuer })
  }
  const thumbprint = ownMember(methods as JsonObject, 'jkt')
  if (thumbprint === undefined || dpop === undefined) return HOLDS
  if (request === undefined) return fail({ code: 'binding_missing', issuer })
  return checkProof(token, request, { dpop, thumbprint: thumbprint as string, now: clock.now() })
}

/**
 * Consumes the proof. This is the last check, so that a request rejected for another reason can be
 * corrected and sent again with the same proof, and only valid requests fill the replay store.
 *
 * Fails with `dpop_proof_replayed`, `dpop_proof_invalid` if the proof has expired by now, or
 * `unavailable` if the store does not answer.
 */
export async function consumeProof(
  proof: OpenProof | undefined,
  { verified }: PresentedToken,
  { binding, clock }: Pick<ResourceState, 'binding' | 'clock'>,
): Promise<StepResult<undefined>> {
  const replay = binding.dpop?.replay
  if (proof === undefined || replay === undefined) return HOLDS
  const { identity, expiresAt, thumbprint } = proof
  const issuer = verified.authority
  const time = clock.now()
  // Reading the body may have taken long: the proof may have expired, and stores forget expired proofs.
  if (expiresAt <= time) return fail({ code: 'dpop_proof_invalid', issuer })
  const principal = principalOf(verified, thumbprint)
  const found = await replay.consume({ proof: identity, expiresAt, principal }, time)
  if (found === 'new') return HOLDS
  return fail({ code: found === 'seen' ? 'dpop_proof_replayed' : 'unavailable', issuer })
}

/** The principal whose share of the memory a proof takes: a user, else a client, else a key. */
function principalOf({ issuer, subject, clientId }: VerifiedToken, thumbprint: string): string {
  if (subject !== undefined) return `user\n${issuer}\n${subject}`
  return clientId === '' ? `key\n${thumbprint}` : `client\n${issuer}\n${clientId}`
}

/** The violation that the confirmation methods show without a look at the request. */
function violationOf(
  methods: unknown,
  { scheme, verified: { confirmation } }: PresentedToken,
  { dpop, mtls }: BindingState,
): AuthErrorCode | undefined {
  if (!isObject(methods)) return 'binding_unsupported'
  const names = Object.keys(methods)
  if (confirmation !== undefined && names.length === 0) return 'binding_unsupported'
  const isKnown = (name: string): boolean =>
    (name === 'jkt' && dpop !== undefined && typeof methods['jkt'] === 'string') ||
    (name === 'x5t#S256' && mtls !== undefined)
  if (!names.every(isKnown)) return 'binding_unsupported'
  const hasKey = names.includes('jkt')
  const hasCertificate = names.includes('x5t#S256')
  // RFC 9449 §7.2: a bound token as Bearer is a downgrade; an unbound token as DPoP has no proof key.
  if (hasKey !== (scheme === 'DPoP')) return 'binding_missing'
  const isMissing =
    (dpop?.required === true && !hasKey) || (mtls?.required === true && !hasCertificate)
  return isMissing ? 'binding_missing' : undefined
}

async function checkCertificateOf(
  confirmed: unknown,
  { trustedHeader }: MtlsState,
  { request, certificate }: Sender,
): Promise<StepResult<undefined>> {
  if (trustedHeader === undefined) return toResult(checkCertificate(confirmed, certificate))
  // Behind such a proxy the certificate of the connection, if any, is the proxy's own.
  const field = request?.headers.get(trustedHeader) ?? null
  const code = checkCertificate(confirmed, await readCertificateField(field))
  if (code !== 'binding_missing') return toResult(code)
  // The event tells a field that cannot be read (PEM, say) from a field that is missing.
  const isThere = field !== null && field.trim() !== ''
  return fail({ code, expected: [trustedHeader], received: isThere ? ['unreadable'] : [] })
}

function toResult(code: AuthErrorCode | undefined): StepResult<undefined> {
  return code === undefined ? HOLDS : fail({ code })
}

interface ProofCheck {
  readonly dpop: DpopState
  /** The key that the token is bound to. */
  readonly thumbprint: string
  readonly now: number
}

async function checkProof(
  token: PresentedToken,
  request: Request,
  { dpop, thumbprint, now }: ProofCheck,
): Promise<StepResult<OpenProof>> {
  const target = dpop.targetOf(request.url)
  // A cached token keeps its digest: it is presented again and again.
  token.digest ??= await digestText(token.token)
  const subject = { method: request.method, target, tokenDigest: token.digest, thumbprint }
  const proof = await verifyDpopProof(request.headers.get('DPoP'), subject, dpop, now)
  if (!proof.ok) return fail(await proofRejection(proof.error, token.verified, dpop, now))
  const { identity, issuedAt, wantsNonce } = proof.value
  return succeed({
    identity,
    thumbprint,
    expiresAt: issuedAt + dpop.windowSeconds,
    nonce: wantsNonce ? await dpop.nonces?.issue(now) : undefined,
  })
}

async function proofRejection(
  code: ProofFailure,
  { authority: issuer }: VerifiedToken,
  { nonces }: DpopState,
  now: number,
): Promise<RejectionReason> {
  return code === 'dpop_nonce'
    ? { code, issuer, nonce: await nonces?.issue(now) }
    : { code, issuer }
}
