/** Checks the status of the response to a request without a token, and names the cause of another one. */

import { isEventStream } from '../collect/event-stream.ts'
import { rpcResponse } from '../collect/json-rpc.ts'
import type { Evidence } from '../evidence.ts'
import { type CheckResult, error, excerptOf, pass, warn } from '../finding.ts'
import { hasIntermediary, isDeniedInBody } from './mcp-endpoint.ts'

export function checkStatus(evidence: Evidence): CheckResult | undefined {
  const { exchange } = evidence.anonymous
  const { found } = evidence
  const { status } = exchange
  if (status === 401) return pass('A request without a token is answered with 401.')
  if (status === 0 || (status >= 300 && status < 400)) return undefined
  const comparison = { expected: '401', received: String(status) }
  // `challenge-on-success` reports a challenge with another status.
  if (isDeniedInBody(exchange) && !exchange.headers.has('WWW-Authenticate')) {
    return error(
      `A request without a token is rejected in the body, with status ${status} instead of 401${excerptOf(exchange)}.`,
      comparison,
    )
  }
  if (status < 300) {
    return found === undefined
      ? error('A request without a token is served, and no OAuth metadata was found.', comparison)
      : warn(
          rpcResponse(exchange) === undefined && !isEventStream(exchange.headers)
            ? `A request without a token is answered with ${status} and without a JSON-RPC response${excerptOf(exchange)}: clients log in after a 401 only.`
            : 'A request without a token is served: each operation that needs a token must answer 401 itself.',
          comparison,
        )
  }
  if (status === 404 || status === 405) {
    const message = `There is no MCP endpoint at this URL: a POST is answered with ${status}${excerptOf(exchange)}.`
    return { ...error(message, comparison), remedy: NO_ENDPOINT }
  }
  // Other checks name the program that responds in place of the server.
  const cause = hasIntermediary(evidence)
    ? undefined
    : CAUSES.find(
        ({ statuses, pattern }) => statuses.includes(status) && pattern.test(exchange.body),
      )
  const result = error(
    `A request without a token is answered with ${status} instead of 401${excerptOf(exchange)}.${cause === undefined ? '' : ` ${cause.text}`}`,
    comparison,
  )
  return cause?.remedy === undefined ? result : { ...result, remedy: cause.remedy }
}

const NO_ENDPOINT =
  'Check the path of the URL, which is often /mcp, and the routes of the server and of a proxy in front of it: clients send POST to exactly this URL.'

interface Cause {
  readonly statuses: readonly number[]
  readonly pattern: RegExp
  readonly text: string
  readonly remedy?: string
}

/** Why servers answer with another status, by the status and the body. The first that fits counts. */
const CAUSES: readonly Cause[] = [
  {
    statuses: [400, 404, 422],
    pattern: /session/i,
    text: 'The session id is checked before the token.',
  },
  {
    statuses: [406, 415],
    pattern: /(?:)/,
    text: 'Accept or Content-Type is checked before the token.',
  },
  {
    statuses: [400],
    pattern: /protocol.?version/i,
    text: 'The protocol version is checked before the token.',
  },
  {
    statuses: [400, 422],
    pattern: /authorization|field required|header|token/i,
    text: 'The missing Authorization header is treated as an invalid request.',
  },
  {
    statuses: [403],
    pattern: /csrf|xsrf|forgery/i,
    text: 'A check against cross-site request forgery runs before the token check: exempt the MCP URL.',
  },
  {
    statuses: [403],
    pattern: /origin/i,
    text: 'The Origin header is checked, and a request without one is rejected.',
  },
  {
    statuses: [403],
    pattern: /(?:)/,
    text: '403 means that a valid token lacks rights: no client logs in after it.',
  },
  {
    statuses: [429],
    pattern: /(?:)/,
    text: 'A rate limit applies before the token check.',
    remedy: 'Raise the limit, or apply it after the token check: clients log in after a 401 only.',
  },
  {
    statuses: [500],
    pattern: /(?:)/,
    text: 'The handler fails where there is no token: check for one before it runs.',
  },
]
