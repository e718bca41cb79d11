/** TRN-13 on hosts that pass on targets as the client sent them. */

import { createServer, type RequestListener } from 'node:http'
import express from 'express'
import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { protect as protectWorker } from '../../adapters/cloudflare/index.ts'
import { protect as protectDeno } from '../../adapters/deno/index.ts'
import { bearerAuth as honoAuth } from '../../adapters/hono.ts'
import { bearerAuth, metadata, protect } from '../../adapters/node/index.ts'
import { type AuthEvent, type ProtectedResource, protectedResource } from '../../src/index.ts'
import { createClock } from '../support/clock.ts'
import { createIssuer } from '../support/issuer.ts'
import { bearer, portOf, start } from '../support/node-server.ts'
import { rawRequest } from '../support/raw-request.ts'
import { sendRaw } from '../support/raw-socket.ts'

const METADATA = '/.well-known/oauth-protected-resource'
const AMBIGUOUS = {
  error: 'invalid_request',
  error_description: 'The request target can be read in more than one way.',
}

async function setUp() {
  const issuer = await createIssuer()
  const events: AuthEvent[] = []
  const make = (path: string): ProtectedResource =>
    protectedResource({
      resource: `https://rs.example${path}`,
      authorizationServers: [issuer.issuer],
      audience: 'https://rs.example/',
      fetch: issuer.fetch,
      now: createClock().now,
      onEvent: (event) => events.push(event),
    })
  const headers = bearer(await issuer.token({ aud: 'https://rs.example/' }))
  const codes = () => events.flatMap((event) => (event.type === 'refused' ? [event.code] : []))
  return { notes: make('/notes'), admin: make('/notes/admin'), headers, codes }
}

const TARGETS = [
  '/notes/admin/..',
  '/notes/admin/%2e%2e',
  '/notes/./x',
  '/notes\\admin',
  '/notes/x#/../admin',
  '/notes/"x"',
  "/notes?a='b'",
  'http://rs.example/notes/admin/..',
  'http://user@rs.example/notes',
  'http://rs.example?/notes',
  'http:///notes',
  'http://rs.example',
  '*',
]

const GOOD = [
  '/notes',
  '/notes?',
  '/notes?a=b',
  '/notes/100%25',
  '/notes//x',
  'http://evil.example/notes/x',
  'HTTP://EVIL.EXAMPLE:80/notes',
]

describe('on Node', () => {
  async function serve(listener: RequestListener) {
    const origin = `http://127.0.0.1:${portOf(await start(createServer(listener)))}`
    return (target: string, headers: Record<string, string>) =>
      sendRaw(origin, { target, headers, method: target === '*' ? 'OPTIONS' : 'GET' })
  }

  async function guards() {
    const scene = await setUp()
    const runs: string[] = []
    const handle = (request: Request) => {
      runs.push(request.url)
      return new Response('handled')
    }
    const guard = bearerAuth(scene.notes)
    const app = express().use(metadata([scene.notes, scene.admin]), bearerAuth(scene.notes))
    app.use((req, res) => {
      runs.push(req.url)
      res.send('handled')
    })
    const listeners: Record<string, RequestListener> = {
      'protect(notes)': protect(scene.notes, handle),
      'protect([notes, admin])': protect([scene.notes, scene.admin], handle),
      'protect(function)': protect(() => scene.notes, handle),
      'bearerAuth(notes)': (req, res) =>
        guard(req, res, () => {
          runs.push(req.url ?? '')
          res.end('handled')
        }),
      'Express and bearerAuth(notes)': app,
    }
    return { ...scene, runs, listeners }
  }

  test.each(TARGETS)('TRN-13: every guard rejects %j', async (target) => {
    const { listeners, headers, runs, codes } = await guards()
    for (const [name, listener] of Object.entries(listeners)) {
      const response = await (await serve(listener))(target, headers)
      expect(response.status, name).toBe(400)
      expect(response.head.toLowerCase(), name).not.toContain('www-authenticate')
      expect(JSON.parse(response.body), name).toEqual(AMBIGUOUS)
    }
    expect(runs).toEqual([])
    expect(new Set(codes())).toEqual(new Set(['target_ambiguous']))
  })

  test.each(GOOD)('TRN-13: every guard accepts %j', async (target) => {
    const { listeners, headers, runs } = await guards()
    for (const [name, listener] of Object.entries(listeners)) {
      const response = await (await serve(listener))(target, headers)
      expect(response.status, name).toBe(200)
    }
    expect(runs).toHaveLength(Object.keys(listeners).length)
  })

  test('TRN-13: metadata() rejects a target that is metadata only after parsing', async () => {
    const { notes } = await setUp()
    let passed = 0
    const middleware = metadata(notes)
    const ask = await serve((req, res) =>
      middleware(req, res, () => {
        passed += 1
        res.end()
      }),
    )
    for (const target of [`/x/..${METADATA}/notes`, `${METADATA}/notes#x`]) {
      const response = await ask(target, {})
      expect({ status: response.status, body: JSON.parse(response.body) }).toEqual({
        status: 400,
        body: AMBIGUOUS,
      })
    }
    expect((await ask(`http://x${METADATA}/notes`, {})).status).toBe(200)
    expect(passed).toBe(0)
  })

  test('TRN-13: browsers can read the rejection of a resource', async () => {
    const { notes } = await setUp()
    const ask = await serve(protect(notes, () => new Response()))
    const { head } = await ask('/notes/..', { Origin: 'https://rs.example' })
    expect(head.toLowerCase()).toContain('access-control-allow-origin: https://rs.example')
  })
})

