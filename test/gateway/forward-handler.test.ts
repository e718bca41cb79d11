/** The handler of `forward()` by itself: chosen upstreams, its errors, and what it does beside its response. */

import { describe, expect, it, vi } from 'vitest'
import { ExchangeError } from '../../src/contract/exchange-error.ts'
import type { TokenExchange } from '../../src/exchange/index.ts'
import { type ForwardOptions, forward, type Upstream } from '../../src/gateway/index.ts'
import { READS_VIEWS } from '../../src/http/upstream.ts'
import type { AnonymousContext, AuthContext } from '../../src/index.ts'

const URL_TEXT = 'http://127.0.0.1:9000/mcp'
const AUTH = {
  anonymous: false,
  identifier: 'https://rs.example/mcp',
  token: 'the-access-token-of-alice',
  subject: 'alice',
} as AuthContext
const ANONYMOUS: AnonymousContext = { anonymous: true, identifier: AUTH.identifier } as never

function requestTo(path = '/mcp', method = 'POST') {
  return new Request(`https://rs.example${path}`, { method, headers: { 'X-A': AUTH.token } })
}

describe('a function that chooses the upstream', () => {
  const options: ForwardOptions = { fetch: async () => new Response('passed') }

  it.each([
    [undefined, 'must be an absolute URL'],
    ['/mcp', 'must be an absolute URL'],
    ['ftp://up.example/', 'must be an http or https URL'],
    [`${URL_TEXT}?a=1`, 'must have no query'],
  ])('fails with %s', async (url, problem) => {
    const failing = forward(() => url as string, options)(requestTo(), AUTH)
    await expect(failing).rejects.toThrow(TypeError)
    await expect(failing).rejects.toThrow(`The URL that the upstream function returned ${problem}`)
  })

  it('receives the request and its context', async () => {
    const received: unknown[] = []
    const choose: Upstream = (...all) => {
      received.push(...all)
      return URL_TEXT
    }
    const request = requestTo()
    expect(await (await forward(choose, options)(request, AUTH)).text()).toBe('passed')
    expect(received).toEqual([request, AUTH])
  })

  it('needs a request of its own, and a URL does not', () => {
    const marked = [forward(URL_TEXT), forward(() => URL_TEXT)].map(
      (handler) => (handler as { [READS_VIEWS]?: boolean })[READS_VIEWS],
    )
    expect(marked).toEqual([true, false])
  })
})

describe('a response of 401', () => {
  it.each([
    ['a user', AUTH, ['alice']],
    ['an anonymous client', ANONYMOUS, []],
  ] as const)(
    'of the upstream to %s ends its body, and clears the tokens',
    async (_, auth, cleared) => {
      let isCancelled = false
      const body = new ReadableStream({
        cancel() {
          isCancelled = true
        },
      })
      const subjects: (string | undefined)[] = []
      const exchange: TokenExchange = {
        exchange: async () => ({
          ok: true,
          token: 't',
          tokenType: 'bearer',
          expiresAt: undefined,
          scopes: [],
        }),
        fetch: async () => new Response(),
        clear: ({ subject }) => void subjects.push(subject),
      }
      const fetch = async () => new Response(body, { status: 401 })
      const response = await forward(URL_TEXT, { exchange, fetch })(requestTo(), auth)
      expect(response.status).toBe(502)
      expect([isCancelled, subjects]).toEqual([true, cleared])
    },
  )
})

