/** Responses that end before their body does, over HTTP/1 and HTTP/2. */

import type { ServerResponse } from 'node:http'

/** What the compatibility API of HTTP/2 has in place of `destroyed`. */
interface Http2Stream {
  readonly destroyed: boolean
  readonly writableNeedDrain: boolean
  destroy(): void
  on(event: 'aborted', listener: () => void): void
}

/** Whether the client disconnected before the response was complete. */
export function isGone(res: ServerResponse): boolean {
  if (res.destroyed) return !res.writableFinished
  return streamOf(res)?.destroyed === true && !res.writableEnded
}

/**
 * Breaks a response off, so that the client does not take the part for the whole. HTTP/2 needs an error for that: without
 * one, Node resets the stream with `NO_ERROR`, which clients take for a complete body. Nothing emits that error.
 */
export function cutOff(res: ServerResponse): void {
  res.destroy(isHttp2(res) ? new Error('The body was cut off.') : undefined)
}

/** Whether the response holds more than it should. Over HTTP/2, that of Node 22 does not say so itself. */
export function isFull(res: ServerResponse): boolean {
  return res.writableNeedDrain ?? streamOf(res)?.writableNeedDrain ?? false
}

/** Tests and serverless hosts have responses without a request. */
export function isHttp2(res: ServerResponse): boolean {
  return res.req?.httpVersionMajor === 2
}

export function streamOf(res: ServerResponse): Http2Stream | undefined {
  return isHttp2(res) ? (res as { stream?: Http2Stream }).stream : undefined
}
