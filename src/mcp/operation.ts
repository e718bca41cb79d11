/** What a JSON-RPC call asks an MCP server for: its method and the thing it names. */

import type { McpOperation } from '../context.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { parseUrl } from '../lib/safe-url.ts'
import { type JsonRpcCall, memberOf } from './json-rpc.ts'

/** An operation, and what a `Mcp-Name` header has to agree with: the name as it was sent. */
export interface NamedOperation {
  readonly operation: McpOperation
  readonly sentName: string | undefined
  readonly isNotification: boolean
}

/** Where a method keeps the name of what it is about. */
export type NameSource = 'name' | 'uri' | 'taskId' | 'ref'

/** `undefined`: calls of this method name nothing. */
export function nameSourceOf(method: string): NameSource | undefined {
  switch (method) {
    case 'tools/call':
    case 'prompts/get':
      return 'name'
    case 'completion/complete':
      return 'ref'
  }
  if (method.startsWith('resources/')) return 'uri'
  return method.startsWith('tasks/') ? 'taskId' : undefined
}

/**
 * The operation of a call. URIs are normalised, as the MCP SDK does before it looks one up: another
 * spelling of a protected resource must not slip past its rule.
 *
 * Fails with `body_invalid` if the name is no string, or a URI cannot be parsed.
 */
export function parseOperation(call: JsonRpcCall): Result<NamedOperation, 'body_invalid'> {
  const { method, params, isNotification } = call
  const source = nameSourceOf(method)
  const sent = source === undefined ? undefined : sentNameOf(params, source)
  if (sent === undefined) {
    return succeed({ operation: Object.freeze({ method }), sentName: undefined, isNotification })
  }
  const name = typeof sent === 'string' ? normalizeName(method, sent) : undefined
  if (typeof sent !== 'string' || name === undefined) return INVALID
  return succeed({ operation: Object.freeze({ method, name }), sentName: sent, isNotification })
}

/** The name by which rules know what is called `name` on the wire; `undefined` for a broken URI. */
export function normalizeName(method: string, name: string): string | undefined {
  return nameSourceOf(method) === 'uri' ? parseUrl(name)?.href : name
}

const INVALID = fail('body_invalid' as const)

function sentNameOf(params: unknown, source: NameSource): unknown {
  if (source !== 'ref') return memberOf(params, source)
  const ref = memberOf(params, 'ref')
  const [name, uri] = [memberOf(ref, 'name'), memberOf(ref, 'uri')]
  // With both it would be the type's turn to decide, which the handler may read differently.
  return name !== undefined && uri !== undefined ? null : (name ?? uri)
}
