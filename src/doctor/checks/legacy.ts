/** Checks the URLs and methods of clients of earlier MCP revisions. Support is optional; partial support is worse than none. */

import { isEventStream } from '../collect/event-stream.ts'
import type { Evidence } from '../evidence.ts'
import {
  allClients,
  allClientsExcept,
  checksOf,
  error,
  pass,
  quoteUntrusted,
  warn,
} from '../finding.ts'

export const LEGACY = checksOf<Evidence>('Older clients', [
  {
    id: 'legacy-metadata',
    spec: 'MCP 2025-03-26 Authorization, Server Metadata Discovery',
    means: allClientsExcept(
      { claude: 'Its fallback for MCP 2025-03-26 uses this response and fails.' },
      'Clients of MCP 2025-03-26 use this response and fail.',
    ),
    remedy:
      'Answer 404 at /.well-known/oauth-authorization-server, or serve the metadata of the authorization server.',
    evaluate: ({ legacy, servers }) => {
      const { exchange, document, url } = legacy
      if (exchange.status === 0) return undefined
      if (document === undefined) {
        return exchange.status === 404 || exchange.status === 401
          ? pass(
              'The MCP server publishes no authorization server metadata, as specified since MCP 2025-06-18.',
            )
          : warn(`${url} responds with ${exchange.status}, but the body is not a JSON object.`)
      }
      const endpoint = document['token_endpoint']
      if (typeof endpoint !== 'string') return warn(`The document at ${url} has no token_endpoint.`)
      const known = servers.flatMap(({ metadata }) => metadata?.['token_endpoint'] ?? [])
      return known.length === 0 || known.includes(endpoint)
        ? pass('Clients of MCP 2025-03-26 find the authorization server.')
        : warn(
            `${url} names the token endpoint ${quoteUntrusted(endpoint)}, which no listed server has.`,
          )
    },
  },
  {
    id: 'legacy-stream',
    spec: 'MCP 2025-11-25 Streamable HTTP, Backwards Compatibility',
    means: allClients('The old event stream starts a session without a token.'),
    remedy: 'Require a token for the GET endpoint of the HTTP+SSE transport, or remove it.',
    evaluate: ({ get }) =>
      get.status === 200 && isEventStream(get.headers)
        ? error('GET opens an event stream without a token.')
        : undefined,
  },
])
