/** From Node's request to a Web `Request`. */

import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { isParsedForm } from '../../src/http/request-target.ts'
import { pathAndQueryOf } from '../shared/path-and-query.ts'
import { isRequestMethod, unsupportedMethod } from '../shared/request-method.ts'
import { hasContent, isRead, parsedBody, serialize } from './body.ts'
import { closeWith } from './close-with.ts'
import { fieldsOf, isBodiless, methodOf } from './fields.ts'
import { takesLazyStreams } from './lazy-stream.ts'
import { MessageBody } from './message-body.ts'
import { NodeRequest } from './node-request.ts'
import { repetitionOf } from './repeated-request.ts'
import { RequestView } from './views.ts'

/**
 * The request as a `Request`, or the rejection of a request that no `Request` can represent. A target
 * that a URL parser would change stays unchanged in `url`, so that it can be rejected.
 *
 * @param origin The origin of the resource: a client can send any `Host`.
 */
export function convertRequest(
  req: IncomingMessage,
  res: ServerResponse,
  origin: string,
): Request | Response {
  const url = targetUrl(req, origin)
  if (typeof url !== 'string') return url
  return isParsedForm(url) ? createRequest(req, res, url) : createView(req, res, url)
}

/** The same, but creates a real `Request` only when a member is read that most requests never need. */
export function toRequestView(
  req: IncomingMessage,
  res: ServerResponse,
  origin: string,
): Request | Response {
  const url = targetUrl(req, origin)
  return typeof url === 'string' ? createView(req, res, url) : url
}

/** Distinguishes a converted request from the rejection of one that cannot be converted. */
export function isRequest(value: Request | Response): value is Request {
  return 'method' in value
}

/** The target as the client sent it. Frameworks remove the path they are mounted at from `url`. */
export function targetOf(req: IncomingMessage): string {
  return (req as { originalUrl?: string }).originalUrl ?? req.url ?? ''
}

/** The SHA-256 of the client certificate's DER form (RFC 8705 §3.1). */
export function certificateOf(req: IncomingMessage): string | undefined {
  const socket = req.socket as Partial<TLSSocket> | undefined
  const { raw } = socket?.getPeerCertificate?.(true) ?? {}
  return raw && createHash('sha256').update(raw).digest('base64url')
}

function createView(req: IncomingMessage, res: ServerResponse, url: string): Request {
  const isParsed = isParsedForm(url)
  const view = new RequestView(req, url, () => createRequest(req, res, url), isParsed)
  return isParsed ? view : Object.defineProperty(view, 'url', { value: url })
}

/** The target at the resource's origin, as the client wrote it, or the rejection. */
function targetUrl(req: IncomingMessage, origin: string): string | Response {
  if (!isRequestMethod(methodOf(req))) return unsupportedMethod()
  // A `Request` has no body here, so no policy could check one that the application may read from `req`.
  if (isBodiless(req) && hasContent(req)) return new Response(null, { status: 400 })
  const target = targetOf(req)
  // Concatenated, because `new URL('//evil.example/', origin)` has another host.
  if (target.startsWith('/')) return `${origin}${target}`
  // Absolute form (RFC 9112 §3.2.2). Any other target is returned unchanged, and rejected for it.
  if (!isParsedForm(target)) return target
  return `${origin}${pathAndQueryOf(target)}`
}

function createRequest(req: IncomingMessage, res: ServerResponse, url: string): Request {
  const parsed = parsedBody(req)
  const request =
    parsed === undefined ? createUnparsed(req, url) : createParsed(req, url, serialize(parsed, req))
  closeWith(res, request)
  return request
}

function createUnparsed(req: IncomingMessage, url: string): NodeRequest {
  const body = isBodiless(req) || !hasContent(req) ? undefined : new MessageBody(req)
  const request = createCopy(req, url, body) ?? createNew(req, url, body)
  // The body was read, and its content is lost. It is marked as used, because it must not look empty.
  if (body !== undefined && isRead(req)) body.stream.cancel().catch(() => {})
  return request
}

function createNew(req: IncomingMessage, url: string, body: MessageBody | undefined): NodeRequest {
  const request = new NodeRequest(url, url, { method: methodOf(req) }, body)
  // After construction, which would copy them once more.
  appendFields(request.headers, req)
  return request
}

/** A copy of the request before, where it costs less. */
function createCopy(
  req: IncomingMessage,
  url: string,
  body: MessageBody | undefined,
): NodeRequest | undefined {
  if (!takesLazyStreams()) return undefined
  const repetition = repetitionOf(req, url, () => {
    const template = new Request(url, { method: methodOf(req) })
    appendFields(template.headers, req)
    return template
  })
  if (repetition === undefined) return undefined
  const { template, changed } = repetition
  // `null`: to follow the signal of the template costs more than the copy.
  const request = new NodeRequest(template, url, { signal: null }, body)
  for (let index = 0; index < changed.length; index += 2) {
    request.headers.set(changed[index] ?? '', changed[index + 1] ?? '')
  }
  return request
}

function createParsed(
  req: IncomingMessage,
  url: string,
  body: Uint8Array<ArrayBuffer>,
): NodeRequest {
  const headers = new Headers()
  appendFields(headers, req)
  // A parser decoded the content, and its serialization has another length.
  for (const name of ['Content-Encoding', 'Content-Length']) headers.delete(name)
  return new NodeRequest(url, url, { method: methodOf(req), headers, body }, undefined)
}

/** Adds the fields as sent, without the pseudo-fields of HTTP/2. */
function appendFields(headers: Headers, req: IncomingMessage): void {
  const fields = fieldsOf(req)
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? ''
    if (!name.startsWith(':')) headers.append(name, fields[index + 1] ?? '')
  }
}
