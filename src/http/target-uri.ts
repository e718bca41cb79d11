/** Normalises the URI of a DPoP proof (`htu`, RFC 9449 §4.2) and computes the expected one. */

import { parseUrl } from '../lib/safe-url.ts'

/** Maps the URL of a request, as the host sees it, to the expected `htu`. */
export type TargetUri = (requestUrl: string) => string

/**
 * A URI without query and fragment, normalised by syntax and scheme alone (RFC 3986 §6.2.2, §6.2.3):
 * case, default port, percent escapes, dot segments. Slashes of the path stay as they are.
 *
 * The result is `undefined` for text that only the URL parser accepts: with white space, backslashes,
 * missing slashes or a user name.
 */
export function normalizeTargetUri(uri: string): string | undefined {
  const url = WRITTEN_AS_URI.test(uri) ? parseUrl(uri) : undefined
  return url === undefined
    ? undefined
    : `${url.protocol}//${url.host}${normalizePath(url.pathname)}`
}

/**
 * Creates the mapping for one resource. Scheme and host come from the configuration, because a proxy
 * may change those of the request (RFC 9700 §4.13). The path is that of the request if it is below the
 * path of the resource; otherwise it is that of the resource.
 */
export function createTargetUri(resource: URL): TargetUri {
  const origin = `${resource.protocol}//${resource.host}`
  const own = normalizePath(resource.pathname)
  const below = own.endsWith('/') ? own : `${own}/`
  const targetOf = (requestUrl: string): string => {
    const url = parseUrl(requestUrl)
    const path = url === undefined ? own : normalizePath(url.pathname)
    return origin + (path.startsWith(below) ? path : own)
  }
  // The requests of MCP clients have one URL.
  let latest = { requestUrl: resource.href, target: targetOf(resource.href) }
  return (requestUrl) => {
    if (requestUrl !== latest.requestUrl) latest = { requestUrl, target: targetOf(requestUrl) }
    return latest.target
  }
}

/** Visible ASCII with an authority that has no user information; no backslashes. */
const WRITTEN_AS_URI = /^https?:\/\/(?=[!-~]+$)[^/?#@\\]+(?:[/?#][^\\]*)?$/i
const UNRESERVED = /[A-Za-z0-9\-._~]/

/** RFC 3986 §6.2.2.1 and §6.2.2.2: escapes in upper case, unreserved characters unescaped. */
function normalizePath(path: string): string {
  if (!path.includes('%')) return path
  return path.replace(/%[0-9a-f]{2}/gi, (triplet) => {
    const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16))
    return UNRESERVED.test(character) ? character : triplet.toUpperCase()
  })
}
