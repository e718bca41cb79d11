/** The check that a request is one of the Web, for programs that pass Node's. */

/** @throws {TypeError} For Node's request, and anything else without `Headers`. */
export function checkRequest(request: unknown, advice: string): void {
  const { headers } = (request ?? {}) as { headers?: { get?: unknown } }
  if (typeof headers?.get !== 'function') throw new TypeError(advice)
}
