/** TRN-13: the decision is about the path that the router serves. */

import { describe, expect, it } from 'vitest'
import {
  type AuthContext,
  metadataResponse,
  type ProtectedResource,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
  type ResourceSource,
} from '../../src/index.ts'
import { createClock } from '../support/clock.ts'
import { createIssuer } from '../support/issuer.ts'
import { rawRequest } from '../support/raw-request.ts'

const ORIGIN = 'https://rs.example'
const METADATA = '/.well-known/oauth-protected-resource'
const MIRROR = '/.well-known/oauth-authorization-server'
const BODY = {
  error: 'invalid_request',
  error_description: 'The request target can be read in more than one way.',
}

/** Each resource has its own audience, so that a token proves which resource was chosen. */
async function setUp(paths: readonly string[], options: Partial<ProtectedResourceOptions> = {}) {
  const issuer = await createIssuer()
  const codes: string[] = []
  const runs: string[] = []
  const resources = paths.map((path) =>
    protectedResource({
      resource: `${ORIGIN}${path}`,
      authorizationServers: [issuer.issuer],
      fetch: issuer.fetch,
      now: createClock().now,
      onEvent: (event) => {
        if (event.type === 'refused')
          codes.push(`${event.code} ${new URL(event.resource).pathname}`)
      },
      ...options,
    }),
  )
  const handler = (_request: Request, auth: AuthContext): Response => {
    runs.push(new URL(auth.identifier).pathname)
    return new Response('done')
  }
  const tokens = await Promise.all(paths.map((path) => issuer.token({ aud: `${ORIGIN}${path}` })))
  const headersFor = (path: string) => ({ Authorization: `Bearer ${tokens[paths.indexOf(path)]}` })
  /** Sends a target with the token of each resource in turn. */
  const sendAll = async (
    source: ResourceSource<[]>,
    url: string,
    init: RequestInit = {},
  ): Promise<Response[]> => {
    const send = protect(source, handler)
    const all = paths.map((path) => {
      const headers = { ...headersFor(path), ...(init.headers as Record<string, string>) }
      return send(rawRequest(url, { ...init, headers }))
    })
    return Promise.all(all)
  }
  return { issuer, resources, handler, runs, codes, headersFor, sendAll }
}

async function expectAmbiguous(response: Response): Promise<void> {
  expect({
    status: response.status,
    challenge: response.headers.get('WWW-Authenticate'),
    cache: response.headers.get('Cache-Control'),
    type: response.headers.get('Content-Type'),
    body: await response.json(),
  }).toEqual({
    status: 400,
    challenge: null,
    cache: 'no-store',
    type: 'application/json',
    body: BODY,
  })
}

const PATHS = ['/notes', '/notes/admin', '/payroll']

/** The text of a URL, and which resource the event names, if it is known. */
const RAW: [string, string | undefined][] = [
  [`http://x\\notes/payroll`, '/notes'],
  [`http://x\\notes\\/payroll`, '/notes'],
  [`http://x?/notes/payroll`, undefined],
  [`http://x#/notes/payroll`, undefined],
  [`http://user@x/notes`, '/notes'],
  [`http:///notes/payroll`, '/payroll'],
  [`http:notes/payroll`, '/payroll'],
  [`${ORIGIN}/notes/admin/..`, '/notes'],
  [`${ORIGIN}/notes/admin/%2e%2e`, '/notes'],
  [`${ORIGIN}/notes/admin/%2E./x`, '/notes'],
  [`${ORIGIN}/notes/./x`, '/notes'],
  [`${ORIGIN}/notes\\admin`, '/notes/admin'],
  [`${ORIGIN}/notes/ad\tmin`, '/notes/admin'],
  [`${ORIGIN}/notes/x#/../admin`, '/notes'],
  [`${ORIGIN}/notes/a b`, '/notes'],
  [`${ORIGIN}/notes?a b`, '/notes'],
  [`http://x:99999/notes`, undefined],
  ['/notes', undefined],
  ['notes', undefined],
  ['*', undefined],
  ['', undefined],
]

