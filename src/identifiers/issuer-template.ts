/** Issuers of multi-tenant servers: one pattern, one tenant, and a token that must agree with itself. */

/** One tenant's name. Anything else could reach across a path segment or into another host. */
const TENANT = /^[A-Za-z0-9._-]{1,128}$/
const PLACEHOLDER = /\{[A-Za-z0-9_]+\}/

/** The tenant that makes the pattern into this issuer, if there is one. */
export function tenantOf(issuer: string, pattern: string): string | undefined {
  const placeholder = PLACEHOLDER.exec(pattern)
  if (placeholder === null) return undefined
  const before = pattern.slice(0, placeholder.index)
  const after = pattern.slice(placeholder.index + placeholder[0].length)
  if (!issuer.startsWith(before) || !issuer.endsWith(after)) return undefined
  // Where the fixed parts overlap nothing is left between them, and that is no tenant.
  const tenant = issuer.slice(before.length, issuer.length - after.length)
  return isTenant(tenant) ? tenant : undefined
}

/** Dots alone would climb the path once the issuer is used as a URL. */
function isTenant(text: string): boolean {
  return TENANT.test(text) && text !== '.' && text !== '..'
}

/** The pattern with its placeholder filled in: used to see whether it makes a valid issuer. */
export function fillTemplate(pattern: string, tenant: string): string {
  return pattern.replace(PLACEHOLDER, tenant)
}

/** How many tenants the pattern has room for; one is right. */
export function placeholderCount(pattern: string): number {
  return pattern.match(new RegExp(PLACEHOLDER, 'g'))?.length ?? 0
}

/**
 * Whether an issuer could come from both patterns: their fixed parts must contradict somewhere,
 * or one token could be judged by either server.
 */
export function patternsOverlap(one: string, other: string): boolean {
  const [beforeOne, afterOne] = one.split(PLACEHOLDER) as [string, string]
  const [beforeOther, afterOther] = other.split(PLACEHOLDER) as [string, string]
  const startsAgree = beforeOne.startsWith(beforeOther) || beforeOther.startsWith(beforeOne)
  const endsAgree = afterOne.endsWith(afterOther) || afterOther.endsWith(afterOne)
  return startsAgree && endsAgree
}
