/** Checks whether the URL is that of an MCP server at all. */

import { parseObjectText } from '../../lib/json.ts'
import { isEventStream } from '../collect/event-stream.ts'
import type { Exchange } from '../collect/http-client.ts'
import { rpcResponse } from '../collect/json-rpc.ts'
import type { Evidence } from '../evidence.ts'
import { type CheckResult, describeExchange, error } from '../finding.ts'
import { type IntermediaryKind, intermediaryIn } from '../intermediaries.ts'

/** The program of this kind that responds in place of the server: a challenge with metadata is of the server. */
export function intermediaryBefore(
  { anonymous, rejection }: Pick<Evidence, 'anonymous' | 'rejection'>,
  kind: IntermediaryKind,
): string | undefined {
  if (rejection.challenge?.params.has('resource_metadata')) return undefined
  return intermediaryIn(anonymous.exchange, kind)
}

/** Whether any known program responds in place of the server. */
export function hasIntermediary(evidence: Pick<Evidence, 'anonymous' | 'rejection'>): boolean {
  return KINDS.some((kind) => intermediaryBefore(evidence, kind) !== undefined)
}

/** A site, or another API, in place of an MCP server: neither a challenge, nor metadata, nor JSON-RPC. */
export function checkMcp(evidence: Evidence): CheckResult | undefined {
  const { anonymous, garbage, places, get, sibling } = evidence
  const { exchange } = anonymous
  const { status } = exchange
  const isProtected = [anonymous, garbage].some(({ header }) => header !== undefined)
  if (isProtected || places.some(({ document }) => document !== undefined)) return undefined
  if (hasIntermediary(evidence)) return undefined
  if (isDeniedInBody(exchange)) return undefined
  const found = sibling === undefined ? '' : ` An MCP server responds at ${sibling}.`
  if (status === 404 || status === 405) {
    return get.status === 200 && isEventStream(get.headers)
      ? error(
          `There is an event stream of the old HTTP+SSE transport, and no Streamable HTTP: a POST gets ${describeExchange(exchange)}.`,
        )
      : error(
          `The site responds, but there is no MCP server at this URL: ${describeExchange(exchange)}.${found}`,
        )
  }
  if (status < 200 || status > 299 || isEventStream(exchange.headers)) return undefined
  return rpcResponse(exchange) === undefined
    ? error(
        `The site responds, but not as an MCP server: a POST of initialize gets ${describeExchange(exchange)}.${found}`,
      )
    : undefined
}

const KINDS: readonly IntermediaryKind[] = ['login', 'gateway', 'bot', 'host', 'outage']

/** A success whose JSON says that credentials are missing. Clients start a login after a 401 only. */
export function isDeniedInBody(exchange: Exchange): boolean {
  if (exchange.status < 200 || exchange.status > 299) return false
  const response = rpcResponse(exchange) ?? parseObjectText(exchange.body)
  const problem = response?.['error'] ?? response?.['message']
  const text = typeof problem === 'string' ? problem : (JSON.stringify(problem) ?? '')
  return response?.['result'] === undefined && DENIED.test(text)
}

const DENIED =
  /unauthori[sz]ed|unauthenticated|not authenticated|authenticat|authoriz|invalid[_ ]token|(missing|no|requires?|invalid) (an? )?(api|access|bearer)?[ _-]?(key|token)|login required|access denied|forbidden/i
