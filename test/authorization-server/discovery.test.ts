import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { discover } from '../../src/authorization-server/discovery.ts'
import {
  type DiscoveryOptions,
  discoverAuthorizationServer,
  fetchAuthorizationServerMetadata,
  UpstreamError,
} from '../../src/index.ts'

const ISSUER = 'https://as.example/t1'
const FIRST = 'https://as.example/.well-known/oauth-authorization-server/t1'
const SECOND = 'https://as.example/.well-known/openid-configuration/t1'
const THIRD = 'https://as.example/t1/.well-known/openid-configuration'

type Responses = Readonly<Record<string, () => Response | Promise<Response>>>

function network(responses: Responses) {
  const requests: string[] = []
  const fetch = async (url: string): Promise<Response> => {
    requests.push(url)
    return responses[url]?.() ?? new Response(null, { status: 404 })
  }
  return { requests, fetch }
}

const json = (document: unknown) => () => Response.json(document)
const hang = () => new Promise<Response>(() => {})

async function failureOf(discovery: Promise<unknown>): Promise<UpstreamError> {
  const error = await discovery.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (error instanceof UpstreamError) return error
  throw error ?? new Error('It was found.')
}

describe('discoverAuthorizationServer()', () => {
  it('fetches one type of document where type is set', async () => {
    for (const [type, url] of [
      ['oauth', FIRST],
      ['oidc', THIRD],
    ] as const) {
      const { fetch, requests } = network({ [url]: json({ issuer: ISSUER }) })
      await discoverAuthorizationServer(ISSUER, { fetch, type })
      expect(requests).toEqual([url])
    }
  })

  it('fails with the error of the URL that exists', async () => {
    const { fetch } = network({
      [SECOND]: () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } }),
    })
    const error = await failureOf(discoverAuthorizationServer(ISSUER, { fetch }))
    expect(error).toMatchObject({ name: 'UpstreamError', code: 'not_json', url: SECOND })
    expect(error.message).toBe(
      [
        `${FIRST} answered with status 404`,
        `${SECOND} did not answer with application/json`,
        `${THIRD} answered with status 404`,
      ].join('; '),
    )
  })

  it('fails with the error of the first URL if none exists', async () => {
    const { fetch } = network({})
    const error = await failureOf(discoverAuthorizationServer(ISSUER, { fetch }))
    expect(error).toMatchObject({ code: 'status', url: FIRST })
  })

  it('prefers the error of a document to that of a status', async () => {
    const { fetch } = network({
      [FIRST]: () => new Response(null, { status: 500 }),
      [THIRD]: () => new Response('<html>', { headers: { 'Content-Type': 'text/html' } }),
    })
    const error = await failureOf(discoverAuthorizationServer(ISSUER, { fetch }))
    expect(error).toMatchObject({ code: 'not_json', url: THIRD, status: 200 })
  })

  it('prefers a status that is not 404', async () => {
    const { fetch } = network({ [SECOND]: () => new Response(null, { status: 500 }) })
    const error = await failureOf(discoverAuthorizationServer(ISSUER, { fetch }))
    expect(error).toMatchObject({ code: 'status', url: SECOND, status: 500 })
  })

  it('reads at most 64 KiB by default', async () => {
    for (const [size, isRead] of [
      [65_536, true],
      [65_537, false],
    ] as const) {
      const document = { issuer: ISSUER, padding: '' }
      document.padding = 'x'.repeat(size - JSON.stringify(document).length)
      const { fetch } = network({ [FIRST]: json(document) })
      const discovery = discoverAuthorizationServer(ISSUER, { fetch, type: 'oauth' })
      if (isRead) expect(await discovery).toEqual(document)
      else expect(await failureOf(discovery)).toMatchObject({ code: 'too_large', url: FIRST })
    }
  })

  it('accepts endpoints without TLS only with dangerouslyAllowHttp', async () => {
    const document = { issuer: ISSUER, jwks_uri: 'http://as.example/jwks' }
    const { fetch } = network({ [FIRST]: json(document) })
    const rejected = discoverAuthorizationServer(ISSUER, { fetch })
    expect(await failureOf(rejected)).toMatchObject({ code: 'invalid_document', url: FIRST })
    const options = { fetch, dangerouslyAllowHttp: true }
    expect(await discoverAuthorizationServer(ISSUER, options)).toEqual(document)
  })

  it('repeats at most 256 visible characters of another issuer', async () => {
    const issuer = `https://evil.example/\u202e${'x'.repeat(300)}`
    const { fetch } = network({ [FIRST]: json({ issuer }) })
    const { message } = await failureOf(discoverAuthorizationServer(ISSUER, { fetch }))
    const shown = `https://evil.example/\ufffd${'x'.repeat(233)}…`
    expect(message).toBe(`${FIRST} does not fit: issuer: expected ${ISSUER}, found "${shown}"`)
  })

  it('shortens the issuer of the document in messages', async () => {
    const issuer = `https://evil.example/\n${'x'.repeat(5000)}`
    const { fetch } = network({ [FIRST]: json({ issuer }) })
    const { message } = await failureOf(discoverAuthorizationServer(ISSUER, { fetch }))
    expect(message).toContain('found "https://evil.example/\ufffdxxx')
    expect(message).not.toContain('\n')
    expect(message.length).toBeLessThan(500)
  })

  it('reads at most maxBytes', async () => {
    const document = { issuer: ISSUER, padding: 'x'.repeat(100) }
    const { fetch, requests } = network({ [FIRST]: json(document) })
    const options = { fetch, type: 'oauth' } as const
    const size = JSON.stringify(document).length
    expect(await discoverAuthorizationServer(ISSUER, { ...options, maxBytes: size })).toEqual(
      document,
    )
    const small = discoverAuthorizationServer(ISSUER, { ...options, maxBytes: size - 1 })
    expect(await failureOf(small)).toMatchObject({ code: 'too_large', url: FIRST })
    expect(requests).toHaveLength(2)
  })

  it('accepts http beyond loopback only with dangerouslyAllowHttp', async () => {
    const issuer = 'http://as.example'
    const { fetch, requests } = network({
      'http://as.example/.well-known/oauth-authorization-server': json({ issuer }),
    })
    await expect(discoverAuthorizationServer(issuer, { fetch })).rejects.toThrow(/https/)
    expect(requests).toEqual([])
    const options = { fetch, dangerouslyAllowHttp: true }
    expect(await discoverAuthorizationServer(issuer, options)).toEqual({ issuer })
  })

  it('uses the fetch that the host has at the time of the call', async () => {
    const { fetch, requests } = network({ [FIRST]: json({ issuer: ISSUER }) })
    vi.stubGlobal('fetch', fetch)
    try {
      expect(await discoverAuthorizationServer(ISSUER)).toEqual({ issuer: ISSUER })
    } finally {
      vi.unstubAllGlobals()
    }
    expect(requests).toEqual([FIRST])
  })
})

