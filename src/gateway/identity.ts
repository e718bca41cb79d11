/** The identity that the upstream receives: a short-lived JWT that the gateway signs. */

import type { AuthContext } from '../contract/context.ts'
import type { CryptoKeyLike } from '../contract/crypto-key.ts'
import type { Jwk } from '../contract/documents.ts'
import { type Signer, signJwt } from '../crypto/sign-jwt.ts'
import { isObject, type JsonObject } from '../lib/json.ts'

/**
 * The identity JWT of {@link forward}.
 *
 * @example
 * ```ts
 * function forwardSigned(key: Jwk) {
 *   const identity: IdentityOptions = { key, header: 'X-Identity' }
 *   return protect(notes, forward('http://127.0.0.1:9000/mcp', { identity }))
 * }
 * ```
 */
export interface IdentityOptions {
  /** The private key. {@link identityKeysResponse} publishes its public half. */
  key: CryptoKeyLike | Jwk
  /** The `kid` of the JWT. @default the key's own `kid`, if it has one */
  keyId?: string | undefined
  /** The header field of the JWT. In `Authorization` it follows `Bearer`, in any other it stands alone. @default Authorization */
  header?: string | undefined
  /** The `aud` of the JWT. Required where `upstream` is a function. @default the origin of the upstream */
  audience?: string | undefined
  /** Seconds until the JWT expires. @default 60 */
  lifetimeSeconds?: number | undefined
}

/** The settings of the identity, defaults applied. */
export interface IdentitySettings {
  readonly signer: Signer
  /** In lower case. */
  readonly header: string
  readonly audience: string
  readonly lifetimeSeconds: number
}

/** The value of the identity's header field. */
export async function identityValue(
  auth: AuthContext,
  { signer, header, audience, lifetimeSeconds }: IdentitySettings,
): Promise<string> {
  const issuedAt = Math.floor(Date.now() / 1000)
  const claims = {
    iss: auth.identifier,
    aud: audience,
    sub: auth.subject,
    client_id: auth.clientId === '' ? undefined : auth.clientId,
    scope: auth.scopes.join(' '),
    act: actorOf(auth),
    iat: issuedAt,
    exp: issuedAt + lifetimeSeconds,
    jti: crypto.randomUUID(),
  }
  // Members that are `undefined` are not part of the JSON.
  const jwt = await signJwt(claims, signer)
  return header === 'authorization' ? `Bearer ${jwt}` : jwt
}

/** RFC 8693 §4.1. The claims are those of the verified token. */
function actorOf({ claims }: AuthContext): JsonObject | undefined {
  const act = Object.hasOwn(claims, 'act') ? claims['act'] : undefined
  return isObject(act) ? act : undefined
}
