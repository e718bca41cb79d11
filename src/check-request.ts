/** The checks of what a program passes in the place of a request, of a handler, or of a response. */

/**
 * @param name The function that was called.
 * @param other The function of the Node entry to use for it.
 * @throws {TypeError} For Node's request, and anything else without `Headers`.
 */
export function checkRequest(request: unknown, name: string, other: string): void {
  const { headers } = (request ?? {}) as { headers?: { get?: unknown } }
  if (typeof headers?.get === 'function') return
  throw new TypeError(
    `${name}() takes a Web Request. For Node's, import ${other} from 'mcp-gatehouse/node'.`,
  )
}

/** @throws {TypeError} If the arguments of `protect()` are swapped, or the handler is missing. */
export function checkHandler(handler: unknown): void {
  if (typeof handler !== 'function')
    throw new TypeError('protect() takes a resource, then a handler.')
}

/** @throws {TypeError} For anything but a response, and `undefined`, which a host understands: an upgrade. */
export function checkResponse(response: unknown): void {
  if (response === undefined || typeof (response as Response | null)?.headers === 'object') return
  throw new TypeError('The handler must return a Response.')
}
