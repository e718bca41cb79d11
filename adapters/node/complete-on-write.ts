/** Completes a response that a framework writes, at the moment its head is written. */

import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import { SESSION_HEADER } from '../../src/response/open-session.ts'
import { replaceOnWrite } from './replace-on-write.ts'
import { ResponseView } from './views.ts'

type Complete = (response: Response) => Response

/**
 * Calls `complete` in `writeHead`, because frameworks may set header fields until then.
 *
 * @param hasSessions Whether `complete` may replace the response, for its session id.
 */
export function completeOnWrite(
  res: ServerResponse,
  complete: Complete,
  hasSessions: boolean,
): void {
  const { writeHead } = res
  const replacement = (): Response | undefined => replacementOf(res, complete)
  const isReplaced = hasSessions ? replaceOnWrite(res, replacement) : () => false
  res.writeHead = (status: number, ...rest: unknown[]) => {
    const message = typeof rest[0] === 'string' ? [rest.shift()] : []
    setAll(res, rest.find((each) => typeof each === 'object' && each !== null) ?? {})
    if (isReplaced()) return res
    res.writeHead = writeHead
    // The view has the members of a response that `complete` reads.
    const view = new ResponseView(res, status) as unknown as Response
    const completed = complete(view)
    if (completed !== view) {
      for (const [name, value] of completed.headers) {
        if (name !== 'set-cookie' && value !== view.headers.get(name)) res.setHeader(name, value)
      }
      // Most responses end within this turn; then there is no stream to end.
      setImmediate(() => {
        if (completed.body !== null && !res.writableEnded) endWith(completed.body, res)
      })
    }
    return Reflect.apply(writeHead, res, [status, ...message])
  }
}

/** The response for a session id that cannot be sealed. It has no id, unlike every completed one. */
function replacementOf(res: ServerResponse, complete: Complete): Response | undefined {
  if (!res.hasHeader(SESSION_HEADER)) return undefined
  const headers = new Headers()
  for (const value of [res.getHeader(SESSION_HEADER) ?? ''].flat()) {
    headers.append(SESSION_HEADER, String(value))
  }
  const completed = complete(new Response(null, { headers }))
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
