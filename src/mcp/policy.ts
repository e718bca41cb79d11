/** Operation policies: the scopes that an MCP operation needs, from a table or a function. */

import type { McpOperation } from '../contract/context.ts'
import type { Denial } from '../contract/denial.ts'
import { nameSourceOf } from '../contract/methods.ts'
import type { OperationDecision, OperationPolicy, ScopeRule } from '../contract/operation-policy.ts'
import { BoundedMap } from '../lib/bounded-map.ts'
import { isObject, isTextList } from '../lib/json.ts'
import { addRule, NO_SCOPES, type ScopeRequirement } from '../scope/requirement.ts'
import { isChallengeable, isScopeToken } from '../scope/scope.ts'
import { normalizeName } from './operation.ts'
import { ruleKeyOf } from './resource-uri.ts'

/** A prepared policy. */
export type OperationRules = RuleTable | RuleDecision

interface RuleTable {
  readonly kind: 'table'
  /** The rule for an operation, or `undefined` where there is none. */
  readonly find: (operation: McpOperation) => ScopeRule | undefined
  /** The same for a name before its normalisation; `'invalid'` for one that requests cannot contain. */
  readonly findGiven: (method: string, name: string) => ScopeRule | 'invalid' | undefined
}

export interface RuleDecision {
  readonly kind: 'decision'
  readonly decide: OperationDecision
}

/** The combined rules of all operations of a request. */
export interface CombinedRules {
  readonly needed: ScopeRequirement
  /** Whether there are operations, and all of them are public. */
  readonly isPublic: boolean
  /** The reason of the first denial. */
  readonly denied: string | undefined
}

/** Prepares a policy. A table is copied: later changes to it have no effect. */
export function createOperationRules(policy: OperationPolicy): OperationRules {
  if (typeof policy === 'function') return { kind: 'decision', decide: policy }
  const find = createTableLookup(policy)
  return { kind: 'table', find, findGiven: createGivenLookup(find) }
}

/**
 * Combines `base`, which every request needs, with the rules of all operations. If all operations are
 * public, no scope is needed, not even `base`. A request without operations (GET, an empty batch,
 * responses) is not public: anonymous clients could otherwise open any stream.
 */
export function combineRules(
  rules: readonly (ScopeRule | undefined)[],
  base: ScopeRequirement,
): CombinedRules {
  let needed = base
  let isPublic = rules.length > 0
  let denied: string | undefined
  for (const rule of rules) {
    if (rule === 'public') continue
    isPublic = false
    if (isDenial(rule)) denied ??= rule.denied
    else needed = addRule(needed, rule)
  }
  return { needed: isPublic ? NO_SCOPES : needed, isPublic, denied }
}

/** Whether a value is the result of `deny()`, or an object like it. */
export function isDenial(value: unknown): value is Denial {
  if (!isObject(value) || !Object.hasOwn(value, 'denied')) return false
  return typeof value['denied'] === 'string' && Object.keys(value).length === 1
}

/**
 * Whether a value is a rule: `'public'`, a list of scopes, an `anyOf` with at least one scope, or a
 * denial. An empty `anyOf` is ambiguous and therefore invalid.
 */
export function isScopeRule(value: unknown): value is ScopeRule {
  if (value === 'public' || isScopeList(value) || isDenial(value)) return true
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

type Rules = Readonly<Record<string, ScopeRule | undefined>>

interface Table {
  readonly methods: Map<string, ScopeRule | undefined>
  readonly names: Map<string, Map<string, ScopeRule | undefined>>
}

/** Maps have no inherited members: a method may be called `constructor`. */
function createTableLookup(policy: Rules): RuleTable['find'] {
  const { methods, names } = createTable(policy)
  const fallback = methods.get('*')
  return ({ method, name }) => {
    const named = name === undefined ? undefined : ruleFor(names.get(method), method, name)
    return named ?? methods.get(method) ?? fallback
  }
}

/** URIs in lists of the application, whose normalisation takes microseconds. */
const MAX_KNOWN_URIS = 4096
const MAX_URI_LENGTH = 512

function createGivenLookup(find: RuleTable['find']): RuleTable['findGiven'] {
  const known = new Map<string, BoundedMap<{ readonly rule: ScopeRule | 'invalid' | undefined }>>()
  const lookUp = (method: string, given: string): ReturnType<RuleTable['findGiven']> => {
    const name = normalizeName(method, given)
    return name === undefined ? 'invalid' : find({ method, name })
  }
  return (method, given) => {
    if (nameSourceOf(method) !== 'uri') return lookUp(method, given)
    const found = known.get(method)?.get(given)
    if (found !== undefined) return found.rule
    const rule = lookUp(method, given)
    if (given.length <= MAX_URI_LENGTH) {
      const rules = known.get(method) ?? new BoundedMap({ maxEntries: MAX_KNOWN_URIS })
      rules.set(given, { rule })
      known.set(method, rules)
    }
    return rule
  }
}

function ruleFor(
  rules: Map<string, ScopeRule | undefined> | undefined,
  method: string,
  name: string,
): ScopeRule | undefined {
  return rules?.get(nameSourceOf(method) === 'uri' ? ruleKeyOf(name) : name)
}

function createTable(policy: Rules): Table {
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

function isScopeList(value: unknown): value is readonly string[] {
  return isTextList(value) && value.every((scope) => isScopeToken(scope) && isChallengeable(scope))
}
