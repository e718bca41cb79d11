import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { IssuerDocuments } from '../../src/authorization-server/documents.ts'
import { createKeySet } from '../../src/authorization-server/key-set.ts'
import { KeySource } from '../../src/authorization-server/key-source.ts'
import type { IntrospectionOptions } from '../../src/contract/access-token-options.ts'
import type { AuthorizationServerMetadata, Jwk } from '../../src/contract/documents.ts'
import { UpstreamError } from '../../src/contract/errors.ts'
import type { DocumentEvent } from '../../src/contract/events.ts'
import { givenDocument } from '../../src/documents/kept-document.ts'
import { RequestBudget } from '../../src/documents/request-budget.ts'
import { endpointHealthOf } from '../../src/opaque/endpoint-health.ts'
import { Introspection } from '../../src/opaque/introspection.ts'
import { createClock, START } from '../support/clock.ts'

const ISSUER = 'https://as.example'
const ENDPOINT = `${ISSUER}/introspect`
const RESOURCE = 'https://rs.example/mcp'

function introspectionWith(
  fetch: (url: string, init?: RequestInit) => Promise<Response>,
  more: Partial<IntrospectionOptions> = {},
  now: () => number = () => START,
  report: (event: DocumentEvent) => void = () => {},
  documents: object = { metadata: givenDocument({ issuer: ISSUER }, ISSUER) },
): Introspection {
  return new Introspection(
    { kind: 'introspection', endpoint: ENDPOINT, clientId: 'us', clientSecret: 's', ...more },
    {
      issuer: ISSUER,
      audience: { resource: RESOURCE, accepted: [RESOURCE], allowMissing: false } as never,
      documents: documents as IssuerDocuments,
      ports: {
        policy: { fetch, timeoutMs: 100, maxBytes: 65_536, allowHttp: false },
        now,
        staleIfErrorSeconds: 0,
        shared: undefined,
        report,
      },
      toleranceSeconds: 30,
      isGood: (claims) => claims['aud'] === RESOURCE,
    },
  )
}

/** Introspects ten tokens at a server that always sends one response, and counts the requests. */
async function callsOfTen(status: number): Promise<number> {
  const clock = createClock()
  let calls = 0
  const introspection = introspectionWith(
    async () => {
      calls += 1
      return new Response('{}', { status, headers: { 'Content-Type': 'application/json' } })
    },
    {},
    clock.now,
  )
  for (let count = 0; count < 10; count++) {
    const { ok, ...rest } = await introspection.introspect(`token-${count}`, new RequestBudget())
    expect({ ok, ...rest }).toMatchObject({ ok: false, error: { code: 'unavailable' } })
    clock.advance(0.09)
  }
  return calls
}

describe('Introspection opens the circuit', () => {
  it.each([429, 503])('after five responses with status %d', async (status) => {
    expect(await callsOfTen(status)).toBe(5)
  })

  it.each([400, 401, 402, 403, 404, 405, 408, 410, 422, 428, 430, 499, 500, 501, 502, 504])(
    'not for status %d, which may be caused by the token',
    async (status) => {
      expect(await callsOfTen(status)).toBe(10)
    },
  )
})

