/** Compares the claims and the key of a JWT with what the server and its metadata name. */

import type { Jwk } from '../../contract/documents.ts'
import { isObject, isTextList } from '../../lib/json.ts'
import { parseUrl } from '../../lib/safe-url.ts'
import { parseScope } from '../../scope/scope.ts'
import type { Exchange } from '../collect/http-client.ts'
import type { CallEvidence, Evidence } from '../evidence.ts'
import {
  allClients,
  allClientsExcept,
  type CheckResult,
  checksOf,
  error,
  pass,
  quoteList,
  quoteUntrusted,
  warn,
} from '../finding.ts'
import { bindingOf, paramsOf, scopesIn } from '../token-parts.ts'

export const TOKEN_CLAIMS = checksOf<Evidence>('Token', [
  {
    id: 'token-audience',
    spec: 'RFC 9068 §4; RFC 8707 §2; MCP 2025-11-25 Authorization, Token Audience Binding',
    means: allClients('Its token may be valid at other services, and their tokens here.'),
    remedy:
      'Configure the authorization server to set aud to the resource identifier (RFC 8707), and check it; or configure the audience that it sets.',
    evaluate: withJwt(checkAudience),
  },
  {
    id: 'token-issuer',
    spec: 'RFC 9068 §4; RFC 9728 §2',
    means: allClients('It logs in at a listed server and gets tokens of another issuer.'),
    remedy: 'Add the issuer of the tokens to authorization_servers.',
    evaluate: withJwt((claims, { servers }) => {
      if (servers.length === 0) return undefined
      const issuers = servers.map(({ issuer }) => issuer)
      const { iss } = claims
      if (issuers.some((issuer) => issuer === iss)) {
        return pass('The issuer of the token is listed in authorization_servers.')
      }
      const comparison = { expected: quoteList(issuers), received: quoteUntrusted(iss) }
      return warn(
        `The issuer of the token is not listed in authorization_servers: expected ${comparison.expected}, received ${comparison.received}${issuerHint(iss, issuers)}.`,
        comparison,
      )
    }),
  },
  {
    id: 'token-scope',
    spec: 'RFC 6750 §3.1; RFC 9068 §2.2.3',
    means: allClients('It logs in, and the first call is rejected all the same.'),
    remedy:
      'Grant these scopes at the authorization server, or require the scopes that it grants. Some servers write them as scp or roles, or with a prefix.',
    evaluate: withJwt(checkScope),
  },
  {
    id: 'token-binding',
    spec: 'RFC 9449 §6, §7.1; RFC 8705 §3; RFC 9728 §2',
    means: allClients('Its bearer tokens are rejected: few clients support DPoP.'),
    remedy:
      'Let the client send DPoP proofs in its token requests, or accept bearer tokens (mcp-gatehouse: dpop.required).',
    evaluate: withJwt(checkBinding),
  },
  {
    id: 'token-expiry',
    spec: 'RFC 9068 §2.2; RFC 9700 §2.2',
    means: allClients('A leaked token works until it expires, or without limit.'),
    remedy: 'Issue tokens that expire within hours, and reject tokens without exp.',
    evaluate: withJwt((claims, _evidence, { initialize }) => checkLifetime(claims, initialize)),
  },
  {
    id: 'token-lifetime',
    spec: 'RFC 6749 §5.1, §6',
    means: allClientsExcept(
      { vscode: 'It refreshes several times in a second, for as long as its window is open.' },
      'It refreshes every few minutes.',
    ),
    remedy: 'Issue tokens that live longer than five minutes, for example ten.',
    evaluate: withJwt(checkRefreshes),
  },
  {
    id: 'token-key',
    spec: 'RFC 7515 §4.1.4; RFC 7517 §4.5; RFC 9068 §2.1',
    means: allClients('Its tokens are rejected: the server has no key for their signatures.'),
    remedy:
      'Sign tokens with a key that jwks_uri publishes, and set its kid in the header. A token of an older key remains from before a rotation.',
    evaluate: withJwt(checkKey),
  },
])

