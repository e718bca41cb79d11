/** Starts the two servers of the demo and introduces them to each other. */
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { AuthEvent } from 'mcp-gatehouse'
import {
  type AuthorizationServer,
  type AuthorizationServerOptions,
  startAuthorizationServer,
} from './authorization-server.ts'
import { listen, stop } from './listen.ts'
import { createNotesServer } from './mcp-server.ts'

/** Ports and the like; everything has a default. */
export interface ServersOptions {
  /** @default 0 any free one */
  readonly mcpPort?: number
  /** Options of the authorization server. */
  readonly authorizationServer?: AuthorizationServerOptions
  /** Web pages, by origin, that may call the MCP server. */
  readonly origins?: readonly string[]
  /** What the operator of the MCP server gets to hear. */
  readonly onEvent?: (event: AuthEvent) => void
}

/** Both servers, running. */
export interface Servers {
  readonly authorizationServer: AuthorizationServer
  /** Where MCP clients connect. */
  readonly mcpUrl: string
  /** A second resource at the same authorization server; tokens for it are real, but not ours. */
  readonly otherResource: string
  /** Stops both. */
  close(): Promise<void>
}

/**
 * Starts the authorization server, then the MCP server that trusts it.
 *
 * @param options Ports and the like.
 * @returns The running servers.
 */
export async function startServers(options: ServersOptions = {}): Promise<Servers> {
  const authorizationServer = await startAuthorizationServer(options.authorizationServer)
  const { issuer } = authorizationServer

  // As with the authorization server: the identifier names the port, so the port comes first.
  let app: ReturnType<typeof createNotesServer>
  const server = createAdaptorServer({
    fetch: (request, env) => app.fetch(request, env),
    // The client lives in this process too, and its `fetch` goes with the original `Response`.
    overrideGlobalObjects: false,
  }) as Server
  const origin = await listen(server, options.mcpPort)
  const mcpUrl = `${origin}/mcp`
  const otherResource = `${origin}/calendar`
  const close = async () => {
    await Promise.all([stop(server), authorizationServer.close()])
  }
  try {
    app = createNotesServer({
      url: mcpUrl,
      issuer,
      origins: options.origins,
      onEvent: options.onEvent,
    })
  } catch (error) {
    // Two listening servers would keep the process alive, and its error unread.
    await close()
    throw error
  }
  authorizationServer.registerResource(mcpUrl, ['notes:read', 'notes:write'])
  authorizationServer.registerResource(otherResource, ['calendar:read'])
  return { authorizationServer, mcpUrl, otherResource, close }
}
