/** HTTP client with a deadline and a size limit per request and a request limit. Follows no redirect and does not throw. */

import { discardBody } from '../../lib/discard-body.ts'
import { ignore } from '../../lib/promise.ts'
import { isEventStream, readEvent } from './event-stream.ts'

/** A request to send. */
export interface HttpRequest {
  readonly method?: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Closes the connection after the response headers: an event stream may send no event. */
  readonly headOnly?: boolean
  /** For this request, if shorter than the client's. */
  readonly timeoutMs?: number
}

/** Why there is no response. `not_sent`: blocked by a limit or by the URL guard. */
type NetworkFailure = 'unreachable' | 'timeout' | 'certificate' | 'not_sent'

/** A request and its response. `status` is 0 without a response. */
export interface Exchange {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly headers: Headers
  /** At most {@link HttpClientOptions.maxBytes}. For an event stream, the data of the first event. */
  readonly body: string
  readonly isCut: boolean
  readonly failure?: NetworkFailure
  /** The error code, such as `ECONNREFUSED`. */
  readonly reason?: string
}

/** Limits of the client. */
export interface HttpClientOptions {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** For each request. */
  readonly timeoutMs: number
  /** For all requests together. */
  readonly budgetMs: number
  readonly maxBytes: number
  readonly maxRequests: number
  /** Waits before a request is repeated. */
  readonly wait: (milliseconds: number) => Promise<void>
  /** Called before each request. */
  readonly onRequest?: (request: HttpRequest) => void
}

/** Sends requests within the limits. */
export interface HttpClient {
  send(request: HttpRequest): Promise<Exchange>
  /** The number of requests sent. */
  readonly count: () => number
  /** Whether a response was 429. */
  readonly isLimited: () => boolean
}

/** A longer `Retry-After` is not waited for. */
const MAX_WAIT_SECONDS = 10

export function createHttpClient(options: HttpClientOptions): HttpClient {
  let count = 0
  let isLimited = false
  let endsAt: number | undefined
  const sendOnce = async (request: HttpRequest): Promise<Exchange> => {
    if (count >= options.maxRequests) {
      return failed(request, 'not_sent', 'the request limit is reached')
    }
    endsAt ??= performance.now() + options.budgetMs
    const left = endsAt - performance.now()
    if (left <= 0) return failed(request, 'not_sent', 'the time limit is reached')
    count += 1
    options.onRequest?.(request)
    const timeoutMs = Math.min(left, options.timeoutMs, request.timeoutMs ?? left)
    return send(request, { ...options, timeoutMs })
  }
  return {
    count: () => count,
    isLimited: () => isLimited,
    send: async (request) => {
      const exchange = await sendOnce(request)
      if (exchange.status !== 429) return exchange
      isLimited = true
      const seconds = Number(exchange.headers.get('Retry-After') ?? Number.NaN)
      if (!(seconds >= 0 && seconds <= MAX_WAIT_SECONDS)) return exchange
      await options.wait(seconds * 1000)
      return sendOnce(request)
    },
  }
}

/** The exchange for a request that is not sent. */
export function notSent(url: string, reason: string): Exchange {
  return failed({ url }, 'not_sent', reason)
}

async function send(request: HttpRequest, options: HttpClientOptions): Promise<Exchange> {
  // Not as a method: the `fetch` of workerd and of browsers throws where `this` is another object.
  const { fetch, timeoutMs, maxBytes } = options
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), timeoutMs)
  try {
    const response = await fetch(request.url, {
      method: request.method ?? 'GET',
      headers: { 'User-Agent': 'mcp-gatehouse-doctor', ...request.headers },
      ...(request.body === undefined ? {} : { body: request.body }),
      redirect: 'manual',
      signal: abort.signal,
    })
    const { text, isCut } = await readBody(response, request.headOnly ? 0 : maxBytes)
    const { status, headers } = response
    return { ...methodAndUrl(request), status, headers, body: text, isCut }
  } catch (error) {
    if (abort.signal.aborted) {
      return failed(request, 'timeout', `${Math.round(timeoutMs)} ms`)
    }
    const reason = reasonOf(error)
    return failed(request, CERTIFICATE.test(reason) ? 'certificate' : 'unreachable', reason)
  } finally {
    clearTimeout(timer)
  }
}

/** Error codes of Node and OpenSSL for certificates and TLS handshakes. */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS|ERR_SSL|EPROTO/

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined
  return typeof cause?.code === 'string' ? cause.code : 'no connection'
}

async function readBody(
  response: Response,
  maxBytes: number,
): Promise<{ text: string; isCut: boolean }> {
  if (maxBytes === 0) {
    discardBody(response)
    return { text: '', isCut: true }
  }
  // Keeps a byte order mark: some clients stumble over it.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const reader = response.body?.getReader()
  const streams = isEventStream(response.headers)
  let text = ''
  let length = 0
  while (reader !== undefined) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.byteLength
    text += decoder.decode(value, { stream: true })
    const event = streams ? readEvent(text) : undefined
    if (event === undefined && length <= maxBytes) continue
    // Not awaited: an open stream may settle this promise late.
    reader.cancel().catch(ignore)
    return { text: event ?? text.slice(0, maxBytes), isCut: event === undefined }
  }
  return { text, isCut: false }
}

function failed(request: HttpRequest, kind: NetworkFailure, reason: string): Exchange {
  return {
    ...methodAndUrl(request),
    status: 0,
    headers: new Headers(),
    body: '',
    isCut: false,
    failure: kind,
    reason,
  }
}

function methodAndUrl({ method = 'GET', url }: HttpRequest): { method: string; url: string } {
  return { method, url }
}
