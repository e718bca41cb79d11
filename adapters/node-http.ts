/** Between Node's messages and the Web's: what `node.ts` stands on. */

import { createHash } from 'node:crypto'
import type { IncomingMessage, OutgoingHttpHeader, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { TLSSocket } from 'node:tls'

/** The request as the Web sees it, or the response to what the Web cannot see. */
export function toRequest(
  req: IncomingMessage,
  res: ServerResponse,
  origin: string,
): Request | Response {
  const { method = 'GET' } = req
  if (method === 'TRACE') return new Response(null, { status: 501 })
  const isBodiless = method === 'GET' || method === 'HEAD'
  // No `Request` holds it, so no policy would judge what somebody behind us may read all the same.
  if (isBodiless && hasContent(req)) return new Response(null, { status: 400 })
  const target = targetOf(req)
  // As text: with a base, `//evil.example/` would be a URL of its own.
  const url = target.startsWith('/') ? `${origin}${target}` : target
  if (!URL.canParse(url)) return new Response(null, { status: 400 })
  const { pathname, search } = new URL(url)
  const abort = new AbortController()
  const parsed = req.readableDidRead ? parsedBody(req) : undefined
  const request = new Request(`${origin}${pathname}${search}`, {
    method,
    headers: toHeaders(req, parsed !== undefined),
    signal: abort.signal,
    body: isBodiless ? null : bodyFor(req, parsed),
    duplex: 'half',
  } as RequestInit)
  res.once('close', () => {
    if (!res.writableFinished) abort.abort()
    // The rest of a body that nobody wants would stand in the way of the next request.
    else if (!request.bodyUsed) request.body?.cancel().catch(ignore)
  })
  // Somebody read it and kept it to himself: let it be seen that it is gone.
  if (req.readableDidRead && parsed === undefined) request.body?.cancel().catch(ignore)
  return request
}

/** Frameworks take the path they are mounted at off `url`. */
export function targetOf(req: IncomingMessage): string {
  return (req as { originalUrl?: string }).originalUrl ?? req.url ?? ''
}

/** As they were sent: `req.headers` keeps only the first of two `Authorization` fields. */
function toHeaders(req: IncomingMessage, hasParsedBody: boolean): Headers {
  const headers = new Headers()
  const sent = req.headersDistinct ? Object.entries(req.headersDistinct) : rawPairs(req)
  for (const [name, values = []] of sent) {
    for (const value of values) headers.append(name, value)
  }
  // A parser undid the one, and the other is of another spelling.
  for (const name of hasParsedBody ? ['Content-Encoding', 'Content-Length'] : []) {
    headers.delete(name)
  }
  return headers
}

/**
 * For requests that know only `rawHeaders`: those of HTTP/2, whose pseudo-fields are no headers, and
 * of Fastify's `inject`, which never were on a wire.
 */
function rawPairs({ rawHeaders }: IncomingMessage): [name: string, values: string[]][] {
  return rawHeaders.flatMap((name, index) =>
    index % 2 === 0 && !name.startsWith(':')
      ? [[name, rawHeaders.slice(index + 1, index + 2)]]
      : [],
  )
}

/** What a body parser made of the body. One that found nothing to parse may leave `{}`, unread. */
function parsedBody(req: IncomingMessage): unknown {
  return (req as { body?: unknown }).body
}

function bodyFor(req: IncomingMessage, parsed: unknown): BodyInit | null {
  if (parsed === undefined) return hasBody(req) ? streamOf(req) : null
  const isRaw = typeof parsed === 'string' || parsed instanceof Uint8Array
  return isRaw ? (parsed as BodyInit) : JSON.stringify(parsed)
}

function hasBody({ headers, httpVersionMajor }: IncomingMessage): boolean {
  const isFramed = 'content-length' in headers || 'transfer-encoding' in headers
  return isFramed || httpVersionMajor > 1
}

/** RFC 9112 §6.3 */
function hasContent({ headers }: IncomingMessage): boolean {
  return 'transfer-encoding' in headers || Number(headers['content-length'] ?? 0) !== 0
}

/** Reads nothing before it is read itself: the bytes may be for who comes after us. */
function streamOf(req: IncomingMessage): ReadableStream {
  const chunks = req.iterator({ destroyOnReturn: false })
  return new ReadableStream(
    {
      async pull(controller) {
        const { done, value } = await chunks.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel() {
        chunks.return?.().then(() => req.resume(), ignore)
      },
    },
    { highWaterMark: 0 },
  )
}

export async function send(response: Response, res: ServerResponse): Promise<void> {
  if (res.destroyed && !res.writableFinished) {
    // The client left while it was judged: nobody to answer, and no error that a log could be filled with.
    response.body?.cancel().catch(ignore)
    return
  }
  res.statusCode = response.status
  if (response.statusText !== '') res.statusMessage = response.statusText
  for (const [name, value] of response.headers) {
    if (name === 'set-cookie') res.appendHeader(name, value)
    else res.setHeader(name, value)
  }
  if (response.body === null || res.req.method === 'HEAD') {
    res.end()
    response.body?.cancel().catch(ignore)
    return
  }
  // The head of an event stream must not wait for the first event.
  if (!res.hasHeader('Content-Length')) res.flushHeaders()
  try {
    await pipeline(Readable.fromWeb(response.body as never), res)
  } catch (error) {
    // Cut off, so that nobody takes it for complete. That the client left is no error.
    res.destroy()
    if (!isPremature(error)) print(error)
  }
}

/** What is complete only when it is sent is completed then; frameworks write headers when they like. */
export function whenSent(res: ServerResponse, complete: (response: Response) => Response): void {
  const { writeHead } = res
  res.writeHead = (status: number, ...rest: unknown[]) => {
    res.writeHead = writeHead
    const message = typeof rest[0] === 'string' ? [rest.shift()] : []
    setAll(res, rest.find((each) => typeof each === 'object' && each !== null) ?? {})
    const before = new Headers()
    for (const [name, value] of Object.entries(res.getHeaders())) {
      for (const each of [value].flat()) before.append(name, String(each))
    }
    const open = new ReadableStream<Uint8Array>()
    const after = complete(new Response(open, { headers: before }))
    for (const [name, value] of after.headers) {
      if (name !== 'set-cookie' && value !== before.get(name)) res.setHeader(name, value)
    }
    if (after.body !== null && after.body !== open) endWith(after.body, res)
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

/** The headers given to `writeHead`: an object, or names and values in turn. */
function setAll(res: ServerResponse, headers: object): void {
  const pairs: [string, OutgoingHttpHeader][] = Array.isArray(headers)
    ? headers.flatMap((name, index) => (index % 2 === 0 ? [[name, headers[index + 1]]] : []))
    : Object.entries(headers)
  for (const [name] of pairs) res.removeHeader(name)
  for (const [name, value] of pairs) {
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
  const { raw } = (req.socket as Partial<TLSSocket>).getPeerCertificate?.(true) ?? {}
  return raw && createHash('sha256').update(raw).digest('base64url')
}

function print(error: unknown): void {
  // biome-ignore lint/suspicious/noConsole: where there is no framework, nobody else would tell.
  console.error(error)
}

function isPremature(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'ERR_STREAM_PREMATURE_CLOSE'
}

function ignore(): void {}
