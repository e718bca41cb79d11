/**
 * How many ways there are to read a request target. We decide about a path, and a router behind us
 * serves one; it may decode it, resolve its dot segments or do neither, so both must not differ.
 */

import { parseUrl } from '../lib/safe-url.ts'
import { buildAnswer } from './build-response.ts'
import { wireFailure } from './error-table.ts'

/**
 * Whether the text of a request's URL is the form it has once it is parsed. Hosts that hand on what was
 * sent (Deno, Node, in part workerd) may say `http://x\notes/payroll` or `/notes/admin/..`, which is
 * one path for a router that cuts text and another for `new URL()`.
 */
export function isParsedForm(url: string): boolean {
  return PLAIN_URL.test(url) || parseTarget(url) !== undefined
}

/** The parsed URL; `undefined` where its text says something else, or does not parse at all. */
export function parseTarget(url: string): URL | undefined {
  const parsed = parseUrl(url)
  const authority = AUTHORITY.exec(url)?.[0]
  if (parsed === undefined || authority === undefined) return undefined
  const target = url.slice(authority.length)
  const { pathname, search } = parsed
  // `search` is empty for a lone question mark, which no router takes for anything else.
  return target === `${pathname}${search}` || target === `${pathname}?` ? parsed : undefined
}

/**
 * The texts that a router may route by which decide where a path leads, its own first: each decoding,
 * with its dot segments resolved or not. There are as many of every path.
 */
export function readingsOf(pathname: string): readonly string[] {
  return ofEachDecoding(pathname, (text) => [text, resolveDots(text), parsePath(text)])
}

/**
 * The texts of lenient routers: whatever the case (Express), and without doubled slashes or what
 * follows a semicolon (options of Fastify). Where the others find nothing, these do not matter.
 */
export function lenientReadingsOf(pathname: string): readonly string[] {
  return ofEachDecoding(pathname, (text) => {
    const [merged, simple] = [mergeSlashes(text), simplify(text)]
    return [merged, simple, resolveDots(merged), resolveDots(simple)]
  })
}

/** Whether a path is the same text in every reading but those that ignore its case. */
export function isPlainPath(pathname: string): boolean {
  return PLAIN_PATH.test(pathname)
}

/** Whether decoding leaves the path of a URL as it is, and nothing but its case could be overlooked. */
export function hasOneReading(url: string): boolean {
  if (PLAIN_URL.test(url)) return true
  const pathname = parseTarget(url)?.pathname
  if (pathname === undefined) return false
  return isPlainPath(pathname) || textsOf(pathname).every((text) => text === pathname)
}

/**
 * The different paths that a function has to be asked about which chooses by the URL, the path's own
 * first. `undefined` where a decoded one has dot segments, which no URL can show.
 */
export function distinctPaths(pathname: string): readonly string[] | undefined {
  if (isPlainPath(pathname)) return [pathname]
  const texts = textsOf(pathname)
  if (texts.some((text) => DOTS.test(text))) return undefined
  return [...new Set(texts.map(parsePath))]
}

/** All texts that a router may route by before it resolves dot segments, but for their case. */
function textsOf(pathname: string): string[] {
  return ofEachDecoding(pathname, (text) => [text, mergeSlashes(text), cutNames(text)])
}

/** Most decodings of most paths are one text, and that of a long path takes its time. */
function ofEachDecoding(pathname: string, read: (text: string) => string[]): string[] {
  const known = new Map<string, string[]>()
  return decodingsOf(pathname).flatMap((text) => {
    const texts = known.get(text) ?? read(text)
    known.set(text, texts)
    return texts
  })
}

/** As it stands, decoded once, decoded twice, and decoded but for delimiters (Hono, Fastify). */
function decodingsOf(pathname: string): string[] {
  const once = decode(pathname)
  return [pathname, once, decode(once), decodeUndelimited(pathname)]
}

/** The refusal where no resource is known that the target could be of. */
export function ambiguousTargetResponse(request: Request): Response {
  const { error, description } = wireFailure('target_ambiguous')
  const body = JSON.stringify({ error, error_description: description })
  return buildAnswer(request, body, 400, [
    ['Content-Type', 'application/json'],
    ['Cache-Control', 'no-store'],
  ])
}

/**
 * URLs that need no parser: most of them. A host with digits may be a malformed address, and one with
 * two hyphens a malformed name.
 */
const PLAIN_URL =
  /^https?:\/\/[a-z]+(?:[.-][a-z]+)*(?::[1-9]\d{0,3})?(?=\/)(?:\/[\w~-]+)*\/?(?:\?[\w/~.=&-]*)?$/

/** Scheme and authority, and in it nothing that which nothing could end it or stand for another (RFC 3986 §3.2). */
const AUTHORITY = /^https?:\/\/[^\\/?#@]+(?=\/)/i

const PLAIN_PATH = /^(?:\/[\w.~!$&'()*+,=:@-]+)*\/?$/

/** Escapes of characters in UTF-8 (RFC 3629 §4), so that decoding them never throws. */
const ESCAPES =
  /(?:%[0-7][\da-f]|(?:%(?:c[2-9a-f]|d[\da-f])|%(?:e0%[ab]|ed%[89])[\da-f]|%(?:e[1-9a-cef]|f0%[9ab][\da-f]|f[1-3]%[89ab][\da-f])%[89ab][\da-f]|%f4%8[\da-f]%[89ab][\da-f])%[89ab][\da-f])+/gi

const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i
const DOTS = /[\\/](?:\.|%2e){1,2}(?:[\\/]|$)/i

/** All that can be decoded: beside an escape that cannot be, `%61` is still an `a`. */
function decode(path: string): string {
  return path.replace(ESCAPES, (escapes) => decodeURIComponent(escapes))
}

/** As `decodeURI` does it: what could end a segment, the path or the escape itself stays. */
function decodeUndelimited(path: string): string {
  return decode(path.replace(/%(?=2[3-6bcf]|3[abdf]|40)/gi, '%25'))
}

/** RFC 3986 §5.2.4, with backslashes for slashes as URL parsers have it. */
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

/** What a URL parser makes of a decoded path: white space goes, `?` ends it. */
function parsePath(path: string): string {
  if (isPlainPath(path) && !DOTS.test(path)) return path
  return new URL(`http://path.invalid${path}`).pathname
}

function mergeSlashes(path: string): string {
  return path.replace(/[\\/]+/g, '/')
}

/** Without parameters, and without all else that may follow the name of a segment. */
function cutNames(path: string): string {
  return mergeSlashes(path.replace(/[;?#][^\\/]*/g, ''))
}

/** Without white space, too, which some parsers drop. */
function simplify(path: string): string {
  return cutNames(path.replace(/[\0-\x20]/g, '')).toLowerCase()
}
