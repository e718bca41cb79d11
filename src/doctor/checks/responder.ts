/** Checks whether another program responds in place of the MCP server: a firewall, a proxy, a login product. */

import type { Exchange } from '../collect/http-client.ts'
import { readChallenges } from '../collect/parse-challenges.ts'
import type { Evidence } from '../evidence.ts'
import {
  allClients,
  type CheckResult,
  checksOf,
  describeExchange,
  error,
  type Meaning,
  pass,
  quoteUntrusted,
  warn,
} from '../finding.ts'
import { intermediaryIn, isHtml } from '../intermediaries.ts'
import { checkMcp, intermediaryBefore } from './mcp-endpoint.ts'

/** Hosted clients call from data centres; command-line clients call from the machine of their user. */
const HOSTED: Meaning = {
  claude: 'Claude on the web and on phones does not connect; Claude Code does.',
  chatgpt: 'It does not connect.',
  vscode: 'Not affected: it calls from the machine of its user.',
  browser: 'Not affected.',
}

export const RESPONDER = checksOf<Evidence>('Connection', [
  {
    id: 'user-agent',
    spec: 'RFC 9110 §10.1.5; MCP 2025-11-25 Authorization, Error Handling',
    means: HOSTED,
    remedy:
      'Exempt the MCP URL and the /.well-known/ paths from bot and user agent rules, at the CDN and in the web application firewall.',
    evaluate: checkUserAgents,
  },
  {
    id: 'bot-challenge',
    spec: 'RFC 9110 §15.5.4; MCP 2025-11-25 Streamable HTTP, Sending Messages to the Server',
    means: allClients('It cannot pass a challenge for browsers, and stops.'),
    remedy:
      'Disable bot protection, captchas and JavaScript challenges for the MCP URL and the /.well-known/ paths.',
    evaluate: checkBots,
  },
  {
    id: 'host-check',
    spec: 'RFC 9110 §15.5.20; MCP 2025-11-25 Streamable HTTP, Security Warning',
    means: allClients('It does not connect.'),
    remedy:
      'Add the public host name to the allowed hosts of the MCP server (allowedHosts of the MCP SDK), or forward the Host header that it expects.',
    evaluate: (evidence) => {
      const { exchange } = evidence.anonymous
      const isRejected =
        exchange.status === 421 || intermediaryBefore(evidence, 'host') !== undefined
      return isRejected
        ? error(
            `The server rejects its host name ${quoteUntrusted(evidence.url.host)}: ${describeExchange(exchange)}.`,
          )
        : undefined
    },
  },
  {
    id: 'proxy-error',
    spec: 'RFC 9110 §15.6.3, §15.6.4, §15.6.5',
    means: allClients('It does not connect: no request reaches the MCP server.'),
    remedy:
      'Start the MCP server, and correct the address and the port to which the proxy or the tunnel forwards.',
    evaluate: checkOutage,
  },
  {
    id: 'html-response',
    spec: 'RFC 6750 §3; MCP 2025-11-25 Streamable HTTP, Sending Messages to the Server',
    means: allClients('It expects JSON, and reports an unexpected content type.'),
    remedy:
      'Route the MCP URL to the MCP server. A page is usually the answer of a proxy, a static site or a login product in front of it.',
    evaluate: (evidence) => {
      const { exchange } = evidence.anonymous
      const others = [checkBots, checkLogin, checkOutage, checkGateway, checkMcp]
      return isHtml(exchange) && others.every((check) => check(evidence) === undefined)
        ? warn(`The response to a POST is an HTML page: ${describeExchange(exchange)}.`)
        : undefined
    },
  },
  {
    id: 'not-mcp',
    spec: 'MCP 2025-11-25 Streamable HTTP, Sending Messages to the Server; JSON-RPC 2.0 §5',
    means: allClients('It finds no MCP server, and reports an unexpected response.'),
    remedy: 'Give clients the URL of the MCP endpoint, usually with a path such as /mcp.',
    evaluate: checkMcp,
  },
  {
    id: 'login-redirect',
    spec: 'RFC 6750 §3; MCP 2025-11-25 Authorization, Error Handling',
    means: allClients('It cannot log in at a page for browsers, and finds no challenge.'),
    remedy:
      'Exempt the MCP URL and the /.well-known/ paths from the login product: the MCP server checks tokens itself and answers 401 with a challenge.',
    evaluate: checkLogin,
  },
  {
    id: 'api-gateway',
    spec: 'RFC 9110 §11.6.1; RFC 9728 §5.1',
    means: allClients('It finds no challenge, and cannot log in.'),
    remedy:
      'Turn off the authorizer or key check of the gateway for the MCP URL and the /.well-known/ paths: the MCP server checks tokens itself and answers 401 with a challenge.',
    evaluate: checkGateway,
  },
  {
    id: 'rate-limit',
    spec: 'RFC 6585 §4; RFC 9110 §10.2.3',
    means: allClients('It reports an error: clients do not wait for Retry-After.'),
    remedy: 'Allow at least a few dozen requests in a minute from one address.',
    evaluate: ({ isLimited }) =>
      isLimited ? warn('Some requests were answered with 429 Too Many Requests.') : undefined,
  },
  {
    id: 'renamed-challenge',
    spec: 'RFC 9110 §11.6.1',
    means: allClients('It finds no challenge, and guesses the metadata URL or stops.'),
    remedy:
      'Send WWW-Authenticate under its own name: at Amazon API Gateway by a gateway response for UNAUTHORIZED, or through a Lambda function URL or a load balancer.',
    evaluate: ({ rejection: { exchange } }) => {
      const renamed = [...exchange.headers.keys()].find((name) => RENAMED.test(name))
      return renamed === undefined
        ? undefined
        : error(`An API gateway or proxy renamed WWW-Authenticate to ${renamed}.`)
    },
  },
  {
    id: 'stale-response',
    spec: 'RFC 9111 §5.1, §3.5',
    means: allClients('It gets the response to an earlier request, perhaps of another client.'),
    remedy: 'Exclude the MCP URL from the cache of the CDN.',
    evaluate: ({ anonymous, garbage, rejection }) => {
      const copy = [anonymous, garbage, rejection].map(({ exchange }) => cachedBy(exchange))
      const found = copy.find((each) => each !== undefined)
      return found === undefined
        ? undefined
        : error(`The response to a POST comes from a cache: ${found}.`)
    },
  },
])

