/** Bugs of other libraries with metadata and discovery: none of them is here. */

import { SignJWT } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  discoverAuthorizationServer,
  metadataResponse,
  protect,
  protectedResource,
} from '../../src/index.ts'
import { parseChallenges } from '../support/challenge.ts'
import {
  createIssuer,
  createKey,
  goodClaims,
  ISSUER,
  METADATA_URL,
  RESOURCE,
  sign,
} from '../support/issuer.ts'
import { serve } from '../support/loopback.ts'
import {
  createScene,
  expectAccepted,
  expectFault,
  expectRejected,
  invalidToken,
  NO_CREDENTIALS,
  type Scene,
} from '../support/scene.ts'

const PREFIX = '/.well-known/oauth-protected-resource'
const AS_PATH = '/.well-known/oauth-authorization-server'
const AS_URL = `${ISSUER}${AS_PATH}`
const SPOOFED = {
  Host: 'evil.example',
  Forwarded: 'for=1.2.3.4;host=evil.example;proto=http',
  'X-Forwarded-Host': 'evil.example',
  'X-Forwarded-Proto': 'http',
}

const get = (scene: Scene, url: string, headers: Record<string, string> = {}) =>
  scene.send(new Request(url, { headers }))

/** What a client does with a 401: reads where the metadata is, and gets it. */
async function followChallenge(scene: Scene, response: Response) {
  const [challenge] = parseChallenges(response.headers.get('WWW-Authenticate') ?? '')
  const url = challenge?.params['resource_metadata'] ?? ''
  const served = await get(scene, url)
  expect({ url, status: served.status }).toEqual({ url, status: 200 })
  return { url, document: (await served.json()) as Record<string, unknown> }
}

describe('mcp-auth', () => {
  it.each<[string, () => Response | Promise<Response>, string, object?]>([
    ['hangs', () => new Promise(() => {}), 'timeout'],
    [
      'redirects',
      () => Response.redirect('http://169.254.169.254/latest/', 302),
      'redirect',
      { status: 302, received: ['http://169.254.169.254'] },
    ],
    ['never ends', () => endless(), 'too_large'],
    ['is a page', () => page(), 'not_json'],
    [
      'is of another issuer',
      () => Response.json({ issuer: 'https://evil.example', jwks_uri: `${ISSUER}/jwks` }),
      'issuer_mismatch',
      { expected: [ISSUER], received: ['https://evil.example'] },
    ],
  ])(
    'mcp-auth A6: metadata that %s is neither believed nor a crash',
    async (_what, answer, code, more) => {
      const scene = await createScene({ server: { type: 'oauth', timeoutMs: 60 } })
      scene.issuer.respondAt(AS_URL, answer)
      await expectFault(scene, scene.ask(`Bearer ${await scene.issuer.token()}`), 'unavailable')
      expect(scene.issuer.requests).toEqual([AS_URL])
      expect(scene.events).toContainEqual({
        type: 'document',
        issuer: ISSUER,
        url: AS_URL,
        outcome: 'failed',
        code,
        message: expect.stringContaining(AS_URL),
        ...more,
      })
    },
  )

  it('mcp-auth A7: a transform may be asynchronous', async () => {
    const transform = async (document: Record<string, unknown>) => {
      await Promise.resolve()
      return { ...document, issuer: ISSUER }
    }
    const scene = await createScene({ server: { transform } })
    const { issuer } = scene
    issuer.respondAt(AS_URL, () =>
      Response.json({ ...issuer.metadata, issuer: 'HTTPS://AS.EXAMPLE' }),
    )
    await expectAccepted(scene, scene.ask(`Bearer ${await issuer.token()}`))
  })

  it('mcp-auth A8: tokens of a server without code flow or PKCE are verified', async () => {
    const scene = await createScene()
    const { issuer } = scene
    issuer.respondAt(AS_URL, () =>
      Response.json({
        ...issuer.metadata,
        grant_types_supported: ['client_credentials'],
        response_types_supported: [],
      }),
    )
    await expectAccepted(scene, scene.ask(`Bearer ${await issuer.token()}`))
  })

  it('mcp-auth A10: the query of a resource, and characters that routers interpret, stay', async () => {
    for (const path of ['/n?tenant=a', '/(a)*', '/:id', '/a+b', '/x%7By']) {
      const scene = await createScene({ resource: `https://rs.example${path}` })
      expect(scene.resource.metadataUrl).toBe(`https://rs.example${PREFIX}${path}`)
      const { document } = await followChallenge(scene, await scene.ask())
      expect(document['resource']).toBe(`https://rs.example${path}`)
    }
    const literal = await createScene({ resource: 'https://rs.example/:id' })
    expect((await get(literal, `https://rs.example${PREFIX}/anything`)).status).toBe(404)
  })
})

