/**
 * An MCP server whose tool calls another API with a token of that API. **The part to copy**
 * is `createOrdersServer`.
 */
import { randomBytes } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import {
  type CallToolResult,
  createMcpHandler,
  McpServer,
  ProtocolError,
} from '@modelcontextprotocol/server'
import { type AuthContext, type AuthEvent, authOf, protectedResource } from 'mcp-gatehouse'
import { createTokenExchange, type TokenExchange, toElicitation } from 'mcp-gatehouse/exchange'
import { protect } from 'mcp-gatehouse/node'
import { type AuthorizationServer, startAuthorizationServer } from './authorization-server.ts'
import { listen, stop } from './listen.ts'
import { CONSENT_ORIGIN } from './token-grants.ts'

/** The configuration of the MCP server. */
export interface OrdersServerOptions {
  /** The URL for clients. */
  readonly url: string
  /** The authorization server of the MCP server and of the API. */
  readonly issuer: string
  /** The URL of the API. */
  readonly apiUrl: string
  /** The secret of this server as a client of the authorization server. */
  readonly secret: string
  /** Sends the requests of the exchange and of the tool. */
  readonly fetch?: ((url: string, init?: RequestInit) => Promise<Response>) | undefined
}

/** An MCP server with one tool, `list_orders`, which calls the API. */
export function createOrdersServer(options: OrdersServerOptions): RequestListener {
  const { url, issuer, apiUrl, secret, fetch } = options
  const resource = protectedResource({
    resource: url,
    authorizationServers: [issuer],
    requiredScopes: ['notes:read'],
  })
  const orders = createTokenExchange({
    authorizationServer: issuer,
    client: { id: MCP_SERVER, secret },
    target: { resource: apiUrl, scopes: ['orders:read'] },
    fetch,
  })
  const handler = createMcpHandler(({ era }) => {
    const server = new McpServer({ name: 'orders', version: '1.0.0' })
    server.registerTool('list_orders', { description: 'Lists your orders.' }, (ctx) =>
      listOrders(authOf(ctx), orders, apiUrl, era),
    )
    return server
  })
  return protect(resource, (request, auth) => handler.fetch(request, { authInfo: auth }))
}

async function listOrders(
  auth: AuthContext,
  orders: TokenExchange,
  apiUrl: string,
  era: 'legacy' | 'modern',
): Promise<CallToolResult> {
  const token = await orders.exchange(auth)
  if (token.ok) return toResult(await (await orders.fetch(auth, apiUrl)).text())
  const elicitation = toElicitation(token, era === 'modern' ? '2026-07-28' : '2025-11-25')
  if (elicitation === undefined) return { ...toResult(`No orders: ${token.code}.`), isError: true }
  // The user decides now, so the next call must not get this failure from the cache.
  orders.clear(auth)
  if (era === 'modern') return elicitation as CallToolResult
  const { code, message, data } = elicitation as { code: number; message: string; data: unknown }
  throw new ProtocolError(code, message, data)
}

function toResult(text: string): CallToolResult {
  return { content: [{ type: 'text', text }] }
}

/** The running servers: the authorization server, the API and the MCP server. */
export interface NextHop {
  readonly authorizationServer: AuthorizationServer
  readonly mcpUrl: string
  readonly apiUrl: string
  /** The contexts of the requests that the API accepted. */
  readonly accepted: readonly AuthContext[]
  /** The events of the API. */
  readonly events: readonly AuthEvent[]
  /** The requests of the MCP server: to the authorization server and to the API. */
  readonly requests: readonly { readonly url: string; readonly form: URLSearchParams }[]
  /** Opens a consent page, as the user's browser does, and allows the access. */
  allow(url: string): Promise<void>
  close(): Promise<void>
}

/** The client ID of the MCP server at the authorization server. */
export const MCP_SERVER = 'orders-mcp'

/** Starts the authorization server, the API and the MCP server. */
export async function startNextHop(): Promise<NextHop> {
  const secret = randomBytes(18).toString('base64url')
  const accepted: AuthContext[] = []
  const events: AuthEvent[] = []
  const requests: { url: string; form: URLSearchParams }[] = []
  const authorizationServer = await startAuthorizationServer({
    exchange: {},
    clients: [
      {
        client_id: MCP_SERVER,
        client_secret: secret,
        grant_types: ['urn:ietf:params:oauth:grant-type:token-exchange'],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
  })
  const { issuer } = authorizationServer
  const api = await startHost('/orders', (url) => {
    authorizationServer.registerResource(url, ['orders:read'])
    const resource = protectedResource({
      resource: url,
      authorizationServers: [issuer],
      requiredScopes: ['orders:read'],
      onEvent: (event) => events.push(event),
    })
    return protect(resource, (_request, auth) => {
      accepted.push(auth)
      return new Response(`${auth.subject}: two orders`)
    })
  })
  const mcp = await startHost('/mcp', (url) => {
    authorizationServer.registerResource(url, ['notes:read'])
    authorizationServer.allowExchange(MCP_SERVER, url)
    const send = (target: string, init: RequestInit = {}) => {
      requests.push({ url: target, form: new URLSearchParams(String(init.body ?? '')) })
      return fetch(target, init)
    }
    return createOrdersServer({ url, issuer, apiUrl: api.url, secret, fetch: send })
  })
  return {
    authorizationServer,
    mcpUrl: mcp.url,
    apiUrl: api.url,
    accepted,
    events,
    requests,
    async allow(url) {
      const page = url.replace(CONSENT_ORIGIN, issuer)
      for (const method of ['GET', 'POST']) {
        const response = await fetch(page, { method })
        if (!response.ok) throw new Error(`The consent page answers with ${response.status}`)
      }
    },
    async close() {
      await Promise.all([stop(api.server), stop(mcp.server), authorizationServer.close()])
    },
  }
}

/** A server whose listener needs its URL. */
async function startHost(
  path: string,
  create: (url: string) => RequestListener,
): Promise<{ url: string; server: Server }> {
  let listener: RequestListener = (_req, res) => void res.writeHead(503).end()
  const server = createServer((req, res) => listener(req, res))
  const url = `${await listen(server)}${path}`
  listener = create(url)
  return { url, server }
}
