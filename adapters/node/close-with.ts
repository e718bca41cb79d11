/** Closes requests and bodies when their response closes: after its end, or because the client disconnects. */

import type { ServerResponse } from 'node:http'
import { isGone, streamOf } from './cut-off.ts'

interface Closable {
  /** Whether nothing has read the body, or may still read it as a stream. */
  readonly isUnread: boolean
  close(isComplete: boolean): void
}

const OPEN = Symbol('mcp-gatehouse.open')

type Answering = ServerResponse & { [OPEN]?: Closable[] | undefined }

/**
 * Closes a request or a body when its response closes. All responses share one listener function. A function for each response
 * would survive V8's young collections: under load the process would grow by tens of MiB and pause for tens of milliseconds.
 */
export function closeWith(res: ServerResponse, closable: Closable): void {
  // The client disconnected during the decision, and `close` is not emitted again.
  if (isGone(res)) {
    closable.close(false)
    return
  }
  const answering: Answering = res
  const open = answering[OPEN]
  if (open !== undefined) {
    open.push(closable)
    return
  }
  answering[OPEN] = [closable]
  res.on?.('close', closeAll)
  // Before 26, Node keeps a full stream that the client has closed without an error, and emits no `close`.
  const stream = streamOf(res)
  stream?.on('aborted', stream.destroy)
}

/** Whether nothing has read the request body of this response, or may still read it as a stream. */
export function isUnread(res: ServerResponse): boolean {
  return ((res as Answering)[OPEN] ?? []).every((request) => request.isUnread)
}

function closeAll(this: Answering): void {
  const open = this[OPEN] ?? []
  this[OPEN] = undefined
  for (const each of open) each.close(this.writableEnded)
}