describe('requirements', () => {
  /** A guard of one resource on each host that passes more than the request. */
  async function serveBoth(requirements: object | (() => object)) {
    const { notes, headers } = await setUp()
    const given = requirements as { optional?: false }
    const origin = `http://127.0.0.1:${portOf(
      await start(createServer(protect(notes, () => new Response('handled'), given))),
    )}`
    const worker = protectWorker(notes, () => new Response('handled'), given)
    const ctx = { waitUntil: () => {} }
    return async (path: string) => [
      (await sendRaw(origin, { target: path, headers })).status,
      (await worker.fetch(rawRequest(`https://rs.example${path}`, { headers }), {}, ctx)).status,
    ]
  }

  test('TRN-13: as a function are called for paths with one reading only', async () => {
    const ask = await serveBoth(() => ({}))
    expect(await ask('/notes/x')).toEqual([200, 200])
    expect(await ask('/notes/%61')).toEqual([400, 400])
    expect(await ask('/notes/x;y')).toEqual([400, 400])
  })

  test('TRN-13: that are the same for all paths accept every reading', async () => {
    for (const path of ['/notes/x', '/notes/%61', '/notes//x']) {
      expect(await (await serveBoth({}))(path)).toEqual([200, 200])
    }
  })
})

describe('on Deno', () => {
  test.each([
    'http://x\\notes/payroll',
    'http://user@x/notes',
    'http://rs.example/notes/..',
    'http://rs.example/notes#x',
    'http://x:99999/notes',
  ])('TRN-13: a single resource rejects %j on every path', async (url) => {
    const { notes, admin, headers, codes } = await setUp()
    let runs = 0
    for (const resource of [notes, [notes, admin], () => notes]) {
      const served = protectDeno(resource, () => {
        runs += 1
        return new Response()
      })
      for (const send of [served, served.fetch]) {
        const response = await send(rawRequest(url, { headers }), {})
        expect({
          status: response.status,
          challenge: response.headers.get('WWW-Authenticate'),
          body: await response.json(),
        }).toEqual({ status: 400, challenge: null, body: AMBIGUOUS })
      }
    }
    expect(runs).toBe(0)
    expect(codes().length).toBeGreaterThan(0)
    expect(new Set(codes())).toEqual(new Set(['target_ambiguous']))
  })

  test('TRN-13: paths with escapes pass', async () => {
    const { notes, headers } = await setUp()
    const send = protectDeno(notes, () => new Response())
    for (const path of ['/notes/%61dmin/..%2f', '/notes/100%25', '/notes?a=b']) {
      expect((await send(rawRequest(`http://x${path}`, { headers }), {})).status).toBe(200)
    }
  })
})

describe('in Hono', () => {
  async function setUpHono(choose: (scene: Awaited<ReturnType<typeof setUp>>) => never) {
    const scene = await setUp()
    const served: string[] = []
    const app = new Hono()
    app.use('*', honoAuth(choose(scene)))
    app.all('/notes/admin/*', (c) => {
      served.push('admin')
      return c.text(c.var['auth' as never] === undefined ? 'no' : 'yes')
    })
    app.all('*', (c) => {
      served.push('notes')
      return c.text('yes')
    })
    const ask = async (url: string) =>
      app.fetch(rawRequest(url, { headers: scene.headers }), { STAGE: 'test' })
    return { ...scene, served, ask }
  }

  test.each([
    'http://x\\notes/payroll',
    'http://rs.example/notes/../x',
    'http://rs.example/%2e%2e/x',
    'http://rs.example/notes\\x',
  ])('TRN-13: %j is rejected first', async (url) => {
    for (const choose of [
      ({ notes }: { notes: ProtectedResource }) => notes,
      ({ notes }: { notes: ProtectedResource }) =>
        () =>
          notes,
    ]) {
      const { ask, served, codes } = await setUpHono(choose as never)
      const response = await ask(url)
      expect({
        status: response.status,
        challenge: response.headers.get('WWW-Authenticate'),
        body: await response.json(),
      }).toEqual({ status: 400, challenge: null, body: AMBIGUOUS })
      expect({ served, codes: codes() }).toEqual({ served: [], codes: ['target_ambiguous'] })
    }
  })

  test.each([
    '/notes/%61dmin/x',
    '/notes/%61dmin/..%2fx',
    '/notes/x%2F..%2Fadmin/y',
    '/notes//admin/x',
  ])('TRN-13: a function of the URL has to choose the same for %s', async (path) => {
    const byUrl =
      ({ notes, admin }: Awaited<ReturnType<typeof setUp>>) =>
      (c: { req: { url: string; path: string; raw: Request; method: string } }) => {
        expect([c.req.raw.url, c.req.method, c.req.raw.method]).toEqual([c.req.url, 'GET', 'GET'])
        return new URL(c.req.url).pathname.startsWith('/notes/admin') ? admin : notes
      }
    const { ask, served, codes } = await setUpHono(byUrl as never)
    expect((await ask(`http://rs.example${path}`)).status).toBe(400)
    expect({ served, codes: codes() }).toEqual({ served: [], codes: ['target_ambiguous'] })
    expect((await ask('http://rs.example/notes/admin/x')).status).toBe(200)
    expect((await ask('http://rs.example/notes/a%20b/%61')).status).toBe(200)
    expect(served).toEqual(['admin', 'notes'])
  })

  test('TRN-13: a function of the environment accepts escapes', async () => {
    const byEnv =
      ({ notes }: Awaited<ReturnType<typeof setUp>>) =>
      (c: { env: unknown }) => {
        expect(c.env).toEqual({ STAGE: 'test' })
        return notes
      }
    const { ask, served } = await setUpHono(byEnv as never)
    for (const path of ['/notes/%61dmin', '/notes/100%25', '/x//y', '/a%2Fb']) {
      expect((await ask(`http://rs.example${path}`)).status, path).toBe(200)
    }
    expect(served).toHaveLength(4)
  })
})
