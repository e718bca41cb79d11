/**
 * The next hop with real parts: two `oidc-provider` servers with token exchange, and an API on
 * `node:http` that verifies the exchanged tokens with this library.
 */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { protect as protectNode } from '../../adapters/node/index.ts'
import {
  type AuthorizationServer,
  startAuthorizationServer,
} from '../../examples/demo/authorization-server.ts'
import { CONSENT_ORIGIN } from '../../examples/demo/token-grants.ts'
import { createTokenExchange, type TokenExchangeOptions } from '../../src/exchange/index.ts'
import { type AuthContext, protectedResource, verifyAccessToken } from '../../src/index.ts'

const NOTES = 'http://127.0.0.1:1/mcp'
const ID_TOKEN = 'urn:ietf:params:oauth:token-type:id_token'
const EXCHANGE_CLIENT = {
  redirect_uris: [],
  response_types: [],
  grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'],
  token_endpoint_auth_method: 'client_secret_basic',
  client_secret: 'a secret: with % every+char?',
}

let own: AuthorizationServer
let other: AuthorizationServer
let privateKey: CryptoKey
const servers: Server[] = []

interface Api {
  readonly url: string
  /** The contexts of the requests that passed. */
  readonly seen: AuthContext[]
}

let orders: Api
let bound: Api
let there: Api

beforeAll(async () => {
  const pair = await generateKeyPair('ES256')
  privateKey = pair.privateKey
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256', use: 'sig' }
  const { client_secret: _, ...keyless } = EXCHANGE_CLIENT
  own = await startAuthorizationServer({
    dpop: true,
    exchange: {},
    clients: [
      { ...EXCHANGE_CLIENT, client_id: 'notes' },
      { ...EXCHANGE_CLIENT, client_id: 'notes-bound', dpop_bound_access_tokens: true },
      {
        ...keyless,
        client_id: 'notes-key',
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [jwk] },
      },
    ],
  })
  other = await startAuthorizationServer({
    exchange: { trustedIssuer: own.issuer },
    clients: [
      {
        ...EXCHANGE_CLIENT,
        client_id: 'notes-there',
        grant_types: ['urn:ietf:params:oauth:grant-type:jwt-bearer'],
      },
    ],
  })
  for (const id of ['notes', 'notes-bound', 'notes-key']) own.allowExchange(id, NOTES)
  orders = await startApi(own, false)
  bound = await startApi(own, true)
  there = await startApi(other, false)
})
afterAll(async () => {
  for (const server of servers) server.close()
  await Promise.all([own.close(), other.close()])
})

