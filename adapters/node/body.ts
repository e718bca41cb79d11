/** The body of Node's requests: unread, parsed by the application, or consumed. */

import type { IncomingMessage } from 'node:http'
import { type ParsedUrlQueryInput, stringify } from 'node:querystring'
import { fieldsOf, isBodiless, valueIn } from './fields.ts'

/**
 * The result of a body parser. A parser that found nothing to parse may leave `{}`: if nothing was sent
 * or nothing was read, `{}` is not the message.
 */
export function parsedBody(req: IncomingMessage): unknown {
  if (!isRead(req) || isBodiless(req)) return undefined
  const { body } = req as { body?: unknown }
  if (hasContent(req)) return body
  // Requests of tests and serverless hosts may have a parsed body without a stream or a length.
  return isStream(req) || isEmptyObject(body) ? undefined : body
}

export function isRead(req: IncomingMessage): boolean {
  return req.readableDidRead || !isStream(req)
}

/** RFC 9112 §6.3; in HTTP/2 the headers may end a request, or DATA follows (RFC 9113 §8.1). */
export function hasContent(req: IncomingMessage): boolean {
  const fields = fieldsOf(req)
  if (valueIn(fields, 'transfer-encoding') !== null) return true
  if (Number(valueIn(fields, 'content-length') ?? 0) !== 0) return true
  const { stream } = req as { stream?: { endAfterHeaders?: boolean } }
  return req.httpVersionMajor > 1 && stream?.endAfterHeaders !== true
}

/** What a parser left, as the body of a `Request`: as bytes, because a text would get a `Content-Type` that was not sent. */
export function serialize(parsed: unknown, req: IncomingMessage): Uint8Array<ArrayBuffer> {
  const isRaw = typeof parsed === 'string' || parsed instanceof Uint8Array
  // A form stays one, as its `Content-Type` says.
  const isForm = /-form-/i.test(valueIn(fieldsOf(req), 'content-type') ?? '')
  const format = isForm ? stringify : JSON.stringify
  return Buffer.from(isRaw ? (parsed as string) : format(parsed as ParsedUrlQueryInput))
}

function isStream(req: IncomingMessage): boolean {
  return typeof req.iterator === 'function'
}

function isEmptyObject(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.keys(body).length === 0
}
