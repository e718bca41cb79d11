/** What a client without a token is told: everything else follows from this answer. */

import { type Evidence, isElsewhere } from '../evidence.ts'
import {
  type Check,
  error,
  everyone,
  everyoneBut,
  pass,
  quoted,
  type Verdict,
  warn,
} from '../finding.ts'

const AREA = 'Challenge'
const NEVER_LOGS_IN = 'It never starts a login: only a 401 does that.'

export const CHALLENGE: readonly Check<Evidence>[] = [
  {
    id: 'challenge-status',
    area: AREA,
    spec: 'MCP 2025-11-25 Authorization, Error Handling; RFC 6750 §3',
    means: everyone(NEVER_LOGS_IN),
    remedy:
      'Check for a token before anything else looks at the request, and answer 401 when there is none.',
    judge: ({ anonymous: { exchange }, found }) =>
      judgeStatus(exchange.status, found !== undefined),
  },
  {
    id: 'challenge-header',
    area: AREA,
    spec: 'RFC 9110 §11.6.1; RFC 9728 §5.1',
    means: everyoneBut(
      { vscode: 'It looks for the metadata at the well-known places, if at all.' },
      'It may not recognise an OAuth server, and gives up.',
    ),
    remedy:
      'Send WWW-Authenticate: Bearer resource_metadata="…" with every 401. If you do, a proxy in front removes it.',
    judge: on401(({ refusal: { header } }) =>
      header === undefined
        ? error('The 401 has no WWW-Authenticate.')
        : pass('The 401 has a WWW-Authenticate.'),
    ),
  },
  {
    id: 'challenge-syntax',
    area: AREA,
    spec: 'RFC 9110 §11.2, §11.6.1',
    means: everyone(
      'A strict parser reads nothing from it; a lenient one may read the wrong thing.',
    ),
    remedy:
      'Write scheme, space, then name="value" pairs with commas between them; quote every value, and no quotation marks inside.',
    judge: withHeader(({ refusal, garbage }) => {
      const problem = refusal.problem ?? garbage.problem
      return problem === undefined
        ? pass('WWW-Authenticate is well written.')
        : error(`WWW-Authenticate is malformed: ${problem}.`)
    }),
  },
  {
    id: 'challenge-scheme',
    area: AREA,
    spec: 'RFC 6750 §3; RFC 9449 §7.1',
    means: everyone('It knows no other scheme and gives up.'),
    remedy: 'Challenge with Bearer (and DPoP beside it, if you take bound tokens).',
    judge: withHeader(({ refusal: { challenge, challenges } }) =>
      challenge === undefined
        ? error(
            `There is no Bearer challenge, only ${challenges.map(({ scheme }) => quoted(scheme)).join(', ') || 'text'}.`,
          )
        : pass(`The scheme is ${challenge.scheme}.`),
    ),
  },
  {
    id: 'challenge-error',
    area: AREA,
    spec: 'RFC 6750 §3.1',
    means: everyoneBut(
      { claude: 'It may take a token it never sent for expired, and try to refresh it.' },
      'It may report a bad token where there was none.',
    ),
    remedy: 'Leave error out of the challenge when the request had no credentials.',
    judge: withHeader(({ anonymous: { exchange, challenge } }) => {
      if (exchange.status !== 401) return undefined
      const code = challenge?.params.get('error')
      return code === undefined
        ? pass('Without credentials no error is named.')
        : warn(`Without credentials the challenge says error=${quoted(code)}.`)
    }),
  },
  {
    id: 'challenge-resource-metadata',
    area: AREA,
    spec: 'RFC 9728 §5.1',
    means: everyone('It has to guess where the metadata is; those that do not guess give up.'),
    remedy: 'Add resource_metadata="…" with the absolute URL of the metadata document.',
    judge: withHeader(({ refusal: { challenge }, found }) => {
      if (challenge === undefined) return undefined
      if (challenge.params.has('resource_metadata'))
        return pass('The challenge names the metadata.')
      const text = 'The challenge has no resource_metadata'
      return found === undefined
        ? error(`${text}, and it is not at the well-known places either.`)
        : warn(`${text}; it was found at a well-known place.`)
    }),
  },
  {
    id: 'challenge-metadata-url',
    area: AREA,
    spec: 'RFC 9728 §5.1, §3.1',
    means: everyone('It cannot fetch the metadata, or must not trust it.'),
    remedy:
      'Name the public https URL, configured and not derived from the request: behind a proxy the server sees another scheme and host than clients do.',
    judge: withHeader(judgeMetadataUrl),
  },
  {
    id: 'challenge-scope',
    area: AREA,
    spec: 'MCP 2025-11-25 Authorization, Scope Selection Strategy',
    means: everyone('It asks for everything in scopes_supported or, without that, for nothing.'),
    remedy: 'Name the scopes that a first call needs: scope="…" in the challenge.',
    judge: withHeader(({ refusal: { challenge }, found }) => {
      if (challenge === undefined) return undefined
      const scope = challenge.params.get('scope')
      if (scope?.split(' ').includes('offline_access')) {
        return warn('The challenge asks for offline_access, which is between client and issuer.')
      }
      if (scope) return pass(`The challenge names the scopes to ask for: ${quoted(scope)}.`)
      return found?.document['scopes_supported'] === undefined
        ? warn('Neither the challenge nor the metadata names a scope.')
        : pass('The challenge names no scope; the metadata does.')
    }),
  },
  {
    id: 'garbage-status',
    area: AREA,
    spec: 'RFC 6750 §3.1; MCP 2025-11-25 Authorization, Token Handling',
    means: everyone('It keeps a token that has ended instead of getting a new one.'),
    remedy:
      'Verify every token that is sent, and answer 401 for one that does not hold, whatever is wrong with it.',
    judge: ({ anonymous, garbage: { exchange }, found }) => {
      const { status } = exchange
      if (status === 0 || isElsewhere(anonymous.exchange.status)) return undefined
      if (anonymous.exchange.status < 300 && found === undefined) return undefined
      if (status === 401) return pass('A made-up token is refused with 401.')
      if (status >= 300) return error(`A made-up token is answered with ${status} instead of 401.`)
      return anonymous.exchange.status === 401
        ? error('A made-up token is accepted: tokens are not verified.')
        : warn('A made-up token is ignored instead of refused.')
    },
  },
  {
    id: 'garbage-error',
    area: AREA,
    spec: 'RFC 6750 §3.1',
    means: everyone('It cannot tell that its token is the reason, and may not refresh it.'),
    remedy: 'Say error="invalid_token" in the challenge to a token that does not hold.',
    judge: onGarbage(({ garbage: { challenge } }) => {
      const code = challenge?.params.get('error')
      if (code === 'invalid_token') return pass('A made-up token is called invalid_token.')
      return warn(`A made-up token is called ${code === undefined ? 'nothing' : quoted(code)}.`)
    }),
  },
  {
    id: 'garbage-resource-metadata',
    area: AREA,
    spec: 'RFC 9728 §5.1',
    means: everyone('When its token ends it has lost the way to a new one.'),
    remedy: 'Send the same resource_metadata with every 401, not only with the first.',
    judge: onGarbage(({ refusal, garbage: { challenge } }) => {
      const expected = refusal.challenge?.params.get('resource_metadata')
      if (expected === undefined) return undefined
      return challenge?.params.get('resource_metadata') === expected
        ? pass('The metadata is named there too.')
        : warn('The 401 for a bad token does not name the same metadata.')
    }),
  },
  {
    id: 'get-status',
    area: AREA,
    spec: 'MCP 2025-11-25 Streamable HTTP, Listening for Messages from the Server',
    means: everyone(
      'Opening its event stream fails in a way it does not expect, or needs no token.',
    ),
    remedy: 'Answer GET like POST: 401 without a token, or 405 if you have no event stream.',
    judge: ({ anonymous, get: { status } }) => {
      if (status === 0 || anonymous.exchange.status !== 401) return undefined
      if (status === 401 || status === 405) return pass(`GET is answered with ${status}.`)
      return status < 300
        ? error(`GET needs no token: it is answered with ${status}.`)
        : warn(`GET is answered with ${status}.`)
    },
  },
]

