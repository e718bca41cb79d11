/**
 * Checks the calls with the given token and with forged ones. The claims of the token are compared in
 * `token-claims.ts`.
 */

import { printable } from '../../lib/printable.ts'
import type { Exchange } from '../collect/http-client.ts'
import { rpcResponse } from '../collect/json-rpc.ts'
import type { CallEvidence, Evidence } from '../evidence.ts'
import {
  allClients,
  type CheckResult,
  checksOf,
  error,
  pass,
  quoteUntrusted,
  responseTo,
  warn,
} from '../finding.ts'
import { bindingOf, paramsOf, scopesIn } from '../token-parts.ts'

const NOT_AFFECTED = allClients('Not affected, but attackers can impersonate any user.')

const UNSEEN =
  'The call is answered with 401 and without an error, as a call without a token: the server may not receive the token.'

export const TOKEN = checksOf<Evidence>('Token', [
  {
    id: 'token-accepted',
    spec: 'MCP 2025-11-25 Authorization, Token Handling',
    means: allClients('It cannot connect with such a token.'),
    remedy:
      'Look for the reason in the log of the server. For a JWT, the findings below cover audience, issuer and lifetime. If the 401 has no error, let the proxy in front forward Authorization.',
    evaluate: withCall(({ initialize }, { call }) => {
      const { status, reason } = initialize
      const binding = call?.jwt && bindingOf(call.jwt.claims)
      if (binding !== undefined) return checkBoundToken(binding, status)
      if (status === 0) return error(`The call failed: ${reason}.`)
      if (status === 401 && paramsOf(initialize)?.has('error') === false) return error(UNSEEN)
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
    id: 'token-tampered',
    spec: 'RFC 7515 §5.2; RFC 9068 §4',
    means: NOT_AFFECTED,
    remedy: 'Verify the signature of every token with the keys of its issuer.',
    evaluate: withCall(({ tampered }) => checkForgedToken(tampered, 'a changed signature')),
  },
  {
    id: 'token-unsigned',
    spec: 'RFC 8725 §3.1, §3.2',
    means: NOT_AFFECTED,
    remedy: 'Accept a fixed list of asymmetric algorithms, independent of the token’s header.',
    evaluate: withCall(({ unsigned }) => checkForgedToken(unsigned, 'alg none and no signature')),
  },
  {
    id: 'token-tools',
    spec: 'MCP 2025-11-25 Tools, Listing Tools',
    means: allClients('It connects but shows no tools.'),
    remedy: 'Allow tools/list with every valid token, and check scopes in tools/call.',
    evaluate: withCall(({ list }) => {
      if (list === undefined) return undefined
      if (list.status === 403) return warn(`tools/list needs more scopes${describeError(list)}.`)
      if (list.status !== 200) return error(`tools/list ${responseTo(list)}.`)
      const result = rpcResponse(list)?.['result'] as { tools?: unknown } | undefined
      return Array.isArray(result?.tools)
        ? pass(`tools/list succeeds (tools: ${result.tools.length}).`)
        : warn('The result of tools/list has no tools array.')
    }),
  },
  {
    id: 'token-scope-answer',
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
])

/** The token is sent as a bearer token without proof, so 401 is the correct response. */
function checkBoundToken(binding: string, status: number): CheckResult {
  const text = `The token is bound to ${binding}`
  return status === 401
    ? pass(`${text} and is rejected without proof of possession.`)
    : error(`${text}, but without proof it is answered with ${status} instead of 401.`)
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

function withCall(
  evaluate: (call: CallEvidence, evidence: Evidence) => CheckResult | undefined,
): (evidence: Evidence) => CheckResult | undefined {
  return (evidence) => evidence.call && evaluate(evidence.call, evidence)
}
