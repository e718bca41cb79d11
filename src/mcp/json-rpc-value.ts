/**
 * A JSON-RPC message that was parsed elsewhere. Whatever it looks like to whom asks, only what it holds
 * as JSON would is judged: own data properties, copied once, so that no accessor runs and no `toJSON`.
 */

import { fail, type Result } from '../lib/result.ts'
import { callsOf, type JsonRpcCall } from './json-rpc.ts'
import { MAX_DEPTH } from './json-structure.ts'
import { meaningOf, namesOf, type Role, roleOfMember } from './member-names.ts'

/**
 * Reads the calls in a message, or in an array of them, as `parseJsonRpc` does.
 *
 * Fails with
 * - `body_invalid` — what no JSON text means the same as: accessors, `toJSON`, inherited members that
 *   decide, functions, holes, more than 64 levels, objects that contain themselves; and what
 *   `parseJsonRpc` rejects
 * - `body_too_large` — more than `maxBytes` as JSON, counted from below
 */
export function parseJsonRpcValue(
  value: unknown,
  maxBytes: number,
  allowBatch = true,
): Result<readonly JsonRpcCall[], 'body_invalid' | 'body_too_large'> {
  const budget = { bytes: maxBytes }
  try {
    return callsOf(copyOf(value, 'message', 1, budget), allowBatch)
  } catch {
    // Ours, or thrown by a Proxy.
    return fail(budget.bytes < 0 ? 'body_too_large' : 'body_invalid')
  }
}

interface Budget {
  bytes: number
}

/** @throws {TypeError} If the value is not JSON, or too much of it. */
function copyOf(value: unknown, role: Role, depth: number, budget: Budget): unknown {
  spend(budget, 1)
  if (typeof value === 'string') {
    spend(budget, value.length)
    return value
  }
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
    throw new TypeError('No JSON.')
  }
  // Depth also ends objects that contain themselves, and the budget those that contain others often.
  if (depth > MAX_DEPTH || ArrayBuffer.isView(value) || 'toJSON' in value) {
    throw new TypeError('No JSON.')
  }
  return Array.isArray(value)
    ? copyOfArray(value, role, depth, budget)
    : copyOfObject(value, role, depth, budget)
}

function copyOfArray(
  value: readonly unknown[],
  role: Role,
  depth: number,
  budget: Budget,
): unknown[] {
  const { length } = value
  spend(budget, length)
  // The members of a batch are messages; it is not a member itself.
  const inner = role === 'message' ? 'message' : 'data'
  return Array.from({ length }, (_, index) =>
    copyOf(dataOf(value, String(index)), inner, depth + 1, budget),
  )
}

function copyOfObject(value: object, role: Role, depth: number, budget: Budget): object {
  // Without a prototype, so that `__proto__` is a name like any other.
  const copy: Record<string, unknown> = Object.create(null)
  for (const name of Reflect.ownKeys(value)) {
    // No text has symbols, and no reader of messages asks for one.
    if (typeof name === 'symbol') continue
    spend(budget, name.length + 1)
    if (meaningOf(name, role) === 'disguised') throw new TypeError('A name in disguise.')
    const member = dataOf(value, name)
    // As in JSON: what is undefined is not there.
    if (member === undefined) continue
    copy[name] = copyOf(member, roleOfMember(role, name), depth + 1, budget)
  }
  for (const name of namesOf(role)) {
    // Whoever executes it would find what is inherited.
    if (!Object.hasOwn(copy, name) && name in value && !Object.hasOwn(value, name)) {
      throw new TypeError('An inherited member.')
    }
  }
  return copy
}

/** @throws {TypeError} If it is not there as data that `JSON.stringify` would write. */
function dataOf(value: object, name: string): unknown {
  const property = Reflect.getOwnPropertyDescriptor(value, name)
  if (property === undefined || !Object.hasOwn(property, 'value') || property.enumerable !== true) {
    throw new TypeError('No data.')
  }
  return property.value
}

/** @throws {TypeError} If there is nothing left. */
function spend(budget: Budget, bytes: number): void {
  budget.bytes -= bytes
  if (budget.bytes < 0) throw new TypeError('Too large.')
}
