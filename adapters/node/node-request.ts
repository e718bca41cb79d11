/** The `Request` that handlers get on Node. */

import { BODY_READER, type ReadsAhead } from '../../src/http/body-reader.ts'
import { toBodyInit, toStream } from './lazy-stream.ts'
import type { MessageBody } from './message-body.ts'

const UTF8 = new TextDecoder()

/**
 * A `Request` of the platform, in which the expensive parts are made when they are used:
 *
 * - The URL's text is the one that it was made of.
 * - The signal: following a signal costs as much as everything else in the constructor. Copies read it: those of
 *   `clone()` here, those of `new Request(url, request)` by themselves. Those of `new Request(request)` and `fetch(request)`
 *   follow the signal of the platform, which is aborted for them.
 * - The stream of the body: what reads the whole body reads Node's message.
 *
 * All other members are those of the platform, and so are these once there is a stream.
 */
export class NodeRequest extends Request implements ReadsAhead {
  readonly #url: string
  readonly #body: MessageBody | undefined
  #abort: AbortController | undefined
  #isAborted = false

  /**
   * @param from The URL, or a request to copy.
   * @param url In its parsed form.
   */
  constructor(
    from: string | Request,
    url: string,
    init: RequestInit,
    body: MessageBody | undefined,
  ) {
    if (body !== undefined) Object.assign(init, { body: toBodyInit(body), duplex: 'half' })
    super(from, init)
    this.#url = url
    this.#body = body
  }

  override get url(): string {
    return this.#url
  }

  override get signal(): AbortSignal {
    this.#abort ??= new AbortController()
    if (this.#isAborted) this.#abort.abort()
    return this.#abort.signal
  }

  override get body() {
    return toStream(super.body)
  }

  override clone(): Request {
    return Object.defineProperty(this.#copy(), 'signal', { get: () => this.signal })
  }

  override async text(): Promise<string> {
    const body = this.#untouched
    return body === undefined ? super.text() : UTF8.decode(await body.consume())
  }

  override async json() {
    const body = this.#untouched
    return body === undefined ? super.json() : JSON.parse(UTF8.decode(await body.consume()))
  }

  override async bytes() {
    const body = this.#untouched
    return body === undefined ? super.bytes() : new Uint8Array(await body.consume())
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#untouched === undefined ? super.arrayBuffer() : (await this.bytes()).buffer
  }

  get [BODY_READER]() {
    const body = this.#untouched
    return body && (() => body.openAhead())
  }

  get isUnread(): boolean {
    return this.#body === undefined || this.#body.isUntouched
  }

  /** The response was closed: after its end, or before by the client. */
  close(isComplete: boolean): void {
    if (!isComplete) {
      this.#isAborted = true
      this.#abort?.abort()
      abort(super.signal)
    } else if (this.#untouched !== undefined) {
      this.#untouched.discard()
    } else if (this.#body?.hasStream === true) {
      // The unread rest of a body would block the next request on the connection. A reader that is still there may read on.
      this.#body.stream.cancel().catch(() => {})
    }
  }

  /** As `clone()` of the platform, which on Node 26 divides its own streams only. */
  #copy(): Request {
    const { body } = this
    if (body === super.body || this.bodyUsed || body?.locked) return super.clone()
    const init = { body: this.#body?.tee(), duplex: 'half', signal: null } as RequestInit
    return new Request(this, init)
  }

  get #untouched(): MessageBody | undefined {
    return this.#body?.isUntouched === true ? this.#body : undefined
  }
}

/** Aborts without the controller, which only the constructor of the platform has. Copies read these members, or listen. */
function abort(signal: AbortSignal): void {
  const reason = new DOMException('This operation was aborted', 'AbortError')
  Object.defineProperties(signal, { aborted: { value: true }, reason: { value: reason } })
  signal.dispatchEvent(new Event('abort'))
}
