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

export interface ProofFailure {
  readonly code: 'dpop_proof_missing' | 'dpop_proof_invalid' | 'dpop_nonce' | 'binding_mismatch'
  /** The claim that does not fit, and its value; for events. */
  readonly claim?: string
  readonly received?: readonly string[] | undefined
}

interface ProofClaims {
  readonly jti: string
  readonly iat: number
  readonly nonce: unknown
}

const INVALID = /* @__PURE__ */ fail<ProofFailure>({ code: 'dpop_proof_invalid' })

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
  if (proof === null || proof === '') return fail({ code: 'dpop_proof_missing' })
  // Two fields arrive as one value, joined by a comma. A proof contains no comma.
  if (proof.length > MAX_PROOF_LENGTH || proof.includes(',')) return INVALID
  const segment = proof.slice(0, proof.indexOf('.'))
  const known = rules.keys.knownHeader(segment, subject.thumbprint)
  const jwt = parseCompactJwt(proof, known?.header)
  if (jwt === undefined) return INVALID
  const read = readClaims(jwt.claims, subject, rules, now)
  if (!read.ok) return read
  const signer = known ? succeed(known) : await findSigner(segment, jwt.header, subject, rules)
  if (!signer.ok) return signer
  if (!(await signer.value.verify(proof))) return INVALID
  const { iat, jti, nonce } = read.value
  const check = rules.nonces === undefined ? 'fresh' : await rules.nonces.check(nonce, now)
  if (check === 'rejected') return fail({ code: 'dpop_nonce' })
  // Contains the expected target: two spellings of one `htu` do not make two proofs.
  const identity = JSON.stringify([subject.thumbprint, subject.target, jti])
  return succeed({ identity, issuedAt: iat, wantsNonce: check === 'ageing' })
}

/** Checks a header that is not the one of the proof before, and finds its key. */
async function findSigner(
  segment: string,
  header: JsonObject,
  { thumbprint }: ProofSubject,
  { algorithms, keys }: ProofRules,
): Promise<Result<KnownHeader, ProofFailure>> {
  const { typ, alg, jwk } = header
  if (typ !== 'dpop+jwt' || typeof alg !== 'string' || !algorithms.has(alg)) return INVALID
  if (hasExtension(header) || !isObject(jwk) || hasSecret(jwk)) return INVALID
  const key = ownMembers(jwk)
  if (!isUsableKey(key) || !fitsAlgorithm(key, alg)) return INVALID
  const verifier = await keys.find(key, alg, thumbprint)
  if (!verifier.ok) return fail({ code: verifier.error })
  const found = { segment, header, verify: verifier.value }
  keys.keepHeader(found, thumbprint)
  return succeed(found)
}

function readClaims(
  claims: JsonObject,
  { method, target, tokenDigest }: ProofSubject,
  { windowSeconds, toleranceSeconds }: ProofRules,
  now: number,
): Result<ProofClaims, ProofFailure> {
  const { jti, htm, htu, iat, nbf, ath, nonce } = claims
  if (typeof jti !== 'string' || jti === '' || jti.length > MAX_JTI_LENGTH) return INVALID
  // RFC 9110 §9.1: methods are case-sensitive.
  if (htm !== method) return violation('htm')
  // Without its query, which events must not repeat.
  const uri = htu === target || typeof htu !== 'string' ? htu : normalizeTargetUri(htu)
  if (uri !== target) return violation('htu', uri)
  if (ath !== tokenDigest) return violation('ath')
  // Libraries for JWTs set `nbf` to `iat`, for which the window applies: clocks of clients differ.
  const times = nbf === iat ? { exp: claims['exp'] } : claims
  if (!isInForce(times, now, toleranceSeconds)) return INVALID
  // Exclusive: at the end of the window the replay guard may have removed the proof already.
  return isFiniteNumber(iat) && iat <= now + windowSeconds && iat + windowSeconds > now
    ? succeed({ jti, iat, nonce })
    : violation('iat', iat)
}

/** The failure for a claim. The text of an object is not its value. */
function violation(claim: string, value?: unknown): Result<ProofClaims, ProofFailure> {
  const received = value === undefined || typeof value === 'object' ? undefined : [`${value}`]
  return fail({ code: 'dpop_proof_invalid', claim, received })
}
