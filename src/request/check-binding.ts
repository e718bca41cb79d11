/** Whether a token was presented by the one it is bound to (RFC 7800, RFC 8705, RFC 9449). */

import { type ProofFailure, verifyDpopProof } from '../binding/dpop-proof.ts'
import { checkCertificate, readCertificateField } from '../binding/mtls.ts'
import type { AnonymousContext, AuthContext } from '../contract/context.ts'
import type { AuthErrorCode } from '../contract/errors.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { digestText } from '../crypto/sha256.ts'
import type { Credentials } from '../http/authorization.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { ownMember } from '../lib/own-members.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { DpopState, MtlsState, ResourceState } from '../resource/state.ts'

/** What a presenter has to show besides the token. */
export interface Presenter {
  /** `undefined`: the token did not come in a request, so nothing can be proved. */
  readonly request: Request | undefined
  /** From the host: the thumbprint of the client's certificate. */
  readonly certificate: string | undefined
}

/** What is left to do for a token whose binding holds. */
export interface Bound {
  /** What makes the proof the one it is. */
  readonly proof: string
  /** Stands for a presenter whose token names nobody. */
  readonly thumbprint: string
  /** When the proof ceases to be acceptable, in seconds since the epoch. */
  readonly expiresAt: number
  /** The nonce to send with the response. */
  readonly nonce: string | undefined
}

type Verdict = Result<Bound | undefined, RejectionReason>

/** Whether nothing has to be checked: the common case, and one that must cost nothing. */
export function isUnbound(
  { confirmation }: VerifiedToken,
  { scheme }: Credentials,
  { dpop, mtls }: ResourceState,
): boolean {
  if (confirmation !== undefined || scheme !== 'Bearer') return false
  return dpop?.required !== true && mtls?.required !== true
}

/**
 * Judges the `cnf` claim, on every request. A binding that nobody checked is a theft that nobody
 * noticed, so each method in it must be one that is checked here, and all of them must hold; and the
 * scheme must be the one for such a token (RFC 9449 §7.2).
 *
 * Does not check: that the proof is new. See {@link spendProof}.
 *
 * Fails with
 * - `binding_unsupported` — a method that is unknown, or that is not switched on
 * - `binding_missing` — unbound where it has to be bound; or bound, and nothing shown for it
 * - `binding_mismatch` — another key, another certificate
 * - `dpop_proof_missing`, `dpop_proof_invalid`, `dpop_nonce` — by its proof
 */
export async function checkBinding(
  token: VerifiedToken,
  credentials: Credentials,
  state: ResourceState,
  presenter: Presenter,
): Promise<Verdict> {
  const { authority: issuer, confirmation } = token
  const methods = confirmation === undefined ? {} : confirmation
  const misfit = checkMethods(methods, token, credentials, state)
  if (misfit !== undefined) return fail({ code: misfit, issuer })
  const jkt = ownMember(methods as JsonObject, 'jkt')
  const certificate = ownMember(methods as JsonObject, 'x5t#S256')
  if (certificate !== undefined && state.mtls !== undefined) {
    const problem = await checkCertificateOf(certificate, state.mtls, presenter)
    if (problem !== undefined) return fail({ ...problem, issuer })
  }
  const { dpop } = state
  const { request } = presenter
  if (jkt === undefined || dpop === undefined) return succeed(undefined)
  if (request === undefined) return fail({ code: 'binding_missing', issuer })
  return proveKey(jkt as string, token, credentials.token, request, dpop, state.now())
}

/**
 * Spends the proof: the very last thing asked, so that a request refused for another reason can be
 * mended and sent again with the same proof, and nobody fills the store with what passes no check.
 *
 * Fails with `dpop_proof_replayed`, `dpop_proof_invalid` if it is over by now, or `unavailable` if
 * that cannot be told.
 */
export async function spendProof(
  bound: Bound | undefined,
  token: VerifiedToken,
  { dpop, now }: ResourceState,
): Promise<RejectionReason | undefined> {
  if (bound === undefined || dpop?.replay === undefined) return undefined
  const { proof, expiresAt, thumbprint } = bound
  const { authority } = token
  const time = now()
  // The body was read meanwhile, as slowly as its sender liked: what is over, a guard has forgotten.
  if (expiresAt <= time) return { code: 'dpop_proof_invalid', issuer: authority }
  const principal = principalOf(token, thumbprint)
  const verdict = await dpop.replay.consume({ proof, expiresAt, principal }, time)
  if (verdict === 'new') return undefined
  return { code: verdict === 'seen' ? 'dpop_proof_replayed' : 'unavailable', issuer: authority }
}

