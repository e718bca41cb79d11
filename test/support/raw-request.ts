/** Requests whose URL is the text that the client sent, as on Deno. */

/** A request with this text for its URL, in whatever spelling. */
export function rawRequest(url: string, init?: RequestInit): Request {
  const request = new Request('https://rs.example/', init)
  return Object.defineProperty(request, 'url', { value: url })
}
