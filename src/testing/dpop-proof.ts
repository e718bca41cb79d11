/** DPoP proofs as a client creates them (RFC 9449 §4.2), with deliberate faults where a test needs them. */

import { exportJWK } from 'jose/key/export'
import type { CryptoKeyPairLike } from '../contract/crypto-key.ts'
import { digestText } from '../crypto/sha256.ts'
import { algorithmOf, signJwt } from './sign.ts'

/**
 * What differs from a plain valid proof.
 *
 * @example
 * ```ts
 * const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
 * const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
 * const bound: TestTokenOptions = { boundTo: pair }
 * const wrong: TestProofOptions = { claims: { htm: 'GET' } }
 *
 * const token = await issuer.token({}, bound)
 * const request = new Request('https://api.example.com/notes', { method: 'POST' })
 * request.headers.set('Authorization', `DPoP ${token}`)
 * request.headers.set('DPoP', await issuer.dpopProof(request, token, pair, wrong))
 * const { status } = await handle(request) // → 401
 * ```
 */
export interface TestProofOptions {
  /** The nonce from the `DPoP-Nonce` header. */
  nonce?: string | undefined
  /** Claims to replace or, with `undefined`, remove. */
  claims?: Readonly<Record<string, unknown>> | undefined
  /** Header parameters to replace or, with `undefined`, remove. */
  header?: Readonly<Record<string, unknown>> | undefined
}

/** Creates the value of the `DPoP` header. */
export async function createDpopProof(
  request: Request,
  token: string,
  key: CryptoKeyPairLike,
  { jti, now }: { readonly jti: string; readonly now: number },
  options: TestProofOptions = {},
): Promise<string> {
  const header = {
    typ: 'dpop+jwt',
    alg: algorithmOf(key.privateKey),
    jwk: await exportJWK(key.publicKey),
    ...options.header,
  }
  const claims = {
    jti,
    htm: request.method,
    htu: withoutQuery(request.url),
    iat: Math.floor(now),
    ath: await digestText(token),
    nonce: options.nonce,
    ...options.claims,
  }
  return signJwt(header, claims, key.privateKey)
}

/** RFC 9449 §4.2: `htu` has neither query nor fragment. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, '')
}
