/** What is known about the introspection endpoints of one server. */

import type { IssuerDocuments } from '../authorization-server/documents.ts'
import { CircuitBreaker } from '../lib/circuit-breaker.ts'
import { RecentKeys } from '../lib/recent-keys.ts'

export interface EndpointHealth {
  readonly circuit: CircuitBreaker
  /** Endpoints that have introspected a token: a 200 with a boolean `active`. */
  readonly proven: RecentKeys
}

/** More than a thousand a second at 0.1 s each. A server with more traffic needs `cacheSeconds`. */
const MAX_CALLS = 128
/** A server has one introspection endpoint, and a few while it moves. */
const PROVEN = { maxKeys: 16, seconds: Infinity }

const HEALTH = /* @__PURE__ */ new WeakMap<IssuerDocuments, EndpointHealth>()

/**
 * The health that all resources with the same documents share.
 *
 * @param callSeconds How long a call may take. It belongs to the server, so it is the same for all of them.
 */
export function endpointHealthOf(documents: IssuerDocuments, callSeconds: number): EndpointHealth {
  const known = HEALTH.get(documents)
  if (known !== undefined) return known
  const circuit = new CircuitBreaker({ maxCalls: MAX_CALLS, callSeconds })
  const health = { circuit, proven: new RecentKeys(PROVEN) }
  HEALTH.set(documents, health)
  return health
}
