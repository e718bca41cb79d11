/** Using a verdict again: everything about it that can have changed since is asked once more. */

import type { RequestBudget } from '../documents/request-budget.ts'
import type { Credentials } from '../http/authorization.ts'
import { isTenantAllowed } from '../identifiers/issuer-matcher.ts'
import type { VerifiedToken } from '../jwt/verified-token.ts'
import { CredentialCache } from '../lib/credential-cache.ts'
import type { Remembered, ResourceState, ServerState } from '../resource/state.ts'

/** Longer tokens are verified anew each time, so that one entry cannot cost what a hundred do. */
const MAX_TOKEN_LENGTH = 4096
/** Counted with its header, in which any number of spaces may stand before the token. */
const MAX_CREDENTIAL_LENGTH = 'Bearer '.length + MAX_TOKEN_LENGTH
const MAX_BYTES = 16 * 1024 * 1024

export function createTokenCache(maxEntries: number): CredentialCache<Remembered> {
  return new CredentialCache({ maxEntries, maxBytes: MAX_BYTES })
}

/**
 * The verdict on a credential that was verified before, if it still stands: the times, the key
 * (which must still be in the issuer's set) and the tenant. What depends on the request, such as
 * binding and scopes, is judged for each request anyway.
 */
export function recall(
  credential: string,
  state: ResourceState,
  now: number,
  budget: RequestBudget,
): Remembered | undefined {
  const entry = state.tokenCache?.find(credential)
  if (entry === undefined) return undefined
  const remembered = entry.value
  if (now < remembered.until && now >= remembered.since && stillStands(remembered, now, budget)) {
    return remembered
  }
  state.tokenCache?.remove(entry)
  return undefined
}

/** Remembers a verdict that a signature stands for; what others vouch for has caches of its own. */
export function remember(
  credential: string,
  { scheme, token }: Credentials,
  verified: VerifiedToken,
  state: ResourceState,
  now: number,
): void {
  const { tokenCache: cache } = state
  if (cache === undefined || verified.key === undefined) return
  if (credential.length > MAX_CREDENTIAL_LENGTH) return
  const { issuer, subject, clientId } = verified
  const server = state.servers.find(({ options }) => options.issuer === verified.authority)
  if (server === undefined) return
  const tenant = server.matches(issuer)?.tenant
  const until = Math.min(
    verified.expiresAt,
    now + state.tokenCacheMaxAgeSeconds,
    ageLimit(verified, server),
  )
  if (until <= now) return
  const remembered: Remembered = { scheme, token, verified, server, tenant, since: now, until }
  // Tokens that name neither a subject nor a client share no quota.
  const holder = subject ?? (clientId === '' ? credential : clientId)
  cache.add(credential, remembered, { issuer, subject: holder })
}

function stillStands(remembered: Remembered, now: number, budget: RequestBudget): boolean {
  const { server, tenant, verified } = remembered
  if (!server.documents.keys.has(verified.key, now, budget)) return false
  const template = server.options.issuerTemplate
  if (tenant === undefined || template === undefined) return true
  try {
    return isTenantAllowed(tenant, template)
  } catch {
    // The long way round says what is to be said about that.
    return false
  }
}

function ageLimit(verified: VerifiedToken, server: ServerState): number {
  const maxAge = server.jwt?.times.maxAgeSeconds
  return maxAge === undefined ? Number.POSITIVE_INFINITY : verified.issuedAt + maxAge
}
