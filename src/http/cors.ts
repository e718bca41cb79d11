/** Accepted origins (MCP Streamable HTTP, Security Warning) and CORS header fields (Fetch §3.3). */

import { isToken, splitList } from '../lib/header-syntax.ts'
import type { HeadFields } from './response-head.ts'

/** Accepted origins; `'*'` accepts all. */
export type OriginPolicy = '*' | ReadonlySet<string>

/** Header fields that scripts can read, on successes and rejections. */
const EXPOSED = 'WWW-Authenticate, DPoP-Nonce, Mcp-Session-Id, MCP-Protocol-Version, Retry-After'
const ALLOWED_METHODS = 'GET, HEAD, POST, DELETE, OPTIONS'
/** `*` does not include `Authorization` (Fetch §2.2.2), so all fields are listed. */
const ALLOWED_HEADERS = [
  'Authorization',
  'DPoP',
  'Content-Type',
  'Accept',
  'MCP-Protocol-Version',
  'Mcp-Session-Id',
  'Mcp-Method',
  'Mcp-Name',
  'Last-Event-ID',
]
/** Header fields that an MCP server declares for tool parameters. */
const PARAMETER_HEADER = /^mcp-param-/i
const PREFLIGHT_MAX_AGE_SECONDS = 7200

/** The origin of the resource and the configured ones. */
export function createOriginPolicy(
  origins: '*' | readonly string[] | undefined,
  resource: URL,
): OriginPolicy {
  return origins === '*' ? '*' : new Set([resource.origin, ...(origins ?? [])])
}

/** Whether the origin is accepted. Without `Origin`: browsers set it on every request that a script of another site can read. */
export function isOriginAllowed(origin: string | null, policy: OriginPolicy): boolean {
  return origin === null || policy === '*' || policy.has(origin)
}

/** Sets the fields that let a browser pass the response to its script. */
export function setCorsHeaders(
  headers: HeadFields,
  origin: string | null,
  policy: OriginPolicy,
): void {
  if (policy === '*') {
    // Also without `Origin`: a browser may reuse the response for a request of a script (Fetch, CORS and caches).
    headers.set('Access-Control-Allow-Origin', '*')
    // Fetch §3.3.5: browsers reject the combination.
    headers.delete('Access-Control-Allow-Credentials')
  } else {
    addVary(headers, 'Origin')
    if (origin === null || !policy.has(origin)) return
    headers.set('Access-Control-Allow-Origin', origin)
  }
  headers.set('Access-Control-Expose-Headers', exposedWith(headers))
}

/** Whether this is a CORS preflight, which never carries credentials (Fetch §3.3.2). */
export function isPreflight(request: Request): boolean {
  return (
    request.method === 'OPTIONS' &&
    request.headers.has('Origin') &&
    request.headers.has('Access-Control-Request-Method')
  )
}

/** The response to a preflight from an accepted origin. */
export function buildPreflight(request: Request, policy: OriginPolicy): Response {
  const headers = new Headers({
    'Access-Control-Allow-Methods': ALLOWED_METHODS,
    'Access-Control-Allow-Headers': allowedHeaders(request).join(', '),
    'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_SECONDS),
    Vary: 'Access-Control-Request-Headers',
  })
  setCorsHeaders(headers, request.headers.get('Origin'), policy)
  headers.delete('Access-Control-Expose-Headers')
  return new Response(null, { status: 204, headers })
}

/** Adds a field name to `Vary` unless it is present. */
export function addVary(headers: HeadFields, field: string): void {
  const value = headers.get('vary')
  if (value === field) return
  // The usual case, once per response: no parsing.
  if (value === null) {
    headers.set('Vary', field)
    return
  }
  const present = splitList(value)
  if (present.some((each) => each === '*' || each.toLowerCase() === field.toLowerCase())) return
  headers.set('Vary', [...present, field].join(', '))
}

function allowedHeaders(request: Request): string[] {
  const requested = splitList(request.headers.get('Access-Control-Request-Headers') ?? '')
  const parameters = requested.filter((name) => PARAMETER_HEADER.test(name) && isToken(name))
  return [...ALLOWED_HEADERS, ...parameters]
}

/** The library's fields and those that the handler exposes. */
function exposedWith(headers: HeadFields): string {
  const present = splitList(headers.get('Access-Control-Expose-Headers') ?? '')
  const known = new Set(EXPOSED.toLowerCase().split(', '))
  return [EXPOSED, ...present.filter((name) => !known.has(name.toLowerCase()))].join(', ')
}
