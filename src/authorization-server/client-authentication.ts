/**
 * Client authentication at an authorization server (RFC 6749 §2.3, RFC 7523 §2.2), for introspection
 * and for token exchange.
 */

import type { CryptoKeyLike } from '../contract/crypto-key.ts'
import type { Jwk } from '../contract/documents.ts'
import { isCryptoKey, signingAlgorithmOf } from '../crypto/private-key.ts'
import { type Signer, signJwt } from '../crypto/sign-jwt.ts'

/** The credentials of a client: a secret, a private key, or a function that returns assertions. */
export interface ClientCredentials {
  readonly id: string
  readonly secret?: string | undefined
  readonly privateKey?: CryptoKeyLike | Jwk | undefined
  readonly keyId?: string | undefined
  readonly assertion?: (() => Promise<string>) | undefined
  readonly authMethod?: 'client_secret_basic' | 'client_secret_post' | 'private_key_jwt' | undefined
}

/** The form to post, and its authentication headers. */
export interface Post {
  readonly form: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Adds the client authentication to a form. Rejects if the private key cannot sign, and where the
 * assertion function rejects.
 */
export type ClientAuthentication = (form: URLSearchParams, now: number) => Promise<Post>

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** An assertion is used once and immediately; the time allows for clocks that differ. */
const ASSERTION_SECONDS = 60

/** Prepares the configured method, or the default one for the given credentials. */
export function createClientAuthentication(
  credentials: ClientCredentials,
  issuer: string,
): ClientAuthentication {
  const { id, secret = '', privateKey, assertion } = credentials
  if (assertion !== undefined) return foreignAssertionOf(id, assertion)
  const method =
    credentials.authMethod ?? (privateKey === undefined ? 'client_secret_basic' : 'private_key_jwt')
  switch (method) {
    case 'client_secret_basic':
      return async (form) => ({ form, headers: { Authorization: basic(id, secret) } })
    case 'client_secret_post':
      return async (form) => ({
        form: withMembers(form, { client_id: id, client_secret: secret }),
        headers: {},
      })
    case 'private_key_jwt':
      return assertionOf(id, issuer, signerOf(credentials))
  }
}

/** RFC 6749 §2.3.1: both values are form-encoded first; a colon in the client id would end it. */
function basic(clientId: string, clientSecret: string): string {
  return `Basic ${btoa(`${formEncode(clientId)}:${formEncode(clientSecret)}`)}`
}

function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}

function assertionOf(clientId: string, issuer: string, signer: Signer): ClientAuthentication {
  return async (form, now) => {
    const iat = Math.floor(now)
    const claims = {
      iss: clientId,
      sub: clientId,
      // The issuer only: another endpoint of the server must not accept a replayed assertion.
      aud: issuer,
      jti: crypto.randomUUID(),
      iat,
      exp: iat + ASSERTION_SECONDS,
    }
    return withAssertion(form, await signJwt(claims, signer))
  }
}

/** RFC 7521 §4.2: the subject of a workload's assertion is not its client id, which the form names. */
function foreignAssertionOf(
  clientId: string,
  assertion: () => Promise<string>,
): ClientAuthentication {
  return async (form) => {
    const text: unknown = await assertion()
    if (typeof text !== 'string' || text === '') throw new TypeError('assertion must return a text')
    return withAssertion(withMembers(form, { client_id: clientId }), text)
  }
}

function withAssertion(form: URLSearchParams, assertion: string): Post {
  const members = { client_assertion_type: ASSERTION_TYPE, client_assertion: assertion }
  return { form: withMembers(form, members), headers: {} }
}

/** The options were validated before, so the key has an algorithm. */
function signerOf({ privateKey = {}, keyId }: ClientCredentials): Signer {
  // An imported JWK is stored by its object, and the application may change that.
  const key = isCryptoKey(privateKey) ? privateKey : { ...privateKey }
  return { key, algorithm: signingAlgorithmOf(privateKey) ?? '', keyId }
}

function withMembers(form: URLSearchParams, members: Record<string, string>): URLSearchParams {
  for (const [name, value] of Object.entries(members)) form.set(name, value)
  return form
}
