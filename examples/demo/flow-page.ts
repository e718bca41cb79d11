/**
 * Serves `flow.html`, an MCP client in a browser, on a separate origin: for the MCP server and the
 * authorization server it is a cross-origin page, like any web client.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listen, stop } from './listen.ts'
import type { Servers } from './servers.ts'

/** The running server of the page. */
export interface FlowPage {
  /** The origin of the page. The MCP server must list it in `origins`. */
  readonly origin: string
  /** Sets the servers that the page calls. Before that, the page is 404. */
  setServers(servers: Pick<Servers, 'authorizationServer' | 'mcpUrl'>): void
  /** Stops it and frees its port. */
  close(): Promise<void>
}

/**
 * Serves the page on loopback.
 *
 * @param port The preferred port; if it is in use, any free port. 0: any free port.
 * @returns The running server. The other servers need its origin, so it starts first.
 */
export async function startFlowPage(port = 0): Promise<FlowPage> {
  const html = readFileSync(new URL('flow.html', import.meta.url), 'utf8')
  let page: Page | undefined

  const server = createServer((request, response) => respond(request, response, origin, page))
  const origin = await listen(server, port)
  return {
    origin,
    setServers({ authorizationServer, mcpUrl }) {
      page = {
        html: html.replace('name="mcp-server" content=""', `name="mcp-server" content="${mcpUrl}"`),
        policy: buildPolicy(html, [new URL(mcpUrl).origin, authorizationServer.issuer]),
      }
    },
    close: () => stop(server),
  }
}

interface Page {
  readonly html: string
  readonly policy: string
}

function respond(
  request: IncomingMessage,
  response: ServerResponse,
  origin: string,
  page: Page | undefined,
): void {
  // With another host name, such as localhost, the page would have an origin that is not in `origins`.
  if (request.headers.host !== new URL(origin).host) {
    response.writeHead(307, { Location: `${origin}/` }).end()
  } else if (page === undefined || new URL(request.url ?? '/', origin).pathname !== '/') {
    response.writeHead(404).end()
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { Allow: 'GET, HEAD' }).end()
  } else {
    response.writeHead(200, {
      'Cache-Control': 'no-store',
      'Content-Security-Policy': page.policy,
      'Content-Type': 'text/html; charset=utf-8',
      // After a login the URL of the page contains a code.
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    })
    response.end(request.method === 'HEAD' ? undefined : page.html)
  }
}

/** Allows only the script and style of this page, and requests to these origins. */
function buildPolicy(html: string, origins: readonly string[]): string {
  return [
    "default-src 'none'",
    `script-src ${hashOf(html, 'script')}`,
    `style-src ${hashOf(html, 'style')}`,
    'img-src data:',
    `connect-src ${origins.join(' ')}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ')
}

function hashOf(html: string, element: 'script' | 'style'): string {
  const text = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(html)?.[1] ?? ''
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}
