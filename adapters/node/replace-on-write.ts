/** Sends another response in place of the one that a framework is about to write. */

import type { ServerResponse } from 'node:http'

/**
 * Calls `replacementOf` before the head is written. If it returns a response, this response is sent, and what the
 * framework writes is dropped.
 *
 * Methods that write a head implicitly call it first, too: inside of `end(chunk)` it would be too late to drop the
 * chunk.
 *
 * @returns A function that calls `replacementOf` if necessary, and returns whether the response is replaced.
 */
export function replaceOnWrite(
  res: ServerResponse,
  replacementOf: () => Response | undefined,
): () => boolean {
  const { writeHead, write, end, flushHeaders } = res
  let isReplaced = false
  let isSending = false
  const ask = (): boolean => {
    if (isReplaced || res.headersSent) return isReplaced
    const replacement = replacementOf()
    if (replacement === undefined) return false
    isReplaced = true
    send(replacement).catch(() => res.destroy())
    return true
  }
  const send = async (response: Response): Promise<void> => {
    const body = await response.text()
    for (const name of res.getHeaderNames()) res.removeHeader(name)
    for (const [name, value] of response.headers) res.setHeader(name, value)
    Reflect.apply(writeHead, res, [response.status])
    // Over HTTP/2, `end` calls `write`.
    isSending = true
    Reflect.apply(end, res, [body])
    isSending = false
  }
  res.write = (...args: unknown[]) => {
    if (isSending || !ask()) return Reflect.apply(write, res, args)
    callBack(args)
    return true
  }
  res.end = (...args: unknown[]) => {
    if (!ask()) return Reflect.apply(end, res, args)
    callBack(args)
    return res
  }
  res.flushHeaders = () => {
    if (!ask()) Reflect.apply(flushHeaders, res, [])
  }
  return ask
}

/** A framework may wait for the callback of `write` or `end`. */
function callBack(args: readonly unknown[]): void {
  const callback = args.findLast((each) => typeof each === 'function') as (() => void) | undefined
  if (callback !== undefined) queueMicrotask(callback)
}
