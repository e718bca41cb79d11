/** The body of one of Node's messages, written to a response. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { cutOff as cutOffResponse } from './cut-off.ts'
import { end as endResponse } from './end.ts'

/** Longer chunks are written as they are: to copy one costs more than to write it. */
const MAX_JOINED_BYTES = 4096

/**
 * Writes the body of the message to the response, and ends the response with it. As `message.pipe(res)`, but the
 * short chunks that came in one read of the socket, such as events, leave as one chunk. Node frames each chunk on its
 * own, which costs more than to join them. A message that is cut off destroys the response, so that the client does
 * not take the body for complete.
 *
 * @returns Ends the response before its body does, after the chunks that have come. The message stays open.
 */
export function download(message: IncomingMessage, res: ServerResponse): () => void {
  let held: Buffer[] = []
  let isOver = false
  const write = (chunk: Buffer): void => {
    if (!res.write(chunk)) message.pause()
  }
  const flush = (): void => {
    const [first, ...others] = held
    held = []
    if (first === undefined || isOver) return
    write(others.length === 0 ? first : Buffer.concat([first, ...others]))
  }
  const end = (): void => {
    flush()
    if (!isOver) endResponse(res)
    isOver = true
  }
  const cutOff = (): void => {
    if (!isOver) cutOffResponse(res)
  }
  message
    .on('data', (chunk: Buffer) => {
      if (isOver) return
      if (chunk.length > MAX_JOINED_BYTES) {
        flush()
        write(chunk)
        return
      }
      held.push(chunk)
      // After everything that this read of the socket brought.
      if (held.length === 1) process.nextTick(flush)
    })
    .on('end', end)
    .on('close', cutOff)
  // The message may have been closed between its head and this call.
  if (message.closed) cutOff()
  res.on('drain', () => message.resume())
  return end
}
