/**
 * The `fetch` of workerd and of browsers throws where it is called as the method of another object. The library
 * calls it as a function, so that `fetch: fetch` works on every host.
 */

import { describe, expect, it } from 'vitest'
import { authzen } from '../../src/authzen.ts'
import { doctor } from '../../src/doctor/index.ts'
import { createTokenExchange } from '../../src/exchange/index.ts'
import { forward } from '../../src/gateway/index.ts'
import {
  authenticate,
  discoverAuthorizationServer,
  type Fetch,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
} from '../../src/index.ts'
import { createTestIssuer } from '../../src/testing/index.ts'

const RESOURCE = 'https://rs.example/mcp'
const API = 'https://api.example'

/** A `fetch` that is as strict as the one of workerd. */
function strict(respond: Fetch): Fetch {
  return function (this: unknown, url, init) {
    if (this !== undefined && this !== globalThis) throw new TypeError('Illegal invocation')
    return respond(url, init)
  }
}

function createScene(options: Partial<ProtectedResourceOptions> = {}) {
  const issuer = createTestIssuer({ resource: RESOURCE })
  const fetch = strict(issuer.fetch)
  const authorizationServers = [issuer.issuer]
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers,
    fetch,
    ...options,
  })
  const ask = async (isOpaque = false) =>
    new Request(RESOURCE, {
      method: 'POST',
      headers: { Authorization: `Bearer ${await issuer.token({}, { opaque: isOpaque })}` },
      body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
    })
  return { issuer, fetch, resource, ask }
}

describe('fetch is called as a function', () => {
  it('for metadata and keys', async () => {
    const { issuer, fetch, resource, ask } = createScene()
    await expect(authenticate(await ask(), resource)).resolves.toMatchObject({ ok: true })
    await expect(discoverAuthorizationServer(issuer.issuer, { fetch })).resolves.toMatchObject({
      issuer: issuer.issuer,
    })
  })

  it('for introspection, and by verify()', async () => {
    const { issuer, fetch, ask } = createScene()
    const introspection = { kind: 'introspection', clientId: 'rs', clientSecret: 's' } as const
    const custom: ProtectedResourceOptions['authorizationServers'] = [
      {
        issuer: issuer.issuer,
        accessToken: {
          kind: 'custom',
          verify: async (_token, context) => {
            await context.fetch(`${issuer.issuer}/jwks`)
            return { aud: RESOURCE, exp: context.now() + 60 }
          },
        },
      },
    ]
    const introspected = [{ issuer: issuer.issuer, accessToken: introspection, fetch }]
    for (const authorizationServers of [introspected, custom]) {
      const resource = protectedResource({ resource: RESOURCE, authorizationServers, fetch })
      await expect(authenticate(await ask(true), resource)).resolves.toMatchObject({ ok: true })
    }
  })

  it('for decisions, exchanged tokens, APIs and upstreams', async () => {
    const operations = authzen({
      url: API,
      fetch: strict(async () => Response.json({ decision: true })),
    })
    const { issuer, resource, ask } = createScene({ operations })
    const exchange = createTokenExchange({
      authorizationServer: { issuer: issuer.issuer, metadata: issuer.metadata },
      client: { id: 'rs', secret: 's' },
      target: { resource: API },
      fetch: strict(async () => Response.json({ access_token: 'x', token_type: 'Bearer' })),
    })
    const upstream = forward(API, { fetch: strict(async () => new Response('served')) })
    const serve = protect(resource, async (request, auth) => {
      const answer = await exchange.fetch(auth, API)
      expect(answer.status).toBe(200)
      return upstream(request, auth)
    })
    expect((await serve(await ask())).status).toBe(200)
  })

  it('by the doctor', async () => {
    const { fetch, resource } = createScene()
    const serve = protect(resource, () => new Response('served'))
    const report = await doctor(RESOURCE, {
      fetch: strict((url, init) =>
        url.startsWith('https://rs.example/') ? serve(new Request(url, init)) : fetch(url, init),
      ),
    })
    expect(report).toMatchObject({ errors: 0 })
  })
})
