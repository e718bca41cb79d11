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
