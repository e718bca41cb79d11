import { describe, expect, it } from 'vitest'
import { Patience } from '../../src/documents/patience.ts'
import { Circuit } from '../../src/lib/circuit.ts'
import { Introspection } from '../../src/token/introspection.ts'
import { createClock } from '../support/clock.ts'

const ENDPOINT = 'https://as.example/introspect'

/** Asks ten times, a second apart, at a server that gives one answer, and counts what it was asked. */
async function callsOfTen(status: number): Promise<number> {
  const clock = createClock()
  let calls = 0
  const introspection = new Introspection(
    { kind: 'introspection', endpoint: ENDPOINT, clientId: 'us', clientSecret: 's' },
    {
      issuer: 'https://as.example',
      resource: 'https://rs.example/mcp',
      documents: { circuit: new Circuit({ maxCalls: 1, callSeconds: 5 }) } as never,
      ports: {
        policy: {
          fetch: async () => {
            calls += 1
            return new Response('{}', { status, headers: { 'Content-Type': 'application/json' } })
          },
          timeoutMs: 5000,
          maxBytes: 65_536,
          allowHttp: false,
        },
        now: clock.now,
        staleIfErrorSeconds: 0,
        shared: undefined,
        tell: () => {},
      },
      toleranceSeconds: 30,
    },
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
