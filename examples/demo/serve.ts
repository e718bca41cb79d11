/** `--serve`: both servers stay up, with a page to watch and a list of things to try. */
import { randomBytes } from 'node:crypto'
import type { AuthEvent } from 'mcp-gatehouse'
import { startFlowPage } from './flow-page.ts'
import type { Printer } from './print.ts'
import { type Servers, startServers } from './servers.ts'

const MCP_PORT = 8787
const AUTHORIZATION_SERVER_PORT = 8788
const FLOW_PAGE_PORT = 8789

/** Where the MCP Inspector's page is served from. */
const INSPECTOR_ORIGINS = ['http://localhost:6274', 'http://127.0.0.1:6274']

/** A client for the command line: no person, no browser, just an id and a secret. */
const CURL_CLIENT = {
  client_id: 'curl',
  client_name: 'curl',
  grant_types: ['client_credentials'],
  redirect_uris: [],
  response_types: [],
  token_endpoint_auth_method: 'client_secret_post',
}

/**
 * Starts the servers, says what to try, and stops them on Ctrl-C.
 *
 * @param printer Where it says so.
 * @param opaque Whether access tokens are opaque.
 */
export async function serve(printer: Printer, opaque = false): Promise<void> {
  const secret = randomBytes(18).toString('base64url')
  // The page first: the MCP server lists its origin.
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
  page.introduce(servers)
  sayWhatToTry(printer, servers, page.origin, secret)

  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  await Promise.all([servers.close(), page.close()])
  printer.line('\nStopped.')
}

function sayWhatToTry(printer: Printer, servers: Servers, page: string, secret: string): void {
  const { mcpUrl, authorizationServer } = servers
  const { origin } = new URL(mcpUrl)
  const title = (text: string) => printer.line(`\n${printer.styled('bold', text)}`)
  const command = (...lines: string[]) => {
    for (const line of lines) printer.line(`  ${printer.styled('cyan', line)}`)
  }

  title('Both servers are up; Ctrl-C stops them.')
  printer.line(`  MCP server            ${mcpUrl}`)
  printer.line(`  authorization server  ${authorizationServer.issuer}`)

  title('In a browser: watch a client find its way, request by request')
  command(page)

  title('Without a token: 401, and where to go from there')
  command(`curl -si -X POST ${mcpUrl}`)
  command(`curl -s ${origin}/.well-known/oauth-protected-resource/mcp`)
  command(`curl -s ${authorizationServer.issuer}/.well-known/oauth-authorization-server`)

  title('A token that may read')
  command(
    `TOKEN=$(curl -s ${authorizationServer.issuer}/token -d grant_type=client_credentials \\`,
    `  -d client_id=curl -d client_secret=${secret} \\`,
    `  -d scope=notes:read -d resource=${mcpUrl} \\`,
    `  | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')`,
  )

  title('With it: list_notes works, delete_note is a 403 that names the missing scope')
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
  printer.line('  Ask for scope="notes:read notes:write" and the second one works, too.')

  title('With the MCP Inspector: log in as whoever you like')
  command('npx @modelcontextprotocol/inspector')
  printer.line(`  Transport "Streamable HTTP", URL ${mcpUrl}, then Connect. Or without its page:`)
  command(
    `npx @modelcontextprotocol/inspector --cli ${mcpUrl} --transport http \\`,
    '  --relogin --method tools/list',
  )
  // It keeps its registration on disk, and this authorization server keeps nothing.
  printer.line('  It remembers logins: after a restart of this demo, clear its stored OAuth state.')

  title('What the MCP server sees')
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
