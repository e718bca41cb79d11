/** Requests and bodies whose response is closed: by the client, or after its end. */

import type { ServerResponse } from 'node:http'
import { isGone } from './cut-off.ts'

interface Closable {
  /** Whether nothing has read the body, or may still read it as a stream. */
  readonly isUnread: boolean
  close(isComplete: boolean): void
}

const OPEN = Symbol('mcp-gatehouse.open')

type Answering = ServerResponse & { [OPEN]?: Closable[] | undefined }

/**
 * Closes a request or a body with its response. All responses share one listener: with a listener of its own, each outlives
 * young collections, and under load the process grows by tens of MiB and pauses for tens of milliseconds.
 */
export function closeWith(res: ServerResponse, closable: Closable): void {
  // The client left during the decision, and `close` is not emitted again.
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
}

/** Whether no request of this response has given its body away. */
export function isUnread(res: ServerResponse): boolean {
  return ((res as Answering)[OPEN] ?? []).every((request) => request.isUnread)
}

function closeAll(this: Answering): void {
  const open = this[OPEN] ?? []
  this[OPEN] = undefined
  for (const each of open) each.close(this.writableEnded)
}
