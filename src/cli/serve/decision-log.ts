/** One line for each decision. Everything else that happens is not a decision, and goes to another stream. */

import type { AuthEvent, RefusedEvent } from '../../contract/events.ts'

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
  const { status = 200, issuer, code, expected, received }: Partial<RefusedEvent> = details
  return lineOf([
    decision.time,
    outcome,
    status,
    code,
    resource,
    issuer,
    expected && `expected: ${expected.join(' ')}`,
    received && `received: ${received.join(' ')}`,
  ])
}

/** The line for any other event. */
export function otherLine(event: AuthEvent): string {
  if (event.type === 'warning') return `warning: ${event.path}: ${event.message}\n`
  if (event.type !== 'document') return ''
  const { outcome, url, code, status } = event
  return lineOf([outcome, url, code, status])
}

/** Texts of other servers are visible characters in every event, so they control neither the log nor the terminal. */
function lineOf(parts: readonly (string | number | undefined)[]): string {
  const present = parts.filter((part) => part !== undefined && part !== '')
  return `${present.join(' ')}\n`
}
