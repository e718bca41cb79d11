/** Node's request as a Web `Request`, for code that calls `authenticate` itself. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { isParsedForm } from '../../src/http/request-target.ts'
import { AuthError } from '../../src/index.ts'
import { convertRequest, isRequest } from './request.ts'

/** A placeholder: the `Host` of a client is not a source of identity. */
const ORIGIN = 'http://localhost'

/**
 * Converts Node's request to a `Request`, for frameworks that hand over only `IncomingMessage`, such as the
 * `authenticate` hook of FastMCP.
 *
 * Header fields that were sent twice are seen twice. The body is streamed when it is read, or is the value that a
 * parser left in `req.body`: a form as a form, any other object as JSON.
 *
 * Does not check `Host`: the URL has the origin `http://localhost`, and its path and query are those that the
 * client sent. Decisions depend on the configured resource, not on the origin.
 *
 * @param req Node's request.
 * @param res Its response: `request.signal` then aborts when the client disconnects.
 * @returns The request.
 * @throws {AuthError} `target_ambiguous` if a URL parser would change the target, such as
 * `/notes/../admin`.
 * @throws {TypeError} If no `Request` can represent it: a GET with a body, or a method that is forbidden or that
 * runtimes respell.
 * @example
 * ```ts
 * // The hook of a framework that hands over Node's request: it rejects by throwing the response.
 * async function authenticateHook(
 *   req: IncomingMessage,
 * ): Promise<{ user: string | undefined }> {
 *   const auth = await authenticate(toRequest(req), notes)
 *   if (!auth.ok) throw auth
 *   return { user: auth.subject }
 * }
 * ```
 */
export function toRequest(req: IncomingMessage, res?: ServerResponse): Request {
  const request = convertRequest(req, res ?? ({} as ServerResponse), ORIGIN)
  if (!isRequest(request)) {
    throw new TypeError(`No Request can represent this ${req.method} request.`)
  }
  if (!isParsedForm(request.url)) throw new AuthError('target_ambiguous')
  return request
}
