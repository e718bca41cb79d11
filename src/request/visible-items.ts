/** The items of a list that the guard would permit a context to use. */

import type { McpOperation } from '../contract/context.ts'
import type { ScopeRule } from '../contract/operation-policy.ts'
import type { ListedMethod } from '../contract/permission.ts'
import type { Deadline } from '../lib/deadline.ts'
import { createArgumentsReader } from '../mcp/call-arguments.ts'
import { normalizeName } from '../mcp/operation.ts'
import type { RuleDecision } from '../mcp/policy.ts'
import type { OperationReading, ResourceState } from '../resource/state.ts'
import { decideAll, decideWithin } from './decide-operations.ts'
import { type Applicant, isPermitted } from './permission.ts'

/** The member that names an item, by the method of its call. */
const NAMES: Readonly<Record<ListedMethod, 'name' | 'uri'>> = {
  'tools/call': 'name',
  'prompts/get': 'name',
  'resources/read': 'uri',
  'resources/subscribe': 'uri',
}

/** Decisions that run at the same time. */
const MAX_CONCURRENT = 16

/**
 * Filters items by the permission of their calls.
 *
 * @throws {TypeError} If the method does not name items, or the items are not an array.
 */
export async function findVisible<Item>(
  method: ListedMethod,
  items: readonly Item[],
  applicant: Applicant,
  state: ResourceState,
): Promise<Item[]> {
  if (!Object.hasOwn(NAMES, method)) {
    const methods = Object.keys(NAMES).join(', ')
    throw new TypeError(`The method must be that of the call, one of ${methods}.`)
  }
  if (!Array.isArray(items)) throw new TypeError('The items must be an array.')
  const { operations: reading } = state
  if (reading === undefined) {
    // Without a policy no body is read, so every call has the same permission.
    const passes = isPermitted([], applicant, state)
    return items.filter((item) => passes && typeof memberOf(item, NAMES[method]) === 'string')
  }
  if (reading.rules.kind === 'decision') {
    return decideItems(method, items, applicant, state, { ...reading, rules: reading.rules })
  }
  const { findGiven } = reading.rules
  const passes = createRuleCheck(applicant, state)
  return items.filter((item) => {
    const name = memberOf(item, NAMES[method])
    if (typeof name !== 'string') return false
    const rule = findGiven(method, name)
    return rule !== 'invalid' && passes(rule)
  })
}

/** A table has few rules, so each is checked once for the whole list. */
function createRuleCheck(
  applicant: Applicant,
  state: ResourceState,
): (rule: ScopeRule | undefined) => boolean {
  const known = new Map<ScopeRule | undefined, boolean>()
  return (rule) => {
    const passes = known.get(rule) ?? isPermitted([rule], applicant, state)
    known.set(rule, passes)
    return passes
  }
}

async function decideItems<Item>(
  method: ListedMethod,
  items: readonly Item[],
  applicant: Applicant,
  state: ResourceState,
  { rules, decisionTimeoutMs }: OperationReading & { readonly rules: RuleDecision },
): Promise<Item[]> {
  const isVisible: boolean[] = []
  const remaining = items.entries()
  const work = async (deadline: Deadline): Promise<void> => {
    for (const [index, item] of remaining) {
      if (deadline.isExpired) return
      const operation = operationOf(item, method)
      if (operation === undefined) continue
      const questions = [{ operation, reader: WITHOUT_ARGUMENTS }]
      const rule = await decideAll(questions, rules, applicant.auth, deadline)
      isVisible[index] = rule.ok && isPermitted(rule.value, applicant, state)
    }
  }
  await decideWithin(decisionTimeoutMs, (deadline) =>
    Promise.all(Array.from({ length: MAX_CONCURRENT }, () => work(deadline))),
  )
  return items.filter((_, index) => isVisible[index] === true)
}

const WITHOUT_ARGUMENTS = /* @__PURE__ */ createArgumentsReader(() => ({ value: undefined }))

/** The operation of an item; `undefined` for an item without a name, or with an invalid URI. */
function operationOf(item: unknown, method: ListedMethod): McpOperation | undefined {
  const given = memberOf(item, NAMES[method])
  const name = typeof given === 'string' ? normalizeName(method, given) : undefined
  return name === undefined ? undefined : { method, name }
}

/** An own member. One whose accessor throws is like a missing one. */
function memberOf(item: unknown, name: string): unknown {
  if (typeof item !== 'object' || item === null) return undefined
  try {
    return Object.hasOwn(item, name) ? (item as Record<string, unknown>)[name] : undefined
  } catch {
    return undefined
  }
}
