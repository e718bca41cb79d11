/** Who is measured: each verifies the token of a request and answers what it made of it. */

import { requireBearerAuth } from '@modelcontextprotocol/server'
import { createVerifier } from 'fast-jwt'
import { Hono } from 'hono'
import { jwk as honoJwk } from 'hono/jwk'
import { exportSPKI, jwtVerify } from 'jose'
import { createVerifyJwt } from 'mcp-auth'
import * as oauth from 'oauth4webapi'
import { authenticate, protectedResource } from '../dist/index.js'
import { type Fixtures, ISSUER, RESOURCE } from './fixtures.ts'

export interface Subject {
  readonly name: string
  run(request: Request): unknown
}

/** Ours: the whole of `authenticate`. */
export function gatehouse({ jwk }: Fixtures, tokenCache?: false): Subject {
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ issuer: ISSUER, jwks: { keys: [jwk] } }],
    requiredScopes: ['notes:read'],
    tokenCache,
  })
  return { name: 'mcp-gatehouse', run: (request) => authenticate(request, resource) }
}

/** What the platform itself charges for looking at the header, awaited like everybody else. */
export function headerOnly(): Subject {
  return {
    name: 'headers.get',
    run: async (request) => request.headers.get('Authorization'),
  }
}

export function joseVerify({ publicKey }: Fixtures): Subject {
  return {
    name: 'jose jwtVerify',
    run: (request) =>
      jwtVerify(tokenOf(request), publicKey, { issuer: ISSUER, audience: RESOURCE, typ: 'at+jwt' }),
  }
}

/** `subtle.verify` alone: nobody who checks a signature can be quicker. */
export async function subtleVerify(
  { algorithm, publicKey }: Fixtures,
  token: string,
): Promise<Subject> {
  const [header, payload, signature] = token.split('.') as [string, string, string]
  const data = new TextEncoder().encode(`${header}.${payload}`)
  const bytes = Uint8Array.from(atob(signature.replaceAll('-', '+').replaceAll('_', '/')), (c) =>
    c.charCodeAt(0),
  )
  const parameters = {
    name: publicKey.algorithm.name,
    hash: algorithm === 'ES256' ? 'SHA-256' : undefined,
  }
  return {
    name: 'subtle.verify',
    run: () => crypto.subtle.verify(parameters as AlgorithmIdentifier, publicKey, bytes, data),
  }
}

export async function fastJwt(
  { algorithm, publicKey }: Fixtures,
  cache: boolean,
): Promise<Subject> {
  const verify = createVerifier({
    key: await exportSPKI(publicKey),
    algorithms: [algorithm as 'RS256'],
    allowedIss: ISSUER,
    allowedAud: RESOURCE,
    cache: cache ? 20_000 : false,
  })
  return {
    name: cache ? 'fast-jwt (cache)' : 'fast-jwt',
    run: async (request) => verify(tokenOf(request)),
  }
}

export function oauth4webapi({ jwk }: Fixtures): Subject {
  const server: oauth.AuthorizationServer = { issuer: ISSUER, jwks_uri: `${ISSUER}/jwks` }
  const options = {
    [oauth.customFetch]: async () => Response.json({ keys: [jwk] }),
  }
  return {
    name: 'oauth4webapi',
    run: (request) => oauth.validateJwtAccessToken(server, request, RESOURCE, options),
  }
}

/** The MCP SDK's gate with a verifier that verifies nothing: its own share. */
export function sdkStatic(): Subject {
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
  return { name: 'MCP SDK, static verifier', run: gate }
}

/** The MCP SDK's gate with jose behind it, as its documentation suggests. */
export function sdkJose({ publicKey }: Fixtures): Subject {
  const gate = requireBearerAuth({
    requiredScopes: ['notes:read'],
    resourceMetadataUrl: `${new URL(RESOURCE).origin}/.well-known/oauth-protected-resource/mcp`,
    verifier: {
      verifyAccessToken: async (token) => {
        const { payload } = await jwtVerify(token, publicKey, {
          issuer: ISSUER,
          audience: RESOURCE,
        })
        return {
          token,
          clientId: String(payload['client_id']),
          scopes: String(payload['scope']).split(' '),
          expiresAt: Number(payload.exp),
        }
      },
    },
  })
  return { name: 'MCP SDK with jose', run: gate }
}

/** mcp-auth's verifier without Express around it, which flatters it. */
export function mcpAuth({ publicKey }: Fixtures): Subject {
  const verify = createVerifyJwt(
    publicKey as never,
    { audience: RESOURCE, issuer: ISSUER } as never,
  )
  return { name: 'mcp-auth', run: (request) => verify(tokenOf(request)) }
}

export function hono({ jwk, algorithm }: Fixtures): Subject {
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
  return { name: 'hono/jwk', run: (request) => app.fetch(request) }
}

function tokenOf(request: Request): string {
  return (request.headers.get('Authorization') ?? '').slice('Bearer '.length)
}
