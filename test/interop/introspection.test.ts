/** Opaque tokens of a real authorization server: `oidc-provider`, on loopback. */

import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type AuthorizationServer,
  startAuthorizationServer,
  type TokenFormat,
} from '../../examples/demo/authorization-server.ts'
import {
  type AuthEvent,
  type Fetch,
  type IntrospectionOptions,
  type Jwk,
  protect,
  protectedResource,
} from '../../src/index.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { expectRejection } from '../support/rejection.ts'

const OTHER_RESOURCE = 'https://rs.example/calendar'
/** Every character that a form must encode, so that the server detects a missing encoding. */
const SECRET = `s:e+c/r%e t&=${'x'.repeat(20)}`.replace(' ', '-')

let server: AuthorizationServer
let privateKey: CryptoKey

beforeAll(async () => {
  const pair = await generateKeyPair('ES256')
  privateKey = pair.privateKey
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'rs-key', alg: 'ES256', use: 'sig' }
  const client = {
    client_secret: SECRET,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  }
  server = await startAuthorizationServer({
    accessTokenFormat: 'opaque',
    clients: [
      { ...client, client_id: 'app', token_endpoint_auth_method: 'client_secret_post' },
      { ...client, client_id: 'rs:basic', token_endpoint_auth_method: 'client_secret_basic' },
      { ...client, client_id: 'rs-post', token_endpoint_auth_method: 'client_secret_post' },
      {
        ...client,
        client_id: 'rs-key',
        client_secret: undefined,
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        jwks: { keys: [jwk] },
      },
    ],
  })
})
afterAll(() => server.close())

/** Requests a token with the client credentials grant. */
async function issue(resource = RESOURCE, format: TokenFormat = 'opaque'): Promise<string> {
  server.registerResource(RESOURCE, ['read', 'write'], format)
  server.registerResource(OTHER_RESOURCE, ['read'], format)
  const answer = await postForm('/token', {
    grant_type: 'client_credentials',
    scope: 'read',
    resource,
  })
  return ((await answer.json()) as { access_token: string }).access_token
}

async function revoke(token: string): Promise<void> {
  expect((await postForm('/token/revocation', { token })).status).toBe(200)
}

function postForm(path: string, members: Record<string, string>): Promise<Response> {
  const body = new URLSearchParams({ client_id: 'app', client_secret: SECRET, ...members })
  return fetch(server.issuer + path, { method: 'POST', body })
}

/** A resource that introspects at the server and counts its requests. */
function createResource(introspection: Partial<IntrospectionOptions> = {}, beside: 'jwt'[] = []) {
  const events: AuthEvent[] = []
  const asked: string[] = []
  let later = 0
  let runs = 0
  const counting: Fetch = (url, init) => {
    asked.push(new URL(url).pathname)
    return fetch(url, init)
  }
  const kind: IntrospectionOptions = {
    kind: 'introspection',
    clientId: 'rs:basic',
    ...(introspection.privateKey === undefined ? { clientSecret: SECRET } : {}),
    ...introspection,
  }
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ issuer: server.issuer, accessToken: [...beside, kind] }],
    fetch: counting,
    now: () => Date.now() / 1000 + later,
    onEvent: (event) => events.push(event),
  })
  const handle = protect(resource, (_request, auth) => {
    runs += 1
    return Response.json({ client: auth.clientId, scopes: auth.scopes, aud: auth.audience })
  })
  const send = (token: string) =>
    handle(new Request(RESOURCE, { method: 'POST', headers: { Authorization: `Bearer ${token}` } }))
  return {
    asked: () => asked.filter((path) => path === '/token/introspection').length,
    paths: asked,
    async passes(token: string): Promise<void> {
      const before = runs
      const response = await send(token)
      expect(await response.json()).toEqual({ client: 'app', scopes: ['read'], aud: [RESOURCE] })
      expect(runs).toBe(before + 1)
    },
    async rejects(token: string, code: string): Promise<void> {
      const before = runs
      const response = await send(token)
      await expectRejection(response, {
        status: 401,
        error: 'invalid_token',
        resourceMetadata: METADATA_URL,
      })
      expect(events.at(-1)).toMatchObject({ type: 'refused', code, issuer: server.issuer })
      expect(runs).toBe(before)
    },
    async cannotTell(token: string): Promise<void> {
      const response = await send(token)
      expect(response.status).toBe(503)
      expect(response.headers.has('WWW-Authenticate')).toBe(false)
      expect(runs).toBe(0)
    },
    wait: (seconds: number) => {
      later += seconds
    },
  }
}

