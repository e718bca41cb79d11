/** A response of a server behind a gateway, sent by a pipe. Another reader of its body gets a stream of the Web. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { allowsBody, withBody } from '../../src/http/response-head.ts'
import { END_WITH, type EndTimer, type FieldPairs } from '../../src/http/upstream.ts'
import { cutOff, isHttp2 } from './cut-off.ts'
import { download } from './download.ts'
import { end } from './end.ts'
import { FieldList, takesList } from './field-list.ts'

/**
 * A response to a handler that calls `forward()` and does more with it, and a pipe where nothing reads the body.
 * It becomes a `Response` of the platform at the first use of its body.
 */
export class PipedResponse implements Response {
  readonly status: number
  readonly statusText: string
  readonly headers: FieldList
  readonly type = 'default'
  readonly url = ''
  readonly redirected = false
  readonly #message: IncomingMessage
  #whole: Response | undefined
  #timer: EndTimer | undefined

  static {
    // Frameworks recognise a response by its class. The constructor of the platform would cost more than the pipe.
    Object.setPrototypeOf(PipedResponse.prototype, Response.prototype)
  }

  constructor(message: IncomingMessage, fields: FieldPairs) {
    this.status = message.statusCode ?? 0
    this.statusText = reasonPhraseOf(message)
    this.headers = new FieldList(fields.flat())
    this.#message = message
  }

  get ok() {
    return this.status >= 200 && this.status < 300
  }

  /** The body as a stream. Reading it takes it away from {@link pipe}. */
  get body() {
    return this.#toResponse().body
  }

  get bodyUsed() {
    return this.#whole?.bodyUsed ?? false
  }

  arrayBuffer() {
    return this.#toResponse().arrayBuffer()
  }

  blob() {
    return this.#toResponse().blob()
  }

  bytes() {
    return this.#toResponse().bytes()
  }

  formData() {
    return this.#toResponse().formData()
  }

  json() {
    return this.#toResponse().json()
  }

  text() {
    return this.#toResponse().text()
  }

  clone() {
    return withBody(this, this.#toResponse().clone().body)
  }

  /** Ends the stream with its token; `undefined` if a handler has taken the stream, which then ends as any other. */
  get [END_WITH](): ((timer: EndTimer) => void) | undefined {
    return this.isWhole ? this.#endWith : undefined
  }

  /** Whether the body still is the message's own. */
  get isWhole(): boolean {
    return this.#whole === undefined
  }

  /** Sends head and body. A body that is cut off cuts off the client's connection, too. */
  pipe(res: ServerResponse, method: string): undefined {
    const message = this.#message
    if (method === 'HEAD' || !allowsBody(this.status)) {
      this.#writeHead(res)
      message.resume()
      end(res)
      return
    }
    // Without the length, Node 26 returns the first chunk only.
    const first: Uint8Array | null = message.read(message.readableLength)
    if (message.complete) {
      // The whole body came together with the head.
      if (!this.headers.has('content-length')) {
        this.headers.set('content-length', `${first?.byteLength ?? 0}`)
      }
      this.#writeHead(res)
      message.resume()
      end(res, first ?? undefined)
      return
    }
    this.#writeHead(res)
    if (first !== null) res.write(first)
    else res.flushHeaders()
    const finish = download(message, res)
    const stop = this.#timer?.(() => {
      // `finish` ends after a whole chunk: the client sees that the stream ended, and connects again. A body of a fixed
      // length is cut off instead: the client would read the next response on its connection as the rest of the body.
      if (this.headers.has('content-length')) cutOff(res)
      else finish()
      message.destroy()
    })
    if (stop !== undefined) message.on('close', stop)
  }

  #endWith(timer: EndTimer): void {
    this.#timer = timer
  }

  #toResponse(): Response {
    this.#whole ??= withBody(this, allowsBody(this.status) ? this.#toStream() : null)
    return this.#whole
  }

  #toStream(): ReadableStream<Uint8Array> {
    const stop = this.#timer?.(() => this.#message.destroy())
    if (stop !== undefined) this.#message.on('close', stop)
    return Readable.toWeb(this.#message) as ReadableStream<Uint8Array>
  }

  #writeHead(res: ServerResponse): void {
    if (takesList(res, res.writeHead)) {
      res.writeHead(this.status, this.statusText, this.headers.fields)
      return
    }
    res.statusCode = this.status
    if (!isHttp2(res)) res.statusMessage = this.statusText
    for (const [name, value] of this.headers) res.appendHeader(name, value)
  }
}

/** Empty where Node would not send it: its parser accepts control characters, and its writer throws for them. */
function reasonPhraseOf({ statusMessage = '' }: IncomingMessage): string {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(statusMessage) ? statusMessage : ''
}