const ENCODED: [string, string][] = [
  ['/notes%2Fadmin', '/notes/admin'],
  ['/notes/%61dmin', '/notes'],
  ['/notes/%61dmin/..%2f', '/notes'],
  ['/notes/%61dmin/..%2fx', '/notes'],
  ['/notes/%61dmin/%252e%252e', '/notes'],
  ['/notes/admin/..%2F', '/notes/admin'],
  ['/notes/admin/%252e%252e', '/notes/admin'],
  ['/notes/%2561dmin', '/notes'],
  ['/notes/x%2F..%2Fadmin', '/notes'],
  ['/notes/x%252F..%252Fadmin', '/notes'],
  ['/notes/x%5C..%5Cadmin', '/notes'],
  ['/notes%5Cadmin', '/notes/admin'],
  ['/n%6ftes', '/notes'],
  ['/notes/%61dmin/%ff', '/notes'],
  ['/notes/..%2Fpayroll', '/notes'],
  ['/x/..%2Fpayroll', '/payroll'],
  ['/notes/ADMIN', '/notes'],
  ['/notes//admin', '/notes'],
  ['/notes/admin;v=1', '/notes'],
  ['/notes/admin.json', '/notes'],
  ['/notes/admin%2Ex/y', '/notes'],
  ['/notes/admin%00', '/notes'],
  ['/notes/admin%3Fx', '/notes'],
]

const GOOD: [string, string][] = [
  ['/notes', '/notes'],
  ['/notes/', '/notes'],
  ['/notes?page=/../payroll', '/notes'],
  ['/notes?', '/notes'],
  ['/notes/100%25', '/notes'],
  ['/notes/a%20b', '/notes'],
  ['/notes/caf%C3%A9', '/notes'],
  ['/notes/a%2Fb', '/notes'],
  ['/notes/%2561', '/notes'],
  ['/notes/%', '/notes'],
  ['/notes/%ff', '/notes'],
  ['/notes/a;v=1', '/notes'],
  ['/notes/A.b/C~d', '/notes'],
  ['/notes/admin', '/notes/admin'],
  ['/notes/admin/a%2Fb', '/notes/admin'],
  ['/payroll/x', '/payroll'],
]

describe('a list of resources', () => {
  it.each(RAW)('TRN-13: rejects %j, whose parsed form differs', async (url, named) => {
    const { resources, runs, codes, sendAll } = await setUp(PATHS)
    for (const response of await sendAll(resources, url)) await expectAmbiguous(response)
    const expected = named === undefined ? [] : PATHS.map(() => `target_ambiguous ${named}`)
    expect({ runs, codes }).toEqual({ runs: [], codes: expected })
  })

  it.each(ENCODED)('TRN-13: rejects %s, whose readings differ', async (path, named) => {
    const { resources, runs, codes, sendAll } = await setUp(PATHS)
    for (const response of await sendAll(resources, ORIGIN + path)) await expectAmbiguous(response)
    expect({ runs, codes }).toEqual({
      runs: [],
      codes: PATHS.map(() => `target_ambiguous ${named}`),
    })
  })

  it.each(GOOD)('TRN-13: serves %s as %s', async (path, resource) => {
    const { resources, runs, sendAll } = await setUp(PATHS)
    const statuses = (await sendAll(resources, ORIGIN + path)).map(({ status }) => status)
    expect(statuses).toEqual(PATHS.map((each) => (each === resource ? 200 : 401)))
    expect(runs).toEqual([resource])
  })

  it.each(['/', '/other', '/NOTES', '//notes', '/notes2', '/%2', '/x%20y'])(
    'TRN-13: has nothing at %s, not even the first of them',
    async (path) => {
      const { resources, runs, sendAll } = await setUp(PATHS)
      for (const { status } of await sendAll(resources, ORIGIN + path)) expect(status).toBe(404)
      expect(runs).toEqual([])
    },
  )

  it('TRN-13: applies the same rule to preflights and metadata requests', async () => {
    const { resources, handler, runs } = await setUp(PATHS, {
      serveAuthorizationServerMetadata: true,
    })
    const send = protect(resources, handler)
    const preflight = { Origin: ORIGIN, 'Access-Control-Request-Method': 'POST' }
    for (const path of ['/notes/admin/..', '/notes/%61dmin']) {
      const init = { method: 'OPTIONS', headers: preflight }
      await expectAmbiguous(await send(rawRequest(ORIGIN + path, init)))
    }
    for (const path of [METADATA, MIRROR]) {
      for (const url of [
        `http://x\\y${path}`,
        `${ORIGIN}/x/..${path}`,
        `http://x\\y${path}/notes`,
      ]) {
        await expectAmbiguous(await send(rawRequest(url)))
        expect(metadataResponse(rawRequest(url), resources)).toBeUndefined()
      }
    }
    expect((await send(rawRequest(`${ORIGIN}${METADATA}/notes/%61dmin`))).status).toBe(404)
    expect((await send(rawRequest(`${ORIGIN}${METADATA}/notes/admin`))).status).toBe(200)
    expect((await send(rawRequest(`${ORIGIN}${MIRROR}`))).status).toBe(200)
    expect(runs).toEqual([])
  })

  it('TRN-13: lets a browser read the rejection', async () => {
    const { resources, sendAll } = await setUp(PATHS)
    const headers = { Origin: ORIGIN }
    const [response] = await sendAll(resources, `${ORIGIN}/notes/%61dmin`, { headers })
    expect(response?.headers.get('Access-Control-Allow-Origin')).toBe(ORIGIN)
  })
})

