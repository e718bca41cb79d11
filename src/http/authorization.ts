/** Reading credentials out of a request (RFC 9110 §11.4, OAuth 2.1 §5.1.1). */

import type { RejectionReason } from '../contract/errors.ts'
import { isAccessToken, isToken } from '../lib/header-syntax.ts'
import { fail, type Result, succeed } from '../lib/result.ts'

export type Scheme = 'Bearer' | 'DPoP'

export interface Credentials {
  readonly scheme: Scheme
  readonly token: string
}

/** Longer ones are refused before anything in them is looked at. */
const MAX_AUTHORIZATION_LENGTH = 16_384

const MISSING = fail<RejectionReason>({ code: 'credentials_missing' })
const MALFORMED = fail<RejectionReason>({ code: 'credentials_malformed' })
const DUPLICATE = fail<RejectionReason>({ code: 'credentials_duplicate' })

/**
 * Reads an `Authorization` value: a scheme in any case, spaces, one access token.
 *
 * A scheme that is neither Bearer nor DPoP counts as no credentials at all (RFC 6750 §3.1). Two
 * values, which Fetch joins with a comma, are ambiguous and refused, never "first wins".
 *
 * @param value The field value, or `null` when there is none.
 *
 * Fails with
 * - `credentials_missing` — no value, or another scheme
 * - `credentials_duplicate` — several credentials
 * - `credentials_malformed` — anything else
 */
export function parseAuthorization(value: string | null): Result<Credentials, RejectionReason> {
  if (value === null || value === '') return MISSING
  if (value.length > MAX_AUTHORIZATION_LENGTH) return MALFORMED
  const space = value.indexOf(' ')
  const name = space < 0 ? value : value.slice(0, space)
  if (holdsSeveral(value)) return DUPLICATE
  const scheme = schemeNamed(name)
  if (scheme === undefined) return isToken(name) ? MISSING : MALFORMED
  const token = space < 0 ? '' : value.slice(endOfSpaces(value, space))
  return isAccessToken(token) ? succeed({ scheme, token }) : MALFORMED
}

/** Checks a token that came from somewhere else than `Authorization`. */
export function parseBareToken(token: string | undefined): Result<Credentials, RejectionReason> {
  if (token === undefined || token === '') return MISSING
  if (token.length > MAX_AUTHORIZATION_LENGTH) return MALFORMED
  return isAccessToken(token) ? succeed({ scheme: 'Bearer', token }) : MALFORMED
}

/** One slice shares the header's memory; trimming would copy every token that is remembered. */
function endOfSpaces(value: string, start: number): number {
  let index = start
  while (value.charAt(index) === ' ') index += 1
  return index
}

function schemeNamed(name: string): Scheme | undefined {
  const lower = name.toLowerCase()
  if (lower === 'bearer') return 'Bearer'
  return lower === 'dpop' ? 'DPoP' : undefined
}

/**
 * Whether a comma separates two credentials. Parameters of other schemes (Digest) have commas too,
 * so what follows the comma must begin like ours, or what precedes it must be ours.
 */
function holdsSeveral(value: string): boolean {
  if (!value.includes(',')) return false
  const parts = value.split(',').map((part) => part.trim())
  const ours = parts.filter((part) => /^(bearer|dpop)(\s|$)/i.test(part)).length
  return ours > 1 || (ours === 1 && parts.some((part) => isOtherCredentials(part)))
}

/** Another scheme followed by its credentials, such as `Basic dTpw`; not a lone auth-param. */
function isOtherCredentials(part: string): boolean {
  return /^(?!bearer\s|dpop\s)[!#$%&'*+\-.^_`|~0-9A-Za-z]+ +\S/i.test(part)
}
