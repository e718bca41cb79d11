/**
 * The doctor's way of talking to strangers: one request at a time, each with a deadline and a size
 * limit, all of them counted, and no redirect ever followed. Nothing here throws.
 */

import { isEventStream, readEvent } from './event-stream.ts'

/** What to ask. */
export interface Question {
  readonly method?: string
  readonly url: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Hangs up once the head is there: for streams that may stay silent. */
  readonly headOnly?: boolean
  /** For this request, if less than for others. */
  readonly timeoutMs?: number
}

/** Why there is no answer. */
export type Silence = 'unreachable' | 'timeout' | 'certificate' | 'not_asked'

/** A question and its answer; status 0 when there was none. */
export interface Exchange {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly headers: Headers
  /** At most {@link VisitorOptions.maxBytes}; of an event stream the first event's data. */
  readonly body: string
  readonly isCut: boolean
  readonly silence?: Silence
  /** What the network said, such as `ECONNREFUSED`. */
  readonly reason?: string
}

/** Limits of a visit. */
export interface VisitorOptions {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  /** For each request. */
  readonly timeoutMs: number
  /** For all of them. */
  readonly patienceMs: number
  readonly maxBytes: number
  readonly maxRequests: number
  /** Told before each request. */
  readonly onQuestion?: (question: Question) => void
}

/** Asks, and counts what it asked. */
export interface Visitor {
  ask(question: Question): Promise<Exchange>
  readonly asked: () => number
}

export function createVisitor(options: VisitorOptions): Visitor {
  let count = 0
  let endsAt: number | undefined
  return {
    asked: () => count,
    ask: async (question) => {
      if (count >= options.maxRequests) {
        return silence(question, 'not_asked', 'there were too many requests already')
      }
      endsAt ??= performance.now() + options.patienceMs
      const left = endsAt - performance.now()
      if (left <= 0) return silence(question, 'not_asked', 'it has taken too long already')
      count += 1
      options.onQuestion?.(question)
      const timeoutMs = Math.min(left, options.timeoutMs, question.timeoutMs ?? left)
      return ask(question, { ...options, timeoutMs })
    },
  }
}

/** The answer to a question that is better not asked. */
export function notAsked(url: string, reason: string): Exchange {
  return silence({ url }, 'not_asked', reason)
}

async function ask(question: Question, options: VisitorOptions): Promise<Exchange> {
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), options.timeoutMs)
  try {
    const response = await options.fetch(question.url, {
      method: question.method ?? 'GET',
      headers: { 'User-Agent': 'mcp-gatehouse-doctor', ...question.headers },
      ...(question.body === undefined ? {} : { body: question.body }),
      redirect: 'manual',
      signal: abort.signal,
    })
    const { text, isCut } = await readBody(response, question.headOnly ? 0 : options.maxBytes)
    const { status, headers } = response
    return { ...about(question), status, headers, body: text, isCut }
  } catch (error) {
    if (abort.signal.aborted) {
      return silence(question, 'timeout', `${Math.round(options.timeoutMs)} ms`)
    }
    const reason = reasonOf(error)
    return silence(question, CERTIFICATE.test(reason) ? 'certificate' : 'unreachable', reason)
  } finally {
    clearTimeout(timer)
  }
}

/** How Node and OpenSSL name what can be wrong with a certificate or a handshake. */
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
    response.body?.cancel().catch(ignore)
    return { text: '', isCut: true }
  }
  const decoder = new TextDecoder()
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
    // Not awaited: a stream that has more to say may take its time to end.
    reader.cancel().catch(ignore)
    return { text: event ?? text.slice(0, maxBytes), isCut: event === undefined }
  }
  return { text, isCut: false }
}

function silence(question: Question, kind: Silence, reason: string): Exchange {
  return {
    ...about(question),
    status: 0,
    headers: new Headers(),
    body: '',
    isCut: false,
    silence: kind,
    reason,
  }
}

function about({ method = 'GET', url }: Question): { method: string; url: string } {
  return { method, url }
}

function ignore(): void {}
