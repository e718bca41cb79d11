/** A server with public operations; all others need a token. */

import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { startAuthorizationServer } from '../../examples/demo/authorization-server.ts'
import { listen, stop } from '../../examples/demo/listen.ts'
import { type AuthEvent, protect, protectedResource } from '../../src/index.ts'

export interface MixedServer {
  readonly mcpUrl: string
  readonly events: readonly AuthEvent[]
  close(): Promise<void>
}

export async function startMixedServer(): Promise<MixedServer> {
  const authorizationServer = await startAuthorizationServer()
  let handle: ((request: Request) => Promise<Response>) | undefined
  const server = createAdaptorServer({
    fetch: (request) => handle?.(request) ?? new Response(null, { status: 503 }),
    overrideGlobalObjects: false,
  }) as Server
  const mcpUrl = `${await listen(server)}/mcp`
  const events: AuthEvent[] = []
  const resource = protectedResource({
    resource: mcpUrl,
    authorizationServers: [authorizationServer.issuer],
    requiredScopes: ['notes:read'],
    operations: {
      initialize: 'public',
      'notifications/initialized': 'public',
      'server/discover': 'public',
      'tools/list': 'public',
      'tools/call help': 'public',
      'tools/call delete_note': ['notes:write'],
    },
    onEvent: (event) => events.push(event),
  })
  authorizationServer.registerResource(mcpUrl, ['notes:read', 'notes:write'])
  const mcp = createMcpHandler(createTools)
  handle = protect(
    resource,
    (request, auth) =>
      auth.anonymous ? mcp.fetch(request) : mcp.fetch(request, { authInfo: auth }),
    { optional: true },
  )
  return {
    mcpUrl,
    events,
    async close() {
      await Promise.all([stop(server), authorizationServer.close()])
    },
  }
}

function createTools(): McpServer {
  const server = new McpServer({ name: 'mixed', version: '1.0.0' })
  for (const name of ['help', 'list_notes', 'delete_note']) {
    server.registerTool(name, { description: name }, () => ({
      content: [{ type: 'text', text: `This is ${name}.` }],
    }))
  }
  return server
}
