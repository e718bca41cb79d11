/** Formats `WWW-Authenticate` (RFC 6750 §3, RFC 9449 §7.1, RFC 9728 §5.1). */

import { quote } from '../lib/header-syntax.ts'
import { isWholeNumber } from '../lib/json.ts'
import type { Scheme } from './authorization.ts'

/** A challenge as data. Parameters are written in this order; empty and `undefined` ones are omitted. */
export interface Challenge {
  readonly scheme: Scheme
  readonly error?: string | undefined
  readonly description?: string | undefined
  readonly scope?: string | undefined
  readonly acrValues?: string | undefined
  readonly maxAge?: number | undefined
  /** DPoP only: the accepted proof algorithms, separated by spaces. */
  readonly algs?: string | undefined
  /** Required, because a challenge must have at least one parameter (RFC 6750 §3). */
  readonly resourceMetadata: string
}

/** Formats several challenges as one field value. Many clients read only the first one. */
export function formatChallenges(challenges: readonly Challenge[]): string {
  return challenges.map(formatChallenge).join(', ')
}

function formatChallenge(challenge: Challenge): string {
  const { scheme, error, description, scope, acrValues, maxAge, algs, resourceMetadata } = challenge
  const seconds = Math.floor(Number(maxAge))
  const parameters = Object.entries({
    error,
    error_description: description,
    scope,
    acr_values: acrValues,
    // RFC 9470 §3: an integer that is not negative. An application may give any number.
    max_age: isWholeNumber(seconds) ? `${seconds}` : '',
    algs,
    resource_metadata: resourceMetadata,
  })
  return `${scheme} ${parameters.flatMap(([name, value]) => (value ? `${name}=${quote(value)}` : [])).join(', ')}`
}
