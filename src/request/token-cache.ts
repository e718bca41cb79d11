/** The cache of verified tokens: everything that may have changed is checked again at every hit. */

import type { RequestBudget } from '../documents/request-budget.ts'
import { isTenantAllowed } from '../identifiers/issuer-matcher.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import { CredentialCache } from '../lib/credential-cache.ts'
import type {
  CachedToken,
  PresentedToken,
  ResourceState,
  ServerState,
  TokenCacheState,
} from '../resource/state.ts'

/** Longer tokens are verified every time, so that one entry cannot cost as much as a hundred. */
const MAX_TOKEN_LENGTH = 4096
/** Of the whole field value, in which any number of spaces may precede the token. */
const MAX_CREDENTIAL_LENGTH = 'Bearer '.length + MAX_TOKEN_LENGTH
const MAX_BYTES = 16 * 1024 * 1024

export function createTokenCache(maxEntries: number): CredentialCache<CachedToken> {
  return new CredentialCache({ maxEntries, maxBytes: MAX_BYTES })
}

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
  budget: RequestBudget,
): CachedToken | undefined {
  if (text === undefined || entries === undefined) return undefined
  const entry = entries.find(text)
  if (entry === undefined) return undefined
  const token = entry.value
  if (now < token.validUntil && now >= token.validFrom && isStillValid(token, now, budget)) {
    return token
  }
  entries.remove(entry)
  return undefined
}

/**
 * Stores a token that a signature verifies. Introspection responses and custom results have caches of
 * their own.
 *
 * @param text The credentials as presented; `undefined` for a token without a request.
 */
export function storeToken(
  text: string | undefined,
  presented: PresentedToken,
  { tokens, servers }: Pick<ResourceState, 'tokens' | 'servers'>,
  now: number,
): void {
  const { entries, maxAgeSeconds } = tokens
  const { verified } = presented
  if (text === undefined || entries === undefined || verified.key === undefined) return
  if (text.length > MAX_CREDENTIAL_LENGTH) return
  const { issuer, subject, clientId } = verified
  const server = servers.find(({ options }) => options.issuer === verified.authority)
  if (server === undefined) return
  const validUntil = Math.min(verified.expiresAt, now + maxAgeSeconds, endByAge(verified, server))
  if (validUntil <= now) return
  const tenant = server.matches(issuer)?.tenant
  const token: CachedToken = { ...presented, server, tenant, validFrom: now, validUntil }
  // Tokens that name neither a subject nor a client share no quota.
  const holder = subject ?? (clientId === '' ? text : clientId)
  entries.add(text, token, { issuer, subject: holder })
}

function isStillValid(
  { server, tenant, verified }: CachedToken,
  now: number,
  budget: RequestBudget,
) {
  if (!server.documents.keys.has(verified.key, now, budget)) return false
  const template = server.options.issuerTemplate
  if (tenant === undefined || template === undefined) return true
  try {
    return isTenantAllowed(tenant, template)
  } catch {
    // Full verification calls `allow` again and reports the error.
    return false
  }
}

/** When the token ends by `maxTokenAgeSeconds`. */
function endByAge({ issuedAt }: VerifiedToken, { jwt }: ServerState): number {
  const maxAge = jwt?.times.maxAgeSeconds
  return maxAge === undefined ? Number.POSITIVE_INFINITY : issuedAt + maxAge
}
