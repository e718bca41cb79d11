/** Serves metadata documents: public, cacheable, readable from any origin (RFC 9728 §3). */

import { buildResponse, buildResponseFor, type HeaderFields } from '../http/build-response.ts'
import { isPreflight } from '../http/cors.ts'
import { retryAfter } from '../http/retry-after.ts'
import { PROTECTED_RESOURCE_PATH } from '../identifiers/resource-identifier.ts'
import { splitList } from '../lib/header-syntax.ts'

/** A serialised document with its header fields. */
export interface ServedDocument {
  readonly body: string
  /** Header fields of a 200. */
  readonly headers: HeaderFields
  /** Header fields of a 304: none that describes the content (RFC 9110 §15.4.5). */
  readonly headersUnmodified: HeaderFields
  readonly etag: string
}

/** The path and query of a document, compared as text. */
export interface DocumentPlace {
  readonly pathAndQuery: string
  readonly document: ServedDocument
}

/** The documents are public and need no credentials. */
const CORS = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'ETag' }
const ALLOW = 'GET, HEAD, OPTIONS'

/** Serialises a document once, for all requests. */
export function createServedDocument(document: unknown, maxAgeSeconds: number): ServedDocument {
  const body = JSON.stringify(document)
  const etag = `"${fingerprint(body)}"`
  const headers = { 'Cache-Control': `max-age=${maxAgeSeconds}`, ETag: etag, ...CORS }
  // Without it, Deno and Bun send `Content-Length: 0` for HEAD (RFC 9110 §8.6).
  const length = String(new TextEncoder().encode(body).length)
  return {
    body,
    headers: Object.entries({
      ...headers,
      'Content-Type': 'application/json',
      'Content-Length': length,
    }),
    headersUnmodified: Object.entries(headers),
    etag,
  }
}

/** Whether the path is the well-known path of protected resource metadata, or below it. */
export function isMetadataPath(pathname: string): boolean {
  return `${pathname}/`.startsWith(`${PROTECTED_RESOURCE_PATH}/`)
}

/**
 * Whether a client appended the well-known path to the resource instead of inserting it after the host.
 * The response is a 404: the 401 of the resource would send the client back to the same URL.
 */
export function isAppendedMetadataPath(pathname: string, resourcePath: string): boolean {
  if (!`${pathname}/`.includes(`${PROTECTED_RESOURCE_PATH}/`)) return false
  return pathname.startsWith(withoutFinalSlash(resourcePath) + PROTECTED_RESOURCE_PATH)
}

/**
 * Finds the document for a path and query. A path without the final slash matches too, unless it is the
 * path of another document: several clients remove that slash.
 */
export function findDocument(
  pathAndQuery: string,
  places: readonly DocumentPlace[],
): ServedDocument | undefined {
  const exact = places.find((place) => place.pathAndQuery === pathAndQuery)
  const sibling = exact ?? places.find((place) => isSlashSibling(pathAndQuery, place.pathAndQuery))
  return sibling?.document
}

/** Responds to GET, HEAD, OPTIONS and conditional requests; other methods are a 405. */
export function serveDocument(request: Request, document: ServedDocument): Response {
  const { body, headers, headersUnmodified, etag } = document
  const early = responseWithoutDocument(request)
  if (early !== undefined) return early
  // RFC 9110 §13.2.2: in this order. Only If-None-Match takes a weak tag for the same one (§8.8.3.2).
  if (lists(request, 'If-Match', etag) === false) {
    const error_description = 'The ETag differs.'
    return errorResponse(request, 412, { error: 'invalid_request', error_description })
  }
  const isKnown = lists(request, 'If-None-Match', etag, `W/${etag}`)
  if (isKnown) return buildResponse(null, 304, headersUnmodified)
  return buildResponse(request.method === 'HEAD' ? null : body, 200, headers)
}

/** The response to a method that needs no document: OPTIONS, and methods that are not allowed. */
export function responseWithoutDocument(request: Request): Response | undefined {
  const { method } = request
  if (method === 'GET' || method === 'HEAD') return undefined
  if (method === 'OPTIONS') return optionsResponse()
  const error_description = 'Only GET, HEAD and OPTIONS are allowed.'
  const error = { error: 'invalid_request', error_description }
  return errorResponse(request, 405, error, [['Allow', ALLOW]])
}

/** A 404 that intermediaries must not cache. */
export function notFoundResponse(request: Request): Response {
  const error_description = 'No resource or document is served at this URL.'
  return errorResponse(request, 404, { error: 'not_found', error_description })
}

/** A 503 for a document of an authorization server that cannot be fetched. */
export function unavailableResponse(request: Request, retryAfterSeconds?: number): Response {
  const error_description = 'The document is temporarily unavailable.'
  const error = { error: 'temporarily_unavailable', error_description }
  return errorResponse(request, 503, error, [retryAfter(retryAfterSeconds)])
}

/** A 404; for a preflight its CORS response, without which a browser cannot read the 404. */
export function noDocumentResponse(request: Request): Response {
  return isPreflight(request) ? optionsResponse() : notFoundResponse(request)
}

function optionsResponse(): Response {
  return buildResponse(null, 204, [
    ['Allow', ALLOW],
    ['Access-Control-Allow-Origin', '*'],
    ['Access-Control-Allow-Methods', ALLOW],
    ['Access-Control-Allow-Headers', '*, Authorization, MCP-Protocol-Version'],
    ['Access-Control-Max-Age', '7200'],
  ])
}

function errorResponse(
  request: Request,
  status: number,
  error: Readonly<Record<string, string>>,
  further: HeaderFields = [],
): Response {
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...CORS }
  return buildResponseFor(request, JSON.stringify(error), status, [
    ...Object.entries(headers),
    ...further,
  ])
}

/** Whether a condition is `*` or names one of the tags (RFC 9110 §13.1); `undefined` without the condition. */
function lists({ headers }: Request, condition: string, ...tags: string[]): boolean | undefined {
  const value = headers.get(condition)
  if (value === null) return undefined
  return value === '*' || splitList(value).some((tag) => tags.includes(tag))
}

function isSlashSibling(requested: string, served: string): boolean {
  const [path] = served.split('?', 1)
  return path === PROTECTED_RESOURCE_PATH
    ? withoutFinalSlash(requested) === served
    : requested === withoutFinalSlash(served)
}

function withoutFinalSlash(pathAndQuery: string): string {
  return pathAndQuery.replace(/^([^?]*)\/(?=\?|$)/, '$1')
}

/** 64 bits of FNV-1a. The ETag distinguishes versions of the document; it need not resist attacks. */
function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (let index = 0; index < text.length; index++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n)
  }
  return hash.toString(36)
}
