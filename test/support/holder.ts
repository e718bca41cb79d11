/** The holder of a key that tokens are bound to, with valid and invalid proofs. */

import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose'
import { START } from './clock.ts'
import { RESOURCE, type TestIssuer } from './issuer.ts'

export interface Holder {
  readonly algorithm: string
  readonly keys: CryptoKeyPair
  /** The public key as proofs carry it. */
  readonly jwk: JWK
  readonly privateJwk: JWK
  readonly thumbprint: string
}

export interface ProofChanges {
  /** Changes claims; `undefined` removes one. */
  readonly claims?: Record<string, unknown>
  /** Changes header parameters; `undefined` removes one. */
  readonly header?: Record<string, unknown>
  /** Signs instead of the holder's key. */
  readonly key?: CryptoKey | Uint8Array
}

export async function createHolder(algorithm = 'ES256'): Promise<Holder> {
  const keys = await generateKeyPair(algorithm, { extractable: true })
  const jwk = await exportJWK(keys.publicKey)
  const privateJwk = await exportJWK(keys.privateKey)
  return { algorithm, keys, jwk, privateJwk, thumbprint: await calculateJwkThumbprint(jwk) }
}

/** A good token that is bound to the holder's key. */
export function boundToken(
  issuer: TestIssuer,
  { thumbprint }: Holder,
  claims: Record<string, unknown> = {},
): Promise<string> {
  return issuer.token({ cnf: { jkt: thumbprint }, ...claims })
}

/** What a proof for a POST to the resource says, made at {@link START}. */
export function proofClaims(token: string): Record<string, unknown> {
  return {
    jti: randomUUID(),
    htm: 'POST',
    htu: RESOURCE,
    iat: START,
    ath: digest(token),
  }
}

/** A proof for a POST to the resource, with changes. */
export function makeProof(
  { algorithm, jwk, keys }: Holder,
  token: string,
  { claims = {}, header = {}, key }: ProofChanges = {},
): Promise<string> {
  const protectedHeader = { typ: 'dpop+jwt', alg: algorithm, jwk, ...header }
  return new SignJWT(without({ ...proofClaims(token), ...claims }))
    .setProtectedHeader(without(protectedHeader) as { alg: string })
    .sign(key ?? keys.privateKey)
}

/** Headers of a request with a bound token and, by default, a valid proof. */
export async function prove(
  holder: Holder,
  token: string,
  changes?: ProofChanges,
): Promise<{ Authorization: string; DPoP: string }> {
  return { Authorization: `DPoP ${token}`, DPoP: await makeProof(holder, token, changes) }
}

export function digest(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('base64url')
}

/** A compact JWS of any three parts: what no library would make. */
export function assemble(header: unknown, claims: unknown, signature: string): string {
  return `${encode(header)}.${encode(claims)}.${signature}`
}

/** The same with a good ES256 signature: wrong in what it says and in nothing else. */
export async function signAnything(
  { keys }: Holder,
  header: unknown,
  claims: unknown,
): Promise<string> {
  const unsigned = assemble(header, claims, '').slice(0, -1)
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = await crypto.subtle.sign(algorithm, keys.privateKey, Buffer.from(unsigned))
  return `${unsigned}.${Buffer.from(signature).toString('base64url')}`
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

function without(members: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