describe('a function of the request', () => {
  /** Chooses as many programs do: the longest prefix of the parsed path. */
  function chooserOf(resources: readonly ProtectedResource[], asked: string[]) {
    const longest = [...resources].sort((a, b) => b.identifier.length - a.identifier.length)
    return (request: Request) => {
      asked.push(request.url)
      const { pathname } = new URL(request.url)
      return longest.find(({ identifier }) =>
        `${pathname}/`.startsWith(`${new URL(identifier).pathname}/`),
      )
    }
  }

  it.each(RAW)('TRN-13: is not called for %j', async (url) => {
    const { resources, runs, sendAll } = await setUp(PATHS)
    const asked: string[] = []
    const source = chooserOf(resources, asked)
    for (const response of await sendAll(source, url)) await expectAmbiguous(response)
    expect({ runs, asked }).toEqual({ runs: [], asked: [] })
  })

  it.each(ENCODED.filter(([path]) => !/ADMIN|admin(\.|%2E)|;|%3F|%00/.test(path)))(
    'TRN-13: rejects %s, whose readings differ',
    async (path) => {
      const { resources, runs, sendAll } = await setUp(PATHS)
      const source = chooserOf(resources, [])
      for (const response of await sendAll(source, ORIGIN + path)) await expectAmbiguous(response)
      expect(runs).toEqual([])
    },
  )

  it.each(GOOD)('TRN-13: serves %s as %s', async (path, resource) => {
    const { resources, runs, sendAll } = await setUp(PATHS)
    const source = chooserOf(resources, [])
    const statuses = (await sendAll(source, ORIGIN + path)).map(({ status }) => status)
    expect(statuses).toEqual(PATHS.map((each) => (each === resource ? 200 : 401)))
    expect(runs).toEqual([resource])
  })

  it.each([
    ['/notes', ['/notes']],
    ['/notes?a=%61', ['/notes?a=%61']],
    ['/notes/a%20b?c', ['/notes/a%20b?c']],
    ['/notes/%61?c', ['/notes/%61?c', '/notes/a?c']],
    ['/notes/%2561', ['/notes/%2561', '/notes/%61', '/notes/a']],
    [`${METADATA}/notes/%61`, ['/notes/%61', '/notes/a']],
  ])('TRN-13: is called for %s once per reading', async (path, readings) => {
    const { resources, handler, headersFor } = await setUp(PATHS)
    const asked: string[] = []
    const send = protect(chooserOf(resources, asked), handler)
    await send(rawRequest(ORIGIN + path, { headers: headersFor('/notes') }))
    expect(asked).toEqual(readings.map((each) => ORIGIN + each))
  })

  it('TRN-13: receives requests that differ only by URL', async () => {
    const { resources, handler, headersFor } = await setUp(PATHS)
    const seen: unknown[] = []
    const send = protect(async (request: Request, ...rest: [string]) => {
      const { method, headers } = request
      const isRequest = request instanceof Request
      seen.push([method, headers.get('authorization'), request.clone().method, isRequest, rest])
      return resources[0]
    }, handler)
    const headers = headersFor('/notes')
    const request = rawRequest(`${ORIGIN}/notes/%61`, { method: 'POST', headers, body: '{}' })
    expect((await send(request, 'env')).status).toBe(200)
    const expected = ['POST', headers.Authorization, 'POST', true, ['env']]
    expect(seen).toEqual([expected, expected])
    expect(await request.text()).toBe('{}')
  })

  it('TRN-13: must return a resource for every reading', async () => {
    const { resources, handler, runs, headersFor } = await setUp(PATHS)
    for (const known of ['/notes/a', '/notes/%61']) {
      const send = protect(
        (request: Request) => (new URL(request.url).pathname === known ? resources[0] : undefined),
        handler,
      )
      const headers = headersFor('/notes')
      await expectAmbiguous(await send(rawRequest(`${ORIGIN}/notes/%61`, { headers })))
    }
    const send = protect(() => undefined, handler)
    expect((await send(rawRequest(`${ORIGIN}/notes/%61`))).status).toBe(404)
    expect(runs).toEqual([])
  })
})