async function startApi(issuer: AuthorizationServer, isBound: boolean): Promise<Api> {
  const seen: AuthContext[] = []
  let listener: ReturnType<typeof protectNode> | undefined
  const server = createServer((req, res) => void listener?.(req, res))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  servers.push(server)
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders`
  issuer.registerResource(url, ['orders:read'])
  const resource = protectedResource({
    resource: url,
    authorizationServers: [issuer.issuer],
    requiredScopes: ['orders:read'],
    ...(isBound
      ? { dpop: { required: true, nonce: { secret: 'n'.repeat(32) }, replay: false } }
      : {}),
  })
  listener = protectNode(resource, (_request, auth) => {
    seen.push(auth)
    return Response.json({ user: auth.subject })
  })
  return { url, seen }
}

/** The context of a request to the notes server. */
async function contextOf(sub: string): Promise<AuthContext> {
  const resource = protectedResource({ resource: NOTES, authorizationServers: [own.issuer] })
  const now = Math.floor(Date.now() / 1000)
  const claims = { iss: own.issuer, aud: NOTES, sub, client_id: 'app', scope: 'notes:read' }
  const token = await own.signAccessToken({ ...claims, iat: now, exp: now + 600, jti: sub })
  return verifyAccessToken(token, resource)
}

function exchangeFor(api: Api, options: Partial<TokenExchangeOptions> = {}) {
  return createTokenExchange({
    authorizationServer: own.issuer,
    client: { id: 'notes', secret: EXCHANGE_CLIENT.client_secret },
    target: { resource: api.url, scopes: ['orders:read'] },
    ...options,
  })
}

/** Opens the consent page, as the user does, and allows the access. */
async function allow(url: string | undefined): Promise<void> {
  const page = (url ?? '').replace(CONSENT_ORIGIN, own.issuer)
  expect((await fetch(page)).status).toBe(200)
  expect((await fetch(page, { method: 'POST' })).status).toBe(200)
}

describe('createTokenExchange() with oidc-provider', () => {
  it('gets consent, exchanges, and calls an API that verifies the token', async () => {
    const auth = await contextOf('ada')
    const exchange = exchangeFor(orders)
    const failure = await exchange.exchange(auth)
    expect(failure).toEqual({
      ok: false,
      code: 'consent_required',
      url: expect.stringMatching(/^https:\/\/consent\.example\/allow\//),
    })
    await allow(failure.ok ? undefined : failure.url)
    exchange.clear(auth)
    const response = await exchange.fetch(auth, orders.url)
    expect(await response.json()).toEqual({ user: 'ada' })
    expect(orders.seen.at(-1)).toMatchObject({
      subject: 'ada',
      clientId: 'notes',
      audience: [orders.url],
      scopes: ['orders:read'],
    })
    // The token of the first hop is not for the API.
    const headers = { Authorization: `Bearer ${auth.token}` }
    expect((await fetch(orders.url, { headers })).status).toBe(401)
    expect(orders.seen).toHaveLength(1)
  })

  it('authenticates with a private key', async () => {
    const auth = await contextOf('grace')
    const exchange = exchangeFor(orders, { client: { id: 'notes-key', privateKey, keyId: 'k1' } })
    const failure = await exchange.exchange(auth)
    await allow(failure.ok ? undefined : failure.url)
    exchange.clear(auth)
    expect((await exchange.fetch(auth, orders.url)).status).toBe(200)
  })

  it('binds the token to a key where the server and the API demand it, nonce included', async () => {
    const auth = await contextOf('joan')
    const client = { id: 'notes-bound', secret: EXCHANGE_CLIENT.client_secret }
    const exchange = exchangeFor(bound, { client })
    const failure = await exchange.exchange(auth)
    await allow(failure.ok ? undefined : failure.url)
    exchange.clear(auth)
    expect(await exchange.exchange(auth)).toMatchObject({ ok: true, tokenType: 'DPoP' })
    const response = await exchange.fetch(auth, `${bound.url}?page=1`)
    expect(await response.json()).toEqual({ user: 'joan' })
    expect(bound.seen.at(-1)).toMatchObject({ scheme: 'DPoP', subject: 'joan' })
    expect((await exchange.fetch(auth, bound.url, { method: 'POST', body: '{}' })).status).toBe(200)
  })

  it('binds the token to a key where only the API demands it', async () => {
    const auth = await contextOf('mary')
    const exchange = exchangeFor(bound)
    const failure = await exchange.exchange(auth)
    await allow(failure.ok ? undefined : failure.url)
    exchange.clear(auth)
    expect(await exchange.exchange(auth)).toMatchObject({ ok: true, tokenType: 'Bearer' })
    expect(await (await exchange.fetch(auth, bound.url)).json()).toEqual({ user: 'mary' })
  })

  it.each<[string, () => Partial<TokenExchangeOptions>, string]>([
    ['an unknown resource', () => ({ target: { resource: 'urn:unknown' } }), 'target_refused'],
    ['a wrong secret', () => ({ client: { id: 'notes', secret: 'wrong' } }), 'misconfigured'],
    ['a client without the grant', () => ({ style: 'entra' }), 'misconfigured'],
    [
      'a subject of another kind',
      () => ({ subjectToken: async () => ({ token: 'x', type: ID_TOKEN }) }),
      'subject_not_accepted',
    ],
  ])('fails for %s', async (what, options, code) => {
    const auth = await contextOf(what)
    const exchange = exchangeFor(orders, options())
    const failure = await exchange.exchange(auth)
    if (!failure.ok && failure.code === 'consent_required') {
      await allow(failure.url)
      exchange.clear(auth)
      expect(await exchange.exchange(auth)).toEqual({ ok: false, code })
    } else {
      expect(failure).toEqual({ ok: false, code })
    }
  })

  it('gets a token of another server with an identity assertion (ID-JAG)', async () => {
    const auth = await contextOf('hedy')
    const now = Math.floor(Date.now() / 1000)
    const claims = { iss: own.issuer, aud: 'notes', sub: 'hedy', iat: now, exp: now + 300 }
    const idToken = await own.signAccessToken(claims)
    const exchange = exchangeFor(there, {
      style: 'id-jag',
      subjectToken: async () => ({ token: idToken, type: ID_TOKEN }),
      target: {
        resource: there.url,
        scopes: ['orders:read'],
        authorizationServer: other.issuer,
        client: { id: 'notes-there', secret: EXCHANGE_CLIENT.client_secret },
      },
    })
    const response = await exchange.fetch(auth, there.url)
    expect(await response.json()).toEqual({ user: 'hedy' })
    expect(there.seen.at(-1)).toMatchObject({ issuer: other.issuer, clientId: 'notes-there' })
    // One assertion is used once: the next exchange gets another one.
    exchange.clear(auth)
    expect((await exchange.fetch(auth, there.url)).status).toBe(200)
  })
})
