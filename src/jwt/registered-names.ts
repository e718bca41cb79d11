/**
 * What a refused token's header says, as events may repeat it. Anybody can write a header, so only
 * values are repeated that a registry or a standard knows.
 */

import type { RejectionReason } from '../contract/errors.ts'
import type { TokenProfile } from './read-claims.ts'

/** What each profile takes as `typ` (RFC 9068 §4); the standard one also takes none. */
const ACCEPTED_TYPES: Readonly<Record<TokenProfile, readonly string[]>> = {
  standard: ['at+jwt', 'JWT'],
  rfc9068: ['at+jwt'],
}

/** IANA "Media Types", those that end in `+jwt`, and what servers write besides. */
const TYPES: ReadonlySet<string> = new Set([
  'at+jwt',
  'jwt',
  'dpop+jwt',
  'logout+jwt',
  'secevent+jwt',
  'token-introspection+jwt',
  'oauth-authz-req+jwt',
  'oauth-id-jag+jwt',
  'client-authentication+jwt',
  'statuslist+jwt',
  'entity-statement+jwt',
  'id+jwt',
  'refresh+jwt',
  'rt+jwt',
  'jose',
  'jose+json',
])

/** IANA "JSON Web Signature and Encryption Algorithms", those for signatures. */
const ALGORITHMS: ReadonlySet<string> = new Set([
  ...['none', 'HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'ES256K', 'EdDSA', 'Ed25519', 'Ed448'],
  ...['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87'],
])

const UNREGISTERED: readonly string[] = ['unregistered']

/** The refusal of a token whose `typ` is not one of an access token. */
export function typeRejection(typ: unknown, profile: TokenProfile): RejectionReason {
  return { code: 'token_type', expected: ACCEPTED_TYPES[profile], received: typeToTell(typ) }
}

/** The refusal of a token whose `alg` is not allowed. */
export function algorithmRejection(alg: unknown, allowed: Iterable<string>): RejectionReason {
  return { code: 'token_algorithm', expected: [...allowed], received: algorithmToTell(alg) }
}

/** None, one that is known, or that it is not. */
function typeToTell(typ: unknown): readonly string[] {
  if (typ === undefined) return []
  const name = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : ''
  return TYPES.has(name) ? [name] : UNREGISTERED
}

function algorithmToTell(alg: unknown): readonly string[] {
  if (alg === undefined) return []
  return typeof alg === 'string' && ALGORITHMS.has(alg) ? [alg] : UNREGISTERED
}
