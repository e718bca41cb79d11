/** The option `metadataUrl`: row PRM-26. */

import { describe, expect, it } from 'vitest'
import {
  metadataResponse,
  type ProtectedResource,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
  verifyAccessToken,
} from '../../src/index.ts'
import { problemsOf } from '../support/config-problems.ts'
import { ISSUER, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { createScene, expectAccepted, expectRejected, NO_CREDENTIALS } from '../support/scene.ts'

const PLACE = 'https://rs.example/mcp/about?format=json'

const scene = () => createScene({ metadataUrl: PLACE, resource: RESOURCE })

function create(options: Partial<ProtectedResourceOptions>): ProtectedResource {
  return protectedResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    onEvent: () => {},
    ...options,
  })
}

describe('metadataUrl', () => {
  it('PRM-26: is named by the resource, by challenges and by contexts', async () => {
    const place = await scene()
    expect(place.resource.metadataUrl).toBe(PLACE)
    expect(place.resource.metadata.resource).toBe(RESOURCE)
    await expectRejected(place, place.ask(), { ...NO_CREDENTIALS, resourceMetadata: PLACE })
    const token = await place.issuer.token()
    const auth = await expectAccepted(place, place.ask(`Bearer ${token}`))
    expect(auth.resourceMetadataUrl).toBe(PLACE)
    const verified = await verifyAccessToken(token, place.resource)
    expect(verified.resourceMetadataUrl).toBe(PLACE)
  })

  it('PRM-26: serves the same document at both places', async () => {
    const place = await scene()
    const [there, derived] = await Promise.all(
      [PLACE, METADATA_URL].map((url) => place.send(new Request(url))),
    )
    for (const response of [there, derived]) {
      expect(response?.status).toBe(200)
      expect(response?.headers.get('Content-Type')).toBe('application/json')
      expect(response?.headers.get('Access-Control-Allow-Origin')).toBe('*')
    }
    expect(await there?.text()).toBe(await derived?.text())
    expect(there?.headers.get('ETag')).toBe(derived?.headers.get('ETag'))
    expect(place.runs).toEqual([])
  })

  it('PRM-26: answers GET, HEAD and OPTIONS, whatever the credentials and the origin are', async () => {
    const place = await scene()
    const headers = { Authorization: 'Bearer junk', Origin: 'https://evil.example' }
    const [get, head, options, preflight] = await Promise.all([
      place.send(new Request(PLACE, { headers })),
      place.send(new Request(PLACE, { headers, method: 'HEAD' })),
      place.send(new Request(PLACE, { headers, method: 'OPTIONS' })),
      place.send(
        new Request(PLACE, {
          headers: { ...headers, 'Access-Control-Request-Method': 'GET' },
          method: 'OPTIONS',
        }),
      ),
    ])
    expect([get, head, options, preflight].map((each) => each?.status)).toEqual([
      200, 200, 204, 204,
    ])
    expect(await head?.text()).toBe('')
    expect(place.runs).toEqual([])
  })

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])(
    'PRM-26: guards %s at that place like any other request',
    async (method) => {
      const place = await scene()
      await expectRejected(place, place.send(new Request(PLACE, { method })), {
        ...NO_CREDENTIALS,
        resourceMetadata: PLACE,
      })
      const headers = { Authorization: `Bearer ${await place.issuer.token()}` }
      await expectAccepted(place, place.send(new Request(PLACE, { method, headers })))
    },
  )

  it.each([
    'https://rs.example/mcp/about',
    'https://rs.example/mcp/about?',
    'https://rs.example/mcp/about?format=json&x',
    'https://rs.example/mcp/about?format=jso%6e',
    'https://rs.example/mcp/about/?format=json',
    'https://rs.example/mcp/%61bout?format=json',
    'https://rs.example/mcp/ABOUT?format=json',
    'https://rs.example/x/mcp/about?format=json',
    'https://rs.example/mcp?/mcp/about?format=json',
    'https://rs.example/mcp/about?x=/mcp/about?format=json',
  ])('PRM-26: guards %s', async (url) => {
    const place = await scene()
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const response = await place.send(new Request(url, { method }))
      expect({ method, status: response.status }).toEqual({ method, status: 401 })
    }
    expect(place.runs).toEqual([])
  })

  it('PRM-26: works without a query, below the path and outside it, for lists and functions', async () => {
    const notes = create({ metadataUrl: 'https://rs.example/about/notes' })
    const files = create({
      resource: 'https://rs.example/files',
      metadataUrl: 'https://rs.example/files/.well-known/oauth-protected-resource',
    })
    const handler = (): Response => new Response('ran')
    const list = protect([notes, files], handler)
    const source = protect(
      (request: Request) => (request.url.includes('files') ? files : notes),
      handler,
    )
    for (const send of [list, source]) {
      for (const resource of [notes, files]) {
        const response = await send(new Request(resource.metadataUrl))
        expect(response.status).toBe(200)
        expect(await response.json()).toEqual(resource.metadata)
        const post = await send(new Request(resource.metadataUrl, { method: 'POST' }))
        // Outside of every path of a list there is nothing to guard.
        expect(post.status).toBe(send === list && resource === notes ? 404 : 401)
      }
    }
    const [one, both] = [notes, [files, notes]].map((each) =>
      metadataResponse(new Request(notes.metadataUrl), each),
    )
    expect([one?.status, both?.status]).toEqual([200, 200])
    expect(metadataResponse(new Request(notes.metadataUrl), files)).toBeUndefined()
    const post = new Request(files.metadataUrl, { method: 'POST' })
    expect(metadataResponse(post, files)).toBeUndefined()
  })

  it('PRM-26: may be the derived URL, and then changes nothing', async () => {
    const place = await createScene({ metadataUrl: METADATA_URL })
    expect(place.resource.metadataUrl).toBe(METADATA_URL)
    const post = await place.send(new Request(METADATA_URL, { method: 'POST' }))
    expect(post.status).toBe(405)
    const get = await place.send(new Request(METADATA_URL))
    expect(get.status).toBe(200)
  })

  it('PRM-26: is named but not served on another origin, with a warning', async () => {
    const elsewhere = 'https://meta.example/about'
    const place = await createScene({ metadataUrl: elsewhere })
    expect(place.events).toEqual([
      {
        type: 'warning',
        path: 'metadataUrl',
        message:
          'is on another origin, so it is named in challenges but not served; publish the metadata there yourself',
      },
    ])
    const expected = { ...NO_CREDENTIALS, resourceMetadata: elsewhere }
    await expectRejected(place, place.ask(), expected)
    await expectRejected(place, place.send(new Request('https://rs.example/about')), expected)
    const derived = await place.send(new Request(METADATA_URL))
    expect(await derived.json()).toEqual(place.resource.metadata)
  })

  it.each([
    ['/about', /not a URL/],
    ['rs.example/about', /not a URL/],
    [' https://rs.example/about', /white space/],
    ['https://rs.example/ä', /RFC 3986/],
    ['http://rs.example/about', /https/],
    ['https://rs.example/about#x', /fragment/],
    ['https://u:p@rs.example/about', /user name/],
    ['https://rs.example', /https:\/\/rs\.example\//],
    ['https://rs.example/a/../about', /\/about$/],
    ['https://rs.example/about?', /written as/],
    ['https://rs.example/mcp', /resource itself/],
    ['https://rs.example/mcp/', /resource itself/],
    ['https://rs.example/mcp?about', /resource itself/],
    ['https://rs.example/MCP', /resource itself/],
    ['https://rs.example/mc%70', /resource itself/],
    ['https://rs.example/.well-known/oauth-protected-resource', /another resource/],
    ['https://rs.example/.well-known/oauth-protected-resource/files', /another resource/],
    ['https://rs.example/.well-known/oauth-protected-resource/mcp?x', /another resource/],
    ['https://rs.example/.well-known/oauth-authorization-server', /authorization server/],
    ['https://rs.example/.well-known/openid-configuration', /authorization server/],
  ])('PRM-26: cannot be %s', (metadataUrl, message) => {
    expect(problemsOf(() => create({ metadataUrl }))).toEqual([
      { path: 'metadataUrl', message: expect.stringMatching(message) },
    ])
  })

  it('PRM-26: is https as the resource is', () => {
    const metadataUrl = 'http://127.0.0.1:8080/about'
    expect(create({ metadataUrl, resource: 'http://127.0.0.1:8080/mcp' }).metadataUrl).toBe(
      metadataUrl,
    )
    const inside = { metadataUrl: 'http://rs.internal/about', resource: 'http://rs.internal/mcp' }
    expect(problemsOf(() => create(inside)).map(({ path }) => path)).toEqual([
      'resource',
      'metadataUrl',
    ])
    expect(create({ ...inside, dangerouslyAllowHttp: true }).metadataUrl).toBe(inside.metadataUrl)
  })

  it('PRM-26: cannot be a path or a document of another resource of the list', () => {
    const files = create({ resource: 'https://rs.example/files' })
    const about = 'https://rs.example/about'
    const twin = create({ resource: 'https://rs.example/twin', metadataUrl: about })
    for (const metadataUrl of ['https://rs.example/files', 'https://rs.example/FILES/', about]) {
      const notes = create({ metadataUrl })
      const resources = [files, twin, notes]
      const run = [
        () => protect(resources, () => new Response('ran')),
        () => metadataResponse(new Request(notes.metadataUrl), resources),
        () => metadataResponse(new Request(METADATA_URL), resources),
      ]
      for (const each of run) {
        expect(problemsOf(each)).toContainEqual({
          path: 'resources[2].metadataUrl',
          message: expect.stringMatching(/is a path of resources\[[01]\] or of its metadata/),
        })
      }
    }
  })
})
