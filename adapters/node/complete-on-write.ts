/** Completes a response that a framework writes, at the moment its head is written. */

import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import type { AnonymousContext, AuthContext, ProtectedResource } from '../../src/index.ts'
import { completeHead } from '../../src/response/complete-response.ts'
import { SESSION_HEADER } from '../../src/response/open-session.ts'
import { FieldList, takesList } from './field-list.ts'
import { replaceOnWrite } from './replace-on-write.ts'
import { PendingHeaders, ResponseView } from './views.ts'

/** What completes a response: the arguments of `completeHead()`. */
interface Completion {
  readonly request: Request
  readonly auth: AuthContext | AnonymousContext
  readonly resource: ProtectedResource
}

const COMPLETION = Symbol('mcp-gatehouse.completion')

interface Waiting extends Completion {
  readonly writeHead: unknown
  /** The completion of an earlier guard of the same request. */
  readonly former: Waiting | undefined
  readonly isReplaced: (() => boolean) | undefined
}

type Guarded = ServerResponse & { [COMPLETION]?: Waiting | undefined }

/**
 * Completes the response in `writeHead`, because frameworks may set header fields until then. All
 * responses share one function. A function for each response would survive V8's young collections.
 *
 * @param hasSessions Whether `completeHead()` may replace the response, for its session id.
 */
export function completeOnWrite(
  res: ServerResponse,
  completion: Completion,
  hasSessions: boolean,
): void {
  const guarded = res as Guarded
  const { writeHead } = res
  const isReplaced = hasSessions
    ? replaceOnWrite(res, () => replacementOf(res, completion))
    : undefined
  guarded[COMPLETION] = { ...completion, writeHead, former: guarded[COMPLETION], isReplaced }
  res.writeHead = writeCompleted as ServerResponse['writeHead']
}

/** The context of a guard of the same resource that has accepted this request before, if any. It completes the response. */
export function acceptedBefore(
  res: ServerResponse,
  resource: ProtectedResource,
): AuthContext | AnonymousContext | false {
  const waiting = (res as Guarded)[COMPLETION]
  return waiting?.resource === resource && waiting.auth
}

function writeCompleted(this: Guarded, status: number, ...rest: unknown[]): unknown {
  const waiting = this[COMPLETION]
  if (waiting === undefined) {
    // A package that kept this function calls it again: Node decides what a second head means.
    return Reflect.apply(Object.getPrototypeOf(this).writeHead, this, [status, ...rest])
  }
  const { request, auth, resource, writeHead, isReplaced } = waiting
  const message = typeof rest[0] === 'string' ? [rest.shift()] : []
  const given = rest.find(Boolean) as object | undefined
  const list = !isReplaced && takesList(this, writeHead) ? FieldList.of(given) : undefined
  if (!list) setAll(this, given ?? {})
  if (isReplaced?.()) return this
  this[COMPLETION] = waiting.former
  this.writeHead = writeHead as ServerResponse['writeHead']
  const headers = list ?? new PendingHeaders(this)
  const view = new ResponseView(status, headers)
  const completed = completeHead(view, request, auth, resource)
  // Most responses end within this turn; then no stream is left to end.
  if (completed !== view) setImmediate(endUnlessEnded, completed.body, this)
  const fields = list ? [list.fields] : []
  return Reflect.apply(writeHead as () => unknown, this, [status, ...message, ...fields])
}

function endUnlessEnded(stream: ReadableStream<Uint8Array> | null, res: ServerResponse): void {
  if (stream && !res.writableEnded) endWith(stream, res)
}

/** The response for a session id that cannot be sealed. It has no id, unlike every completed one. */
function replacementOf(
  res: ServerResponse,
  { request, auth, resource }: Completion,
): Response | undefined {
  const id = new PendingHeaders(res).get(SESSION_HEADER)
  if (id === null) return undefined
  const response = new Response(null, { headers: { [SESSION_HEADER]: id } })
  const completed = completeHead(response, request, auth, resource)
  return completed.headers.has(SESSION_HEADER) ? undefined : completed
}

/** Ends the response when this stream ends, which happens when the token expires. */
function endWith(stream: ReadableStream<Uint8Array>, res: ServerResponse): void {
  const reader = stream.getReader()
  res.once('close', () => reader.cancel().catch(() => {}))
  reader.read().then(
    () => {
      // A handler that writes after the end causes an error event, which would end the process.
      res.on('error', () => {}).end()
    },
    () => {},
  )
}

/** Sets the headers given to `writeHead`: an object, or names and values in turn with repeated names. */
function setAll(res: ServerResponse, headers: object): void {
  if (!Array.isArray(headers)) {
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) res.setHeader(name, value)
    }
    return
  }
  const names = headers.filter((_, index) => index % 2 === 0)
  for (const name of names) res.removeHeader(name)
  for (const [index, name] of names.entries()) {
    const value: OutgoingHttpHeader | undefined = headers[index * 2 + 1]
    if (value !== undefined) res.appendHeader(name, [value].flat().map(String))
  }
}
