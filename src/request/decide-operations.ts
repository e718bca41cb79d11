/** The rules for the operations of a call: looked up in a table, or decided by the application. */

import type { AuthContext, McpOperation } from '../contract/context.ts'
import type { ScopeRule } from '../contract/operation-policy.ts'
import { Deadline, EXPIRED } from '../lib/deadline.ts'
import { type Awaitable, andThen, dropPromise, isPromise } from '../lib/promise.ts'
import { fail, type Result, succeed } from '../lib/result.ts'
import { type ArgumentsReader, argumentsIn, createArgumentsReader } from '../mcp/call-arguments.ts'
import { areClearParams, findClearParams } from '../mcp/clear-params.ts'
import {
  type CombinedRules,
  combineRules,
  isDenial,
  isScopeRule,
  type RuleDecision,
} from '../mcp/policy.ts'
import type { OperationReading, ReadOperations } from '../resource/state.ts'
import type { ScopeRequirement } from '../scope/requirement.ts'

/** One operation, and the arguments of its call. */
export interface Question {
  readonly operation: McpOperation
  readonly reader: ArgumentsReader
}

export type Rules = readonly (ScopeRule | undefined)[]
type RuleFailure = 'unavailable' | 'body_invalid' | 'internal'

/**
 * Finds the rules for all operations. Decisions are made one after the other, within one time limit. With
 * a token the first denial ends them.
 *
 * Fails with
 * - `unavailable` — a decision throws, or is not made in time
 * - `body_invalid` — a decision reads arguments that have more than one reading
 * - `internal` — a decision returns something else than a rule
 */
export function findRules(
  read: ReadOperations,
  { rules, decisionTimeoutMs }: Pick<OperationReading, 'rules' | 'decisionTimeoutMs'>,
  auth: AuthContext | undefined,
): Awaitable<Result<Rules, RuleFailure>> {
  if (rules.kind === 'table') return succeed(read.operations.map(rules.find))
  return decideWithin(decisionTimeoutMs, (deadline) =>
    decideAll(questionsOf(read), rules, auth, deadline),
  )
}

/** Makes decisions within a time limit of their own. */
export async function decideWithin<Outcome>(
  timeoutMs: number,
  decide: (deadline: Deadline) => Promise<Outcome>,
): Promise<Outcome> {
  const deadline = new Deadline(timeoutMs)
  try {
    return await decide(deadline)
  } finally {
    deadline.end()
  }
}

/** Makes the decisions of {@link findRules}, which fails in the same way. */
export async function decideAll(
  questions: Iterable<Question>,
  { decide }: RuleDecision,
  auth: AuthContext | undefined,
  deadline: Deadline,
): Promise<Result<Rules, RuleFailure>> {
  const found: (ScopeRule | undefined)[] = []
  for (const { operation, reader } of questions) {
    let rule: unknown
    try {
      const given: unknown = decide(operation, auth, reader.call)
      rule = isPromise(given) ? await deadline.race(given) : given
    } catch {
      rule = EXPIRED
    }
    if (reader.isAmbiguous()) return fail('body_invalid')
    if (rule === EXPIRED) return fail('unavailable')
    if (rule !== undefined && !isScopeRule(rule)) return fail('internal')
    found.push(rule)
    if (auth !== undefined && isDenial(rule)) break
  }
  return succeed(found)
}

/** Combines the rules of {@link findRules} with `base`, which every request needs. */
export function combinedRulesOf(
  read: ReadOperations,
  reading: Pick<OperationReading, 'rules' | 'decisionTimeoutMs'>,
  base: ScopeRequirement,
  auth: AuthContext | undefined,
): Awaitable<Result<CombinedRules, RuleFailure>> {
  return andThen(findRules(read, reading, auth), (rules) =>
    rules.ok ? succeed(combineRules(rules.value, base)) : rules,
  )
}

/**
 * Finds the rules that a 401 may name. Of decisions only synchronous results count: a request without a
 * valid token must not cost the application a query. A promise, an exception and a denial are dropped.
 *
 * Fails with `internal` if a decision returns something else than a rule.
 */
export function findKnownRules(
  read: ReadOperations,
  { rules }: Pick<OperationReading, 'rules'>,
): Result<Rules, 'internal'> {
  if (rules.kind === 'table') return succeed(read.operations.map(rules.find))
  const found: (ScopeRule | undefined)[] = []
  for (const { operation, reader } of questionsOf(read)) {
    let rule: unknown
    try {
      rule = rules.decide(operation, undefined, reader.call)
    } catch {
      // Without a decision the challenge names the other scopes.
    }
    if (dropPromise(rule) || reader.isAmbiguous()) rule = undefined
    if (rule !== undefined && !isScopeRule(rule)) return fail('internal')
    found.push(rule)
  }
  return succeed(found)
}

function* questionsOf({ named, calls, text }: ReadOperations): Generator<Question> {
  let clear: readonly boolean[] | undefined
  for (const [index, { operation, implied }] of named.entries()) {
    const call = calls[index]
    const isClear = (): boolean => {
      if (text === undefined) return areClearParams(call?.params)
      clear ??= findClearParams(text())
      return clear[index] === true
    }
    const reader = createArgumentsReader(() => {
      if (call === undefined || !isClear()) return undefined
      const value = argumentsIn(call)
      // A copy of the application's value has no prototype.
      return { value: text === undefined ? structuredClone(value) : value }
    })
    yield { operation, reader }
    for (const each of implied) yield { operation: each, reader }
  }
}
