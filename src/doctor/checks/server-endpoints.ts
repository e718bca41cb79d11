/** Checks the endpoints of an authorization server: whether clients reach and can use them, and whether it registers clients. */

import { isLoopback, parseUrl } from '../../lib/safe-url.ts'
import type { Exchange } from '../collect/http-client.ts'
import { isPrivateHost } from '../collect/url-guard.ts'
import type { ServerEvidence } from '../evidence.ts'
import {
  allClients,
  type CheckResult,
  checksOf,
  describeExchange,
  error,
  pass,
  quoteUntrusted,
  warn,
} from '../finding.ts'
import { isHtml } from '../intermediaries.ts'

export const SERVER_ENDPOINTS = checksOf<ServerEvidence>('Authorization server', [
  {
    id: 'server-endpoints',
    spec: 'RFC 8414 §2',
    means: allClients('It cannot reach the login page or the token endpoint.'),
    remedy:
      'Configure the public URL of the authorization server: the host that clients use, not that of a container or of the machine.',
    evaluate: checkEndpoints,
  },
  {
    id: 'server-pushed-requests',
    spec: 'RFC 9126 §5',
    means: allClients('It pushes no authorization request, and its login ends with an error.'),
    remedy:
      'Accept authorization requests that are not pushed from the clients of the MCP server, and omit require_pushed_authorization_requests.',
    evaluate: ({ metadata }) =>
      metadata?.['require_pushed_authorization_requests'] === true
        ? warn('It requires pushed authorization requests, which the MCP SDKs do not send.')
        : undefined,
  },
  {
    id: 'server-registration',
    spec: 'RFC 7591 §3; MCP 2025-11-25 Authorization, Dynamic Client Registration',
    means: {
      claude: 'Without a client ID metadata document it cannot register, and requires a client id.',
      chatgpt: 'It cannot register, and requires a client id.',
      vscode: 'It prompts its user for a client id.',
      browser: 'It cannot register, and stops.',
    },
    remedy:
      'Allow anonymous registration at the server (Keycloak: the Trusted Hosts policy; Okta: no setting), enable client ID metadata documents, or register clients by hand and omit registration_endpoint.',
    evaluate: checkRegistration,
  },
])

const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'jwks_uri',
] as const

function checkEndpoints({ issuer, metadata }: ServerEvidence): CheckResult | undefined {
  const home = parseUrl(issuer)
  if (metadata === undefined || home === undefined) return undefined
  const inner = ENDPOINTS.filter((name) => {
    const url = parseUrl(String(metadata[name]))
    return url !== undefined && url.hostname !== home.hostname && isInner(url, home)
  })
  const [first] = inner
  if (first === undefined) return pass('Its endpoints are at hosts that clients can reach.')
  return error(
    `${inner.join(', ')}: the host is the internal name of the server, such as that of a container: ${quoteUntrusted(metadata[first])}.`,
    { expected: `a URL at ${home.host}`, received: quoteUntrusted(metadata[first]) },
  )
}

/** Loopback addresses are of another machine, unless the issuer is on this one. */
function isInner(url: URL, home: URL): boolean {
  return isLoopback(url) ? !isLoopback(home) : isPrivateHost(url.hostname)
}

/** Registration endpoints of products that need a policy or a token for it. */
const CLOSED_BY_DEFAULT: readonly (readonly [RegExp, string])[] = [
  [/\/realms\/[^/]+\/clients-registrations\//, 'Keycloak'],
  [/^https:\/\/[^/]+\.(?:okta|oktapreview|okta-emea)\.com\/oauth2\/v1\/clients/, 'Okta'],
]

function checkRegistration({ metadata, registration }: ServerEvidence): CheckResult | undefined {
  const endpoint = metadata?.['registration_endpoint']
  if (typeof endpoint !== 'string') return undefined
  const isTried = registration !== undefined && registration.failure !== 'not_sent'
  if (isTried) return checkResponse(registration)
  const untried = 'Registration was not tried'
  const product = CLOSED_BY_DEFAULT.find(([pattern]) => pattern.test(endpoint))?.[1]
  return product === undefined
    ? pass(`It has a registration endpoint. ${untried}.`)
    : warn(`${product} rejects anonymous registration by default. ${untried}.`)
}

/** The doctor sent a registration that every server rejects: the question is how. */
function checkResponse(exchange: Exchange): CheckResult {
  const { status, url } = exchange
  // The body of a client that was created contains its secret, and reports are shared.
  const isCreated = status >= 200 && status < 300
  const received = isCreated ? `${status}` : describeExchange(exchange)
  const text = `A registration without credentials is answered with ${received}`
  const expected = '400 with invalid_redirect_uri or invalid_client_metadata'
  const comparison = { expected, received }
  if (status === 401 || status === 403) {
    const policy = /trusted hosts/i.test(exchange.body)
      ? ': the Trusted Hosts policy of Keycloak rejects it'
      : ': the server registers no anonymous clients'
    return warn(`${text}${policy}.`, comparison)
  }
  if (status === 0) return warn(`The registration endpoint ${url} does not respond.`, comparison)
  if (status === 404 || status === 405 || status === 410 || status === 501) {
    return warn(`${text}: the endpoint ${url} does not exist or registers no clients.`, comparison)
  }
  if (status >= 300 && status < 400) return warn(`${text}: the endpoint redirects.`, comparison)
  if (status >= 500) return warn(`${text}: the endpoint fails.`, comparison)
  if (isHtml(exchange)) return warn(`${text}: an HTML page in place of JSON.`, comparison)
  if (isCreated) return warn(`${text}: it accepts an invalid redirect URI.`, comparison)
  return isDisabled(exchange)
    ? warn(`${text}: registration is disabled.`, comparison)
    : pass(`Clients may register: an invalid registration is answered with ${status}.`)
}

/** A 400 for the whole endpoint, not for the redirect URI. */
function isDisabled({ body }: Exchange): boolean {
  if (/redirect|client_metadata/i.test(body)) return false
  return /disabled|not (enabled|allowed|supported|permitted)|access_denied|unauthorized|initial access token|forbidden/i.test(
    body,
  )
}