describe('Introspection of a token that was accepted recently', () => {
  const CLAIMS = { active: true, aud: RESOURCE }

  /** A server that responds for one token only, once it is `good`. */
  function createServer(claims: Record<string, unknown> = CLAIMS) {
    const clock = createClock()
    const asked: string[] = []
    const state = { result: (): Response | Promise<Response> => Response.json(claims) }
    const introspection = introspectionWith(
      async (_url, init) => {
        const token = new URLSearchParams(String(init?.body)).get('token') ?? ''
        asked.push(token)
        return token === 'good' ? state.result() : new Response(null, { status: 503 })
      },
      {},
      clock.now,
    )
    const ask = async (token: string) => {
      const { ok, ...rest } = await introspection.introspect(token, new RequestBudget())
      return ok ? 'value' in rest && rest.value?.['active'] === true : rest
    }
    const open = async () => {
      for (let count = 0; count < 5; count++) await ask(`bad-${count}`)
      const before = asked.length
      expect(await ask('bad')).toMatchObject({ error: { code: 'unavailable' } })
      expect(asked).toHaveLength(before)
    }
    return { ask, asked, clock, open, state }
  }

  it('calls the server while the circuit is open', async () => {
    const { ask, asked, open } = createServer()
    expect(await ask('good')).toBe(true)
    await open()
    expect(await ask('good')).toBe(true)
    expect(asked.at(-1)).toBe('good')
  })

  it('does so for ten minutes after each response', async () => {
    const { ask, asked, clock, open } = createServer()
    await ask('good')
    clock.advance(599)
    await open()
    expect(await ask('good')).toBe(true)
    clock.advance(599)
    await open()
    expect(await ask('good')).toBe(true)
    clock.advance(600)
    await open()
    const before = asked.length
    expect(await ask('good')).toMatchObject({ error: { code: 'unavailable' } })
    expect(asked).toHaveLength(before)
  })

  it.each<[string, Record<string, unknown>]>([
    ['is not active any more', { active: false, aud: RESOURCE }],
    ['is for another audience', { active: true, aud: 'https://other.example' }],
    ['has an active that is not true', { active: 'true' }],
  ])('stops once it %s', async (_what, claims) => {
    const { ask, asked, open, state } = createServer()
    await ask('good')
    state.result = () => Response.json(claims)
    await ask('good')
    await open()
    const before = asked.length
    expect(await ask('good')).toMatchObject({ error: { code: 'unavailable' } })
    expect(asked).toHaveLength(before)
  })

  it('excludes a token that is active for another audience', async () => {
    const { ask, asked, open } = createServer({ active: true, aud: 'https://other.example' })
    expect(await ask('good')).toBe(true)
    await open()
    await ask('good')
    expect(asked.at(-1)).not.toBe('good')
  })

  it('does not count its failures, and calls again after each', async () => {
    const { ask, asked, state } = createServer()
    await ask('good')
    state.result = () => new Response(null, { status: 503 })
    for (let count = 0; count < 9; count++) {
      expect(await ask('good')).toMatchObject({ error: { code: 'unavailable' } })
    }
    expect(asked).toHaveLength(10)
    await ask('bad')
    expect(asked.at(-1)).toBe('bad')
  })
})

