/** `--serve`: keeps both servers running, with the flow page and a list of commands. */
import { randomBytes } from 'node:crypto'
import type { AuthEvent } from 'mcp-gatehouse'
import { startFlowPage } from './flow-page.ts'
import type { Printer } from './print.ts'
import { type Servers, startServers } from './servers.ts'

const MCP_PORT = 8787
const AUTHORIZATION_SERVER_PORT = 8788
const FLOW_PAGE_PORT = 8789

/** The origins of the MCP Inspector. */
const INSPECTOR_ORIGINS = ['http://localhost:6274', 'http://127.0.0.1:6274']

/** A client for curl, with an id and a secret. */
const CURL_CLIENT = {
  client_id: 'curl',
  client_name: 'curl',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: 'client_secret_post',
}

/**
 * Starts the servers, prints commands, and stops the servers on Ctrl-C.
 *
 * @param printer The output.
 * @param opaque Whether access tokens are opaque.
 */
export async function serve(printer: Printer, opaque = false): Promise<void> {
  const secret = randomBytes(18).toString('base64url')
  // The page starts first: the MCP server needs its origin.
  const page = await startFlowPage(FLOW_PAGE_PORT)
  const servers = await startServers({
    mcpPort: MCP_PORT,
    opaque,
    authorizationServer: {
      port: AUTHORIZATION_SERVER_PORT,
      clients: [{ ...CURL_CLIENT, client_secret: secret }],
    },
    origins: [page.origin, ...INSPECTOR_ORIGINS],
    onEvent: (event) => printer.line(printer.styled('dim', formatEvent(event))),
  }).catch(async (error: unknown) => {
    await page.close()
    throw error
  })
  page.setServers(servers)
  printCommands(printer, servers, page.origin, secret)

  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await Promise.all([servers.close(), page.close()])
  printer.line('\nStopped.')
}

function printCommands(printer: Printer, servers: Servers, page: string, secret: string): void {
  const { mcpUrl, authorizationServer } = servers
  const { origin } = new URL(mcpUrl)
  const title = (text: string) => printer.line(`\n${printer.styled('bold', text)}`)
  const command = (...lines: string[]) => {
    for (const line of lines) printer.line(`  ${printer.styled('cyan', line)}`)
  }

  title('Both servers are running. Ctrl-C stops them.')
  printer.line(`  MCP server            ${mcpUrl}`)
  printer.line(`  authorization server  ${authorizationServer.issuer}`)

  title('In a browser: the flow, request by request')
  command(page)

  title('Without a token: 401 and the metadata')
  command(`curl -si -X POST ${mcpUrl}`)
  command(`curl -s ${origin}/.well-known/oauth-protected-resource/mcp`)
  command(`curl -s ${authorizationServer.issuer}/.well-known/oauth-authorization-server`)

  title('Get a token with scope notes:read')
  command(
    `TOKEN=$(curl -s ${authorizationServer.issuer}/token -d grant_type=client_credentials \\`,
    `  -d client_id=curl -d client_secret=${secret} \\`,
    `  -d scope=notes:read -d resource=${mcpUrl} \\`,
    `  | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
  )

  title('With the token: list_notes succeeds, delete_note is a 403 with the missing scope')
  for (const params of [
    '{"name":"list_notes","arguments":{}}',
    '{"name":"delete_note","arguments":{"id":1}}',
  ]) {
    command(
      `curl -si ${mcpUrl} -H "Authorization: Bearer $TOKEN" \\`,
      `  -H 'Content-Type: application/json' -H 'Accept: application/json, text/event-stream' \\`,
      `  -d '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}'`,
    )
  }
  printer.line('  With scope="notes:read notes:write" in the token request, both succeed.')

  title('With the MCP Inspector: log in with any user name')
  command('npx @modelcontextprotocol/inspector')
  printer.line(
    `  Transport "Streamable HTTP", URL ${mcpUrl}, then Connect. Or on the command line:`,
  )
  command(
    `npx @modelcontextprotocol/inspector --cli ${mcpUrl} --transport http \\`,
    '  --relogin --method tools/list',
  )
  // The Inspector stores its registration on disk; this authorization server stores nothing.
  printer.line('  It stores logins: after a restart of this demo, clear its OAuth state.')

  title('Events of the MCP server')
}

function formatEvent(event: AuthEvent): string {
  switch (event.type) {
    case 'accepted':
      return `  accepted  a token of ${event.issuer}`
    case 'refused':
      return `  refused   ${event.status} ${event.code}`
    case 'document':
      return `  ${event.outcome.padEnd(8)}  ${event.url}`
    case 'warning':
      return `  warning   ${event.path}: ${event.message}`
  }
}
