/** Responses that are made again and again from the same parts. */

export type HeaderFields = readonly (readonly [name: string, value: string])[]

/** Field by field: every runtime is slower at taking them all at once. */
export function buildResponse(
  body: string | null,
  status: number,
  headers: HeaderFields,
): Response {
  const response = new Response(body, { status })
  for (const [name, value] of headers) response.headers.set(name, value)
  return response
}

/**
 * An answer with a body, unless the request is a HEAD: that has no content (RFC 9110 §9.3.2). Its length is
 * named, since Deno and Bun would say that it is 0 (§8.6).
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
