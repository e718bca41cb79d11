/** Sends a Web `Response` through Node's response. */

import type { ServerResponse } from 'node:http'
import type { ResponseHead } from '../../src/http/response-head.ts'
import { cutOff, isGone, isHttp2 } from './cut-off.ts'
import { awaitRest, end, isEarly } from './end.ts'
import { takesList } from './field-list.ts'
import { OutgoingResponse } from './outgoing-response.ts'
import { PipedResponse } from './piped-response.ts'
import { print } from './print.ts'
import { pump } from './pump.ts'

/** RFC 9113 §8.2.2. Node throws for them, except for `Connection`. */
const NOT_IN_HTTP2 = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

/** What is sent: a piped response by its pipe, every other one with its fields in a list. */
export type Sendable = Response | OutgoingResponse | PipedResponse

/** The form in which a response is completed and sent; `undefined`: the handler has used Node's response. */
export function toSendable(response: Response): OutgoingResponse | PipedResponse {
  return response === undefined || response instanceof PipedResponse
    ? response
    : new OutgoingResponse(response)
}

/** @param method The request's method; a response constructed by a test may have no `req`. */
export function send(
  given: Sendable,
  res: ServerResponse,
  method: string,
): Promise<void> | undefined {
  if (given === undefined) {
    checkUse(res)
    return undefined
  }
  const response = given instanceof OutgoingResponse ? given : toSendable(given)
  return response.status >= 400 && isEarly(res)
    ? awaitRest(res, response.status).then(() => write(response, res, method))
    : write(response, res, method)
}

/** Handles an error that cannot be passed to a framework. */
export function sendFailure(res: ServerResponse): (error?: Error) => void {
  return (error) => {
    print(error)
    if (res.headersSent) return cutOff(res)
    try {
      // The `writeHead()` of restify returns nothing.
      res.writeHead(500)
      res.end()
    } catch {
      // An invalid field or reason phrase that was set before: an exception here would end the process.
      cutOff(res)
    }
  }
}

function write(
  response: OutgoingResponse | PipedResponse,
  res: ServerResponse,
  method: string,
): Promise<void> | undefined {
  if (isGone(res)) {
    // The client disconnected before the decision. That is not an error, and must not fill a log.
    response.body?.cancel().catch(() => {})
    return
  }
  if (response instanceof PipedResponse && response.isWhole) return response.pipe(res, method)
  const { body, status } = response
  if (body !== null && method !== 'HEAD' && isPlain(response) && takesList(res, res.writeHead)) {
    return pump(body, res, (length) => res.writeHead(status, listOf(response, length)))
  }
  res.statusCode = status
  // RFC 9110 §15.5.9: the unread rest of a late body would block the next request on the connection.
  if (status === 408 && res.req?.httpVersionMajor === 1) {
    res.setHeader('Connection', 'close')
  }
  const isSecond = isHttp2(res)
  if (response.statusText !== '' && !isSecond) res.statusMessage = response.statusText
  for (const [name, value] of response.headers) {
    if (isSecond && NOT_IN_HTTP2.has(name)) continue
    if (name === 'set-cookie') res.appendHeader(name, value)
    else res.setHeader(name, value)
  }
  // RFC 9110 §8.6: a 204 has none, and HTTP/2 clients reset a stream with another one than 0.
  if (status === 204) res.removeHeader('Content-Length')
  if (body === null || method === 'HEAD') {
    // Of a response to HEAD, and of a 304, it is that of the response to GET (RFC 9110 §8.6).
    if (method !== 'HEAD' && status !== 304) correctLength(res, 0)
    end(res)
    body?.cancel().catch(() => {})
    return
  }
  return pump(body, res, (length) => correctLength(res, length))
}

/**
 * Node sends a length as it is given, and the client takes the rest of a longer body for its next response, and its
 * next response for the rest of a shorter one.
 */
function correctLength(res: ServerResponse, length: number | undefined): void {
  const stated = res.getHeader('Content-Length')
  if (stated !== undefined) res.setHeader('Content-Length', length ?? toLength(`${stated}`))
}

/** Node before 22.17 takes the text of a length for another length than that of the body, and throws. */
function toLength(text: string): number | string {
  return Number(text) || text
}

/** @throws {TypeError} If a handler returned nothing, and did not use Node's response either: the client would wait. */
function checkUse(res: ServerResponse): void {
  if (!res.headersSent && !res.destroyed) throw new TypeError('The handler returned no Response.')
  if (!hasWarned) print(INCOMPLETE)
  hasWarned = true
}

const INCOMPLETE =
  'mcp-gatehouse: a handler of protect() responded through res, so its response has no CORS, caching and nonce fields; bearerAuth() completes such responses.'
let hasWarned = false

/** Statuses without special rules for their head. */
function isPlain({ status, statusText }: ResponseHead): boolean {
  return statusText === '' && status >= 200 && status < 400 && status !== 204 && status !== 304
}

/** @param length The length of the body, if it is known. A handler may have copied that of a body that it changed. */
function listOf(
  { headers }: OutgoingResponse | PipedResponse,
  length: number | undefined,
): string[] {
  const stated = length ?? toLength(headers.get('content-length') ?? '')
  if (stated !== '' && !headers.has('transfer-encoding')) headers.set('Content-Length', stated)
  return headers.fields as string[]
}