describe('transform', () => {
  const served = { issuer: 'https://AS.example/t1', scopes_supported: 'a b' }
  const transformed = { issuer: ISSUER, scopes_supported: ['a', 'b'] }
  const discover = (transform: DiscoveryOptions['transform']) =>
    discoverAuthorizationServer(ISSUER, { ...network({ [FIRST]: json(served) }), transform })

  it('changes the document before it is checked, synchronously or not', async () => {
    expect(await failureOf(discover(undefined))).toMatchObject({ code: 'invalid_document' })
    expect(await discover(() => transformed)).toEqual(transformed)
    expect(await discover(async () => transformed)).toEqual(transformed)
    const seen: unknown[] = []
    await discover((document) => {
      seen.push(structuredClone(document))
      return Object.assign(document, transformed)
    })
    expect(seen).toEqual([served])
  })

  it('does not bypass the comparison of the issuer', async () => {
    const error = await failureOf(discover((document) => ({ ...document, scopes_supported: [] })))
    expect(error.code).toBe('issuer_mismatch')
  })

  it.each([
    ['nothing', undefined, 'nothing'],
    ['null', null, 'null'],
    ['a list', [transformed], 'an array'],
    ['a text', JSON.stringify(transformed), 'a string'],
    ['a promise of nothing', Promise.resolve(), 'nothing'],
  ])('must not return %s', async (_what, value, kind) => {
    expect(await failureOf(discover(() => value))).toMatchObject({
      code: 'invalid_document',
      url: FIRST,
      message: `${FIRST} does not fit: transform: expected an object, returned ${kind}`,
    })
  })

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw new Error('secret')
      },
    ],
    ['rejects', () => Promise.reject(new Error('secret'))],
  ])(
    'that %s makes the document invalid, and its error is not repeated',
    async (_what, transform) => {
      const error = await failureOf(discover(transform))
      expect(error).toMatchObject({
        code: 'invalid_document',
        message: `${FIRST} does not fit: transform: threw an error`,
      })
      expect(error.cause).toBeUndefined()
    },
  )

  it('is called with JSON objects only', async () => {
    const transform = vi.fn(() => transformed)
    const { fetch, requests } = network({ [FIRST]: json([served]), [SECOND]: json(served) })
    expect(await discoverAuthorizationServer(ISSUER, { fetch, transform })).toEqual(transformed)
    expect(requests).toEqual([FIRST, SECOND])
    expect(transform.mock.calls).toEqual([[served]])
  })
})