type Claims = Readonly<Record<string, unknown>>

function checkAudience(
  claims: Claims,
  { found }: Evidence,
  { initialize }: CallEvidence,
): CheckResult | undefined {
  const audience = valuesOf(claims['aud'])
  const resource = found?.document['resource']
  if (typeof resource !== 'string') return undefined
  if (audience.includes(resource)) return pass('The audience of the token is the resource.')
  const comparison = { expected: quoteUntrusted(resource), received: quoteList(audience) }
  const text = `expected ${comparison.expected}, received ${comparison.received}${audienceHint(audience, resource)}`
  if (initialize.status !== 200) {
    return error(`The token has another audience: ${text}.`, comparison)
  }
  return audience.length === 0
    ? error(`The token has no audience and is accepted: ${text}.`, comparison)
    : warn(`The token has another audience and is accepted: ${text}.`, comparison)
}

function audienceHint(audience: readonly unknown[], resource: string): string {
  const texts = audience.filter((each) => typeof each === 'string')
  const bare = resource.replace(/\/$/, '')
  if (texts.some((each) => each.replace(/\/$/, '') === bare)) {
    return '; they differ only in the trailing slash'
  }
  const origin = parseUrl(resource)?.origin
  if (texts.some((each) => each.replace(/\/$/, '') === origin)) return '; it lacks the path'
  if (texts.some((each) => each.startsWith('api://'))) {
    return '; Entra sets the application ID URI of the API'
  }
  if (texts.some((each) => GRAPH.has(each.replace(/\/$/, '')))) {
    return '; it is a token for Microsoft Graph, which no other API can verify: let clients request a scope of your API'
  }
  if (texts.some((each) => /\/userinfo$/.test(each))) {
    return '; it is a token for the profile of the user: the client requested no audience'
  }
  if (texts.includes('account')) return '; Keycloak sets it without an audience mapper'
  return audience.length > 0 && texts.every((each) => !URL.canParse(each))
    ? '; it may be the client id: the authorization server ignored the resource parameter'
    : ''
}

/** The identifiers of Microsoft Graph. */
const GRAPH: ReadonlySet<string> = new Set([
  '00000003-0000-0000-c000-000000000000',
  'https://graph.microsoft.com',
])

/** Why tokens of one server have an issuer with another spelling. */
function issuerHint(iss: unknown, issuers: readonly string[]): string {
  if (typeof iss !== 'string') return ''
  const bare = iss.replace(/\/$/, '')
  if (issuers.some((issuer) => issuer.replace(/\/$/, '') === bare)) {
    return '; they differ only in the trailing slash'
  }
  if (iss.startsWith('https://sts.windows.net/')) {
    return '; Entra issues tokens of version 1: set accessTokenAcceptedVersion to 2'
  }
  const one = parseUrl(iss)
  const isSameHost = issuers.some((issuer) => parseUrl(issuer)?.host === one?.host)
  return isSameHost ? '; another tenant, realm or version of the same server' : ''
}

function checkScope(
  claims: Claims,
  { rejection }: Evidence,
  { initialize }: CallEvidence,
): CheckResult | undefined {
  const params = paramsOf(initialize)
  const isScope = initialize.status === 403 || params?.get('error') === 'insufficient_scope'
  if (!isScope) return undefined
  const named = params?.get('scope') ?? rejection.challenge?.params.get('scope')
  const expected = parseScope(named ?? '')
  const received = scopesIn(claims)
  if (expected.every((scope) => received.includes(scope))) return undefined
  const comparison = { expected: quoteList(expected), received: quoteList(received) }
  const roles = isTextList(claims['roles']) ? `; roles has ${quoteList(claims['roles'])}` : ''
  return error(
    `The token lacks a scope: expected ${comparison.expected}, received ${comparison.received}${roles}.`,
    comparison,
  )
}

