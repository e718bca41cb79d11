/** The cache of verified tokens: everything that may have changed is checked again at every hit. */

import type { RequestBudget } from '../documents/request-budget.ts'
import { isTenantAllowed } from '../identifiers/issuer-matcher.ts'
import type { FreshToken } from '../jwt/verified-token.ts'
import type { PresentedToken } from '../resource/binding.ts'
import { CachedToken, holderOf } from '../resource/cached-token.ts'
import type { ResourceState, ServerState, TokenCacheState } from '../resource/state.ts'

/**
 * `Bearer ` and 4096 characters: longer tokens are verified every time, so that one entry cannot cost as much as a
 * hundred. Any number of spaces may precede the token.
 */
const MAX_CREDENTIAL_LENGTH = 4103

/**
 * Looks up the token of credentials that were verified before.
 *
 * Checks: the times, that the key is still in the issuer's set, and the tenant.
 *
 * Does not check: what depends on the request, such as binding and scopes.
 *
 * @param text The credentials as presented.
 * @returns `undefined` where the token has to be verified.
 */
export function lookUpToken(
  text: string | undefined,
  { entries }: TokenCacheState,
  now: number,
  budget: RequestBudget | undefined,
): CachedToken<ServerState> | undefined {
  if (text === undefined || entries === undefined) return undefined
  const token = entries.find(text)
  if (token === undefined) return undefined
  if (now < token.validUntil && now >= token.validFrom && isStillValid(token, now, budget)) {
    return token
  }
  entries.remove(token)
  return undefined
}

/** A token that was verified for the request at hand. */
interface FreshlyPresented extends PresentedToken {
  readonly verified: FreshToken
}

/**
 * Stores a token that a signature verifies. Introspection responses and custom results have caches of
 * their own.
 *
 * @param text The credentials as presented; `undefined` for a token without a request.
 */
export function storeToken(
  text: string | undefined,
  { scheme, token, verified }: FreshlyPresented,
  { tokens, servers }: Pick<ResourceState, 'tokens' | 'servers'>,
  now: number,
): void {
  const { entries, groups, texts, maxAgeSeconds } = tokens
  if (text === undefined || entries === undefined || verified.key === undefined) return
  if (text.length > MAX_CREDENTIAL_LENGTH) return
  const server = servers.find(({ options }) => options.issuer === verified.authority)
  if (server === undefined) return
  const until = Math.min(verified.expiresAt, now + maxAgeSeconds, endByAge(verified, server))
  if (until <= now) return
  const { issuer, authority, granted, scopes, audience, key } = verified
  if (!entries.admits(text, { issuer, holder: holderOf(verified, text) }, now)) return
  const tenant = server.matches(issuer)?.tenant
  const facts = { server, tenant, issuer, authority, granted, scopes, audience, key, scheme }
  const group = groups.join(text, { ...facts, tokenStart: text.length - token.length })
  entries.add(text, new CachedToken(text, verified, group, { from: now, until }, texts), now)
}

function isStillValid(
  { group: { server, tenant, key } }: CachedToken<ServerState>,
  now: number,
  budget: RequestBudget | undefined,
) {
  if (!server.documents.keys.has(key, now, budget)) return false
  return tenant === undefined || isStillAllowed(tenant, server)
}

function isStillAllowed(tenant: string, { options }: ServerState): boolean {
  const template = options.issuerTemplate
  if (template === undefined) return true
  try {
    return isTenantAllowed(tenant, template)
  } catch {
    // Full verification calls `allow` again and reports the error.
    return false
  }
}

/** When the token ends by `maxTokenAgeSeconds`. */
function endByAge({ issuedAt }: FreshToken, { jwt }: ServerState): number {
  const maxAge = jwt?.times.maxAgeSeconds
  return maxAge === undefined ? Number.POSITIVE_INFINITY : issuedAt + maxAge
}
