/** Decompression of data from a server that may be hostile. */

import { readBytes } from '../lib/read-bytes.ts'

/** One byte of DEFLATE becomes at most 1032: so much input is decompressed before the output is counted. */
const SLICE_BYTES = 4096

/**
 * Decompresses ZLIB data (RFC 1950), at most `maxBytes` of it.
 *
 * @returns `undefined` if there is more, or if it is not ZLIB data.
 */
export async function inflate(
  bytes: Uint8Array<ArrayBuffer>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let offset = 0
  const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (offset >= bytes.byteLength) return controller.close()
      controller.enqueue(bytes.slice(offset, offset + SLICE_BYTES))
      offset += SLICE_BYTES
    },
  })
  try {
    return await readBytes(source.pipeThrough(new DecompressionStream('deflate')), maxBytes)
  } catch {
    return undefined
  }
}
