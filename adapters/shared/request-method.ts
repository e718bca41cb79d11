/** Methods that a `Request` cannot be made with, though Node and Deno hand them on. */

const USUAL = new Set(['GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PUT', 'PATCH'])

/** The answer to a method that is never decided about (RFC 9110 §15.6.2). */
export function unsupportedMethod(): Response {
  return new Response(null, { status: 501 })
}

/**
 * Whether a `Request` keeps this method as it is. Some are forbidden (Fetch §2.2.1), some are
 * normalised to upper case, and Bun turns unknown ones into GET. Express routes all spellings alike.
 */
export function isRequestMethod(method: string): boolean {
  if (USUAL.has(method)) return true
  if (USUAL.has(method.toUpperCase())) return false
  try {
    return new Request('http://localhost', { method }).method === method
  } catch {
    return false
  }
}
