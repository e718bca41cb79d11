/** The request that a proxy asks about, from the sub-request that it sends. */

import { parseTarget } from '../http/request-target.ts'
import { isToken } from '../lib/header-syntax.ts'
import { overlay } from '../lib/overlay.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import type { PROXIES } from './forward-schema.ts'

/**
 * A proxy that asks before it passes a request on.
 *
 * @example
 * ```ts
 * const proxies: readonly ForwardAuthProxy[] = ['nginx', 'caddy']
 * ```
 */
export type ForwardAuthProxy = (typeof PROXIES)[number]

/** The header fields with the method and the URI; `undefined`: the sub-request has those of the request. */
const FIELDS: Readonly<
  Record<ForwardAuthProxy, readonly [method: string, uri: string] | undefined>
> = {
  nginx: ['X-Original-Method', 'X-Original-URI'],
  caddy: ['X-Forwarded-Method', 'X-Forwarded-Uri'],
  traefik: ['X-Forwarded-Method', 'X-Forwarded-Uri'],
  haproxy: ['X-Forwarded-Method', 'X-Forwarded-Uri'],
  envoy: undefined,
}

/** Whether the proxy can send the body of the request with its question. */
export function sendsBody(proxy: ForwardAuthProxy): boolean {
  return proxy === 'envoy'
}

/** Whether the limit of Envoy has cut the body off. */
export function isBodyCut({ headers }: Request): boolean {
  return headers.get('X-Envoy-Auth-Partial-Body') === 'true'
}

/**
 * The request that the proxy asks about. Its header fields and its body are those of the sub-request.
 *
 * @param origin The origin of the resource: a field of a proxy may come from its client.
 * @returns `internal` where the proxy does not send what the recipe says, with what is missing;
 * `target_ambiguous` for a URI that is not written as a URL parser would write it.
 */
export function readForwardedRequest(
  request: Request,
  proxy: ForwardAuthProxy,
  origin: string,
): Result<{ request: Request; pathname: string }, ForwardedProblem> {
  const names = FIELDS[proxy]
  const method = names === undefined ? request.method : single(request.headers, names[0])
  const uri = names === undefined ? targetOf(request.url) : single(request.headers, names[1])
  if (names !== undefined && (method === undefined || uri === undefined || !isToken(method))) {
    const description = `The proxy must send ${names.join(' and ')}, each exactly once and without a comma.`
    return fail({ code: 'internal', description })
  }
  const target = uri?.startsWith('/') ? parseTarget(`${origin}${uri}`) : undefined
  if (target === undefined) return fail({ code: 'target_ambiguous' })
  const members = { url: target.href, method: method as string }
  return succeed({ request: overlay(request, members), pathname: target.pathname })
}

/** Why a sub-request cannot be decided. */
interface ForwardedProblem {
  readonly code: 'internal' | 'target_ambiguous'
  readonly description?: string
}

/** Several values arrive as one with commas, so a comma is a second value, or may be one. */
function single(headers: Headers, name: string): string | undefined {
  const value = headers.get(name)
  return value === null || value === '' || value.includes(',') ? undefined : value
}

function targetOf(url: string): string | undefined {
  const parsed = parseTarget(url)
  return parsed && `${parsed.pathname}${parsed.search}`
}
