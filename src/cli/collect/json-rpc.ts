/** The few MCP messages that the doctor sends. None of them changes anything. */

import { isObject, type JsonObject } from '../../lib/json.ts'
import type { Exchange, Question, Visitor } from './http-client.ts'

/** The newest revision with a handshake; servers answer with the one they prefer. */
export const PROTOCOL_VERSION = '2025-11-25'

/** A POST as MCP clients send it (MCP Streamable HTTP, Sending Messages). */
export function rpcRequest(
  url: string,
  method: string,
  params: JsonObject,
  headers: Readonly<Record<string, string>>,
): Question {
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
): Question {
  const clientInfo = { name: 'mcp-gatehouse-doctor', version: '1' }
  const params = { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo }
  return rpcRequest(url, 'initialize', params, headers)
}

/** What a client says once it has read the answer to `initialize` (MCP Lifecycle, Initialization). */
export function initializedNotification(
  url: string,
  headers: Readonly<Record<string, string>>,
): Question {
  const body = JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })
  return { ...rpcRequest(url, '', {}, headers), body }
}

/** Ends the session that an answer began, if it began one: whoever opens it closes it. */
export async function endSession(
  visitor: Visitor,
  { url, status, headers: answered }: Exchange,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  const session = answered.get('Mcp-Session-Id')
  if (session === null || status < 200 || status > 299) return
  await visitor.ask({
    method: 'DELETE',
    url,
    headers: { ...headers, 'Mcp-Session-Id': session, 'MCP-Protocol-Version': PROTOCOL_VERSION },
  })
}

/** The JSON-RPC response in an answer, whether sent as JSON or as an event. */
export function rpcResponse({ body }: Exchange): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return isObject(value) && value['jsonrpc'] === '2.0' ? value : undefined
  } catch {
    return undefined
  }
}
