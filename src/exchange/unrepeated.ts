/** The body of a call that must not be executed twice. */

/**
 * Deno sends a body that it has as a whole again, and so executes the call twice, where the server closes a reused
 * connection before its response. It sends a `Blob` once. On other hosts the body stays as it is.
 *
 * @param init Its body is not a stream, which is sent once on every host.
 */
export async function toUnrepeated(init: RequestInit): Promise<RequestInit> {
  const { body } = init
  const isDeno = globalThis.navigator?.userAgent?.startsWith('Deno/') === true
  if (!isDeno || body instanceof Blob) return init
  // Converts as `fetch` does, and names the type. Not `blob()`: its type is in lower case, and a boundary is not.
  const whole = new Response(body)
  const headers = new Headers(init.headers)
  const type = whole.headers.get('Content-Type')
  if (type !== null && !headers.has('Content-Type')) headers.set('Content-Type', type)
  const bytes = await whole.arrayBuffer()
  // Deno sends an empty `Blob` in chunks, which some servers cannot read.
  return bytes.byteLength === 0 ? init : { ...init, headers, body: new Blob([bytes]) }
}
