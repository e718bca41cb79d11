/** Resource identifiers (RFC 9728 §1.2) and where their metadata lives (§3.1). */

import { isSecureTransport, isWellWritten, parseUrl } from '../lib/safe-url.ts'

/** RFC 9728 §3: the registered well-known path. */
export const PROTECTED_RESOURCE_PATH = '/.well-known/oauth-protected-resource'

/** What is wrong with a resource identifier, with the remedy; `undefined` if nothing is. */
export function resourceProblem(resource: string, allowHttp: boolean): string | undefined {
  const url = parseUrl(resource)
  if (url === undefined) {
    return 'is not a URL; give the public URL that clients send their requests to, such as https://api.example.com/mcp'
  }
  if (resource !== resource.trim()) return 'has white space around it; remove it'
  if (!isWellWritten(resource)) {
    return 'is not written as a URL (RFC 3986): scheme, ://, and the rest in ASCII without white space'
  }
  if (!isSecureTransport(url, allowHttp)) {
    return 'must be an https URL (RFC 9728 §1.2); plain http is for loopback addresses only'
  }
  if (resource.includes('#')) return 'must not have a fragment (RFC 9728 §1.2); remove it'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  if (PREFIX.test(url.pathname)) {
    return 'is a metadata URL; give the resource itself, its metadata URL is derived from it'
  }
  return undefined
}

const PREFIX = /^\/\.well-known\/oauth-protected-resource(\/|$)/

/** What is probably not meant about an identifier that is valid, in a sentence each. */
export function resourceWarnings(resource: string): string[] {
  const url = new URL(resource)
  const warnings: string[] = []
  if (url.search !== '') {
    warnings.push(
      'has a query (RFC 9728 §1.2 advises against it): it takes part in every comparison',
    )
  }
  if (/^https?:\/\/[^/]*\/$/i.test(resource)) {
    warnings.push(
      'ends in a slash after the host: many clients leave that slash out and then refuse the document',
    )
  }
  const { protocol, host, pathname, search } = url
  const canonical = pathname === '/' ? `${protocol}//${host}${search}` : url.href
  if (resource !== url.href && resource !== canonical) {
    warnings.push(
      `is not written canonically, as ${canonical} (lower-case scheme and host, no default port, no dot segments): clients compare it as text`,
    )
  }
  return warnings
}

/**
 * Where the protected resource metadata of a resource is served: the well-known path goes between
 * the host and the path and query of the identifier (RFC 9728 §3.1).
 *
 * @param resource The resource identifier, such as `https://api.example.com/notes`.
 * @returns Such as `https://api.example.com/.well-known/oauth-protected-resource/notes`.
 * @throws {TypeError} If the identifier is not an absolute URL.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-3.1 RFC 9728 §3.1}
 */
export function protectedResourceMetadataUrl(resource: string): string {
  const url = new URL(resource)
  return `${url.protocol}//${url.host}${metadataPath(url)}`
}

/** The path and query a metadata request for this resource has. */
export function metadataPath(url: URL): string {
  // Only the slash that terminates the host is dropped; one that ends a longer path stays.
  const path = url.pathname === '/' ? '' : url.pathname
  return PROTECTED_RESOURCE_PATH + path + url.search
}
