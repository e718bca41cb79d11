/** JWTs as text (RFC 7515 §7.1): taking them apart strictly, before anything in them is believed. */

import { decodeBase64url, isCanonicalBase64url } from '../lib/base64url.ts'
import { isObject, type JsonObject, parseJson, parseObject } from '../lib/json.ts'

/** A JWT that was taken apart. Nothing in it is verified. */
export interface CompactJwt {
  readonly header: JsonObject
  readonly claims: JsonObject
}

/**
 * Whether a token is to be treated as a JWT: three parts, the first a JSON object with `alg`.
 * Decoded leniently on purpose, so that a misspelt JWT is refused as one and never sent to an
 * introspection endpoint as an opaque token.
 */
export function looksLikeJwt(token: string): boolean {
  const parts = token.split('.', 4)
  if (parts.length !== 3) return false
  const header = parseJson(decodeLeniently(parts[0] ?? ''))
  return isObject(header) && Object.hasOwn(header, 'alg')
}

/** Takes a JWT apart; `undefined` unless every segment is canonical base64url and both are objects. */
export function parseCompactJwt(token: string): CompactJwt | undefined {
  const [header, payload, signature, ...rest] = token.split('.', 4)
  if (header === undefined || payload === undefined || signature === undefined) return undefined
  if (rest.length > 0 || signature === '' || !isCanonicalBase64url(signature)) return undefined
  const headerObject = parseSegment(header)
  const claims = parseSegment(payload)
  if (headerObject === undefined || claims === undefined) return undefined
  return { header: headerObject, claims }
}

function parseSegment(segment: string): JsonObject | undefined {
  const bytes = decodeBase64url(segment)
  return bytes === undefined ? undefined : parseObject(bytes)
}

function decodeLeniently(segment: string): Uint8Array {
  const text = segment.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '')
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
  } catch {
    return new Uint8Array()
  }
}
