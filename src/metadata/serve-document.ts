/** Serving metadata documents: public, cacheable, readable from any origin (RFC 9728 §3). */

import { buildAnswer, buildResponse, type HeaderFields } from '../http/build-response.ts'
import { addVary, isPreflight } from '../http/cors.ts'
import { PROTECTED_RESOURCE_PATH } from '../identifiers/resource-identifier.ts'
import { splitList } from '../lib/header-syntax.ts'

/** A document ready to be sent. */
export interface ServedDocument {
  readonly body: string
  /** With the document, and without it: of an answer to a condition (RFC 9110 §15.4.5). */
  readonly headers: HeaderFields
  readonly headersUnmodified: HeaderFields
  readonly etag: string
}

/** Where a document is found: path and query, compared as text. */
export interface DocumentPlace {
  readonly pathAndQuery: string
  readonly document: ServedDocument
}

/** Whoever wants to may read what is public; no credentials are ever involved. */
const CORS = { 'Access-Control-Allow-Origin': '*', 'Access-Control-Expose-Headers': 'ETag' }
const ALLOW = 'GET, HEAD, OPTIONS'
const ERRORS: Readonly<Record<number, string>> = {
  404: 'not_found',
  405: 'invalid_request',
  503: 'temporarily_unavailable',
}

export function createServedDocument(document: unknown, maxAgeSeconds: number): ServedDocument {
  const body = JSON.stringify(document)
  const etag = `"${fingerprint(body)}"`
  const headers = {
    'Content-Type': 'application/json',
    'Cache-Control': `max-age=${maxAgeSeconds}`,
    ETag: etag,
    ...CORS,
  }
  // Named, since Deno and Bun would say of the answer to HEAD that its length is 0 (RFC 9110 §8.6).
  const length = String(new TextEncoder().encode(body).length)
  return {
    body,
    headers: Object.entries({ ...headers, 'Content-Length': length }),
    headersUnmodified: Object.entries(headers),
    etag,
  }
}

/** Whether the path belongs to protected resource metadata: the well-known path or one below it. */
export function isMetadataPath(pathname: string): boolean {
  return (
    pathname.startsWith(PROTECTED_RESOURCE_PATH) &&
    (pathname.length === PROTECTED_RESOURCE_PATH.length ||
      pathname.charAt(PROTECTED_RESOURCE_PATH.length) === '/')
  )
}

/**
 * Whether somebody appended the well-known path to the resource instead of inserting it: there is
 * nothing there, and a 404 says so, where the resource's own 401 would send the client in a circle.
 */
export function isAppendedMetadataPath(pathname: string, resourcePath: string): boolean {
  if (
    !pathname.endsWith(PROTECTED_RESOURCE_PATH) &&
    !pathname.includes(`${PROTECTED_RESOURCE_PATH}/`)
  ) {
    return false
  }
  const base = resourcePath.endsWith('/') ? resourcePath.slice(0, -1) : resourcePath
  return pathname.startsWith(`${base}${PROTECTED_RESOURCE_PATH}`)
}

/**
 * Finds the document for a path and query. The spelling without the last slash is answered too,
 * because several clients strip it, unless it is the place of another document.
 */
export function findDocument(
  pathAndQuery: string,
  places: readonly DocumentPlace[],
): ServedDocument | undefined {
  const exact = places.find((place) => place.pathAndQuery === pathAndQuery)
  const sibling = exact ?? places.find((place) => isSlashSibling(pathAndQuery, place.pathAndQuery))
  return sibling?.document
}

/** Answers GET, HEAD, OPTIONS and conditional requests; everything else is 405. */
export function serveDocument(request: Request, document: ServedDocument): Response {
  const { body, headers, headersUnmodified } = document
  const answer = answerWithoutDocument(request)
  if (answer !== undefined) return answer
  if (isNotModified(request, document)) return buildResponse(null, 304, headersUnmodified)
  return buildResponse(request.method === 'HEAD' ? null : body, 200, headers)
}

/** The answer to a method that needs no document: OPTIONS, and every one that is not allowed. */
export function answerWithoutDocument(request: Request): Response | undefined {
  const { method } = request
  if (method === 'GET' || method === 'HEAD') return undefined
  if (method === 'OPTIONS') return optionsResponse()
  return errorResponse(request, 405, 'Only GET, HEAD and OPTIONS are answered here.', {
    Allow: ALLOW,
  })
}

/** Nothing here: uncacheable, since a 404 may otherwise be kept by intermediaries. */
export function notFoundResponse(request: Request): Response {
  return errorResponse(request, 404, 'There is no such document here.', {})
}

/** The document is somebody else's and cannot be had: neither cacheable nor the client's fault. */
export function unavailableResponse(request: Request, retryAfterSeconds = 5): Response {
  return errorResponse(request, 503, 'The document cannot be had right now.', {
    'Retry-After': String(retryAfterSeconds),
  })
}

/** No document here. Preflights are answered all the same, or a browser could not read the 404. */
export function noDocumentResponse(request: Request): Response {
  return isPreflight(request) ? optionsResponse() : notFoundResponse(request)
}

function optionsResponse(): Response {
  const headers = new Headers({
    Allow: ALLOW,
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Methods': ALLOW,
    'Access-Control-Allow-Headers': '*, Authorization, MCP-Protocol-Version',
    'Access-Control-Max-Age': '7200',
  })
  addVary(headers, 'Access-Control-Request-Headers')
  return new Response(null, { status: 204, headers })
}

function errorResponse(
  request: Request,
  status: number,
  description: string,
  further: Readonly<Record<string, string>>,
): Response {
  const body = JSON.stringify({ error: ERRORS[status], error_description: description })
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...CORS }
  return buildAnswer(request, body, status, Object.entries({ ...headers, ...further }))
}

/** RFC 9110 §13.1.2: weak comparison against each listed tag. */
function isNotModified(request: Request, document: ServedDocument): boolean {
  const condition = request.headers.get('If-None-Match')
  if (condition === null) return false
  if (condition.trim() === '*') return true
  return splitList(condition).some((tag) => tag.replace(/^W\//, '') === document.etag)
}

function isSlashSibling(asked: string, served: string): boolean {
  const { path, query } = split(served)
  const askedParts = split(asked)
  if (askedParts.query !== query) return false
  if (path === PROTECTED_RESOURCE_PATH) return askedParts.path === `${path}/`
  return path.endsWith('/') && askedParts.path === path.slice(0, -1)
}

function split(pathAndQuery: string): { path: string; query: string } {
  const mark = pathAndQuery.indexOf('?')
  if (mark < 0) return { path: pathAndQuery, query: '' }
  return { path: pathAndQuery.slice(0, mark), query: pathAndQuery.slice(mark) }
}

/** 64 bits of FNV-1a: an ETag must tell versions of our own document apart, not resist attack. */
function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n
  for (let index = 0; index < text.length; index++) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(index))) * 0x100000001b3n)
  }
  return hash.toString(36)
}
