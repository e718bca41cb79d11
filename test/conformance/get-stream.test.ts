/** TRN-10: `getStream: false`, for a server that sends no events on GET. */

import { Hono } from 'hono'
import { describe, expect, it } from 'vitest'
import { protect as protectBun } from '../../adapters/bun.ts'
import { protect as protectWorker } from '../../adapters/cloudflare/index.ts'
import { protect as protectDeno } from '../../adapters/deno/index.ts'
import { bearerAuth as guardHono } from '../../adapters/hono.ts'
import { bearerAuth as guardNode, protect as protectNode } from '../../adapters/node/index.ts'
import { authenticate, type ProtectedResource, protect } from '../../src/index.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { asResponse, listen } from '../support/node-server.ts'
import { createScene, expectAccepted, expectRejected, NO_CREDENTIALS } from '../support/scene.ts'
import { unchecked } from '../support/unchecked.ts'

const APP = 'https://app.example'
const OFF = { getStream: false, origins: [APP] } as const
const BODY = {
  error: 'invalid_request',
  error_description: 'There is no event stream here; send messages with POST.',
}

describe('getStream: false', () => {
  it.each<[string, string | undefined, Record<string, string>]>([
    ['no token', undefined, {}],
    ['a good token', 'good', {}],
    ['garbage', 'Bearer garbage', {}],
    ['malformed credentials', 'Bearer a b', {}],
    ['a session to resume', 'good', { 'Mcp-Session-Id': 'x', 'Last-Event-ID': '1' }],
  ])('TRN-10: responds to GET with %s by 405 Allow: POST', async (_, authorization, headers) => {
    const scene = await createScene(OFF)
    const token = authorization === 'good' ? await bearerOf(scene) : authorization
    const response = await scene.ask(token, { method: 'GET', headers })
    await expectNoStream(response)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull()
    expect([scene.runs, scene.events]).toEqual([[], []])
  })

  it('TRN-10: is readable for accepted origins and 403 for others', async () => {
    const scene = await createScene(OFF)
    const ask = (origin: string) =>
      scene.ask(undefined, { method: 'GET', headers: { Origin: origin } })
    const response = await ask(APP)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(APP)
    expect(response.headers.get('Access-Control-Expose-Headers')).toContain('WWW-Authenticate')
    await expectNoStream(response)
    const other = await ask('https://evil.example')
    expect([other.status, other.headers.has('Allow')]).toEqual([403, false])
    expect(scene.events.map((event) => 'code' in event && event.code)).toEqual(['origin_refused'])
    expect(scene.runs).toEqual([])
  })

  it('TRN-10: reads no credentials and fetches nothing', async () => {
    const scene = await createScene({
      ...OFF,
      token: () => {
        throw new Error('This must not run.')
      },
    })
    await expectNoStream(await scene.ask(undefined, { method: 'GET' }))
    expect(scene.issuer.requests).toEqual([])
  })

  it.each([RESOURCE, `${RESOURCE}?x=1`, `${RESOURCE}#part`])(
    'TRN-10: is said of %s, optional or not, with and without a policy',
    async (url) => {
      for (const operations of [undefined, { '*': 'public' } as const]) {
        const { resource } = await createScene({ ...OFF, operations })
        for (const needs of [undefined, { optional: true }] as const) {
          const answer = await authenticate(new Request(url), resource, needs as never)
          if ((answer as { ok: boolean }).ok) throw new Error('accepted')
          await expectNoStream(unchecked<Response>(answer))
        }
      }
    },
  )

  it.each([`${RESOURCE}/page`, `${RESOURCE}/`, 'https://rs.example/', `${RESOURCE}2`])(
    'TRN-10: says nothing about GET of %s',
    async (url) => {
      const scene = await createScene(OFF)
      await expectRejected(scene, scene.send(new Request(url)), NO_CREDENTIALS)
      const headers = { Authorization: await bearerOf(scene) }
      await expectAccepted(scene, scene.send(new Request(url, { headers })))
    },
  )

  it.each(['POST', 'HEAD', 'DELETE', 'PUT', 'OPTIONS'])(
    'TRN-10: says nothing about %s',
    async (method) => {
      const scene = await createScene(OFF)
      const response = await scene.ask(undefined, { method })
      expect([response.status, response.headers.has('Allow')]).toEqual([401, false])
      expect(scene.runs).toEqual([])
      await expectAccepted(scene, scene.ask(await bearerOf(scene), { method }))
    },
  )

  it('TRN-10: does not change metadata and preflights', async () => {
    const scene = await createScene(OFF)
    expect((await scene.send(new Request(METADATA_URL))).status).toBe(200)
    const headers = { Origin: APP, 'Access-Control-Request-Method': 'GET' }
    expect((await scene.ask(undefined, { method: 'OPTIONS', headers })).status).toBe(204)
  })

  it.each([true, undefined])('TRN-10: GET reaches the handler if it is %s', async (getStream) => {
    const scene = await createScene({ getStream })
    await expectRejected(scene, scene.ask(undefined, { method: 'GET' }), NO_CREDENTIALS)
    await expectAccepted(scene, scene.ask(await bearerOf(scene), { method: 'GET' }))
  })
})

describe('through every adapter', () => {
  const handler = (): Response => new Response('done')
  const ask = (fetch: (request: Request, ...rest: never[]) => Response | Promise<Response>) =>
    fetch(new Request(RESOURCE), ...([{}, { waitUntil: () => {} }] as never[]))
  const HOSTS: Readonly<Record<string, (resource: ProtectedResource) => Promise<Response>>> = {
    'protect()': async (resource) => ask(protect(resource, handler)),
    'protect() of several': async (resource) => ask(protect([resource], handler)),
    Hono: async (resource) => ask(new Hono().use(guardHono(resource)).get('*', handler).fetch),
    Cloudflare: async (resource) => ask(protectWorker(resource, handler).fetch),
    Deno: async (resource) => ask(protectDeno(resource, handler)),
    Bun: async (resource) => ask(protectBun(resource, handler).fetch),
    Node: async (resource) => {
      const client = await listen(protectNode(resource, handler))
      return asResponse(await client.send({ path: '/mcp' }))
    },
    Connect: async (resource) => {
      const client = await listen((req, res) => guardNode(resource)(req, res, () => res.end()))
      return asResponse(await client.send({ path: '/mcp' }))
    },
  }

  it.each(Object.entries(HOSTS))('TRN-10: %s responds with 405', async (_, run) => {
    const { resource } = await createScene(OFF)
    await expectNoStream(await run(resource))
  })
})

async function bearerOf({ issuer }: { issuer: { token(): Promise<string> } }): Promise<string> {
  return `Bearer ${await issuer.token()}`
}

async function expectNoStream(response: Response): Promise<void> {
  expect({
    status: response.status,
    allow: response.headers.get('Allow'),
    challenge: response.headers.get('WWW-Authenticate'),
    cache: response.headers.get('Cache-Control'),
    vary: response.headers.get('Vary'),
    body: await response.json(),
  }).toEqual({
    status: 405,
    allow: 'POST',
    challenge: null,
    cache: 'no-store',
    vary: 'Origin',
    body: BODY,
  })
}
