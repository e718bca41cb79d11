/** The consent of a user as an MCP URL elicitation. */

import type { ExchangeFailure } from '../contract/exchange-error.ts'

/** MCP 2025-11-25, URL Elicitation Required Error. */
const URL_ELICITATION_REQUIRED = -32_042
/** From this revision on, a server asks in a result instead of an error. */
const FIRST_WITH_RESULTS = '2026-07-28'
const MESSAGE = 'Allow access to the API behind this tool, then try again.'

/**
 * Turns a failure with a consent page into the URL elicitation of MCP: the client shows the page, and the
 * user decides there.
 *
 * Up to revision 2025-11-25 it is the `error` of the JSON-RPC response, with code −32042. From 2026-07-28
 * on it is the `result`, with `resultType: 'input_required'`.
 *
 * @param failure A failure of an exchange.
 * @param revision The MCP revision of the request. @default the form of 2025-11-25
 * @returns The error or the result; `undefined` for a failure without a `url`.
 * @example
 * ```ts
 * // A tool of the MCP SDK, version 2, which serves both forms from the result.
 * async function listOrders(auth: AuthContext): Promise<unknown> {
 *   const token = await orders.exchange(auth)
 *   if (token.ok) return { content: [{ type: 'text', text: 'two orders' }] }
 *   const elicitation = toElicitation(token, '2026-07-28')
 *   if (elicitation === undefined) throw new ExchangeError(token)
 *   return elicitation
 * }
 * ```
 * @see {@link https://modelcontextprotocol.io/specification/2025-11-25/client/elicitation MCP elicitation}
 */
export function toElicitation(failure: ExchangeFailure, revision?: string): unknown {
  const { url } = failure
  if (url === undefined) return undefined
  const params = { mode: 'url', message: MESSAGE, url }
  if (revision !== undefined && revision >= FIRST_WITH_RESULTS) {
    const consent = { method: 'elicitation/create', params }
    return { resultType: 'input_required', inputRequests: { consent } }
  }
  const elicitations = [{ ...params, elicitationId: crypto.randomUUID() }]
  return { code: URL_ELICITATION_REQUIRED, message: MESSAGE, data: { elicitations } }
}
