/** CAC: what caches may keep. */

import { describe, expect, it } from 'vitest'
import { authenticate, completeResponse, protect } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { createScene, present } from '../support/scene.ts'

describe('caching', () => {
  it('CAC-01: rejections are not cacheable', async () => {
    const scene = await createScene({ requiredScopes: ['write'] })
    const good = `Bearer ${await scene.issuer.token({ scope: 'write' })}`
    const answers: [number, Promise<Response>][] = [
      [401, scene.ask()],
      [400, scene.ask('Bearer a b')],
      [401, scene.ask('Bearer junk')],
      [403, present(scene)],
      [403, scene.ask(good, { headers: { Origin: 'https://evil.example' } })],
    ]
    for (const [status, answer] of answers) {
      const response = await answer
      expect(response.status).toBe(status)
      expect(response.headers.get('Cache-Control')).toBe('no-store')
    }
    scene.issuer.respondAt('https://as.example/jwks', () => new Response(null, { status: 500 }))
    const down = await createScene()
    down.issuer.respondAt('https://as.example/jwks', () => new Response(null, { status: 500 }))
    expect((await present(down)).headers.get('Cache-Control')).toBe('no-store')
    expect([...scene.runs, ...down.runs]).toEqual([])
  })

  it('CAC-02: an authenticated response is private unless the handler sets Cache-Control', async () => {
    const plain = await createScene()
    const response = await present(plain)
    expect(response.headers.get('Cache-Control')).toBe('private')
    for (const own of ['no-store', 'max-age=60', 'public, s-maxage=5']) {
      const scene = await createScene({
        handler: () => new Response('done', { headers: { 'Cache-Control': own } }),
      })
      expect((await present(scene)).headers.get('Cache-Control')).toBe(own)
    }
  })

  it('CAC-02: the library never adds a directive that lets a shared cache reuse it', async () => {
    const scene = await createScene({ origins: '*' })
    const token = await scene.issuer.token({ exp: START + 60 })
    const headers = { Authorization: `Bearer ${token}`, Origin: 'https://app.example' }
    for (const method of ['GET', 'POST', 'DELETE']) {
      const response = await scene.send(new Request(RESOURCE, { method, headers }))
      expect(response.status).toBe(200)
      const directives = response.headers.get('Cache-Control') ?? ''
      expect(directives).not.toMatch(/public|s-maxage|must-revalidate/)
    }
  })

  it.each([
    ['private, max-age=60', 'Origin, Authorization'],
    ['public, max-age=60', 'Origin, Authorization'],
    ['max-age=60, no-transform', 'Origin, Authorization'],
    ['no-store', 'Origin'],
    ['max-age=60, no-cache="Set-Cookie"', 'Origin, Authorization'],
    ['No-Cache, no-transform', 'Origin'],
    ['max-age=0 , no-cache , no-transform', 'Origin'],
    [undefined, 'Origin'],
  ])(
    'CAC-02: a response that a browser may reuse varies by the token: %s',
    async (caching, expected) => {
      const headers: HeadersInit = caching === undefined ? {} : { 'Cache-Control': caching }
      const { resource, issuer } = await createScene()
      const handle = protect(resource, () => new Response('done', { headers }))
      const authorization = `Bearer ${await issuer.token()}`
      const response = await handle(new Request(RESOURCE, { headers: { authorization } }))
      expect([response.status, response.headers.get('Vary')]).toEqual([200, expected])
      expect(response.headers.get('Cache-Control')).toBe(caching ?? 'private')
    },
  )

  it.each([
    ['GET', 'Expires', 'Origin, Authorization'],
    ['GET', 'Last-Modified', 'Origin, Authorization'],
    ['POST', 'Expires', 'Origin'],
  ])(
    'CAC-02: so does a response without Cache-Control to %s with %s',
    async (method, name, vary) => {
      const headers = { [name]: 'Sat, 28 Nov 2026 00:00:00 GMT' }
      const { resource, issuer } = await createScene()
      const handle = protect(resource, () => new Response('done', { headers }))
      const authorization = `Bearer ${await issuer.token()}`
      const response = await handle(new Request(RESOURCE, { method, headers: { authorization } }))
      expect([response.status, response.headers.get('Vary')]).toEqual([200, vary])
      expect(response.headers.get('Cache-Control')).toBe('private')
    },
  )

  it.each(['max-age=60', 'private, max-age=60'])(
    'CAC-02: %s is for no other request where the token is in a field of the application',
    async (caching) => {
      const { resource, issuer } = await createScene({
        token: (request) => request.headers.get('X-Token') ?? undefined,
      })
      const headers = { 'Cache-Control': caching, Vary: 'Accept' }
      const handle = protect(resource, () => new Response('done', { headers }))
      const token = { 'X-Token': await issuer.token() }
      const response = await handle(new Request(RESOURCE, { headers: token }))
      expect([response.status, response.headers.get('Vary')]).toEqual([200, 'Accept, Origin, *'])
      expect(response.headers.get('Cache-Control')).toBe(caching)
    },
  )

  it('CAC-02: completeResponse() sets the same header fields', async () => {
    const { resource, issuer } = await createScene()
    const headers = { Authorization: `Bearer ${await issuer.token()}` }
    const request = new Request(RESOURCE, { headers })
    const auth = await authenticate(request, resource)
    if (!auth.ok) throw new Error(String(auth.status))
    expect(auth.resourceMetadataUrl).toBe(METADATA_URL)
    const complete = completeResponse(new Response('done'), request, auth, resource)
    expect(complete.headers.get('Cache-Control')).toBe('private')
  })
})
