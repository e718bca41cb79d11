/** Reading a body whose sender may be hostile: never more than asked for. */

/**
 * Reads a whole stream into one array, counting what arrives after decompression.
 *
 * @param signal Ends the reading; a sender that never stops would otherwise be read on.
 * @returns The bytes, or `undefined` once the stream turned out longer than `maxBytes`; it is
 * cancelled then, without waiting for that, because a branch of a tee may never finish cancelling.
 */
export async function readBytes(
  stream: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  signal?: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = stream?.getReader()
  const stop = (): void => void reader?.cancel().catch(ignore)
  signal?.addEventListener('abort', stop, { once: true })
  while (reader !== undefined) {
    const { done, value } = await reader.read()
    if (done) break
    length += value.byteLength
    if (length > maxBytes) {
      reader.cancel().catch(ignore)
      return undefined
    }
    chunks.push(value)
  }
  return joined(chunks, length)
}

function joined(chunks: readonly Uint8Array[], length: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.byteLength
  }
  return bytes
}

function ignore(): void {}
