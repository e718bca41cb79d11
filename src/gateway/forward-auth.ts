/** Decides sub-requests that a proxy sends before it forwards a request: `auth_request`, `forward_auth`, `ext_authz`. */

import { authenticate } from '../authenticate.ts'
import { requirementProblems } from '../config/requirement-rules.ts'
import { type ConfigProblem, throwProblems } from '../contract/config-error.ts'
import type { AnonymousContext, AuthContext } from '../contract/context.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { Requirements } from '../contract/requirements.ts'
import type { HeaderFields } from '../http/build-response.ts'
import { choosePath, createPathChoices } from '../http/resource-path.ts'
import { isObject } from '../lib/json.ts'
import { ownMembers } from '../lib/own-members.ts'
import { notFoundResponse } from '../metadata/serve-document.ts'
import { type ProtectedResource, stateOf } from '../resource/state.ts'
import { completeResponse } from '../response/complete-response.ts'
import { rejectionResponse } from '../response/rejection.ts'
import { findOptionViolations } from '../schema/shapes.ts'
import { fieldNameProblem, isFieldValue, isRespelled, normalName } from './fields.ts'
import { FORWARD_AUTH_OPTIONS } from './forward-schema.ts'
import { identityName, identityProblems, identitySettings } from './forward-settings.ts'
import {
  type ForwardAuthProxy,
  isBodyCut,
  readForwardedRequest,
  sendsBody,
} from './forwarded-request.ts'
import { type IdentityOptions, type IdentitySettings, identityValue } from './identity.ts'

/**
 * The proxy that asks, and what it learns about the client.
 *
 * @example
 * ```ts
 * const asking: ForwardAuthOptions = {
 *   proxy: 'caddy',
 *   requirements: { scopes: ['notes:read'] },
 * }
 * ```
 */
export interface ForwardAuthOptions {
  /** Which header fields hold the method and the URI of the request. No others are read. */
  proxy: ForwardAuthProxy
  /**
   * Header fields of the 200 for the proxy to copy to the request. A field without a value is sent empty,
   * so that the proxy replaces what the client sent. A value must be visible ASCII, with spaces inside.
   */
  identityHeaders?:
    | Readonly<Record<string, (auth: AuthContext | AnonymousContext) => string | undefined>>
    | undefined
  /** What requests need beyond the resource's own requirements. */
  requirements?: Requirements | undefined
}

/**
 * Makes the handler for the sub-requests of a proxy, which asks before it passes a request on: nginx
 * `auth_request`, Caddy `forward_auth`, Traefik `ForwardAuth`, Envoy's `ext_authz` over HTTP, HAProxy with
 * the Lua script of the guide. A 200 means yes. Every other response is for the client; the guide shows
 * the lines that deliver it whole.
 *
 * Checks: what {@link authenticate} checks, for the method and the URI that the proxy names. They are read
 * from exactly the fields of the named proxy, each of which must be there once and without a comma;
 * otherwise the response is a 500. The URI must lie under the resource in every reading (404, 400). The
 * origin is the resource's.
 *
 * Does not check: that the sub-request came from the proxy. Only the proxy may reach this handler.
 *
 * @param resource The protected resource. It must have no `operations`, because only Envoy can send bodies.
 * @param options The proxy, and the identity that it copies to the request.
 * @returns A fetch handler for the sub-requests.
 * @throws {ConfigError} If the options have mistakes, with every one of them.
 * @example
 * ```ts
 * const decide = forwardAuth(notes, {
 *   proxy: 'nginx',
 *   identityHeaders: { 'X-User': (auth) => (auth.anonymous ? undefined : auth.subject) },
 * })
 * ```
 * @see {@link https://nginx.org/en/docs/http/ngx_http_auth_request_module.html nginx, ngx_http_auth_request_module}
 */
export function forwardAuth(
  resource: ProtectedResource,
  options: ForwardAuthOptions,
): (request: Request) => Promise<Response> {
  const own = isObject(options) ? ownMembers<ForwardAuthOptions>(options) : options
  throwProblems(findOptionViolations(FORWARD_AUTH_OPTIONS, own))
  const { proxy, requirements, identityHeaders = {} } = own
  const problems = requirements === undefined ? [] : requirementProblems(requirements)
  throwProblems(problems)
  const headers = new Map([[resource, identityHeaders]])
  return createForwardAuth([resource], { proxy, requirements, headers })
}

/** What several resources share, and what differs. */
interface ForwardAuthSetup {
  readonly proxy: ForwardAuthProxy
  readonly requirements?: Requirements | undefined
  /** The identity header fields of each resource. */
  readonly headers: ReadonlyMap<ProtectedResource | undefined, IdentityHeaders>
  /** The identity JWT of each resource. */
  readonly identities?: ReadonlyMap<ProtectedResource | undefined, IdentityOptions | undefined>
}

type IdentityHeaders = Readonly<
  Record<string, (auth: AuthContext | AnonymousContext) => string | undefined>
>

