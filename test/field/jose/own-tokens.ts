/** Everything that this library signs, with one key each. */

import { exportJWK, generateKeyPair } from 'jose'
import {
  type AuthContext,
  type Jwk,
  protect,
  protectedResource,
  signProtectedResourceMetadata,
} from 'mcp-gatehouse'
import { createTokenExchange } from 'mcp-gatehouse/exchange'
import { forward, identityKeysResponse } from 'mcp-gatehouse/gateway'
import { createTestIssuer } from 'mcp-gatehouse/testing'
import { RESOURCE } from '../authorization-servers/referee.ts'
import type { Case, PublicJwk } from './peers.ts'

const ISSUER = 'https://auth.example'

export interface OwnToken extends Case {
  readonly what: string
}

export async function signAll(alg: string): Promise<OwnToken[]> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), kid: 'own', alg } as PublicJwk
  const key = { ...(await exportJWK(privateKey)), kid: 'own', alg } as Jwk
  const issuer = createTestIssuer({ resource: RESOURCE, algorithm: alg })
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [issuer.issuer],
    fetch: issuer.fetch,
  })

  const token = await issuer.token()
  const [published] = (await issuer.jwks()).keys
  const metadata = await signProtectedResourceMetadata(resource.metadata, key, { issuer: ISSUER })

  let identity = ''
  let auth: AuthContext | undefined
  const upstream = forward('https://upstream.example/mcp', {
    identity: { key, header: 'X-Identity' },
    fetch: async (input, init) => {
      identity = new Request(input, init).headers.get('X-Identity') ?? ''
      return new Response()
    },
  })
  const guarded = protect(resource, (request, context) => {
    auth = context
    return upstream(request, context)
  })
  const headers = { Authorization: `Bearer ${token}` }
  await guarded(new Request(RESOURCE, { method: 'POST', headers }))
  const identityKeys = (await (await identityKeysResponse(new Request(ISSUER), key)).json()) as {
    readonly keys: [PublicJwk]
  }

  const exchanged = await exchangeWith(alg, key, auth)
  return [
    { what: 'access token of the test issuer', token, alg, jwk: published as PublicJwk },
    { what: 'signed metadata', token: metadata, alg, jwk },
    { what: 'identity', token: identity, alg, jwk: identityKeys.keys[0] },
    { what: 'client assertion', token: exchanged.assertion, alg, jwk },
    { what: 'DPoP proof', token: exchanged.proof, alg, jwk: jwkOf(exchanged.proof) },
  ]
}

/** A server that demands a proof sees the client assertion and the proof. */
async function exchangeWith(
  alg: string,
  privateKey: Jwk,
  auth: AuthContext | undefined,
): Promise<{ readonly assertion: string; readonly proof: string }> {
  if (auth === undefined) throw new Error('The request did not pass.')
  let assertion = ''
  let proof = ''
  const exchange = createTokenExchange({
    authorizationServer: {
      issuer: auth.issuer,
      metadata: {
        issuer: auth.issuer,
        token_endpoint: `${ISSUER}/token`,
        dpop_signing_alg_values_supported: [alg],
      },
    },
    client: { id: 'notes', privateKey },
    target: { resource: 'https://orders.example/' },
    fetch: async (input, init) => {
      const request = new Request(input, init)
      proof = request.headers.get('DPoP') ?? ''
      assertion = new URLSearchParams(await request.text()).get('client_assertion') ?? ''
      return Response.json({ error: 'invalid_dpop_proof' }, { status: 400 })
    },
  })
  await exchange.exchange(auth)
  return { assertion, proof }
}

function jwkOf(proof: string): PublicJwk {
  const [header = ''] = proof.split('.')
  const { jwk } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { jwk: PublicJwk }
  return jwk
}
