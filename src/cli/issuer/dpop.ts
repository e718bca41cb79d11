/** DPoP at the token endpoint (RFC 9449 §5): the key that the tokens are bound to. */

import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { type ProofRules, verifyDpopProof } from '../../binding/dpop-proof.ts'
import { ProofKeys } from '../../binding/proof-keys.ts'
import { PROOF_ALGORITHMS } from '../../crypto/algorithms.ts'
import { parseCompactJwt } from '../../jwt/compact-jwt.ts'
import { isObject } from '../../lib/json.ts'

const WINDOW_SECONDS = 300
const TOLERANCE_SECONDS = 30

export class TokenProofs {
  readonly #rules: ProofRules = {
    algorithms: new Set(PROOF_ALGORITHMS),
    windowSeconds: WINDOW_SECONDS,
    toleranceSeconds: TOLERANCE_SECONDS,
    nonces: undefined,
    keys: new ProofKeys(),
    replay: undefined,
  }
  readonly #seen = new Map<string, number>()
  readonly #target: string

  constructor(tokenEndpoint: string) {
    this.#target = tokenEndpoint
  }

  /** @returns The thumbprint, `undefined` without a proof, or `'invalid'`. */
  async thumbprintOf(request: Request): Promise<string | undefined> {
    const proof = request.headers.get('DPoP')
    if (proof === null) return undefined
    const jwt = parseCompactJwt(proof)
    const jwk = jwt?.header['jwk']
    if (!isObject(jwk)) return INVALID
    const thumbprint = await calculateJwkThumbprint(jwk as object).catch(() => undefined)
    if (thumbprint === undefined) return INVALID
    // RFC 9449 §4.3 (12): only a resource has a token that an `ath` could differ from.
    const ath = jwt?.claims['ath']
    const tokenDigest = typeof ath === 'string' ? ath : undefined
    const subject = { method: 'POST', target: this.#target, tokenDigest, thumbprint }
    const now = Date.now() / 1000
    const verified = await verifyDpopProof(proof, subject, this.#rules, now)
    if (!verified.ok || this.#isReplayed(verified.value.identity, now)) return INVALID
    return thumbprint
  }

  #isReplayed(identity: string, now: number): boolean {
    for (const [known, end] of this.#seen) if (end <= now) this.#seen.delete(known)
    if (this.#seen.has(identity)) return true
    this.#seen.set(identity, now + 2 * WINDOW_SECONDS)
    return false
  }
}

/** No thumbprint has this form. */
export const INVALID = 'invalid'
