/** Checks the responses to requests without a valid token, and their challenges. */

import type { Exchange } from '../collect/http-client.ts'
import { type Evidence, isElsewhere } from '../evidence.ts'
import {
  allClients,
  allClientsExcept,
  type Check,
  type CheckResult,
  error,
  excerptOf,
  pass,
  quoteUntrusted,
  warn,
} from '../finding.ts'
import { isMixedLoopback } from '../urls.ts'
import { checkMcp } from './responder.ts'

const AREA = 'Challenge'
const NEVER_LOGS_IN = 'It does not start a login: only a 401 starts one.'

export const CHALLENGE: readonly Check<Evidence>[] = [
  {
    id: 'challenge-status',
    area: AREA,
    spec: 'MCP 2025-11-25 Authorization, Error Handling; RFC 6750 §3',
    means: allClients(NEVER_LOGS_IN),
    remedy: 'Check for a token before any other validation, and answer 401 without one.',
    // `not-mcp` reports a site that has no MCP server at this URL.
    evaluate: (evidence) =>
      checkMcp(evidence) === undefined
        ? checkStatus(evidence.anonymous.exchange, evidence.found !== undefined)
        : undefined,
  },
  {
    id: 'challenge-header',
    area: AREA,
    spec: 'RFC 9110 §11.6.1; RFC 9728 §5.1',
    means: allClientsExcept(
      { vscode: 'It may try the well-known metadata URLs.' },
      'It may not recognise OAuth, and stops.',
    ),
    remedy:
      'Send WWW-Authenticate: Bearer resource_metadata="…" with every 401. If your server sends it, a proxy removes it.',
    evaluate: on401(({ rejection: { header } }) =>
      header === undefined
        ? error('The 401 has no WWW-Authenticate.')
        : pass('The 401 has a WWW-Authenticate.'),
    ),
  },
  {
    id: 'challenge-repeated',
    area: AREA,
    spec: 'RFC 9110 §15.5.2',
    means: allClients('It logs in once, and stops at the next 401 instead of logging in again.'),
    remedy:
      'Send WWW-Authenticate with every 401. A second code path, such as a rate limit or an error handler, omits it.',
    evaluate: on401(({ rejection, anonymous, garbage, fromPage, agents }) => {
      if (rejection.header === undefined) return undefined
      const others = [anonymous, garbage, fromPage, ...agents].map(({ exchange }) => exchange)
      const silent = others.filter(
        ({ status, headers }) => status === 401 && !headers.has('WWW-Authenticate'),
      )
      return silent.length === 0
        ? pass('Every 401 has a WWW-Authenticate.')
        : error(`${silent.length} of the 401 responses have no WWW-Authenticate.`)
    }),
  },
  {
    id: 'challenge-cache',
    area: AREA,
    spec: 'RFC 9111 §3, §5.2.2.9',
    means: allClients('It gets an old 401 although it sends a valid token.'),
    remedy: 'Send Cache-Control: no-store with every 401.',
    evaluate: on401(({ rejection: { exchange } }) => {
      const control = exchange.headers.get('Cache-Control') ?? ''
      return /\bpublic\b|s-maxage=[1-9]|max-age=[1-9]/i.test(control) &&
        !/no-store|no-cache/i.test(control)
        ? warn(`Caches may store the 401: Cache-Control is ${quoteUntrusted(control)}.`)
        : pass('Caches do not store the 401.')
    }),
  },
  {
    id: 'challenge-on-success',
    area: AREA,
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
    area: AREA,
    spec: 'RFC 9110 §11.2, §11.6.1',
    means: allClients('A strict parser rejects it; a lenient one may misread it.'),
    remedy:
      'Write the scheme, a space, then name="value" pairs separated by commas. Quote every value, and use no quotation marks inside.',
    evaluate: withHeader(({ rejection, garbage }) => {
      const problem = rejection.problem ?? garbage.problem
      return problem === undefined
        ? pass('WWW-Authenticate is well-formed.')
        : error(`WWW-Authenticate is malformed: ${problem}.`)
    }),
  },
  {
    id: 'challenge-scheme',
    area: AREA,
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
    area: AREA,
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
    area: AREA,
    spec: 'RFC 9728 §5.1',
    means: allClients('It has to guess the metadata URL, or stops.'),
    remedy: 'Add resource_metadata="…" with the absolute URL of the metadata document.',
    evaluate: withHeader(({ rejection: { challenge }, found }) => {
      if (challenge === undefined) return undefined
      if (challenge.params.has('resource_metadata'))
        return pass('The challenge names the metadata.')
      const text = 'The challenge has no resource_metadata'
      return found === undefined
        ? error(`${text}, and the well-known URLs have no metadata.`)
        : warn(`${text}; a well-known URL has the metadata.`)
    }),
  },
  {
    id: 'challenge-metadata-url',
    area: AREA,
    spec: 'RFC 9728 §5.1, §3.1',
    means: allClients('It cannot fetch the metadata, or must not use it.'),
    remedy:
      'Send the public https URL from configuration, not from the request: behind a proxy the server sees a different scheme and host.',
    evaluate: withHeader(checkMetadataUrl),
  },
  {
    id: 'challenge-scope',
    area: AREA,
    spec: 'MCP 2025-11-25 Authorization, Scope Selection Strategy',
    means: allClients('It requests all of scopes_supported or, without that member, no scope.'),
    remedy: 'Add scope="…" to the challenge with the scopes that a first call needs.',
    evaluate: withHeader(({ rejection: { challenge }, found }) => {
      if (challenge === undefined) return undefined
      const scope = challenge.params.get('scope')
      if (scope?.split(' ').includes('offline_access')) {
        return warn(
          'The challenge contains offline_access, which only clients and authorization servers use.',
        )
      }
      if (scope) return pass(`The challenge names the scopes to request: ${quoteUntrusted(scope)}.`)
      return found?.document['scopes_supported'] === undefined
        ? warn('Neither the challenge nor the metadata names a scope.')
        : pass('The challenge names no scope; the metadata does.')
    }),
  },
  {
    id: 'garbage-status',
    area: AREA,
    spec: 'RFC 6750 §3.1; MCP 2025-11-25 Authorization, Token Handling',
    means: allClients('It keeps using an expired token instead of getting a new one.'),
    remedy: 'Verify every token, and answer 401 for each invalid one.',
    evaluate: ({ anonymous, garbage: { exchange }, found }) => {
      const { status } = exchange
      if (status === 0 || isElsewhere(anonymous.exchange.status)) return undefined
      if (anonymous.exchange.status < 300 && found === undefined) return undefined
      if (status === 401) return pass('An invalid token is answered with 401.')
      if (status >= 300) {
        return error(
          `An invalid token is answered with ${status} instead of 401${excerptOf(exchange)}.`,
        )
      }
      return anonymous.exchange.status === 401
        ? error('An invalid token is accepted: tokens are not verified.')
        : warn('An invalid token is ignored instead of rejected.')
    },
  },
  {
    id: 'garbage-error',
    area: AREA,
    spec: 'RFC 6750 §3.1',
    means: allClients('It cannot see that the token is the cause, and may not refresh it.'),
    remedy: 'Send error="invalid_token" in the challenge for an invalid token.',
    evaluate: onGarbage(({ garbage: { challenge } }) => {
      const code = challenge?.params.get('error')
      if (code === 'invalid_token')
        return pass('The challenge for an invalid token has error="invalid_token".')
      return warn(
        `The challenge for an invalid token has ${code === undefined ? 'no error' : `error=${quoteUntrusted(code)}`}.`,
      )
    }),
  },
  {
    id: 'garbage-resource-metadata',
    area: AREA,
    spec: 'RFC 9728 §5.1',
    means: allClients('When its token expires it does not find the metadata for a new login.'),
    remedy: 'Send the same resource_metadata with every 401, not only with the first.',
    evaluate: onGarbage(({ rejection, garbage: { challenge } }) => {
      const expected = rejection.challenge?.params.get('resource_metadata')
      if (expected === undefined) return undefined
      return challenge?.params.get('resource_metadata') === expected
        ? pass('The challenge for an invalid token names the metadata too.')
        : warn('The 401 for an invalid token does not name the same metadata.')
    }),
  },
  {
    id: 'get-status',
    area: AREA,
    spec: 'MCP 2025-11-25 Streamable HTTP, Listening for Messages from the Server',
    means: allClients(
      'Opening the event stream fails with an unexpected status, or needs no token.',
    ),
    remedy: 'Answer GET with 401 without a token, or with 405 if there is no event stream.',
    evaluate: ({ anonymous, get: { status } }) => {
      if (status === 0 || anonymous.exchange.status !== 401) return undefined
      if (status === 401 || status === 405) return pass(`GET is answered with ${status}.`)
      return status < 300
        ? error(`GET needs no token: it is answered with ${status}.`)
        : warn(`GET is answered with ${status}.`)
    },
  },
  {
    id: 'delete-status',
    area: AREA,
    spec: 'MCP 2025-11-25 Streamable HTTP, Session Management',
    means: allClients('Not affected, but anyone can end the sessions of its user.'),
    remedy: 'Answer DELETE with 401 without a token, or with 405 if there are no sessions.',
    evaluate: ({ anonymous, remove: { status } }) => {
      if (status === 0 || anonymous.exchange.status !== 401) return undefined
      return status < 300
        ? error(`DELETE needs no token: it is answered with ${status}.`)
        : pass(`DELETE is answered with ${status}.`)
    },
  },
]

