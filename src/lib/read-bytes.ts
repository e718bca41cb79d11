/** Reads a body whose sender may be hostile, within limits of size and time. */

import { ignore } from './promise.ts'

/** A body may consist of one chunk for each so many bytes of `maxBytes`: each chunk costs memory, too. */
const BYTES_PER_CHUNK = 256
/** The number of chunks that every body may have. */
const MIN_CHUNKS = 1024

/** Reads chunk by chunk, as the reader of a stream. */
export type ChunkReader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>

/** Why there are no bytes. */
type ReadFailure = 'too_large' | 'timeout'

/**
 * Reads a whole stream into one array, counting what arrives after decompression.
 *
 * @param signal Stops reading.
 * @returns The bytes; `undefined` if the stream is longer than `maxBytes` or has so many chunks that they
 * cost more memory than that. The stream is then cancelled; the cancellation is not awaited, because that
 * of a tee's branch may never finish.
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
  signal?.addEventListener('abort', () => cancel(reader), { once: true })
  return readAll(reader, maxBytes)
}

/**
 * Reads everything within so many milliseconds, also on hosts without `AbortController`.
 *
 * @returns The bytes, or the reason why there are none.
 * @throws The error of the stream.
 */
export function readBytesWithin(
  reader: ChunkReader | undefined,
  maxBytes: number,
  timeoutMs: number,
): Promise<Uint8Array<ArrayBuffer> | ReadFailure> {
  return new Promise((resolve, reject) => {
    if (reader === undefined) {
      resolve(new Uint8Array())
      return
    }
    const timer = setTimeout(() => {
      // Before the cancellation: a cancelled stream looks like one that has ended.
      resolve('timeout')
      cancel(reader)
    }, timeoutMs)
    readAll(reader, maxBytes)
      .then((bytes) => resolve(bytes ?? 'too_large'), reject)
      .finally(() => clearTimeout(timer))
  })
}

async function readAll(
  reader: ChunkReader,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const maxChunks = Math.max(MIN_CHUNKS, Math.ceil(maxBytes / BYTES_PER_CHUNK))
  // The first chunk is the whole of most bodies. For more, the buffer doubles until they fit.
  let buffer = new Uint8Array()
  let length = 0
  for (let chunks = 0; ; chunks++) {
    const { done, value } = await reader.read()
    if (done) return buffer.subarray(0, length)
    // The other branch of a tee keeps every chunk, and a chunk of one byte costs hundreds of bytes.
    if (length + lengthOf(value) > maxBytes || chunks === maxChunks) {
      cancel(reader)
      return undefined
    }
    // Copied into one buffer: a list of the chunks would keep their overhead, too.
    buffer = withCapacity(buffer, length, value.byteLength)
    buffer.set(value, length)
    length += value.byteLength
  }
}

/** @throws {TypeError} If the chunk is not bytes: without a byte length no limit would apply. */
function lengthOf(chunk: unknown): number {
  if (!ArrayBuffer.isView(chunk)) throw new TypeError('A body is a stream of bytes.')
  return chunk.byteLength
}

function withCapacity(
  buffer: Uint8Array<ArrayBuffer>,
  length: number,
  more: number,
): Uint8Array<ArrayBuffer> {
  if (length + more <= buffer.byteLength) return buffer
  const larger = new Uint8Array(Math.max(length + more, 2 * buffer.byteLength))
  larger.set(buffer.subarray(0, length))
  return larger
}

function cancel(reader: ChunkReader): void {
  reader.cancel().catch(ignore)
}
