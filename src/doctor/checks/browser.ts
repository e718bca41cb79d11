/** Checks CORS (Fetch §3.3): whether clients in web pages can use the server. */

import type { Exchange } from '../collect/http-client.ts'
import {
  BROWSER_FIELDS,
  type Evidence,
  FORWARDED_HOST,
  isElsewhere,
  type ServerEvidence,
} from '../evidence.ts'
import {
  browserClients,
  type CheckResult,
  type Comparison,
  checksOf,
  describeExchange,
  error,
  pass,
  quoteUntrusted,
  responseTo,
  warn,
} from '../finding.ts'
import { originProblem } from './allowed-origin.ts'

export const BROWSER = checksOf<Evidence>('Browsers', [
  {
    id: 'cors-preflight',
    spec: 'Fetch §4.8, §3.3.5',
    means: browserClients('The browser does not send the request.'),
    remedy:
      'Answer OPTIONS with 204 before the token check (a preflight has no token), and allow the origins of your clients. A proxy in front must forward OPTIONS and add no CORS headers.',
    evaluate: ({ preflight, origin, anonymous }) => {
      if (isElsewhere(anonymous.exchange.status)) return undefined
      if (!isSuccess(preflight)) {
        return warn(`A preflight from ${origin} ${responseTo(preflight)}.`, {
          expected: '204',
          received: describeExchange(preflight),
        })
      }
      return isAllowed(preflight, origin)
        ? pass(`Pages of ${origin} may call the server.`)
        : warn(
            `The preflight response does not allow ${origin}${originProblem(preflight)}.`,
            compareOrigin(preflight, origin),
          )
    },
  },
  {
    id: 'cors-headers',
    spec: 'Fetch §4.8; MCP 2025-11-25 Streamable HTTP, Protocol Version Header, Session Management; MCP 2026-07-28 Streamable HTTP, Standard Request Headers',
    means: browserClients(
      'The browser does not send the request, because one of its headers is not allowed.',
    ),
    remedy:
      'List Authorization, Content-Type, MCP-Protocol-Version, Mcp-Session-Id, Mcp-Method, Mcp-Name and Last-Event-ID in Access-Control-Allow-Headers. The value * does not cover Authorization.',
    evaluate: whenAllowed(({ preflight }) => {
      const allowed = listed(preflight, 'Access-Control-Allow-Headers')
      const missing = BROWSER_FIELDS.filter(
        (name) => !allowed.includes(name) && (name === 'authorization' || !allowed.includes('*')),
      )
      return missing.length === 0
        ? pass('The headers of MCP clients are allowed.')
        : warn(`These headers are not allowed: ${missing.join(', ')}.`, {
            expected: BROWSER_FIELDS.join(', '),
            received: allowed.join(', ') || 'none',
          })
    }),
  },
  {
    id: 'cors-methods',
    spec: 'Fetch §4.8; MCP 2025-11-25 Streamable HTTP, Session Management',
    means: browserClients('It cannot end its session, which stays open on the server.'),
    remedy: 'List GET, POST and DELETE in Access-Control-Allow-Methods.',
    evaluate: whenAllowed(({ deletePreflight, origin }) => {
      if (!isSuccess(deletePreflight) || !isAllowed(deletePreflight, origin)) {
        return warn(`A preflight for DELETE ${responseTo(deletePreflight)}.`)
      }
      const methods = listed(deletePreflight, 'Access-Control-Allow-Methods')
      return methods.includes('*') || methods.includes('delete')
        ? pass('Web pages may end their sessions.')
        : warn('The preflight response does not allow DELETE.', {
            expected: 'GET, POST, DELETE',
            received: methods.join(', ').toUpperCase() || 'none',
          })
    }),
  },
  {
    id: 'cors-refusal',
    spec: 'Fetch §3.3.3',
    means: browserClients('It sees a network error instead of the 401 and cannot start a login.'),
    remedy: 'Send Access-Control-Allow-Origin with error responses too.',
    evaluate: whenAllowed(({ fromPage, origin }) =>
      isAllowed(fromPage.exchange, origin)
        ? pass('The 401 is readable for web pages.')
        : warn(
            `The 401 has no Access-Control-Allow-Origin for that page${originProblem(fromPage.exchange)}.`,
            compareOrigin(fromPage.exchange, origin),
          ),
    ),
  },
  {
    id: 'cors-expose',
    spec: 'Fetch §3.3.3; RFC 9728 §5.1',
    means: browserClients(
      'It sees the 401 but not the challenge, and has to guess the metadata URL.',
    ),
    remedy: 'Send Access-Control-Expose-Headers: WWW-Authenticate, Mcp-Session-Id.',
    evaluate: whenAllowed(({ fromPage }) => {
      if (fromPage.header === undefined) return undefined
      const exposed = listed(fromPage.exchange, 'Access-Control-Expose-Headers')
      // The value * covers every field, but not in requests with credentials.
      const isAll =
        exposed.includes('*') && !fromPage.exchange.headers.has('Access-Control-Allow-Credentials')
      return isAll || exposed.includes('www-authenticate')
        ? pass('The challenge is exposed.')
        : warn('WWW-Authenticate is not exposed.', {
            expected: 'Access-Control-Expose-Headers: WWW-Authenticate',
            received: exposed.join(', ') || 'none',
          })
    }),
  },
  {
    id: 'cors-credentials',
    spec: 'Fetch §3.3.3; MCP 2025-11-25 Streamable HTTP, Security Warning',
    means: browserClients(
      'Every page that its user opens can send requests with the user’s cookies.',
    ),
    remedy:
      'Remove Access-Control-Allow-Credentials: tokens are in Authorization, and cookies are not needed.',
    evaluate: ({ foreign }) => {
      const { headers } = foreign
      if (headers.get('Access-Control-Allow-Credentials') !== 'true') return undefined
      const allowed = headers.get('Access-Control-Allow-Origin')
      return allowed === `https://${FORWARDED_HOST}`
        ? error('Any web page may send requests with the cookies of its user.')
        : warn(`Requests with cookies are allowed for ${quoteUntrusted(allowed)}.`)
    },
  },
])

