/** From the URL of a request to the URL of the server behind the gateway, and back for redirections. */

import { parseTarget } from '../http/request-target.ts'
import { choosePath, createPathChoices, type PathChoices } from '../http/resource-path.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { parseUrl } from '../lib/safe-url.ts'

/** The public URL of a resource, parsed once. */
export interface PublicPlace {
  readonly identifier: string
  readonly url: URL
  readonly choices: PathChoices<true>
}

/** The resource that an identifier names. */
export function placeOf(identifier: string): PublicPlace {
  const url = new URL(identifier)
  return { identifier, url, choices: createPathChoices([{ url, value: true }]) }
}

/** What is wrong with the URL of an upstream; `undefined`: nothing. */
export function upstreamProblem(upstream: unknown): string | undefined {
  const url = typeof upstream === 'string' ? parseUrl(upstream) : undefined
  if (url === undefined) return 'must be an absolute URL'
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must be an http or https URL'
  if (url.username !== '' || url.password !== '') {
    return 'must not contain a user name or password; send credentials by headers'
  }
  if (/[?#]/.test(upstream as string)) {
    return 'must have no query and no fragment, because the query is the one of the request'
  }
  return undefined
}

type TargetResult = Result<URL, 400 | 404>

/**
 * {@link resolveTarget}, which stores its last result: nearly every request of MCP is for the same URL, and parsing
 * one costs as much as the decision about a token seen before. A URL with a query may contain secrets, and is not stored.
 */
export function createTargetResolver(
  subpaths: boolean,
): (requestUrl: string, place: PublicPlace, upstream: URL) => TargetResult {
  let last:
    | { requestUrl: string; place: PublicPlace; upstream: URL; target: TargetResult }
    | undefined
  return (requestUrl, place, upstream) => {
    if (last?.requestUrl === requestUrl && last.place === place && last.upstream === upstream) {
      return last.target
    }
    const target = resolveTarget(requestUrl, place, upstream, subpaths)
    if (!requestUrl.includes('?')) last = { requestUrl, place, upstream, target }
    return target
  }
}

/**
 * A `Location` or `Content-Location` for the client: a URL of the upstream's own origin becomes one of the
 * resource's origin, and a path at or below the upstream's becomes one at or below the resource's.
 *
 * @returns `undefined` for a value that is not a URL.
 */
export function publicLocation(
  value: string,
  called: URL,
  upstream: URL,
  { url: { origin, pathname: own } }: PublicPlace,
): string | undefined {
  const target = parseUrl(value, called.href)
  if (target === undefined) return undefined
  if (target.origin !== upstream.origin) return value
  const { pathname, search, hash } = target
  const rest = pathname === upstream.pathname ? '' : below(pathname, upstream.pathname)
  const path = rest === undefined ? pathname : rest === '' ? own : withoutSlash(own) + rest
  return `${origin}${path}${search}${hash}`
}

/**
 * The URL to call: exactly `upstream` for exactly the path of the resource, with the query of the request.
 *
 * @param subpaths Whether paths below the resource are appended to `upstream`.
 * @returns The status of the rejection: 404 for another path, 400 for one that routers read differently.
 */
function resolveTarget(
  requestUrl: string,
  { url: { pathname: own }, choices }: PublicPlace,
  upstream: URL,
  subpaths: boolean,
): TargetResult {
  const target = parseTarget(requestUrl)
  if (target === undefined) return fail(400)
  const { pathname, search } = target
  const rest = pathname === own ? '' : below(pathname, own)
  if (rest === undefined || (rest !== '' && !subpaths)) return fail(404)
  if (rest !== '' && (choosePath(pathname, choices).isAmbiguous || !isPlainRest(rest))) {
    return fail(400)
  }
  const url = new URL(upstream)
  if (rest !== '') url.pathname = withoutSlash(upstream.pathname) + rest
  url.search = search
  return succeed(url)
}

/** What follows the base, with its slash; `undefined` if the path does not lie below. */
function below(pathname: string, base: string): string | undefined {
  const prefix = withoutSlash(base)
  return pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length) : undefined
}

function withoutSlash(path: string): string {
  return path.endsWith('/') ? path.slice(0, -1) : path
}

/**
 * No dot segment and no escape of a delimiter or of a dot, at any depth of decoding. Java servers resolve
 * `/..;x/` as a dot segment.
 */
function isPlainRest(rest: string): boolean {
  return !/%(?:25)*(?:2f|5c|2e)|\\|\/\.{1,2}(?:[/;]|$)/i.test(rest)
}
