/** The check that a request is one of the Web, for programs that pass Node's. */

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
