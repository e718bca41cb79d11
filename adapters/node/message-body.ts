/** The body of one of Node's messages: read ahead for a decision, read by the handler, or streamed. */

import type { IncomingMessage } from 'node:http'
import type { AheadReader } from '../../src/http/body-reader.ts'
import { fieldsOf, valueIn } from './fields.ts'
import { isDisturbed } from './lazy-stream.ts'

type Bytes = Uint8Array<ArrayBuffer>

/** Reads nothing from the message before its own content is requested: the next middleware may need the bytes. */
export class MessageBody {
  readonly #req: IncomingMessage
  #rest: AsyncGenerator<Bytes> | undefined
  /** Whether nothing is left in the message. */
  #isComplete = false
  /** What was read ahead, for the next reader. */
  readonly #ahead: Bytes[] = []
  /** How many chunks the next reader has taken. */
  #taken = 0
  #reading: Promise<void> | undefined
  #failure: { readonly error: unknown } | undefined
  /** Whether a method of the request consumed the body, without a stream. */
  #isConsumed = false
  #stream: ReadableStream<Bytes> | undefined
  #isDivided = false

  constructor(req: IncomingMessage) {
    this.#req = req
  }

  /** Whether the body can be read without a stream. */
  get isUntouched(): boolean {
    return this.#stream === undefined && !this.#isConsumed
  }

  /** Whether the body is read as a stream, by nothing but the request itself. */
  get hasStream(): boolean {
    return this.#stream !== undefined && !this.#isDivided
  }

  get isDisturbed(): boolean {
    return this.#stream === undefined ? this.#isConsumed : isDisturbed(this.#stream)
  }

  get stream(): ReadableStream<Bytes> {
    this.#stream ??= this.#isConsumed ? consumedStream() : this.#createStream()
    return this.#stream
  }

  /** Divides the stream. @returns The half of a copy of the request. */
  tee(): ReadableStream<Bytes> {
    const [own, other] = this.stream.tee()
    this.#stream = own
    this.#isDivided = true
    return other
  }

  /** A reader that leaves its chunks for the next reader. It fails if the next reader has taken a chunk before it. */
  openAhead(): AheadReader {
    let index = 0
    let isOver = false
    return {
      whole: () => this.#takeWhole(),
      read: async () => {
        if (index === this.#taken + this.#ahead.length) await this.#readOn()
        if (index < this.#taken) throw new TypeError('The body is being read elsewhere.')
        const value = isOver ? undefined : this.#ahead[index++ - this.#taken]
        return value === undefined ? { done: true, value } : { done: false, value }
      },
      cancel: async () => {
        isOver = true
      },
    }
  }

  /** All bytes. The body is consumed from now on. */
  async consume(): Promise<Bytes> {
    this.#isConsumed = true
    while (!this.#isComplete) await this.#readOn()
    const [first, ...others] = this.#take(this.#ahead.length)
    if (first === undefined) return new Uint8Array()
    return others.length === 0 ? first : Buffer.concat([first, ...others])
  }

  /** Removes the unread rest from the connection, which is there for the next request. Later reads fail. */
  discard(): void {
    if (this.#isComplete) return
    this.#isConsumed = true
    this.#failure ??= DISCARDED
    if (this.#rest === undefined) {
      this.#req.resume?.()
      return
    }
    this.#rest.return(undefined).then(
      () => this.#req.resume(),
      () => {},
    )
  }

  #createStream(): ReadableStream<Bytes> {
    return new ReadableStream(
      {
        pull: async (controller) => {
          if (this.#ahead.length === 0) await this.#readOn()
          const [chunk] = this.#take(1)
          if (chunk === undefined) controller.close()
          else controller.enqueue(chunk)
        },
        cancel: () => this.discard(),
      },
      { highWaterMark: 0 },
    )
  }

  #take(count: number): Bytes[] {
    const chunks = this.#ahead.splice(0, count)
    this.#taken += chunks.length
    return chunks
  }

  /** Reads a chunk ahead, unless the body is at its end. Two readers wait for the same chunk. */
  async #readOn(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error
    if (this.#isComplete) return
    this.#reading ??= this.#rest === undefined ? this.#readFirst() : this.#readRest()
    await this.#reading
  }

  async #readFirst(): Promise<void> {
    // In the next microtask, what came together with the head has been parsed.
    await undefined
    if (this.#takeWhole() === undefined) return this.#readRest()
    this.#reading = undefined
  }

  /** Reads the body ahead if all of it is there and nothing has read it. */
  #takeWhole(): Bytes | undefined {
    const whole = this.#rest === undefined && !this.#isComplete ? wholeOf(this.#req) : undefined
    if (whole !== undefined) {
      this.#isComplete = true
      this.#ahead.push(whole)
    }
    return whole
  }

  async #readRest(): Promise<void> {
    try {
      this.#rest ??= chunksOf(this.#req)
      const { done, value } = await this.#rest.next()
      if (done === true) this.#isComplete = true
      else this.#ahead.push(value)
    } catch (error) {
      this.#failure = { error }
      throw error
    } finally {
      this.#reading = undefined
    }
  }
}

/** The error is made when it is thrown: its stack trace takes 5 µs, and most handlers do not read the body. */
const DISCARDED = {
  get error(): TypeError {
    return new TypeError('The body was discarded.')
  },
}

/** As a `Request` has it when one of its methods has read it: locked, and with nothing in it. */
function consumedStream(): ReadableStream<Bytes> {
  const stream = new ReadableStream<Bytes>({ start: (controller) => controller.close() })
  void stream.getReader().read()
  return stream
}

/** The whole body, where all of it has come, as most bodies have. The end of the message may come later. */
function wholeOf(req: IncomingMessage): Bytes | undefined {
  const { readableLength } = req
  if (readableLength === 0 || req.readableDidRead) return undefined
  if (req.readableEncoding !== null || req.readableObjectMode) return undefined
  if (Number(valueIn(fieldsOf(req), 'content-length')) !== readableLength) return undefined
  // Without the length, Node 26 returns the first chunk only.
  const whole: Bytes = req.read(readableLength)
  // Otherwise the end would wait for a reader.
  req.resume()
  return whole
}

async function* chunksOf(req: IncomingMessage): AsyncGenerator<Bytes> {
  if (!(await isEmptyBody(req))) yield* req.iterator({ destroyOnReturn: false })
  // Over HTTP/2, a message that was cut off before it was read ends as a complete one does.
  if (req.aborted) throw new Error('aborted')
}

/**
 * Whether a body of unknown length is empty, found out without a read: a read at the end would consume
 * the end event, and the next reader would wait for it forever. A length above 0 decides alone: serverless
 * hosts push the body at the first read of a message that they already report as complete.
 */
async function isEmptyBody(req: IncomingMessage): Promise<boolean> {
  if (valueIn(fieldsOf(req), 'content-length') !== null) return false
  // After its last event, a message has none to wait for.
  if (req.readableLength === 0 && !req.complete && !req.aborted) {
    await new Promise<void>((resolve) => {
      const settle = (): void => {
        for (const event of FIRST_EVENTS) req.off(event, settle)
        resolve()
      }
      for (const event of FIRST_EVENTS) req.on(event, settle)
    })
  }
  return req.readableLength === 0 && req.complete
}

const FIRST_EVENTS = ['readable', 'end', 'error', 'close']
