/** Reads the rest of a rejected request, on hosts whose body is a stream of the Web: Deno and Bun. */

/** For how long after its arrival the rest of a rejected request is read. */
const LINGER_MS = 1000

/**
 * Reads the rest of a rejected request before its response is sent, but not later than a second after the request arrived.
 * Proxies and clients that are still sending may lose an earlier response or the connection: nginx 1.22 where the connection
 * closes, Traffic Server 9.2, and nghttpx 1.52 with HTTP/2 clients.
 *
 * @param arrivedMs When the request arrived, by `performance.now()`.
 * @returns The response to send. If the request has not arrived, it ends the connection: Bun, and Deno since 2.9.6, wait for
 * the rest. If a proxy does not send it, they would read the next request as the rest.
 */
export async function afterRest(
  request: Request,
  response: Response,
  arrivedMs: number,
): Promise<Response> {
  return (await readRest(request, response.status, arrivedMs)) ? response : closing(response)
}

/** @returns Whether all of the request has been read, so that another one may follow. */
async function readRest(
  { body, bodyUsed }: Request,
  status: number,
  arrivedMs: number,
): Promise<boolean> {
  // The body was too slow or too long: such a response is sent without waiting for the rest.
  if (status === 408 || (bodyUsed && status === 413)) return false
  // The handler's own reader may have read all of it, as `text()` does; a reader that was released may have left a rest.
  if (body === null || body.locked) return true
  const limitMs = arrivedMs + LINGER_MS - performance.now()
  if (limitMs <= 0) return false
  const reader = body.getReader()
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    reader.cancel().catch(() => {})
  }, limitMs)
  try {
    while (!(await reader.read()).done);
  } catch {
    // The client disconnected.
  } finally {
    clearTimeout(timer)
  }
  return !isLate
}

/** The same response with a field that closes the connection after it (RFC 9112 §9.6). */
function closing({ body, status, statusText, headers }: Response): Response {
  const fields = new Headers(headers)
  fields.set('Connection', 'close')
  return new Response(body, { status, statusText, headers: fields })
}
