/** Checks the responses to requests without a valid token, and their challenges. */

import { textsOf } from '../../lib/json.ts'
import { parseScope } from '../../scope/scope.ts'
import type { Exchange } from '../collect/http-client.ts'
import { UNQUOTED } from '../collect/parse-challenges.ts'
import type { Evidence } from '../evidence.ts'
import {
  allClients,
  allClientsExcept,
  type CheckResult,
  checksOf,
  error,
  excerptOf,
  pass,
  quoteList,
  quoteUntrusted,
  warn,
} from '../finding.ts'
import { on401, withHeader } from './challenge-guards.ts'
import { checkMetadataUrl } from './challenge-metadata-url.ts'
import { checkStatus } from './challenge-status.ts'
import { checkMcp } from './mcp-endpoint.ts'

const NEVER_LOGS_IN = 'It does not start a login: only a 401 starts one.'

export const CHALLENGE = checksOf<Evidence>('Challenge', [
  {
    id: 'challenge-status',
    spec: 'MCP 2025-11-25 Authorization, Error Handling; RFC 6750 §3',
    means: allClients(NEVER_LOGS_IN),
    remedy: 'Check for a token before any other validation, and answer 401 without one.',
    // `not-mcp` reports a site that has no MCP server at this URL.
    evaluate: (evidence) => (checkMcp(evidence) === undefined ? checkStatus(evidence) : undefined),
  },
  {
    id: 'challenge-header',
    spec: 'RFC 9110 §11.6.1; RFC 9728 §5.1',
    means: allClientsExcept(
      { vscode: 'It may try the well-known metadata URLs.' },
      'It may not recognise OAuth, and stops.',
    ),
    remedy:
      'Send WWW-Authenticate: Bearer resource_metadata="…" with every 401. If your server sends it, a proxy removes it.',
    evaluate: on401(({ rejection: { header, exchange } }) =>
      header === undefined
        ? error(`The 401 has no WWW-Authenticate${excerptOf(exchange)}.`)
        : pass('The 401 has a WWW-Authenticate.'),
    ),
  },
  {
    id: 'challenge-repeated',
    spec: 'RFC 9110 §15.5.2',
    means: allClients('It logs in once, and stops at the next 401 instead of logging in again.'),
    remedy:
      'Send WWW-Authenticate with every 401. A second code path, such as a rate limit or an error handler, omits it.',
    evaluate: on401(checkRepeated),
  },
  {
    id: 'challenge-cache',
    spec: 'RFC 9111 §3, §5.2.2.9',
    means: allClients('It gets an old 401 although it sends a valid token.'),
    remedy: 'Send Cache-Control: no-store with every 401.',
    evaluate: on401(({ rejection: { exchange } }) => {
      const field = CACHE_FIELDS.find((name) => isCacheable(name, exchange.headers.get(name)))
      return field === undefined
        ? pass('Caches do not store the 401.')
        : warn(
            `Caches may store the 401: ${field} is ${quoteUntrusted(exchange.headers.get(field))}.`,
            {
              expected: 'Cache-Control: no-store',
              received: `${field}: ${exchange.headers.get(field)}`,
            },
          )
    }),
  },
  {
    id: 'challenge-on-success',
    spec: 'RFC 9110 §11.6.1; MCP 2025-11-25 Authorization, Error Handling',
    means: allClients(NEVER_LOGS_IN),
    remedy: 'Answer 401 where a token is needed; a challenge in another response starts no login.',
    evaluate: ({ anonymous: { exchange, challenge } }) =>
      exchange.status < 300 && challenge !== undefined
        ? warn(`A challenge comes with status ${exchange.status}.`)
        : undefined,
  },
  {
    id: 'challenge-syntax',
    spec: 'RFC 9110 §11.2, §11.6.1',
    means: allClients('A strict parser rejects it; a lenient one may misread it.'),
    remedy:
      'Write the scheme, a space, then name="value" pairs separated by commas. Quote every value, and use no quotation marks inside.',
    evaluate: withHeader(({ rejection, garbage }) => {
      const problem = rejection.problem ?? garbage.problem
      if (problem === undefined) return pass('WWW-Authenticate is well-formed.')
      const text = `WWW-Authenticate is malformed: ${problem}.`
      // The official SDKs read a URL without quotation marks.
      return problem.endsWith(UNQUOTED) ? warn(text) : error(text)
    }),
  },
  {
    id: 'challenge-scheme',
    spec: 'RFC 6750 §3; RFC 9449 §7.1',
    means: allClients('It supports no other scheme and stops.'),
    remedy: 'Send a Bearer challenge, and a DPoP challenge too if you accept DPoP tokens.',
    evaluate: withHeader(({ rejection: { challenge, challenges } }) =>
      challenge === undefined
        ? error(
            `There is no Bearer challenge, only ${challenges.map(({ scheme }) => quoteUntrusted(scheme)).join(', ') || 'text'}.`,
          )
        : pass(`The scheme is ${challenge.scheme}.`),
    ),
  },
  {
    id: 'challenge-error',
    spec: 'RFC 6750 §3.1',
    means: allClientsExcept(
      { claude: 'It may try to refresh a token that it never sent.' },
      'It may report an invalid token although it sent none.',
    ),
    remedy: 'Omit error from the challenge when the request has no credentials.',
    evaluate: withHeader(({ anonymous: { exchange, challenge } }) => {
      if (exchange.status !== 401) return undefined
      const code = challenge?.params.get('error')
      return code === undefined
        ? pass('Without credentials the challenge has no error.')
        : warn(`Without credentials the challenge has error=${quoteUntrusted(code)}.`)
    }),
  },
  {
    id: 'challenge-resource-metadata',
    spec: 'RFC 9728 §5.1',
    means: allClients('It has to guess the metadata URL, or stops.'),
    remedy: 'Add resource_metadata="…" with the absolute URL of the metadata document.',
    evaluate: withHeader(({ rejection: { challenge }, found }) => {
      if (challenge === undefined) return undefined
      if (challenge.params.has('resource_metadata'))
        return pass('The challenge names the metadata.')
      const similar = [...challenge.params.keys()].find((name) => MISNAMED.test(name))
      const text =
        similar === undefined
          ? 'The challenge has no resource_metadata'
          : `The challenge has ${similar} in place of resource_metadata`
      return found === undefined
        ? error(`${text}, and the well-known URLs have no metadata.`)
        : warn(`${text}; a well-known URL has the metadata.`)
    }),
  },
  {
    id: 'challenge-metadata-url',
    spec: 'RFC 9728 §5.1, §3.1',
    means: allClients('It cannot fetch the metadata, or must not use it.'),
    remedy:
      'Send the public https URL from configuration, not from the request: behind a proxy the server sees a different scheme and host.',
    evaluate: withHeader(checkMetadataUrl),
  },
  {
    id: 'challenge-scope',
    spec: 'MCP 2025-11-25 Authorization, Scope Selection Strategy',
    means: allClients('It requests all of scopes_supported or, without that member, no scope.'),
    remedy: 'Add scope="…" to the challenge with the scopes that a first call needs.',
    evaluate: withHeader(checkScopes),
  },
])