export const BROWSER_AND_SERVER = checksOf<ServerEvidence>('Browsers', [
  {
    id: 'server-cors',
    spec: 'Fetch §3.3.3; MCP 2025-11-25 Authorization, Authorization Server Metadata Discovery',
    means: browserClients('It cannot read the metadata of the authorization server.'),
    remedy: 'Send Access-Control-Allow-Origin: * with the metadata of the authorization server.',
    evaluate: ({ metadataExchange }) => {
      if (metadataExchange === undefined) return undefined
      return metadataExchange.headers.has('Access-Control-Allow-Origin')
        ? pass('Web pages may read its metadata.')
        : warn('Web pages may not read its metadata.')
    },
  },
  {
    id: 'server-token-cors',
    spec: 'Fetch §4.8; OAuth 2.1 §3.2',
    means: browserClients('A web page cannot redeem a code or cannot register.'),
    remedy: 'Enable CORS at the token and registration endpoints.',
    evaluate: ({ tokenPreflight, registrationPreflight }) => {
      if (tokenPreflight === undefined) return undefined
      const named = { token: tokenPreflight, registration: registrationPreflight }
      const closed = Object.entries(named).flatMap(([name, exchange]) => {
        if (exchange === undefined) return []
        const isOpen = isSuccess(exchange) && exchange.headers.has('Access-Control-Allow-Origin')
        return isOpen ? [] : [name]
      })
      return closed.length === 0
        ? pass('Web pages may call its endpoints.')
        : warn(`Web pages may not call its ${closed.join(' and ')} endpoint.`)
    },
  },
])

/** Only where pages may call at all: otherwise that one finding says it. */
function whenAllowed(
  evaluate: (evidence: Evidence) => CheckResult | undefined,
): (evidence: Evidence) => CheckResult | undefined {
  return (evidence) => {
    const { preflight, origin, fromPage } = evidence
    if (!isSuccess(preflight) || !isAllowed(preflight, origin)) return undefined
    return fromPage.exchange.status === 401 ? evaluate(evidence) : undefined
  }
}

function isSuccess({ status }: Exchange): boolean {
  return status >= 200 && status < 300
}

function isAllowed({ headers }: Exchange, origin: string): boolean {
  const allowed = headers.get('Access-Control-Allow-Origin')
  return allowed === '*' || allowed === origin
}

function compareOrigin({ headers }: Exchange, origin: string): Comparison {
  const allowed = headers.get('Access-Control-Allow-Origin')
  return {
    expected: `${origin} or *`,
    received: allowed === null ? 'none' : quoteUntrusted(allowed),
  }
}

function listed({ headers }: Exchange, name: string): string[] {
  return (headers.get(name) ?? '')
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '')
}
