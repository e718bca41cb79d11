/** The URI that a DPoP proof is made for (`htu`, RFC 9449 §4.2), and the one it has to be made for. */

import { parseUrl } from '../lib/safe-url.ts'

/** From a request's URL as the host sees it to the URI its client must have meant. */
export type TargetUri = (requestUrl: string) => string

/**
 * A URI without query and fragment, normalised by syntax and scheme alone (RFC 3986 §6.2.2, §6.2.3):
 * case, default port, percent escapes, dot segments. Slashes of the path stay as they are.
 *
 * The URL parser mends more than that: white space, backslashes, missing slashes, user names. What
 * needs such mending is no URI, and `undefined`.
 */
export function normalizeTargetUri(uri: string): string | undefined {
  const url = WRITTEN_AS_URI.test(uri) ? parseUrl(uri) : undefined
  return url === undefined
    ? undefined
    : `${url.protocol}//${url.host}${normalizePath(url.pathname)}`
}

/**
 * Prepares the comparison for one resource. Scheme and host always come from the configuration,
 * because a proxy may have changed what the request says (RFC 9700 §4.13). So does the path, unless
 * the request's lies under the resource's: then it is the request's own.
 */
export function createTargetUri(resource: URL): TargetUri {
  const origin = `${resource.protocol}//${resource.host}`
  const own = normalizePath(resource.pathname)
  const below = own.endsWith('/') ? own : `${own}/`
  return (requestUrl) => {
    const url = parseUrl(requestUrl)
    const path = url === undefined ? own : normalizePath(url.pathname)
    return origin + (path.startsWith(below) ? path : own)
  }
}

/** Visible ASCII with an authority, and in it neither user information nor backslashes. */
const WRITTEN_AS_URI = /^https?:\/\/(?=[!-~]+$)[^/?#@\\]+(?:[/?#][^\\]*)?$/i
const UNRESERVED = /[A-Za-z0-9\-._~]/

/** RFC 3986 §6.2.2.1 and §6.2.2.2: escapes in upper case, and only where they are needed. */
function normalizePath(path: string): string {
  if (!path.includes('%')) return path
  return path.replace(/%[0-9a-f]{2}/gi, (triplet) => {
    const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16))
    return UNRESERVED.test(character) ? character : triplet.toUpperCase()
  })
}