/** Whose share of the memory a proof takes. A user, a client and a key are never the same principal. */
function principalOf({ issuer, subject, clientId }: VerifiedToken, thumbprint: string): string {
  if (subject !== undefined) return `user\n${issuer}\n${subject}`
  return clientId === '' ? `key\n${thumbprint}` : `client\n${issuer}\n${clientId}`
}

/** By context, out of sight of the handler: nonces are for clients. */
const NONCES = new WeakMap<object, string>()

/** Keeps the nonce that the response to this request shall carry. */
export function keepNonce(auth: AuthContext, nonce: string | undefined): void {
  if (nonce !== undefined) NONCES.set(auth, nonce)
}

export function nonceFor(auth: AuthContext | AnonymousContext): string | undefined {
  return NONCES.get(auth)
}

/** Everything about the methods that can be said without looking at the request. */
function checkMethods(
  methods: unknown,
  { confirmation }: VerifiedToken,
  { scheme }: Credentials,
  { dpop, mtls }: ResourceState,
): AuthErrorCode | undefined {
  if (!isObject(methods)) return 'binding_unsupported'
  const names = Object.keys(methods)
  if (confirmation !== undefined && names.length === 0) return 'binding_unsupported'
  const known = (name: string): boolean =>
    (name === 'jkt' && dpop !== undefined && typeof methods['jkt'] === 'string') ||
    (name === 'x5t#S256' && mtls !== undefined)
  if (!names.every(known)) return 'binding_unsupported'
  const hasKey = names.includes('jkt')
  const hasCertificate = names.includes('x5t#S256')
  // A bound token as Bearer is the downgrade; an unbound one as DPoP claims a safety it has not.
  if (hasKey !== (scheme === 'DPoP')) return 'binding_missing'
  const isLacking =
    (dpop?.required === true && !hasKey) || (mtls?.required === true && !hasCertificate)
  return isLacking ? 'binding_missing' : undefined
}

async function checkCertificateOf(
  confirmed: unknown,
  { trustedHeader }: MtlsState,
  { request, certificate }: Presenter,
): Promise<RejectionReason | undefined> {
  if (trustedHeader === undefined)
    return rejectionReasonOf(checkCertificate(confirmed, certificate))
  // Behind such a proxy the connection's own certificate, if any, is the proxy's.
  const field = request?.headers.get(trustedHeader) ?? null
  const code = checkCertificate(confirmed, await readCertificateField(field))
  if (code !== 'binding_missing') return rejectionReasonOf(code)
  // A proxy that sends PEM is set right in another place than one that sends nothing.
  const isThere = field !== null && field.trim() !== ''
  return { code, expected: [trustedHeader], received: isThere ? ['unreadable'] : [] }
}

function rejectionReasonOf(code: AuthErrorCode | undefined): RejectionReason | undefined {
  return code === undefined ? undefined : { code }
}

async function proveKey(
  thumbprint: string,
  token: VerifiedToken,
  text: string,
  request: Request,
  dpop: DpopState,
  now: number,
): Promise<Verdict> {
  const target = dpop.targetOf(request.url)
  const tokenDigest = knownDigest(token, text) ?? (await digestOf(token, text))
  const subject = { method: request.method, target, tokenDigest, thumbprint }
  const proof = await verifyDpopProof(request.headers.get('DPoP'), subject, dpop, now)
  if (!proof.ok) return fail(await rejectionFor(proof.error, token, dpop, now))
  const { identity, issuedAt, wantsNonce } = proof.value
  return succeed({
    proof: identity,
    thumbprint,
    expiresAt: issuedAt + dpop.windowSeconds,
    nonce: wantsNonce ? await dpop.nonces?.issue(now) : undefined,
  })
}

async function rejectionFor(
  code: ProofFailure,
  { authority: issuer }: VerifiedToken,
  { nonces }: DpopState,
  now: number,
): Promise<RejectionReason> {
  return code === 'dpop_nonce'
    ? { code, issuer, nonce: await nonces?.issue(now) }
    : { code, issuer }
}

/** A remembered token is presented again and again; its digest is always the same. */
const DIGESTS = new WeakMap<VerifiedToken, { readonly text: string; readonly digest: string }>()

function knownDigest(token: VerifiedToken, text: string): string | undefined {
  const known = DIGESTS.get(token)
  return known?.text === text ? known.digest : undefined
}

async function digestOf(token: VerifiedToken, text: string): Promise<string> {
  const digest = await digestText(text)
  DIGESTS.set(token, { text, digest })
  return digest
}
