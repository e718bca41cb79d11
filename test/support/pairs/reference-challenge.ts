/** The answer to each mistake: docs/errors.md. */

import type { AuthErrorCode } from '../../../src/index.ts'
import { METADATA_URL, RESOURCE } from '../issuer.ts'
import type { Case } from './factors.ts'
import { namedBy } from './reference-scopes.ts'

interface Kind {
  readonly status: number
  /** Of the challenge; `null`: a challenge without an error, `undefined`: none. */
  readonly error?: string | null
}

const INVALID_REQUEST = { status: 400, error: 'invalid_request' }
const INVALID_TOKEN = { status: 401, error: 'invalid_token' }
const INVALID_PROOF = { status: 401, error: 'invalid_dpop_proof' }

export const KINDS = {
  getStream: { status: 405 },
  origin_refused: { status: 403 },
  credentials_missing: { status: 401, error: null },
  credentials_malformed: INVALID_REQUEST,
  credentials_duplicate: INVALID_REQUEST,
  token_malformed: INVALID_TOKEN,
  token_type: INVALID_TOKEN,
  token_algorithm: INVALID_TOKEN,
  token_key: INVALID_TOKEN,
  token_signature: INVALID_TOKEN,
  token_issuer: INVALID_TOKEN,
  token_audience: INVALID_TOKEN,
  token_expired: INVALID_TOKEN,
  token_not_yet_valid: INVALID_TOKEN,
  token_claims: INVALID_TOKEN,
  token_inactive: INVALID_TOKEN,
  token_revoked: INVALID_TOKEN,
  binding_missing: INVALID_TOKEN,
  binding_mismatch: INVALID_TOKEN,
  binding_unsupported: INVALID_TOKEN,
  dpop_proof_missing: INVALID_PROOF,
  dpop_proof_invalid: INVALID_PROOF,
  dpop_proof_replayed: INVALID_PROOF,
  dpop_nonce: { status: 401, error: 'use_dpop_nonce' },
  body_invalid: INVALID_REQUEST,
  body_too_large: { status: 413 },
  body_timeout: { status: 408 },
  header_mismatch: { status: 400 },
  target_ambiguous: { status: 400 },
  scope_insufficient: { status: 403, error: 'insufficient_scope' },
  authentication_insufficient: { status: 401, error: 'insufficient_user_authentication' },
  operation_denied: { status: 403 },
  actor_refused: { status: 403 },
  principal_missing: { status: 403 },
  session_unknown: { status: 404 },
  unavailable: { status: 503 },
  internal: { status: 500 },
} as const satisfies Record<AuthErrorCode | 'getStream', Kind>

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  invalid_request: 'The request or its credentials are malformed.',
  invalid_token: 'The access token is expired, revoked, malformed or not meant for this resource.',
  invalid_dpop_proof: 'The DPoP proof is missing, invalid or was used before.',
  insufficient_scope: 'The access token lacks a scope that this request needs.',
  insufficient_user_authentication: 'The user must authenticate again, or with a stronger method.',
}

const ALGORITHMS = 'ES256 ES384 ES512 EdDSA Ed25519 PS256 PS384 PS512 RS256 RS384 RS512'

/** The whole `WWW-Authenticate`; `undefined`: there is none. */
export function challengeOf(
  each: Case,
  code: keyof typeof KINDS,
  granted: readonly string[],
): string | undefined {
  const { status, error }: Kind = KINDS[code]
  if (error === undefined) return undefined
  const isForbidden = status === 403
  const isVerified = isForbidden || code === 'authentication_insufficient'
  const repeated = isForbidden && each.repeat === 'on' ? granted : []
  const needed = status === 400 ? [] : namedBy(each, isVerified, repeated)
  const offered = { needed, none: [], offered: ['offered'] }[each.challengeScopes]
  const scope = (status === 401 ? offered : needed).join(' ')
  const used = schemeOf(each)
  const schemes = { off: ['Bearer'], on: ['Bearer', 'DPoP'], required: ['DPoP'] }[each.dpop]
  const challenges = schemes.map((scheme) => {
    const isMeant = used === undefined || scheme === used
    const mistake = error === null || !isMeant ? [] : [error]
    const parameters: [string, string][] = [
      ...mistake.map((name): [string, string] => ['error', name]),
      ...mistake.map((name): [string, string] => ['error_description', DESCRIPTIONS[name] ?? '']),
      ...(isMeant ? loginOf(each, code) : []),
      ...(scope !== '' && (isMeant || !isForbidden) ? [['scope', scope] as [string, string]] : []),
      ...(scheme === 'DPoP' ? [['algs', ALGORITHMS] as [string, string]] : []),
      ['resource_metadata', each.metadataUrl === 'below' ? `${RESOURCE}/metadata` : METADATA_URL],
    ]
    return `${scheme} ${parameters.map(([name, value]) => `${name}="${value}"`).join(', ')}`
  })
  return challenges.join(', ')
}

function loginOf({ acr, login }: Case, code: string): [string, string][] {
  if (code !== 'authentication_insufficient') return []
  const classes: [string, string][] = acr === 'none' ? [] : [['acr_values', 'strong']]
  return login === 'none' ? classes : [...classes, ['max_age', '300']]
}

/** `undefined`: none, or two. A mistake is then in the challenge of each scheme. */
function schemeOf(each: Case): string | undefined {
  if (each.source === 'field') return each.scheme === 'field' ? 'Bearer' : undefined
  if (each.scheme === 'DPoP') return usesDpop(each) ? 'DPoP' : undefined
  return each.scheme === 'Bearer' || each.scheme === 'malformed' ? 'Bearer' : undefined
}

/** Whether the token came under the scheme DPoP, which is one only where the option is on. */
export function usesDpop({ source, scheme, dpop }: Case): boolean {
  return source === 'authorization' && scheme === 'DPoP' && dpop !== 'off'
}