/** The header field of a cache that says that it answered itself. */
function cachedBy({ headers }: Exchange): string | undefined {
  const age = headers.get('Age')
  if (age !== null && age !== '0') return `it is ${quoteUntrusted(age)} s old`
  const name = CACHES.find((field) => /\b(hit|stale)\b/i.test(headers.get(field) ?? ''))
  return name === undefined ? undefined : `${name} is ${quoteUntrusted(headers.get(name))}`
}

const CACHES = ['cf-cache-status', 'x-cache', 'x-vercel-cache', 'x-cache-status', 'x-proxy-cache']

/** Of gateways and proxies that forward the field under another name. */
const RENAMED = /^x-.*www-authenticate$/

function checkUserAgents({ anonymous, agents, agentDocuments }: Evidence): CheckResult | undefined {
  const blocked = agents.filter(({ exchange }) => !isSameResponse(exchange, anonymous.exchange))
  const unread = agentDocuments.filter(({ exchange }) => exchange.status !== 200)
  if (blocked.length === 0 && unread.length === 0) {
    return pass('Hosted clients get the same response.')
  }
  const responses = blocked.map(
    ({ name, userAgent, exchange }) =>
      `${name} (User-Agent ${quoteUntrusted(userAgent)}) gets ${describeExchange(exchange)}`,
  )
  const documents = unread.map(
    ({ name, userAgent, exchange }) =>
      `${name} (User-Agent ${quoteUntrusted(userAgent)}) gets ${describeExchange(exchange)} at ${exchange.url}`,
  )
  const text = `The response depends on the user agent: ${[...responses, ...documents].join('; ')}`
  const other = blocked.length === 0 ? 200 : anonymous.exchange.status
  const [received] = [...blocked, ...unread]
  return error(`${text}; another client gets ${other}.`, {
    expected: String(other),
    received: received === undefined ? 'none' : describeExchange(received.exchange),
  })
}

function checkBots(evidence: Evidence): CheckResult | undefined {
  const product = intermediaryBefore(evidence, 'bot')
  return product === undefined
    ? undefined
    : error(
        `A bot protection responds in place of the server (${product}): ${describeExchange(evidence.anonymous.exchange)}.`,
      )
}

function checkLogin(evidence: Evidence): CheckResult | undefined {
  const { exchange } = evidence.anonymous
  const product = intermediaryBefore(evidence, 'login')
  if (product === undefined) return undefined
  const location = exchange.headers.get('Location')
  return location !== null && exchange.status < 400
    ? error(`${product} redirects (${exchange.status}) to its page: ${quoteUntrusted(location)}.`)
    : error(`${product} responds in place of the server: ${describeExchange(exchange)}.`)
}

function checkGateway(evidence: Evidence): CheckResult | undefined {
  const product = intermediaryBefore(evidence, 'gateway')
  return product === undefined
    ? undefined
    : error(
        `${product} rejects the request before it reaches the MCP server: ${describeExchange(evidence.anonymous.exchange)}.`,
      )
}

function checkOutage(evidence: Evidence): CheckResult | undefined {
  const { exchange } = evidence.anonymous
  if (checkBots(evidence) !== undefined) return undefined
  const product = intermediaryBefore(evidence, 'outage')
  const { status } = exchange
  const isUpstream = status === 502 || status === 504 || (status >= 520 && status <= 530)
  const isPage = status === 503 && isHtml(exchange)
  if (product === undefined && !isUpstream && !isPage) return undefined
  return error(
    `${product ?? 'A proxy'} responds, and gets no response from the MCP server: ${describeExchange(exchange)}.`,
  )
}

/** Whether two responses to the same request lead a client to the same next step. */
function isSameResponse(one: Exchange, other: Exchange): boolean {
  return one.status === other.status && nextStep(one) === nextStep(other)
}

function nextStep(exchange: Exchange): string {
  const { challenges } = readChallenges(exchange.headers.get('WWW-Authenticate') ?? '')
  const steps = challenges.map(({ scheme, params }) => [scheme, params.get('resource_metadata')])
  return JSON.stringify([...steps, intermediaryIn(exchange, 'bot')])
}
