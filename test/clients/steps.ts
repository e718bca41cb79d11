/** What each client is asked to do after its login. Data only. */

/** What the server does during a step. */
export type Condition = 'usual' | 'expired' | 'outage'

export interface Step {
  readonly name: 'use' | 'step-up' | 'expired' | 'outage' | 'after'
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  readonly condition: Condition
}

const LIST = { tool: 'list_notes', args: {} }

export const STEPS: readonly Step[] = [
  { name: 'use', ...LIST, condition: 'usual' },
  // Its scope is in no list of the resource, so each client meets the 403.
  { name: 'step-up', tool: 'delete_note', args: { id: 2 }, condition: 'usual' },
  // Every token that was issued before this step has expired.
  { name: 'expired', ...LIST, condition: 'expired' },
  // No token can be verified.
  { name: 'outage', ...LIST, condition: 'outage' },
  { name: 'after', ...LIST, condition: 'usual' },
]

/** The name of everything before the first step. */
export const LOGIN = 'login'

/** Between two steps: what a client does after a call belongs to that call, and tokens differ in their second. */
export const PAUSE_MS = 1500
