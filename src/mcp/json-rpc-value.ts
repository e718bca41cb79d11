/**
 * Reads a JSON-RPC message that the application has parsed. Only own data properties count, as in
 * JSON. They are copied once; no accessor and no `toJSON` runs.
 */

import { fail, type Result, succeed } from '../lib/result.ts'
import { callsOf, type JsonRpcCall } from './json-rpc.ts'
import { MAX_DEPTH } from './json-structure.ts'
import { meaningOf, namesOf, type Role, roleOfMember } from './member-names.ts'

/**
 * Reads the calls in a message, or in an array of them, as `parseJsonRpc` does.
 *
 * Fails with
 * - `body_invalid` — values that JSON cannot represent: accessors, `toJSON`, inherited members that
 *   {@link callsOf} reads, functions, holes, more than 64 levels, cycles; and what `parseJsonRpc`
 *   rejects
 * - `body_too_large` — the JSON text would be larger than `maxBytes`; the size is a lower estimate
 */
export function parseJsonRpcValue(
  value: unknown,
  maxBytes: number,
  allowBatch: boolean,
): Result<readonly JsonRpcCall[], 'body_invalid' | 'body_too_large'> {
  const budget = { bytes: maxBytes }
  try {
    return callsOf(copyOf(value, 'message', 1, budget), allowBatch)
  } catch {
    // Thrown below, or by a Proxy.
    return fail(budget.bytes < 0 ? 'body_too_large' : 'body_invalid')
  }
}

/**
 * Copies a JSON value of the application in the same way.
 *
 * Fails with `body_invalid` or `body_too_large`, as {@link parseJsonRpcValue}.
 */
export function copyJson(
  value: unknown,
  maxBytes: number,
): Result<unknown, 'body_invalid' | 'body_too_large'> {
  const budget = { bytes: maxBytes }
  try {
    return succeed(copyOf(value, 'data', 1, budget))
  } catch {
    return fail(budget.bytes < 0 ? 'body_too_large' : 'body_invalid')
  }
}

/** The remaining bytes. */
interface SizeBudget {
  bytes: number
}

/** @throws {TypeError} If the value is not JSON, or too large. */
function copyOf(value: unknown, role: Role, depth: number, budget: SizeBudget): unknown {
  consume(budget, 1)
  if (typeof value === 'string') {
    consume(budget, value.length)
    return value
  }
  if (typeof value !== 'object' || value === null) {
    if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value
    throw new TypeError('Not JSON.')
  }
  // The depth limit also ends cycles; the size limit ends objects that are referenced many times.
  if (depth > MAX_DEPTH || ArrayBuffer.isView(value) || 'toJSON' in value) {
    throw new TypeError('Not JSON.')
  }
  return Array.isArray(value)
    ? copyOfArray(value, role, depth, budget)
    : copyOfObject(value, role, depth, budget)
}

function copyOfArray(
  value: readonly unknown[],
  role: Role,
  depth: number,
  budget: SizeBudget,
): unknown[] {
  const { length } = value
  consume(budget, length)
  // The members of a batch are messages.
  const inner = role === 'message' ? 'message' : 'data'
  return Array.from({ length }, (_, index) =>
    copyOf(dataOf(value, String(index)), inner, depth + 1, budget),
  )
}

function copyOfObject(value: object, role: Role, depth: number, budget: SizeBudget): object {
  // Without a prototype, so that `__proto__` is a name like any other.
  const copy: Record<string, unknown> = Object.create(null)
  for (const name of Reflect.ownKeys(value)) {
    // JSON has no symbols.
    if (typeof name === 'symbol') continue
    consume(budget, name.length + 1)
    if (meaningOf(name, role) === 'ambiguous') throw new TypeError('An ambiguous name.')
    const member = dataOf(value, name)
    // JSON.stringify omits `undefined`.
    if (member === undefined) continue
    copy[name] = copyOf(member, roleOfMember(role, name), depth + 1, budget)
  }
  for (const name of namesOf(role)) {
    // The handler would read the inherited member.
    if (!Object.hasOwn(copy, name) && name in value && !Object.hasOwn(value, name)) {
      throw new TypeError('An inherited member.')
    }
  }
  return copy
}

/** @throws {TypeError} If the property is not an enumerable data property. */
function dataOf(value: object, name: string): unknown {
  const property = Reflect.getOwnPropertyDescriptor(value, name)
  if (property === undefined || !Object.hasOwn(property, 'value') || property.enumerable !== true) {
    throw new TypeError('Not a data property.')
  }
  return property.value
}

/** @throws {TypeError} If the budget is exceeded. */
function consume(budget: SizeBudget, bytes: number): void {
  budget.bytes -= bytes
  if (budget.bytes < 0) throw new TypeError('Too large.')
}
