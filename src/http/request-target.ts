/**
 * The readings of a request target. The library decides about a path, and the router behind it routes by
 * a path. The router may decode it, resolve its dot segments or do neither. Both must reach the same
 * resource, so a target whose readings differ is rejected.
 */

import { WIRE_ERRORS } from '../contract/error-table.ts'
import { parseUrl } from '../lib/safe-url.ts'
import { buildResponseFor } from './build-response.ts'

/**
 * Whether the text of a request's URL equals its parsed form. Some hosts (Deno, Node, in part workerd)
 * pass on the text that the client sent, such as `http://x\notes/payroll` or `/notes/admin/..`. A router
 * that splits the text then sees another path than `new URL()` does.
 */
export function isParsedForm(url: string): boolean {
  return PLAIN_URL.test(url) || parseTarget(url) !== undefined
}

/** The parsed URL; `undefined` if its text differs from the parsed form or cannot be parsed. */
export function parseTarget(url: string): URL | undefined {
  const parsed = parseUrl(url)
  const authority = AUTHORITY.exec(url)?.[0]
  if (parsed === undefined || authority === undefined) return undefined
  const target = url.slice(authority.length)
  const { pathname, search } = parsed
  // `search` is empty for a final question mark.
  return target === `${pathname}${search}` || target === `${pathname}?` ? parsed : undefined
}

/**
 * The texts that a router may route by, the path itself first: each decoding, with and without resolved
 * dot segments. The number of texts is the same for every path.
 */
export function readingsOf(pathname: string): readonly string[] {
  return ofEachDecoding(pathname, (text) => [text, resolveDots(text), parsePath(text)])
}

/**
 * The texts that lenient routers route by: in lower case (Express), with doubled slashes merged, or
 * without the text after a semicolon (options of Fastify). They count only if {@link readingsOf} leads
 * to a resource.
 */
export function lenientReadingsOf(pathname: string): readonly string[] {
  return ofEachDecoding(pathname, (text) => {
    const [merged, simple] = [mergeSlashes(text), simplify(text)]
    return [merged, simple, resolveDots(merged), resolveDots(simple)]
  })
}

/** Whether all readings of a path are the same text, apart from its case. */
export function isPlainPath(pathname: string): boolean {
  return PLAIN_PATH.test(pathname)
}

/** Whether the path of a URL has one reading, apart from its case. */
export function hasOneReading(url: string): boolean {
  if (PLAIN_URL.test(url)) return true
  const pathname = parseTarget(url)?.pathname
  if (pathname === undefined) return false
  return isPlainPath(pathname) || textsOf(pathname).every((text) => text === pathname)
}

/**
 * The different paths of a target, its own first, for a function that chooses the resource by URL.
 * `undefined` if a decoded path has dot segments, because a URL cannot contain them.
 */
export function distinctPaths(pathname: string): readonly string[] | undefined {
  if (isPlainPath(pathname)) return [pathname]
  const texts = textsOf(pathname)
  if (texts.some((text) => DOTS.test(text))) return undefined
  return [...new Set(texts.map(parsePath))]
}

/** The 400 for a target whose resource is unknown. */
export function ambiguousTargetResponse(request: Request): Response {
  const { error, description } = WIRE_ERRORS.target_ambiguous
  const body = JSON.stringify({ error, error_description: description })
  return buildResponseFor(request, body, 400, [
    ['Content-Type', 'application/json'],
    ['Cache-Control', 'no-store'],
  ])
}

/** All texts that a router may route by before it resolves dot segments, apart from their case. */
function textsOf(pathname: string): string[] {
  return ofEachDecoding(pathname, (text) => [text, mergeSlashes(text), cutNames(text)])
}

/** Reads each different decoding once: most are equal, and reading a long path is slow. */
function ofEachDecoding(pathname: string, read: (text: string) => string[]): string[] {
  const known = new Map<string, string[]>()
  return decodingsOf(pathname).flatMap((text) => {
    const texts = known.get(text) ?? read(text)
    known.set(text, texts)
    return texts
  })
}

/** The path itself, decoded once, decoded twice, and decoded except for delimiters (Hono, Fastify). */
function decodingsOf(pathname: string): string[] {
  const once = decode(pathname)
  return [pathname, once, decode(once), decodeUndelimited(pathname)]
}

/**
 * URLs that equal their parsed form, without parsing. Hosts with digits or two hyphens are excluded: they
 * may be malformed addresses or names.
 */
const PLAIN_URL =
  /^https?:\/\/[a-z]+(?:[.-][a-z]+)*(?::[1-9]\d{0,3})?(?=\/)(?:\/[\w~-]+)*\/?(?:\?[\w/~.=&-]*)?$/

/** Scheme and authority. The authority contains no character that can end it (RFC 3986 §3.2). */
const AUTHORITY = /^https?:\/\/[^\\/?#@]+(?=\/)/i

const PLAIN_PATH = /^(?:\/[\w.~!$&'()*+,=:@-]+)*\/?$/

/** Escapes that are valid UTF-8 (RFC 3629 §4), so that decoding them never throws. */
const ESCAPES =
  /(?:%[0-7][\da-f]|(?:%(?:c[2-9a-f]|d[\da-f])|%(?:e0%[ab]|ed%[89])[\da-f]|%(?:e[1-9a-cef]|f0%[9ab][\da-f]|f[1-3]%[89ab][\da-f])%[89ab][\da-f]|%f4%8[\da-f]%[89ab][\da-f])%[89ab][\da-f])+/gi

const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i
const DOTS = /[\\/](?:\.|%2e){1,2}(?:[\\/]|$)/i

/** Decodes every valid escape. An invalid escape does not prevent the decoding of others. */
function decode(path: string): string {
  return path.replace(ESCAPES, (escapes) => decodeURIComponent(escapes))
}

/** Decodes as `decodeURI` does: escapes of delimiters and of `%` stay. */
function decodeUndelimited(path: string): string {
  return decode(path.replace(/%(?=2[3-6bcf]|3[abdf]|40)/gi, '%25'))
}

/** RFC 3986 §5.2.4. Backslashes count as slashes, as in URL parsers. */
function resolveDots(path: string): string {
  if (!DOTS.test(path) && !path.includes('\\')) return path
  const segments = path.split(/[\\/]/)
  const kept: string[] = []
  for (const segment of segments) {
    if (!DOT_SEGMENT.test(segment)) kept.push(segment)
    else if (segment.replace(/%2e/gi, '.') === '..' && kept.length > 1) kept.pop()
  }
  const end = DOT_SEGMENT.test(segments[segments.length - 1] as string) ? [''] : []
  return [...kept, ...end].join('/')
}

/** The pathname of a decoded path according to the URL parser: without white space, up to `?`. */
function parsePath(path: string): string {
  if (isPlainPath(path) && !DOTS.test(path)) return path
  return new URL(`http://path.invalid${path}`).pathname
}

function mergeSlashes(path: string): string {
  return path.replace(/[\\/]+/g, '/')
}

/** Removes parameters (`;`), queries and fragments from every segment. */
function cutNames(path: string): string {
  return mergeSlashes(path.replace(/[;?#][^\\/]*/g, ''))
}

/** As {@link cutNames}, also without white space, which some parsers drop, and in lower case. */
function simplify(path: string): string {
  return cutNames(path.replace(/[\0-\x20]/g, '')).toLowerCase()
}
