/** Node: a `node:http` listener, and middleware for Express, Connect and Fastify. */

import { createHash } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeader, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { TLSSocket } from 'node:tls'
import {
  type AnonymousContext,
  type AuthContext,
  authenticate,
  authorizationServerMetadataResponse,
  challengeResponse,
  completeResponse,
  isAuthError,
  metadataResponse,
  type ProtectedResource,
  preflightResponse,
  protect as protectFetch,
  type Requirements,
  type ResourceSource,
} from '../src/index.ts'

/** For `http.createServer`; also the last middleware of a path. Never rejects. */
export type Listener = (
  req: IncomingMessage,
  res: ServerResponse,
  next?: (error?: unknown) => void,
) => Promise<void>

/** Middleware as Connect made it, for Express and, as an `onRequest` hook on `raw`, for Fastify. */
export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

/** Middleware for errors, as Connect and Express have it. */
export type ErrorMiddleware = (
  error: unknown,
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void

type Host = [req: IncomingMessage, res: ServerResponse]
type Optional = Requirements & { optional: true }
type Mandatory = Requirements & { optional?: false | undefined }
type Needs<Kind> = Kind | ((request: Request, ...host: Host) => Kind)
type Handler<Auth> = (request: Request, auth: Auth, ...host: Host) => Response | Promise<Response>
type Resources = ProtectedResource | readonly ProtectedResource[]

/**
 * Makes a protected listener: `createServer(protect(resource, handler))`.
 *
 * The request's URL has the configured origin of the resource, whatever `Host` says; headers that came
 * twice are seen twice; bodies are streamed both ways; `request.signal` aborts when the client leaves.
 * The certificate of a client that presented one is taken from the TLS socket, trusted or not: that is
 * the server's `rejectUnauthorized` to decide.
 *
 * An error of the handler is answered with 500 and printed, as other runtimes do; as middleware it is
 * the framework's.
 *
 * @param resource What is protected: one resource, several chosen by path, or a function. The function
 * sees the origin `http://localhost`, so let it tell hosts apart by `req`, and only those it knows.
 * @param handler Gets the request, untouched, the verified context, and Node's own two objects.
 * @param requirements What requests need beyond what the resource always needs; may be a function of
 * the request. With `optional: true` requests without credentials come through as anonymous.
 * @returns The listener.
 * @throws {ConfigError} If two resources of a list share a path, or `requirements` name no scopes.
 */
export function protect(
  resource: ResourceSource<Host>,
  handler: Handler<AuthContext | AnonymousContext>,
  requirements: Needs<Optional>,
): Listener
export function protect(
  resource: ResourceSource<Host>,
  handler: Handler<AuthContext>,
  requirements?: Needs<Mandatory>,
): Listener
export function protect(
  resource: ResourceSource<Host>,
  handler: Handler<AuthContext & AnonymousContext>,
  requirements?: Needs<Requirements>,
): Listener {
  refuseMistakes(requirements)
  const origin = originOf(resource)
  const run = handler as Handler<AuthContext>
  const serve = protectFetch<Host>(
    resource,
    (request, auth: AuthContext, ...host) => run(relocate(request, auth.identifier), auth, ...host),
    (request, ...host) => {
      const needs =
        typeof requirements === 'function' ? requirements(request, ...host) : requirements
      return { certificate: certificateOf(host[0]), ...needs } as Mandatory
    },
  )
  return async (req, res, next = failure(res)) => {
    try {
      const request = toRequest(req, res, origin)
      await send(isRequest(request) ? await serve(request, req, res) : request, res)
    } catch (error) {
      next(error)
    }
  }
}

/**
 * Middleware that answers requests for the metadata of your resources, and passes on all others:
 * `app.use(metadata([notes, files]))`, at the root and before any guard. Give it all resources at
 * once: of a resource it does not know it says 404.
 *
 * @param resources Every resource this host serves.
 * @returns The middleware.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html#section-3 RFC 9728 §3}
 */
export function metadata(resources: Resources): Middleware {
  const origin = originOf(resources)
  return middleware(async (req, res) => {
    if (!targetOf(req).includes('/.well-known/')) return 'next'
    const request = toRequest(req, res, origin)
    if (!isRequest(request)) return request
    return metadataResponse(request, resources) ?? (await mirrored(request, resources)) ?? 'next'
  })
}

/**
 * Middleware that lets only requests through that may pass, and answers all others (and CORS
 * preflights) itself. What comes after finds the verified context in `req.auth`, where the MCP SDK
 * looks for it too, or typed through {@link authOf}.
 *
 * Put it before body parsers. Where `operations` made it read the body, the parsed value is left in
 * `req.body`; where a parser was first, `req.body` is what is judged.
 *
 * @param resource The resource.
 * @param requirements What these routes need beyond what the resource always needs. With
 * `optional: true` requests without credentials pass as anonymous.
 * @returns The middleware.
 * @throws {ConfigError} If `requirements` name no scopes.
 */
export function bearerAuth(
  resource: ProtectedResource,
  requirements: Requirements = {},
): Middleware {
  refuseMistakes(requirements)
  const origin = originOf(resource)
  return middleware(async (req, res) => {
    const request = toRequest(req, res, origin)
    if (!isRequest(request)) return request
    const preflight = preflightResponse(request, resource)
    if (preflight !== undefined) return preflight
    const wasRead = req.readableDidRead
    const needs = { certificate: certificateOf(req), ...requirements, optional: false as const }
    const auth = requirements.optional
      ? await authenticate(request, resource, { ...needs, optional: true })
      : await authenticate(request, resource, needs)
    if (!auth.ok) return auth
    if (req.readableDidRead && !wasRead) {
      Object.assign(req, { body: JSON.parse(await request.text()) })
    }
    Object.assign(req, { auth })
    whenSent(res, (response) => completeResponse(response, request, auth, resource))
    return 'next'
  })
}

/**
 * The context that {@link bearerAuth} left, typed. In Fastify ask for that of `request.raw`.
 *
 * @param req The request.
 * @returns The context. Where the guard was `optional: true`, say so:
 * `authOf<AuthContext | AnonymousContext>(req)`.
 * @throws {TypeError} If no `bearerAuth()` let this request through: a forgotten guard opens no door.
 */
export function authOf<Auth extends AuthContext | AnonymousContext = AuthContext>(
  req: IncomingMessage,
): Auth {
  const { auth } = req as { auth?: Auth }
  if (auth?.ok !== true) throw new TypeError('No bearerAuth() has let this request through.')
  return auth
}

/**
 * Error middleware that turns an `AuthError` thrown further on (by `requireScopes`, say) into its
 * response: `app.use(authErrors(resource))`, last. Other errors are passed on.
 *
 * @param resource The resource whose challenge to send.
 * @returns The middleware.
 */
export function authErrors(resource: ProtectedResource): ErrorMiddleware {
  const origin = originOf(resource)
  return (error, req, res, next) => {
    const request = isAuthError(error) && !res.headersSent ? toRequest(req, res, origin) : undefined
    if (!isRequest(request)) next(error)
    else send(challengeResponse(error, resource, request), res).catch(next)
  }
}

/** The verdict is either a response, or that whatever comes next may have the request. */
function middleware(
  judge: (req: IncomingMessage, res: ServerResponse) => Promise<Response | 'next'>,
): Middleware {
  return (req, res, next) => {
    judge(req, res)
      .then(async (verdict) => {
        if (verdict === 'next') return true
        await send(verdict, res)
        return false
      })
      // Not a `catch`: an error of what comes next must not be passed to it again.
      .then((passes) => {
        if (passes) next()
      }, next)
  }
}

/** The core judges requirements when it is given them; we give it a function that adds to them. */
function refuseMistakes(requirements: Needs<Requirements> | undefined): void {
  protectFetch<Host>(
    () => undefined,
    () => new Response(),
    requirements as Needs<Mandatory>,
  )
}

async function mirrored(request: Request, resources: Resources): Promise<Response | undefined> {
  for (const resource of [resources].flat() as ProtectedResource[]) {
    const response = await authorizationServerMetadataResponse(request, resource)
    if (response !== undefined) return response
  }
  return undefined
}

function originOf(resource: ResourceSource<Host>): string {
  const [first] = [resource].flat() as (ProtectedResource | (() => unknown) | undefined)[]
  return typeof first === 'object' ? new URL(first.identifier).origin : 'http://localhost'
}

/** Where the origin became known only with the resource, the handler gets the right one. */
function relocate(request: Request, identifier: string): Request {
  const { origin } = new URL(identifier)
  const url = new URL(request.url)
  if (url.origin === origin) return request
  return new Request(`${origin}${url.pathname}${url.search}`, request)
}

/** The request as the Web sees it, or the response to what the Web cannot see. */
function toRequest(req: IncomingMessage, res: ServerResponse, origin: string): Request | Response {
  const { method = 'GET' } = req
  if (method === 'TRACE') return new Response(null, { status: 501 })
  const target = targetOf(req)
  // As text: with a base, `//evil.example/` would be a URL of its own.
  const url = target.startsWith('/') ? `${origin}${target}` : target
  if (!URL.canParse(url)) return new Response(null, { status: 400 })
  const { pathname, search } = new URL(url)
  const abort = new AbortController()
  res.once('close', () => {
    if (!res.writableFinished) abort.abort()
  })
  const request = new Request(`${origin}${pathname}${search}`, {
    method,
    headers: toHeaders(req),
    signal: abort.signal,
    body: method === 'GET' || method === 'HEAD' ? null : bodyFor(req),
    duplex: 'half',
  } as RequestInit)
  // Somebody read it and kept it to himself: let it be seen that it is gone.
  if (req.readableDidRead && bodyOf(req) === undefined) request.body?.cancel().catch(ignore)
  return request
}

function isRequest(value: Request | Response | undefined): value is Request {
  return value !== undefined && 'method' in value
}

/** Frameworks take the path they are mounted at off `url`. */
function targetOf(req: IncomingMessage): string {
  return (req as { originalUrl?: string }).originalUrl ?? req.url ?? ''
}

/** As they were sent: `req.headers` keeps only the first of two `Authorization` fields. */
function toHeaders(req: IncomingMessage): Headers {
  const headers = new Headers()
  for (const [name, values = []] of Object.entries(req.headersDistinct)) {
    for (const value of values) headers.append(name, value)
  }
  return headers
}

/** What a body parser made of the body, if one was there first. */
function bodyOf(req: IncomingMessage): unknown {
  return (req as { body?: unknown }).body
}

function bodyFor(req: IncomingMessage): BodyInit | null {
  const parsed = bodyOf(req)
  // A parser that found nothing to parse may leave `{}` beside an untouched stream.
  if (!req.readableDidRead || parsed === undefined) return hasBody(req) ? streamOf(req) : null
  const isRaw = typeof parsed === 'string' || parsed instanceof Uint8Array
  return isRaw ? (parsed as BodyInit) : JSON.stringify(parsed)
}

function hasBody({ headers, httpVersionMajor }: IncomingMessage): boolean {
  const isFramed = 'content-length' in headers || 'transfer-encoding' in headers
  return isFramed || httpVersionMajor > 1
}

/** Reads nothing before it is read itself: the bytes may be for who comes after us. */
function streamOf(req: IncomingMessage): ReadableStream {
  const chunks = req.iterator({ destroyOnReturn: false })
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel() {
        chunks.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

async function send(response: Response, res: ServerResponse): Promise<void> {
  res.statusCode = response.status
  if (response.statusText !== '') res.statusMessage = response.statusText
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') res.appendHeader(name, value)
    else res.setHeader(name, value)
  }
  if (response.body === null || res.req.method === 'HEAD') {
    res.end()
    response.body?.cancel().catch(ignore)
    return
  }
  // The head of an event stream must not wait for the first event.
  if (!res.hasHeader('Content-Length')) res.flushHeaders()
  try {
    await pipeline(Readable.fromWeb(response.body as never), res)
  } catch (error) {
    // Cut off, so that nobody takes it for complete. That the client left is no error.
    if (!isPremature(error)) print(error)
  }
}

/** What is complete only when it is sent is completed then; frameworks write headers when they like. */
function whenSent(res: ServerResponse, complete: (response: Response) => Response): void {
  const { writeHead } = res
  res.writeHead = (status: number, ...rest: unknown[]) => {
    res.writeHead = writeHead
    const message = typeof rest[0] === 'string' ? [rest.shift()] : []
    setAll(res, rest.find((each) => typeof each === 'object' && each !== null) ?? {})
    const before = new Headers()
    for (const [name, value] of Object.entries(res.getHeaders())) {
      for (const each of [value].flat()) before.append(name, String(each))
    }
    const after = complete(new Response(null, { headers: before })).headers
    for (const [name, value] of after) {
      if (name !== 'set-cookie' && value !== before.get(name)) res.setHeader(name, value)
    }
    return Reflect.apply(writeHead, res, [status, ...message])
  }
}

/** The headers given to `writeHead`: an object, or names and values in turn. */
function setAll(res: ServerResponse, headers: object): void {
  const pairs: [string, OutgoingHttpHeader][] = Array.isArray(headers)
    ? headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1]]] : []))
    : Object.entries(headers)
  for (const [name] of pairs) res.removeHeader(name)
  for (const [name, value] of pairs) {
    if (value !== undefined) res.appendHeader(name, [value].flat().map(String))
  }
}

function failure(res: ServerResponse): (error?: unknown) => void {
  return (error) => {
    print(error)
    if (res.headersSent) res.destroy()
    else res.writeHead(500).end()
  }
}

function print(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: where there is no framework, nobody else would tell.
  console.error(error)
}

function isPremature(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_STREAM_PREMATURE_CLOSE'
}

/** RFC 8705 §3.1: the SHA-256 of the DER encoding. */
function certificateOf(req: IncomingMessage): string | undefined {
  const { raw } = (req.socket as Partial<TLSSocket>).getPeerCertificate?.(true) ?? {}
  return raw && createHash('sha256').update(raw).digest('base64url')
}

function ignore(): void {}
