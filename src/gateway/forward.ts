/** A handler that sends authorized requests to a server behind it. */

import type { AnonymousContext, AuthContext } from '../contract/context.ts'
import { ExchangeError } from '../contract/exchange-error.ts'
import type { TokenExchange } from '../exchange/options.ts'
import { buildResponseFor } from '../http/build-response.ts'
import { ambiguousTargetResponse } from '../http/request-target.ts'
import { type FieldPairs, READS_VIEWS, transportOf } from '../http/upstream.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { notFoundResponse } from '../metadata/serve-document.ts'
import { forwardingFields, isFieldValue, requestFields, responseFields } from './fields.ts'
import {
  type ForwardOptions,
  type ForwardSettings,
  forwardSettings,
  type Upstream,
} from './forward-settings.ts'
import { identityValue } from './identity.ts'
import {
  createTargetResolver,
  type PublicPlace,
  placeOf,
  publicLocation,
  upstreamProblem,
} from './target.ts'

/**
 * Makes a handler for {@link protect} that sends each authorized request to a server behind it, and
 * streams its response back. The server may be written in any language; it needs no code for OAuth.
 *
 * Checks: that the path is exactly the path of the resource. With `subpaths`, paths below it are appended
 * to the upstream's; dot segments and escapes of `/`, `\` and `.` are a 400.
 *
 * The upstream receives the method, the query, the body and the header fields of the client, without its
 * credentials (`Authorization`, `DPoP`, `Cookie`, certificates, any field that contains the token),
 * without fields of the connection, and without any field that the gateway sets. `Host` is the upstream's;
 * `Forwarded` and `X-Forwarded-*` come from the resource identifier. From the response, `WWW-Authenticate`,
 * `Set-Cookie` and `Access-Control-*` are removed.
 *
 * An upstream that cannot be reached, or that responds 401 (it does not accept the gateway), is a 502; one
 * that sends no response in time is a 504. Redirections are not followed; a `Location` of the upstream's
 * origin becomes one of the resource's.
 *
 * Does not check: that only the gateway reaches the upstream. Bind it to loopback or a private network, or
 * verify the identity JWT there.
 *
 * @param upstream The URL of the server, or a function that chooses it. It must not have a query.
 * @param options The identity that the server receives, and limits.
 * @returns The handler.
 * @throws {ConfigError} If the URL or the options have mistakes, with every one of them.
 * @example
 * ```ts
 * const handle = protect(
 *   notes,
 *   forward('http://127.0.0.1:9000/mcp', {
 *     headers: { 'X-User': (auth) => (auth.anonymous ? undefined : auth.subject) },
 *   }),
 * )
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110.html#section-7.6 RFC 9110 §7.6}
 */
export function forward(
  upstream: Upstream,
  options: ForwardOptions = {},
): (request: Request, auth: AuthContext | AnonymousContext) => Promise<Response> {
  const settings = forwardSettings(upstream, options)
  const targetOf = createTargetResolver(settings.subpaths)
  let known: PublicPlace | undefined
  const forwardRequest = async (
    request: Request,
    auth: AuthContext | AnonymousContext,
  ): Promise<Response> => {
    if (known?.identifier !== auth.identifier) known = placeOf(auth.identifier)
    const place = known
    const base = settings.fixed ?? chosenUpstream(settings, request, auth)
    const target = targetOf(request.url, place, base)
    if (!target.ok) {
      return target.error === 404 ? notFoundResponse(request) : ambiguousTargetResponse(request)
    }
    const fields = await fieldsFor(request, auth, place, settings)
    if (!fields.ok) return ERRORS[fields.error](request)
    const transport = settings.transport ?? transportOf(request) ?? settings.hostTransport
    const { method } = request
    const { timeoutMs } = settings
    const result = await transport({
      url: target.value,
      method,
      fields: fields.value,
      request,
      timeoutMs,
    })
    if (!result.ok) return ERRORS[result.error](request)
    const { status } = result.value
    // 401: the upstream does not accept the gateway. The client's own token is valid, so it must not be
    // thrown away. 407: the same of a proxy between them.
    if (status === 401 || status === 407) {
      result.value.discard()
      if (!auth.anonymous) settings.exchange?.clear(auth)
      return ERRORS.unreachable(request)
    }
    const sent = responseFields(result.value, (value) =>
      publicLocation(value, target.value, base, place),
    )
    // A host that pipes sends this head with its own body: it has what `protect` reads of a response.
    return result.value.toResponse(sent) as Response
  }
  // The function that chooses an upstream may copy its request, which needs a real one.
  return Object.assign(forwardRequest, { [READS_VIEWS]: settings.fixed !== undefined })
}

