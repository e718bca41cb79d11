/** Sends a Web `Response` through Node's response. */

import type { ServerResponse } from 'node:http'
import { cutOff, isGone, isHttp2 } from './cut-off.ts'
import { awaitRest, end, isEarly } from './end.ts'
import { takesList } from './field-list.ts'
import { PipedResponse } from './piped-response.ts'

/** RFC 9113 §8.2.2. Node throws for them, except for `Connection`. */
const NOT_IN_HTTP2 = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

/** @param method The request's method; a response constructed by a test may have no `req`. */
export async function send(response: Response, res: ServerResponse, method: string): Promise<void> {
  if (response === undefined) return checkUse(res)
  if (response.status >= 400 && isEarly(res)) await awaitRest(res, response.status)
  if (isGone(res)) {
    // The client disconnected before the decision. That is not an error, and must not fill a log.
    response.body?.cancel().catch(() => {})
    return
  }
  if (response instanceof PipedResponse && response.isWhole) {
    response.pipe(res, method)
    return
  }
  const { body, status } = response
  if (body !== null && method !== 'HEAD' && isPlain(response) && takesList(res, res.writeHead)) {
    await pumpSafely(body, res, (length) => res.writeHead(status, listOf(response, length)))
    return
  }
  res.statusCode = status
  // RFC 9110 §15.5.9: the unread rest of a late body would block the next request on the connection.
  if (status === 408 && res.req?.httpVersionMajor === 1) {
    res.setHeader('Connection', 'close')
  }
  const isSecond = isHttp2(res)
  if (response.statusText !== '' && !isSecond) res.statusMessage = response.statusText
  for (const [name, value] of response.headers) {
    if (isSecond && NOT_IN_HTTP2.has(name)) continue
    if (name === 'set-cookie') res.appendHeader(name, value)
    else res.setHeader(name, value)
  }
  if (body === null || method === 'HEAD') {
    end(res)
    body?.cancel().catch(() => {})
    return
  }
  await pumpSafely(body, res)
}

type WriteHead = (length: number | undefined) => void

/** Handles an error that cannot be passed to a framework. */
export function sendFailure(res: ServerResponse): (error?: Error) => void {
  return (error) => {
    print(error)
    if (res.headersSent) return cutOff(res)
    try {
      res.writeHead(500).end()
    } catch {
      // An invalid field or reason phrase that was set before: an exception here would end the process.
      cutOff(res)
    }
  }
}

/** @throws {TypeError} If a handler returned nothing, and did not use Node's response either: the client would wait. */
function checkUse(res: ServerResponse): void {
  if (!res.headersSent && !res.destroyed) throw new TypeError('The handler returned no Response.')
  if (!hasWarned) print(INCOMPLETE)
  hasWarned = true
}

const INCOMPLETE =
  'mcp-gatehouse: a handler of protect() responded through res, so its response has no CORS, caching and nonce fields; bearerAuth() completes such responses.'
let hasWarned = false

/** Statuses without special rules for their head. */
function isPlain({ status, statusText }: Response): boolean {
  return statusText === '' && status >= 200 && status < 400 && status !== 204 && status !== 304
}

/** @param length The length of the body, if it is known. */
function listOf({ headers }: Response, length: number | undefined): string[] {
  const fields: string[] = []
  for (const [name, value] of headers) fields.push(name, value)
  const isFramed = headers.has('content-length') || headers.has('transfer-encoding')
  if (length !== undefined && !isFramed) fields.push('Content-Length', `${length}`)
  return fields
}

async function pumpSafely(
  body: ReadableStream<Uint8Array>,
  res: ServerResponse,
  writeHead?: WriteHead,
): Promise<void> {
  try {
    await pump(body, res, writeHead)
  } catch (error) {
    cutOff(res)
    print(error)
  }
}

/**
 * Sends a body chunk by chunk. Chunks that are available at once leave together with the head, so a short
 * response is one write. A body that has no chunk yet, such as an event stream, does not delay the head.
 *
 * @throws The error of the body.
 */
async function pump(
  body: ReadableStream<Uint8Array>,
  res: ServerResponse,
  writeHead?: WriteHead,
): Promise<void> {
  const reader = body.getReader()
  const cancel = (): void => void reader.cancel().catch(() => {})
  res.once?.('close', cancel)
  let held: Uint8Array | undefined
  const flush = (): void => {
    waiting = undefined
    const isFirst = !res.headersSent
    if (isFirst) writeHead?.(undefined)
    if (held !== undefined) res.write(held)
    else if (isFirst) res.flushHeaders?.()
    held = undefined
  }
  let waiting: NodeJS.Immediate | undefined = setImmediate(flush)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (isGone(res)) return
      if (done) break
      if (held !== undefined) {
        if (!res.headersSent) writeHead?.(undefined)
        res.write(held)
      }
      held = toBytes(value)
      // @vendia/serverless-express says "full" without a buffer, and then never sends `drain`.
      if (res.writableNeedDrain && res.writableLength > 0) await drained(res)
      waiting ??= setImmediate(flush)
    }
    res.off?.('close', cancel)
    const isWhole = !res.headersSent
    if (isWhole) writeHead?.(held?.byteLength ?? 0)
    end(res, held, isWhole)
  } finally {
    clearImmediate(waiting)
  }
}

/** Node also sends texts, whose length in bytes is another than that of their characters. */
function toBytes(chunk: Uint8Array | string): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

/** Settles when the response can take more data, or is closed. */
function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      res.off('drain', settle).off('close', settle)
      resolve()
    }
    res.once('drain', settle).once('close', settle)
  })
}

function print(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: without a framework this is the only place to report it.
  console.error(error)
}
