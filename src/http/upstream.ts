/**
 * The hop from a gateway to the server behind it. `fetch` makes it on every host. A host with a cheaper
 * way offers it with the request, so that this library needs no module of that host.
 */

import type { Result } from '../lib/result.ts'
import type { ResponseHead } from './response-head.ts'

/** Names and values of header fields. */
export type FieldPairs = readonly (readonly [name: string, value: string])[]

/** A request to the server behind the gateway. */
export interface UpstreamCall {
  readonly url: URL
  readonly method: string
  /** All fields to send, except `Host` and those of the connection. Names are in lower case. */
  readonly fields: FieldPairs
  /** The request of the client: its body is sent, and its end ends the call. */
  readonly request: Request
  /** Milliseconds until the head of the response must have arrived. */
  readonly timeoutMs: number
}

/** The head of a response, and what may become of its body. */
export interface UpstreamResponse {
  readonly status: number
  readonly statusText: string
  readonly fields: Iterable<readonly [name: string, value: string]>
  /** The response for the client, with these fields and the streamed body. */
  toResponse(fields: FieldPairs): ResponseHead
  /** Ends the call without the body. */
  discard(): void
}

/** Why there is no response: out of reach or not HTTP, or too late. */
export type UpstreamFailure = 'unreachable' | 'timeout'

/** Makes the call. The promise never rejects. */
export type UpstreamTransport = (
  call: UpstreamCall,
) => Promise<Result<UpstreamResponse, UpstreamFailure>>

/** The key of the transport that a host offers with a request. Shared with other copies of this package. */
export const TRANSPORT = Symbol.for('mcp-gatehouse.transport')

/**
 * The key of the mark of a handler that reads a request by its method, URL and header fields: a host may
 * pass a view of its own request, which costs less than a `Request`.
 */
export const READS_VIEWS = Symbol.for('mcp-gatehouse.readsViews')

/** Starts a timer that ends a response with its token. @returns Stops the timer. */
export type EndTimer = (end: () => void) => () => void

/** The key of the method of a response that ends by itself, without a stream around its body. */
export const END_WITH = Symbol.for('mcp-gatehouse.endWith')

/** Leaves the end to the response, where it offers that. @returns Whether it does. */
export function endsByItself(response: ResponseHead, timer: EndTimer): boolean {
  const { [END_WITH]: endWith } = response as ResponseHead & {
    [END_WITH]?: (timer: EndTimer) => void
  }
  endWith?.call(response, timer)
  return endWith !== undefined
}

/** The transport that the host offers with the request; `undefined` if it offers none. */
export function transportOf(request: Request): UpstreamTransport | undefined {
  return (request as { [TRANSPORT]?: UpstreamTransport })[TRANSPORT]
}
