/** The mistake in the value of an option, and how to fix it, where the value alone shows it. */

import { isTenant } from '../identifiers/issuer-template.ts'
import { parseUrl } from '../lib/safe-url.ts'

/** RFC 7519 §4.1.4: no more than a few minutes, because the tolerance extends every token's lifetime. */
const MAX_CLOCK_TOLERANCE_SECONDS = 300

export function audienceProblem(audience: string | readonly string[]): string | undefined {
  return audience.length === 0 || [audience].flat().includes('')
    ? 'must contain at least one audience and no empty string'
    : undefined
}

export function clockToleranceProblem(seconds: number): string | undefined {
  return seconds > MAX_CLOCK_TOLERANCE_SECONDS
    ? `must be at most ${MAX_CLOCK_TOLERANCE_SECONDS}, because it extends the lifetime of every token; correct the clock instead`
    : undefined
}

export function emptyProblem(value: string | undefined): string | undefined {
  return value === '' ? 'is empty; is an environment variable missing?' : undefined
}

/** The mistake in a list of claims. */
export function namesProblem(names: readonly string[]): string | undefined {
  return names.length === 0 ? 'is empty, so no claim is read; name at least one claim' : undefined
}

export function originProblem(origin: string): string | undefined {
  return isOrigin(origin)
    ? undefined
    : 'must be an origin as browsers send it, such as https://app.example, without a path, a final slash or a pattern'
}

/** The mistake in an empty list, or in the empty string of an unset environment variable. */
export function storeSecretProblem(secret: string | readonly string[]): string | undefined {
  return secret.length === 0
    ? 'is empty, so stored documents would not be authenticated; remove it if that is intended'
    : undefined
}

export function tenantProblem(tenant: string): string | undefined {
  return isTenant(tenant) ? undefined : 'matches no tenant (letters, digits and ._-)'
}

export function tenantsProblem(tenants: readonly string[]): string | undefined {
  return tenants.length === 0 ? 'is empty, so no tenant is accepted; name the tenants' : undefined
}

/** As browsers serialise an origin. For schemes such as `chrome-extension` the URL parser returns `null`. */
function isOrigin(text: string): boolean {
  // The URL parser accepts a host with '*', but origins are compared as text, so it would match nothing.
  if (text.includes('*')) return false
  const origin = parseUrl(text)?.origin
  return origin === 'null' ? /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.-]+$/.test(text) : origin === text
}
