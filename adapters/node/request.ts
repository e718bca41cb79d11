/** Between Node's messages and the Web's: what `node.ts` stands on. */

import { createHash } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeader, ServerResponse } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { isParsedForm } from '../../src/http/request-target.ts'
import { isRequestMethod, unsupportedMethod } from '../shared/request-method.ts'
import { fieldsOf, methodOf, valueIn } from './fields.ts'
import { RequestView, ResponseView } from './views.ts'

/**
 * The request as the Web sees it, or the response to what the Web cannot see. A target that a parser
 * would change stays in its `url` as it was sent, to be refused.
 *
 * @param origin The resource's: `Host` says what a client likes.
 */
export function toRequest(
  req: IncomingMessage,
  res: ServerResponse,
  origin: string,
): Request | Response {
  const url = urlOf(req, origin)
  if (typeof url !== 'string') return url
  return isParsedForm(url) ? createRequest(req, res, url) : createView(req, res, url)
}

/** The same at a glance: a real request is made only if more is asked of it than most requests are. */
export function toRequestView(
  req: IncomingMessage,
  res: ServerResponse,
  origin: string,
): Request | Response {
  const url = urlOf(req, origin)
  return typeof url === 'string' ? createView(req, res, url) : url
}

function createView(req: IncomingMessage, res: ServerResponse, url: string): Request {
  const view = new RequestView(req, url, () => createRequest(req, res, url))
  return isParsedForm(url) ? view : Object.defineProperty(view, 'url', { value: url })
}

/** Where it goes, as the client wrote it, or the refusal of what no `Request` can hold. */
function urlOf(req: IncomingMessage, origin: string): string | Response {
  if (!isRequestMethod(methodOf(req))) return unsupportedMethod()
  // No policy would judge what somebody behind us may read all the same.
  if (isBodiless(req) && hasContent(req)) return new Response(null, { status: 400 })
  const target = targetOf(req)
  // As text: with a base, `//evil.example/` would be a URL of its own.
  if (target.startsWith('/')) return `${origin}${target}`
  // The absolute form (RFC 9112 §3.2.2). What is neither is refused as it stands.
  if (!isParsedForm(target)) return target
  const { pathname, search } = new URL(target)
  return `${origin}${pathname}${search}`
}

function isBodiless(req: IncomingMessage): boolean {
  const method = methodOf(req)
  return method === 'GET' || method === 'HEAD'
}

function createRequest(req: IncomingMessage, res: ServerResponse, url: string): Request {
  const abort = new AbortController()
  const parsed = bodyReadOf(req)
  const request = new Request(url, {
    method: methodOf(req),
    headers: toHeaders(req, parsed !== undefined),
    signal: abort.signal,
    body: isBodiless(req) ? null : bodyFor(req, parsed),
    duplex: 'half',
  } as RequestInit)
  res.once?.('close', () => {
    if (!res.writableEnded) abort.abort()
    // The rest of a body that nobody wants would stand in the way of the next request.
    else if (request.body !== null && !request.bodyUsed) request.body.cancel().catch(ignore)
  })
  // It was read and not left anywhere: let it be seen that it is gone.
  if (isRead(req) && parsed === undefined) request.body?.cancel().catch(ignore)
  return request
}

/** Frameworks take the path they are mounted at off `url`. */
export function targetOf(req: IncomingMessage): string {
  return (req as { originalUrl?: string }).originalUrl ?? req.url ?? ''
}

/** As they were sent, without the pseudo-fields of HTTP/2. */
function toHeaders(req: IncomingMessage, hasParsedBody: boolean): Headers {
  const fields = fieldsOf(req)
  const headers = new Headers()
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? ''
    if (!name.startsWith(':')) headers.append(name, fields[index + 1] ?? '')
  }
  // A parser undid the one, and the other is of another spelling.
  for (const name of hasParsedBody ? ['Content-Encoding', 'Content-Length'] : []) {
    headers.delete(name)
  }
  return headers
}

