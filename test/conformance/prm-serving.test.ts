/** PRM, COR-10, CAC: how protected resource metadata is served. */

import { describe, expect, it } from 'vitest'
import { protect } from '../../src/index.ts'
import { problemsIn } from '../support/config-cases.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { expectNoDocument, get, WELL_KNOWN_PATH } from '../support/metadata-document.ts'
import { createScene, expectRejected, NO_CREDENTIALS } from '../support/scene.ts'

describe('serving the document', () => {
  it('PRM-11: is 200, application/json, one object', async () => {
    const response = await (await createScene()).send(get(METADATA_URL))
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe('application/json')
    const document = await response.json()
    expect(document).toEqual((await createScene()).resource.metadata)
    expect(document).toBeTypeOf('object')
  })

  it('PRM-13: responds to HEAD as to GET, without content', async () => {
    const scene = await createScene()
    const head = await scene.send(new Request(METADATA_URL, { method: 'HEAD' }))
    const full = await scene.send(get(METADATA_URL))
    expect(head.status).toBe(200)
    expect(head.body).toBeNull()
    expect([...head.headers]).toEqual([...full.headers])
    expect(head.headers.get('Content-Type')).toBe('application/json')
    // Deno and Bun would otherwise say 0 (RFC 9110 §8.6).
    const length = (await full.arrayBuffer()).byteLength
    expect(head.headers.get('Content-Length')).toBe(String(length))
  })

  it.each(['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND'])(
    'PRM-14: answers %s with 405 and Allow',
    async (method) => {
      const scene = await createScene()
      const response = await scene.send(new Request(METADATA_URL, { method }))
      expect(response.status).toBe(405)
      expect(response.headers.get('Allow')).toBe('GET, HEAD, OPTIONS')
      expect(response.headers.get('WWW-Authenticate')).toBeNull()
      expect(await response.json()).toEqual({
        error: 'invalid_request',
        error_description: 'Only GET, HEAD and OPTIONS are allowed.',
      })
      expect(scene.runs).toEqual([])
    },
  )

  it('PRM-14: responds alike to a method that the Request constructor rejects', async () => {
    const { resource } = await createScene()
    const asked: string[] = []
    const choose = (request: Request) => {
      asked.push(request.url)
      return resource
    }
    for (const source of [resource, [resource], choose]) {
      const request = new Request(METADATA_URL)
      // Deno passes on the method as it was sent.
      Object.defineProperty(request, 'method', { value: 'TRACK' })
      const response = await protect(source, () => new Response('done'))(request)
      expect([response.status, response.headers.get('Allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    }
    expect(asked).toEqual([RESOURCE])
  })

  it.each(['Bearer junk', 'Bearer a, Bearer b', 'Bearer', 'Basic dTpw', '\u00ff'])(
    'PRM-15: does not mind Authorization: %s',
    async (authorization) => {
      const scene = await createScene()
      const response = await scene.send(get(METADATA_URL, { Authorization: authorization }))
      const plain = await scene.send(get(METADATA_URL))
      expect(response.status).toBe(200)
      expect(await response.text()).toBe(await plain.text())
    },
  )

  it('PRM-18: comes from the configuration and not from the request', async () => {
    const headers = {
      Host: 'evil.example',
      Forwarded: 'host=evil.example;proto=http',
      'X-Forwarded-Host': 'evil.example',
      'X-Forwarded-Proto': 'http',
      'X-Forwarded-Port': '8080',
      'X-Forwarded-Prefix': '/evil',
      'X-Original-URL': '/evil',
    }
    const plain = await (await (await createScene()).send(get(METADATA_URL))).text()
    for (const origin of ['https://rs.example', 'https://evil.example', 'http://10.0.0.1:8080']) {
      // A resource stores rejections that do not depend on the request.
      const scene = await createScene()
      const response = await scene.send(get(`${origin}${WELL_KNOWN_PATH}/mcp`, headers))
      expect(await response.text()).toBe(plain)
      const request = new Request(`${origin}/mcp`, { method: 'POST', headers })
      await expectRejected(scene, scene.send(request), NO_CREDENTIALS)
    }
  })

  it('CAC-03: may be cached for the configured time', async () => {
    const response = await (await createScene()).send(get(METADATA_URL))
    expect(response.headers.get('Cache-Control')).toBe('max-age=300')
    for (const metadataMaxAgeSeconds of [0, 86_400]) {
      const response = await (await createScene({ metadataMaxAgeSeconds })).send(get(METADATA_URL))
      expect(response.headers.get('Cache-Control')).toBe(`max-age=${metadataMaxAgeSeconds}`)
    }
    for (const metadataMaxAgeSeconds of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(problemsIn({ metadataMaxAgeSeconds })).toMatchObject([
        { path: 'metadataMaxAgeSeconds' },
      ])
    }
  })

  it.each(['GET', 'HEAD'])(
    'CAC-03: answers a conditional %s with 304 while nothing changed',
    async (method) => {
      const scene = await createScene()
      const etag = (await scene.send(get(METADATA_URL))).headers.get('ETag') ?? ''
      expect(etag).toMatch(/^"[!#-~]+"$/)
      const ask = (condition: string) =>
        scene.send(new Request(METADATA_URL, { method, headers: { 'If-None-Match': condition } }))
      for (const condition of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const response = await ask(condition)
        expect({ condition, status: response.status }).toEqual({ condition, status: 304 })
        expect(response.body).toBeNull()
        // RFC 9110 §15.4.5: what a cache needs to update its copy, and no description of the content.
        expect(Object.fromEntries(response.headers)).toEqual({
          'access-control-allow-origin': '*',
          'access-control-expose-headers': 'ETag',
          'cache-control': 'max-age=300',
          etag,
        })
      }
      // A comma in a quoted tag separates nothing.
      for (const condition of ['"other"', '"a,*,b"', '"a", *']) {
        expect((await ask(condition)).status).toBe(200)
      }
    },
  )

  it.each(['GET', 'HEAD'])(
    'PRM-13: sends no document for a %s with If-Match and another ETag',
    async (method) => {
      const scene = await createScene()
      const etag = (await scene.send(get(METADATA_URL))).headers.get('ETag') ?? ''
      const ask = (headers: HeadersInit) =>
        scene.send(new Request(METADATA_URL, { method, headers }))
      for (const condition of ['"other"', `W/${etag}`]) {
        const response = await ask({ 'If-Match': condition, 'If-None-Match': etag })
        expect([response.status, response.headers.get('Cache-Control')]).toEqual([412, 'no-store'])
        expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
        expect(await response.text()).toBe(
          method === 'HEAD'
            ? ''
            : '{"error":"invalid_request","error_description":"The ETag differs."}',
        )
      }
      for (const condition of [etag, `"other" , ${etag}`, '*']) {
        expect((await ask({ 'If-Match': condition })).status).toBe(200)
      }
      expect(scene.runs).toEqual([])
    },
  )

  it('CAC-03: has another ETag when the document changes', async () => {
    const etags = await Promise.all(
      [{}, { scopesSupported: ['read'] }, { metadata: { resource_name: 'Notes' } }].map(
        async (options) =>
          (await (await createScene(options)).send(get(METADATA_URL))).headers.get('ETag'),
      ),
    )
    expect(new Set(etags).size).toBe(3)
  })

  it('CAC-04: a 404 and a 405 are not cacheable', async () => {
    const scene = await createScene()
    const absent = await scene.send(get(`https://rs.example${WELL_KNOWN_PATH}/other`))
    expect(absent.status).toBe(404)
    expect(absent.headers.get('Cache-Control')).toBe('no-store')
    const wrong = await scene.send(new Request(METADATA_URL, { method: 'POST' }))
    expect(wrong.status).toBe(405)
    expect(wrong.headers.get('Cache-Control')).toBe('no-store')
  })
})

describe('browsers', () => {
  const origin = 'https://anybody.example'
  const preflight = (url: string) =>
    new Request(url, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'GET',
        'Access-Control-Request-Headers': 'mcp-protocol-version',
      },
    })

  it('COR-10: may read the document from any origin', async () => {
    const scene = await createScene({ origins: ['https://app.example'] })
    for (const from of [origin, 'null', 'https://rs.example']) {
      const response = await scene.send(get(METADATA_URL, { Origin: from }))
      expect(response.status).toBe(200)
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
      expect(response.headers.get('Access-Control-Expose-Headers')).toBe('ETag')
    }
  })

  it('COR-10: may send MCP-Protocol-Version', async () => {
    const scene = await createScene()
    const response = await scene.send(preflight(METADATA_URL))
    expect(response.status).toBe(204)
    expect(response.body).toBeNull()
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(response.headers.get('Access-Control-Allow-Methods')).toBe('GET, HEAD, OPTIONS')
    expect(response.headers.get('Access-Control-Allow-Headers')).toMatch(
      /(^|, )MCP-Protocol-Version/,
    )
    expect(scene.events).toEqual([])
  })

  it('COR-10: may read the 404', async () => {
    const scene = await createScene()
    for (const path of [WELL_KNOWN_PATH, `${WELL_KNOWN_PATH}/other`, `/mcp${WELL_KNOWN_PATH}`]) {
      const url = `https://rs.example${path}`
      const response = await scene.send(preflight(url))
      expect({ path, status: response.status }).toEqual({ path, status: 204 })
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
      await expectNoDocument(scene, get(url, { Origin: origin }))
    }
    const bare = await scene.send(
      new Request(`https://rs.example${WELL_KNOWN_PATH}`, { method: 'OPTIONS' }),
    )
    expect(bare.status).toBe(404)
  })

  it('COR-10: may read a copy of the authorization server’s metadata', async () => {
    const scene = await createScene({ serveAuthorizationServerMetadata: true })
    const { issuer } = scene
    const url = 'https://rs.example/.well-known/oauth-authorization-server'
    const asked = await scene.send(preflight(url))
    expect(asked.status).toBe(204)
    expect(asked.headers.get('Access-Control-Allow-Headers')).toMatch(/MCP-Protocol-Version/)
    expect(issuer.requests).toEqual([])
    const response = await scene.send(get(url, { Origin: origin }))
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
    expect(await response.json()).toEqual(issuer.metadata)
  })
})

it('PRM-15: is served without a request to any server', async () => {
  const scene = await createScene()
  expect((await scene.send(get(METADATA_URL))).status).toBe(200)
  expect(scene.issuer.requests).toEqual([])
  expect(scene.events).toEqual([])
})
