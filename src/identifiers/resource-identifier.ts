/** Resource identifiers (RFC 9728 §1.2) and the URLs of their metadata (§3.1). */

import { comparedUrlProblem } from './url-problem.ts'

/** RFC 9728 §3: the registered well-known path. */
export const PROTECTED_RESOURCE_PATH = '/.well-known/oauth-protected-resource'

/** The mistake in a resource identifier and how to fix it; `undefined` if it is valid. */
export function resourceProblem(resource: string, allowHttp: boolean): string | undefined {
  const problem = comparedUrlProblem(resource, allowHttp, WORDS)
  if (problem !== undefined) return problem
  if (resource.includes('#')) return 'must not have a fragment (RFC 9728 §1.2); remove it'
  return PREFIX.test(new URL(resource).pathname)
    ? 'is a metadata URL; give the resource itself; its metadata URL is derived from it'
    : undefined
}

const WORDS = {
  give: 'the public URL that clients send their requests to, such as https://api.example.com/mcp',
  section: ' (RFC 9728 §1.2)',
}
const PREFIX = /^\/\.well-known\/oauth-protected-resource(\/|$)/

/** Clients disagree about the slash of an origin, whatever the document says. */
const ORIGIN_ONLY =
  'Give the resource a path, such as /mcp, or accept both spellings with the audience option'

/**
 * Probable mistakes in a valid identifier, one sentence each.
 *
 * @param audiences The accepted `aud` values of each server.
 */
export function resourceWarnings(
  resource: string,
  audiences: readonly (readonly string[])[] = [],
): string[] {
  const url = new URL(resource)
  const warnings: string[] = []
  if (url.search !== '') {
    warnings.push(
      'has a query, which RFC 9728 §1.2 advises against; the query is part of every comparison',
    )
  }
  if (url.pathname === '/' && url.search === '' && !acceptBothSpellings(url, audiences)) {
    warnings.push(
      /^https?:\/\/[^/]*\/$/i.test(resource)
        ? `ends with a slash after the host; some clients remove that slash and then reject the document. ${ORIGIN_ONLY}`
        : `is an origin without a path; some clients request a token for it with a slash at the end. ${ORIGIN_ONLY}`,
    )
  }
  const { protocol, host, pathname, search } = url
  const canonical = pathname === '/' ? `${protocol}//${host}${search}` : url.href
  if (resource !== url.href && resource !== canonical) {
    warnings.push(
      `is not in canonical form, ${canonical} (lower-case scheme and host, no default port, no dot segments); clients compare it as text`,
    )
  }
  return warnings
}

/**
 * The URL of the protected resource metadata: the well-known path is inserted between the host and the
 * path and query of the identifier (RFC 9728 §3.1).
 *
 * @param resource The resource identifier, such as `https://api.example.com/notes`.
 * @returns A URL such as `https://api.example.com/.well-known/oauth-protected-resource/notes`.
 * @throws {TypeError} If the identifier is not an absolute URL.
 * @example
 * ```ts
 * const url = protectedResourceMetadataUrl('https://api.example.com/notes')
 * // → 'https://api.example.com/.well-known/oauth-protected-resource/notes'
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-3.1 RFC 9728 §3.1}
 */
export function protectedResourceMetadataUrl(resource: string): string {
  const url = new URL(resource)
  return `${url.protocol}//${url.host}${metadataPath(url)}`
}

/** The path and query of the metadata URL. */
export function metadataPath(url: URL): string {
  // Only the slash directly after the host is removed; the final slash of a longer path stays.
  const path = url.pathname === '/' ? '' : url.pathname
  return PROTECTED_RESOURCE_PATH + path + url.search
}

/** Whether every server's tokens may name the origin with and without a final slash. */
function acceptBothSpellings({ origin }: URL, audiences: readonly (readonly string[])[]): boolean {
  if (audiences.length === 0) return false
  return audiences.every((each) => each.includes(origin) && each.includes(`${origin}/`))
}
