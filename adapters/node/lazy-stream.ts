/**
 * A body for `new Request()` that becomes a stream when it is used as one. On Node, a stream costs as much as the rest of
 * the request, and few handlers see it: they call `json()`, or ignore the body.
 */

type ByteStream = ReadableStream<Uint8Array<ArrayBuffer>>

/** What the stream is made of. */
export interface StreamSource {
  /** Whether nothing has used the body, and no stream was made. */
  readonly isUntouched: boolean
  readonly isDisturbed: boolean
  readonly stream: ByteStream
}

/** The keys by which Node's streams and undici ask about the state of a stream. */
const IS_DISTURBED = Symbol.for('nodejs.stream.disturbed')
const IS_ERRORED = Symbol.for('nodejs.stream.errored')

/**
 * Has the members of a stream. The `Request` of Node (undici) checks the prototype of a body and then uses these members
 * only. No application sees this object: see `NodeRequest`.
 */
class LazyStream implements ByteStream {
  static {
    Object.setPrototypeOf(LazyStream.prototype, ReadableStream.prototype)
  }

  readonly #source: StreamSource

  constructor(source: StreamSource) {
    this.#source = source
  }

  static streamOf(lazy: LazyStream): ByteStream {
    return lazy.#source.stream
  }

  get locked(): boolean {
    // What consumes the body without a stream disturbs it at once.
    return this.#source.isUntouched ? false : this.#source.stream.locked
  }
  get [IS_DISTURBED](): boolean {
    return this.#source.isDisturbed
  }
  get [IS_ERRORED](): unknown {
    return this.#source.isUntouched ? false : Reflect.get(this.#source.stream, IS_ERRORED)
  }
  get getReader(): ByteStream['getReader'] {
    return methodOf(this.#source.stream, 'getReader')
  }
  get pipeThrough(): ByteStream['pipeThrough'] {
    return methodOf(this.#source.stream, 'pipeThrough')
  }
  get pipeTo(): ByteStream['pipeTo'] {
    return methodOf(this.#source.stream, 'pipeTo')
  }
  get tee(): ByteStream['tee'] {
    return methodOf(this.#source.stream, 'tee')
  }
  get cancel(): ByteStream['cancel'] {
    return methodOf(this.#source.stream, 'cancel')
  }
  values(options?: ReadableStreamIteratorOptions) {
    return this.#source.stream.values(options)
  }
  // Not a getter, because undici tests on every body whether this member exists.
  [Symbol.asyncIterator](options?: ReadableStreamIteratorOptions) {
    return this.#source.stream.values(options)
  }
}

/** Whether something has read the stream, or has cancelled it. */
export function isDisturbed(stream: ByteStream): boolean {
  return Reflect.get(stream, IS_DISTURBED) === true
}

/** The body as the `Request` of this host takes it. */
export function toBodyInit(source: StreamSource): ByteStream {
  return takesLazyStreams() ? new LazyStream(source) : source.stream
}

/** The `Request` of another runtime, which also has `node:http`, may know its own streams by other means. */
export function takesLazyStreams(): boolean {
  isTaken ??= tryLazyStream()
  return isTaken
}

/** The stream that an application sees. */
export function toStream<Body>(body: Body): Body | ByteStream {
  return body instanceof LazyStream ? LazyStream.streamOf(body) : body
}

function methodOf<Name extends keyof ByteStream>(stream: ByteStream, name: Name): ByteStream[Name] {
  return (stream[name] as () => unknown).bind(stream) as ByteStream[Name]
}

let isTaken: boolean | undefined

function tryLazyStream(): boolean {
  const source = { isUntouched: true, isDisturbed: false, stream: new ReadableStream() }
  const body = new LazyStream(source)
  const init = { method: 'POST', body, duplex: 'half' } as RequestInit
  try {
    const request = new Request('http://localhost', init)
    const isUnused = request.body === body && !request.bodyUsed
    source.isDisturbed = true
    return isUnused && request.bodyUsed
  } catch {
    // Deno throws.
    return false
  }
}
