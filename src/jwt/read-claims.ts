/** Reads scopes, client id and subject from the claims of a token. The names of claims are here. */

import type { ClaimNames } from '../contract/authorization-server-options.ts'
import { isTextList, type JsonObject } from '../lib/json.ts'
import { lazyPattern } from '../lib/lazy-pattern.ts'
import { toList } from '../lib/to-list.ts'
import { parseScope, unionOf } from '../scope/scope.ts'
import { APP_ROLES_CLAIM, addPrefix } from '../scope/scope-prefix.ts'

/** The rules for JWTs: those of RFC 9068, or those that most servers follow. */
export type TokenProfile = 'standard' | 'rfc9068'

/** The claims in which servers put scopes. The first one that is present counts. */
export const SCOPE_CLAIMS = ['scope', 'scp', 'scopes']
/** The claims in which servers put the client id. The first one that is a string counts. */
export const CLIENT_ID_CLAIMS = ['client_id', 'azp', 'appid', 'cid']
/** RFC 9068 §2.2 and §2.2.3 have one name for each. */
const PROFILE_SCOPE_CLAIM = 'scope'
const PROFILE_CLIENT_ID_CLAIM = 'client_id'

/**
 * The value of the scope claim (RFC 8693 §4.2), as a string or a list. Under `standard` the first of
 * {@link SCOPE_CLAIMS} that is present is read, a string or a list of strings. Any other value grants
 * nothing. With a prefix, each scope begins with it; names of app roles stay as they are.
 */
export function readScopeClaim(
  claims: JsonObject,
  profile: TokenProfile,
  names: ClaimNames['scope'],
  prefix?: string,
): string | readonly string[] {
  if (prefix !== undefined) return readPrefixedScopes(claims, profile, names, prefix)
  if (names !== undefined) {
    return unionOf(...toList(names).map((name) => scopesIn(ownClaim(claims, name))))
  }
  if (profile === 'rfc9068') {
    const scope = ownClaim(claims, PROFILE_SCOPE_CLAIM)
    return typeof scope === 'string' ? scope : []
  }
  const present = SCOPE_CLAIMS.find((name) => ownClaim(claims, name) !== undefined)
  const value = present === undefined ? undefined : claims[present]
  return typeof value === 'string' ? value : scopesIn(value)
}

/** The client that the token was issued to; `''` if no claim names it. */
export function readClientId(
  claims: JsonObject,
  profile: TokenProfile,
  names: ClaimNames['clientId'],
): string {
  const candidates = names ?? (profile === 'rfc9068' ? PROFILE_CLIENT_ID_CLAIM : CLIENT_ID_CLAIMS)
  for (const name of toList(candidates)) {
    const value = textClaim(claims, name)
    if (value !== undefined) return value
  }
  return ''
}

/** The user that the token is about; `undefined` if the claim is absent, blank or not a string. */
export function readSubject(claims: JsonObject, name: string | undefined): string | undefined {
  return textClaim(claims, name ?? 'sub')
}

/** The value of a claim, own members only; `null` counts as absent. The name may be `constructor`. */
export function ownClaim(claims: JsonObject, name: string): unknown {
  return Object.hasOwn(claims, name) ? (claims[name] ?? undefined) : undefined
}

/** A claim that is a string and not blank: an empty `sub` would merge all users into one principal. */
export function textClaim(claims: JsonObject, name: string): string | undefined {
  const value = ownClaim(claims, name)
  return typeof value === 'string' && !isBlank(value) ? value : undefined
}

/** Empty or invisible: white space, control and format characters only. */
function isBlank(text: string): boolean {
  return !VISIBLE_ASCII.test(text) && blank().test(text)
}

const VISIBLE_ASCII = /[!-~]/
const blank = /* @__PURE__ */ lazyPattern('^[\\p{White_Space}\\p{Cc}\\p{Cf}]*$', 'u')

/** Short and long names may stand side by side, and count as one scope. */
function readPrefixedScopes(
  claims: JsonObject,
  profile: TokenProfile,
  names: ClaimNames['scope'],
  prefix: string,
): readonly string[] {
  const read = (name: ClaimNames['scope']): readonly string[] =>
    scopesIn(readScopeClaim(claims, profile, name))
  if (names === undefined) return unionOf(addPrefix(read(undefined), prefix))
  return unionOf(
    ...toList(names).map((name) =>
      name === APP_ROLES_CLAIM ? read(name) : addPrefix(read(name), prefix),
    ),
  )
}

function scopesIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return parseScope(value)
  return isTextList(value) ? value : []
}
