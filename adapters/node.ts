/** Node: a `node:http` listener, and middleware for Express, Connect and Fastify. */

import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { TLSSocket } from 'node:tls'
import {
  type AnonymousContext,
  type AuthContext,
  authenticate,
  authorizationServerMetadataResponse,
  completeResponse,
  metadataResponse,
  type ProtectedResource,
  preflightResponse,
  protect as protectFetch,
  type Requirements,
  type ResourceSource,
} from '../src/index.ts'

type Host = [req: IncomingMessage, res: ServerResponse]
type Optional = Requirements & { optional: true }
type Mandatory = Requirements & { optional?: false | undefined }
type Needs<Kind> = Kind | ((request: Request, ...host: Host) => Kind)
type Handler<Auth> = (request: Request, auth: Auth, ...host: Host) => Response | Promise<Response>

/** For `createServer`; also a last middleware. */
export type Listener = (req: IncomingMessage, res: ServerResponse) => Promise<void>

/** Middleware as Connect defined it and Express and `@fastify/middie` take it. */
export type Middleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => Promise<void>

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
  const serve = protectFetch<Host>(
    resource,
    handler as Handler<AuthContext>,
    (request, req, res) => {
      const needs =
        typeof requirements === 'function' ? requirements(request, req, res) : requirements
      return { certificate: certificateOf(req), ...needs } as Mandatory
    },
  )
  const origin = originOf(resource)
  return async (req, res) => {
    await send(await serve(toRequest(req, res, origin), req, res), res)
  }
}

export function metadata(resources: ProtectedResource | readonly ProtectedResource[]): Middleware {
  const origin = originOf(resources)
  return async (req, res, next) => {
    const request = toRequest(req, res, origin)
    const response = metadataResponse(request, resources) ?? (await mirrored(request, resources))
    if (response === undefined) next()
    else await send(response, res)
  }
}

export function bearerAuth(
  resource: ProtectedResource,
  requirements: Requirements = {},
): Middleware {
  const origin = originOf(resource)
  return async (req, res, next) => {
    const request = toRequest(req, res, origin)
    const preflight = preflightResponse(request, resource)
    if (preflight !== undefined) return send(preflight, res)
    const auth = await authenticate(request, resource, {
      certificate: certificateOf(req),
      ...requirements,
    } as Mandatory)
    if (!auth.ok) return send(auth, res)
    for (const [name, value] of completeResponse(new Response(), request, auth, resource).headers) {
      res.setHeader(name, value)
    }
    Object.assign(req, { auth })
    next()
  }
}

export function authOf(req: IncomingMessage): AuthContext {
  return (req as unknown as { auth: AuthContext }).auth
}

async function mirrored(
  request: Request,
  resources: ProtectedResource | readonly ProtectedResource[],
): Promise<Response | undefined> {
  for (const resource of [resources].flat() as ProtectedResource[]) {
    const response = await authorizationServerMetadataResponse(request, resource)
    if (response !== undefined) return response
  }
  return undefined
}

function originOf(resource: ResourceSource<Host>): string {
  const [first] = [resource].flat()
  return typeof first === 'object'
    ? new URL((first as ProtectedResource).identifier).origin
    : 'http://localhost'
}

function toRequest(req: IncomingMessage, res: ServerResponse, origin: string): Request {
  const abort = new AbortController()
  res.once('close', () => abort.abort())
  const headers = new Headers()
  for (const [name, values] of Object.entries(req.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value)
  }
  const method = req.method ?? 'GET'
  const hasBody = method !== 'GET' && method !== 'HEAD'
  return new Request(`${origin}${req.url}`, {
    method,
    headers,
    signal: abort.signal,
    ...(hasBody ? { body: Readable.toWeb(req) as ReadableStream, duplex: 'half' } : {}),
  })
}

async function send(response: Response, res: ServerResponse): Promise<void> {
  res.statusCode = response.status
  res.setHeaders(response.headers)
  if (response.body === null) {
    res.end()
    return
  }
  res.flushHeaders()
  await pipeline(Readable.fromWeb(response.body as never), res).catch(() => {})
}

function certificateOf(req: IncomingMessage): string | undefined {
  const socket = req.socket as Partial<TLSSocket>
  const raw = socket.getPeerCertificate?.(true)?.raw
  return raw && createHash('sha256').update(raw).digest('base64url')
}