describe('introspection at oidc-provider', () => {
  const methods: Record<string, () => Partial<IntrospectionOptions>> = {
    client_secret_basic: () => ({ clientId: 'rs:basic' }),
    client_secret_post: () => ({ clientId: 'rs-post', authMethod: 'client_secret_post' }),
    private_key_jwt: () => ({ clientId: 'rs-key', privateKey, keyId: 'rs-key' }),
  }

  it.each(Object.keys(methods))('INT-02: authenticated with %s', async (method) => {
    const resource = createResource(methods[method]?.())
    await resource.passes(await issue())
    await resource.passes(await issue())
    await resource.rejects(await issue(OTHER_RESOURCE), 'token_audience')
    await resource.rejects(`unknown-${randomUUID()}`, 'token_inactive')
    expect(resource.asked()).toBe(4)
  })

  it.each(Object.keys(methods))('INT-14: signed, authenticated with %s', async (method) => {
    const resource = createResource({ ...methods[method]?.(), signedResponse: true })
    await resource.passes(await issue())
    await resource.rejects(`unknown-${randomUUID()}`, 'token_inactive')
    expect(resource.paths).toContain('/jwks')
  })

  it('INT-02: a JWK as private key', async () => {
    const { publicKey, privateKey: other } = await generateKeyPair('ES256', { extractable: true })
    expect(publicKey.type).toBe('public')
    const jwk = (await exportJWK(other)) as Jwk
    const resource = createResource({ clientId: 'rs-key', privateKey: jwk, keyId: 'rs-key' })
    // Well-formed, but not the key of that client.
    await resource.cannotTell(await issue())
  })

  it('INT-06: a wrong client secret is a 503', async () => {
    await createResource({ clientSecret: 'wrong' }).cannotTell(await issue())
    await createResource({ authMethod: 'client_secret_post', clientId: 'unknown' }).cannotTell(
      await issue(),
    )
  })

  it('INT-17: a token that the server does not support is a 503 for this token alone', async () => {
    const resource = createResource()
    // It rejects five-part tokens with a status of 400 and `unsupported_token_type`.
    for (const count of [1, 2, 3, 4, 5, 6]) {
      await resource.cannotTell(`eyJhbGciOiJkaXIifQ..${count}.Y2lwaGVy.dGFn`)
    }
    await resource.passes(await issue())
    expect(resource.asked()).toBe(7)
  })

  it('INT-17: unknown tokens are 401, and a valid one among them is 200', async () => {
    const resource = createResource()
    const token = await issue()
    for (let count = 0; count < 30; count++) {
      await resource.rejects(`invented-${randomUUID()}`, 'token_inactive')
    }
    await resource.passes(token)
  })

  it('INT-12: revocation takes effect at once without the cache', async () => {
    const resource = createResource()
    const token = await issue()
    await resource.passes(token)
    await resource.passes(token)
    await revoke(token)
    await resource.rejects(token, 'token_inactive')
    expect(resource.asked()).toBe(3)
  })

  it('INT-12: revocation takes effect within the lifetime of a cached response', async () => {
    const resource = createResource({ cacheSeconds: 30 })
    const token = await issue()
    await resource.passes(token)
    await revoke(token)
    await resource.passes(token)
    resource.wait(30)
    await resource.rejects(token, 'token_inactive')
    await resource.rejects(token, 'token_inactive')
    expect(resource.asked()).toBe(2)
  })

  it('JWT and opaque tokens of one server', async () => {
    const resource = createResource({}, ['jwt'])
    const jwt = await issue(RESOURCE, 'jwt')
    expect(jwt.split('.')).toHaveLength(3)
    await resource.passes(jwt)
    expect(resource.asked()).toBe(0)
    await resource.passes(await issue())
    expect(resource.asked()).toBe(1)
    await resource.rejects(await issue(OTHER_RESOURCE, 'jwt'), 'token_audience')
    expect(resource.asked()).toBe(1)
  })
})