describe('Introspection', () => {
  afterEach(() => void vi.useRealTimers())

  it('names the issuer in the error of a request whose budget has ended', async () => {
    vi.useFakeTimers()
    const budget = new RequestBudget()
    budget.remainingMs(100)
    await vi.advanceTimersByTimeAsync(60)
    const { promise: asked, resolve: tell } = Promise.withResolvers<void>()
    const silent = (): Promise<Response> => {
      tell()
      return new Promise(() => {})
    }
    const document = { issuer: ISSUER, introspection_endpoint: ENDPOINT }
    const located = { metadata: givenDocument(document, ISSUER) }
    const options = { endpoint: undefined, cacheSeconds: 60 }
    const introspection = introspectionWith(silent, options, undefined, undefined, located)
    const result = introspection.introspect('t', budget)
    await asked
    await vi.advanceTimersByTimeAsync(40)
    expect(await result).toMatchObject({
      ok: false,
      error: { code: 'unavailable', cause: { code: 'timeout', url: ISSUER } },
    })
  })

  it('requests signed responses, and names the endpoint in the error for an unsigned one', async () => {
    const asked: string[] = []
    const events: DocumentEvent[] = []
    const respond = async (url: string, { method, body }: RequestInit = {}): Promise<Response> => {
      asked.push(`${method} ${url} ${body}`)
      const headers = { 'Content-Type': 'application/token-introspection+jwt' }
      return new Response('no JWT', { headers })
    }
    const introspection = introspectionWith(
      respond,
      { signedResponse: true },
      () => START,
      (event) => void events.push(event),
    )
    const result = await introspection.introspect('t', new RequestBudget())
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'unavailable', cause: { code: 'invalid_document', url: ENDPOINT } },
    })
    expect(asked).toEqual([`POST ${ENDPOINT} token=t&token_type_hint=access_token`])
    expect(events).toEqual([
      {
        type: 'document',
        issuer: ISSUER,
        url: ENDPOINT,
        outcome: 'failed',
        code: 'invalid_document',
        message: expect.stringContaining(`${ENDPOINT} does not fit: `),
      },
    ])
  })

  it('names the endpoint in the error for a response that is not a JSON object', async () => {
    const headers = { 'Content-Type': 'application/json' }
    const introspection = introspectionWith(async () => new Response('[]', { headers }))
    expect(await introspection.introspect('t', new RequestBudget())).toMatchObject({
      ok: false,
      error: {
        code: 'unavailable',
        cause: {
          code: 'not_json',
          url: ENDPOINT,
          message: `${ENDPOINT} did not answer with a JSON object`,
          status: 200,
        },
      },
    })
  })

  it('opens the circuit for an unreachable server', async () => {
    let calls = 0
    const broken = () => {
      calls += 1
      return Promise.reject(new Error('no'))
    }
    const introspection = introspectionWith(broken)
    for (let count = 0; count < 10; count++)
      await introspection.introspect(`t-${count}`, new RequestBudget())
    expect(calls).toBe(5)
  })

  it('shares calls in flight with cacheSeconds only', async () => {
    for (const [cacheSeconds, expected] of [
      [undefined, 2],
      [60, 1],
    ] as const) {
      let calls = 0
      const silent = () => {
        calls += 1
        return new Promise<Response>(() => {})
      }
      const introspection = introspectionWith(silent, { ...(cacheSeconds && { cacheSeconds }) })
      const asked = [1, 2].map(() => introspection.introspect('t', new RequestBudget()))
      for (const result of await Promise.all(asked)) expect(result.ok).toBe(false)
      expect(calls).toBe(expected)
    }
  })

  it('names the endpoint in its errors, and the issuer where the endpoint is unknown', async () => {
    const events: DocumentEvent[] = []
    const silent = () => new Promise<Response>(() => {})
    const tell = (event: DocumentEvent) => void events.push(event)
    const now = () => START
    const result = await introspectionWith(silent, { cacheSeconds: 60 }, now, tell).introspect(
      't',
      new RequestBudget(),
    )
    expect(result.ok ? undefined : result.error).toMatchObject({
      code: 'unavailable',
      cause: { code: 'timeout', url: ENDPOINT },
    })
    const unlocated = introspectionWith(silent, { endpoint: undefined }, now, tell)
    const rejected = await unlocated.introspect('t', new RequestBudget())
    expect(rejected.ok ? undefined : rejected.error).toMatchObject({
      code: 'unavailable',
      cause: {
        code: 'invalid_document',
        url: ISSUER,
        message: `${ISSUER} does not fit: it has no introspection_endpoint`,
      },
    })
    expect(events.at(-1)).toEqual({
      type: 'document',
      issuer: ISSUER,
      url: ISSUER,
      outcome: 'failed',
      code: 'invalid_document',
      message: `${ISSUER} does not fit: it has no introspection_endpoint`,
      missing: 'introspection_endpoint',
    })
  })

  it('counts a call as ended after the time limit of the server', () => {
    const metadata = givenDocument<AuthorizationServerMetadata>({ issuer: ISSUER }, ISSUER)
    const rules = { now: () => START, acceptsKeyIssuer: () => true, report: () => {} }
    const keys = new KeySource(givenDocument(createKeySet({ keys: [] }), ISSUER), rules)
    const documents: IssuerDocuments = { metadata, keys }
    const respond = async () => Response.json({})
    introspectionWith(respond, {}, undefined, undefined, documents)
    const { circuit } = endpointHealthOf(documents, 99)
    for (let count = 0; count < 128; count++) circuit.start(START)
    expect(circuit.start(START + 0.09995)).toEqual({ ok: false, error: 1 })
    expect(circuit.start(START + 0.10005)).toMatchObject({ ok: true })
  })

  it.each<[Record<string, unknown>, object]>([
    [{ active: false }, { ok: true, value: undefined }],
    [{ active: 'false' }, { ok: false, error: { code: 'token_inactive' } }],
    [{ active: 'true' }, { ok: false, error: { code: 'token_inactive' } }],
    [{}, { ok: false, error: { code: 'token_inactive' } }],
  ])('reads %j as %j', async (response, result) => {
    const introspection = introspectionWith(async () => Response.json(response))
    expect(await introspection.introspect('t', new RequestBudget())).toEqual(result)
  })

  it('fails with the error of the metadata that has its endpoint', async () => {
    const events: DocumentEvent[] = []
    const cause = new UpstreamError('status', `${ISSUER}/metadata`, { status: 500 })
    const metadata = { read: async () => ({ ok: false, error: cause }) }
    const introspection = introspectionWith(
      async () => Response.json({ active: true }),
      { endpoint: undefined },
      () => START,
      (event) => void events.push(event),
      { metadata },
    )
    expect(await introspection.introspect('t', new RequestBudget())).toEqual({
      ok: false,
      error: { code: 'unavailable', cause },
    })
    const event = { type: 'document', issuer: ISSUER, outcome: 'failed', code: 'status' }
    const { message } = cause
    expect(events).toEqual([{ ...event, message, url: `${ISSUER}/metadata`, status: 500 }])
  })

  it('tolerates thirty seconds after the end of a signed response, and no more', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const keys = new KeySource(
      givenDocument(createKeySet({ keys: [(await exportJWK(publicKey)) as Jwk] }), ISSUER),
      {
        now: () => START,
        acceptsKeyIssuer: () => true,
        report: () => {},
      },
    )
    const outcomeWith = async (exp: number) => {
      const jwt = await new SignJWT({ token_introspection: { active: true, sub: 'alice' }, exp })
        .setProtectedHeader({ alg: 'ES256', typ: 'token-introspection+jwt' })
        .setIssuer(ISSUER)
        .setAudience('us')
        .setIssuedAt(START)
        .sign(privateKey)
      const headers = { 'Content-Type': 'application/token-introspection+jwt' }
      const respond = async () => new Response(jwt, { headers })
      const documents = { metadata: givenDocument({ issuer: ISSUER }, ISSUER), keys }
      const options = { signedResponse: true }
      const signed = introspectionWith(respond, options, undefined, undefined, documents)
      return signed.introspect('t', new RequestBudget())
    }
    expect(await outcomeWith(START - 29)).toEqual({
      ok: true,
      value: { active: true, sub: 'alice' },
    })
    expect(await outcomeWith(START - 30)).toMatchObject({
      ok: false,
      error: { code: 'unavailable', cause: { code: 'invalid_document', url: ENDPOINT } },
    })
  })

  it('authenticates with the credentials and the method of its options', async () => {
    const posted: { headers: Headers; form: Record<string, string> }[] = []
    const respond = async (_url: string, { headers, body }: RequestInit = {}) => {
      const form = Object.fromEntries(new URLSearchParams(String(body)))
      posted.push({ headers: new Headers(headers), form })
      return Response.json({ active: false })
    }
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const token = { token: 't', token_type_hint: 'access_token' }
    for (const options of [
      {},
      { authMethod: 'client_secret_post' as const },
      {
        clientSecret: undefined,
        privateKey: { ...(await exportJWK(privateKey)), alg: 'ES256' } as Jwk,
        keyId: 'key-1',
      },
    ]) {
      await introspectionWith(respond, options).introspect('t', new RequestBudget())
    }
    const [basic, post, assertion] = posted
    expect(basic?.headers.get('Authorization')).toBe(`Basic ${btoa('us:s')}`)
    expect(basic?.form).toEqual(token)
    expect(post?.headers.get('Authorization')).toBeNull()
    expect(post?.form).toEqual({ ...token, client_id: 'us', client_secret: 's' })
    const [header = ''] = assertion?.form['client_assertion']?.split('.') ?? []
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toMatchObject({
      alg: 'ES256',
      kid: 'key-1',
    })
  })

  it('fails with internal where its key cannot sign', async () => {
    let calls = 0
    const counting = async () => {
      calls += 1
      return new Response('{}')
    }
    const privateKey = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' }
    const introspection = introspectionWith(counting, { clientSecret: undefined, privateKey })
    expect(await introspection.introspect('t', new RequestBudget())).toEqual({
      ok: false,
      error: { code: 'internal', option: 'accessToken.privateKey' },
    })
    expect(calls).toBe(0)
  })
})