/**
 * What a body parser made of the body. One that found nothing to parse may leave `{}`: where nothing
 * was sent or nothing was read, that is not the message.
 */
export function bodyReadOf(req: IncomingMessage): unknown {
  if (!isRead(req) || isBodiless(req)) return undefined
  const { body } = req as { body?: unknown }
  if (hasContent(req)) return body
  // Requests made by tests and serverless hosts may have a parsed body, no stream, and no length.
  return isStream(req) || isEmpty(body) ? undefined : body
}

function isRead(req: IncomingMessage): boolean {
  return req.readableDidRead || !isStream(req)
}

function isStream(req: IncomingMessage): boolean {
  return typeof req.iterator === 'function'
}

function isEmpty(body: unknown): boolean {
  return typeof body === 'object' && body !== null && Object.keys(body).length === 0
}

function bodyFor(req: IncomingMessage, parsed: unknown): BodyInit | null {
  if (parsed === undefined) return hasContent(req) ? streamOf(req) : null
  const isRaw = typeof parsed === 'string' || parsed instanceof Uint8Array
  return isRaw ? (parsed as BodyInit) : JSON.stringify(parsed)
}

/** RFC 9112 §6.3; in HTTP/2 the headers may end a request, or DATA follows (RFC 9113 §8.1). */
function hasContent(req: IncomingMessage): boolean {
  const fields = fieldsOf(req)
  if (valueIn(fields, 'transfer-encoding') !== null) return true
  if (Number(valueIn(fields, 'content-length') ?? 0) !== 0) return true
  const { stream } = req as { stream?: { endAfterHeaders?: boolean } }
  return req.httpVersionMajor > 1 && stream?.endAfterHeaders !== true
}

/** Reads nothing before it is read itself: the bytes may be for who comes after us. */
function streamOf(req: IncomingMessage): ReadableStream {
  let chunks: AsyncIterator<Uint8Array> | undefined
  return new ReadableStream(
    {
      async pull(controller) {
        if (chunks === undefined && (await isEmptyBody(req))) return controller.close()
        chunks ??= req.iterator({ destroyOnReturn: false })
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel() {
        if (chunks === undefined) req.resume?.()
        else chunks.return?.().then(() => req.resume(), ignore)
      },
    },
    { highWaterMark: 0 },
  )
}

/**
 * Whether a body of unknown length is empty. Nothing is read for this: a read at the end would consume the
 * end, and the next reader would wait for it. A length above 0 decides alone: serverless hosts push the
 * body at the first read, of a message that they call complete.
 */
async function isEmptyBody(req: IncomingMessage): Promise<boolean> {
  if (valueIn(fieldsOf(req), 'content-length') !== null) return false
  if (req.readableLength === 0 && !req.complete) {
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        for (const event of FIRST_SIGNS) req.off(event, settle)
        resolve()
      }
      for (const event of FIRST_SIGNS) req.on(event, settle)
    })
  }
  return req.readableLength === 0 && req.complete
}

const FIRST_SIGNS = ['readable', 'end', 'error', 'close']

/** @param method The request's; a response made by a test may have no `req`. */
export async function send(response: Response, res: ServerResponse, method: string): Promise<void> {
  if (res.destroyed && !res.writableFinished) {
    // The client left while it was judged: nobody to answer, and no error that a log could be filled with.
    response.body?.cancel().catch(ignore)
    return
  }
  res.statusCode = response.status
  // RFC 9110 §15.5.9: the rest of a body that came too late would stand in the way of the next request.
  if (response.status === 408 && res.req?.httpVersionMajor === 1) {
    res.setHeader('Connection', 'close')
  }
  if (response.statusText !== '') res.statusMessage = response.statusText
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') res.appendHeader(name, value)
    else res.setHeader(name, value)
  }
  if (response.body === null || method === 'HEAD') {
    res.end()
    response.body?.cancel().catch(ignore)
    return
  }
  try {
    await pump(response.body, res)
  } catch (error) {
    // Cut off, so that nobody takes it for complete. That the client left is no error.
    res.destroy()
    print(error)
  }
}

