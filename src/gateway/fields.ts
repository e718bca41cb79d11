/** Which header fields pass the gateway, in both directions. */

import { isHopByHop, namesInConnection } from '../http/hop-by-hop.ts'
import type { FieldPairs, UpstreamResponse } from '../http/upstream.ts'
import { isToken } from '../lib/header-syntax.ts'

/**
 * Fields of a request that are removed: the client's credentials, fields that only a trusted proxy may set, fields that the
 * gateway sets itself, and other names for the method and the path. Some frameworks route by such names, but the guard has
 * decided about the real method and path.
 */
const REMOVED: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'authorization',
  'cookie',
  'dpop',
  'expect',
  'forwarded',
  'host',
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-method',
  'x-original-uri',
  'x-original-url',
  'x-rewrite-url',
])
/** Every `X-Forwarded-…`, and the fields in which proxies send client certificates. */
const REMOVED_PATTERN = /^x-forwarded-|client-?cert|\bssl-client-/

/**
 * Fields that were checked here, or that frame the body. CGI and WSGI would read `Mcp_Session_Id` as the session
 * id, which was not opened.
 */
const CHECKED_PATTERN = /^(?:mcp|content)-|^(?:last-event-id|origin)$/

/** Fields of the upstream's response that concern authentication and cookies: the guard sets its own. */
const REMOVED_FROM_RESPONSE: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'dpop-nonce',
  'set-cookie',
  'set-cookie2',
  'www-authenticate',
])

/**
 * RFC 9110 §15.3.5 and §15.3.6: responses without content. Their body is not sent on, and the client would take the
 * next response on its connection for a body of the length that they state.
 */
const WITHOUT_LENGTH: ReadonlySet<number> = /* @__PURE__ */ new Set([204, 205])

/** A shorter token is compared as a whole: it may be part of any value. */
const MIN_SEARCHED_LENGTH = 16

/** What the client's fields are filtered by. */
interface RequestFilter {
  /** The names that the gateway sets, in the form of {@link normalName}. */
  readonly own: ReadonlySet<string>
  /** The access token; `undefined` for an anonymous request. */
  readonly token: string | undefined
}

/** CGI and WSGI read `X_User` and `X-User` as one variable; lighttpd also `X.User`. */
export function normalName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '-')
}

/** Whether a name may be another spelling of a name with hyphens. */
export function isRespelled(name: string): boolean {
  return /[^A-Za-z0-9-]/.test(name)
}

/** The fields of the client's request that the upstream receives. */
export function requestFields(
  headers: Headers,
  { own, token }: RequestFilter,
): [name: string, value: string][] {
  const listed = namesInConnection(headers.get('Connection'))
  const kept: [string, string][] = []
  for (const [name, value] of headers) {
    const normal = isRespelled(name) ? normalName(name) : name
    if (REMOVED.has(normal) || REMOVED_PATTERN.test(normal) || isHopByHop(normal)) continue
    if (own.has(normal) || listed.includes(name) || contains(value, token)) continue
    if (normal !== name && CHECKED_PATTERN.test(normal)) continue
    kept.push([name, value])
  }
  return kept
}

/** `Forwarded` (RFC 7239) and its predecessors, from the identifier of the resource alone. */
export function forwardingFields({ protocol, host }: URL): FieldPairs {
  const scheme = protocol.slice(0, -1)
  return [
    ['forwarded', `host="${host}";proto=${scheme}`],
    ['x-forwarded-host', host],
    ['x-forwarded-proto', scheme],
  ]
}

/** The fields of the upstream's response that the client receives. */
export function responseFields(
  { fields, status }: Pick<UpstreamResponse, 'fields' | 'status'>,
  rewriteLocation: (value: string) => string | undefined,
): FieldPairs {
  const kept: [string, string][] = []
  const all = [...fields]
  const connection = all
    .filter(([name]) => name.toLowerCase() === 'connection')
    .map(([, value]) => value)
    .join(',')
  const listed = namesInConnection(connection)
  for (const [text, value] of all) {
    const name = text.toLowerCase()
    if (REMOVED_FROM_RESPONSE.has(name) || name.startsWith('access-control-')) continue
    if (isHopByHop(name) || listed.includes(name)) continue
    if (name === 'content-length' && WITHOUT_LENGTH.has(status)) continue
    const isLocation = name === 'location' || name === 'content-location'
    const sent = isLocation ? rewriteLocation(value) : value
    if (sent !== undefined) kept.push([name, sent])
  }
  return kept
}

/** Whether the upstream can receive the value as it is: `Headers` would trim it, or throw. */
export function isFieldValue(value: unknown): value is string {
  return typeof value === 'string' && (value === '' || FIELD_VALUE.test(value))
}

const FIELD_VALUE = /^[!-~](?:[ -~]*[!-~])?$/

/** What is wrong with the name of a field that the gateway sets; `undefined`: nothing. */
export function fieldNameProblem(name: string): string | undefined {
  if (!isToken(name)) return 'must be the name of a header field'
  const normal = normalName(name)
  const isReserved = RESERVED.has(normal) || isHopByHop(normal)
  return isReserved ? 'is set by the gateway or by the connection' : undefined
}

const RESERVED: ReadonlySet<string> = /* @__PURE__ */ new Set([
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'forwarded',
  'host',
  'x-forwarded-host',
  'x-forwarded-proto',
])

function contains(value: string, token: string | undefined): boolean {
  if (token === undefined) return false
  return token.length < MIN_SEARCHED_LENGTH ? value === token : value.includes(token)
}
