/**
 * The `typ` and `alg` of a rejected token, for events. Any sender can write any header, so events
 * repeat registered values only.
 */

import type { RejectionReason } from '../contract/rejection-reason.ts'
import { REGISTERED_ALGORITHMS } from '../crypto/algorithms.ts'
import type { TokenProfile } from './read-claims.ts'
import { ACCEPTED_TYPES, normalizeType } from './token-type.ts'

/** IANA "Media Types", those that end in `+jwt`, and unregistered ones that servers use. */
const TYPES: ReadonlySet<string> = /* @__PURE__ */ new Set([
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

const UNREGISTERED: readonly string[] = ['unregistered']

/** The rejection of a token whose `typ` is not that of an access token. */
export function typeRejection(typ: unknown, profile: TokenProfile): RejectionReason {
  return { code: 'token_type', expected: ACCEPTED_TYPES[profile], received: receivedType(typ) }
}

/** The rejection of a token whose `alg` is not allowed. */
export function algorithmRejection(alg: unknown, allowed: Iterable<string>): RejectionReason {
  return { code: 'token_algorithm', expected: [...allowed], received: receivedAlgorithm(alg) }
}

/** Empty for an absent `typ`, `unregistered` for an unknown one. */
function receivedType(typ: unknown): readonly string[] {
  if (typ === undefined) return []
  const name = normalizeType(typ)
  return TYPES.has(name) ? [name] : UNREGISTERED
}

function receivedAlgorithm(alg: unknown): readonly string[] {
  if (alg === undefined) return []
  return typeof alg === 'string' && REGISTERED_ALGORITHMS.has(alg) ? [alg] : UNREGISTERED
}