function checkScopes({
  rejection: { challenge },
  found,
  places,
}: Evidence): CheckResult | undefined {
  if (challenge === undefined) return undefined
  const scope = challenge.params.get('scope')
  const scopes = parseScope(scope ?? '')
  if (scopes.includes('offline_access')) {
    return warn(
      'The challenge contains offline_access, which only clients and authorization servers use.',
    )
  }
  const listed = places.flatMap(({ document }) => textsOf(document?.['scopes_supported']))
  const missing = scopes.filter((each) => !listed.includes(each))
  // `challenge-scope-form` reports a list with commas.
  if (listed.length > 0 && missing.length > 0 && !scopes.some((each) => /[,;|[]/.test(each))) {
    return warn(
      `The challenge names scopes that scopes_supported does not list: ${quoteUntrusted(missing.join(' '))}. Claude Code and Qwen request the listed scopes only.`,
      { expected: quoteUntrusted(scope), received: quoteList(listed) },
    )
  }
  if (scope) return pass(`The challenge names the scopes to request: ${quoteUntrusted(scope)}.`)
  return found?.document['scopes_supported'] === undefined
    ? warn('Neither the challenge nor the metadata names a scope.')
    : pass('The challenge names no scope; the metadata does.')
}

/** Names that servers send by mistake; those of Microsoft name the authorization server. */
const MISNAMED = /^(resource.?metadata.*|resource.*(url|uri)|metadata.*|as_uri|authorization_uri)$/

const CACHE_FIELDS = ['Cache-Control', 'CDN-Cache-Control', 'Surrogate-Control', 'Expires']

function isCacheable(field: string, value: string | null): boolean {
  if (value === null) return false
  if (field === 'Expires') return Date.parse(value) > Date.now()
  return /\bpublic\b|s-maxage=[1-9]|max-age=[1-9]/i.test(value) && !/no-store|no-cache/i.test(value)
}

function checkRepeated({
  rejection,
  anonymous,
  garbage,
  fromPage,
  agents,
  get,
}: Evidence): CheckResult | undefined {
  if (rejection.header === undefined) return undefined
  const isSilent = ({ status, headers }: Exchange) =>
    status === 401 && !headers.has('WWW-Authenticate')
  const posts = [anonymous, garbage, fromPage, ...agents].map(({ exchange }) => exchange)
  const silent = posts.filter(isSilent).length
  if (isSilent(garbage.exchange)) {
    return error('The 401 for an invalid token has no WWW-Authenticate, the first 401 has one.')
  }
  if (silent > 0) return error(`${silent} of the 401 responses have no WWW-Authenticate.`)
  return isSilent(get)
    ? warn('The 401 for a GET has no WWW-Authenticate.')
    : pass('Every 401 has a WWW-Authenticate.')
}
