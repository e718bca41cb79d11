/** Methods that Node and Deno pass on, but that a `Request` cannot have. */

const USUAL = new Set(['GET', 'POST', 'DELETE', 'OPTIONS', 'HEAD', 'PUT', 'PATCH'])

/** 501, for methods that no `Request` can have (RFC 9110 §15.6.2). */
export function unsupportedMethod(): Response {
  return new Response(null, { status: 501 })
}

/**
 * Whether a `Request` keeps this method unchanged. Some methods are forbidden (Fetch §2.2.1), some are
 * normalized to upper case, and Bun turns unknown ones into GET. Express routes all spellings alike.
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
