/**
 * Checks the calls with the given token and with forged ones. Findings contain the values of `aud`, `iss`
 * and `scope`, and of no other claim.
 */

import { isObject, isTextList } from '../../lib/json.ts'
import { parseScope } from '../../scope/scope.ts'
import type { Exchange } from '../collect/http-client.ts'
import { rpcResponse } from '../collect/json-rpc.ts'
import { readChallenges } from '../collect/parse-challenges.ts'
import type { CallEvidence, Evidence } from '../evidence.ts'
import {
  allClients,
  type Check,
  type CheckResult,
  error,
  pass,
  printable,
  quoteUntrusted,
  warn,
} from '../finding.ts'

const AREA = 'Token'
const NOT_AFFECTED = allClients('Not affected, but attackers can impersonate any user.')

export const TOKEN: readonly Check<Evidence>[] = [
  {
    id: 'token-accepted',
    area: AREA,
    spec: 'MCP 2025-11-25 Authorization, Token Handling',
    means: allClients('It cannot connect with such a token.'),
    remedy:
      'Look for the reason in the log of the server. For a JWT, the findings below cover audience, issuer and lifetime.',
    evaluate: withCall(({ initialize }, { call }) => {
      const { status, reason } = initialize
      const binding = call?.jwt && bindingOf(call.jwt.claims)
      if (binding !== undefined) return checkBoundToken(binding, status)
      if (status === 0) return error(`The call failed: ${reason}.`)
      if (status !== 200)
        return error(`The call is answered with ${status}${describeError(initialize)}.`)
      const result = rpcResponse(initialize)
      if (result === undefined) return warn('The response to the call is not JSON-RPC.')
      return result['error'] === undefined
        ? pass('A call with the token succeeds.')
        : warn('The token is accepted, but initialize fails.')
    }),
  },
  {
    id: 'token-form',
    area: AREA,
    spec: 'RFC 9068 §2; RFC 7662 §2; RFC 6749 §1.4',
    means: allClients('It cannot connect: its tokens are not the ones that the server expects.'),
    remedy:
      'Let the authorization server issue JWTs for this resource (an audience or an API must be configured at some), or configure introspection at the MCP server.',
    evaluate: withCall(({ jwt, initialize }, { call }) => {
      if (jwt === undefined) {
        const what = isEncrypted(call?.parts) ? 'is encrypted (JWE)' : 'is opaque, not a JWT'
        return initialize.status === 401
          ? error(
              `The token ${what}, and is rejected: the server may expect a JWT. Audience, issuer and scope are not visible.`,
            )
          : pass(`The token ${what}: audience, issuer and scope are not visible.`)
      }
      return isIdToken(jwt)
        ? error('The token is an ID token, not an access token: it is for the client only.')
        : pass('The token is a JWT.')
    }),
  },
  {
    id: 'token-audience',
    area: AREA,
    spec: 'RFC 9068 §4; RFC 8707 §2; MCP 2025-11-25 Authorization, Token Audience Binding',
    means: allClients('Its token may be valid at other services, and their tokens here.'),
    remedy:
      'Configure the authorization server to set aud to the resource identifier (RFC 8707), and check it; or configure the audience that it sets.',
    evaluate: withJwt((claims, { found }, { initialize }) => {
      const audience = toList(claims['aud'])
      const resource = found?.document['resource']
      if (typeof resource !== 'string') return undefined
      if (audience.includes(resource)) return pass('The audience of the token is the resource.')
      const text = `expected ${quoteUntrusted(resource)}, received ${quoteList(audience)}`
      if (initialize.status !== 200) return error(`The token has another audience: ${text}.`)
      return audience.length === 0
        ? error(`The token has no audience and is accepted: ${text}.`)
        : warn(`The token has another audience and is accepted: ${text}.`)
    }),
  },
  {
    id: 'token-issuer',
    area: AREA,
    spec: 'RFC 9068 §4; RFC 9728 §2',
    means: allClients('It logs in at a listed server and gets tokens of another issuer.'),
    remedy: 'Add the issuer of the tokens to authorization_servers.',
    evaluate: withJwt((claims, { servers }) => {
      if (servers.length === 0) return undefined
      return servers.some(({ issuer }) => issuer === claims['iss'])
        ? pass('The issuer of the token is listed in authorization_servers.')
        : warn(
            `The issuer of the token is not listed in authorization_servers: expected ${quoteList(servers.map(({ issuer }) => issuer))}, received ${quoteUntrusted(claims['iss'])}.`,
          )
    }),
  },
  {
    id: 'token-scope',
    area: AREA,
    spec: 'RFC 6750 §3.1; RFC 9068 §2.2.3',
    means: allClients('It logs in, and the first call is rejected all the same.'),
    remedy:
      'Grant these scopes at the authorization server, or require the scopes that it grants. Some servers write them as scp or roles, or with a prefix.',
    evaluate: withJwt((claims, { rejection }, { initialize }) => {
      if (initialize.status !== 403) return undefined
      const named = paramsOf(initialize)?.get('scope') ?? rejection.challenge?.params.get('scope')
      const expected = parseScope(named ?? '')
      const received = scopesIn(claims)
      const missing = expected.filter((scope) => !received.includes(scope))
      return missing.length === 0
        ? undefined
        : error(
            `The token lacks a scope: expected ${quoteList(expected)}, received ${quoteList(received)}.`,
          )
    }),
  },
  {
    id: 'token-binding',
    area: AREA,
    spec: 'RFC 9449 §6, §7.1; RFC 8705 §3; RFC 9728 §2',
    means: allClients('Its bearer tokens are rejected: few clients support DPoP.'),
    remedy:
      'Let the client send DPoP proofs in its token requests, or accept bearer tokens (mcp-gatehouse: dpop.required).',
    evaluate: withJwt((claims, { found, rejection }, { initialize }) => {
      const isRequired =
        found?.document['dpop_bound_access_tokens_required'] === true ||
        (rejection.challenges.length > 0 &&
          rejection.challenges.every(({ scheme }) => scheme.toLowerCase() === 'dpop'))
      if (!isRequired || bindingOf(claims) !== undefined) return undefined
      const text = 'expected a token that is bound by DPoP, received a bearer token'
      return initialize.status === 200
        ? warn(`The token is not bound and is accepted: ${text}.`)
        : error(`The token is not bound: ${text}.`)
    }),
  },
  {
    id: 'token-expiry',
    area: AREA,
    spec: 'RFC 9068 §2.2; RFC 9700 §2.2',
    means: allClients('A leaked token works until it expires, or without limit.'),
    remedy: 'Issue tokens that expire within hours, and reject tokens without exp.',
    evaluate: withJwt((claims, _evidence, { initialize }) => {
      const { exp, iat } = claims
      if (typeof exp !== 'number') {
        return initialize.status === 200
          ? error('The token has no exp and is accepted.')
          : warn('The token has no exp.')
      }
      if (typeof iat !== 'number') return pass('The token expires.')
      const hours = Math.round((exp - iat) / 3600)
      return hours > 24
        ? warn(`The token is valid for ${hours} hours.`)
        : pass('The token expires within a day.')
    }),
  },
  {
    id: 'token-tampered',
    area: AREA,
    spec: 'RFC 7515 §5.2; RFC 9068 §4',
    means: NOT_AFFECTED,
    remedy: 'Verify the signature of every token with the keys of its issuer.',
    evaluate: withCall(({ tampered }) => checkForgedToken(tampered, 'a changed signature')),
  },
  {
    id: 'token-unsigned',
    area: AREA,
    spec: 'RFC 8725 §3.1, §3.2',
    means: NOT_AFFECTED,
    remedy: 'Accept a fixed list of asymmetric algorithms, independent of the token’s header.',
    evaluate: withCall(({ unsigned }) => checkForgedToken(unsigned, 'alg none and no signature')),
  },
  {
    id: 'token-tools',
    area: AREA,
    spec: 'MCP 2025-11-25 Tools, Listing Tools',
    means: allClients('It connects but shows no tools.'),
    remedy: 'Allow tools/list with every valid token, and check scopes in tools/call.',
    evaluate: withCall(({ list }) => {
      if (list === undefined) return undefined
      if (list.status === 403) return warn(`tools/list needs more scopes${describeError(list)}.`)
      if (list.status !== 200) return error(`tools/list is answered with ${list.status}.`)
      const result = rpcResponse(list)?.['result'] as { tools?: unknown } | undefined
      return Array.isArray(result?.tools)
        ? pass(`${result.tools.length} tools are listed.`)
        : warn('The result of tools/list has no tools array.')
    }),
  },
  {
    id: 'token-scope-answer',
    area: AREA,
    spec: 'RFC 6750 §3.1; MCP 2025-11-25 Authorization, Runtime Insufficient Scope Errors',
    means: {
      claude: 'It cannot request more scopes and reports a failure.',
      chatgpt: 'It cannot request more scopes and reports a failure.',
      vscode: 'It cannot request more scopes and reports a failure.',
      browser: 'The official SDK requests more scopes only with error and scope in the challenge.',
    },
    remedy:
      'Answer 403 with WWW-Authenticate: Bearer error="insufficient_scope", scope="every scope the call needs", resource_metadata="…".',
    evaluate: withCall(({ initialize, list, tool }) => {
      const forbidden = [initialize, list, tool].find((exchange) => exchange?.status === 403)
      return forbidden && checkScopeChallenge(forbidden)
    }),
  },
]

