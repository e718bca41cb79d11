/** Operation policies: the scopes that an MCP operation needs, from a table or a function. */

import type { AuthContext, McpOperation } from '../contract/context.ts'
import { nameSourceOf } from '../contract/methods.ts'
import type { OperationDecision, OperationPolicy, ScopeRule } from '../contract/operation-policy.ts'
import { isObject } from '../lib/json.ts'
import { dropPromise } from '../lib/promise.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { addRule, NO_SCOPES, type ScopeRequirement } from '../scope/requirement.ts'
import { isChallengeable, isScopeToken } from '../scope/scope.ts'
import { normalizeName } from './operation.ts'
import { ruleKeyOf } from './resource-uri.ts'

/** The rule for an operation, or `undefined` where there is none. */
export type OperationRules = (
  operation: McpOperation,
  auth: AuthContext | undefined,
) => Result<ScopeRule | undefined, 'internal'>

/** The combined rules of all operations of a request. */
export interface CombinedRules {
  readonly needed: ScopeRequirement
  /** Whether there are operations, and all of them are public. */
  readonly isPublic: boolean
}

/** Prepares a policy. A table is copied: later changes to it have no effect. */
export function createOperationRules(policy: OperationPolicy): OperationRules {
  return typeof policy === 'function' ? rulesFromFunction(policy) : rulesFromTable(policy)
}

/**
 * Combines `base`, which every request needs, with the rules of all operations. If all operations are
 * public, no scope is needed, not even `base`. A request without operations (GET, an empty batch,
 * responses) is not public: anonymous clients could otherwise open any stream.
 *
 * Fails with `internal` if a policy function throws or returns something else than a rule.
 */
export function combineRules(
  operations: readonly McpOperation[],
  rules: OperationRules,
  base: ScopeRequirement,
  auth: AuthContext | undefined,
): Result<CombinedRules, 'internal'> {
  let needed = base
  let isPublic = operations.length > 0
  for (const operation of operations) {
    const rule = rules(operation, auth)
    if (!rule.ok) return rule
    if (rule.value === 'public') continue
    isPublic = false
    needed = addRule(needed, rule.value)
  }
  return succeed(isPublic ? { needed: NO_SCOPES, isPublic } : { needed, isPublic })
}

/**
 * Whether a value is a rule: `'public'`, a list of scopes, or an `anyOf` with at least one scope. An
 * empty `anyOf` is ambiguous and therefore invalid.
 */
export function isScopeRule(value: unknown): value is ScopeRule {
  if (value === 'public' || isScopeList(value)) return true
  if (!isObject(value) || Object.keys(value).length !== 1) return false
  const { anyOf } = value
  return isScopeList(anyOf) && anyOf.length > 0
}

/**
 * The key of the rule for a name. URIs that many servers map to the same resource have one key.
 * `undefined` for a URI that requests cannot contain.
 */
export function nameKeyOf(method: string, name: string): string | undefined {
  if (nameSourceOf(method) !== 'uri') return name
  const uri = normalizeName(method, name)
  return uri && ruleKeyOf(uri)
}

/** Splits a key of a table: `*`, a method, or a method and a name after the first space. */
export function splitOperationKey(key: string): { method: string; name: string | undefined } {
  const space = key.indexOf(' ')
  return space < 0
    ? { method: key, name: undefined }
    : { method: key.slice(0, space), name: key.slice(space + 1) }
}

type RuleTable = Readonly<Record<string, ScopeRule | undefined>>

interface Table {
  readonly methods: Map<string, ScopeRule | undefined>
  readonly names: Map<string, Map<string, ScopeRule | undefined>>
}

/** Maps have no inherited members: a method may be called `constructor`. */
function rulesFromTable(policy: RuleTable): OperationRules {
  const { methods, names } = createTable(policy)
  const fallback = methods.get('*')
  return ({ method, name }) => {
    const named = name === undefined ? undefined : ruleFor(names.get(method), method, name)
    return succeed(named ?? methods.get(method) ?? fallback)
  }
}

function ruleFor(
  rules: Map<string, ScopeRule | undefined> | undefined,
  method: string,
  name: string,
): ScopeRule | undefined {
  return rules?.get(nameSourceOf(method) === 'uri' ? ruleKeyOf(name) : name)
}

function createTable(policy: RuleTable): Table {
  const table: Table = { methods: new Map(), names: new Map() }
  for (const [key, rule] of Object.entries(structuredClone(policy))) {
    const { method, name } = splitOperationKey(key)
    if (name === undefined) {
      table.methods.set(method, rule)
      continue
    }
    const rules = table.names.get(method) ?? new Map<string, ScopeRule | undefined>()
    rules.set(nameKeyOf(method, name) ?? name, rule)
    table.names.set(method, rules)
  }
  return table
}

function rulesFromFunction(policy: OperationDecision) {
  return (operation: McpOperation, auth: AuthContext | undefined) => {
    const rule = callPolicy(policy, operation, auth)
    return rule === undefined || isScopeRule(rule) ? succeed(rule) : fail('internal' as const)
  }
}

/** Gives `null`, which is not a rule, for a function that throws or returns a promise. */
function callPolicy(
  policy: OperationDecision,
  operation: McpOperation,
  auth: AuthContext | undefined,
): unknown {
  try {
    const rule: unknown = policy(operation, auth)
    return dropPromise(rule) ? null : rule
  } catch {
    return null
  }
}

function isScopeList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(isUsableScope)
}

function isUsableScope(value: unknown): boolean {
  return typeof value === 'string' && isScopeToken(value) && isChallengeable(value)
}
