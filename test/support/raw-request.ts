/** Requests whose URL is what a host may say that hands on what was sent, such as Deno. */

/** A request with this text for its URL, in whatever spelling. */
export function rawRequest(url: string, init?: RequestInit): Request {
  const request = new Request('https://rs.example/', init)
  return Object.defineProperty(request, 'url', { value: url })
}
