/** The body of Node's requests: unread, parsed by the application, or consumed. */

import type { IncomingMessage } from 'node:http'
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

/** The body for a `Request`: what a parser left, or a stream of what was not read yet. */
export function bodyInit(req: IncomingMessage, parsed: unknown): BodyInit | null {
  if (parsed === undefined) return hasContent(req) ? streamOf(req) : null
  const isRaw = typeof parsed === 'string' || parsed instanceof Uint8Array
  return isRaw ? (parsed as BodyInit) : JSON.stringify(parsed)
}

function isStream(req: IncomingMessage): boolean {
  return typeof req.iterator === 'function'
}

function isEmptyObject(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.keys(body).length === 0
}

/** Reads nothing from `req` until it is read itself: the next middleware may want the bytes. */
function streamOf(req: IncomingMessage): ReadableStream {
  let chunks: AsyncIterator<Uint8Array> | undefined
  return new ReadableStream(
    {
      async pull(controller) {
        if (chunks === undefined && (await isEmptyBody(req))) return controller.close()
        chunks ??= req.iterator({ destroyOnReturn: false })
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel() {
        if (chunks === undefined) req.resume?.()
        else
          chunks.return?.().then(
            () => req.resume(),
            () => {},
          )
      },
    },
    { highWaterMark: 0 },
  )
}

/**
 * Whether a body of unknown length is empty, found out without a read: a read at the end would consume
 * the end event, and the next reader would wait for it forever. A length above 0 decides alone: serverless
 * hosts push the body at the first read of a message that they already report as complete.
 */
async function isEmptyBody(req: IncomingMessage): Promise<boolean> {
  if (valueIn(fieldsOf(req), 'content-length') !== null) return false
  if (req.readableLength === 0 && !req.complete) {
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        for (const event of FIRST_EVENTS) req.off(event, settle)
        resolve()
      }
      for (const event of FIRST_EVENTS) req.on(event, settle)
    })
  }
  return req.readableLength === 0 && req.complete
}

const FIRST_EVENTS = ['readable', 'end', 'error', 'close']