describe('the errors', () => {
  const SECRET = { headers: { 'X-User': () => 'Zoë' } }
  it.each<[string, ForwardOptions, string, number, string, string]>([
    [
      'unreachable',
      { fetch: () => Promise.reject(new Error('x')) },
      '/mcp',
      502,
      'bad_gateway',
      'The server behind this resource is not usable.',
    ],
    [
      'too slow',
      { fetch: () => new Promise(() => {}), timeoutMs: 1 },
      '/mcp',
      504,
      'gateway_timeout',
      'The server behind this resource is too slow.',
    ],
    ['not sendable', SECRET, '/mcp', 500, 'server_error', 'The request could not be processed.'],
  ])('%s are whole', async (_, options, path, status, error, description) => {
    const response = await forward(URL_TEXT, options)(requestTo(path), AUTH)
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ error, error_description: description })
    expect(response.headers.get('Content-Type')).toBe('application/json')
    expect(response.headers.get('Cache-Control')).toBe('no-store')
    expect(response.headers.get('WWW-Authenticate')).toBeNull()
    const head = await forward(URL_TEXT, options)(requestTo(path, 'HEAD'), AUTH)
    expect([head.status, head.body]).toEqual([status, null])
  })

  it('of a token that needs more than a header field says that the exchange is misconfigured', async () => {
    const exchange: TokenExchange = {
      exchange: async () => ({
        ok: true,
        token: 't',
        tokenType: 'DPoP',
        expiresAt: undefined,
        scopes: [],
      }),
      fetch: async () => new Response(),
      clear: () => {},
    }
    const failing = forward(URL_TEXT, { exchange })(requestTo(), AUTH)
    await expect(failing).rejects.toEqual(new ExchangeError({ ok: false, code: 'misconfigured' }))
  })

  it('for other paths are 404 and 400', async () => {
    const handler = forward(URL_TEXT, { subpaths: true, fetch: async () => new Response() })
    const statuses = ['/other', '/mcp/a%2Fb', '/mcp/x'].map(
      async (path) => (await handler(requestTo(path), AUTH)).status,
    )
    expect(await Promise.all(statuses)).toEqual([404, 400, 200])
  })
})

it('a value that cannot be sent is reported once for each field, without the value', async () => {
  const reported = vi.spyOn(console, 'error').mockImplementation(() => {})
  try {
    // The module keeps the names that it has reported.
    const names = ['X-User', 'X-Team'].map((name) => `${name}-${crypto.randomUUID()}`)
    for (const name of [...names, ...names]) {
      const headers = { [name]: () => 'Zoë' }
      const response = await forward(URL_TEXT, { headers })(requestTo(), AUTH)
      expect(response.status).toBe(500)
    }
    expect(reported.mock.calls).toEqual(
      names.map((name) => [
        `mcp-gatehouse: the value of the field ${name.toLowerCase()} is not visible ASCII, so its requests are a 500: encode it, as by encodeURIComponent().`,
      ]),
    )
  } finally {
    reported.mockRestore()
  }
})

it('an anonymous request has neither an exchanged token nor an identity', async () => {
  const sent: (string | null)[][] = []
  const { privateKey: key } = (await crypto.subtle.generateKey(
    { name: 'ECDSA', namedCurve: 'P-256' },
    false,
    ['sign', 'verify'],
  )) as CryptoKeyPair
  const exchanged: (string | undefined)[] = []
  const exchange: TokenExchange = {
    exchange: async ({ subject }) => {
      exchanged.push(subject)
      return { ok: true, token: 't', tokenType: 'Bearer', expiresAt: undefined, scopes: [] }
    },
    fetch: async () => new Response(),
    clear: () => {},
  }
  const handler = forward(URL_TEXT, {
    exchange,
    identity: { key, header: 'X-Identity' },
    fetch: async (_url, init) => {
      const headers = new Headers(init?.headers)
      sent.push([headers.get('Authorization'), headers.get('X-Identity')])
      return new Response()
    },
  })
  await handler(requestTo(), ANONYMOUS)
  const user = { ...AUTH, clientId: 'app', scopes: [], claims: {} }
  await handler(requestTo(), user)
  expect(sent).toEqual([
    [null, null],
    ['Bearer t', expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/)],
  ])
  expect(exchanged).toEqual(['alice'])
})

it('the place of the resource follows the context', async () => {
  const urls: string[] = []
  const fetch = async (url: string) => {
    urls.push(url)
    return new Response()
  }
  const handler = forward(URL_TEXT, { fetch, subpaths: true })
  const other = { ...AUTH, identifier: 'https://rs.example/other' }
  await handler(requestTo('/mcp/a'), AUTH)
  await handler(requestTo('/other/b'), other)
  await handler(requestTo('/mcp/c'), AUTH)
  expect(urls).toEqual(['a', 'b', 'c'].map((name) => `${URL_TEXT}/${name}`))
})

it('the token is removed from a request of a user', async () => {
  const sent: string[][] = []
  const fetch = async (_url: string, init?: RequestInit) => {
    sent.push([...new Headers(init?.headers).keys()])
    return new Response()
  }
  const handler = forward(URL_TEXT, { fetch })
  await handler(requestTo(), AUTH)
  await handler(requestTo(), ANONYMOUS)
  expect(sent.map((names) => names.includes('x-a'))).toEqual([false, true])
})