/** @throws {TypeError} If the application's function returns no URL: the request becomes a 500. */
function chosenUpstream(
  { choose }: ForwardSettings,
  request: Request,
  auth: AuthContext | AnonymousContext,
): URL {
  const url = choose?.(request, auth)
  const problem = upstreamProblem(url)
  if (url === undefined || problem !== undefined) {
    throw new TypeError(`The URL that the upstream function returned ${problem}.`)
  }
  return new URL(url)
}

/** All fields of the request to the upstream, or why they cannot be sent. */
async function fieldsFor(
  request: Request,
  auth: AuthContext | AnonymousContext,
  { url }: PublicPlace,
  { own, headers, identity, exchange }: ForwardSettings,
): Promise<Result<FieldPairs, keyof typeof ERRORS>> {
  const token = auth.anonymous ? undefined : auth.token
  const fields = requestFields(request.headers, { own, token })
  for (const [name, value] of forwardingFields(url)) fields.push([name, value])
  for (const [name, read] of headers) {
    const value = read(auth)
    if (value === undefined) continue
    if (!isFieldValue(value)) {
      reportValue(name)
      return fail('internal')
    }
    fields.push([name, value])
  }
  if (auth.anonymous) return succeed(fields)
  if (exchange !== undefined) {
    fields.push(['authorization', `Bearer ${await exchangedToken(auth, exchange)}`])
  }
  if (identity !== undefined) fields.push([identity.header, await identityValue(auth, identity)])
  return succeed(fields)
}

const REPORTED = /* @__PURE__ */ new Set<string>()

/** Once for each field: requests must not fill a log. */
function reportValue(name: string): void {
  if (REPORTED.has(name)) return
  REPORTED.add(name)
  const message = `the value of the field ${name} is not visible ASCII, so its requests are a 500: encode it`
  // biome-ignore lint/suspicious/noConsole: a mistake in the program, for its author.
  console.error(`mcp-gatehouse: ${message}, as by encodeURIComponent().`)
}

/** @throws {ExchangeError} If there is no token, or one that needs more than a header field. */
async function exchangedToken(auth: AuthContext, exchange: TokenExchange): Promise<string> {
  const exchanged = await exchange.exchange(auth)
  if (!exchanged.ok) throw new ExchangeError(exchanged)
  if (exchanged.tokenType.toLowerCase() === 'bearer') return exchanged.token
  throw new ExchangeError({ ok: false, code: 'misconfigured' })
}

const ERRORS = {
  unreachable: errorResponse(502, 'bad_gateway', 'The server behind this resource is not usable.'),
  timeout: errorResponse(504, 'gateway_timeout', 'The server behind this resource is too slow.'),
  internal: errorResponse(500, 'server_error', 'The request could not be processed.'),
} as const

function errorResponse(
  status: number,
  error: string,
  description: string,
): (request: Request) => Response {
  const body = JSON.stringify({ error, error_description: description })
  return (request) =>
    buildResponseFor(request, body, status, [
      ['Content-Type', 'application/json'],
      ['Cache-Control', 'no-store'],
    ])
}
