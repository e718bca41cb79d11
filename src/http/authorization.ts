/** Parses the credentials of a request (RFC 9110 §11.4, OAuth 2.1 §5.1.1). */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import { isAccessToken, isToken } from '../lib/header-syntax.ts'
import { fail, type Result, succeed } from '../lib/result.ts'

/** An accepted authentication scheme. */
export type Scheme = 'Bearer' | 'DPoP'

/** An access token and how it was sent. */
export interface Credentials {
  readonly scheme: Scheme
  readonly token: string
}

/** Longer values are rejected before they are parsed. */
const MAX_AUTHORIZATION_LENGTH = 16_384

const MISSING = /* @__PURE__ */ fail<RejectionReason>({ code: 'credentials_missing' })
const MALFORMED = /* @__PURE__ */ fail<RejectionReason>({ code: 'credentials_malformed' })
const DUPLICATE = /* @__PURE__ */ fail<RejectionReason>({ code: 'credentials_duplicate' })

/**
 * Parses an `Authorization` value: a scheme in upper or lower case, spaces, one access token.
 *
 * Schemes other than Bearer and DPoP count as missing credentials (RFC 6750 §3.1). Fetch joins two
 * header fields with a comma; such a value is ambiguous and rejected.
 *
 * @param value The field value, or `null` without the header field.
 * @returns The credentials, or the reason for the rejection.
 *
 * Fails with
 * - `credentials_missing` — no value, or another scheme
 * - `credentials_duplicate` — more than one set of credentials
 * - `credentials_malformed` — any other value
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

/** Parses a token from another place than `Authorization`. A missing header field is `null`. */
export function parseBareToken(
  token: string | null | undefined,
): Result<Credentials, RejectionReason> {
  if (token == null || token === '') return MISSING
  if (token.length > MAX_AUTHORIZATION_LENGTH) return MALFORMED
  return isAccessToken(token) ? succeed({ scheme: 'Bearer', token }) : MALFORMED
}

/** `slice` shares the memory of the header; `trim` would copy every token that the cache keeps. */
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
 * Whether a comma separates two sets of credentials. Parameters of other schemes such as Digest contain
 * commas too, so one of the parts must begin with Bearer or DPoP.
 */
function holdsSeveral(value: string): boolean {
  if (!value.includes(',')) return false
  const parts = value.split(',').map((part) => part.trim())
  const accepted = parts.filter((part) => /^(bearer|dpop)(\s|$)/i.test(part)).length
  return accepted > 1 || (accepted === 1 && parts.some((part) => isOtherCredentials(part)))
}

/** Another scheme with its credentials, such as `Basic dTpw`; not a single auth-param. */
function isOtherCredentials(part: string): boolean {
  return /^(?!bearer\s|dpop\s)[!#$%&'*+\-.^_`|~0-9A-Za-z]+ +\S/i.test(part)
}
