/** Limits a check to the responses that it is about. */

import type { Evidence } from '../evidence.ts'
import type { CheckResult } from '../finding.ts'

type Evaluate = (evidence: Evidence) => CheckResult | undefined

/** Evaluates only a 401. `challenge-status` reports any other status. */
export function on401(evaluate: Evaluate): Evaluate {
  return (evidence) => (evidence.rejection.exchange.status === 401 ? evaluate(evidence) : undefined)
}

export function withHeader(evaluate: Evaluate): Evaluate {
  return on401((evidence) =>
    evidence.rejection.header === undefined ? undefined : evaluate(evidence),
  )
}

/** Evaluates only where an invalid token is answered with 401. */
export function onGarbage(evaluate: Evaluate): Evaluate {
  return withHeader((evidence) =>
    evidence.garbage.exchange.status === 401 ? evaluate(evidence) : undefined,
  )
}