describe('one resource', () => {
  it('TRN-13: leaves paths to the handler', async () => {
    const { resources, runs, sendAll } = await setUp(['/notes'])
    const [notes] = resources as [ProtectedResource]
    for (const path of ['/notes/%61dmin/..%2f', '/elsewhere', '/notes/a b', '/x/../y']) {
      const [response] = await sendAll(notes, ORIGIN + path)
      expect(response?.status).toBe(200)
    }
    expect(runs).toHaveLength(4)
  })
})

describe('requirements that are a function', () => {
  const set = async () => {
    const { resources, handler, runs, codes, headersFor } = await setUp(['/notes'])
    const [notes] = resources as [ProtectedResource]
    const asked: string[] = []
    const requirementsOf = (request: Request) => {
      const { pathname } = new URL(request.url)
      asked.push(pathname)
      return { scopes: pathname.startsWith('/notes/admin') ? ['admin'] : [] }
    }
    const headers = headersFor('/notes')
    const send = (source: ResourceSource<[]>, url: string) =>
      protect(source, handler, requirementsOf)(rawRequest(url, { headers }))
    return { notes, handler, runs, codes, asked, headers, send }
  }

  it.each([
    '/notes/%61dmin',
    '/notes/a%20b',
    '/notes/100%25',
    '/notes/x/../admin',
    '/notes/%61dmin/%ff',
    '/notes//admin',
    '/notes/admin;v=1',
  ])('TRN-13: are not called for %s', async (path) => {
    const { notes, runs, codes, asked, send } = await set()
    for (const source of [notes, [notes], () => notes]) {
      await expectAmbiguous(await send(source, ORIGIN + path))
    }
    expect({ runs, asked }).toEqual({ runs: [], asked: [] })
    expect(new Set(codes)).toEqual(new Set(['target_ambiguous /notes']))
  })

  it.each(['/notes', '/notes/', '/notes?a=%61', '/notes/A.b/c~d', '/notes/100%', '/notes/%ff'])(
    'TRN-13: are asked about %s',
    async (path) => {
      const { notes, runs, asked, send } = await set()
      for (const source of [notes, [notes], () => notes]) {
        expect((await send(source, ORIGIN + path)).status).toBe(200)
      }
      const { pathname } = new URL(ORIGIN + path)
      expect({ runs: runs.length, asked }).toEqual({ runs: 3, asked: Array(3).fill(pathname) })
    },
  )

  it('TRN-13: are not called for metadata and preflights', async () => {
    const { notes, handler, headers } = await set()
    for (const requirements of [undefined, { scopes: ['read'] }]) {
      const send = protect(notes, handler, requirements)
      const request = rawRequest(`${ORIGIN}/notes/a%20b`, { headers })
      expect((await send(request)).status).toBe(200)
    }
  })
})

describe('a list that changes', () => {
  it('is read on each request', async () => {
    const { resources } = await setUp(PATHS)
    const list = [resources[0]] as ProtectedResource[]
    const ask = (path: string) => metadataResponse(rawRequest(`${ORIGIN}${METADATA}${path}`), list)
    expect(ask('/notes')?.status).toBe(200)
    list[0] = resources[2] as ProtectedResource
    expect(ask('/notes')?.status).toBe(404)
    expect(await ask('/payroll')?.json()).toMatchObject({ resource: `${ORIGIN}/payroll` })
    list.push(resources[2] as ProtectedResource)
    expect(() => ask('/payroll')).toThrow('has the metadata path of resources[0]')
  })
})
