/** Client authentication at an authorization server (RFC 6749 §2.3, RFC 7523 §2.2). */

import type { IntrospectionOptions } from '../contract/access-token-options.ts'
import { isCryptoKey, signingAlgorithmOf } from '../crypto/private-key.ts'
import { type Signer, signJwt } from '../crypto/sign-jwt.ts'

/** The form to post, and its authentication headers. */
export interface Post {
  readonly form: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
}

/** Adds the client authentication to a form. Rejects only if the private key cannot sign. */
export type ClientAuthentication = (form: URLSearchParams, now: number) => Promise<Post>

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** An assertion is used once and immediately; the time allows for clocks that differ. */
const ASSERTION_SECONDS = 60

/** Prepares the configured method, or the default one for the given credentials. */
export function createClientAuthentication(
  options: IntrospectionOptions,
  issuer: string,
): ClientAuthentication {
  const { clientId, clientSecret = '', privateKey } = options
  const method =
    options.authMethod ?? (privateKey === undefined ? 'client_secret_basic' : 'private_key_jwt')
  switch (method) {
    case 'client_secret_basic':
      return async (form) => ({ form, headers: { Authorization: basic(clientId, clientSecret) } })
    case 'client_secret_post':
      return async (form) => ({
        form: withMembers(form, { client_id: clientId, client_secret: clientSecret }),
        headers: {},
      })
    case 'private_key_jwt':
      return assertionOf(clientId, issuer, signerOf(options))
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
    const assertion = await signJwt(claims, signer)
    return {
      form: withMembers(form, {
        client_assertion_type: ASSERTION_TYPE,
        client_assertion: assertion,
      }),
      headers: {},
    }
  }
}

/** The options were validated before, so the key has an algorithm. */
function signerOf({ privateKey = {}, keyId }: IntrospectionOptions): Signer {
  // jose caches an imported JWK by its object and freezes it, so it gets a copy.
  const key = isCryptoKey(privateKey) ? privateKey : { ...privateKey }
  return { key, algorithm: signingAlgorithmOf(privateKey) ?? '', keyId }
}

function withMembers(form: URLSearchParams, members: Record<string, string>): URLSearchParams {
  for (const [name, value] of Object.entries(members)) form.set(name, value)
  return form
}
