/**
 * Serves `flow.html`, an MCP client in a browser, on an origin of its own: to the MCP server and the
 * authorization server it is a stranger's page, as any web client is.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listen, stop } from './listen.ts'
import type { Servers } from './servers.ts'

/** The page's server, running. */
export interface FlowPage {
  /** Where the page is; the MCP server has to list it in `origins`. */
  readonly origin: string
  /** Says which servers the page is about. Before that there is nothing to see. */
  introduce(servers: Pick<Servers, 'authorizationServer' | 'mcpUrl'>): void
  /** Stops it and frees its port. */
  close(): Promise<void>
}

/**
 * Starts to serve the page on loopback.
 *
 * @param port The wished port; another free one is taken when it is in use. 0: any free one.
 * @returns The running server; its origin comes first, since the other servers need to know it.
 */
export async function startFlowPage(port = 0): Promise<FlowPage> {
  const html = readFileSync(new URL('flow.html', import.meta.url), 'utf8')
  let page: Page | undefined

  const server = createServer((request, response) => respond(request, response, origin, page))
  const origin = await listen(server, port)
  return {
    origin,
    introduce({ authorizationServer, mcpUrl }) {
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
  // By another name (localhost, say) the page would have an origin that nobody lists.
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
      // After a login the page's own URL has a code in it.
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
    })
    response.end(request.method === 'HEAD' ? undefined : page.html)
  }
}

/** This very script and style, requests to these origins, and nothing else. */
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
