/** A token exchange: a program that runs on each runtime with the built package, without a network. */

import { type AuthContext, protectedResource, verifyAccessToken } from 'mcp-gatehouse'
import { createTokenExchange, ExchangeError, type TokenExchange } from 'mcp-gatehouse/exchange'
import { createTestIssuer } from 'mcp-gatehouse/testing'

const ISSUER = 'https://issuer.test'
const RESOURCE = 'https://rs.example/mcp'
const API = 'https://api.example'

/** The requests that the fake servers received. */
export interface Counts {
  exchanges: number
  calls: number
}

export interface Fixture {
  readonly exchange: TokenExchange
  readonly counts: Counts
  readonly context: () => Promise<AuthContext>
}

/** The name of what was tried, and what came out. */
export type Report = Readonly<Record<string, unknown>>

/**
 * @param delayMs How long the token endpoint takes.
 * @param api The URL of a real API, in place of the fake one.
 */
export function createFixture(delayMs = 0, api?: string): Fixture {
  const issuer = createTestIssuer({ issuer: ISSUER, resource: RESOURCE })
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [ISSUER],
    fetch: issuer.fetch,
  })
  const counts: Counts = { exchanges: 0, calls: 0 }
  const exchange = createTokenExchange({
    authorizationServer: {
      issuer: ISSUER,
      metadata: { issuer: ISSUER, token_endpoint: `${ISSUER}/token` },
    },
    client: { id: 'notes', secret: 'secret' },
    target: { resource: `${api ?? API}/` },
    fetch: async (url, init) => {
      if (url === `${ISSUER}/token`) return issue(counts, delayMs, new Headers(init?.headers))
      if (api !== undefined) return fetch(url, init)
      return serve(url, counts, new Headers(init?.headers))
    },
  })
  const context = async () => verifyAccessToken(await issuer.token(), resource)
  return { exchange, counts, context }
}

/** Runs on every runtime. */
export async function tryExchange(): Promise<Report> {
  const { exchange, counts, context } = createFixture()
  const auth = await context()
  const tokens = await Promise.all(Array.from({ length: 20 }, () => exchange.exchange(auth)))
  const first = tokens[0]
  const concurrent = { ...counts, sameToken: new Set(tokens).size === 1 }
  const response = await exchange.fetch(auth, `${API}/v1`, { method: 'POST', body: 'text' })
  const redirect = await exchange.fetch(auth, `${API}/redirect`)
  const stream = new Blob(['text']).stream()
  const streamed = await exchange.fetch(auth, `${API}/v1`, { method: 'POST', body: stream })
  const foreign = await exchange.fetch(auth, 'https://other.example/').catch(nameOf)
  const aborted = await exchange
    .fetch(auth, `${API}/v1`, { signal: AbortSignal.abort() })
    .catch(nameOf)
  const bound = await exchange.fetch(auth, `${API}/bound`)
  const refused = await exchange.exchange({ ...auth, issuer: 'https://other.example' })
  return {
    concurrent,
    tokenType: first?.ok === true ? first.tokenType : undefined,
    response: [response.status, await response.text()],
    redirect: redirect.status,
    streamed: streamed.status,
    foreign,
    aborted,
    bound: [bound.status, await bound.text()],
    refused: refused.ok ? 'ok' : new ExchangeError(refused).message,
    counts: { ...counts },
  }
}

/** Sends a POST of each kind of body on a connection that has served another call before. */
export async function postOnReused(api: string): Promise<Report> {
  const { exchange, context } = createFixture(0, api)
  const auth = await context()
  const form = new FormData()
  form.set('a', 'b')
  const bodies = { text: 'a', bytes: new Uint8Array([97]), query: new URLSearchParams('a=b'), form }
  const outcomes: Record<string, unknown> = {}
  for (const [name, body] of Object.entries(bodies)) {
    await (await exchange.fetch(auth, `${api}/up`)).text()
    const call = exchange.fetch(auth, `${api}/${name}`, { method: 'POST', body })
    outcomes[name] = await call.then(({ status }) => status, nameOf)
  }
  return outcomes
}

async function issue(counts: Counts, delayMs: number, headers: Headers): Promise<Response> {
  counts.exchanges += 1
  const number = counts.exchanges
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
  return Response.json({
    access_token: `exchanged-${number}`,
    token_type: headers.has('DPoP') ? 'DPoP' : 'Bearer',
    expires_in: 300,
  })
}

function serve(url: string, counts: Counts, headers: Headers): Response {
  counts.calls += 1
  const authorization = headers.get('Authorization') ?? ''
  if (url.endsWith('/redirect')) {
    return new Response(null, { status: 302, headers: { Location: 'https://other.example/' } })
  }
  if (url.endsWith('/bound') && !headers.has('DPoP')) {
    const challenge = { 'WWW-Authenticate': 'DPoP algs="ES256"' }
    return new Response(null, { status: 401, headers: challenge })
  }
  return new Response(authorization.split(' ')[0])
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error)
}
