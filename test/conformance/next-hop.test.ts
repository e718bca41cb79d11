/** SEC-08 and SEC-01 at the next hop: where exchanged and inbound tokens go, and where they do not. */

import { inspect } from 'node:util'
import { describe, expect, it, vi } from 'vitest'
import { createTokenExchange, ExchangeError, toElicitation } from '../../src/exchange/index.ts'
import { type AuthContext, challengeResponse } from '../../src/index.ts'
import { API, createExchangeScene, type Seen, TOKEN_ENDPOINT } from '../support/exchange.ts'
import { ISSUER } from '../support/issuer.ts'
import {
  everythingIn,
  everythingOf,
  expectNowhere,
  partsWorthHiding,
  spellings,
} from '../support/leak.ts'
import { serve } from '../support/loopback.ts'

const EXCHANGED = 'exchanged-MARKER-token'

function issueMarked(): Response {
  return Response.json({ access_token: EXCHANGED, token_type: 'Bearer', expires_in: 300 })
}

describe('SEC-08', () => {
  it.each([
    'https://api.example.evil.example/',
    'https://evil.example/',
    'http://api.example/',
    'https://api.example:444/',
    'https://api.example@evil.example/',
    'blob:https://api.example/f00d',
  ])('SEC-08: exchange.fetch to %s throws, and nothing is sent', async (url) => {
    const { exchange, auth, asked, called, strayed } = await createExchangeScene()
    await expect(exchange.fetch(auth, url)).rejects.toThrow(TypeError)
    await exchange.exchange(auth)
    await expect(exchange.fetch(auth, url)).rejects.toThrow(TypeError)
    expect(asked).toHaveLength(1)
    expect([...called, ...strayed]).toEqual([])
  })

  it('SEC-08: the exchanged token is not sent along a redirect', async () => {
    await using other = await serve((_req, res) => res.end('stolen'))
    await using api = await serve((_req, res) =>
      res.writeHead(307, { Location: `${other.origin}/` }).end(),
    )
    const { auth } = await createExchangeScene()
    const exchange = createTokenExchange({
      ...(await loopback(issueMarked)),
      target: { resource: `${api.origin}/` },
      authorizationServer: {
        issuer: ISSUER,
        metadata: { issuer: ISSUER, token_endpoint: TOKEN_ENDPOINT },
      },
    })
    const response = await exchange.fetch(auth, `${api.origin}/`, { redirect: 'follow' })
    expect(response.status).toBe(307)
    expect(api.requests).toEqual(['GET /'])
    expect(other.requests).toEqual([])
  })

  it('SEC-08: the client and the inbound token are not sent along a redirect of a token endpoint', async () => {
    const redirect = () => Response.redirect('https://evil.example/token', 307)
    const { exchange, auth, asked, strayed } = await createExchangeScene({ issue: redirect })
    expect(await exchange.exchange(auth)).toMatchObject({ ok: false, code: 'unavailable' })
    expect(asked.map(({ init }) => init.redirect)).toEqual(['manual'])
    expect(strayed).toEqual([])
  })
})

describe('SEC-01', () => {
  it('SEC-01: the inbound token goes to the token endpoint of its own issuer only', async () => {
    const { exchange, auth, token, asked, called, strayed } = await createExchangeScene()
    const headers = { Authorization: `Bearer ${token}` }
    await exchange.fetch(auth, `${API}/`, { headers })
    expect(asked.map(({ url, form }) => [url, form['subject_token']])).toEqual([
      [TOKEN_ENDPOINT, token],
    ])
    for (const part of partsWorthHiding(token)) {
      expect(everythingIn(called.map(everySent))).not.toContain(part)
    }
    const foreign: AuthContext = { ...auth, issuer: 'https://other.example', token: `${token}x` }
    expect(await exchange.exchange(foreign)).toEqual({ ok: false, code: 'subject_not_accepted' })
    expect(asked).toHaveLength(1)
    expect(strayed).toEqual([])
  })

  it('SEC-01: no error, event, log or printed object contains a token', async () => {
    const came: unknown[] = []
    const logs = (['log', 'warn', 'error', 'debug'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...given) => void came.push(given)),
    )
    const secrets: string[] = []
    for (const { issue, serveApi } of FAULTS) {
      const { exchange, auth, token, scene } = await createExchangeScene({
        issue: issue ?? issueMarked,
        serve: serveApi ?? (() => new Response('served')),
        client: { id: 'notes', secret: 'client-MARKER-secret' },
        timeoutMs: 50,
      })
      secrets.push(...spellings(...partsWorthHiding(token), EXCHANGED, 'client-MARKER-secret'))
      const failure = await exchange.exchange(auth)
      if (!failure.ok) {
        const error = new ExchangeError(failure)
        const response = challengeResponse(error, scene.resource)
        came.push(failure, error, toElicitation(failure), ...(await everythingOf(response)))
      }
      came.push(await exchange.fetch(auth, `${API}/`).catch((error: unknown) => error))
      came.push(await exchange.fetch(auth, 'https://evil.example/').catch((error) => error))
      came.push(
        exchange,
        inspect(exchange, { depth: 9, showHidden: true }),
        JSON.stringify(exchange),
      )
      came.push(scene.events)
    }
    for (const log of logs) log.mockRestore()
    expectNowhere(secrets, came)
  })
})

interface Fault {
  readonly issue?: (seen: Seen) => Response | Promise<Response>
  readonly serveApi?: (seen: Seen) => Response | Promise<Response>
}

/** Failing paths, with servers that repeat what they received wherever they can. */
const FAULTS: readonly Fault[] = [
  {},
  { issue: (seen) => Promise.reject(new TypeError(JSON.stringify(seen.form))) },
  { issue: (seen) => new Response(seen.form['subject_token'] ?? '') },
  { issue: (seen) => Response.json({ error: seen.form['subject_token'] }, { status: 400 }) },
  {
    issue: ({ form }) =>
      Response.json(
        { error: 'consent_required', error_uri: `https://as.example/?${form['subject_token']}` },
        { status: 400 },
      ),
  },
  {
    issue: ({ form }) =>
      Response.json(
        { error: 'interaction_required', claims: `{"a":"${form['subject_token']}"}` },
        { status: 400 },
      ),
  },
  { issue: ({ form }) => Response.redirect(`https://evil.example/?${form['subject_token']}`) },
  { issue: () => new Promise(() => {}) },
  { issue: () => Response.json({ access_token: EXCHANGED, token_type: 'mac' }) },
  { serveApi: (seen) => Promise.reject(new TypeError(String(seen.headers.get('Authorization')))) },
  { serveApi: () => new Promise(() => {}) },
]

function everySent({ url, headers, init }: Seen): unknown {
  return [url, headers, init.body]
}

/** A client whose token endpoint is scripted and whose API is real. */
async function loopback(issue: () => Response) {
  return {
    client: { id: 'notes', secret: 'secret' },
    fetch: (url: string, init?: RequestInit) =>
      url === TOKEN_ENDPOINT ? Promise.resolve(issue()) : fetch(url, init),
  }
}
