/** JWTs as text (RFC 7515 §7.1): taking them apart strictly, before anything in them is believed. */

import {
  decodeBase64urlLeniently,
  decodeBase64urlText,
  isCanonicalBase64url,
} from '../lib/base64url.ts'
import { isObject, type JsonObject, parseJsonText, parseObjectText } from '../lib/json.ts'

/** A JWT that was taken apart: two objects that inherit nothing. Nothing in it is verified. */
export interface CompactJwt {
  readonly header: JsonObject
  readonly claims: JsonObject
}

/**
 * Takes a token apart that may be a JWT: three parts, the first a JSON object with `alg`.
 *
 * A misspelt JWT is `'malformed'` and not `'opaque'`, however leniently it has to be read to see
 * that it is one: it must be refused here and never sent to an introspection endpoint.
 */
export function readCompactJwt(token: string): CompactJwt | 'malformed' | 'opaque' {
  const [first = '', payload, signature, ...rest] = token.split('.', 4)
  if (payload === undefined || signature === undefined || rest.length > 0) return 'opaque'
  const header = parseSegment(first)
  if (header === undefined) return hasAlgorithm(readLeniently(first)) ? 'malformed' : 'opaque'
  if (!hasAlgorithm(header)) return 'opaque'
  const claims = parseSegment(payload)
  if (claims === undefined || signature === '' || !isCanonicalBase64url(signature)) {
    return 'malformed'
  }
  return { header, claims }
}

/** Takes a JWT apart; `undefined` unless every segment is canonical base64url and both are objects. */
export function parseCompactJwt(token: string): CompactJwt | undefined {
  const jwt = readCompactJwt(token)
  return typeof jwt === 'string' ? undefined : jwt
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
