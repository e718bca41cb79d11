/** Reading JSON-RPC bodies strictly: whatever could be understood in two ways is not understood. */

import { isObject, type JsonObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { isUnambiguous } from './json-structure.ts'

/** A message that asks for something: a request, or a notification, which has no `id`. */
export interface JsonRpcCall {
  readonly method: string
  readonly params: unknown
  /** As it was sent; `undefined` in a notification. */
  readonly id?: unknown
  readonly isNotification: boolean
}

/** More calls in one body are not normal use (MCP 2025-03-26, the only revision with batches). */
const MAX_BATCH = 100

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads the calls in a JSON-RPC body: one message or a batch of at most 100. Responses ask for
 * nothing and are left out, so the list may be empty.
 *
 * Member names are compared as they are. One that others would take for one of ours, `Name` for
 * `name`, could be judged as one call and executed as another.
 *
 * Fails with `body_invalid` for what is not UTF-8 or JSON, is nested deeper than 64 levels, has a
 * member twice that decides what is asked for, or by another spelling, or holds anything but JSON-RPC
 * messages.
 *
 * @param allowBatch Whether an array is a batch, rather than a mistake.
 */
export function parseJsonRpc(bytes: Uint8Array, allowBatch = true): ParsedCalls {
  const text = decode(bytes)
  return text === undefined ? INVALID : parseJsonRpcText(text, allowBatch)
}

/** The same for text. A byte order mark is not JSON: some readers skip it, and others do not. */
export function parseJsonRpcText(text: string, allowBatch = true): ParsedCalls {
  return isUnambiguous(text) ? callsOf(parseText(text), allowBatch) : INVALID
}

export type ParsedCalls = Result<readonly JsonRpcCall[], 'body_invalid'>

/** The same for a JSON value whose structure leaves no doubt. */
export function callsOf(value: unknown, allowBatch: boolean): ParsedCalls {
  if (Array.isArray(value) && !allowBatch) return INVALID
  const messages: readonly unknown[] = Array.isArray(value) ? value : [value]
  if (messages.length > MAX_BATCH) return INVALID
  const calls: JsonRpcCall[] = []
  for (const message of messages) {
    if (!isObject(message)) return INVALID
    const kind = kindOf(message)
    if (kind === 'neither') return INVALID
    if (kind === 'call') calls.push(callOf(message))
  }
  return succeed(calls)
}

/** A member of its own: what every object inherits is never part of a message. */
export function memberOf(object: unknown, name: string): unknown {
  return isObject(object) && Object.hasOwn(object, name) ? object[name] : undefined
}

const INVALID = fail('body_invalid' as const)

/** Whatever has a method may be executed, whatever else it has. */
function kindOf(message: JsonObject): 'call' | 'response' | 'neither' {
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
    return UTF8.decode(bytes)
  } catch {
    return undefined
  }
}

/** `undefined`, which no JSON text means, for what is not JSON. */
function parseText(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
