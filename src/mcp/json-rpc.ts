/** Reading JSON-RPC bodies strictly: whatever could be understood in two ways is not understood. */

import { isObject, type JsonObject } from '../lib/json.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { isUnambiguous } from './json-structure.ts'

/** A message that asks for something: a request, or a notification, which has no `id`. */
export interface JsonRpcCall {
  readonly method: string
  readonly params: unknown
  readonly isNotification: boolean
}

/** More calls in one body are nobody's normal use (MCP 2025-03-26, the only revision with batches). */
const MAX_BATCH = 100

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Reads the calls in a JSON-RPC body: one message or a batch of at most 100. Responses ask for
 * nothing and are left out, so the list may be empty; no bytes at all are no calls either.
 *
 * Member names are compared as they are, `Name` is not `name`.
 *
 * Fails with `body_invalid` for what is not UTF-8 or JSON, is nested deeper than 64 levels, has a
 * member twice that decides what is asked for, or holds anything but JSON-RPC messages.
 */
export function parseJsonRpc(bytes: Uint8Array): Result<readonly JsonRpcCall[], 'body_invalid'> {
  if (bytes.byteLength === 0) return succeed([])
  const text = decode(bytes)
  if (text === undefined || !isUnambiguous(text)) return INVALID
  const value = parseText(text)
  const messages = Array.isArray(value) ? value : [value]
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

/** Whatever has a method may be executed by somebody, whatever else it has. */
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
