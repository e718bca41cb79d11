/** The key of DPoP-bound exchanged tokens, its proofs, and the nonces of servers (RFC 9449). */

import { algorithmNamed, PROOF_ALGORITHMS } from '../crypto/algorithms.ts'
import { digestText } from '../crypto/sha256.ts'
import { signWithHeader } from '../crypto/sign-jwt.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { isTextList } from '../lib/json.ts'
import { parseUrl } from '../lib/safe-url.ts'

/** A key whose private part cannot be exported. */
export interface ProofKey {
  readonly algorithm: string
  readonly privateKey: CryptoKey
  /** The public key as a header member. */
  readonly jwk: JsonWebKey
}

/** What a proof is for. */
interface ProofTarget {
  readonly method: string
  readonly url: string
  /** The access token that the request carries; `undefined` at a token endpoint. */
  readonly token?: string | undefined
  /** The nonce of the server. */
  readonly nonce: string | undefined
}

/** Origins with nonces: one token endpoint or two, and the origins of the target. */
const MAX_ORIGINS = 64
const MAX_NONCE_LENGTH = 1024
const DPOP_SCHEME = /\bDPoP\b/i
const NONCE_ERROR = /\berror[ \t]*=[ \t]*"?use_dpop_nonce\b/i
const DPOP_CHALLENGE = /(?:^|,)\s*DPoP(?:\s|,|$)/i

/** Makes the key at first use, and proofs with it. */
export class Proofs {
  readonly #now: () => number
  readonly #nonces = new BoundedMap<string>({ maxEntries: MAX_ORIGINS })
  /** No promise: on Workers a request must not await that of another. */
  #key: ProofKey | undefined

  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * The key, for the first usual algorithm that a server accepts.
   *
   * @param accepted `dpop_signing_alg_values_supported` of its metadata.
   */
  async key(accepted: unknown): Promise<ProofKey> {
    if (this.#key !== undefined) return this.#key
    const names = isTextList(accepted) ? accepted : []
    const algorithm = PROOF_ALGORITHMS.find((name) => names.includes(name)) ?? 'ES256'
    const made = await generateKey(algorithm)
    // Another call may have made one in the meantime.
    this.#key ??= made
    return this.#key
  }

  /** The last nonce of the server of a URL. */
  nonce(url: string): string | undefined {
    return this.#nonces.get(originOf(url))
  }

  async proof(key: ProofKey, { method, url, token, nonce }: ProofTarget): Promise<string> {
    const claims = {
      jti: crypto.randomUUID(),
      htm: method,
      // RFC 9449 §4.2: without query and fragment.
      htu: url.replace(/[?#].*$/s, ''),
      iat: Math.floor(this.#now()),
      ...(token === undefined ? {} : { ath: await digestText(token) }),
      ...(nonce === undefined ? {} : { nonce }),
    }
    const header = { typ: 'dpop+jwt', alg: key.algorithm, jwk: key.jwk }
    return signWithHeader(claims, header, key.privateKey)
  }

  /**
   * Stores the nonce of a response (RFC 9449 §8.2).
   *
   * @param sent The nonce of the proof. Another response may have brought the new one in the meantime.
   * @returns Whether the nonce differs from the one that was sent.
   */
  note(url: string, { headers }: Response, sent: string | undefined): boolean {
    const nonce = headers.get('DPoP-Nonce')
    if (nonce === null || nonce === '' || nonce.length > MAX_NONCE_LENGTH) return false
    this.#nonces.set(originOf(url), nonce)
    return nonce !== sent
  }
}

/** Whether a 401 demands a nonce in the proof (RFC 9449 §9). */
export function asksForNonce({ headers }: Response): boolean {
  // RFC 9110 §5.6.4: a recipient of quoted text removes its escapes.
  const challenges = (headers.get('WWW-Authenticate') ?? '').replaceAll('\\', '')
  // In two steps: one expression for both takes time that grows with the square of the length.
  const start = challenges.search(DPOP_SCHEME)
  return start >= 0 && NONCE_ERROR.test(challenges.slice(start))
}

/** Whether a 401 offers the scheme DPoP. */
export function offersDpop({ headers }: Response): boolean {
  return DPOP_CHALLENGE.test(headers.get('WWW-Authenticate') ?? '')
}

async function generateKey(algorithm: string): Promise<ProofKey> {
  const parameters = {
    name: algorithm,
    ...algorithmNamed(algorithm)?.parameters,
    // Of RSA keys only.
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  }
  const usages: KeyUsage[] = ['sign', 'verify']
  const pair = (await crypto.subtle.generateKey(parameters, false, usages)) as CryptoKeyPair
  const { kty, crv, x, y, n, e } = await crypto.subtle.exportKey('jwk', pair.publicKey)
  const members = Object.entries({ kty, crv, x, y, n, e }).filter(
    ([, value]) => value !== undefined,
  )
  return { algorithm, privateKey: pair.privateKey, jwk: Object.fromEntries(members) as JsonWebKey }
}

function originOf(url: string): string {
  return parseUrl(url)?.origin ?? ''
}
