/** What a JSON-RPC call asks an MCP server for: its method and the thing it names. */

import type { McpOperation } from '../contract/context.ts'
import { type NameSource, nameSourceOf } from '../contract/methods.ts'
import { isObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { type JsonRpcCall, memberOf } from './json-rpc.ts'
import { normalizeUri } from './resource-uri.ts'

/** An operation, and what a `Mcp-Name` header has to agree with: the name as it was sent. */
export interface NamedOperation {
  readonly operation: McpOperation
  /** What the same call does besides, by the names that other calls have for it. */
  readonly implied: readonly McpOperation[]
  readonly sentName: string | undefined
  readonly isNotification: boolean
}

/** More resources in one body are a mistake or an attack. */
const MAX_SUBSCRIPTIONS = 1000

/**
 * The operation of a call. URIs are normalised: another spelling of a protected resource must not
 * evade its rule.
 *
 * Fails with `body_invalid` if the name is no string, if a URI cannot be parsed or is understood
 * differently by different servers, or if there are too many of them.
 */
export function parseOperation(
  { method, params, isNotification }: JsonRpcCall,
  mostSubscriptions = MAX_SUBSCRIPTIONS,
): Result<NamedOperation, 'body_invalid'> {
  const implied = subscriptionsOf(method, params, mostSubscriptions)
  if (implied === undefined) return INVALID
  const source = nameSourceOf(method)
  const sent = source === undefined ? undefined : sentNameOf(params, source)
  if (sent === undefined) {
    const operation = Object.freeze({ method })
    return succeed({ operation, implied, sentName: undefined, isNotification })
  }
  const name = typeof sent === 'string' ? normalizeName(method, sent) : undefined
  if (typeof sent !== 'string' || name === undefined) return INVALID
  const operation = Object.freeze({ method, name })
  return succeed({ operation, implied, sentName: sent, isNotification })
}

/**
 * Every operation of the calls of one body.
 *
 * Fails with `body_invalid` where {@link parseOperation} does, and for more than 1,000 subscriptions.
 */
export function parseOperations(
  calls: readonly JsonRpcCall[],
): Result<readonly NamedOperation[], 'body_invalid'> {
  const named: NamedOperation[] = []
  let room = MAX_SUBSCRIPTIONS
  for (const call of calls) {
    const operation = parseOperation(call, room)
    if (!operation.ok) return operation
    named.push(operation.value)
    room -= operation.value.implied.length
  }
  return succeed(named)
}

/** The name by which rules know what is called `name` on the wire; `undefined` for a broken URI. */
export function normalizeName(method: string, name: string): string | undefined {
  return nameSourceOf(method) === 'uri' ? normalizeUri(name) : name
}

const INVALID = fail('body_invalid' as const)
const NONE: readonly McpOperation[] = []

function sentNameOf(params: unknown, source: NameSource): unknown {
  if (source !== 'ref') return memberOf(params, source)
  const ref = memberOf(params, 'ref')
  const [name, uri] = [memberOf(ref, 'name'), memberOf(ref, 'uri')]
  // With both it would be the type's turn to decide, which the handler may read differently.
  return name !== undefined && uri !== undefined ? null : (name ?? uri)
}

/**
 * Since MCP 2026-07-28 one call subscribes to many resources, which is the same as many calls of
 * `resources/subscribe`. `undefined` for what is no list of URIs; a member that is null lists none.
 */
function subscriptionsOf(
  method: string,
  params: unknown,
  most: number,
): readonly McpOperation[] | undefined {
  if (method !== 'subscriptions/listen') return NONE
  const notifications = memberOf(params, 'notifications') ?? {}
  if (!isObject(notifications)) return undefined
  const uris = memberOf(notifications, 'resourceSubscriptions') ?? []
  if (!Array.isArray(uris) || uris.length > most) return undefined
  const operations: McpOperation[] = []
  for (const uri of uris) {
    const name = typeof uri === 'string' ? normalizeUri(uri) : undefined
    if (name === undefined) return undefined
    operations.push(Object.freeze({ method: 'resources/subscribe', name }))
  }
  return operations
}
