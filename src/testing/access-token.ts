/** Access tokens for tests: JWT or opaque, bound or not, valid or deliberately invalid. */

import { calculateJwkThumbprint } from 'jose/jwk/thumbprint'
import { exportJWK } from 'jose/key/export'
import type { CryptoKeyPairLike } from '../contract/crypto-key.ts'
import { definedMembers } from '../lib/own-members.ts'
import { algorithmOf, signJwt } from './sign.ts'
import type { TestServerState } from './state.ts'

/**
 * The format of a token, and what it is bound to.
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
export interface TestTokenOptions {
  /** Issues an opaque token, which only introspection can verify, instead of a JWT. @default false */
  opaque?: boolean | undefined
  /** Header parameters to replace or, with `undefined`, remove. With `alg: 'none'` the signature is empty. */
  header?: Readonly<Record<string, unknown>> | undefined
  /** Signs with this key instead of the issuer's, under the `kid` of the issuer's key: a forgery. */
  key?: CryptoKeyPairLike | undefined
  /** Binds the token to this key: `cnf.jkt` (RFC 9449 §6.1). */
  boundTo?: CryptoKeyPairLike | undefined
  /**
   * Binds the token to a certificate: `cnf.x5t#S256` (RFC 8705 §3.1), the base64url SHA-256 of its
   * DER form.
   */
  certificate?: string | undefined
}

/** The issuer and audience of a token, and its serial number. */
interface TokenIdentity {
  readonly issuer: string
  readonly resource: string | undefined
  readonly serial: number
}

const LIFETIME_SECONDS = 3600

/** Creates a token, and stores its claims for introspection. */
export async function createAccessToken(
  state: TestServerState,
  identity: TokenIdentity,
  claims: Readonly<Record<string, unknown>> = {},
  options: TestTokenOptions = {},
): Promise<string> {
  const issuedAt = Math.floor(state.now())
  const all = definedMembers({
    iss: identity.issuer,
    aud: identity.resource,
    sub: 'user-1',
    client_id: 'client-1',
    iat: issuedAt,
    exp: issuedAt + LIFETIME_SECONDS,
    jti: `token-${identity.serial}`,
    cnf: await confirmationOf(options),
    ...claims,
  })
  const token = options.opaque
    ? `opaque-${identity.serial}`
    : await signAccessToken(state, all, options)
  state.issued.set(token, all)
  return token
}

async function signAccessToken(
  state: TestServerState,
  claims: Readonly<Record<string, unknown>>,
  options: TestTokenOptions,
): Promise<string> {
  const { kid, algorithm, pair } = await state.keys.current()
  const { key } = options
  const header = {
    alg: key === undefined ? algorithm : algorithmOf(key.privateKey),
    kid,
    typ: 'at+jwt',
    ...options.header,
  }
  return signJwt(header, claims, (key ?? pair).privateKey)
}

async function confirmationOf({
  boundTo,
  certificate,
}: TestTokenOptions): Promise<Record<string, string> | undefined> {
  if (boundTo === undefined && certificate === undefined) return undefined
  return {
    ...(boundTo && { jkt: await calculateJwkThumbprint(await exportJWK(boundTo.publicKey)) }),
    ...(certificate !== undefined && { 'x5t#S256': certificate }),
  }
}
