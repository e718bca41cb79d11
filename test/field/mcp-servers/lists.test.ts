/** Lists of tools in each framework, as docs/frameworks.md says how to filter them, while the token of a client changes. */

import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { McpServer as SdkServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { HttpTransport } from '@tmcp/transport-http'
import { FastMCP } from 'fastmcp'
import {
  type AuthContext,
  authOf,
  type ProtectedResource,
  permits,
  protect,
  protectedResource,
  visible,
} from 'mcp-gatehouse'
import { forward } from 'mcp-gatehouse/gateway'
import { createTestIssuer } from 'mcp-gatehouse/testing'
import { createMcpHandler } from 'mcp-handler'
import { McpServer as LiteServer, StreamableHttpTransport } from 'mcp-lite'
import { MCPServer } from 'mcp-use'
import { McpServer as Tmcp } from 'tmcp'
import { afterEach, expect, it } from 'vitest'
import { freePort } from '../../support/ports.ts'

const RESOURCE = 'https://api.example.com/mcp'
const NAMES = ['list_notes', 'add_note']
const TOOLS = NAMES.map((name) => ({ name, inputSchema: { type: 'object' as const } }))
const done = () => ({ content: [{ type: 'text' as const, text: 'done' }] })

interface Vars {
  auth: AuthContext
}
type Handle = (request: Request, auth: AuthContext) => Promise<Response>

let close: (() => Promise<unknown>) | undefined
afterEach(async () => {
  await close?.()
  close = undefined
})

/** What a client of the MCP SDK lists with three tokens in one connection. */
async function listsOf(start: (notes: ProtectedResource) => Handle | Promise<Handle>) {
  const issuer = createTestIssuer({ resource: RESOURCE })
  const notes = protectedResource({
    resource: RESOURCE,
    authorizationServers: [issuer.issuer],
    operations: { 'tools/call': ['notes:read'], 'tools/call add_note': ['notes:write'] },
    sessions: { secret: 'a secret of at least thirty-two bytes' },
    fetch: (url, init) => issuer.fetch(url, init),
  })
  const handle = protect(notes, await start(notes))
  let scope = 'notes:read'
  const transport = new StreamableHTTPClientTransport(new URL(RESOURCE), {
    fetch: async (url, init) => {
      const request = new Request(url, init)
      request.headers.set('Authorization', `Bearer ${await issuer.token({ scope })}`)
      return handle(request)
    },
  })
  const client = new Client({ name: 'test', version: '1.0.0' })
  await client.connect(transport)
  const lists: string[] = []
  for (scope of ['notes:read', 'notes:read notes:write', 'notes:read']) {
    const { tools } = await client.listTools()
    lists.push(tools.map(({ name }) => name).join())
  }
  await client.close()
  return lists
}

const FOLLOWS = ['list_notes', 'list_notes,add_note', 'list_notes']
const FIRST_TOKEN = ['list_notes', 'list_notes', 'list_notes']

it.each([
  ['SDK 1.x with sessions, with a handler of tools/list,', sdkWithHandler, FOLLOWS],
  ['SDK 1.x with sessions, with the tools of the first request,', sdkWithTools, FIRST_TOKEN],
  ['mcp-handler', mcpHandler, FOLLOWS],
  ['FastMCP without sessions', (notes) => fastMcp(notes, true), FOLLOWS],
  ['FastMCP with sessions', (notes) => fastMcp(notes, false), FIRST_TOKEN],
  ['tmcp', tmcp, FOLLOWS],
  ['mcp-lite', mcpLite, FOLLOWS],
  ['mcp-use', mcpUse, FOLLOWS],
] as [string, (notes: ProtectedResource) => Handle | Promise<Handle>, string[]][])(
  '%s lists the tools as docs/frameworks.md says',
  async (_, start, expected) => expect(await listsOf(start)).toEqual(expected),
)

function sdkWithHandler(notes: ProtectedResource): Handle {
  return sdkWithSessions((server) => {
    for (const name of NAMES) server.registerTool(name, {}, done)
    server.server.setRequestHandler(ListToolsRequestSchema, async (_, extra) => ({
      tools: await visible(notes, authOf(extra), 'tools/call', TOOLS),
    }))
  })
}

function sdkWithTools(notes: ProtectedResource): Handle {
  return sdkWithSessions(async (server, auth) => {
    for (const { name } of await visible(notes, auth, 'tools/call', TOOLS)) {
      server.registerTool(name, {}, done)
    }
  })
}

function sdkWithSessions(
  register: (server: SdkServer, auth: AuthContext) => void | Promise<void>,
): Handle {
  let transport: WebStandardStreamableHTTPServerTransport | undefined
  return async (request, auth) => {
    if (transport === undefined) {
      transport = new WebStandardStreamableHTTPServerTransport({
        sessionIdGenerator: () => crypto.randomUUID(),
      })
      const server = new SdkServer({ name: 'notes', version: '1.0.0' })
      await register(server, auth)
      await server.connect(transport)
    }
    return transport.handleRequest(request, { authInfo: auth })
  }
}

function mcpHandler(notes: ProtectedResource): Handle {
  return async (request, auth) => {
    const tools = await visible(notes, auth, 'tools/call', TOOLS)
    request.auth = auth
    return createMcpHandler((server) => {
      for (const { name } of tools) server.registerTool(name, {}, done)
    })(request)
  }
}

async function fastMcp(_: ProtectedResource, stateless: boolean): Promise<Handle> {
  const server = new FastMCP({
    name: 'notes',
    version: '1.0.0',
    authenticate: async ({ headers }) => ({ scopes: String(headers['x-scopes']).split(' ') }),
  })
  server.addTool({ name: 'list_notes', execute: async () => 'done' })
  server.addTool({
    name: 'add_note',
    canAccess: ({ scopes }) => scopes.includes('notes:write'),
    execute: async () => 'done',
  })
  const port = await freePort()
  await server.start({
    transportType: 'httpStream',
    httpStream: { host: '127.0.0.1', port, endpoint: '/mcp', stateless },
  })
  close = () => server.stop()
  const headers = { 'X-Scopes': ({ scopes }: { scopes: readonly string[] }) => scopes.join(' ') }
  return forward(`http://127.0.0.1:${port}/mcp`, { headers })
}

function tmcp(notes: ProtectedResource): Handle {
  const server = new Tmcp(
    { name: 'notes', version: '1.0.0', description: 'Notes' },
    { adapter: undefined, capabilities: { tools: {} } },
  ).withContext<{ auth: AuthContext }>()
  for (const name of NAMES) {
    const enabled = async () =>
      (await permits(notes, authOf(server.ctx), { method: 'tools/call', name })).ok
    server.tool({ name, description: name, enabled }, done)
  }
  const transport = new HttpTransport(server, { path: '/mcp' })
  return async (request, auth) =>
    (await transport.respond(request, { auth })) ?? new Response(null, { status: 404 })
}

function mcpLite(notes: ProtectedResource): Handle {
  const server = new LiteServer({ name: 'notes', version: '1.0.0' })
  server.use(async (ctx, next) => {
    await next()
    const result = ctx.response?.result as { tools: typeof TOOLS } | undefined
    if (ctx.request.method !== 'tools/list' || result === undefined) return
    result.tools = await visible(notes, authOf(ctx), 'tools/call', result.tools)
  })
  for (const name of NAMES) server.tool(name, { handler: done })
  const respond = new StreamableHttpTransport().bind(server)
  return (request, auth) => respond(request, { authInfo: auth })
}

async function mcpUse(notes: ProtectedResource): Promise<Handle> {
  const server = new MCPServer<never, { Variables: Vars; Bindings: Vars }>({
    name: 'notes',
    version: '1.0.0',
    basePath: '/mcp',
  })
  // The context of the guard is that of the Hono request.
  server.use('/mcp', async (c, next) => {
    c.set('auth', c.env.auth)
    await next()
  })
  server.use('mcp:tools/list', (ctx, next) =>
    next().then((tools) => visible(notes, authOf(ctx), 'tools/call', tools)),
  )
  for (const name of NAMES) server.tool({ name, description: name }, done)
  return async (request, auth) => server.fetch(request, { auth })
}
