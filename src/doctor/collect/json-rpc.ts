/** The MCP messages that the doctor sends. None of them changes state on the server. */

import type { JsonObject } from '../../lib/json.ts'
import type { Exchange, HttpClient, HttpRequest } from './http-client.ts'
import { parseBody } from './requests.ts'

/** The newest revision with an `initialize` handshake. Servers answer with a revision they support. */
const PROTOCOL_VERSION = '2025-11-25'

/** A POST as MCP clients send it (MCP Streamable HTTP, Sending Messages). */
export function rpcRequest(
  url: string,
  method: string,
  params: JsonObject,
  headers: Readonly<Record<string, string>>,
): HttpRequest {
  return {
    method: 'POST',
    url,
    headers: {
      Accept: 'application/json, text/event-stream',
      'Content-Type': 'application/json',
      'MCP-Protocol-Version': PROTOCOL_VERSION,
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  }
}

export function initializeRequest(
  url: string,
  headers: Readonly<Record<string, string>>,
): HttpRequest {
  const clientInfo = { name: 'mcp-gatehouse-doctor', version: '1' }
  const params = { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo }
  return rpcRequest(url, 'initialize', params, headers)
}

/** The notification after a successful `initialize` (MCP Lifecycle, Initialization). */
export function initializedNotification(
  url: string,
  headers: Readonly<Record<string, string>>,
): HttpRequest {
  const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })
  return { ...rpcRequest(url, '', {}, headers), body }
}

/** Ends the session that a response started, if any, so that none stays open on the server. */
export async function endSession(
  client: HttpClient,
  { url, status, headers: responseHeaders }: Exchange,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const session = responseHeaders.get('Mcp-Session-Id')
  if (session === null || status < 200 || status > 299) return
  await client.send({
    method: 'DELETE',
    url,
    headers: { ...headers, 'Mcp-Session-Id': session, 'MCP-Protocol-Version': PROTOCOL_VERSION },
  })
}

/** Sends `initialize`, and ends the session that it started. */
export async function post(
  client: HttpClient,
  url: URL,
  headers: Readonly<Record<string, string>> = {},
): Promise<Exchange> {
  const exchange = await client.send(initializeRequest(url.href, headers))
  await endSession(client, exchange, headers)
  return exchange
}

/** The JSON-RPC response in a body, from JSON or from an event stream. */
export function rpcResponse({ body }: Exchange): JsonObject | undefined {
  const value = parseBody(body)
  return value?.['jsonrpc'] === '2.0' ? value : undefined
}
