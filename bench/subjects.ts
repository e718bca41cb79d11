/** The subjects: each verifies the token of a request and returns its result. */

import { createLocalJWKSet, exportSPKI, type JWK, jwtVerify } from 'jose'
import * as oauth from 'oauth4webapi'
import type { Jwk, ProtectedResource, ProtectedResourceOptions } from '../dist/index.js'
import * as library from '../dist/index.js'
import { ISSUER, JWKS_URI, RESOURCE, type VerificationKey } from './fixtures.ts'

/** `floor` is the cost of the platform itself: the unit of its table, if it comes first. */
export type Role = 'floor' | 'ours' | 'peer'

export interface Subject {
  readonly name: string
  readonly role: Role
  run(request: Request): unknown
}

export const OURS = 'mcp-gatehouse'

/** Our subject with the same request every time. */
export const ONE_OF_THEM = `${OURS}, one of them`

/** A build of this library. */
export type Entry = Pick<typeof library, 'authenticate' | 'protectedResource'>

/** `authenticate()` as a whole. */
export function gatehouse(
  { jwk }: VerificationKey,
  tokenCache?: ProtectedResourceOptions['tokenCache'],
  entry: Entry = library,
): Subject {
  const resource = createResource(jwk, { tokenCache }, entry)
  return { name: OURS, role: 'ours', run: (request) => entry.authenticate(request, resource) }
}

/** A subject that gets one request instead of each in turn. */
export function oneRequest(subject: Subject, request: Request): Subject {
  return { ...subject, name: ONE_OF_THEM, run: () => subject.run(request) }
}

export function createResource(
  jwk: JWK,
  options: Partial<ProtectedResourceOptions> = {},
  entry: Entry = library,
): ProtectedResource {
  return entry.protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ issuer: ISSUER, jwks: { keys: [jwk as Jwk] } }],
    requiredScopes: ['notes:read'],
    ...options,
  })
}

/** The cost of reading the header, awaited like the other subjects. */
export function headerOnly(): Subject {
  return {
    name: 'headers.get',
    role: 'floor',
    run: async (request) => request.headers.get('Authorization'),
  }
}

export function joseVerify({ publicKey }: VerificationKey): Subject {
  return {
    name: 'jose jwtVerify',
    role: 'peer',
    run: (request) =>
      jwtVerify(tokenOf(request), publicKey, { issuer: ISSUER, audience: RESOURCE, typ: 'at+jwt' }),
  }
}

/** As jose's documentation suggests: a local key set, and the algorithms of the issuer. */
export function joseJwks({ jwk, algorithm }: VerificationKey): Subject {
  const keys = createLocalJWKSet({ keys: [jwk] })
  const expected = { issuer: ISSUER, audience: RESOURCE, algorithms: [algorithm] }
  return {
    name: 'jose jwtVerify',
    role: 'peer',
    run: (request) => jwtVerify(tokenOf(request), keys, expected),
  }
}

/**
 * `subtle.verify` alone: the minimum for a signature check. With each token in turn, because a processor learns the
 * branches of one that is verified again and again.
 */
export function subtleVerify(
  { algorithm, publicKey }: VerificationKey,
  tokens: readonly string[],
): Subject {
  const parts = tokens.map((token) => {
    const [header, payload, signature = ''] = token.split('.')
    const binary = atob(signature.replaceAll('-', '+').replaceAll('_', '/'))
    return {
      data: new TextEncoder().encode(`${header}.${payload}`),
      bytes: Uint8Array.from(binary, (character) => character.charCodeAt(0)),
    }
  })
  let index = 0
  const { name } = publicKey.algorithm
  const parameters = algorithm === 'ES256' ? { name, hash: 'SHA-256' } : { name }
  return {
    name: 'subtle.verify',
    role: 'floor',
    run() {
      index = index + 1 < parts.length ? index + 1 : 0
      const { data, bytes } = parts[index] as (typeof parts)[number]
      return crypto.subtle.verify(parameters, publicKey, bytes, data)
    },
  }
}

