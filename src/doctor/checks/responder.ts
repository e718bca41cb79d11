/** Checks whether another program responds in place of the MCP server: a firewall, a proxy, a login product. */

import { isEventStream } from '../collect/event-stream.ts'
import type { Exchange } from '../collect/http-client.ts'
import { rpcResponse } from '../collect/json-rpc.ts'
import type { Evidence } from '../evidence.ts'
import {
  allClients,
  type Check,
  type CheckResult,
  error,
  excerptOf,
  type Meaning,
  pass,
  quoteUntrusted,
  warn,
} from '../finding.ts'

const AREA = 'Connection'

/** Hosted clients call from data centres; command-line clients call from the machine of their user. */
const HOSTED: Meaning = {
  claude: 'Claude on the web and on phones does not connect; Claude Code does.',
  chatgpt: 'It does not connect.',
  vscode: 'Not affected: it calls from the machine of its user.',
  browser: 'Not affected.',
}

export const RESPONDER: readonly Check<Evidence>[] = [
  {
    id: 'user-agent',
    area: AREA,
    spec: 'RFC 9110 §10.1.5; MCP 2025-11-25 Authorization, Error Handling',
    means: HOSTED,
    remedy:
      'Exempt the MCP URL and the /.well-known/ paths from bot and user agent rules, at the CDN and in the web application firewall.',
    evaluate: ({ anonymous, agents }) => {
      const blocked = agents.filter(({ exchange }) => !isSameResponse(exchange, anonymous.exchange))
      if (blocked.length === 0) return pass('Hosted clients get the same response.')
      const responses = blocked.map(
        ({ name, userAgent, exchange }) =>
          `${name} (User-Agent ${quoteUntrusted(userAgent)}) gets ${describe(exchange)}`,
      )
      return error(
        `The response depends on the user agent: ${responses.join('; ')}; another client gets ${anonymous.exchange.status}.`,
      )
    },
  },
  {
    id: 'bot-challenge',
    area: AREA,
    spec: 'RFC 9110 §15.5.4; MCP 2025-11-25 Streamable HTTP, Sending Messages to the Server',
    means: allClients('It cannot pass a challenge for browsers, and stops.'),
    remedy:
      'Disable bot protection, captchas and JavaScript challenges for the MCP URL and the /.well-known/ paths.',
    evaluate: ({ anonymous: { exchange } }) =>
      isBotChallenge(exchange)
        ? error(`A bot protection responds in place of the server: ${describe(exchange)}.`)
        : undefined,
  },
  {
    id: 'host-check',
    area: AREA,
    spec: 'RFC 9110 §15.5.20; MCP 2025-11-25 Streamable HTTP, Security Warning',
    means: allClients('It does not connect.'),
    remedy:
      'Add the public host name to the allowed hosts of the MCP server (allowedHosts of the MCP SDK), or forward the Host header that it expects.',
    evaluate: ({ anonymous: { exchange } }) => {
      const { status, body } = exchange
      const isNamed = status >= 400 && /invalid host|host (header|not allowed)/i.test(body)
      return status === 421 || isNamed
        ? error(`The server rejects its host name: ${describe(exchange)}.`)
        : undefined
    },
  },
  {
    id: 'html-response',
    area: AREA,
    spec: 'RFC 6750 §3; MCP 2025-11-25 Streamable HTTP, Sending Messages to the Server',
    means: allClients('It expects JSON, and reports an unexpected content type.'),
    remedy:
      'Route the MCP URL to the MCP server. A page is usually the answer of a proxy, a static site or a login product in front of it.',
    evaluate: (evidence) => {
      const { exchange } = evidence.anonymous
      return isHtml(exchange) && !isBotChallenge(exchange) && checkMcp(evidence) === undefined
        ? warn(`The response to a POST is an HTML page: ${describe(exchange)}.`)
        : undefined
    },
  },
  {
    id: 'not-mcp',
    area: AREA,
    spec: 'MCP 2025-11-25 Streamable HTTP, Sending Messages to the Server; JSON-RPC 2.0 §5',
    means: allClients('It finds no MCP server, and reports an unexpected response.'),
    remedy: 'Give clients the URL of the MCP endpoint, usually with a path such as /mcp.',
    evaluate: checkMcp,
  },
  {
    id: 'login-redirect',
    area: AREA,
    spec: 'RFC 6750 §3; MCP 2025-11-25 Authorization, Error Handling',
    means: allClients('It cannot log in at a page for browsers, and finds no challenge.'),
    remedy:
      'Exempt the MCP URL and the /.well-known/ paths from the login product: the MCP server checks tokens itself and answers 401 with a challenge.',
    evaluate: ({ anonymous: { exchange } }) => {
      const product = loginProductOf(exchange)
      const location = quoteUntrusted(exchange.headers.get('Location'))
      return product === undefined
        ? undefined
        : error(`${product} redirects (${exchange.status}) to its page: ${location}.`)
    },
  },
  {
    id: 'rate-limit',
    area: AREA,
    spec: 'RFC 6585 §4; RFC 9110 §10.2.3',
    means: allClients('It reports an error: clients do not wait for Retry-After.'),
    remedy: 'Allow at least a few dozen requests in a minute from one address.',
    evaluate: ({ isLimited }) =>
      isLimited ? warn('Some requests were answered with 429 Too Many Requests.') : undefined,
  },
  {
    id: 'renamed-challenge',
    area: AREA,
    spec: 'RFC 9110 §11.6.1',
    means: allClients('It finds no challenge, and guesses the metadata URL or stops.'),
    remedy:
      'Send WWW-Authenticate under its own name: at Amazon API Gateway by a gateway response for UNAUTHORIZED, or through a Lambda function URL or a load balancer.',
    evaluate: ({ rejection: { exchange } }) =>
      exchange.headers.has(REMAPPED)
        ? error('An API gateway renamed WWW-Authenticate to x-amzn-remapped-www-authenticate.')
        : undefined,
  },
  {
    id: 'stale-response',
    area: AREA,
    spec: 'RFC 9111 §5.1, §3.5',
    means: allClients('It gets the response to an earlier request, perhaps of another client.'),
    remedy: 'Exclude the MCP URL from the cache of the CDN.',
    evaluate: ({ anonymous: { exchange } }) => {
      const age = exchange.headers.get('Age')
      return age === null || age === '0'
        ? undefined
        : error(`The response to a POST comes from a cache: it is ${quoteUntrusted(age)} s old.`)
    },
  },
]