/** The token is sent as a bearer token without proof, so 401 is the correct response. */
function checkBoundToken(binding: string, status: number): CheckResult {
  const text = `The token is bound to ${binding}`
  return status === 401
    ? pass(`${text} and is rejected without proof of possession.`)
    : error(`${text}, but without proof it is answered with ${status} instead of 401.`)
}

/** What a token is bound to (RFC 7800 §3.1). */
function bindingOf({ cnf }: Readonly<Record<string, unknown>>): string | undefined {
  if (cnf === undefined) return undefined
  if (isObject(cnf) && cnf['jkt'] !== undefined) return 'a DPoP key'
  return isObject(cnf) && cnf['x5t#S256'] !== undefined
    ? 'a client certificate'
    : 'a key or certificate'
}

/** The claims of ID tokens that access tokens do not have (OpenID Connect Core §2, §3.1.3.6). */
function isIdToken({ header, claims }: NonNullable<CallEvidence['jwt']>): boolean {
  if (/^(application\/)?at\+jwt$/i.test(String(header['typ']))) return false
  const isNamed = claims['nonce'] !== undefined || claims['at_hash'] !== undefined
  return isNamed && scopesIn(claims).length === 0
}

/** A compact JWE has five parts (RFC 7516 §3.1). */
function isEncrypted(parts: number | undefined): boolean {
  return parts === 5
}