describe('fetchAuthorizationServerMetadata()', () => {
  const url = 'https://as.example/custom/metadata.json'

  it('fetches exactly this URL', async () => {
    const { fetch, requests } = network({ [url]: json({ issuer: ISSUER }) })
    expect(await fetchAuthorizationServerMetadata(url, { fetch })).toEqual({ issuer: ISSUER })
    const missing = fetchAuthorizationServerMetadata(`${url}?x=1`, { fetch })
    expect(await failureOf(missing)).toMatchObject({ code: 'status', url: `${url}?x=1` })
    expect(requests).toEqual([url, `${url}?x=1`])
  })

  it('compares the issuer with the option', async () => {
    const { fetch } = network({ [url]: json({ issuer: ISSUER }) })
    const options = { fetch, issuer: ISSUER }
    expect(await fetchAuthorizationServerMetadata(url, options)).toEqual({ issuer: ISSUER })
    const other = fetchAuthorizationServerMetadata(url, { fetch, issuer: `${ISSUER}/` })
    expect(await failureOf(other)).toMatchObject({ code: 'issuer_mismatch', url })
  })

  it('accepts http beyond loopback only with dangerouslyAllowHttp', async () => {
    const plain = 'http://as.example/metadata.json'
    const { fetch, requests } = network({ [plain]: json({ issuer: ISSUER }) })
    const rejected = fetchAuthorizationServerMetadata(plain, { fetch })
    await expect(rejected).rejects.toMatchObject({ name: 'ConfigError' })
    expect(requests).toEqual([])
    const options = { fetch, dangerouslyAllowHttp: true }
    expect(await fetchAuthorizationServerMetadata(plain, options)).toEqual({ issuer: ISSUER })
  })

  it('applies transform and checks the result', async () => {
    const { fetch } = network({ [url]: json({ issuer: 5 }) })
    const error = await failureOf(fetchAuthorizationServerMetadata(url, { fetch }))
    expect(error.code).toBe('invalid_document')
    const transform = async () => ({ issuer: ISSUER })
    expect(await fetchAuthorizationServerMetadata(url, { fetch, transform })).toEqual({
      issuer: ISSUER,
    })
  })

  it.each(['http://as.example/metadata', 'metadata', '', 'https://a:b@as.example/metadata'])(
    'rejects the URL %j',
    async (url) => {
      const { fetch, requests } = network({})
      await expect(fetchAuthorizationServerMetadata(url, { fetch })).rejects.toMatchObject({
        name: 'ConfigError',
        problems: [{ path: 'url', message: expect.stringMatching(/./) }],
      })
      expect(requests).toEqual([])
    },
  )
})

describe('discover()', () => {
  const policy = { timeoutMs: 5000, maxBytes: 65_536, allowHttp: false }

  it('says where the document was found', async () => {
    const { fetch } = network({ [SECOND]: json({ issuer: ISSUER }) })
    const plan = { urls: [FIRST, SECOND], issuers: [ISSUER], transform: undefined }
    expect(await discover(plan, { ...policy, fetch })).toMatchObject({
      ok: true,
      value: { url: SECOND, value: { issuer: ISSUER } },
    })
  })

  it('names every issuer that it expects, and the one that it found', async () => {
    const { fetch } = network({ [FIRST]: json({ issuer: 'https://other.example' }) })
    const issuers = [ISSUER, 'https://old.example']
    const plan = { urls: [FIRST, SECOND], issuers, transform: undefined }
    const outcome = await discover(plan, { ...policy, fetch })
    expect(outcome).toMatchObject({
      ok: false,
      error: {
        code: 'issuer_mismatch',
        url: FIRST,
        expected: [ISSUER, 'https://old.example'],
        received: ['https://other.example'],
        message: `${FIRST} does not fit: issuer: expected ${ISSUER} or https://old.example, found "https://other.example"`,
      },
    })
  })

  it('names the origin that a URL redirects to, which is not followed', async () => {
    const location = { headers: { Location: 'https://moved.example/x' }, status: 302 }
    const { fetch, requests } = network({ [FIRST]: () => new Response(null, location) })
    const plan = { urls: [FIRST], issuers: [ISSUER], transform: undefined }
    expect(await discover(plan, { ...policy, fetch })).toMatchObject({
      ok: false,
      error: { url: FIRST, status: 302, received: ['https://moved.example'] },
    })
    expect(requests).toEqual([FIRST])
  })
})

