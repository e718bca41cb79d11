/** COR: clients in browsers, and the header fields that their scripts can read. */

import { describe, expect, it } from 'vitest'
import { type AuthContext, preflightResponse, requireScopes } from '../../src/index.ts'
import { METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { callTool, expectPlainRejection, ORIGIN_REFUSED, post } from '../support/mcp.ts'
import { bearer, createScene, type Scene, type SceneOptions } from '../support/scene.ts'

const APP = 'https://app.example'
const OTHER = 'https://other.example'
const OWN = 'https://rs.example'

const EXPOSED = 'WWW-Authenticate, DPoP-Nonce, Mcp-Session-Id, MCP-Protocol-Version, Retry-After'
const ALLOWED = [
  'Authorization',
  'DPoP',
  'Content-Type',
  'Accept',
  'MCP-Protocol-Version',
  'Mcp-Session-Id',
  'Mcp-Method',
  'Mcp-Name',
  'Last-Event-ID',
]

const BROWSED: SceneOptions = {
  origins: [APP, OTHER],
  requiredScopes: ['read'],
  operations: { 'tools/call write': ['write'] },
}

function scene(options: SceneOptions = {}): Promise<Scene> {
  return createScene({ ...BROWSED, ...options })
}

function preflight(headers: Record<string, string> = {}): Request {
  return new Request(RESOURCE, {
    method: 'OPTIONS',
    headers: { Origin: APP, 'Access-Control-Request-Method': 'POST', ...headers },
  })
}

/** The CORS headers of a response, all of them. */
function cors(response: Response): Record<string, string | null> {
  const names = [...response.headers.keys()].filter((name) => name.startsWith('access-control-'))
  return Object.fromEntries(
    [...names, 'vary'].map((name) => [name, response.headers.get(name)] as const),
  )
}

const READABLE = {
  'access-control-allow-origin': APP,
  'access-control-expose-headers': EXPOSED,
  vary: 'Origin',
}

describe('preflights', () => {
  it('COR-01: need no credentials and are not redirected', async () => {
    const site = await scene()
    const response = await site.send(preflight())
    expect(response.status).toBe(204)
    expect(response.headers.get('Location')).toBeNull()
    expect(await response.text()).toBe('')
    expect(cors(response)).toEqual({
      'access-control-allow-origin': APP,
      'access-control-allow-methods': 'GET, HEAD, POST, DELETE, OPTIONS',
      'access-control-allow-headers': ALLOWED.join(', '),
      'access-control-max-age': '7200',
      vary: 'Access-Control-Request-Headers, Origin',
    })
    expect(site.runs).toHaveLength(0)
    expect(site.events).toEqual([])
  })

  it('COR-01: get the same response from preflightResponse(), which ignores other requests', async () => {
    const { resource, send } = await scene()
    const ours = preflightResponse(preflight(), resource)
    expect([...(ours?.headers ?? [])]).toEqual([...(await send(preflight())).headers])
    for (const init of [
      { method: 'OPTIONS' },
      { method: 'OPTIONS', headers: { Origin: APP } },
      { method: 'POST', headers: { Origin: APP, 'Access-Control-Request-Method': 'POST' } },
    ]) {
      expect(preflightResponse(new Request(RESOURCE, init), resource)).toBeUndefined()
    }
  })

  it('COR-02: name Authorization, because * does not include it', async () => {
    const { send } = await scene({ origins: '*' })
    const response = await send(preflight({ 'Access-Control-Request-Headers': 'authorization' }))
    const allowed = response.headers.get('Access-Control-Allow-Headers')?.split(', ')
    expect(allowed).toContain('Authorization')
    expect(allowed).not.toContain('*')
  })

  it('COR-03: name every header of MCP, and requested Mcp-Param-* ones', async () => {
    const { send } = await scene()
    const asked = 'authorization,mcp-param-region, Mcp-Param-Tenant ,x-other, mcp-param-a b'
    const response = await send(preflight({ 'Access-Control-Request-Headers': asked }))
    expect(response.headers.get('Access-Control-Allow-Headers')).toBe(
      [...ALLOWED, 'mcp-param-region', 'Mcp-Param-Tenant'].join(', '),
    )
    expect(response.headers.get('Vary')).toContain('Access-Control-Request-Headers')
  })

  it('COR-04: allow DELETE, which ends sessions', async () => {
    const { send } = await scene()
    const response = await send(preflight({ 'Access-Control-Request-Method': 'DELETE' }))
    expect(response.headers.get('Access-Control-Allow-Methods')?.split(', ')).toContain('DELETE')
  })

  it('COR-11: allow every header of MCP and of DPoP, and DELETE', async () => {
    const { send } = await scene()
    const asked = 'authorization, dpop, mcp-param-city'
    const response = await send(preflight({ 'Access-Control-Request-Headers': asked }))
    const listOf = (name: string) => response.headers.get(name)?.split(', ')
    expect(response.status).toBe(204)
    expect(listOf('Access-Control-Allow-Methods')).toContain('DELETE')
    expect(listOf('Access-Control-Allow-Headers')).toEqual(
      expect.arrayContaining([
        'Mcp-Method',
        'Mcp-Name',
        'mcp-param-city',
        'Mcp-Session-Id',
        'Last-Event-ID',
        'DPoP',
      ]),
    )
  })

  it('COR-09: may be cached for two hours', async () => {
    const { send } = await scene()
    const response = await send(preflight())
    expect(Number(response.headers.get('Access-Control-Max-Age'))).toBeGreaterThanOrEqual(600)
  })
})

describe('answers', () => {
  const FAILING: readonly (readonly [string, number, (site: Scene) => Promise<Response>])[] = [
    ['malformed credentials', 400, (site) => site.ask('Bearer a b', from(APP))],
    ['no credentials', 401, (site) => site.ask(undefined, from(APP))],
    ['a bad token', 401, (site) => site.ask('Bearer garbage', from(APP))],
    [
      'too little scope',
      403,
      async (site) => site.ask(await bearer(site), from(APP, callTool('write'))),
    ],
    ['a broken body', 400, async (site) => site.ask(await bearer(site), from(APP, 'hello'))],
    [
      'a large body',
      413,
      async (site) => site.ask(await bearer(site), from(APP, '1'.repeat(5_000_000))),
    ],
    [
      'contradicting headers',
      400,
      async (site) => site.ask(await bearer(site), from(APP, callTool('x'), { 'Mcp-Name': 'y' })),
    ],
    [
      'keys out of reach',
      503,
      async (site) => {
        const token = await bearer(site)
        site.issuer.respondAt('https://as.example/jwks', () => new Response(null, { status: 500 }))
        return site.ask(token, from(APP))
      },
    ],
  ]

  it.each(FAILING)(
    'COR-05, COR-06: to %s (%i) are as readable as a success',
    async (_, status, ask) => {
      const site = await scene()
      const response = await ask(site)
      expect(response.status).toBe(status)
      expect(cors(response)).toEqual(READABLE)
      expect(site.runs).toHaveLength(0)
    },
  )

  it('COR-05: 405 and 500 too', async () => {
    const mixed = await scene({
      operations: (() => 'oops') as never,
      requirements: { optional: true },
    })
    const get = await mixed.ask(undefined, { method: 'GET', headers: { Origin: APP } })
    expect([get.status, get.headers.get('Allow'), cors(get)]).toEqual([405, 'POST', READABLE])
    const broken = await mixed.ask(await bearer(mixed), from(APP, callTool('x')))
    expect([broken.status, cors(broken)]).toEqual([500, READABLE])
  })

  it('COR-05: the 404 of an unknown session', async () => {
    const site = await scene({ sessions: { secret: 'a secret of at least thirty-two bytes' } })
    const headers = { Origin: APP, 'Mcp-Session-Id': 'forged' }
    const response = await site.ask(await bearer(site), { method: 'DELETE', headers })
    expect([response.status, cors(response)]).toEqual([404, READABLE])
    expect(site.runs).toHaveLength(0)
  })

  it.each([200, 202, 204, 404, 405, 500])(
    "COR-05, COR-06: the handler's own %i, also with immutable header fields",
    async (status) => {
      for (const make of [
        () => new Response(null, { status }),
        () => immutable(new Response(null, { status })),
      ]) {
        const site = await scene({ handler: make })
        const response = await site.ask(await bearer(site), from(APP))
        expect([response.status, cors(response)]).toEqual([status, READABLE])
        expect(response.headers.get('Cache-Control')).toBe('private')
      }
    },
  )

  it('COR-05: what a handler throws with requireScopes()', async () => {
    const site = await scene({
      handler: (_: Request, auth: AuthContext) => {
        requireScopes(auth, ['more'])
        return new Response('done')
      },
    })
    const response = await site.ask(await bearer(site), from(APP))
    expect([response.status, cors(response)]).toEqual([403, READABLE])
  })

  it('COR-06: expose the fields that scripts need and those that the handler exposes', async () => {
    const site = await scene({
      handler: () =>
        new Response('done', {
          headers: {
            'Access-Control-Expose-Headers': 'X-Total, mcp-session-id',
            'Mcp-Session-Id': 's1',
          },
        }),
    })
    const response = await site.ask(await bearer(site), from(APP))
    expect(response.headers.get('Access-Control-Expose-Headers')).toBe(`${EXPOSED}, X-Total`)
    expect(response.headers.get('Mcp-Session-Id')).toBe('s1')
  })

  it('COR-05, COR-06: streams have the header fields before their first byte', async () => {
    const site = await scene({
      handler: () =>
        new Response(new ReadableStream({ start: () => {} }), {
          headers: { 'Content-Type': 'text/event-stream' },
        }),
    })
    const call = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })
    for (const sent of [{ method: 'POST', body: call }, { method: 'GET' }]) {
      const response = await site.ask(await bearer(site), { ...sent, headers: { Origin: APP } })
      expect(cors(response)).toEqual(READABLE)
      expect(response.headers.get('Content-Type')).toBe('text/event-stream')
      await response.body?.cancel()
    }
  })

  it('COR-07: name the origin of the request and vary by it, also without Origin', async () => {
    const site = await scene()
    const headersOf = async (origin: string | undefined) =>
      cors(await site.ask(await bearer(site), from(origin)))
    expect(await headersOf(APP)).toEqual(READABLE)
    expect(await headersOf(OTHER)).toEqual({ ...READABLE, 'access-control-allow-origin': OTHER })
    expect(await headersOf(OWN)).toEqual({ ...READABLE, 'access-control-allow-origin': OWN })
    expect(await headersOf(undefined)).toEqual({ vary: 'Origin' })
    expect(cors(await site.ask(undefined, from(undefined)))).toEqual({ vary: 'Origin' })
    const evil = await expectPlainRejection(
      site,
      site.ask(undefined, from('https://evil.example')),
      ORIGIN_REFUSED,
    )
    expect(cors(evil)).toEqual({ vary: 'Origin' })
  })

  it('COR-07: keep the Vary of the handler, without duplicates', async () => {
    const vary = async (value: string) => {
      const site = await scene({
        handler: () => new Response('done', { headers: { Vary: value } }),
      })
      return (await site.ask(await bearer(site), from(APP))).headers.get('Vary')
    }
    expect(await vary('Accept')).toBe('Accept, Origin')
    expect(await vary('origin, Accept')).toBe('origin, Accept')
    expect(await vary('*')).toBe('*')
  })

  it('COR-07: do not vary by origin if all origins are accepted', async () => {
    const site = await scene({ origins: '*' })
    // Without Origin too: a browser may reuse that response for a script (Fetch, CORS and HTTP caches).
    for (const origin of [APP, 'null', undefined]) {
      for (const credentials of [await bearer(site), undefined]) {
        const response = await site.ask(credentials, from(origin))
        expect(response.headers.get('Vary')).toBeNull()
        expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
        expect(response.headers.get('Access-Control-Expose-Headers')).toBe(EXPOSED)
      }
    }
  })

  it('COR-08: remove Access-Control-Allow-Credentials of the handler beside *', async () => {
    const headers = { 'Access-Control-Allow-Credentials': 'true' }
    const answered = async (origins: '*' | readonly string[]) => {
      const site = await scene({ origins, handler: () => new Response('done', { headers }) })
      const response = await site.ask(await bearer(site), from(APP))
      return response.headers.get('Access-Control-Allow-Credentials')
    }
    expect(await answered('*')).toBeNull()
    expect(await answered([APP])).toBe('true')
  })

  it('COR-08: never allow cookies', async () => {
    for (const origins of ['*', [APP]] as const) {
      const site = await scene({ origins })
      for (const response of [
        await site.send(preflight()),
        await site.ask(undefined, from(APP)),
        await site.ask(await bearer(site), from(APP)),
        await site.send(new Request(METADATA_URL, { headers: { Origin: APP } })),
      ]) {
        expect(response.headers.get('Access-Control-Allow-Credentials')).toBeNull()
      }
    }
  })
})

