/** An authorization server in memory: real keys, real signatures, no network. */

import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose'
import type { AuthorizationServerMetadata, Jwk } from '../../src/index.ts'
import { definedMembers } from '../../src/lib/own-members.ts'
import { START } from './clock.ts'
import { unchecked } from './unchecked.ts'

export interface TestIssuer {
  readonly issuer: string
  readonly metadata: AuthorizationServerMetadata
  /** URLs asked for, in order. */
  readonly requests: string[]
  /** For `protectedResource({ fetch })`; a URL that is not this server's is unreachable. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>
  /** Replaces the response of a URL; `undefined` restores it. */
  respondAt(url: string, respond: (() => Response | Promise<Response>) | undefined): void
  readonly jwks: { keys: Jwk[] }
  readonly key: SigningKey
  /** A good token with claims changed; `undefined` removes one. */
  token(claims?: Record<string, unknown>, options?: TokenOptions): Promise<string>
}

export interface SigningKey {
  readonly privateKey: CryptoKey
  readonly jwk: Jwk
}

export interface TokenOptions {
  /** Changes header parameters; `undefined` removes one. */
  readonly header?: Record<string, unknown>
  readonly key?: SigningKey
}

export const RESOURCE = 'https://rs.example/mcp'
export const METADATA_URL = 'https://rs.example/.well-known/oauth-protected-resource/mcp'
export const ISSUER = 'https://as.example'

export async function createKey(
  kid: string | undefined = 'k1',
  alg = 'ES256',
): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const named = kid === undefined ? {} : { kid }
  return { privateKey, jwk: { ...(await exportJWK(publicKey)), ...named, alg, use: 'sig' } as Jwk }
}

/** The claims of a good token for {@link RESOURCE}, an hour long from {@link START}. */
export function goodClaims(issuer: string = ISSUER): Record<string, unknown> {
  return {
    iss: issuer,
    aud: RESOURCE,
    sub: 'user-1',
    client_id: 'client-1',
    scope: 'read',
    iat: START,
    exp: START + 3600,
    jti: 'token-1',
  }
}

export async function createIssuer(issuer: string = ISSUER, key?: SigningKey): Promise<TestIssuer> {
  const signer = key ?? (await createKey())
  const jwksUri = `${issuer}/jwks`
  const metadata = { issuer, jwks_uri: jwksUri }
  const jwks = { keys: [signer.jwk] }
  const requests: string[] = []
  const answers = new Map<string, () => Response | Promise<Response>>()
  return {
    issuer,
    metadata,
    requests,
    jwks,
    key: signer,
    respondAt: (url, respond) => {
      if (respond === undefined) answers.delete(url)
      else answers.set(url, respond)
    },
    fetch: async (url) => {
      requests.push(url)
      const answer = answers.get(url)
      if (answer !== undefined) return answer()
      if (url === wellKnown(issuer)) return Response.json(metadata)
      if (url === jwksUri) return Response.json(jwks)
      throw new TypeError('fetch failed')
    },
    token: (claims = {}, options = {}) =>
      sign({ ...goodClaims(issuer), ...claims }, options, signer),
  }
}

/** Signs any claims with any header; `undefined` members are left out. */
export function sign(
  claims: Record<string, unknown>,
  { header = {}, key }: TokenOptions,
  signer: SigningKey,
): Promise<string> {
  const { privateKey, jwk } = key ?? signer
  const protectedHeader = { alg: jwk.alg, kid: jwk.kid, typ: 'at+jwt', ...header }
  return new SignJWT(definedMembers(claims))
    .setProtectedHeader(unchecked<JWTHeaderParameters>(definedMembers(protectedHeader)))
    .sign(privateKey)
}

function wellKnown(issuer: string): string {
  const url = new URL(issuer)
  const path = url.pathname === '/' ? '' : url.pathname
  return `${url.origin}/.well-known/oauth-authorization-server${path}`
}