describe('the deadline', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** Starts the work, advances the clock, and returns whether the work has ended. */
  async function after(milliseconds: number, discovery: Promise<unknown>) {
    let error: unknown
    discovery.catch((thrown: unknown) => {
      error = thrown
    })
    await vi.advanceTimersByTimeAsync(milliseconds)
    return error
  }

  it('is shared by all URLs', async () => {
    const { fetch, requests } = network({ [FIRST]: hang, [SECOND]: hang, [THIRD]: hang })
    const discovery = discoverAuthorizationServer(ISSUER, { fetch, timeoutMs: 1000 })
    expect(await after(999, discovery)).toBeUndefined()
    expect(await after(1, discovery)).toMatchObject({ code: 'timeout', url: FIRST })
    expect(requests).toEqual([FIRST, SECOND, THIRD])
  })

  it('is five seconds by default', async () => {
    const { fetch } = network({ [FIRST]: hang, [SECOND]: hang, [THIRD]: hang })
    const discovery = discoverAuthorizationServer(ISSUER, { fetch })
    expect(await after(4999, discovery)).toBeUndefined()
    expect(await after(1, discovery)).toMatchObject({ code: 'timeout' })
  })

  it('leaves time for the next URL when one hangs', async () => {
    const { fetch } = network({ [FIRST]: hang, [SECOND]: json({ issuer: ISSUER }) })
    const discovery = discoverAuthorizationServer(ISSUER, { fetch, timeoutMs: 1000 })
    await vi.advanceTimersByTimeAsync(500)
    expect(await discovery).toEqual({ issuer: ISSUER })
  })

  it('gives each URL half of the time that is left, and the last one all of it', async () => {
    const { fetch, requests } = network({ [FIRST]: hang, [SECOND]: hang, [THIRD]: hang })
    const discovery = discoverAuthorizationServer(ISSUER, { fetch, timeoutMs: 1000 })
    const counts: number[] = []
    for (const milliseconds of [499, 1, 249, 1]) {
      await after(milliseconds, discovery)
      counts.push(requests.length)
    }
    expect(counts).toEqual([1, 2, 2, 3])
    expect(await after(250, discovery)).toMatchObject({ code: 'timeout' })
  })

  it('includes the transform', async () => {
    const { fetch } = network({ [FIRST]: json({ issuer: ISSUER }) })
    const transform = () => new Promise(() => {})
    const discovery = discoverAuthorizationServer(ISSUER, { fetch, transform, timeoutMs: 1000 })
    expect(await after(999, discovery)).toBeUndefined()
    expect(await after(1, discovery)).toMatchObject({
      code: 'timeout',
      url: FIRST,
      message: `${FIRST} does not fit: transform: did not end within 1000 ms`,
    })
  })

  it('leaves no timer behind', async () => {
    const { fetch } = network({ [FIRST]: json({ issuer: ISSUER }) })
    await discoverAuthorizationServer(ISSUER, { fetch })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('aborts requests that it no longer awaits', async () => {
    const aborted: string[] = []
    const fetch = (url: string, init?: RequestInit) =>
      new Promise<Response>((_resolve, reject) => {
        init?.signal?.addEventListener('abort', () => {
          aborted.push(url)
          reject(init.signal?.reason)
        })
      })
    const discovery = discoverAuthorizationServer(ISSUER, { fetch, timeoutMs: 1000 })
    await after(1000, discovery)
    expect(aborted).toEqual([FIRST, SECOND, THIRD])
  })
})
