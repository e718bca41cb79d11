/** The body of a request, written to the server behind the gateway. */

import type { ClientRequest } from 'node:http'
import type { Readable } from 'node:stream'

/** More are not read before these are written. */
const MAX_HELD_BYTES = 262_144

/**
 * Writes the body to the outgoing request, and ends the request with it. As `body.pipe(outgoing)`, but for a server
 * that responds before it has read the body, and closes:
 *
 * - All chunks but the first are written after the sockets were read. A write to a closed connection fails, and with it
 *   the response is lost that is there to be read.
 * - The rest of the body is read and discarded. The client's connection then goes on with its next request.
 *
 * @returns Discards the rest of the body. The outgoing request stays open for its response.
 */
export function upload(body: Readable, outgoing: ClientRequest): () => void {
  let held: Buffer[] = []
  let heldBytes = 0
  let isFirst = true
  let hasEnded = false
  let isOver = false
  const resume = (): void => void body.resume()
  const stop = (): void => {
    isOver = true
    resume()
  }
  const write = (chunks: readonly Buffer[]): void => {
    for (const chunk of chunks) outgoing.write(chunk)
    if (outgoing.writableNeedDrain) body.pause()
    else resume()
  }
  const flush = (): void => {
    const chunks = held
    held = []
    heldBytes = 0
    if (isOver) return
    write(chunks)
    if (hasEnded) outgoing.end()
  }
  body
    .on('data', (chunk: Buffer) => {
      if (isOver) return
      if (isFirst) {
        isFirst = false
        write([chunk])
        return
      }
      held.push(chunk)
      heldBytes += chunk.length
      if (heldBytes >= MAX_HELD_BYTES) body.pause()
      // The first immediate comes after the sockets that are ready now, the second one after all others.
      if (held.length === 1) setImmediate(setImmediate, flush)
    })
    .on('end', () => {
      hasEnded = true
      if (held.length === 0 && !isOver) outgoing.end()
    })
  outgoing.on('drain', resume).on('close', stop)
  return stop
}
