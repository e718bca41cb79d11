/** Sends the stream of a body. */

import type { ServerResponse } from 'node:http'
import { closeWith } from './close-with.ts'
import { cutOff, isFull, isGone } from './cut-off.ts'
import { end } from './end.ts'
import { print } from './print.ts'

/** Writes the head. @param length The length of the body, if it is known. */
type WriteHead = (length: number | undefined) => void

/**
 * Sends a body chunk by chunk. Chunks that are available at once leave together with the head, so a short
 * response is one write. A body that has no chunk yet, such as an event stream, does not delay the head.
 *
 * A body that fails cuts the response off; the promise does not reject.
 *
 * @param writeHead Node writes the head where this does not.
 */
export function pump(
  body: ReadableStream<Uint8Array>,
  res: ServerResponse,
  writeHead: WriteHead,
): Promise<void> {
  // A length that a handler copied from another body: the client would take the next response for the rest, or the rest
  // for the next response. Node throws instead, and the response is cut off.
  res.strictContentLength = true
  return new SentBody(res, writeHead).send(body)
}

class SentBody {
  /** It reads nothing of the request. */
  readonly isUnread = true
  readonly #res: ServerResponse
  readonly #writeHead: WriteHead
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  /** The chunk that waits for the next one, or for the end of this turn. */
  #held: Uint8Array | undefined
  #immediate: NodeJS.Immediate | undefined
  #isOver = false

  constructor(res: ServerResponse, writeHead: WriteHead) {
    this.#res = res
    this.#writeHead = writeHead
  }

  async send(body: ReadableStream<Uint8Array>): Promise<void> {
    const res = this.#res
    try {
      const reader = body.getReader()
      this.#reader = reader
      closeWith(res, this)
      for (;;) {
        this.#immediate ??= setImmediate(flush, this)
        const { done, value } = await reader.read()
        if (isGone(res)) break
        if (done) {
          this.#isOver = true
          this.#end()
          break
        }
        if (this.#held !== undefined) this.#write(this.#held)
        this.#held = toBytes(value)
        // @vendia/serverless-express says "full" without a buffer, and then never sends `drain`.
        if (isFull(res) && res.writableLength > 0) await drained(res)
      }
    } catch (error) {
      cutOff(res)
      print(error)
    }
    this.close()
    // What waits in an immediate outlives a young collection.
    clearImmediate(this.#immediate)
  }

  /** The response was closed, or cut off: what feeds the stream stops. */
  close(): void {
    if (!this.#isOver) this.#reader?.cancel().catch(() => {})
  }

  /** Called at the end of the turn. */
  flush(): void {
    this.#immediate = undefined
    const [held, res] = [this.#held, this.#res]
    this.#held = undefined
    try {
      if (held !== undefined) this.#write(held)
      else if (!res.headersSent) {
        this.#writeHead(undefined)
        res.flushHeaders?.()
      }
    } catch (error) {
      // A field that a `Response` may have, and Node does not send. The read that waits ends with the response.
      cutOff(res)
      print(error)
    }
  }

  #end(): void {
    const [held, isWhole] = [this.#held, !this.#res.headersSent]
    if (isWhole) this.#writeHead(held?.byteLength ?? 0)
    end(this.#res, held, isWhole)
  }

  #write(chunk: Uint8Array): void {
    if (!this.#res.headersSent) this.#writeHead(undefined)
    this.#res.write(chunk)
  }
}

/** Shared: a function of its own costs more than the rest of the immediate. */
function flush(body: SentBody): void {
  body.flush()
}

/** Node also sends texts, whose length in bytes is another than that of their characters. */
function toBytes(chunk: Uint8Array | string): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

/** Settles when the response can take more data, or is closed. */
function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      res.off('drain', settle).off('close', settle)
      resolve()
    }
    res.once('drain', settle).once('close', settle)
  })
}
