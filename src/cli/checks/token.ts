/** What became of a real call with a token, and of forged ones. No claim is ever repeated but names. */

import type { Exchange } from '../collect/http-client.ts'
import { rpcResponse } from '../collect/json-rpc.ts'
import { readChallenges } from '../collect/parse-challenges.ts'
import type { CallEvidence, Evidence } from '../evidence.ts'
import {
  type Check,
  error,
  everyone,
  pass,
  printable,
  quoted,
  type Verdict,
  warn,
} from '../finding.ts'

const AREA = 'Token'
const ANYBODY = everyone('Not affected, but anybody can call in anybody’s name.')

export const TOKEN: readonly Check<Evidence>[] = [
  {
    id: 'token-accepted',
    area: AREA,
    spec: 'MCP 2025-11-25 Authorization, Token Handling',
    means: everyone('With a token like this it cannot connect.'),
    remedy:
      'Look at the server’s log for the reason. Audience, issuer and expiry are told apart below, where the token is a JWT.',
    judge: withCall(({ initialize }, { call }) => {
      const { status, reason } = initialize
      if (call?.jwt?.claims['cnf'] !== undefined) return judgeBound(status)
      if (status === 0) return error(`The call was not made or not answered: ${reason}.`)
      if (status !== 200) return error(`The call is answered with ${status}${said(initialize)}.`)
      const result = rpcResponse(initialize)
      if (result === undefined) return warn('The call is answered, but not with JSON-RPC.')
      return result['error'] === undefined
        ? pass('A real call is answered.')
        : warn('The token is accepted; initialize fails for another reason.')
    }),
  },
  {
    id: 'token-audience',
    area: AREA,
    spec: 'RFC 9068 §4; RFC 8707 §2; MCP 2025-11-25 Authorization, Token Audience Binding',
    means: everyone('Its token may work elsewhere, and other services’ tokens here.'),
    remedy:
      'Have the authorization server put the resource identifier into aud (resource indicators), and check it; or configure the audience it does use.',
    judge: withJwt((claims, { found }, { initialize }) => {
      const audience = listOf(claims['aud'])
      const resource = found?.document['resource']
      if (typeof resource !== 'string') return undefined
      if (audience.includes(resource)) return pass('The token names the resource as its audience.')
      if (initialize.status !== 200) return error('The token is meant for another audience.')
      return audience.length === 0
        ? error('The token has no audience, and is accepted.')
        : warn('The token names another audience, and is accepted.')
    }),
  },
  {
    id: 'token-issuer',
    area: AREA,
    spec: 'RFC 9068 §4; RFC 9728 §2',
    means: everyone('It logs in where the metadata says, and gets another server’s tokens.'),
    remedy: 'List the server that issues the tokens in authorization_servers.',
    judge: withJwt((claims, { servers }) => {
      if (servers.length === 0) return undefined
      return servers.some(({ issuer }) => issuer === claims['iss'])
        ? pass('The token is of a listed authorization server.')
        : warn('The token’s issuer is not among authorization_servers.')
    }),
  },
  {
    id: 'token-expiry',
    area: AREA,
    spec: 'RFC 9068 §2.2; RFC 9700 §2.2',
    means: everyone('A token that leaks works for as long as it says, or for ever.'),
    remedy: 'Issue tokens that end within hours, and refuse those that do not say when they end.',
    judge: withJwt((claims, _evidence, { initialize }) => {
      const { exp, iat } = claims
      if (typeof exp !== 'number') {
        return initialize.status === 200
          ? error('The token never ends, and is accepted.')
          : warn('The token does not say when it ends.')
      }
      if (typeof iat !== 'number') return pass('The token ends.')
      const hours = Math.round((exp - iat) / 3600)
      return hours > 24
        ? warn(`The token lives for ${hours} hours.`)
        : pass('The token ends within a day.')
    }),
  },
  {
    id: 'token-tampered',
    area: AREA,
    spec: 'RFC 7515 §5.2; RFC 9068 §4',
    means: ANYBODY,
    remedy: 'Verify the signature of every token with the keys of its issuer.',
    judge: withCall(({ tampered }) => judgeForged(tampered, 'another signature')),
  },
  {
    id: 'token-unsigned',
    area: AREA,
    spec: 'RFC 8725 §3.1, §3.2',
    means: ANYBODY,
    remedy: 'Accept a fixed list of asymmetric algorithms, whatever a token’s header says.',
    judge: withCall(({ unsigned }) => judgeForged(unsigned, 'no signature at all')),
  },
  {
    id: 'token-tools',
    area: AREA,
    spec: 'MCP 2025-11-25 Tools, Listing Tools',
    means: everyone('It connects and then shows nothing to its user.'),
    remedy: 'Let every token that may connect list the tools, and check scopes when one is called.',
    judge: withCall(({ list }) => {
      if (list === undefined) return undefined
      if (list.status === 403) return warn(`tools/list needs more scope${said(list)}.`)
      if (list.status !== 200) return error(`tools/list is answered with ${list.status}.`)
      const result = rpcResponse(list)?.['result'] as { tools?: unknown } | undefined
      return Array.isArray(result?.tools)
        ? pass(`${result.tools.length} tools are listed.`)
        : warn('tools/list lists no tools.')
    }),
  },
  {
    id: 'token-scope-answer',
    area: AREA,
    spec: 'RFC 6750 §3.1; MCP 2025-11-25 Authorization, Runtime Insufficient Scope Errors',
    means: {
      claude: 'It cannot ask its user for more, and reports a failure.',
      chatgpt: 'It cannot ask its user for more, and reports a failure.',
      vscode: 'It cannot ask its user for more, and reports a failure.',
      browser: 'The official SDK starts a step-up only with error and scope in the challenge.',
    },
    remedy:
      'Answer 403 with WWW-Authenticate: Bearer error="insufficient_scope", scope="all that the call needs", resource_metadata="…".',
    judge: withCall(({ initialize, list, tool }) => {
      const refused = [initialize, list, tool].find((exchange) => exchange?.status === 403)
      return refused && judgeScopeAnswer(refused)
    }),
  },
]

