/**
 * Reading a body before the handler does. `clone()` makes it possible on every host. A host with a cheaper way offers it
 * with the request.
 */

import type { ChunkReader } from '../lib/read-bytes.ts'

/**
 * The key of a function that returns a reader of the body. What it reads stays there for the handler, as if it was not
 * read. It is `undefined` where there is no body, where the body was used, or where it has a stream already. Shared with
 * other copies of this package.
 */
export const BODY_READER = Symbol.for('mcp-gatehouse.bodyReader')

/** Reads chunk by chunk what stays there for the handler. */
export interface AheadReader extends ChunkReader {
  /** All of a body that has arrived already, as most have. Asked before the first read. */
  whole(): Uint8Array<ArrayBuffer> | undefined
}

/** A request of a host that offers this. */
export interface ReadsAhead {
  readonly [BODY_READER]?: (() => AheadReader) | undefined
}

/** The reader that the host offers. */
export function bodyReaderOf(request: Request): AheadReader | undefined {
  const { [BODY_READER]: open } = request as ReadsAhead
  return open?.call(request)
}
