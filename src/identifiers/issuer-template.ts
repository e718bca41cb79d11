/** Issuer patterns of multi-tenant servers. A pattern has one placeholder for the tenant. */

/** A tenant. Other characters could extend it to another path segment or host. */
const TENANT = /^[A-Za-z0-9._-]{1,128}$/
const PLACEHOLDER = /\{[A-Za-z0-9_]+\}/

/** The tenant of an issuer that matches the pattern. */
export function tenantOf(issuer: string, pattern: string): string | undefined {
  const placeholder = PLACEHOLDER.exec(pattern)
  if (placeholder === null) return undefined
  const before = pattern.slice(0, placeholder.index)
  const after = pattern.slice(placeholder.index + placeholder[0].length)
  if (!issuer.startsWith(before) || !issuer.endsWith(after)) return undefined
  // If the fixed parts overlap, the text between them is empty, which `isTenant` rejects.
  const tenant = issuer.slice(before.length, issuer.length - after.length)
  return isTenant(tenant) ? tenant : undefined
}

/** `.` and `..` are dot segments when the issuer is used as a URL. */
function isTenant(text: string): boolean {
  return TENANT.test(text) && text !== '.' && text !== '..'
}

/** Replaces the placeholder, to check whether the pattern results in a valid issuer. */
export function fillTemplate(pattern: string, tenant: string): string {
  return pattern.replace(PLACEHOLDER, tenant)
}

/** The number of placeholders in a pattern. */
export function placeholderCount(pattern: string): number {
  return pattern.match(new RegExp(PLACEHOLDER, 'g'))?.length ?? 0
}

/**
 * Whether an issuer can match both patterns: neither their beginnings nor their ends exclude each
 * other.
 */
export function patternsOverlap(one: string, other: string): boolean {
  const [beforeOne, afterOne] = one.split(PLACEHOLDER) as [string, string]
  const [beforeOther, afterOther] = other.split(PLACEHOLDER) as [string, string]
  const startsAgree = beforeOne.startsWith(beforeOther) || beforeOther.startsWith(beforeOne)
  const endsAgree = afterOne.endsWith(afterOther) || afterOther.endsWith(afterOne)
  return startsAgree && endsAgree
}
