/** DPoP proofs (RFC 9449 §4): whether one was made for this request, this token and by its holder. */

import { fitsAlgorithm, isUsableKey } from '../crypto/jwk.ts'
import { isSignedBy } from '../crypto/verify-signature.ts'
import { normalizeTargetUri } from '../http/target-uri.ts'
import { parseCompactJwt } from '../jwt/compact-jwt.ts'
import { isObject, type JsonObject } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { DpopNonces } from './dpop-nonce.ts'
import type { ReplayGuard } from './dpop-replay.ts'
import type { ProofKeys } from './proof-keys.ts'

/** What proofs must be like here. */
export interface ProofRules {
  readonly algorithms: ReadonlySet<string>
  /** Seconds that `iat` may lie from now, either way. */
  readonly windowSeconds: number
  /** `undefined`: no nonce is asked for. */
  readonly nonces: DpopNonces | undefined
  readonly keys: ProofKeys
  /** `undefined`: proofs may be used again within their window. */
  readonly replay: ReplayGuard | undefined
}

/** What one proof has to belong to. */
export interface ProofSubject {
  readonly method: string
  /** The request's URI, as `createTargetUri` has it. */
  readonly target: string
  /** Base64url SHA-256 of the access token. */
  readonly tokenDigest: string
  /** `cnf.jkt` of the access token. */
  readonly thumbprint: string
}

export interface VerifiedProof {
  /** Key, target and `jti` as one text: what makes it the proof it is. */
  readonly identity: string
  readonly issuedAt: number
  /** The client's nonce is good, but it should have the next one. */
  readonly wantsNonce: boolean
}

export type ProofFailure =
  | 'dpop_proof_missing'
  | 'dpop_proof_invalid'
  | 'dpop_nonce'
  | 'binding_mismatch'

/** Longer ones are refused before anything in them is looked at. */
const MAX_PROOF_LENGTH = 8192
/** A UUID has 36 characters; some clients send a digest of the whole request. */
const MAX_JTI_LENGTH = 1024
/** RFC 7517 §9.3, RFC 7518 §6: what only private and symmetric keys have. */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/**
 * Verifies the DPoP proof that came with a request.
 *
 * Checks all of RFC 9449 §4.3, what is cheap before what is not: one field value of bounded length;
 * a JWT in canonical base64url; `typ`, `alg`, a public `jwk` that fits it; `jti`, `htm`, `htu`, `iat`
 * and `ath`, of the right type and for this request and token; that the key is the token's; the
 * signature; the nonce, where nonces are asked for.
 *
 * Does not check: that the proof is new. That is for the replay guard, last of all.
 *
 * @param proof The `DPoP` field value, or `null`.
 * @param subject What it has to belong to.
 * @param rules What proofs must be like.
 * @param now Seconds since the epoch.
 * @returns What is left to know of the proof.
 *
 * Fails with
 * - `dpop_proof_missing` — there is none
 * - `binding_mismatch` — made with another key than the token's
 * - `dpop_nonce` — all is well but the nonce
 * - `dpop_proof_invalid` — anything else
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9449.html#section-4.3 RFC 9449 §4.3}
 */
export async function verifyDpopProof(
  proof: string | null,
  subject: ProofSubject,
  rules: ProofRules,
  now: number,
): Promise<Result<VerifiedProof, ProofFailure>> {
  if (proof === null || proof === '') return fail('dpop_proof_missing')
  // Two fields arrive joined by a comma, and a proof has none.
  if (proof.length > MAX_PROOF_LENGTH || proof.includes(',')) return fail('dpop_proof_invalid')
  const jwt = parseCompactJwt(proof)
  const header = jwt === undefined ? undefined : readHeader(jwt.header, rules)
  const claims = jwt === undefined ? undefined : readClaims(jwt.claims, subject, rules, now)
  if (header === undefined || claims === undefined) return fail('dpop_proof_invalid')
  const { algorithm, jwk } = header
  const finding = rules.keys.find(jwk, algorithm, subject.thumbprint)
  const key = typeof finding === 'object' && 'then' in finding ? await finding : finding
  if (key === 'other') return fail('binding_mismatch')
  if (key === 'unusable') return fail('dpop_proof_invalid')
  if (!(await isSignedBy(proof, key, algorithm))) return fail('dpop_proof_invalid')
  const nonce = rules.nonces === undefined ? 'fresh' : await rules.nonces.judge(claims.nonce, now)
  if (nonce === 'refused') return fail('dpop_nonce')
  const identity = identityOf(subject, claims.jti)
  return succeed({ identity, issuedAt: claims.iat, wantsNonce: nonce === 'ageing' })
}

function readHeader(
  header: JsonObject,
  { algorithms }: ProofRules,
): { readonly algorithm: string; readonly jwk: JsonObject } | undefined {
  const { typ, alg, jwk } = header
  if (typ !== 'dpop+jwt' || typeof alg !== 'string' || !algorithms.has(alg)) return undefined
  // RFC 7515 §4.1.11: we implement no extension, so whatever is critical is not understood.
  if (Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')) return undefined
  if (!isObject(jwk) || SECRET_MEMBERS.some((name) => Object.hasOwn(jwk, name))) return undefined
  const key = ownMembers(jwk)
  return isUsableKey(key) && fitsAlgorithm(key, alg) ? { algorithm: alg, jwk: key } : undefined
}

function readClaims(
  { jti, htm, htu, iat, ath, nonce }: JsonObject,
  { method, target, tokenDigest }: ProofSubject,
  { windowSeconds }: ProofRules,
  now: number,
): { readonly jti: string; readonly iat: number; readonly nonce: unknown } | undefined {
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) return undefined
  // RFC 9110 §9.1: methods are case-sensitive.
  if (htm !== method || typeof htu !== 'string') return undefined
  if (htu !== target && normalizeTargetUri(htu) !== target) return undefined
  if (ath !== tokenDigest) return undefined
  if (typeof iat !== 'number' || !Number.isFinite(iat) || iat > now + windowSeconds) {
    return undefined
  }
  // At its very end the replay guard may have forgotten the proof already.
  return iat + windowSeconds > now ? { jti, iat, nonce } : undefined
}

/** The target as we expect it: however a client spells it, a proof is the same proof. */
function identityOf({ thumbprint, target }: ProofSubject, jti: string): string {
  return JSON.stringify([thumbprint, target, jti])
}
