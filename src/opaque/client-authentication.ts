/** Proving to an authorization server who asks (RFC 6749 §2.3, RFC 7523 §2.2). */

import type { IntrospectionOptions } from '../contract/access-token-options.ts'
import { isCryptoKey, signingAlgorithmOf } from '../crypto/private-key.ts'
import { type Signer, signJwt } from '../crypto/sign-jwt.ts'

/** A form, and the headers that say who sends it. */
export interface Post {
  readonly form: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
}

/** Adds what proves who we are to a form. Rejects only if the private key cannot sign. */
export type ClientAuthentication = (form: URLSearchParams, now: number) => Promise<Post>

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
/** Used once, at once; the rest is for clocks that differ. */
const ASSERTION_SECONDS = 60

/** Prepares the method that was chosen or, without a choice, the one that the credentials allow. */
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

/** RFC 6749 §2.3.1: both are form-encoded first, so that a colon in the id cannot shift the secret. */
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
      // The issuer and nothing else: an assertion for an endpoint could be replayed at another.
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

/** The options were judged before; a key that fits nothing would fail when it signs. */
function signerOf({ privateKey = {}, keyId }: IntrospectionOptions): Signer {
  // jose remembers a JWK it imported by its object, and freezes it: that one has to be ours.
  const key = isCryptoKey(privateKey) ? privateKey : { ...privateKey }
  return { key, algorithm: signingAlgorithmOf(privateKey) ?? '', keyId }
}

function withMembers(form: URLSearchParams, members: Record<string, string>): URLSearchParams {
  for (const [name, value] of Object.entries(members)) form.set(name, value)
  return form
}
