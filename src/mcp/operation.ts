/** The MCP operation of a JSON-RPC call: its method, and the name in its parameters. */

import type { McpOperation } from '../contract/context.ts'
import { type NameSource, nameSourceOf } from '../contract/methods.ts'
import { isObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { type JsonRpcCall, memberOf } from './json-rpc.ts'
import { normalizeUri } from './resource-uri.ts'

/** An operation, with the name before normalisation, which `Mcp-Name` must match. */
export interface NamedOperation {
  readonly operation: McpOperation
  /** Further operations that the same call performs. */
  readonly implied: readonly McpOperation[]
  readonly sentName: string | undefined
  readonly isNotification: boolean
}

/** The limit of subscriptions in one body. */
const MAX_SUBSCRIPTIONS = 1000

/**
 * Reads the operation of a call. URIs are normalised: another spelling of a URI must not evade the
 * rule for it.
 *
 * Fails with `body_invalid` if the name is not a string, if a URI cannot be parsed or servers may read
 * it differently, or if there are too many subscriptions.
 */
export function parseOperation(
  { method, params, isNotification }: JsonRpcCall,
  maxSubscriptions = MAX_SUBSCRIPTIONS,
): Result<NamedOperation, 'body_invalid'> {
  if (LONE_SURROGATE.test(method)) return INVALID
  const implied = subscriptionsOf(method, params, maxSubscriptions)
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
 * Reads the operations of all calls in one body.
 *
 * Fails with `body_invalid` where {@link parseOperation} does, and for more than 1,000 subscriptions.
 */
export function parseOperations(
  calls: readonly JsonRpcCall[],
): Result<readonly NamedOperation[], 'body_invalid'> {
  const named: NamedOperation[] = []
  let remaining = MAX_SUBSCRIPTIONS
  for (const call of calls) {
    const operation = parseOperation(call, remaining)
    if (!operation.ok) return operation
    named.push(operation.value)
    remaining -= operation.value.implied.length
  }
  return succeed(named)
}

/** The name for rules: URIs are normalised; `undefined` for an invalid one. */
export function normalizeName(method: string, name: string): string | undefined {
  if (LONE_SURROGATE.test(name)) return undefined
  return nameSourceOf(method) === 'uri' ? normalizeUri(name) : name
}

/** Go and others read it as U+FFFD, so the guard and the server would see two names. */
const LONE_SURROGATE = /[\ud800-\udfff]/u

const INVALID = /* @__PURE__ */ fail('body_invalid' as const)
const NONE: readonly McpOperation[] = []

function sentNameOf(params: unknown, source: NameSource): unknown {
  if (source !== 'ref') return memberOf(params, source)
  const ref = memberOf(params, 'ref')
  const [name, uri] = [memberOf(ref, 'name'), memberOf(ref, 'uri')]
  // With both, `ref.type` would decide, and the handler may read it differently.
  return name !== undefined && uri !== undefined ? null : (name ?? uri)
}

/**
 * Since MCP 2026-07-28 one call subscribes to many resources, and with the tasks extension to many
 * tasks, whose notifications contain what `tasks/get` returns. It is authorized like one call of
 * `resources/subscribe` or `tasks/get` for each. `undefined` for a value that is not a list of names;
 * `null` is an empty list.
 */
function subscriptionsOf(
  method: string,
  params: unknown,
  max: number,
): readonly McpOperation[] | undefined {
  if (method !== 'subscriptions/listen') return NONE
  const notifications = memberOf(params, 'notifications') ?? {}
  if (!isObject(notifications)) return undefined
  const operations: McpOperation[] = []
  for (const [member, implied] of SUBSCRIPTIONS) {
    const names = memberOf(notifications, member) ?? []
    if (!Array.isArray(names) || names.length > max - operations.length) return undefined
    for (const sent of names) {
      const name = typeof sent === 'string' ? normalizeName(implied, sent) : undefined
      if (name === undefined) return undefined
      operations.push(Object.freeze({ method: implied, name }))
    }
  }
  return operations
}

/** Members of `params.notifications`, each with the operation that an element of it stands for. */
const SUBSCRIPTIONS = [
  ['resourceSubscriptions', 'resources/subscribe'],
  ['taskIds', 'tasks/get'],
] as const
