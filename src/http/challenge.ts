/** Writing `WWW-Authenticate` (RFC 6750 §3, RFC 9449 §7.1, RFC 9728 §5.1). */

import { quote } from '../lib/header-syntax.ts'
import type { Scheme } from './authorization.ts'

/** One challenge as data. Parameters are written in this order; what is `undefined` or empty is left out. */
export interface Challenge {
  readonly scheme: Scheme
  readonly error?: string | undefined
  readonly description?: string | undefined
  readonly scope?: string | undefined
  readonly acrValues?: string | undefined
  readonly maxAge?: number | undefined
  /** DPoP only: accepted proof algorithms, separated by spaces. */
  readonly algs?: string | undefined
  /** Always there, so that no challenge is ever bare (RFC 6750 §3). */
  readonly resourceMetadata: string
}

/** Writes several challenges, one line. Widely deployed clients read only the first scheme. */
export function formatChallenges(challenges: readonly Challenge[]): string {
  return challenges.map(formatChallenge).join(', ')
}

function formatChallenge(challenge: Challenge): string {
  const parameters = [
    parameter('error', challenge.error),
    parameter('error_description', challenge.description),
    parameter('scope', challenge.scope),
    parameter('acr_values', challenge.acrValues),
    parameter('max_age', challenge.maxAge?.toString()),
    parameter('algs', challenge.algs),
    parameter('resource_metadata', challenge.resourceMetadata),
  ]
  return `${challenge.scheme} ${parameters.filter((each) => each !== undefined).join(', ')}`
}

function parameter(name: string, value: string | undefined): string | undefined {
  return value === undefined || value === '' ? undefined : `${name}=${quote(value)}`
}
