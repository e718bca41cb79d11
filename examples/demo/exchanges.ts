/** Records HTTP exchanges, so that the walkthrough can print them. */

/** One request and its response. */
export interface Exchange {
  readonly method: string
  readonly url: URL
  readonly requestHeaders: Headers
  readonly requestBody: string
  /** A copy with an unread body. */
  readonly response: Response
}

/** A `fetch` that records its exchanges. */
export interface Recorder {
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>
  /** Everything so far, in order. */
  readonly exchanges: readonly Exchange[]
  /** The first exchange from `from` on whose URL has this path; undefined if there was none. */
  find(path: string, from?: number): Exchange | undefined
}

/**
 * Creates a recorder.
 *
 * @returns The recording `fetch` and its exchanges.
 */
export function createRecorder(): Recorder {
  const exchanges: Exchange[] = []
  return {
    exchanges,
    async fetch(url, init) {
      const response = await fetch(url, init)
      exchanges.push({
        method: init?.method ?? 'GET',
        url: new URL(url),
        requestHeaders: new Headers(init?.headers),
        requestBody: String(init?.body ?? ''),
        response: response.clone(),
      })
      return response
    },
    find: (path, from = 0) => exchanges.slice(from).find(({ url }) => url.pathname === path),
  }
}
