/** Whether clients that are web pages can use the server: CORS (Fetch §3.3). */

import type { Exchange } from '../collect/http-client.ts'
import { type Evidence, FORWARDED_HOST, isElsewhere, type ServerEvidence } from '../evidence.ts'
import { browsers, type Check, error, pass, quoted, type Verdict, warn } from '../finding.ts'

const AREA = 'Browsers'
const NEEDED = ['authorization', 'content-type', 'mcp-protocol-version']

export const BROWSER: readonly Check<Evidence>[] = [
  {
    id: 'cors-preflight',
    area: AREA,
    spec: 'Fetch §4.8, §3.3.5',
    means: browsers('The browser never sends the call.'),
    remedy:
      'Answer OPTIONS with 204 before asking for a token (a preflight never has one), and allow the origins you want.',
    judge: ({ preflight, origin, anonymous }) => {
      if (isElsewhere(anonymous.exchange.status)) return undefined
      if (preflight.status === 401) return warn('A preflight is asked for a token.')
      if (!isSuccess(preflight)) {
        return warn(`A preflight from ${origin} is answered with ${preflight.status}.`)
      }
      return isAllowed(preflight, origin)
        ? pass(`A page of ${origin} may call.`)
        : warn(`A preflight is answered, but does not allow ${origin}.`)
    },
  },
  {
    id: 'cors-headers',
    area: AREA,
    spec: 'Fetch §4.8; MCP 2025-11-25 Streamable HTTP, Protocol Version Header',
    means: browsers('The browser never sends the call, because of one header in it.'),
    remedy:
      'List Authorization, Content-Type, MCP-Protocol-Version and Mcp-Session-Id in Access-Control-Allow-Headers: * does not cover Authorization.',
    judge: whenAllowed(({ preflight }) => {
      const allowed = listed(preflight, 'Access-Control-Allow-Headers')
      const missing = NEEDED.filter(
        (name) => !allowed.includes(name) && (name === 'authorization' || !allowed.includes('*')),
      )
      return missing.length === 0
        ? pass('The headers MCP clients send are allowed.')
        : warn(`These headers are not allowed: ${missing.join(', ')}.`)
    }),
  },
  {
    id: 'cors-refusal',
    area: AREA,
    spec: 'Fetch §3.3.3',
    means: browsers('The 401 looks like a network error: it cannot start a login.'),
    remedy: 'Send Access-Control-Allow-Origin with refusals as well as with successes.',
    judge: whenAllowed(({ fromPage, origin }) =>
      isAllowed(fromPage.exchange, origin)
        ? pass('Refusals are readable, too.')
        : warn('The refusal itself has no Access-Control-Allow-Origin for that page.'),
    ),
  },
  {
    id: 'cors-expose',
    area: AREA,
    spec: 'Fetch §3.3.6; RFC 9728 §5.1',
    means: browsers('It sees a 401 but not the challenge, and has to guess where the metadata is.'),
    remedy: 'Send Access-Control-Expose-Headers: WWW-Authenticate, Mcp-Session-Id.',
    judge: whenAllowed(({ fromPage }) => {
      if (fromPage.header === undefined) return undefined
      return listed(fromPage.exchange, 'Access-Control-Expose-Headers').includes('www-authenticate')
        ? pass('The challenge is exposed.')
        : warn('WWW-Authenticate is not exposed.')
    }),
  },
  {
    id: 'cors-credentials',
    area: AREA,
    spec: 'Fetch §3.3.3; MCP 2025-11-25 Streamable HTTP, Security Warning',
    means: browsers('Every page its user visits can call with the user’s cookies.'),
    remedy:
      'Leave Access-Control-Allow-Credentials out: tokens are in Authorization, and no cookie is needed.',
    judge: ({ foreign }) => {
      const { headers } = foreign
      if (headers.get('Access-Control-Allow-Credentials') !== 'true') return undefined
      const allowed = headers.get('Access-Control-Allow-Origin')
      return allowed === `https://${FORWARDED_HOST}`
        ? error('Any web page may call, with the cookies of its visitor.')
        : warn(`Calls with cookies are allowed to ${quoted(allowed)}.`)
    },
  },
]

export const BROWSER_AND_SERVER: readonly Check<ServerEvidence>[] = [
  {
    id: 'server-cors',
    area: AREA,
    spec: 'Fetch §3.3.3; MCP 2025-11-25 Authorization, Authorization Server Metadata Discovery',
    means: browsers('It cannot read the metadata of the authorization server.'),
    remedy: 'Have the authorization server send Access-Control-Allow-Origin: * with its metadata.',
    judge: ({ metadataExchange }) => {
      if (metadataExchange === undefined) return undefined
      return metadataExchange.headers.has('Access-Control-Allow-Origin')
        ? pass('Web pages may read its metadata.')
        : warn('Web pages may not read its metadata.')
    },
  },
  {
    id: 'server-token-cors',
    area: AREA,
    spec: 'Fetch §4.8; OAuth 2.1 §3.2',
    means: browsers('It cannot redeem a code, or not register, from a page.'),
    remedy: 'Allow web pages to call the token and registration endpoints.',
    judge: ({ tokenPreflight, registrationPreflight }) => {
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
]

/** Only where pages may call at all: otherwise that one finding says it. */
function whenAllowed(
  judge: (evidence: Evidence) => Verdict | undefined,
): (evidence: Evidence) => Verdict | undefined {
  return (evidence) => {
    const { preflight, origin, fromPage } = evidence
    if (!isSuccess(preflight) || !isAllowed(preflight, origin)) return undefined
    return fromPage.exchange.status === 401 ? judge(evidence) : undefined
  }
}

function isSuccess({ status }: Exchange): boolean {
  return status >= 200 && status < 300
}

function isAllowed({ headers }: Exchange, origin: string): boolean {
  const allowed = headers.get('Access-Control-Allow-Origin')
  return allowed === '*' || allowed === origin
}

function listed({ headers }: Exchange, name: string): string[] {
  return (headers.get(name) ?? '')
    .split(',')
    .map((each) => each.trim().toLowerCase())
    .filter((each) => each !== '')
}
