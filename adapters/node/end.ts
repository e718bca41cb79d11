/** Ends a response whose request may still be on its way. */

import type { IncomingMessage, ServerResponse } from 'node:http'

/** For how long the rest of a request is read after its response. */
const LINGER_MS = 5000

/**
 * Ends a response. Where the connection closes with it, the rest of the request is read first and
 * discarded: bytes that arrive at a closed connection reset it, and the reset destroys the response that
 * a client or proxy has not read yet. nginx 1.22 reports such a 401 as 502.
 *
 * The response itself is not delayed. A 408 is not preceded by such a wait: its request was too slow.
 */
export function end(res: ServerResponse, chunk?: Uint8Array): void {
  const { req } = res
  if (req === undefined || !closesEarly(req, res)) {
    res.end(chunk)
    return
  }
  // Without it, the end of the connection or of the chunks is the end of the body.
  if (!res.headersSent && !res.hasHeader('Content-Length') && mayHaveBody(req, res)) {
    res.setHeader('Content-Length', chunk?.byteLength ?? 0)
  }
  if (chunk === undefined) res.flushHeaders()
  else res.write(chunk)
  const finish = (): void => {
    clearTimeout(timer)
    req.off('end', finish).off('close', finish)
    res.end()
  }
  const timer = setTimeout(finish, LINGER_MS)
  req.once('end', finish).once('close', finish).resume()
}

/** Tests have requests without these members. */
function closesEarly(req: IncomingMessage, res: ServerResponse): boolean {
  return req.complete === false && res.shouldKeepAlive === false && res.statusCode !== 408
}

function mayHaveBody({ method }: IncomingMessage, { statusCode }: ServerResponse): boolean {
  return method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
}