describe('SDK', () => {
  it('SDK B7: an origin as resource keeps its form without slash', async () => {
    const scene = await createScene({ resource: 'https://rs.example' })
    const { document } = await followChallenge(scene, await scene.ask())
    expect(document['resource']).toBe('https://rs.example')
  })

  it('SDK B8: authorization server metadata is served only if configured, and unchanged', async () => {
    const plain = await createScene()
    for (const path of [AS_PATH, `${AS_PATH}/mcp`]) {
      const response = await get(plain, `https://rs.example${path}`)
      expect({ path, status: response.status }).toEqual({ path, status: 404 })
      expect(response.headers.get('WWW-Authenticate')).toBeNull()
    }
    expect(plain.issuer.requests).toEqual([])
    const mirror = await createScene({ serveAuthorizationServerMetadata: true })
    const response = await get(mirror, `https://rs.example${AS_PATH}`)
    expect(await response.json()).toEqual(mirror.issuer.metadata)
    expect((await get(mirror, `https://rs.example${AS_PATH}/mcp`)).status).toBe(404)
    for (const scene of [plain, mirror]) expect(scene.runs).toEqual([])
  })

  it('SDK B9: the query selects the metadata document', async () => {
    const tenants = ['1', '2'].map((tenant) =>
      protectedResource({
        resource: `https://rs.example/mcp?tenant=${tenant}`,
        authorizationServers: [`https://as.example/${tenant}`],
      }),
    )
    for (const { identifier, metadata, metadataUrl } of tenants) {
      const document = await metadataResponse(new Request(metadataUrl), tenants)?.json()
      expect(document).toEqual(metadata)
      expect(document.resource).toBe(identifier)
    }
    const other = new Request(`https://rs.example${PREFIX}/mcp?tenant=OTHER`)
    expect(metadataResponse(other, tenants)?.status).toBe(404)
  })
})

describe('mcp-handler', () => {
  it('mcp-handler E2: forwarding header fields change neither the challenge nor the document', async () => {
    const scene = await createScene()
    const spoofed = new Request('https://evil.example/mcp', { method: 'POST', headers: SPOOFED })
    await expectRejected(scene, scene.send(spoofed), NO_CREDENTIALS)
    const response = await get(scene, `https://evil.example${PREFIX}/mcp`, SPOOFED)
    expect(await response.json()).toEqual(scene.resource.metadata)
    expect(response.headers.get('Cache-Control')).not.toMatch(/public|s-maxage/)
  })

  it('mcp-handler E4: challenge, metadata URL and document come from one identifier', async () => {
    const scene = await createScene({ resource: 'https://x.example/mcp' })
    const { url, document } = await followChallenge(scene, await scene.ask())
    expect(url).toBe(`https://x.example${PREFIX}/mcp`)
    expect(document['resource']).toBe('https://x.example/mcp')
    for (const path of [`/mcp${PREFIX}`, `/mcp${PREFIX}/mcp`]) {
      expect((await get(scene, `https://x.example${path}`)).status).toBe(404)
    }
  })

  it('mcp-handler E5: the document contains scopes and names', async () => {
    const metadata = { resource_name: 'Notes', resource_documentation: 'https://rs.example/docs' }
    const scene = await createScene({ scopesSupported: ['read'], metadata })
    const response = await get(scene, METADATA_URL)
    expect(await response.json()).toMatchObject({ scopes_supported: ['read'], ...metadata })
  })
})

