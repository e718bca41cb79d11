/** The SDK's client at a guarded MCP server: it discovers the authorization server, logs in, calls a tool and refreshes. */

import { createServer } from 'node:http'
import {
  Client,
  type DpopSession,
  type OAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { createMcpHandler, McpServer } from '@modelcontextprotocol/server'
import { type AuthorizationServerOptions, type Fetch, protectedResource } from 'mcp-gatehouse'
import { doctor } from 'mcp-gatehouse/doctor'
import { protect } from 'mcp-gatehouse/node'
import { expect } from 'vitest'
import { createLoginProvider } from '../../../examples/demo/client.ts'
import { portOf, start } from '../../support/node-server.ts'
import { browse, type Login, REDIRECT } from './referee.ts'

export interface SdkLogin {
  /** What the tool returned: the subject of the request. */
  readonly text: string
  /** The parameters of the authorization request. */
  readonly asked: Readonly<Record<string, string>>
  readonly tokens: OAuthTokens
  /** What the doctor finds with the token of the login, without what passes. */
  readonly findings: readonly string[]
  /** Calls the tool with an access token that the server has replaced by a refresh. */
  callAfterRefresh(): Promise<string>
}

interface SdkHost {
  /** Sends the requests of the browser. */
  readonly call?: Fetch
  /** With it, tokens are bound to its key. */
  readonly session?: DpopSession
  readonly redirect?: string
}

/** @param client the id of a registered client; without one the client registers itself */
export async function logInWithSdk(
  server: AuthorizationServerOptions,
  client: string | undefined,
  visit: Login['visit'],
  requiredScopes: readonly string[],
  { call: send = fetch, session, redirect = REDIRECT }: SdkHost = {},
): Promise<SdkLogin> {
  const http = await start(createServer())
  const url = `http://127.0.0.1:${portOf(http)}/mcp`
  const resource = protectedResource({
    resource: url,
    authorizationServers: [server],
    requiredScopes,
    scopesSupported: requiredScopes,
    dpop: session !== undefined,
    onEvent: () => {},
  })
  const tools = createMcpHandler(({ authInfo }) => {
    const mcp = new McpServer({ name: 'notes', version: '1.0.0' })
    const subject = (authInfo?.extra as { readonly subject?: string } | undefined)?.subject
    mcp.registerTool('whoami', {}, () => ({
      content: [{ type: 'text' as const, text: subject ?? 'no subject' }],
    }))
    return mcp
  })
  http.on(
    'request',
    protect(resource, (request, auth) => tools.fetch(request, { authInfo: auth })),
  )

  const provider = createLoginProvider(
    {
      open: async ({ href }) => {
        const login = { call: send, redirect, ...(visit !== undefined && { visit }) }
        return { arrived: await browse(login, href), visits: [] }
      },
    },
    new URL(redirect),
  )
  if (session !== undefined) Object.assign(provider, { dpop: () => session })
  if (client !== undefined) await provider.saveClientInformation?.({ client_id: client })
  const connect = async () => {
    const connection = new Client({ name: 'test', version: '1.0.0' })
    const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider })
    return { connection, transport, connected: connection.connect(transport) }
  }
  const call = async (): Promise<string> => {
    const { connection, connected } = await connect()
    await connected
    const { content } = await connection.callTool({ name: 'whoami', arguments: {} })
    await connection.close()
    return (content as { text?: string }[]).map(({ text }) => text ?? '').join('\n')
  }

  const first = await connect()
  expect(await first.connected.catch((error: unknown) => error)).toBeInstanceOf(UnauthorizedError)
  await first.transport.finishAuth(provider.callback)
  const text = await call()
  const tokens = await provider.tokens()
  if (tokens === undefined) throw new Error('The client has no tokens.')
  const { access_token: token } = tokens
  const report = await doctor(url, { token })
  const bad = report.findings.filter(({ level }) => level !== 'pass')
  return {
    text,
    asked: Object.fromEntries(provider.authorizationUrl?.searchParams ?? []),
    tokens,
    findings: bad.map(({ level, id }) => `${level} ${id}`),
    async callAfterRefresh() {
      await provider.saveTokens({ ...tokens, access_token: 'ended' })
      const result = await call()
      expect((await provider.tokens())?.access_token).not.toBe('ended')
      return result
    },
  }
}