/** A site, or another API, in place of an MCP server: neither a challenge, nor metadata, nor JSON-RPC. */
export function checkMcp({ anonymous, garbage, places, get }: Evidence): CheckResult | undefined {
  const { exchange } = anonymous
  const { status } = exchange
  const isProtected = [anonymous, garbage].some(({ header }) => header !== undefined)
  if (isProtected || places.some(({ document }) => document !== undefined)) return undefined
  if (isBotChallenge(exchange) || exchange.headers.has(REMAPPED)) return undefined
  if (status === 404 || status === 405) {
    return get.status === 200 && isEventStream(get.headers)
      ? error(
          `There is an event stream of the old HTTP+SSE transport, and no Streamable HTTP: a POST gets ${describe(exchange)}.`,
        )
      : error(`The site responds, but there is no MCP server at this URL: ${describe(exchange)}.`)
  }
  if (status < 200 || status > 299 || isEventStream(exchange.headers)) return undefined
  return rpcResponse(exchange) === undefined
    ? error(
        `The site responds, but not as an MCP server: a POST of initialize gets ${describe(exchange)}.`,
      )
    : undefined
}

/** The product that sends clients without a session to a login page. */
export function loginProductOf({ status, headers, url }: Exchange): string | undefined {
  const location = headers.get('Location')
  if (location === null || status < 300 || status > 399) return undefined
  const target = URL.canParse(location, url) ? new URL(location, url).href : location
  return LOGIN_PRODUCTS.find(([pattern]) => pattern.test(target))?.[1]
}

const LOGIN_PRODUCTS: readonly (readonly [RegExp, string])[] = [
  [/\.cloudflareaccess\.com\/|\/cdn-cgi\/access\//i, 'Cloudflare Access'],
  [/^https:\/\/accounts\.google\.com\//i, 'A Google login, such as Identity-Aware Proxy,'],
  [/\/\.auth\/login/i, 'Azure App Service authentication'],
  [/^https:\/\/login\.(microsoftonline\.com|windows\.net)\//i, 'A Microsoft login'],
  [/^https:\/\/vercel\.com\/(sso-api|login)/i, 'Vercel Deployment Protection'],
  [/\/oauth2\/(start|sign_in)/i, 'oauth2-proxy'],
  [/\/outpost\.goauthentik\.io\//i, 'authentik'],
  [/\.amazoncognito\.com\//i, 'A Cognito login, such as that of a load balancer,'],
  [/\/(log|sign)[-_]?(in|on)\b|\/sso\b|\/oauth2?\/authorize|\/authelia\b/i, 'A login product'],
]

const REMAPPED = 'x-amzn-remapped-www-authenticate'

/** Whether two responses to the same request lead a client to the same next step. */
function isSameResponse(one: Exchange, other: Exchange): boolean {
  return (
    one.status === other.status &&
    one.headers.has('WWW-Authenticate') === other.headers.has('WWW-Authenticate') &&
    isBotChallenge(one) === isBotChallenge(other)
  )
}

/** The marks of Cloudflare, AWS WAF, Akamai, Imperva and of captchas. */
function isBotChallenge({ status, headers, body }: Exchange): boolean {
  if (headers.has('cf-mitigated') || headers.has('x-amzn-waf-action')) return true
  if (status < 400 || !/html/i.test(headers.get('Content-Type') ?? '')) return false
  return /just a moment|attention required|captcha|access denied|incapsula|are you (a )?human/i.test(
    body,
  )
}

function isHtml({ headers, body }: Exchange): boolean {
  return /html/i.test(headers.get('Content-Type') ?? '') || /^\s*<(!doctype|html)/i.test(body)
}

function describe(exchange: Exchange): string {
  const { status, reason = 'no response' } = exchange
  return status === 0 ? reason : `${status}${excerptOf(exchange)}`
}
