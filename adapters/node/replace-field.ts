/** Replaces a header field of Node's request, for handlers that read it from `req`. */

import type { IncomingMessage } from 'node:http'

/**
 * Every form of the fields has the new value: frameworks read `headers`, `headersDistinct` or `rawHeaders`. The
 * field is there once.
 */
export function replaceField(req: IncomingMessage, name: string, value: string): void {
  const { rawHeaders, headers, headersDistinct }: Partial<IncomingMessage> = req
  const wanted = name.toLowerCase()
  const index = rawHeaders?.findIndex(
    (each, place) => place % 2 === 0 && each.toLowerCase() === wanted,
  )
  // In place: over HTTP/2 these are getters.
  if (rawHeaders !== undefined && index !== undefined && index >= 0) rawHeaders[index + 1] = value
  if (headers instanceof Headers) headers.set(name, value)
  else setMember(headers, wanted, value)
  setMember(headersDistinct, wanted, [value])
}

/** In the spelling that is there: requests of serverless hosts and test tools may have another one. */
function setMember(fields: object | undefined, wanted: string, value: unknown): void {
  for (const name of Object.keys(fields ?? {})) {
    if (name.toLowerCase() === wanted) Object.assign(fields ?? {}, { [name]: value })
  }
}
