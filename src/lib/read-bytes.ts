/** Reading a body whose sender may be hostile: never more than asked for, nor for longer. */

/** Of a body that is sent in small pieces, so many bytes count as much as a piece costs to keep. */
const BYTES_PER_CHUNK = 256
/** A short body may come in whatever pieces. */
const MIN_CHUNKS = 1024
/** Where the buffer begins; it doubles until everything fits. */
const FIRST_CAPACITY = 4096

/** How reading can end but with the bytes. */
export type ReadFailure = 'too_large' | 'timeout'

/**
 * Reads a whole stream into one array, counting what arrives after decompression.
 *
 * @param signal Ends the reading; a sender that never stops would otherwise be read on.
 * @returns The bytes, or `undefined` once the stream turned out longer than `maxBytes`, or cut into so
 * many pieces that they cost more memory than that; it is cancelled then, without waiting for that,
 * because a branch of a tee may never finish cancelling.
 */
export async function readBytes(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  signal?: {
    addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
  },
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const reader = stream?.getReader()
  if (reader === undefined) return new Uint8Array()
  signal?.addEventListener('abort', () => leave(reader), { once: true })
  return readAll(reader, maxBytes)
}

/**
 * The same within so many milliseconds, all chunks together, on hosts without `AbortController` too.
 *
 * @returns The bytes, or why there are none.
 * @throws Whatever the stream fails with.
 */
export function readBytesWithin(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  timeoutMs: number,
): Promise<Uint8Array<ArrayBuffer> | ReadFailure> {
  return new Promise((resolve, reject) => {
    const reader = stream?.getReader()
    if (reader === undefined) {
      resolve(new Uint8Array())
      return
    }
    const timer = setTimeout(() => {
      // First: once cancelled, the stream looks as if it had come to its end.
      resolve('timeout')
      leave(reader)
    }, timeoutMs)
    readAll(reader, maxBytes)
      .then((bytes) => resolve(bytes ?? 'too_large'), reject)
      .finally(() => clearTimeout(timer))
  })
}

async function readAll(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const maxChunks = Math.max(MIN_CHUNKS, Math.ceil(maxBytes / BYTES_PER_CHUNK))
  let buffer = new Uint8Array(Math.min(FIRST_CAPACITY, maxBytes))
  let length = 0
  for (let chunks = 0; ; chunks++) {
    const { done, value } = await reader.read()
    if (done) return buffer.subarray(0, length)
    // The other branch of a tee keeps every chunk, and a chunk of one byte costs hundreds.
    if (length + lengthOf(value) > maxBytes || chunks === maxChunks) {
      leave(reader)
      return undefined
    }
    // Copied: a list of chunks would be as dear again.
    buffer = withRoom(buffer, length, value.byteLength)
    buffer.set(value, length)
    length += value.byteLength
  }
}

/** @throws {TypeError} If it is not a chunk of bytes: its length would be no number, and no limit hold. */
function lengthOf(chunk: unknown): number {
  if (!ArrayBuffer.isView(chunk)) throw new TypeError('A body is a stream of bytes.')
  return chunk.byteLength
}

function withRoom(
  buffer: Uint8Array<ArrayBuffer>,
  length: number,
  more: number,
): Uint8Array<ArrayBuffer> {
  if (length + more <= buffer.byteLength) return buffer
  const larger = new Uint8Array(Math.max(length + more, 2 * buffer.byteLength))
  larger.set(buffer.subarray(0, length))
  return larger
}

function leave(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  reader.cancel().catch(ignore)
}

function ignore(): void {}
