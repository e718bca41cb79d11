import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { type Context, Hono } from 'hono'
import { type ProtectedResource, protectedResource } from 'mcp-gatehouse'
import { type AuthVariables, bearerAuth, metadata } from 'mcp-gatehouse/hono'
import { auth0 } from 'mcp-gatehouse/providers'

interface Env {
  readonly RESOURCE: string
  readonly AUTH0_DOMAIN: string
}

let notes: ProtectedResource | undefined

/** Bindings are known in a request only. The resource is created once, because it holds the caches. */
function notesOf(c: Context<{ Bindings: Env }>): ProtectedResource {
  notes ??= protectedResource({
    resource: c.env.RESOURCE,
    authorizationServers: [auth0({ domain: c.env.AUTH0_DOMAIN })],
    requiredScopes: ['notes:read'],
  })
  return notes
}

const mcp = createMcpHandler(() => new McpServer({ name: 'notes', version: '1.0.0' }))

const app = new Hono<{ Bindings: Env; Variables: AuthVariables }>()
app.route('/', metadata(notesOf))
app.use('/mcp', bearerAuth(notesOf))
app.all('/mcp', (c) => mcp.fetch(c.req.raw, { authInfo: c.var.auth }))

export default app