describe('metadata', () => {
  const MIRROR = `${OWN}/.well-known/oauth-authorization-server`

  it.each([METADATA_URL, MIRROR])('COR-10: %s is readable from every origin', async (url) => {
    const { send } = await scene({ serveAuthorizationServerMetadata: true })
    for (const origin of [APP, 'https://evil.example', 'null']) {
      const headers = { Origin: origin, 'MCP-Protocol-Version': '2025-03-26' }
      const response = await send(new Request(url, { headers }))
      expect([response.status, response.headers.get('Access-Control-Allow-Origin')]).toEqual([
        200,
        '*',
      ])
    }
  })

  it.each([METADATA_URL, MIRROR])(
    'COR-10: %s answers preflights for MCP-Protocol-Version',
    async (url) => {
      const { send } = await scene({ serveAuthorizationServerMetadata: true })
      const response = await send(
        new Request(url, {
          method: 'OPTIONS',
          headers: {
            Origin: 'https://evil.example',
            'Access-Control-Request-Method': 'GET',
            'Access-Control-Request-Headers': 'mcp-protocol-version',
          },
        }),
      )
      expect(response.status).toBe(204)
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe('*')
      expect(response.headers.get('Access-Control-Allow-Headers')).toContain('MCP-Protocol-Version')
      expect(response.headers.get('Access-Control-Allow-Methods')).toContain('GET')
    },
  )

  it('COR-10: the 404 for a missing document is readable', async () => {
    const { send } = await scene()
    const response = await send(new Request(`${METADATA_URL}/other`, { headers: { Origin: APP } }))
    expect([response.status, response.headers.get('Access-Control-Allow-Origin')]).toEqual([
      404,
      '*',
    ])
  })
})

/** The rest of a POST from a page of this origin. */
function from(
  origin: string | undefined,
  body: unknown = callTool('read'),
  headers: Record<string, string> = {},
): RequestInit {
  return post(body, origin === undefined ? headers : { Origin: origin, ...headers })
}

/** Responses of `fetch`, which a handler that works as a proxy returns. */
function immutable(response: Response): Response {
  const refuse = (): never => {
    throw new TypeError('immutable')
  }
  Object.assign(response.headers, { set: refuse, append: refuse, delete: refuse })
  return response
}