/** The same for several resources, chosen by the path of the forwarded URI. @throws {ConfigError} */
export function createForwardAuth(
  resources: readonly ProtectedResource[],
  { proxy, requirements, headers, identities = new Map() }: ForwardAuthSetup,
): (request: Request) => Promise<Response> {
  const problems = resources.flatMap((resource) => {
    const identity = identities.get(resource)
    return [
      ...headerProblems(headers.get(resource), identity && identityName(identity)),
      ...resourceProblems(resource, proxy),
      ...(identity === undefined ? [] : identityProblems(identity, true)),
    ]
  })
  throwProblems(problems)
  const guarded = resources.map((resource) =>
    createGuarded(resource, headers.get(resource), identities.get(resource)),
  )
  const choices = createPathChoices(
    guarded.map((value) => ({ url: stateOf(value.resource).identity.url, value })),
  )
  const first = resources[0] as ProtectedResource
  const { origin } = stateOf(first).identity.url
  return async (question) => {
    const forwarded = readForwardedRequest(question, proxy, origin)
    if (!forwarded.ok) return reject(forwarded.error, question, first)
    const { request, pathname } = forwarded.value
    const { value: chosen, isAmbiguous } = choosePath(pathname, choices)
    if (chosen === undefined) return notFoundResponse(request)
    const { resource } = chosen
    if (isAmbiguous) return reject({ code: 'target_ambiguous' }, request, resource)
    if (respellsAny(question.headers, chosen.names)) return reject(RESPELLED, request, resource)
    // A resource without operations reads no body.
    if (isBodyCut(question) && stateOf(resource).operations !== undefined) {
      return reject({ code: 'body_too_large' }, request, resource)
    }
    const auth = await authenticate(request, resource, requirements as { optional: true })
    if (!auth.ok) return auth
    const fields = await identityFields(auth, chosen)
    if (fields === undefined) return reject(UNSENDABLE, request, resource)
    const response = new Response(null)
    for (const [name, value] of fields) response.headers.set(name, value)
    return completeResponse(response, request, auth, resource)
  }
}

/** A resource, and the identity that the proxy copies to its requests. */
interface Guarded {
  readonly resource: ProtectedResource
  readonly headers: IdentityHeaders
  readonly identity: IdentitySettings | undefined
  /** The names of all identity fields, in the spelling that CGI and WSGI read. */
  readonly names: ReadonlySet<string>
}

function createGuarded(
  resource: ProtectedResource,
  headers: IdentityHeaders = {},
  options: IdentityOptions | undefined,
): Guarded {
  const identity = options && identitySettings(ownMembers(options))
  const names = [...Object.keys(headers), identity?.header ?? ''].map(normalName)
  return { resource, headers, identity, names: new Set(names) }
}

/** The identity fields with their values; `undefined` if a function of the program returns an invalid value. */
async function identityFields(
  auth: AuthContext | AnonymousContext,
  { headers, identity }: Guarded,
): Promise<HeaderFields | undefined> {
  const fields = Object.entries(headers).map(([name, read]) => [name, read(auth) ?? ''] as const)
  if (!fields.every(([, value]) => isFieldValue(value))) return undefined
  if (identity === undefined) return fields
  const jwt = auth.anonymous ? '' : await identityValue(auth, identity)
  return [...fields, [identity.header, jwt]]
}

const UNSENDABLE: RejectionReason = { code: 'internal' }
const RESPELLED: RejectionReason = {
  code: 'internal',
  description: 'A header field is another spelling of one that states the identity of the client.',
}

/** A proxy replaces `X-User` and passes `X_User` on, and CGI and WSGI read them as one field. */
function respellsAny(headers: Headers, names: ReadonlySet<string>): boolean {
  for (const name of headers.keys()) {
    if (isRespelled(name) && names.has(normalName(name))) return true
  }
  return false
}

function reject(reason: RejectionReason, request: Request, resource: ProtectedResource): Response {
  const state = stateOf(resource)
  return rejectionResponse(reason, state, { request, needed: state.scopes.required })
}

function headerProblems(
  headers: IdentityHeaders = {},
  identity: string | undefined,
): ConfigProblem[] {
  const seen = new Set([identity])
  return Object.keys(headers).flatMap((name) => {
    const isTwice = seen.has(normalName(name))
    seen.add(normalName(name))
    const message = isTwice ? 'is set twice' : fieldNameProblem(name)
    return message === undefined ? [] : [{ path: `identityHeaders.${name}`, message }]
  })
}

function resourceProblems(resource: ProtectedResource, proxy: ForwardAuthProxy): ConfigProblem[] {
  const { operations, sessions } = stateOf(resource)
  const problems: ConfigProblem[] = []
  if (!sendsBody(proxy) && operations !== undefined) {
    const message = `cannot be checked, because ${proxy} sends no body with its sub-request; use forward()`
    problems.push({ path: 'operations', message })
  }
  if (sessions !== undefined) {
    const message =
      'cannot be bound, because the requests and responses of the server do not pass the guard; use forward()'
    problems.push({ path: 'sessions', message })
  }
  return problems
}