export async function fastJwt(
  { algorithm, publicKey }: VerificationKey,
  cache: number | false = 20_000,
): Promise<Subject> {
  const { createVerifier } = await import('fast-jwt')
  const verify = createVerifier({
    key: await exportSPKI(publicKey),
    algorithms: [algorithm],
    allowedIss: ISSUER,
    allowedAud: RESOURCE,
    cache,
  })
  return {
    name: cache === false ? 'fast-jwt' : 'fast-jwt (cache)',
    role: 'peer',
    run: async (request) => verify(tokenOf(request)),
  }
}

export function oauth4webapi({ jwk }: VerificationKey): Subject {
  const server: oauth.AuthorizationServer = { issuer: ISSUER, jwks_uri: JWKS_URI }
  const options = {
    [oauth.customFetch]: async () => Response.json({ keys: [jwk] }),
  }
  return {
    name: 'oauth4webapi',
    role: 'peer',
    run: (request) => oauth.validateJwtAccessToken(server, request, RESOURCE, options),
  }
}

/** The MCP SDK's gate with a verifier that accepts everything: the cost of the gate itself. */
export async function sdkStatic(): Promise<Subject> {
  const { requireBearerAuth } = await import('@modelcontextprotocol/server')
  const gate = requireBearerAuth({
    requiredScopes: ['notes:read'],
    verifier: {
      verifyAccessToken: async (token) => ({
        token,
        clientId: 'client',
        scopes: ['notes:read'],
        expiresAt: 4_000_000_000,
      }),
    },
  })
  return { name: 'MCP SDK, static verifier', role: 'peer', run: gate }
}

/** The MCP SDK's gate with jose behind it, as its documentation suggests. */
export async function sdkJose({ publicKey }: VerificationKey): Promise<Subject> {
  return { name: 'MCP SDK with jose', role: 'peer', run: await createSdkGate(publicKey) }
}

export async function createSdkGate(
  publicKey: CryptoKey,
): Promise<(request: Request) => Promise<unknown>> {
  const { requireBearerAuth } = await import('@modelcontextprotocol/server')
  const expected = { issuer: ISSUER, audience: RESOURCE }
  return requireBearerAuth({
    requiredScopes: ['notes:read'],
    resourceMetadataUrl: `${new URL(RESOURCE).origin}/.well-known/oauth-protected-resource/mcp`,
    verifier: {
      verifyAccessToken: async (token) => {
        const { payload } = await jwtVerify(token, publicKey, expected)
        return {
          token,
          clientId: String(payload['client_id']),
          scopes: String(payload['scope']).split(' '),
          expiresAt: Number(payload.exp),
        }
      },
    },
  })
}

/** mcp-auth's verifier without Express, to its advantage. */
export async function mcpAuth({ publicKey }: VerificationKey): Promise<Subject> {
  const { createVerifyJwt } = await import('mcp-auth')
  const verify = createVerifyJwt(
    publicKey as never,
    { audience: RESOURCE, issuer: ISSUER } as never,
  )
  return { name: 'mcp-auth', role: 'peer', run: (request) => verify(tokenOf(request)) }
}

export async function hono({ jwk, algorithm }: VerificationKey): Promise<Subject> {
  const { Hono } = await import('hono')
  const { jwk: honoJwk } = await import('hono/jwk')
  const app = new Hono()
  app.use(
    '*',
    honoJwk({
      keys: [jwk as never],
      alg: [algorithm as 'RS256'],
      verification: { iss: ISSUER, aud: RESOURCE, typ: 'at+jwt' } as never,
    }),
  )
  app.all('*', (c) => c.body(null))
  return { name: 'hono/jwk', role: 'peer', run: (request) => app.fetch(request) }
}

export function tokenOf(request: Request): string {
  return (request.headers.get('Authorization') ?? '').slice('Bearer '.length)
}

/** Imports a peer; undefined on workerd for peers that need modules of Node. */
export async function present(
  candidates: readonly (Subject | Promise<Subject>)[],
): Promise<Subject[]> {
  if (navigator.userAgent !== 'Cloudflare-Workers') return Promise.all(candidates)
  const settled = await Promise.allSettled(candidates)
  return settled.flatMap((it) => (it.status === 'fulfilled' ? [it.value] : []))
}
