/** What clients of earlier revisions try. Nobody has to serve them, but half an answer is worse than none. */

import { isEventStream } from '../collect/event-stream.ts'
import type { Evidence } from '../evidence.ts'
import { type Check, error, everyone, everyoneBut, pass, quoted, warn } from '../finding.ts'

const AREA = 'Older clients'

export const LEGACY: readonly Check<Evidence>[] = [
  {
    id: 'legacy-metadata',
    area: AREA,
    spec: 'MCP 2025-03-26 Authorization, Server Metadata Discovery',
    means: everyoneBut(
      { claude: 'Its fallback for servers of the first revision finds this and trips over it.' },
      'Clients of MCP 2025-03-26 look here and trip over it.',
    ),
    remedy:
      'Answer 404 at /.well-known/oauth-authorization-server, or the authorization server’s own document.',
    judge: ({ legacy, servers }) => {
      const { exchange, document, url } = legacy
      if (exchange.status === 0) return undefined
      if (document === undefined) {
        return exchange.status === 404 || exchange.status === 401
          ? pass(
              'There is no authorization server metadata here, as it should be since 2025-06-18.',
            )
          : warn(`${url} is answered with ${exchange.status} and no JSON object.`)
      }
      const endpoint = document['token_endpoint']
      if (typeof endpoint !== 'string') return warn(`The document at ${url} has no token_endpoint.`)
      const known = servers.flatMap(({ metadata }) => metadata?.['token_endpoint'] ?? [])
      return known.length === 0 || known.includes(endpoint)
        ? pass('Clients of MCP 2025-03-26 find the authorization server, too.')
        : warn(`${url} leads to ${quoted(endpoint)}, which is no listed server’s.`)
    },
  },
  {
    id: 'legacy-stream',
    area: AREA,
    spec: 'MCP 2025-11-25 Streamable HTTP, Backwards Compatibility',
    means: everyone('Whoever opens the old event stream gets a session without a token.'),
    remedy: 'Protect the GET endpoint of the HTTP+SSE transport like the POST one, or remove it.',
    judge: ({ get }) =>
      get.status === 200 && isEventStream(get.headers)
        ? error('GET opens an event stream without a token.')
        : undefined,
  },
]
