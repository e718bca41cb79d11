/** The demo's MCP server in five conditions. The rejections are its own. */

import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { AccessTokenKind, ProtectedResourceOptions } from 'mcp-gatehouse'
import { listen, stop } from '../../examples/demo/listen.ts'
import { createNotesServer } from '../../examples/demo/mcp-server.ts'
import { createIssueTimes } from './issue-times.ts'
import { withSessions } from './sessions.ts'
import type { Condition } from './steps.ts'

export interface NotesServer {
  readonly url: string
  /** Serves requests from now on. */
  trust(issuers: Issuers): void
  setCondition(condition: Condition): void
  close(): Promise<void>
}

export interface Issuers {
  readonly issuer: string
  /** The one that the resource moves to. */
  readonly next?: string | undefined
  /** How their tokens are verified. */
  readonly accessToken?: AccessTokenKind | undefined
}

/** What only some situations have. */
export interface NotesFeatures {
  readonly hasSessions: boolean
  /** Whether each token must be bound to a key. */
  readonly requiresDpop: boolean
  /** Whether its URL has no path. */
  readonly isOrigin: boolean
}

type Serve = (request: Request) => Response | Promise<Response>

/** As the demo has them. */
const COMMON = {
  requiredScopes: ['notes:read'],
  scopesSupported: ['notes:read', 'notes:write'],
  serveAuthorizationServerMetadata: true,
}
const OPTIONS: Partial<ProtectedResourceOptions> = {
  operations: { 'tools/call add_note': ['notes:write'], 'tools/call delete_note': ['notes:admin'] },
}
const BOUND: Partial<ProtectedResourceOptions> = {
  dpop: { required: true },
  // Otherwise a warning about several instances is printed.
  onEvent: () => undefined,
}
/** Where the demo serves MCP. */
const ENDPOINT = '/mcp'
/** Longer than any token lives. */
const LATER_SECONDS = 24 * 3600

export async function startNotesServer({
  hasSessions,
  requiresDpop,
  isOrigin,
}: NotesFeatures): Promise<NotesServer> {
  const issuedAt = createIssueTimes()
  /** Tokens that were issued before this second have expired. */
  let expiredBefore = 0
  let issuers: Issuers
  let serve: Serve
  let serveLater: Serve
  let outage: Serve | undefined
  const fetch = (received: Request) => {
    const request = isOrigin ? toEndpoint(received) : received
    const [, token] = request.headers.get('Authorization')?.split(' ') ?? []
    const isExpired = token !== undefined && issuedAt(token) < expiredBefore
    return (outage ?? (isExpired ? serveLater : serve))(request)
  }
  const server = createAdaptorServer({ fetch, overrideGlobalObjects: false }) as Server
  const origin = await listen(server)
  const url = isOrigin ? origin : `${origin}${ENDPOINT}`
  const create = (issuer: string, options: Partial<ProtectedResourceOptions> = {}): Serve => {
    const { accessToken } = issuers
    const own = { ...OPTIONS, ...(requiresDpop ? BOUND : {}), ...options }
    const app = createNotesServer({ url, issuer, accessToken, options: own })
    return (request) => app.fetch(request)
  }
  const begin = (issuer: string): void => {
    const own = create(issuer)
    serve = hasSessions
      ? withSessions(own, { ...COMMON, resource: url, authorizationServers: [issuer] })
      : own
    serveLater = create(issuer, { now: () => Date.now() / 1000 + LATER_SECONDS })
  }
  return {
    url,
    trust(given) {
      issuers = given
      begin(given.issuer)
    },
    setCondition(condition) {
      expiredBefore = condition === 'expired' ? Math.floor(Date.now() / 1000) : 0
      const fails = { fetch: () => Promise.reject(new TypeError('The network is down.')) }
      // A new server, because the other one has cached keys and tokens.
      outage = condition === 'outage' ? create(issuers.issuer, fails) : undefined
      if (condition === 'session ended') begin(issuers.issuer)
      if (condition === 'moved') begin(issuers.next ?? issuers.issuer)
    },
    close: () => stop(server),
  }
}

function toEndpoint(request: Request): Request {
  const url = new URL(request.url)
  return url.pathname === '/' ? new Request(new URL(ENDPOINT, url), request) : request
}