function checkStatus(exchange: Exchange, hasMetadata: boolean): CheckResult | undefined {
  const { status } = exchange
  if (status === 401) return pass('A request without a token is answered with 401.')
  if (status === 0 || (status >= 300 && status < 400)) return undefined
  if (status < 300) {
    return hasMetadata
      ? warn(
          'A request without a token is served: each operation that needs a token must answer 401 itself.',
        )
      : error('A request without a token is served, and no OAuth metadata was found.')
  }
  if (status === 404 || status === 405) {
    return error(
      `There is no MCP endpoint at this URL: a POST is answered with ${status}${excerptOf(exchange)}.`,
    )
  }
  return error(
    `A request without a token is answered with ${status} instead of 401${excerptOf(exchange)}.`,
  )
}

function checkMetadataUrl({
  rejection: { challenge },
  url,
  found,
}: Evidence): CheckResult | undefined {
  const text = challenge?.params.get('resource_metadata')
  if (text === undefined) return undefined
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    return error(`resource_metadata is not an absolute URL: ${quoteUntrusted(text)}.`)
  }
  const named = new URL(text)
  if (named.origin === url.origin) return pass('The metadata URL is absolute, on the same origin.')
  if (isMixedLoopback(named, url)) {
    // `resource-identity` reports a whole server that has the other name.
    return found?.document['resource'] === url.href
      ? error(`resource_metadata names ${named.hostname}, but the URL is of ${url.hostname}.`)
      : undefined
  }
  if (named.protocol !== url.protocol && named.host === url.host) {
    return error(
      `resource_metadata is a ${named.protocol} URL, but the server was called with ${url.protocol}.`,
    )
  }
  return named.protocol === 'https:'
    ? warn(`resource_metadata is on another host, ${quoteUntrusted(named.host)}.`)
    : error(`resource_metadata is a URL that clients cannot reach: ${quoteUntrusted(text)}.`)
}

type Evaluate = (evidence: Evidence) => CheckResult | undefined

/** Evaluates only a 401. `challenge-status` reports any other status. */
function on401(evaluate: Evaluate): Evaluate {
  return (evidence) => (evidence.rejection.exchange.status === 401 ? evaluate(evidence) : undefined)
}

function withHeader(evaluate: Evaluate): Evaluate {
  return on401((evidence) =>
    evidence.rejection.header === undefined ? undefined : evaluate(evidence),
  )
}

function onGarbage(evaluate: Evaluate): Evaluate {
  return withHeader((evidence) =>
    evidence.garbage.exchange.status === 401 ? evaluate(evidence) : undefined,
  )
}
