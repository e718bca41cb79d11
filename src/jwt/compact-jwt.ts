/** Parses JWTs strictly (RFC 7515 §7.1). Nothing in them is verified here. */

import {
  decodeBase64urlLeniently,
  decodeBase64urlText,
  isCanonicalBase64url,
} from '../lib/base64url.ts'
import {
  deepFreeze,
  isObject,
  type JsonObject,
  parseJsonText,
  parseObjectText,
} from '../lib/json.ts'

/** A parsed JWT: two objects without a prototype. Nothing in it is verified. */
export interface CompactJwt {
  readonly header: Readonly<JsonObject>
  readonly claims: JsonObject
}

/**
 * Parses a token that may be a JWT: three parts, the first a JSON object with `alg`.
 *
 * A JWT with invalid base64url is `'malformed'`, not `'opaque'`, even if only a lenient decoder
 * recognizes it: it is rejected here and never sent to an introspection endpoint.
 *
 * @param known What the first segment was parsed to before. The caller has compared its text.
 */
export function readCompactJwt(
  token: string,
  known?: Readonly<JsonObject>,
): CompactJwt | 'malformed' | 'opaque' {
  const [dot, end] = [token.indexOf('.'), token.lastIndexOf('.')]
  if (end === dot || token.indexOf('.', dot + 1) !== end) return 'opaque'
  const first = token.slice(0, dot)
  const signature = token.slice(end + 1)
  const header = known ?? parseHeader(first)
  if (header === undefined) return hasAlgorithm(readLeniently(first)) ? 'malformed' : 'opaque'
  if (!hasAlgorithm(header)) return 'opaque'
  const claims = parseSegment(token.slice(dot + 1, end))
  if (claims === undefined || signature === '' || !isCanonicalBase64url(signature)) {
    return 'malformed'
  }
  return { header, claims }
}

/**
 * Parses a JWT; `undefined` unless all segments are canonical base64url and the first two objects.
 *
 * @param known As for {@link readCompactJwt}.
 */
export function parseCompactJwt(
  token: string,
  known?: Readonly<JsonObject>,
): CompactJwt | undefined {
  const jwt = readCompactJwt(token, known)
  return typeof jwt === 'string' ? undefined : jwt
}

/** Longer headers contain certificates. */
const MAX_SAME_LENGTH = 256
/** The latest header: the tokens of one server that have the same key have the same one. */
let latest: { readonly segment: string; readonly header: Readonly<JsonObject> } | undefined

function parseHeader(segment: string): Readonly<JsonObject> | undefined {
  if (latest?.segment === segment) return latest.header
  const header = parseSegment(segment)
  if (header === undefined || segment.length > MAX_SAME_LENGTH) return header
  // The header of a DPoP proof has the key of one client.
  if (Object.hasOwn(header, 'jwk')) return header
  latest = { segment, header: deepFreeze(header) }
  return header
}

function parseSegment(segment: string): JsonObject | undefined {
  const text = decodeBase64urlText(segment)
  return text === undefined ? undefined : parseObjectText(text)
}

function hasAlgorithm(header: unknown): boolean {
  return isObject(header) && Object.hasOwn(header, 'alg')
}

function readLeniently(segment: string): unknown {
  const text = decodeBase64urlLeniently(segment)
  return text === undefined ? undefined : parseJsonText(text)
}