describe('hono', () => {
  it('hono F5: every 401 names the URL of the document', async () => {
    const scene = await createScene()
    const token = await scene.issuer.token({ aud: 'https://other.example' })
    const missing = await expectRejected(scene, scene.ask(), NO_CREDENTIALS)
    const bad = await expectRejected(
      scene,
      scene.ask(`Bearer ${token}`),
      invalidToken('token_audience'),
    )
    for (const response of [missing, bad]) {
      const { url, document } = await followChallenge(scene, response)
      expect(url).toBe(METADATA_URL)
      expect(document).toEqual(scene.resource.metadata)
    }
  })

  it('hono F6: browsers may read it, no metadata is made up, and handlers receive the caller', async () => {
    const path = 'https://as.example/t1'
    const issuer = await createIssuer(path)
    const scene = await createScene({
      authorizationServers: [path],
      fetch: issuer.fetch,
      serveAuthorizationServerMetadata: true,
    })
    const document = await get(scene, METADATA_URL, { Origin: 'https://app.example' })
    expect(document.headers.get('Access-Control-Allow-Origin')).toBe('*')
    const copy = await get(scene, `https://rs.example${AS_PATH}`, { Origin: 'https://app.example' })
    expect(copy.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(await copy.json()).toEqual(issuer.metadata)
    const auth = await expectAccepted(scene, scene.ask(`Bearer ${await issuer.token()}`))
    expect(auth).toMatchObject({ clientId: 'client-1', subject: 'user-1', scopes: ['read'] })
  })
})

describe('auth0', () => {
  it('auth0 D1: the deadline bounds discovery on a real connection that stays silent', async () => {
    await using server = await serve(() => {})
    const scene = await createScene({
      authorizationServers: [{ issuer: server.origin, timeoutMs: 60 }],
      fetch: undefined,
    })
    const token = await scene.issuer.token({ iss: server.origin })
    await expectFault(scene, scene.ask(`Bearer ${token}`), 'unavailable')
    await server.hungUp
    expect(scene.events).toContainEqual(
      expect.objectContaining({ type: 'document', outcome: 'failed', code: 'timeout' }),
    )
  })

  it('auth0 D3: a document cannot make another issuer trusted', async () => {
    const evil = 'https://evil.example'
    const thief = await createKey()
    const scene = await createScene({ server: { type: 'oauth' } })
    const { issuer } = scene
    issuer.respondAt(AS_URL, () => Response.json({ issuer: evil, jwks_uri: `${ISSUER}/stolen` }))
    issuer.respondAt(`${ISSUER}/stolen`, () => Response.json({ keys: [thief.jwk] }))
    const stolen = await sign(goodClaims(evil), {}, thief)
    await expectRejected(scene, scene.ask(`Bearer ${stolen}`), invalidToken('token_issuer'))
    expect(issuer.requests).toEqual([])
    const forged = await sign(goodClaims(), {}, thief)
    await expectFault(scene, scene.ask(`Bearer ${forged}`), 'unavailable')
    expect(issuer.requests).toEqual([AS_URL])
  })

  it('auth0 D3: nor with metadataUrl', async () => {
    const metadataUrl = 'https://as.example/metadata.json'
    const scene = await createScene({ server: { metadataUrl } })
    scene.issuer.respondAt(metadataUrl, () => Response.json({ issuer: 'https://evil.example' }))
    await expectFault(scene, scene.ask(`Bearer ${await scene.issuer.token()}`), 'unavailable')
    expect(scene.issuer.requests).toEqual([metadataUrl])
  })

  it('auth0 D5: algorithms for ID tokens neither forbid nor allow those of access tokens', async () => {
    const scene = await createScene()
    const { issuer } = scene
    issuer.respondAt(AS_URL, () =>
      Response.json({
        ...issuer.metadata,
        id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
      }),
    )
    await expectAccepted(scene, scene.ask(`Bearer ${await issuer.token()}`))
    const secret = new TextEncoder().encode(JSON.stringify(issuer.key.jwk))
    const forged = await new SignJWT(goodClaims())
      .setProtectedHeader({ alg: 'HS256', kid: 'k1', typ: 'at+jwt' })
      .sign(secret)
    await expectRejected(scene, scene.ask(`Bearer ${forged}`), invalidToken('token_algorithm'))
  })
})

describe('others', () => {
  it('better-auth G4: a browser of any origin passes the preflight and reads the document', async () => {
    const scene = await createScene()
    const origin = { Origin: 'https://inspector.example' }
    const preflight = await scene.send(
      new Request(METADATA_URL, {
        method: 'OPTIONS',
        headers: {
          ...origin,
          'Access-Control-Request-Method': 'GET',
          'Access-Control-Request-Headers': 'mcp-protocol-version',
        },
      }),
    )
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(preflight.headers.get('Access-Control-Allow-Headers')).toMatch(/MCP-Protocol-Version/)
    const response = await get(scene, METADATA_URL, origin)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(await response.json()).toEqual(scene.resource.metadata)
  })

  it('fastmcp J1: the well-known path is inserted, so that the URL in the challenge exists', async () => {
    const scene = await createScene()
    const { url } = await followChallenge(scene, await scene.ask())
    expect(url).toBe(METADATA_URL)
    expect((await get(scene, `${RESOURCE}${PREFIX}`)).status).toBe(404)
  })

  it('xmcp K1: resource_metadata is absolute, and the document is not only at the root', async () => {
    const scene = await createScene({ resource: 'https://rs.example/deep/mcp' })
    const { url } = await followChallenge(scene, await scene.ask())
    expect(url).toBe(`https://rs.example${PREFIX}/deep/mcp`)
    expect((await get(scene, `https://rs.example${PREFIX}`)).status).toBe(404)
  })

  it('xmcp K5: no double slashes, one fetch for many readers, and an outage is not a 401', async () => {
    const slashed = `${ISSUER}/`
    const requests: string[] = []
    await discoverAuthorizationServer(slashed, {
      fetch: async (url) => {
        requests.push(url)
        return Response.json({ issuer: slashed })
      },
    })
    expect(requests).toEqual([AS_URL])

    const scene = await createScene({ serveAuthorizationServerMetadata: true })
    const mirror = `https://rs.example${AS_PATH}`
    const copies = await Promise.all([1, 2, 3].map(() => get(scene, mirror)))
    expect(copies.map(({ status }) => status)).toEqual([200, 200, 200])
    expect((await get(scene, mirror)).status).toBe(200)
    expect(scene.issuer.requests).toEqual([AS_URL])

    const down = await createScene({ serveAuthorizationServerMetadata: true })
    down.issuer.respondAt(AS_URL, () => new Response(null, { status: 500 }))
    await expectFault(down, down.ask(`Bearer ${await down.issuer.token()}`), 'unavailable')
    const response = await get(down, mirror)
    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toMatch(/^[1-9]\d*$/)
    expect(response.headers.get('WWW-Authenticate')).toBeNull()
    expect(response.headers.get('Cache-Control')).toBe('no-store')
  })

  it('clerk L3: the document contains only configured members', async () => {
    const scene = await createScene()
    await expectAccepted(scene, scene.ask(`Bearer ${await scene.issuer.token()}`))
    const response = await get(scene, `https://evil.example${PREFIX}/mcp`, SPOOFED)
    expect(await response.json()).toEqual({
      resource: RESOURCE,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ['header'],
    })
  })

  it('C# host header: resource and resource_metadata come from the configuration', async () => {
    const resource = protectedResource({ resource: RESOURCE, authorizationServers: [ISSUER] })
    const served = protect([resource], () => new Response('handled'))
    const headers = { Host: 'evil.example' }
    for (const origin of ['https://evil.example', 'http://127.0.0.1:8080']) {
      const document = await served(new Request(`${origin}${PREFIX}/mcp`, { headers }))
      expect(await document.json()).toMatchObject({ resource: RESOURCE })
      const answer = await served(new Request(`${origin}/mcp`, { method: 'POST', headers }))
      expect(answer.status).toBe(401)
      expect(answer.headers.get('WWW-Authenticate')).toBe(
        `Bearer resource_metadata="${METADATA_URL}"`,
      )
    }
  })
})

function page(): Response {
  return new Response('<!doctype html>', { headers: { 'Content-Type': 'text/html' } })
}

function endless(): Response {
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(16_384).fill(0x20)),
  })
  return new Response(body, { headers: { 'Content-Type': 'application/json' } })
}
