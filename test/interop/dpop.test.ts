/**
 * DPoP with other implementations: proofs of `dpop` and `oauth4webapi`, tokens of `oidc-provider`, as
 * JWTs and as opaque tokens.
 */

import * as dpop from 'dpop'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from '../../examples/demo/authorization-server.ts'
import {
  type AuthContext,
  type AuthEvent,
  type DpopOptions,
  protect,
  protectedResource,
} from '../../src/index.ts'

const RESOURCE = 'https://rs.example/mcp'
const SECRET = 'the secret of a client'
const HTTP = { [oauth.allowInsecureRequests]: true }
const CLIENT = {
  client_id: 'interop',
  client_secret: SECRET,
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: 'client_secret_post',
}

describe.each(['jwt', 'opaque'] as const)('a bound %s token of oidc-provider', (format) => {
  let server: AuthorizationServer
  let token: string
  let keys: CryptoKeyPair
  let strangerKeys: CryptoKeyPair

  beforeAll(async () => {
    const options = { dpop: true, accessTokenFormat: format, clients: [CLIENT] }
    server = await startAuthorizationServer(options)
    server.registerResource(RESOURCE, ['notes:read'])
    keys = await oauth.generateKeyPair('ES256')
    strangerKeys = await oauth.generateKeyPair('ES256')
    token = await requestToken(server.issuer, keys)
  })
  afterAll(() => server.close())

  function createResource(options: boolean | DpopOptions = true) {
    const events: AuthEvent[] = []
    const runs: AuthContext[] = []
    const introspection = {
      kind: 'introspection',
      clientId: CLIENT.client_id,
      clientSecret: SECRET,
      authMethod: 'client_secret_post',
    } as const
    const resource = protectedResource({
      resource: RESOURCE,
      authorizationServers: [
        { issuer: server.issuer, accessToken: format === 'jwt' ? 'jwt' : introspection },
      ],
      requiredScopes: ['notes:read'],
      dpop: options,
      onEvent: (event) => events.push(event),
    })
    const send = protect(resource, (_request, auth) => {
      runs.push(auth)
      return new Response('done')
    })
    const rejections = () => events.flatMap((event) => (event.type === 'refused' ? event.code : []))
    return { send, runs, rejections }
  }

  const headersWith = (proof: string) => ({ Authorization: `DPoP ${token}`, DPoP: proof })
  const post = (headers: Record<string, string>) =>
    new Request(RESOURCE, { method: 'POST', headers })

  it('is accepted with a proof of dpop', async () => {
    const { send, runs } = createResource()
    const proof = await dpop.generateProof(keys, RESOURCE, 'POST', undefined, token)
    expect((await send(post(headersWith(proof)))).status).toBe(200)
    expect(runs).toMatchObject([{ scheme: 'DPoP', clientId: 'interop', scopes: ['notes:read'] }])
  })

  it('is accepted with proofs of oauth4webapi, which handles nonces', async () => {
    const { send, runs, rejections } = createResource({ nonce: { secret: 'x'.repeat(32) } })
    const handle = oauth.DPoP({}, keys)
    const ask = () =>
      oauth.protectedResourceRequest(token, 'POST', new URL(RESOURCE), undefined, undefined, {
        DPoP: handle,
        [oauth.customFetch]: (url, init) => send(new Request(url, init as RequestInit)),
      })
    const rejection = await ask().catch((error: unknown) => error)
    expect(oauth.isDPoPNonceError(rejection)).toBe(true)
    expect(rejection).toBeInstanceOf(oauth.WWWAuthenticateChallengeError)
    const { cause: challenges } = rejection as oauth.WWWAuthenticateChallengeError
    expect(challenges.map(({ scheme }) => scheme)).toEqual(['bearer', 'dpop'])
    expect(challenges[1]?.parameters).toMatchObject({ error: 'use_dpop_nonce' })
    expect((await ask()).status).toBe(200)
    expect((await ask()).status).toBe(200)
    expect(rejections()).toEqual(['dpop_nonce'])
    expect(runs).toHaveLength(2)
  })

  it('is rejected with a replayed proof, without a proof, and with a proof of another key', async () => {
    const { send, runs, rejections } = createResource()
    const proof = await dpop.generateProof(keys, RESOURCE, 'POST', undefined, token)
    expect((await send(post(headersWith(proof)))).status).toBe(200)
    expect((await send(post(headersWith(proof)))).status).toBe(401)
    expect((await send(post({ Authorization: `Bearer ${token}` }))).status).toBe(401)
    const stolen = await dpop.generateProof(strangerKeys, RESOURCE, 'POST', undefined, token)
    expect((await send(post(headersWith(stolen)))).status).toBe(401)
    const elsewhere = await dpop.generateProof(keys, `${RESOURCE}x`, 'POST', undefined, token)
    expect((await send(post(headersWith(elsewhere)))).status).toBe(401)
    const naked = await dpop.generateProof(keys, RESOURCE, 'POST')
    expect((await send(post(headersWith(naked)))).status).toBe(401)
    expect(rejections()).toEqual([
      'dpop_proof_replayed',
      'binding_missing',
      'binding_mismatch',
      'dpop_proof_invalid',
      'dpop_proof_invalid',
    ])
    expect(runs).toHaveLength(1)
  })

  // The algorithms that this server accepts at its token endpoint.
  it.each(['ES256', 'Ed25519'] as const)('can be bound to a key for %s', async (algorithm) => {
    const pair = await dpop.generateKeyPair(algorithm)
    const { send } = createResource()
    const own = await requestToken(server.issuer, pair)
    const proof = await dpop.generateProof(pair, RESOURCE, 'POST', undefined, own)
    const headers = { Authorization: `DPoP ${own}`, DPoP: proof }
    expect((await send(post(headers))).status).toBe(200)
  })
})

async function discover(issuer: string): Promise<oauth.AuthorizationServer> {
  const url = new URL(issuer)
  const response = await oauth.discoveryRequest(url, { ...HTTP, algorithm: 'oauth2' })
  return oauth.processDiscoveryResponse(url, response)
}

async function requestToken(issuer: string, keys: CryptoKeyPair): Promise<string> {
  const server = await discover(issuer)
  const client = { client_id: CLIENT.client_id }
  const response = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    oauth.ClientSecretPost(SECRET),
    { scope: 'notes:read', resource: RESOURCE },
    { ...HTTP, DPoP: oauth.DPoP({}, keys) },
  )
  const result = await oauth.processClientCredentialsResponse(server, client, response)
  expect(result.token_type).toBe('dpop')
  return result.access_token
}
