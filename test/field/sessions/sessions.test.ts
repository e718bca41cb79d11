/**
 * Sessions of servers that keep them: the option `sessions` binds each to its principal, without a change of the
 * server. A real client of SDK 1.x is the owner; another user has a good token and the id.
 */

import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpServer as SdkServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { WebStandardStreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js'
import { HttpTransport } from '@tmcp/transport-http'
import { FastMCP } from 'fastmcp'
import { type AuthContext, type ProtectedResource, protect, protectedResource } from 'mcp-gatehouse'
import { forward } from 'mcp-gatehouse/gateway'
import { createTestIssuer } from 'mcp-gatehouse/testing'
import { startHTTPServer } from 'mcp-proxy'
import { McpServer as Tmcp } from 'tmcp'
import { afterEach, describe, expect, it } from 'vitest'
import { callTool, post } from '../../support/mcp.ts'
import { freePort } from '../../support/ports.ts'

const RESOURCE = 'https://api.example.com/mcp'
const TEXT = { content: [{ type: 'text' as const, text: 'counted' }] }

type Handle = (request: Request, auth: AuthContext) => Promise<Response>

interface Running {
  readonly handle: Handle
  close(): Promise<unknown>
}

let close: (() => Promise<unknown>) | undefined
afterEach(async () => {
  await close?.()
  close = undefined
})

const SERVERS: [string, () => Promise<Running>][] = [
  ['the Web-standard transport of SDK 1.x', startWebStandard],
  ['tmcp', startTmcp],
  ['FastMCP behind forward()', startFastMcp],
  ['mcp-proxy behind forward()', startMcpProxy],
]

describe.each(SERVERS)('%s', (_, start) => {
  it('serves the owner of a session, and 404 to every other user', async () => {
    const server = await start()
    close = server.close
    const issuer = createTestIssuer({ resource: RESOURCE })
    const resource: ProtectedResource = protectedResource({
      resource: RESOURCE,
      authorizationServers: [issuer.issuer],
      sessions: { secret: 'a secret of at least thirty-two bytes' },
      fetch: (url, init) => issuer.fetch(url, init),
    })
    const handle = protect(resource, server.handle)
    const tokenOf = async (sub: string) => `Bearer ${await issuer.token({ sub })}`
    const alice = await tokenOf('alice')

    const transport = new StreamableHTTPClientTransport(new URL(RESOURCE), {
      requestInit: { headers: { Authorization: alice } },
      fetch: (url, init) => handle(new Request(url, init)),
    })
    const client = new Client({ name: 'test', version: '1.0.0' })
    await client.connect(transport as Parameters<typeof client.connect>[0])
    const id = transport.sessionId ?? ''
    expect(id).toMatch(/\.[A-Za-z0-9_-]{43}$/)
    const call = async () => (await client.callTool({ name: 'count', arguments: {} })).content
    expect(await call()).toEqual(TEXT.content)

    const as = async (authorization: string, method: string, session = id) => {
      const headers = {
        Accept: 'application/json, text/event-stream',
        Authorization: authorization,
        'Mcp-Session-Id': session,
        'MCP-Protocol-Version': '2025-06-18',
      }
      const init = method === 'POST' ? post(callTool('count'), headers) : { method, headers }
      const response = await handle(new Request(RESOURCE, init))
      await response.body?.cancel()
      return response.status
    }
    const bob = await tokenOf('bob')
    const own = id.slice(0, -44)
    for (const method of ['POST', 'GET', 'DELETE']) {
      expect([method, await as(bob, method)]).toEqual([method, 404])
      expect([method, await as(bob, method, own)]).toEqual([method, 404])
      expect([method, await as(alice, method, own)]).toEqual([method, 404])
    }
    // Nothing of that has reached the session. A refreshed token of the owner opens it.
    expect(await call()).toEqual(TEXT.content)
    expect(await as(await tokenOf('alice'), 'POST')).toBe(200)
    await transport.terminateSession()
    await client.close()
  })
})

async function startWebStandard(): Promise<Running> {
  const transports = new Map<string, WebStandardStreamableHTTPServerTransport>()
  const open = async () => {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (id) => void transports.set(id, transport),
    })
    await createSdkServer().connect(transport as Parameters<SdkServer['connect']>[0])
    return transport
  }
  return {
    handle: async (request, auth) => {
      const id = request.headers.get('Mcp-Session-Id')
      const transport = id === null ? await open() : transports.get(id)
      if (transport === undefined) return new Response('unknown to the server', { status: 400 })
      return transport.handleRequest(request, { authInfo: auth })
    },
    close: async () => undefined,
  }
}

async function startTmcp(): Promise<Running> {
  const server = new Tmcp(
    { name: 'notes', version: '1.0.0', description: 'Notes' },
    { adapter: undefined, capabilities: { tools: {} } },
  )
  server.tool({ name: 'count', description: 'Counts' }, () => TEXT)
  const transport = new HttpTransport(server, { path: '/mcp' })
  return {
    handle: async (request) =>
      (await transport.respond(request)) ?? new Response(null, { status: 404 }),
    close: async () => undefined,
  }
}

async function startFastMcp(): Promise<Running> {
  const server = new FastMCP({ name: 'notes', version: '1.0.0' })
  server.addTool({ name: 'count', description: 'Counts', execute: async () => 'counted' })
  const port = await freePort()
  await server.start({
    transportType: 'httpStream',
    httpStream: { host: '127.0.0.1', port, endpoint: '/mcp' },
  })
  return {
    handle: forward(`http://127.0.0.1:${port}/mcp`),
    close: () => server.stop(),
  }
}

async function startMcpProxy(): Promise<Running> {
  const port = await freePort()
  const server = await startHTTPServer({
    createServer: async () => createSdkServer().server as never,
    host: '127.0.0.1',
    port,
  })
  return { handle: forward(`http://127.0.0.1:${port}/mcp`), close: () => server.close() }
}

function createSdkServer(): SdkServer {
  const server = new SdkServer({ name: 'notes', version: '1.0.0' })
  server.registerTool('count', {}, () => TEXT)
  return server
}
