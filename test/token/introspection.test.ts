import { afterEach, describe, expect, it, vi } from 'vitest'
import { Patience } from '../../src/documents/patience.ts'
import type { DocumentEvent } from '../../src/events.ts'
import { Circuit } from '../../src/lib/circuit.ts'
import type { IntrospectionOptions } from '../../src/options.ts'
import { Introspection } from '../../src/token/introspection.ts'
import { createClock, START } from '../support/clock.ts'

const ISSUER = 'https://as.example'
const ENDPOINT = `${ISSUER}/introspect`

function introspectionWith(
  fetch: (url: string, init?: RequestInit) => Promise<Response>,
  more: Partial<IntrospectionOptions> = {},
  now: () => number = () => START,
  tell: (event: DocumentEvent) => void = () => {},
  metadata: { readonly issuer: string } = { issuer: ISSUER },
): Introspection {
  return new Introspection(
    { kind: 'introspection', endpoint: ENDPOINT, clientId: 'us', clientSecret: 's', ...more },
    {
      issuer: ISSUER,
      resource: 'https://rs.example/mcp',
      documents: {
        metadata,
        circuit: new Circuit({ maxCalls: 2, callSeconds: 5 }),
      } as never,
      ports: {
        policy: { fetch, timeoutMs: 100, maxBytes: 65_536, allowHttp: false },
        now,
        staleIfErrorSeconds: 0,
        shared: undefined,
        tell,
      },
      toleranceSeconds: 30,
    },
  )
}

/** Asks ten times, a second apart, at a server that gives one answer, and counts what it was asked. */
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
    const { ok, ...rest } = await introspection.ask('token', new Patience())
    expect({ ok, ...rest }).toMatchObject({ ok: false, error: { code: 'unavailable' } })
    clock.advance(0.09)
  }
  return calls
}

describe('Introspection spares the server', () => {
  it.each([401, 403, 404, 405, 408, 429, 500, 503])('after five answers of %d', async (status) => {
    expect(await callsOfTen(status)).toBe(5)
  })

  it.each([400, 402, 406, 407, 409, 410, 422, 428, 430, 499])(
    'not for %d, which may be the fault of the token',
    async (status) => {
      expect(await callsOfTen(status)).toBe(10)
    },
  )
})

describe('Introspection', () => {
  afterEach(() => void vi.useRealTimers())

  it('is named by its issuer to a request that cannot wait for an answer any longer', async () => {
    vi.useFakeTimers()
    const patience = new Patience()
    patience.remainingMs(100)
    await vi.advanceTimersByTimeAsync(60)
    const { promise: asked, resolve: tell } = Promise.withResolvers<void>()
    const silent = (): Promise<Response> => {
      tell()
      return new Promise(() => {})
    }
    const located = { issuer: ISSUER, introspection_endpoint: ENDPOINT }
    const options = { endpoint: undefined, cacheSeconds: 60 }
    const introspection = introspectionWith(silent, options, undefined, undefined, located)
    const answer = introspection.ask('t', patience)
    await asked
    await vi.advanceTimersByTimeAsync(40)
    expect(await answer).toMatchObject({
      ok: false,
      error: { code: 'unavailable', cause: { code: 'timeout', url: ISSUER } },
    })
  })

  it('asks for signed answers at its endpoint, and names that when one is none', async () => {
    const asked: string[] = []
    const events: DocumentEvent[] = []
    const answered = async (url: string, { method, body }: RequestInit = {}): Promise<Response> => {
      asked.push(`${method} ${url} ${body}`)
      const headers = { 'Content-Type': 'application/token-introspection+jwt' }
      return new Response('no JWT', { headers })
    }
    const introspection = introspectionWith(
      answered,
      { signedResponse: true },
      () => START,
      (event) => void events.push(event),
    )
    const answer = await introspection.ask('t', new Patience())
    expect(answer).toMatchObject({
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
      },
    ])
  })

  it('spares a server that cannot be reached', async () => {
    let calls = 0
    const broken = () => {
      calls += 1
      return Promise.reject(new Error('no'))
    }
    const introspection = introspectionWith(broken)
    for (let count = 0; count < 10; count++) await introspection.ask('t', new Patience())
    expect(calls).toBe(5)
  })

  it('shares no answer under way unless it was told to', async () => {
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
      const asked = [1, 2].map(() => introspection.ask('t', new Patience()))
      for (const answer of await Promise.all(asked)) expect(answer.ok).toBe(false)
      expect(calls).toBe(expected)
    }
  })

  it('names the endpoint where it has no answer, and the issuer where it knows none', async () => {
    const events: DocumentEvent[] = []
    const silent = () => new Promise<Response>(() => {})
    const tell = (event: DocumentEvent) => void events.push(event)
    const now = () => START
    const answer = await introspectionWith(silent, { cacheSeconds: 60 }, now, tell).ask(
      't',
      new Patience(),
    )
    expect(answer.ok ? undefined : answer.error).toMatchObject({
      code: 'unavailable',
      cause: { code: 'timeout', url: ENDPOINT },
    })
    const unlocated = introspectionWith(silent, { endpoint: undefined }, now, tell)
    const refused = await unlocated.ask('t', new Patience())
    expect(refused.ok ? undefined : refused.error).toMatchObject({
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
      missing: 'introspection_endpoint',
    })
  })

  it('fails by itself where its key cannot sign', async () => {
    let calls = 0
    const counting = async () => {
      calls += 1
      return new Response('{}')
    }
    const privateKey = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' }
    const introspection = introspectionWith(counting, { clientSecret: undefined, privateKey })
    expect(await introspection.ask('t', new Patience())).toEqual({
      ok: false,
      error: { code: 'internal' },
    })
    expect(calls).toBe(0)
  })
})
