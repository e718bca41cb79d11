/** One line for each decision. Everything else that happens is not a decision, and goes to another stream. */

import type { AuthEvent } from '../../contract/events.ts'

/** The line for a decision; `undefined` for other events. */
export function decisionLine(
  event: AuthEvent,
  format: 'json' | 'text',
  time: Date,
): string | undefined {
  if (event.type !== 'accepted' && event.type !== 'refused') return undefined
  const { type, resource, ...details } = event
  const outcome = type === 'accepted' ? 'allowed' : 'rejected'
  const decision = { time: time.toISOString(), outcome, status: 200, resource, ...details }
  if (format === 'json') return `${JSON.stringify(decision)}\n`
  const { status, issuer, code, expected, received } = { code: undefined, ...decision } as Decision
  const parts = [
    decision.time,
    outcome,
    status,
    code,
    resource,
    issuer,
    expected && `expected: ${expected.join(' ')}`,
    received && `received: ${received.join(' ')}`,
  ]
  return `${parts.filter((part) => part !== undefined && part !== '').join(' ')}\n`
}

interface Decision {
  readonly status: number
  readonly issuer?: string
  readonly code: string | undefined
  readonly expected?: readonly string[]
  readonly received?: readonly string[]
}

/** The line for any other event. */
export function otherLine(event: AuthEvent): string {
  if (event.type === 'warning') return `warning: ${event.path}: ${event.message}\n`
  if (event.type !== 'document') return ''
  const { outcome, url, code, status } = event
  return `${[outcome, url, code, status].filter((part) => part !== undefined).join(' ')}\n`
}
