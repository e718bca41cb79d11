/** DPoP at a request (RFC 9449 §7): the proof is checked, and consumed when no other check can fail. */

import { type ProofFailure, type ProofRules, verifyDpopProof } from '../binding/dpop-proof.ts'
import type { ReplayGuard } from '../binding/dpop-replay.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import { digestText } from '../crypto/sha256.ts'
import type { TargetUri } from '../http/target-uri.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import { fieldValue } from '../lib/header-syntax.ts'
import { fail, PASSED, succeed } from '../lib/result.ts'
import type { BindingCall, Evidence, PresentedToken } from '../resource/binding.ts'
import type { StepResult } from './call.ts'

/** DPoP as a resource requires it. */
export interface DpopState extends ProofRules {
  readonly targetOf: TargetUri
}

/**
 * Checks the proof of a token that is bound to a key.
 *
 * Fails with `binding_missing` where there is no request, `binding_mismatch`, `dpop_proof_missing`,
 * `dpop_proof_invalid` or `dpop_nonce`.
 */
export async function checkProof(
  thumbprint: string,
  token: PresentedToken,
  { request, now }: BindingCall,
  dpop: DpopState,
): Promise<StepResult<Evidence>> {
  if (request === undefined) return fail({ code: 'binding_missing' })
  const target = dpop.targetOf(request.url)
  // A cached token keeps its digest: it is presented again and again.
  token.verified.digest ??= await digestText(token.token)
  const subject = { method: request.method, target, tokenDigest: token.verified.digest, thumbprint }
  const proof = await verifyDpopProof(fieldValue(request.headers, 'DPoP'), subject, dpop, now)
  if (!proof.ok) return fail(await proofRejection(proof.error, dpop, now))
  const { identity, issuedAt, wantsNonce } = proof.value
  const expiresAt = issuedAt + dpop.windowSeconds
  const principal = principalOf(token.verified, thumbprint)
  return succeed({
    nonce: wantsNonce ? await dpop.nonces?.issue(now) : undefined,
    consume: (time) => consumeProof({ proof: identity, expiresAt, principal }, dpop.replay, time),
  })
}

/** The principal whose share of the memory a proof takes: a user, else a client, else a key. */
export function principalOf(
  { issuer, subject, clientId }: VerifiedToken,
  thumbprint: string,
): string {
  if (subject !== undefined) return `user\n${issuer}\n${subject}`
  return clientId === '' ? `key\n${thumbprint}` : `client\n${issuer}\n${clientId}`
}

/**
 * Consumes the proof. This is the last check, so that a request rejected for another reason can be
 * corrected and sent again with the same proof, and only valid requests fill the replay store.
 *
 * Fails with `dpop_proof_replayed`, `dpop_proof_invalid` if the proof has expired by now, or
 * `unavailable` if the store does not answer.
 */
async function consumeProof(
  use: Parameters<ReplayGuard['consume']>[0],
  replay: ReplayGuard | undefined,
  time: number,
): Promise<StepResult<undefined>> {
  if (replay === undefined) return PASSED
  // Reading the body may have taken long: the proof may have expired, and stores forget expired proofs.
  if (use.expiresAt <= time) return fail({ code: 'dpop_proof_invalid', claim: 'iat' })
  const found = await replay.consume(use, time)
  if (found === 'new') return PASSED
  return fail({
    code: found === 'seen' ? 'dpop_proof_replayed' : 'unavailable',
    option: 'dpop.replay',
  })
}

async function proofRejection(
  failure: ProofFailure,
  { nonces }: DpopState,
  now: number,
): Promise<RejectionReason> {
  const isNonce = failure.code === 'dpop_nonce'
  return isNonce ? { ...failure, nonce: await nonces?.issue(now) } : failure
}
