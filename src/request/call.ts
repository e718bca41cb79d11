/** The call being decided: a request or a bare token, its requirements, and the facts of the host. */

import { throwProblems } from '../contract/config-error.ts'
import { startTiming } from '../contract/events.ts'
import { type HostFacts, hostFact } from '../contract/ports.ts'
import type { RejectionReason } from '../contract/rejection-reason.ts'
import type { Requirements } from '../contract/requirements.ts'
import { RequestBudget } from '../documents/request-budget.ts'
import { isObject, isPlainObject, isTextList, isWholeNumber } from '../lib/json.ts'
import { ownMember } from '../lib/own-members.ts'
import { dropPromise } from '../lib/promise.ts'
import type { Result } from '../lib/result.ts'
import { scopesNeeded } from '../resource/required-scopes.ts'
import type { AuditTrail } from '../resource/slots.ts'
import type { ResourceState } from '../resource/state.ts'
import type { ScopeRequirement } from '../scope/requirement.ts'
import { prefixProblems } from '../scope/scope-prefix.ts'

/** What the steps of the pipeline return: a value for the next step, or the reason of a rejection. */
export type StepResult<Value> = Result<Value, RejectionReason>

/** Credentials come in a request, or as a token on its own (`verifyAccessToken`). */
type CallSource =
  | { readonly request: Request; readonly token?: undefined }
  | { readonly request?: undefined; readonly token: string }

/** One call of `authenticate` or `verifyAccessToken`. */
export interface Call {
  readonly request: Request | undefined
  /** The token that came without a request. */
  readonly token: string | undefined
  readonly requirements: Requirements | undefined
  /** Facts of the host; `requirements` never override them. */
  readonly host: HostFacts | undefined
  /** The scopes that the resource and the route need, whatever the operations are. */
  readonly needed: ScopeRequirement
  readonly budget: RequestBudget
  /** When the decision began, on the clock of `performance.now()`; only where durations are measured. */
  readonly startedMs: number | undefined
  /** Filled in on the way; only where audit records are written. */
  readonly trail: AuditTrail | undefined
}

/**
 * @throws {TypeError} If the requirements or the facts of the host are not objects, or a requirement is unknown.
 * @throws {ConfigError} If the requirements name a scope that no token of the resource's servers has.
 */
export function createCall(
  { request, token }: CallSource,
  requirements: Requirements | undefined,
  host: HostFacts | undefined,
  { audit, scopes, events }: Pick<ResourceState, 'audit' | 'scopes' | 'events'>,
): Call {
  // A promise has no `body`: the decision would be about the request's own body instead.
  mustBeObject(host, 'Host facts must be an object such as { body }, and not a promise of one.')
  if (host !== undefined) mustFit(host, null)
  const own = readRequirements(requirements)
  if (own?.scopes !== undefined && scopes.prefixes?.coverEveryScope === true) {
    throwProblems(prefixProblems('requirements.scopes', own.scopes, scopes.prefixes))
  }
  return {
    request,
    token,
    requirements: own,
    host,
    needed: scopesNeeded(scopes, own),
    budget: new RequestBudget(hostFact(host, 'waitUntil') ?? own?.waitUntil),
    startedMs: startTiming(events.measuresDurations),
    trail: audit && { token: undefined, operations: undefined, denied: undefined },
  }
}

type AllRequirements = { readonly [Name in keyof Required<Requirements>]: Requirements[Name] }

/** Every requirement, absent. */
const NO_REQUIREMENTS: AllRequirements = {
  scopes: undefined,
  acrValues: undefined,
  maxAgeSeconds: undefined,
  optional: undefined,
  certificate: undefined,
  waitUntil: undefined,
}

/**
 * The own requirements of a call.
 *
 * @throws {TypeError} As {@link ownRequirements}, and if a requirement is unknown or has a wrong type.
 */
export function readRequirements(requirements: Requirements | undefined): Requirements | undefined {
  const own = ownRequirements(requirements)
  if (own === undefined) return undefined
  // Accessors of a class are not own members: they would require nothing.
  if (!isPlainObject(requirements as object))
    throw new TypeError('Requirements must be a plain object.')
  const unknown = unknownNameIn(own)
  if (unknown !== undefined) throw new TypeError(`${unknown} is not a requirement.`)
  mustFit(own)
  return own
}

/**
 * A copy of the requirements that inherits none: a polluted `Object.prototype` must not add any.
 *
 * @throws {TypeError} If the requirements are not an object: a promise has no `scopes`, and would
 * require nothing.
 */
export function ownRequirements(requirements: Requirements | undefined): Requirements | undefined {
  mustBeObject(
    requirements,
    'Requirements must be an object such as { scopes: [] }, and not a promise of one.',
  )
  return requirements && { ...NO_REQUIREMENTS, ...requirements }
}

function mustBeObject(value: unknown, message: string): void {
  if (value !== undefined && (!isObject(value) || dropPromise(value))) throw new TypeError(message)
}

/** A misspelt requirement would require nothing, and so would a member beside `anyOf`. */
function unknownNameIn(requirements: Requirements): string | undefined {
  const { scopes } = requirements
  const choice = isObject(scopes) ? Object.keys(scopes) : []
  return (
    Object.keys(requirements).find((name) => !Object.hasOwn(NO_REQUIREMENTS, name)) ??
    choice.find((name) => name !== 'anyOf')
  )
}

/**
 * @param absent Another value that counts as absent. Facts may come from `headers.get()`, which returns `null`.
 * @throws {TypeError} If a requirement, or a fact of the host with the same name, has a wrong type.
 */
function mustFit(members: Requirements | HostFacts, absent?: null): void {
  for (const [name, [expected, fits]] of CHECKS) {
    const value = ownMember(members as Readonly<Record<string, unknown>>, name)
    if (value === undefined || value === absent || fits(value)) continue
    throw new TypeError(`${name} must be ${expected}.`)
  }
}

type Type = readonly [expected: string, fits: (value: unknown) => boolean]

/**
 * No token meets scopes that are a text, and no challenge can name them. `includes` of a text finds substrings, and a
 * text would be appended to `auth_time`, so that no authentication would ever be too old.
 */
const TYPES: Readonly<Record<keyof Requirements, Type>> = {
  scopes: [
    'an array of scopes or { anyOf: [...] }',
    (value) => isTextList(isObject(value) ? ownMember(value, 'anyOf') : value),
  ],
  acrValues: ['an array of strings', isTextList],
  maxAgeSeconds: ['a whole number of at least 0', isWholeNumber],
  optional: /* @__PURE__ */ typed('boolean'),
  certificate: /* @__PURE__ */ typed('string'),
  waitUntil: /* @__PURE__ */ typed('function'),
}

/** Made once: each request with requirements or facts of the host goes through it. */
const CHECKS = /* @__PURE__ */ Object.entries(TYPES)

function typed(type: 'string' | 'boolean' | 'function'): Type {
  return [`a ${type}`, (value) => typeof value === type]
}
