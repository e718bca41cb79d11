/** Frameworks that listen themselves: FastMCP and mcp-framework. */

import { FastMCP, OAuthProvider } from 'fastmcp'
import { MCPServer, MCPTool, OAuthAuthProvider } from 'mcp-framework'
import { z } from 'zod'
import type { TestIssuer } from '../../../../src/testing/index.ts'
import { freePort, listens, type Started } from './start.ts'

export async function startFastMcp({ metadata }: TestIssuer): Promise<Started> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const server = new FastMCP({
    name: 'Notes',
    version: '1.0.0',
    auth: new OAuthProvider({
      authorizationEndpoint: String(metadata.authorization_endpoint),
      tokenEndpoint: String(metadata.token_endpoint),
      baseUrl: origin,
      clientId: 'client',
      clientSecret: 'secret',
      scopes: ['openid', 'notes:read'],
    }),
  })
  server.addTool({ name: 'list_notes', description: 'Lists notes.', execute: async () => 'none' })
  await server.start({ transportType: 'httpStream', httpStream: { port, host: '127.0.0.1' } })
  return { url: `${origin}/mcp`, close: () => server.stop() }
}

class ListNotes extends MCPTool {
  override name = 'list_notes'
  override description = 'Lists notes.'
  override schema = z.object({ folder: z.string().describe('The folder.') })

  override async execute(): Promise<string> {
    return 'none'
  }
}

export async function startMcpFramework({ issuer, metadata }: TestIssuer): Promise<Started> {
  const port = await freePort()
  const resource = `http://127.0.0.1:${port}/mcp`
  const provider = new OAuthAuthProvider({
    authorizationServers: [issuer],
    resource,
    validation: { type: 'jwt', jwksUri: String(metadata.jwks_uri), audience: resource, issuer },
  })
  const endpoints = { initialize: true, messages: true }
  const server = new MCPServer({
    name: 'notes',
    version: '1.0.0',
    transport: { type: 'http-stream', options: { port, auth: { provider, endpoints } } },
  })
  server.addTool(ListNotes as never)
  // Resolves when the server stops.
  void server.start()
  await listens(resource)
  return { url: resource, close: () => server.stop() }
}