/** Sent as a Bearer token without proof: the right answer is a refusal. */
function judgeBound(status: number): Verdict {
  return status === 401
    ? pass('The token is bound to a key or certificate, and refused without proof of it.')
    : error(`The token is bound, yet without any proof it is answered with ${status}.`)
}

function judgeForged(exchange: Exchange | undefined, what: string): Verdict | undefined {
  if (exchange === undefined || exchange.status === 0) return undefined
  if (exchange.status === 401) return pass(`The token with ${what} is refused.`)
  return exchange.status < 300
    ? error(`The token with ${what} is accepted.`)
    : warn(`The token with ${what} is answered with ${exchange.status} instead of 401.`)
}

function judgeScopeAnswer(exchange: Exchange): Verdict {
  const params = paramsOf(exchange)
  const missing = ['scope', 'resource_metadata'].filter((name) => !params?.has(name))
  if (params?.get('error') !== 'insufficient_scope') {
    return error('The 403 does not say error="insufficient_scope".')
  }
  return missing.length === 0
    ? pass(`The 403 names the scopes to ask for: ${quoted(params.get('scope'))}.`)
    : warn(`The 403 lacks ${missing.join(' and ')}.`)
}

/** The refusal in the server's own words. */
function said(exchange: Exchange): string {
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
  judge: (call: CallEvidence, evidence: Evidence) => Verdict | undefined,
): (evidence: Evidence) => Verdict | undefined {
  return (evidence) => evidence.call && judge(evidence.call, evidence)
}

function withJwt(
  judge: (
    claims: Readonly<Record<string, unknown>>,
    evidence: Evidence,
    call: CallEvidence,
  ) => Verdict | undefined,
): (evidence: Evidence) => Verdict | undefined {
  return withCall((call, evidence) => call.jwt && judge(call.jwt.claims, evidence, call))
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}
