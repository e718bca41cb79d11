/** Issuer patterns of multi-tenant servers. A pattern has one placeholder, for the tenant, once or repeated. */

/** A tenant. Other characters could extend it to another path segment or host. */
const TENANT = /^[A-Za-z0-9._-]{1,128}$/
const PLACEHOLDER = /\{[A-Za-z0-9_]+\}/

/** Whether a text can be a tenant. `.` and `..` are dot segments when the issuer is used as a URL. */
export function isTenant(text: string): boolean {
  return TENANT.test(text) && text !== '.' && text !== '..'
}

/** The tenant of an issuer that matches the pattern. */
export function tenantOf(issuer: string, pattern: string): string | undefined {
  const parts = pattern.split(PLACEHOLDER)
  const [before = ''] = parts
  if (parts.length < 2 || !issuer.startsWith(before)) return undefined
  const fixed = parts.reduce((length, part) => length + part.length, 0)
  // A pattern that repeats its placeholder contains the same tenant in each place.
  const length = (issuer.length - fixed) / (parts.length - 1)
  const tenant = issuer.slice(before.length, before.length + length)
  return isTenant(tenant) && fillTemplate(pattern, tenant) === issuer ? tenant : undefined
}

/** The tenant of an issuer that matches one of the patterns. */
export function findTenant(issuer: string, patterns: readonly string[]): string | undefined {
  for (const pattern of patterns) {
    const tenant = tenantOf(issuer, pattern)
    if (tenant !== undefined) return tenant
  }
  return undefined
}

/** Replaces the placeholder, to check whether the pattern results in a valid issuer. */
export function fillTemplate(pattern: string, tenant: string): string {
  return pattern.split(PLACEHOLDER).join(tenant)
}

/** The number of different placeholders in a pattern. */
export function placeholderCount(pattern: string): number {
  return new Set(pattern.match(new RegExp(PLACEHOLDER, 'g'))).size
}

/**
 * Whether an issuer can match both patterns: neither their beginnings nor their ends exclude each
 * other.
 */
export function patternsOverlap(one: string, other: string): boolean {
  const [beforeOne, afterOne] = endsOf(one)
  const [beforeOther, afterOther] = endsOf(other)
  const startsAgree = beforeOne.startsWith(beforeOther) || beforeOther.startsWith(beforeOne)
  const endsAgree = afterOne.endsWith(afterOther) || afterOther.endsWith(afterOne)
  return startsAgree && endsAgree
}

function endsOf(pattern: string): [string, string] {
  const parts = pattern.split(PLACEHOLDER)
  return [parts[0] ?? '', parts[parts.length - 1] ?? '']
}
