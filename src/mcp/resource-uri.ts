/**
 * Normalises the URIs of MCP resources. A server may look a resource up by the exact text, by the
 * result of `new URL`, or by RFC 3986. A rule applies to all three; a URI that they read differently
 * is rejected.
 */

import { parseUrl } from '../lib/safe-url.ts'

/**
 * Gives the URI without its fragment, after the syntax-based normalisation of RFC 3986 §6.2.2: case,
 * escapes of unreserved characters, dot segments; an empty query counts as none.
 *
 * URIs that are equal for `new URL` or for the RFC have one result. `undefined` for a text that is not
 * an absolute URI, for one that the two read differently, and for one that programs read differently:
 * a NUL, a backslash, an escaped slash in the path of a file; and for an authority of more than 2,048 characters.
 */
export function normalizeUri(text: string): string | undefined {
  const uri = parsedAndNormalized(text)
  const literal = bySyntax(text)
  if (uri === undefined || literal === undefined || isAmbiguous(uri)) return undefined
  const isClear =
    parsedAndNormalized(uri) === uri && (literal === uri || parsedAndNormalized(literal) === uri)
  return isClear ? uri : undefined
}

/**
 * The key of the rule for a normalised URI: equal for all URIs that many servers map to one resource.
 * Handlers decode the path, an empty path is the root (RFC 3986 §6.2.3), and file systems have neither
 * queries (RFC 8089 §2) nor empty segments.
 */
export function ruleKeyOf(uri: string): string {
  const target = beforeQuery(uri)
  const place = ORIGIN.exec(target)?.[0] ?? ''
  const path = target
    .slice(place.length)
    .replace(PRINTABLE_ESCAPE, (triplet) => characterOf(triplet))
  if (isFile(uri)) return place + path.replace(/\/+/g, '/')
  return place + (path === '' ? '/' : path) + uri.slice(target.length)
}

/** Scheme and authority. */
const ORIGIN = /^[^:]+:\/\/[^/]*/

/** Escapes of printable ASCII except `#`, `%`, `/` and `?`: decoding those would change the URI. */
const PRINTABLE_ESCAPE = /%(?:2[0-246-9A-E]|3[0-9A-E]|[4-6][0-9A-F]|7[0-9A-E])/g

/** Some programs end a string at a NUL, read a backslash as a slash, or decode slashes in a path. */
function isAmbiguous(uri: string): boolean {
  const target = beforeQuery(uri)
  return uri.includes('%00') || target.includes('\\') || (isFile(uri) && /%2F|%5C/.test(target))
}

function isFile(uri: string): boolean {
  return uri.startsWith('file:')
}

/** RFC 3986, appendix B: scheme, authority, path, query. */
const PARTS = /^([^:/?#]+):(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?/
/** Escapes with a lower-case digit, and those of unreserved characters. All others stay unchanged. */
const UNUSUAL_ESCAPE =
  /%(?:[\dA-F][a-f]|[a-f][\da-fA-F]|2[DE]|3\d|4[1-9A-F]|5[\dAF]|6[1-9A-F]|7[\dAE])/g
const UNRESERVED = /[\w.~-]/
const DOT_SEGMENT = /(?:^|\/)\.\.?(?:\/|$)/

function parsedAndNormalized(text: string): string | undefined {
  const url = parseUrl(text)
  return url && bySyntax(url.href)
}

/** Names of hosts have 255 characters (RFC 1035 §2.3.4). Each letter of an authority costs a call. */
const MAX_AUTHORITY_LENGTH = 2048

/** RFC 3986 §6.2.2, for every scheme. */
function bySyntax(text: string): string | undefined {
  const [, scheme, authority, path = '', query = ''] = PARTS.exec(text) ?? []
  if (scheme === undefined) return undefined
  const resolved = withoutDotSegments(withPlainEscapes(path))
  // A path that begins with two slashes would become an authority (§3.3).
  if (authority === undefined && resolved.startsWith('//')) return undefined
  if (authority?.[MAX_AUTHORITY_LENGTH]) return undefined
  const place = authority === undefined ? '' : `//${normalizeAuthority(authority)}`
  const question = query === '' ? '' : `?${withPlainEscapes(query)}`
  return `${toLowerCase(scheme)}:${place}${resolved}${question}`
}

function normalizeAuthority(authority: string): string {
  const host = authority.lastIndexOf('@') + 1
  const plain = toLowerCase(withPlainEscapes(authority.slice(host)))
  return withPlainEscapes(authority.slice(0, host)) + withPlainEscapes(plain)
}

/** §6.2.2.1 and §6.2.2.2. */
function withPlainEscapes(text: string): string {
  return text.replace(UNUSUAL_ESCAPE, (triplet) => {
    const character = characterOf(triplet)
    return UNRESERVED.test(character) ? character : triplet.toUpperCase()
  })
}

function characterOf(triplet: string): string {
  return String.fromCharCode(Number.parseInt(triplet.slice(1), 16))
}

/** §5.2.4, segment by segment, in one pass. */
function withoutDotSegments(path: string): string {
  if (!DOT_SEGMENT.test(path)) return path
  const rest = path.replace(/^(?:\.\.?\/)+/, '')
  if (rest === '.' || rest === '..') return ''
  const segments = rest.match(/\/[^/]*|[^/]+/g) ?? []
  const kept: string[] = []
  for (const [index, segment] of segments.entries()) {
    const isDots = segment === '/.' || segment === '/..'
    if (segment === '/..') kept.pop()
    if (!isDots) kept.push(segment)
    else if (index === segments.length - 1) kept.push('/')
  }
  return kept.join('')
}

/** ASCII only: the result of `new URL` for other letters depends on the scheme. */
function toLowerCase(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

function beforeQuery(uri: string): string {
  const query = uri.indexOf('?')
  return query < 0 ? uri : uri.slice(0, query)
}
