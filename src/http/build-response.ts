/** Responses that are made again and again from the same parts. */

export type HeaderFields = readonly (readonly [name: string, value: string])[]

/** Field by field: every runtime is slower at taking them all at once. */
export function buildResponse(
  body: string | null,
  status: number,
  headers: HeaderFields,
): Response {
  // Every member of its own: what `Object.prototype` says of headers must not count.
  const none = undefined as unknown as Headers
  const response = new Response(body, { status, statusText: '', headers: none })
  for (const [name, value] of headers) response.headers.set(name, value)
  return response
}

/**
 * A response with a body, or without content if the request is a HEAD (RFC 9110 §9.3.2). Content-Length is
 * then set, because Deno and Bun would send 0 (§8.6).
 */
export function buildAnswer(
  request: Request | undefined,
  body: string,
  status: number,
  headers: HeaderFields,
): Response {
  if (request?.method !== 'HEAD') return buildResponse(body, status, headers)
  const length = String(new TextEncoder().encode(body).length)
  return buildResponse(null, status, [...headers, ['Content-Length', length]])
}
