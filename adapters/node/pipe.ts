/**
 * The hop to a server behind a gateway, as a pipe between Node's own messages. `fetch` costs twice as much
 * on Node, mostly for its streams.
 */

import { Agent, type IncomingMessage, request as requestHttp, type ServerResponse } from 'node:http'
import { request as requestHttps, Agent as SecureAgent } from 'node:https'
import { Readable } from 'node:stream'
import type {
  FieldPairs,
  UpstreamCall,
  UpstreamFailure,
  UpstreamResponse,
  UpstreamTransport,
} from '../../src/http/upstream.ts'
import { hasContent, isRead } from './body.ts'
import { PipedResponse } from './piped-response.ts'
import { upload } from './upload.ts'

/**
 * Idle connections are closed before the upstream closes them: uvicorn and Node do so after 5 s, and a
 * request on a connection that is being closed fails.
 */
const IDLE_MS = 4000
const BODILESS = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS'])

/** The transport for one request of Node. */
export function pipeTransport(req: IncomingMessage, res: ServerResponse): UpstreamTransport {
  return (call) =>
    new Promise((resolve) => {
      const fail = (error: UpstreamFailure): void => resolve({ ok: false, error })
      const succeed = (message: IncomingMessage): void => {
        resolve({ ok: true, value: readResponse(message) })
      }
      start(call, { req, res, succeed, fail, mayRetry: true })
    })
}

interface Hop {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  readonly succeed: (message: IncomingMessage) => void
  readonly fail: (error: UpstreamFailure) => void
  readonly mayRetry: boolean
}

function start(call: UpstreamCall, hop: Hop): void {
  const { url, method, request, timeoutMs } = call
  const { req, res, succeed, fail } = hop
  const isSecure = url.protocol === 'https:'
  // A body that was read is the one of the request, and costs more.
  const hasBody = hasContent(req) && (!isRead(req) || request.body !== null)
  const outgoing = (isSecure ? requestHttps : requestHttp)({
    protocol: url.protocol,
    hostname: url.hostname.startsWith('[') ? url.hostname.slice(1, -1) : url.hostname,
    port: url.port,
    path: `${url.pathname}${url.search}`,
    method,
    headers: headerLines(call, hasBody),
    agent: isSecure ? secureAgent() : plainAgent(),
  })
  let isTooLate = false
  let written = 0
  const giveUp = (): void => {
    // While the body of the request moves on, the upstream cannot respond yet.
    const sent = outgoing.socket?.bytesWritten ?? 0
    if (hasBody && !outgoing.writableFinished && sent > written) {
      written = sent
      timer = setTimeout(giveUp, timeoutMs)
      return
    }
    isTooLate = true
    outgoing.destroy()
  }
  let timer = setTimeout(giveUp, timeoutMs)
  let stopBody = (): void => {}
  const leave = (): void => {
    outgoing.destroy()
  }
  res.once('close', leave)
  outgoing
    .on('response', (message) => {
      clearTimeout(timer)
      const status = message.statusCode ?? 0
      // Not a final status (RFC 9110 §15): Node's parser passes any number on, and some it cannot send itself.
      if (status < 200 || status > 599) {
        outgoing.destroy()
        return
      }
      // RFC 9112 §9.3: the server closes without the rest of the body.
      if (status >= 400 && !outgoing.shouldKeepAlive) stopBody()
      // The error of a body that is cut off reaches the client as a connection that is cut off.
      message.on('error', () => {})
      succeed(message)
    })
    .on('upgrade', (_message, socket) => socket.destroy())
    .on('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(timer)
      const isStale = outgoing.reusedSocket && error.code === 'ECONNRESET' && !isTooLate
      if (isStale && hop.mayRetry && !hasBody && !res.destroyed && BODILESS.has(method)) {
        res.off('close', leave)
        start(call, { ...hop, mayRetry: false })
        return
      }
      fail(isTooLate ? 'timeout' : 'unreachable')
    })
    .on('close', () => {
      clearTimeout(timer)
      res.off('close', leave)
      fail(isTooLate ? 'timeout' : 'unreachable')
    })
  if (hasBody) stopBody = upload(bodyOf(req, request).on('error', leave), outgoing)
  else outgoing.end()
}

/** A body that the guard has begun to read is a stream of the Web. */
function bodyOf(req: IncomingMessage, { body }: Request): Readable {
  return req.readableDidRead
    ? Readable.fromWeb(body as import('node:stream/web').ReadableStream)
    : req
}

/** In the form of an array, Node adds nothing: no field of the framing is left to a default. */
function headerLines({ url, method, fields }: UpstreamCall, hasBody: boolean): string[] {
  const lines = ['host', url.host]
  let hasLength = false
  for (const [name, value] of fields) {
    if (name === 'content-length') {
      if (!hasBody) continue
      hasLength = true
    }
    lines.push(name, value)
  }
  if (hasBody && !hasLength) lines.push('transfer-encoding', 'chunked')
  if (!hasBody && !BODILESS.has(method)) lines.push('content-length', '0')
  return lines
}

function readResponse(message: IncomingMessage): UpstreamResponse {
  return {
    status: message.statusCode ?? 0,
    statusText: message.statusMessage ?? '',
    fields: pairsOf(message.rawHeaders),
    toResponse: (sent) => new PipedResponse(message, sent),
    discard: () => message.destroy(),
  }
}

function pairsOf(raw: readonly string[]): FieldPairs {
  const pairs: [string, string][] = []
  for (let index = 0; index < raw.length; index += 2) {
    pairs.push([raw[index] ?? '', raw[index + 1] ?? ''])
  }
  return pairs
}

let plain: Agent | undefined
let secure: SecureAgent | undefined

function plainAgent(): Agent {
  plain ??= new Agent({ keepAlive: true, timeout: IDLE_MS })
  return plain
}

function secureAgent(): SecureAgent {
  secure ??= new SecureAgent({ keepAlive: true, timeout: IDLE_MS })
  return secure
}
