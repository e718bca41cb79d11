/**
 * The behaviour of a protected resource on every runtime, as data. Every runtime's
 * test file runs all of them against the built package, and the expectations are the same to the byte.
 * No test framework here.
 */

import type { Behaviour } from './behaviour.ts'
import { BODY_BEHAVIOURS } from './body-behaviours.ts'
import { TOKEN_BEHAVIOURS } from './token-behaviours.ts'

export const BEHAVIOURS: readonly Behaviour[] = [...TOKEN_BEHAVIOURS, ...BODY_BEHAVIOURS]
