/** Checks whether another program responds in place of the MCP server: a firewall, a proxy, a login product. */

import type { Exchange } from '../collect/http-client.ts'
import type { Evidence } from '../evidence.ts'
import {
  allClients,
  type Check,
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
    evaluate: ({ anonymous: { exchange } }) =>
      isHtml(exchange) && !isBotChallenge(exchange)
        ? warn(`The response to a POST is an HTML page: ${describe(exchange)}.`)
        : undefined,
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
      exchange.headers.has('x-amzn-remapped-www-authenticate')
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
