/** What each client is asked to do after its login. Data only. */

import type { IssuerName } from './issuers.ts'

/** What the server does during a step. The effects of the last two remain in later steps. */
export type Condition = 'usual' | 'expired' | 'outage' | 'session ended' | 'moved'

export interface Step {
  readonly name: string
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
  readonly condition: Condition
  /** How many calls at once. Default: one. */
  readonly atOnce?: number
}

/** The arguments of each call of a step. They differ, because some clients end a model that repeats itself. */
export function argumentsOf({ args, atOnce = 1 }: Step): readonly Step['args'][] {
  if (atOnce === 1) return [args]
  return Array.from({ length: atOnce }, (_, index) => ({ ...args, call: String(index) }))
}

/** A login, and what follows it, with servers and a home directory of its own. */
export interface Situation {
  readonly name: SituationName
  /** Where the client logs in, in a run each. */
  readonly issuers: readonly IssuerName[]
  readonly steps: readonly Step[]
  /** In a session after these steps, once the user has logged in again. */
  readonly again?: readonly Step[]
}

export type SituationName =
  | 'later requests'
  | 'session'
  | 'parallel'
  | 'move'
  | 'step-up'
  | 'opaque'
  | 'dpop'
  | 'origin'

const LIST = { tool: 'list_notes', args: {} }
const USE: Step = { name: 'use', ...LIST, condition: 'usual' }
const AFTER: Step = { name: 'after', ...LIST, condition: 'usual' }

// Its scope is in no list of the resource, so each client meets the 403.
const STEP_UP: Omit<Step, 'name'> = { tool: 'delete_note', args: { id: 2 }, condition: 'usual' }

export const LATER: Situation = {
  name: 'later requests',
  issuers: ['demo', 'development issuer'],
  steps: [
    USE,
    { name: 'step-up', ...STEP_UP },
    // Every token that was issued before this step has expired.
    { name: 'expired', ...LIST, condition: 'expired' },
    // No token can be verified.
    { name: 'outage', ...LIST, condition: 'outage' },
    AFTER,
  ],
}

const WITH_DOCUMENTS: readonly IssuerName[] = ['with documents']

export const SITUATIONS: readonly Situation[] = [
  // Every session that began before the second step is 404.
  {
    name: 'session',
    issuers: WITH_DOCUMENTS,
    steps: [USE, { name: 'ended', ...LIST, condition: 'session ended' }, AFTER],
  },
  // The issuer ends a grant whose refresh token is used twice (RFC 9700 §4.14.2).
  {
    name: 'parallel',
    issuers: WITH_DOCUMENTS,
    steps: [USE, { name: 'at once', ...LIST, condition: 'expired', atOnce: 3 }, AFTER],
  },
  // The resource names another authorization server and accepts its tokens only. The old one goes on.
  {
    name: 'move',
    issuers: WITH_DOCUMENTS,
    steps: [USE, { name: 'moved', ...LIST, condition: 'moved' }],
    again: [{ name: 'again', ...LIST, condition: 'moved' }],
  },
  // The user logs in once more after the 403.
  {
    name: 'step-up',
    issuers: ['development issuer'],
    steps: [USE, { name: 'step-up', ...STEP_UP }],
    again: [{ name: 'again', ...STEP_UP }],
  },
  // The resource introspects each token.
  {
    name: 'opaque',
    issuers: ['with opaque tokens'],
    steps: [USE, { name: 'expired', ...LIST, condition: 'expired' }, AFTER],
  },
  // The resource accepts tokens that are bound to a key only (RFC 9449).
  { name: 'dpop', issuers: ['with DPoP'], steps: [USE] },
  // The URL of the MCP server, and the resource, have no path and no slash at their end.
  { name: 'origin', issuers: ['development issuer'], steps: [USE] },
]

/** The name of everything before the first step. */
export const LOGIN = 'login'
/** The name of a second login, after the resource has moved. */
export const SECOND_LOGIN = 'second login'

/** Between two steps: what a client does after a call belongs to that call, and tokens differ in their second. */
export const PAUSE_MS = 1500
