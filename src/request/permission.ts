/** Whether the guard would let a context perform an operation: its own rules, without a request. */

import type { AnonymousContext, AuthContext, McpOperation } from '../contract/context.ts'
import type { Permission } from '../contract/permission.ts'
import type { Requirements } from '../contract/requirements.ts'
import { succeed } from '../lib/result.ts'
import { createArgumentsReader } from '../mcp/call-arguments.ts'
import { areClearParams } from '../mcp/clear-params.ts'
import { copyJson } from '../mcp/json-rpc-value.ts'
import { parseOperation } from '../mcp/operation.ts'
import { type CombinedRules, combineRules } from '../mcp/policy.ts'
import { neededOf } from '../resource/context-facts.ts'
import { scopesNeeded, scopesToOffer } from '../resource/required-scopes.ts'
import type { Holder, ResourceState } from '../resource/state.ts'
import { isSatisfied, type ScopeRequirement } from '../scope/requirement.ts'
import { nameableScopes } from '../scope/scope.ts'
import { applyMode, checkRules } from './apply-rules.ts'
import { isAuthenticatedEnough } from './authorize.ts'
import { readRequirements } from './call.ts'
import { decideAll, decideWithin, type Question, type Rules } from './decide-operations.ts'

/** A context, and what a route needs of it. */
export interface Applicant {
  /** `undefined`: the context is anonymous. */
  readonly auth: AuthContext | undefined
  readonly holder: Holder
  readonly base: ScopeRequirement
  readonly requirements: Requirements | undefined
}

/** @throws {TypeError} If the value is not a context of this resource. */
export function createApplicant(
  auth: AuthContext | AnonymousContext,
  requirements: Requirements | undefined,
  { identity, scopes }: Pick<ResourceState, 'identity' | 'scopes'>,
): Applicant {
  if (!isContext(auth) || auth.identifier !== identity.identifier) {
    throw new TypeError('auth must be a context of this resource, or a copy of one.')
  }
  const own = readRequirements(requirements)
  return {
    auth: auth.anonymous ? undefined : auth,
    holder: {
      authority: auth.anonymous ? '' : auth.issuer,
      scopes: auth.scopes,
      granted: neededOf(auth)?.granted ?? auth.scopes,
      claims: auth.anonymous ? {} : auth.claims,
    },
    base: scopesNeeded(scopes, own),
    requirements: own,
  }
}

/** An operation whose permission is in question, with the arguments that the caller knows. */
type Attempt = McpOperation & { readonly arguments?: unknown }

/** Decides about one operation as the guard would. What cannot be decided is not permitted. */
export async function decidePermission(
  attempt: Attempt,
  applicant: Applicant,
  state: ResourceState,
): Promise<Permission> {
  const { operations: reading } = state
  if (reading === undefined) return permissionFor([], applicant, state)
  const { rules, decisionTimeoutMs, maxBodyBytes } = reading
  const { method, name } = attempt
  // Most operations: a table has the rule for the name.
  if (rules.kind === 'table' && method !== 'subscriptions/listen' && typeof name === 'string') {
    const rule = rules.findGiven(method, name)
    return rule === 'invalid' ? UNDECIDED : permissionFor([rule], applicant, state)
  }
  const questions = questionsOf(attempt, maxBodyBytes)
  if (questions === undefined) return UNDECIDED
  const found =
    rules.kind === 'table'
      ? succeed(questions.map(({ operation }) => rules.find(operation)))
      : await decideWithin(decisionTimeoutMs, (deadline) =>
          decideAll(questions, rules, applicant.auth, deadline),
        )
  return found.ok ? permissionFor(found.value, applicant, state) : UNDECIDED
}

/** Whether the guard would permit operations whose rules are known. */
export function isPermitted(rules: Rules, applicant: Applicant, state: PolicyState): boolean {
  return permissionOf(combineRules(rules, applicant.base), applicant, state)
}

type PolicyState = Pick<ResourceState, 'operations' | 'scopes' | 'clock'>

function permissionOf(
  combined: CombinedRules,
  { auth, holder, base, requirements }: Applicant,
  { operations, clock }: PolicyState,
): boolean {
  if (auth === undefined && operations !== undefined) return combined.isPublic
  const applied = applyMode(combined, base, requirements, operations)
  if (applied.denied !== undefined || !isSatisfied(applied.enforced, holder.scopes)) return false
  return applied.stepUp === undefined || isAuthenticatedEnough(holder, applied.stepUp, clock)
}

function permissionFor(rules: Rules, applicant: Applicant, state: PolicyState): Permission {
  const { auth, holder, base, requirements } = applicant
  const combined = combineRules(rules, base)
  if (permissionOf(combined, applicant, state)) return PERMITTED
  if (auth === undefined) {
    return combined.denied === undefined
      ? forbidden(scopesToOffer(state.scopes, combined.needed))
      : DENIED
  }
  const decided = checkRules(holder, combined, base, requirements, state)
  if (decided.ok) return PERMITTED
  const { code, scopes = scopesToOffer(state.scopes, combined.needed) } = decided.error
  return code === 'operation_denied' ? DENIED : forbidden(scopes)
}

function forbidden(scopes: readonly string[]): Permission {
  return { ok: false, scopes: nameableScopes(scopes), denied: false }
}

const PERMITTED: Permission = /* @__PURE__ */ Object.freeze({ ok: true })
const NO_SCOPES: readonly string[] = /* @__PURE__ */ Object.freeze([])
const DENIED: Permission = /* @__PURE__ */ Object.freeze({
  ok: false,
  scopes: NO_SCOPES,
  denied: true,
})
const UNDECIDED: Permission = /* @__PURE__ */ Object.freeze({
  ok: false,
  scopes: NO_SCOPES,
  denied: false,
})

function isContext(value: unknown): value is AuthContext | AnonymousContext {
  if (typeof value !== 'object' || value === null) return false
  const { ok, anonymous, scopes } = value as Partial<AuthContext>
  return ok === true && typeof anonymous === 'boolean' && Array.isArray(scopes)
}

/** `undefined` for an operation that the guard rejects as a 400. */
function questionsOf(attempt: Attempt, maxBodyBytes: number): readonly Question[] | undefined {
  const { method, name } = attempt
  const given: unknown = Object.hasOwn(attempt, 'arguments') ? attempt.arguments : undefined
  const params = method === 'subscriptions/listen' ? given : paramsOf(name)
  const parsed = parseOperation({ method, params, isNotification: false })
  if (!parsed.ok) return undefined
  const reader = createArgumentsReader(() => {
    if (given === undefined) return { value: undefined }
    const copy = copyJson(given, maxBodyBytes)
    return copy.ok && areClearParams(copy.value)
      ? { value: structuredClone(copy.value) }
      : undefined
  })
  const { operation, implied } = parsed.value
  return [operation, ...implied].map((each) => ({ operation: each, reader }))
}

/** Parameters in which every method finds this name. */
function paramsOf(name: string | undefined): unknown {
  return name === undefined ? {} : { name, uri: name, taskId: name, ref: { name } }
}