function checkBinding(
  claims: Claims,
  { found, rejection }: Evidence,
  { initialize }: CallEvidence,
): CheckResult | undefined {
  const isRequired =
    found?.document['dpop_bound_access_tokens_required'] === true ||
    (rejection.challenges.length > 0 &&
      rejection.challenges.every(({ scheme }) => scheme.toLowerCase() === 'dpop'))
  if (!isRequired || bindingOf(claims) !== undefined) return undefined
  const comparison = { expected: 'a token that is bound by DPoP', received: 'a bearer token' }
  const text = `expected ${comparison.expected}, received ${comparison.received}`
  return initialize.status === 200
    ? warn(`The token is not bound and is accepted: ${text}.`, comparison)
    : error(`The token is not bound: ${text}.`, comparison)
}

function checkLifetime({ exp, iat, nbf }: Claims, initialize: Exchange): CheckResult {
  const sent = Date.parse(initialize.headers.get('Date') ?? '')
  const now = Math.floor((Number.isNaN(sent) ? Date.now() : sent) / 1000)
  if (typeof exp !== 'number') {
    return initialize.status === 200
      ? error('The token has no exp and is accepted.')
      : warn('The token has no exp.')
  }
  if (exp <= now) {
    const text = `The token expired ${now - exp} s ago`
    const comparison = { expected: `exp after ${now}`, received: String(exp) }
    return initialize.status === 200
      ? error(`${text} and is accepted.`, comparison)
      : error(`${text}: get a new one.`, comparison)
  }
  const start = Math.max(...[nbf, iat].filter((each) => typeof each === 'number'), 0)
  if (start > now + 60) {
    return warn(`The token is valid in ${start - now} s only: the clocks of the servers differ.`, {
      expected: `nbf and iat up to ${now}`,
      received: String(start),
    })
  }
  if (typeof iat !== 'number') return pass('The token expires.')
  const hours = Math.round((exp - iat) / 3600)
  return hours > 24
    ? warn(`The token is valid for ${hours} hours.`)
    : pass('The token expires within a day.')
}

/** VS Code 1.139 refreshes a token that has no more than this left, so also the one that it gets. */
const REFRESHED_AT_SECONDS = 300

function checkRefreshes({ exp, iat }: Claims): CheckResult | undefined {
  if (typeof exp !== 'number' || typeof iat !== 'number') return undefined
  const seconds = exp - iat
  return seconds > 0 && seconds <= REFRESHED_AT_SECONDS
    ? warn(`The token lives ${seconds} s, and VS Code refreshes such tokens without end.`, {
        expected: `more than ${REFRESHED_AT_SECONDS} s`,
        received: `${seconds} s`,
      })
    : undefined
}

function checkKey(
  claims: Claims,
  { servers }: Evidence,
  { jwt, initialize }: CallEvidence,
): CheckResult | undefined {
  const { alg, kid } = jwt?.header ?? {}
  if (typeof alg === 'string' && /^HS\d/.test(alg)) {
    return warn(
      `The token is signed with ${alg}, by a secret: only a server with that secret can verify it.`,
      { expected: 'an asymmetric algorithm, such as ES256 or RS256', received: alg },
    )
  }
  const server = servers.find(({ issuer }) => issuer === claims['iss'])
  const list = server?.keys?.document?.['keys']
  if (!Array.isArray(list) || kid === undefined) return undefined
  const names = list.filter(isObject).map((key: Jwk) => key.kid)
  if (names.includes(String(kid))) return pass('The key of the token is published.')
  const comparison = {
    expected: quoteList(names.filter((name) => name !== undefined)),
    received: quoteUntrusted(kid),
  }
  const text = `The key of the token is not at ${server?.keys?.url}: expected ${comparison.expected}, received ${comparison.received}`
  return initialize.status === 200 ? warn(`${text}.`, comparison) : error(`${text}.`, comparison)
}

function withJwt(
  evaluate: (claims: Claims, evidence: Evidence, call: CallEvidence) => CheckResult | undefined,
): (evidence: Evidence) => CheckResult | undefined {
  return (evidence) => {
    const { call } = evidence
    return call?.jwt && evaluate(call.jwt.claims, evidence, call)
  }
}

/** The values of a claim: one, several or none. */
function valuesOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}