function scopesIn({ scope, scp }: Readonly<Record<string, unknown>>): readonly string[] {
  return [scope, scp].flatMap((claim) =>
    typeof claim === 'string' ? parseScope(claim) : isTextList(claim) ? claim : [],
  )
}

function quoteList(values: readonly unknown[]): string {
  return values.length === 0 ? 'none' : values.map(quoteUntrusted).join(' and ')
}

function checkForgedToken(exchange: Exchange | undefined, what: string): CheckResult | undefined {
  if (exchange === undefined || exchange.status === 0) return undefined
  if (exchange.status === 401) return pass(`The token with ${what} is rejected.`)
  return exchange.status < 300
    ? error(`The token with ${what} is accepted.`)
    : warn(`The token with ${what} is answered with ${exchange.status} instead of 401.`)
}

function checkScopeChallenge(exchange: Exchange): CheckResult {
  const params = paramsOf(exchange)
  const missing = ['scope', 'resource_metadata'].filter((name) => !params?.has(name))
  if (params?.get('error') !== 'insufficient_scope') {
    return error('The 403 does not have error="insufficient_scope".')
  }
  return missing.length === 0
    ? pass(`The 403 names the scopes to request: ${quoteUntrusted(params.get('scope'))}.`)
    : warn(`The 403 lacks ${missing.join(' and ')}.`)
}

/** The error code and description from the challenge. */
function describeError(exchange: Exchange): string {
  const params = paramsOf(exchange)
  const words = [params?.get('error'), params?.get('error_description')].flatMap(
    (each) => each ?? [],
  )
  return words.length === 0 ? '' : ` (${printable(words.join(': ')).slice(0, 200)})`
}

function paramsOf({ headers }: Exchange): ReadonlyMap<string, string> | undefined {
  const { challenges } = readChallenges(headers.get('WWW-Authenticate') ?? '')
  return challenges.find(({ params }) => params.has('error'))?.params ?? challenges[0]?.params
}

function withCall(
  evaluate: (call: CallEvidence, evidence: Evidence) => CheckResult | undefined,
): (evidence: Evidence) => CheckResult | undefined {
  return (evidence) => evidence.call && evaluate(evidence.call, evidence)
}

function withJwt(
  evaluate: (
    claims: Readonly<Record<string, unknown>>,
    evidence: Evidence,
    call: CallEvidence,
  ) => CheckResult | undefined,
): (evidence: Evidence) => CheckResult | undefined {
  return withCall((call, evidence) => call.jwt && evaluate(call.jwt.claims, evidence, call))
}

function toList(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}
