/** The keys, tokens and requests of all subjects on every runtime. */

import {
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  SignJWT,
} from 'jose'

export const RESOURCE = 'https://rs.example/mcp'
export const ISSUER = 'https://as.example'
export const JWKS_URI = `${ISSUER}/jwks`

export const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const
export type Algorithm = (typeof ALGORITHMS)[number]

/** Created once on Node and passed to the other runtimes as JSON. */
export interface Fixtures {
  /** Public. */
  readonly keys: Readonly<Record<Algorithm, JWK>>
  /** Valid tokens of different users. */
  readonly tokens: Readonly<Record<Algorithm, readonly string[]>>
  readonly expired: string
  /** For another audience. */
  readonly elsewhere: string
  readonly dpop: DpopFixtures
  /** The URL of an older build that the present one is compared with. */
  readonly before?: string | undefined
}

export interface DpopFixtures {
  readonly token: string
  /** The private key of the client, which signs a proof for every request. */
  readonly key: JWK
}

export interface Issuer {
  readonly jwk: JWK
  /** A valid token of about 900 characters; each number is another user. */
  token(number?: number, claims?: Record<string, unknown>): Promise<string>
}

/** The key that subjects verify signatures with. */
export interface VerificationKey {
  readonly algorithm: Algorithm
  readonly jwk: JWK
  readonly publicKey: CryptoKey
}

const MOST_TOKENS = 10_000
const FEW_TOKENS = 64
/** The most users of a case. */
const MOST_USERS = 100_000
export const MOST_USERS_ON_WORKERD = 50_000

/** @param hasUsers Whether a case has one token for each of many users. */
export async function createFixtures(hasUsers: boolean): Promise<Fixtures> {
  const issuers = {
    RS256: await createIssuer('RS256'),
    ES256: await createIssuer('ES256'),
    EdDSA: await createIssuer('EdDSA'),
  }
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const key = await exportJWK(privateKey)
  const cnf = { jkt: await calculateJwkThumbprint(publicPart(key)) }
  return {
    keys: { RS256: issuers.RS256.jwk, ES256: issuers.ES256.jwk, EdDSA: issuers.EdDSA.jwk },
    tokens: {
      RS256: await tokensOf(issuers.RS256, MOST_TOKENS),
      ES256: await tokensOf(issuers.ES256, hasUsers ? MOST_USERS : FEW_TOKENS),
      EdDSA: await tokensOf(issuers.EdDSA, FEW_TOKENS),
    },
    expired: await issuers.RS256.token(0, { exp: 1_700_000_000 }),
    elsewhere: await issuers.RS256.token(0, { aud: 'https://other.example' }),
    dpop: { token: await issuers.ES256.token(0, { cnf }), key },
  }
}

export async function createIssuer(algorithm: Algorithm): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  const now = Math.floor(Date.now() / 1000)
  return {
    jwk: { ...(await exportJWK(publicKey)), kid: 'key-1', alg: algorithm, use: 'sig' },
    token: (number = 0, claims = {}) =>
      new SignJWT({
        iss: ISSUER,
        aud: RESOURCE,
        sub: `user-${number}`,
        client_id: 'https://client.example/oauth/client-metadata.json',
        scope: 'notes:read notes:write notes:delete',
        jti: crypto.randomUUID(),
        iat: now,
        exp: now + 86_400,
        organisation: 'an organisation with a rather long name, as they have',
        ...claims,
      })
        .setProtectedHeader({ alg: algorithm, kid: 'key-1', typ: 'at+jwt' })
        .sign(privateKey),
  }
}

export async function tokensOf(issuer: Issuer, count: number): Promise<string[]> {
  const tokens: string[] = []
  for (let number = 0; number < count; number++) tokens.push(await issuer.token(number))
  return tokens
}

export async function importVerificationKey(
  algorithm: Algorithm,
  jwk: JWK,
): Promise<VerificationKey> {
  const publicKey = (await importJWK({ ...jwk, ext: true }, algorithm)) as CryptoKey
  return { algorithm, jwk, publicKey }
}

/** A request of an MCP client: seven headers with the credentials. */
export function createRequest(authorization: string | undefined, proof?: string): Request {
  return new Request(RESOURCE, {
    method: 'POST',
    headers: {
      ...(authorization === undefined ? {} : { Authorization: authorization }),
      ...(proof === undefined ? {} : { DPoP: proof }),
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': 'tools/call',
      'Mcp-Name': 'list_notes',
      'User-Agent': 'an-mcp-client/1.0',
    },
  })
}

/** Proofs that differ in `jti` only. They are valid for minutes, so create them when needed. */
export async function createProofs({ key, token }: DpopFixtures, count: number): Promise<string[]> {
  const signingKey = await importJWK(key, 'ES256')
  const ath = await digest(token)
  const proofs: string[] = []
  for (let number = 0; number < count; number++) {
    const claims = { jti: crypto.randomUUID(), htm: 'POST', htu: RESOURCE, ath }
    const jwt = new SignJWT(claims).setIssuedAt()
    const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: publicPart(key) }
    proofs.push(await jwt.setProtectedHeader(header).sign(signingKey))
  }
  return proofs
}

export function publicPart({ kty, crv, x, y }: JWK): JWK {
  return { kty, crv, x, y } as JWK
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}
