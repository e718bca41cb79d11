/** PRM: protected resource metadata: its URL, the resource identifier and the members. */

import { describe, expect, it } from 'vitest'
import {
  type AuthEvent,
  discoverAuthorizationServer,
  metadataResponse,
  type ProtectedResourceMetadata,
  protect,
  protectedResource,
  protectedResourceMetadataUrl,
} from '../../src/index.ts'
import { parseChallenges } from '../support/challenge.ts'
import { problemsIn } from '../support/config-cases.ts'
import { ISSUER, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { expectNoDocument, get, WELL_KNOWN_PATH } from '../support/metadata-document.ts'
import {
  createScene,
  expectAccepted,
  expectRejected,
  NO_CREDENTIALS,
  type Scene,
} from '../support/scene.ts'

async function documentAt(scene: Scene, url: string): Promise<ProtectedResourceMetadata> {
  const response = await scene.send(get(url))
  expect({ url, status: response.status }).toEqual({ url, status: 200 })
  return (await response.json()) as ProtectedResourceMetadata
}

describe('the URL of the document', () => {
  it('PRM-01: has the well-known path directly after the host', async () => {
    const scene = await createScene({ resource: 'https://api.example.com/notes' })
    const url = `https://api.example.com${WELL_KNOWN_PATH}/notes`
    expect(scene.resource.metadataUrl).toBe(url)
    expect((await documentAt(scene, url)).resource).toBe('https://api.example.com/notes')
    for (const path of [
      `/notes${WELL_KNOWN_PATH}`,
      `/notes${WELL_KNOWN_PATH}/notes`,
      `/notes${WELL_KNOWN_PATH}/other`,
    ]) {
      await expectNoDocument(scene, get(`https://api.example.com${path}`))
    }
  })

  it.each([
    ['https://api.example.com', `https://api.example.com${WELL_KNOWN_PATH}`],
    ['https://api.example.com/', `https://api.example.com${WELL_KNOWN_PATH}`],
    ['https://api.example.com/notes', `https://api.example.com${WELL_KNOWN_PATH}/notes`],
    ['https://api.example.com/notes/', `https://api.example.com${WELL_KNOWN_PATH}/notes/`],
    ['https://api.example.com?tenant=a', `https://api.example.com${WELL_KNOWN_PATH}?tenant=a`],
    ['https://api.example.com/?tenant=a', `https://api.example.com${WELL_KNOWN_PATH}?tenant=a`],
    [
      'https://api.example.com/notes?tenant=a',
      `https://api.example.com${WELL_KNOWN_PATH}/notes?tenant=a`,
    ],
    ['https://api.example.com:8443/a%2Fb', `https://api.example.com:8443${WELL_KNOWN_PATH}/a%2Fb`],
  ])('PRM-01: is derived for %s', async (resource, url) => {
    const scene = await createScene({ resource })
    expect(protectedResourceMetadataUrl(resource)).toBe(url)
    expect(scene.resource.metadataUrl).toBe(url)
    expect((await documentAt(scene, url)).resource).toBe(resource)
  })

  it('PRM-02: drops only the slash directly after the host', async () => {
    for (const resource of ['https://h.example', 'https://h.example/']) {
      const scene = await createScene({ resource })
      expect(scene.resource.metadataUrl).toBe(`https://h.example${WELL_KNOWN_PATH}`)
      expect((await documentAt(scene, `https://h.example${WELL_KNOWN_PATH}`)).resource).toBe(
        resource,
      )
    }
    expect(protectedResourceMetadataUrl('https://h.example/?q')).toBe(
      `https://h.example${WELL_KNOWN_PATH}?q`,
    )
  })

  it('PRM-03: keeps a final slash of the path; the URL without it serves the same bytes', async () => {
    const scene = await createScene({ resource: 'https://h.example/notes/' })
    expect(scene.resource.metadataUrl).toBe(`https://h.example${WELL_KNOWN_PATH}/notes/`)
    const [exact, sibling] = await Promise.all(
      ['/notes/', '/notes'].map((path) =>
        scene.send(get(`https://h.example${WELL_KNOWN_PATH}${path}`)),
      ),
    )
    expect([exact?.status, sibling?.status]).toEqual([200, 200])
    const text = await exact?.text()
    expect(await sibling?.text()).toBe(text)
    expect(JSON.parse(text ?? '').resource).toBe('https://h.example/notes/')
  })

  it('PRM-03: does not serve it at the metadata URL of another resource', async () => {
    const [plain, slashed] = ['https://h.example/notes', 'https://h.example/notes/'].map(
      (resource) => protectedResource({ resource, authorizationServers: [ISSUER] }),
    )
    const resources = [slashed, plain].filter((each) => each !== undefined)
    for (const { identifier, metadataUrl } of resources) {
      const document = await metadataResponse(get(metadataUrl), resources)?.json()
      expect(document).toMatchObject({ resource: identifier })
    }
  })

  it('PRM-04: contains the query of the identifier, which selects the document', async () => {
    const scene = await createScene({ resource: 'https://h.example/n?t=a' })
    expect(scene.resource.metadataUrl).toBe(`https://h.example${WELL_KNOWN_PATH}/n?t=a`)
    expect((await documentAt(scene, scene.resource.metadataUrl)).resource).toBe(
      'https://h.example/n?t=a',
    )
    for (const query of ['?t=b', '', '?t=a&u=b', '?T=a']) {
      await expectNoDocument(scene, get(`https://h.example${WELL_KNOWN_PATH}/n${query}`))
    }
  })

  it('PRM-16: is different for each resource; an unknown path is 404', async () => {
    const resources = ['a', 'b'].map((name) =>
      protectedResource({ resource: `https://h.example/${name}`, authorizationServers: [ISSUER] }),
    )
    const served = protect(resources, () => new Response('handled'))
    for (const { identifier, metadataUrl } of resources) {
      expect(await (await served(get(metadataUrl))).json()).toMatchObject({ resource: identifier })
    }
    for (const path of ['/c', '', '/', '/a/b', '/A', '/ab']) {
      const response = await served(get(`https://h.example${WELL_KNOWN_PATH}${path}`))
      expect({ path, status: response.status }).toEqual({ path, status: 404 })
    }
    // Another well-known URI, which the application may serve.
    const other = get(`https://h.example${WELL_KNOWN_PATH}s/a`)
    expect(metadataResponse(other, resources)).toBeUndefined()
  })

  it('PRM-17: is not repeated at the root for a resource with a path', async () => {
    const scene = await createScene()
    await expectNoDocument(scene, get(`https://rs.example${WELL_KNOWN_PATH}`))
    await expectNoDocument(scene, get(`https://rs.example${WELL_KNOWN_PATH}/`))
  })

  it('PRM-17: is at the root if a resource for the whole origin is configured', async () => {
    const resources = ['https://rs.example', RESOURCE].map((resource) =>
      protectedResource({ resource, authorizationServers: [ISSUER] }),
    )
    const root = metadataResponse(get(`https://rs.example${WELL_KNOWN_PATH}`), resources)
    expect(await root?.json()).toMatchObject({ resource: 'https://rs.example' })
    const own = metadataResponse(get(METADATA_URL), resources)
    expect(await own?.json()).toMatchObject({ resource: RESOURCE })
  })
})

describe('the resource identifier', () => {
  it.each([
    ['http://x.example/mcp', /https/],
    ['mcp.example.com', /not a URL/],
    ['https://x.example#f', /fragment/],
    ['https://x.example/mcp#', /fragment/],
    ['ftp://x.example/', /https/],
    ['https:x.example/mcp', /RFC 3986/],
    ['https:///mcp', /RFC 3986.*host/],
    ['https:////x.example/mcp', /RFC 3986.*host/],
    ['https://x.example/%zz', /RFC 3986.*stray %/],
    ['https://x.example/mcp%', /RFC 3986.*stray %/],
    ['https://x.example/mcp?a=%e', /RFC 3986.*stray %/],
    ['https://x.example\\mcp', /RFC 3986/],
    ['https://x.example/a b', /RFC 3986/],
    ['https://x.example/a\nb', /RFC 3986/],
    ['https://x.example/é', /RFC 3986/],
    [' https://x.example/mcp', /white space/],
    ['https://user:secret@x.example/mcp', /user name/],
    [`https://x.example${WELL_KNOWN_PATH}/mcp`, /metadata URL/],
  ])('PRM-05: rejects %j', (resource, message) => {
    expect(problemsIn({ resource })).toEqual([
      { path: 'resource', message: expect.stringMatching(message) },
    ])
  })

  it('PRM-05: accepts plain http for loopback, and for other hosts only with the option', () => {
    for (const host of ['localhost:3000', '127.0.0.1', '[::1]:8080', 'notes.localhost']) {
      expect(problemsIn({ resource: `http://${host}/mcp` })).toEqual([])
    }
    for (const host of ['127.0.0.1.example', 'localhost.example', '10.0.0.1', '128.0.0.1']) {
      expect(problemsIn({ resource: `http://${host}/mcp` })).toHaveLength(1)
    }
    expect(problemsIn({ resource: 'http://x.example/mcp', dangerouslyAllowHttp: true })).toEqual([])
  })

  it('PRM-05: accepts a query and warns of it', () => {
    expect(warningsFor('https://rs.example/mcp?t=a')).toEqual([
      { type: 'warning', path: 'resource', message: expect.stringMatching(/query/) },
    ])
  })

  it('PRM-08: accepts requests with any spelling of scheme and host', async () => {
    const scene = await createScene()
    const headers = { Authorization: `Bearer ${await scene.issuer.token()}` }
    const request = new Request('HTTPS://RS.example/mcp', { method: 'POST', headers })
    const auth = await expectAccepted(scene, scene.send(request))
    expect(auth).toMatchObject({ identifier: RESOURCE, subject: 'user-1' })
    expect(await documentAt(scene, METADATA_URL.replace('https://rs', 'HTTPS://RS'))).toMatchObject(
      {
        resource: RESOURCE,
      },
    )
  })

  it.each([
    ['https://RS.example/', [/slash/, /form, https:\/\/rs\.example \(/]],
    ['https://rs.example/', [/slash/]],
    ['HTTPS://rs.example/mcp', [/form, https:\/\/rs\.example\/mcp \(/]],
    ['https://rs.example:443/mcp', [/form, https:\/\/rs\.example\/mcp \(/]],
    ['https://rs.example/a/../mcp', [/form, https:\/\/rs\.example\/mcp \(/]],
    ['https://rs.example', [/without a path/]],
    ['https://rs.example/mcp', []],
    ['https://rs.example/mcp/', []],
    ['https://rs.example:8443/a%2Fb', []],
  ])('PRM-08: emits the right warnings for %s', (resource, messages) => {
    expect(warningsFor(resource)).toEqual(
      messages.map((message) => ({
        type: 'warning',
        path: 'resource',
        message: expect.stringMatching(message),
      })),
    )
  })

  function warningsFor(resource: string): AuthEvent[] {
    const events: AuthEvent[] = []
    const onEvent = (event: AuthEvent) => events.push(event)
    protectedResource({ resource, authorizationServers: [ISSUER], onEvent })
    return events
  }
})

describe('the members of the document', () => {
  it('PRM-06: names the resource byte for byte as configured', async () => {
    for (const resource of [
      'https://api.example.com',
      'https://API.example.com:443/Notes/../%7Eme/',
      'https://api.example.com/?tenant=a',
    ]) {
      const scene = await createScene({ resource })
      expect(scene.resource.identifier).toBe(resource)
      expect(scene.resource.metadata.resource).toBe(resource)
      const response = await scene.send(get(scene.resource.metadataUrl))
      expect(await response.text()).toContain(`"resource":"${resource}"`)
    }
  })

  it('PRM-07: names the URL that the client requested', async () => {
    const scene = await createScene()
    const response = await expectRejected(scene, scene.ask(), NO_CREDENTIALS)
    const [challenge] = parseChallenges(response.headers.get('WWW-Authenticate') ?? '')
    const document = await documentAt(scene, challenge?.params['resource_metadata'] ?? '')
    expect(document.resource).toBe(RESOURCE)
  })

  it('PRM-09: names at least one authorization server', async () => {
    expect(problemsIn({ authorizationServers: [] })).toEqual([
      { path: 'authorizationServers', message: expect.stringMatching(/at least one issuer/) },
    ])
    const document = await documentAt(await createScene(), METADATA_URL)
    expect(document.authorization_servers).toEqual([ISSUER])
  })

  it('PRM-10: names issuers verbatim, as their own metadata does', async () => {
    const issuers = ['https://as.example/t1/', 'https://AS2.example', 'https://as3.example:443/']
    const scene = await createScene({ authorizationServers: issuers })
    const document = await documentAt(scene, METADATA_URL)
    expect(document.authorization_servers).toEqual(issuers)
    for (const entry of document.authorization_servers) {
      const fetch = async () => Response.json({ issuer: entry })
      expect((await discoverAuthorizationServer(entry, { fetch })).issuer).toBe(entry)
    }
  })

  it('PRM-10: rejects a metadata URL as issuer', () => {
    const authorizationServers = ['https://as.example/.well-known/openid-configuration']
    expect(problemsIn({ authorizationServers })).toEqual([
      { path: 'authorizationServers[0]', message: expect.stringMatching(/metadataUrl/) },
    ])
  })

  it('PRM-12: omits members without a value', async () => {
    const scene = await createScene({
      scopesSupported: [],
      metadata: { resource_name: undefined, resource_policy_uri: null, jwks_uri: null, 'x#it': [] },
    })
    const response = await scene.send(get(METADATA_URL))
    expect(await response.json()).toEqual({
      resource: RESOURCE,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ['header'],
    })
  })

  it('PRM-12: may state that no standard bearer method is supported', async () => {
    const explicit = await createScene({ metadata: { bearer_methods_supported: [] } })
    expect((await documentAt(explicit, METADATA_URL))['bearer_methods_supported']).toEqual([])
    const elsewhere = await createScene({ token: () => undefined })
    expect(await documentAt(elsewhere, METADATA_URL)).not.toHaveProperty('bearer_methods_supported')
  })

  it('PRM-19: publishes the supported scopes', async () => {
    const scene = await createScene({ scopesSupported: ['notes:read', 'notes:write'] })
    const document = await documentAt(scene, METADATA_URL)
    expect(document['scopes_supported']).toEqual(['notes:read', 'notes:write'])
    expect(problemsIn({ scopesSupported: ['notes:read', 'a b', ''] })).toEqual([
      { path: 'scopesSupported[1]', message: expect.stringMatching(/RFC 6749 §3.3/) },
      { path: 'scopesSupported[2]', message: expect.stringMatching(/RFC 6749 §3.3/) },
    ])
  })

  it('PRM-20: does not list offline_access', () => {
    expect(problemsIn({ scopesSupported: ['notes:read', 'offline_access'] })).toEqual([
      { path: 'scopesSupported[1]', message: expect.stringMatching(/must not be requested/) },
    ])
  })

  it('PRM-22: has no keys of an authorization server, no plain http, and no alg none', () => {
    const jwksUri = 'https://as.example/keys'
    const server = { issuer: ISSUER, jwksUri }
    const byHand = { issuer: ISSUER, metadata: { issuer: ISSUER, jwks_uri: jwksUri } }
    for (const each of [server, byHand]) {
      expect(problemsIn({ authorizationServers: [each], metadata: { jwks_uri: jwksUri } })).toEqual(
        [
          {
            path: 'metadata.jwks_uri',
            message: expect.stringMatching(/of an authorization server/),
          },
        ],
      )
    }
    for (const jwks_uri of ['http://rs.example/keys', 'keys', 5, '']) {
      expect(problemsIn({ metadata: { jwks_uri } })).toMatchObject([{ path: 'metadata.jwks_uri' }])
    }
    for (const algorithms of [['ES256', 'none'], ['none'], 'none', [5]]) {
      const metadata = { resource_signing_alg_values_supported: algorithms }
      expect(problemsIn({ metadata })).toEqual([
        {
          path: 'metadata.resource_signing_alg_values_supported',
          message: expect.stringMatching(/'none'/),
        },
      ])
    }
  })

  it('PRM-22: may name the resource’s own keys', async () => {
    const metadata = {
      jwks_uri: 'https://rs.example/keys',
      resource_signing_alg_values_supported: ['ES256'],
    }
    expect(await documentAt(await createScene({ metadata }), METADATA_URL)).toMatchObject(metadata)
  })

  it('PRM-23: contains names, links, languages and extensions unchanged', async () => {
    const metadata = {
      resource_name: 'Notes',
      'resource_name#it': 'Appunti',
      resource_documentation: 'https://rs.example/docs',
      resource_policy_uri: 'https://rs.example/policy',
      resource_tos_uri: 'https://rs.example/terms',
      x_extension: { nested: [1, null, { deep: true }], empty: [] },
    }
    const document = await documentAt(await createScene({ metadata }), METADATA_URL)
    expect(document).toEqual({
      resource: RESOURCE,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ['header'],
      ...metadata,
    })
  })

  it('PRM-23: rejects a member that is not a JSON value', () => {
    const circle: unknown[] = []
    circle.push(circle)
    for (const value of [
      () => 1,
      1n,
      Number.NaN,
      new Date(0),
      new Map(),
      circle,
      [Symbol.iterator],
    ]) {
      expect(problemsIn({ metadata: { x: value } })).toEqual([
        { path: 'metadata.x', message: expect.stringMatching(/JSON/) },
      ])
    }
  })

  it('PRM-23: does not change with an object that is modified later', async () => {
    const metadata = { x_list: ['a'] }
    const scene = await createScene({ metadata })
    metadata.x_list.push('b')
    expect((await documentAt(scene, METADATA_URL))['x_list']).toEqual(['a'])
    expect(scene.resource.metadata['x_list']).toEqual(['a'])
    expect(Object.isFrozen(scene.resource.metadata['x_list'])).toBe(true)
  })
})
