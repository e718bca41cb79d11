/** Parses JSON-RPC bodies strictly: a body that two parsers may read differently is rejected. */

import { isObject, type JsonObject, parseJsonText } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { DECODER } from '../lib/utf8.ts'
import { isUnambiguous } from './json-structure.ts'

/** A request, or a notification, which has no `id`. */
export interface JsonRpcCall {
  readonly method: string
  readonly params: unknown
  /** `undefined` in a notification. */
  readonly id?: unknown
  readonly isNotification: boolean
}

/** The limit of calls in a batch (MCP 2025-03-26, the only revision with batches). */
const MAX_BATCH = 100

/**
 * Parses the calls in a JSON-RPC body: one message, or a batch of at most 100. Responses are omitted,
 * so the list may be empty.
 *
 * Member names are compared exactly. A body with `Name` for `name` is rejected: a parser that ignores
 * case would execute another call than the one that was authorized.
 *
 * Fails with `body_invalid` for a body that is not UTF-8 or not JSON, has more than 64 levels, has a
 * member twice or in another spelling that identifies the call, or contains anything but JSON-RPC
 * messages.
 *
 * @param allowBatch Whether an array is accepted as a batch.
 */
export function parseJsonRpc(bytes: Uint8Array, allowBatch: boolean): ParsedCalls {
  const text = decode(bytes)
  return text === undefined ? INVALID : parseJsonRpcText(text, allowBatch)
}

/** The same for text. A byte order mark is rejected: not every parser skips it. */
export function parseJsonRpcText(text: string, allowBatch: boolean): ParsedCalls {
  return isUnambiguous(text) ? callsOf(parseJsonText(text), allowBatch) : INVALID
}

/** The calls of a body, or the code of the rejection. */
type ParsedCalls = Result<readonly JsonRpcCall[], 'body_invalid'>

/** The same for a JSON value that is unambiguous. */
export function callsOf(value: unknown, allowBatch: boolean): ParsedCalls {
  if (Array.isArray(value) && !allowBatch) return INVALID
  const messages: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (messages.length > MAX_BATCH) return INVALID
  const calls: JsonRpcCall[] = []
  for (const message of messages) {
    if (!isObject(message)) return INVALID
    const type = messageTypeOf(message)
    if (type === 'neither') return INVALID
    if (type === 'call') calls.push(callOf(message))
  }
  return succeed(calls)
}

/** An own member: inherited members are never part of a message. */
export function memberOf(object: unknown, name: string): unknown {
  return isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined
}

const INVALID = /* @__PURE__ */ fail('body_invalid' as const)

/** A message with `method` is a call, whatever other members it has: the handler may execute it. */
function messageTypeOf(message: JsonObject): 'call' | 'response' | 'neither' {
  if (Object.hasOwn(message, 'method')) {
    return typeof message['method'] === 'string' ? 'call' : 'neither'
  }
  const isResponse = Object.hasOwn(message, 'result') || Object.hasOwn(message, 'error')
  return isResponse ? 'response' : 'neither'
}

function callOf(message: JsonObject): JsonRpcCall {
  return {
    method: String(message['method']),
    params: memberOf(message, 'params'),
    id: memberOf(message, 'id'),
    isNotification: !Object.hasOwn(message, 'id'),
  }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return DECODER.decode(bytes)
  } catch {
    return undefined
  }
}