/**
 * Sends a body as it comes. What comes at once goes out at once, head and all: a short answer is one
 * write. What does not, an event stream above all, must not keep its head waiting.
 *
 * @throws Whatever the body fails with.
 */
async function pump(body: ReadableStream<Uint8Array>, res: ServerResponse): Promise<void> {
  const reader = body.getReader()
  const leave = (): void => void reader.cancel().catch(ignore)
  res.once?.('close', leave)
  let held: Uint8Array | undefined
  const flush = (): void => {
    waiting = undefined
    if (held !== undefined) res.write(held)
    else if (!res.headersSent) res.flushHeaders?.()
    held = undefined
  }
  let waiting: NodeJS.Immediate | undefined = setImmediate(flush)
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (res.destroyed) return
      if (done) break
      if (held !== undefined) res.write(held)
      held = value
      if (res.writableNeedDrain) await drained(res)
      waiting ??= setImmediate(flush)
    }
    res.off?.('close', leave)
    res.end(held)
  } finally {
    clearImmediate(waiting)
  }
}

/** Room for more, or nobody to send it to. */
function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      res.off('drain', settle).off('close', settle)
      resolve()
    }
    res.once('drain', settle).once('close', settle)
  })
}

/** What is complete only when it is sent is completed then; frameworks write headers when they like. */
export function whenSent(res: ServerResponse, complete: (response: Response) => Response): void {
  const { writeHead } = res
  res.writeHead = (status: number, ...rest: unknown[]) => {
    res.writeHead = writeHead
    const message = typeof rest[0] === 'string' ? [rest.shift()] : []
    setAll(res, rest.find((each) => typeof each === 'object' && each !== null) ?? {})
    // As much of a response as there is before it is sent, and as much as is looked at.
    const view = new ResponseView(res, status) as unknown as Response
    const after = complete(view)
    if (after !== view) {
      for (const [name, value] of after.headers) {
        if (name !== 'set-cookie' && value !== view.headers.get(name)) res.setHeader(name, value)
      }
      // Most answers end at once, and then there is nothing to end.
      setImmediate(() => {
        if (after.body !== null && !res.writableEnded) endWith(after.body, res)
      })
    }
    return Reflect.apply(writeHead, res, [status, ...message])
  }
}

/** Ends a response with a stream that stands for it and ends when its token does. */
function endWith(stream: ReadableStream<Uint8Array>, res: ServerResponse): void {
  const reader = stream.getReader()
  res.once('close', () => reader.cancel().catch(ignore))
  reader.read().then(() => {
    // Whoever goes on writing does not know yet; that must not end the process.
    res.on('error', ignore).end()
  }, ignore)
}

/** The headers given to `writeHead`: an object, or names and values in turn, where names may come twice. */
function setAll(res: ServerResponse, headers: object): void {
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) res.setHeader(name, value)
    }
    return
  }
  const names = headers.filter((_, index) => index % 2 === 0)
  for (const name of names) res.removeHeader(name)
  for (const [index, name] of names.entries()) {
    const value: OutgoingHttpHeader | undefined = headers[index * 2 + 1]
    if (value !== undefined) res.appendHeader(name, [value].flat().map(String))
  }
}

/** Where there is no framework to hand an error to. */
export function sendFailure(res: ServerResponse): (error?: Error) => void {
  return (error) => {
    print(error)
    if (res.headersSent) res.destroy()
    else res.writeHead(500).end()
  }
}

/** RFC 8705 §3.1: the SHA-256 of the DER encoding. */
export function certificateOf(req: IncomingMessage): string | undefined {
  const socket = req.socket as Partial<TLSSocket> | undefined
  const { raw } = socket?.getPeerCertificate?.(true) ?? {}
  return raw && createHash('sha256').update(raw).digest('base64url')
}

function print(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: where there is no framework, nobody else would tell.
  console.error(error)
}

function ignore(): void {}
