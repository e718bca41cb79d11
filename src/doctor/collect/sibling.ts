/** Looks for the MCP server of a site, where the given URL has none. */

import type { ChallengeEvidence } from '../evidence.ts'
import type { HttpClient } from './http-client.ts'
import { post, rpcResponse } from './json-rpc.ts'

/** The first usual URL of the same origin that responds as an MCP server. */
export async function findSibling(
  client: HttpClient,
  url: URL,
  { exchange: { status }, header }: ChallengeEvidence,
): Promise<string | undefined> {
  const isMissing = status === 404 || status === 405 || (status >= 200 && status < 400)
  if (!isMissing || header !== undefined) return undefined
  for (const path of pathsNear(url.pathname)) {
    const candidate = new URL(path, url.origin)
    const exchange = await post(client, candidate)
    const isServer =
      exchange.status === 401 || (exchange.status === 200 && rpcResponse(exchange) !== undefined)
    if (isServer) return candidate.href
  }
  return undefined
}

/** The path with the other ending, and the path of most servers. */
function pathsNear(path: string): readonly string[] {
  const other = path.endsWith('/') ? path.slice(0, -1) : `${path}/`
  return [...new Set([other, '/mcp', '/api/mcp'])].filter((each) => each !== '' && each !== path)
}
