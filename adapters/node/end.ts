/** Ends a response whose request may still be on its way. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { hasContent } from './body.ts'
import { isUnread } from './close-with.ts'
import { cutOff } from './cut-off.ts'

/** For how long a rejection waits for the rest of its request. */
const WAIT_MS = 1000

/** For how long the rest of a request is read after its response. */
const LINGER_MS = 5000

/** Node writes the head together with a text. Larger bodies cost more to copy than a second write. */
const MAX_TEXT_BYTES = 8192

/** Whether the response comes before the end of its request. */
export function isEarly({ req }: ServerResponse): boolean {
  return req?.complete === false && hasContent(req)
}

/**
 * Called before the head of an early rejection. It waits for the rest of a body that nothing reads: proxies and clients that
 * are still sending may lose the response (Traffic Server 9.2 and nghttpx 1.52 with HTTP/2 clients) or the connection (Node's
 * own HTTP/2 client). Over HTTP/1 the connection ends with the response, unless the rest has come: a proxy may give up the
 * rest, and send the next request on a connection where the server still expects it.
 */
export async function awaitRest(res: ServerResponse, status: number): Promise<void> {
  // Node parses the rest of what arrived together with the head after the listener has returned.
  await new Promise((resolve) => setImmediate(resolve))
  if (isEarly(res) && status !== 408 && isIdle(res)) await readFor(res.req, WAIT_MS)
  if (isEarly(res) && res.req.httpVersionMajor === 1) res.shouldKeepAlive = false
}

/**
 * Ends a response. Where the connection closes with it, the rest of the request is read first and
 * discarded: bytes that arrive at a closed connection reset it, and the reset destroys the response that
 * a client or proxy has not read yet. nginx 1.22 reports such a 401 as 502.
 *
 * The response itself is not delayed any more. A 408 does not wait: its request was too slow.
 *
 * @param isWhole Whether the chunk is the whole body, and no byte of the head has been sent.
 */
export function end(res: ServerResponse, chunk?: Uint8Array, isWhole = false): void {
  const { req } = res
  if (req === undefined || !closesEarly(req, res)) {
    if (isWhole && chunk !== undefined && mayBeText(chunk, res)) res.end(toText(chunk), 'latin1')
    else res.end(chunk)
    return
  }
  // Without it, the end of the connection or of the chunks is the end of the body.
  if (!res.headersSent && !res.hasHeader('Content-Length') && takesContent(req, res)) {
    res.setHeader('Content-Length', chunk?.byteLength ?? 0)
  }
  if (chunk === undefined) res.flushHeaders()
  else res.write(chunk)
  void readFor(req, LINGER_MS)
    .then(() => res.end())
    // A length that is not that of the body.
    .catch(() => cutOff(res))
  if (res.statusCode >= 400) discard(req)
}

/** Whether nothing else reads the body, or may still read it. */
function isIdle(res: ServerResponse): boolean {
  const { req } = res
  return !req.readableDidRead && req.listenerCount('readable') === 0 && isUnread(res)
}

function readFor(req: IncomingMessage, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer)
      req.off('end', finish).off('close', finish)
      resolve()
    }
    const timer = setTimeout(finish, limitMs)
    req.once('end', finish).once('close', finish).resume()
  })
}

/** Responses of serverless hosts and test tools may not expect the encoding of a text. */
function mayBeText({ byteLength }: Uint8Array, { socket }: ServerResponse): boolean {
  return byteLength <= MAX_TEXT_BYTES && socket instanceof Socket
}

/** A text with a character for each byte. */
function toText({ buffer, byteOffset, byteLength }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1')
}

/** Tests have requests without these members. */
function closesEarly(req: IncomingMessage, res: ServerResponse): boolean {
  return req.complete === false && res.shouldKeepAlive === false && res.statusCode !== 408
}

function takesContent({ method }: IncomingMessage, { statusCode }: ServerResponse): boolean {
  return method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
}

/** Reads and drops the rest. Not by `resume()`, which has no effect while an abandoned reader listens for `readable`. */
function discard(req: IncomingMessage): void {
  const readAll = (): void => {
    while (req.read() !== null);
  }
  if (req.listenerCount('readable') > 0) req.on('readable', readAll)
  readAll()
}
