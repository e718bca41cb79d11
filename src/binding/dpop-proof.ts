/** DPoP proofs (RFC 9449 §4): verifies that a proof was made for this request and token, by its holder. */

import { fitsAlgorithm, hasSecret, isUsableKey } from '../crypto/jwk.ts'
import { normalizeTargetUri } from '../http/target-uri.ts'
import { parseCompactJwt } from '../jwt/compact-jwt.ts'
import { hasExtension } from '../jwt/header.ts'
import { isInForce } from '../jwt/times.ts'
import { isFiniteNumber, isObject, type JsonObject } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { DpopNonces } from './dpop-nonce.ts'
import type { ReplayGuard } from './dpop-replay.ts'
import type { KnownHeader, ProofKeys } from './proof-keys.ts'

/** What a resource requires of proofs. */
export interface ProofRules {
  readonly algorithms: ReadonlySet<string>
  /** How many seconds `iat` may lie before or after now. */
  readonly windowSeconds: number
  /** How many seconds `exp` and `nbf`, which few clients set, may be exceeded. */
  readonly toleranceSeconds: number
  /** `undefined`: no nonce is required. */
  readonly nonces: DpopNonces | undefined
  readonly keys: ProofKeys
  /** `undefined`: a proof may be used again within its window. */
  readonly replay: ReplayGuard | undefined
}

/** The request and the token that a proof must be made for. */
export interface ProofSubject {
  readonly method: string
  /** The request's URI, as `createTargetUri` builds it. */
  readonly target: string
  /** Base64url SHA-256 of the access token; `undefined` where a token is requested (RFC 9449 §5). */
  readonly tokenDigest: string | undefined
  /** `cnf.jkt` of the access token. */
  readonly thumbprint: string
}

interface VerifiedProof {
  /** Key, target and `jti` as one text: equal for two uses of one proof. */
  readonly identity: string
  readonly issuedAt: number
  /** The nonce is accepted, but the response must carry the next one. */
  readonly wantsNonce: boolean
}

export type ProofFailure =
  | 'dpop_proof_missing'
  | 'dpop_proof_invalid'
  | 'dpop_nonce'
  | 'binding_mismatch'

/** Longer field values are rejected before they are parsed. */
const MAX_PROOF_LENGTH = 8192
/** A UUID has 36 characters; some clients send a digest of the whole request. */
const MAX_JTI_LENGTH = 1024

/**
 * Verifies the DPoP proof that came with a request.
 *
 * Checks everything in RFC 9449 §4.3, cheap checks first:
 *
 * - one field value of bounded length, which is a JWT in canonical base64url
 * - `typ`, `alg`, and a public `jwk` that fits the algorithm
 * - `jti`, `htm`, `htu`, `iat` and `ath`, of the right type and for this request and token; `exp` and `nbf` if present
 * - that the key is that of the token, the signature, and the nonce where one is required
 *
 * Does not check: that the proof is new. The replay guard checks that, as the last step of a request.
 *
 * @param proof The `DPoP` field value, or `null`.
 * @param subject The request and the token that the proof must be made for.
 * @param rules What the resource requires of proofs.
 * @param now Seconds since the epoch.
 * @returns What the replay guard and the response need of the proof.
 *
 * Fails with
 * - `dpop_proof_missing` — the request has no proof
 * - `binding_mismatch` — the proof was made with another key than the token's
 * - `dpop_nonce` — the nonce is missing, expired or not one of this resource; all else is correct
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
  // Two fields arrive as one value, joined by a comma. A proof contains no comma.
  if (proof.length > MAX_PROOF_LENGTH || proof.includes(',')) return fail('dpop_proof_invalid')
  const segment = proof.slice(0, proof.indexOf('.'))
  const known = rules.keys.knownHeader(segment, subject.thumbprint)
  const jwt = parseCompactJwt(proof, known?.header)
  const claims = jwt === undefined ? undefined : readClaims(jwt.claims, subject, rules, now)
  if (jwt === undefined || claims === undefined) return fail('dpop_proof_invalid')
  const signer = known ?? (await findSigner(segment, jwt.header, subject, rules))
  if (typeof signer === 'string') return fail(signer)
  if (!(await signer.verify(proof))) return fail('dpop_proof_invalid')
  const nonce = rules.nonces === undefined ? 'fresh' : await rules.nonces.check(claims.nonce, now)
  if (nonce === 'rejected') return fail('dpop_nonce')
  const identity = identityOf(subject, claims.jti)
  return succeed({ identity, issuedAt: claims.iat, wantsNonce: nonce === 'ageing' })
}

/** Checks a header that is not the one of the proof before, and finds its key. */
async function findSigner(
  segment: string,
  header: JsonObject,
  { thumbprint }: ProofSubject,
  rules: ProofRules,
): Promise<KnownHeader | 'binding_mismatch' | 'dpop_proof_invalid'> {
  const read = readHeader(header, rules)
  if (read === undefined) return 'dpop_proof_invalid'
  const { algorithm, jwk } = read
  const verifier = await rules.keys.find(jwk, algorithm, thumbprint)
  if (!verifier.ok) return verifier.error === 'other' ? 'binding_mismatch' : 'dpop_proof_invalid'
  const found = { segment, header, verify: verifier.value }
  rules.keys.keepHeader(found, thumbprint)
  return found
}

function readHeader(
  header: JsonObject,
  { algorithms }: ProofRules,
): { readonly algorithm: string; readonly jwk: JsonObject } | undefined {
  const { typ, alg, jwk } = header
  if (typ !== 'dpop+jwt' || typeof alg !== 'string' || !algorithms.has(alg)) return undefined
  if (hasExtension(header)) return undefined
  if (!isObject(jwk) || hasSecret(jwk)) return undefined
  const key = ownMembers(jwk)
  return isUsableKey(key) && fitsAlgorithm(key, alg) ? { algorithm: alg, jwk: key } : undefined
}

function readClaims(
  claims: JsonObject,
  { method, target, tokenDigest }: ProofSubject,
  { windowSeconds, toleranceSeconds }: ProofRules,
  now: number,
): { readonly jti: string; readonly iat: number; readonly nonce: unknown } | undefined {
  const { jti, htm, htu, iat, ath, nonce } = claims
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) return undefined
  // RFC 9110 §9.1: methods are case-sensitive.
  if (htm !== method || typeof htu !== 'string') return undefined
  if (htu !== target && normalizeTargetUri(htu) !== target) return undefined
  if (ath !== tokenDigest || !isInForce(claims, now, toleranceSeconds)) return undefined
  // Exclusive: at the end of the window the replay guard may have removed the proof already.
  const isRecent = isFiniteNumber(iat) && iat <= now + windowSeconds && iat + windowSeconds > now
  return isRecent ? { jti, iat, nonce } : undefined
}

/** Contains the expected target: two spellings of one `htu` do not make two proofs. */
function identityOf({ thumbprint, target }: ProofSubject, jti: string): string {
  return JSON.stringify([thumbprint, target, jti])
}
