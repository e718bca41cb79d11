/** Starts and connects the two servers of the demo. */
import { randomBytes } from 'node:crypto'
import type { Server } from 'node:http'
import { createAdaptorServer } from '@hono/node-server'
import type { AuthEvent, IntrospectionOptions } from 'mcp-gatehouse'
import {
  type AuthorizationServer,
  type AuthorizationServerOptions,
  startAuthorizationServer,
} from './authorization-server.ts'
import { createRecorder, type Exchange } from './exchanges.ts'
import { listen, stop } from './listen.ts'
import { createNotesServer } from './mcp-server.ts'

/** Options of the servers. All have defaults. */
export interface ServersOptions {
  /** @default 0 any free one */
  readonly mcpPort?: number
  /**
   * Whether access tokens are opaque, so that the MCP server introspects them.
   * @default false
   */
  readonly opaque?: boolean
  /**
   * Whether both servers support DPoP.
   * @default false
   */
  readonly dpop?: boolean
  /** Options of the authorization server. */
  readonly authorizationServer?: AuthorizationServerOptions
  /** The origins of web pages that may call the MCP server. */
  readonly origins?: readonly string[]
  /** Receives the events of the MCP server. */
  readonly onEvent?: (event: AuthEvent) => void
}

/** Both running servers. */
export interface Servers {
  readonly authorizationServer: AuthorizationServer
  /** The URL for MCP clients. */
  readonly mcpUrl: string
  /** A second resource at the same authorization server: its tokens are valid, but not for the MCP server. */
  readonly otherResource: string
  /** Introspects a token like the MCP server; undefined for JWTs. */
  readonly introspect: ((token: string) => Promise<Exchange>) | undefined
  /** Stops both. */
  close(): Promise<void>
}

/**
 * Starts the authorization server, then the MCP server that trusts it.
 *
 * @param options Ports and so on.
 * @returns The running servers.
 */
export async function startServers(options: ServersOptions = {}): Promise<Servers> {
  const secret = randomBytes(18).toString('base64url')
  const { dpop = false } = options
  const common = { ...options.authorizationServer, dpop }
  const authorizationServer = await startAuthorizationServer(
    options.opaque ? withOpaqueTokens(common, secret) : common,
  )
  const { issuer } = authorizationServer
  const introspection: IntrospectionOptions = {
    kind: 'introspection',
    clientId: NOTES_SERVER,
    clientSecret: secret,
  }

  // The resource identifier contains the port, so the server listens before the app exists.
  let app: ReturnType<typeof createNotesServer>
  const server = createAdaptorServer({
    fetch: (request, env) => app.fetch(request, env),
    // The client runs in this process too and needs the original `Response`.
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
      accessToken: options.opaque ? introspection : 'jwt',
      dpop,
      origins: options.origins,
      onEvent: options.onEvent,
    })
  } catch (error) {
    // Listening servers would keep the process alive and hide the error.
    await close()
    throw error
  }
  authorizationServer.registerResource(mcpUrl, ['notes:read', 'notes:write'])
  authorizationServer.registerResource(otherResource, ['calendar:read'])
  return {
    authorizationServer,
    mcpUrl,
    otherResource,
    introspect: options.opaque ? (token) => introspect(issuer, secret, token) : undefined,
    close,
  }
}

/** The client id of the MCP server for introspection. */
const NOTES_SERVER = 'notes-server'

function withOpaqueTokens(
  options: AuthorizationServerOptions = {},
  secret: string,
): AuthorizationServerOptions {
  const notesServer = {
    client_id: NOTES_SERVER,
    client_secret: secret,
    grant_types: [],
    redirect_uris: [],
    response_types: [],
    token_endpoint_auth_method: 'client_secret_basic',
  }
  return {
    ...options,
    accessTokenFormat: 'opaque',
    clients: [...(options.clients ?? []), notesServer],
  }
}

async function introspect(issuer: string, secret: string, token: string): Promise<Exchange> {
  const recorder = createRecorder()
  await recorder.fetch(`${issuer}/token/introspection`, {
    method: 'POST',
    headers: { Authorization: `Basic ${btoa(`${NOTES_SERVER}:${secret}`)}` },
    body: new URLSearchParams({ token }),
  })
  const [exchange] = recorder.exchanges
  if (exchange === undefined) throw new Error('The introspection was not recorded')
  return exchange
}