function judgeStatus(status: number, hasMetadata: boolean): Verdict | undefined {
  if (status === 401) return pass('A request without a token is answered with 401.')
  if (status === 0 || (status >= 300 && status < 400)) return undefined
  if (status < 300) {
    return hasMetadata
      ? warn('A request without a token is served: whatever needs one must say so by itself.')
      : error('A request without a token is served, and there is no sign of OAuth.')
  }
  if (status === 404 || status === 405) {
    return error(`There is no MCP endpoint at this URL: a POST is answered with ${status}.`)
  }
  return error(`A request without a token is answered with ${status} instead of 401.`)
}

function judgeMetadataUrl({ refusal: { challenge }, url }: Evidence): Verdict | undefined {
  const text = challenge?.params.get('resource_metadata')
  if (text === undefined) return undefined
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) {
    return error(`resource_metadata is not an absolute URL: ${quoted(text)}.`)
  }
  const named = new URL(text)
  if (named.origin === url.origin) return pass('The metadata URL is absolute, on the same origin.')
  if (named.protocol !== url.protocol && named.host === url.host) {
    return error(`resource_metadata says ${named.protocol} where you called ${url.protocol}`)
  }
  return named.protocol === 'https:'
    ? warn(`resource_metadata is on another host, ${quoted(named.host)}.`)
    : error(`resource_metadata is out of reach for clients: ${quoted(text)}.`)
}

type Judge = (evidence: Evidence) => Verdict | undefined

/** Only if there is a 401 to judge: anything else has been told. */
function on401(judge: Judge): Judge {
  return (evidence) => (evidence.refusal.exchange.status === 401 ? judge(evidence) : undefined)
}

function withHeader(judge: Judge): Judge {
  return on401((evidence) => (evidence.refusal.header === undefined ? undefined : judge(evidence)))
}

function onGarbage(judge: Judge): Judge {
  return withHeader((evidence) =>
    evidence.garbage.exchange.status === 401 ? judge(evidence) : undefined,
  )
}
