/** The scopes that a request needs and a token has, and the principal of a token. */

import { type Case, SECOND_ISSUER } from './factors.ts'

export type Claims = Readonly<Record<string, unknown>>

interface Operations {
  /** The names of the tools, in order. */
  readonly list: readonly string[]
  readonly isReadable: boolean
  /** Whether a policy makes all of them public. No operations are never public. */
  readonly isPublic: boolean
}

export function operationsOf({ method, body, operations }: Case): Operations {
  if (method !== 'POST') return { list: [], isReadable: true, isPublic: false }
  const isReadable = body !== 'ambiguous' && body !== 'empty'
  if (!isReadable || body === 'response') return { list: [], isReadable, isPublic: false }
  const batches: Partial<Record<string, string[]>> = {
    batch: ['read', 'write'],
    mixed: ['help', 'read'],
  }
  const list = batches[body] ?? [body]
  return { list, isReadable, isPublic: operations !== 'none' && body === 'help' }
}

/** A rule: each list of alternatives needs one of them. */
type Alternatives = readonly string[]

const RULES: Readonly<Record<string, Alternatives | undefined>> = {
  read: ['read'],
  write: ['write'],
  any: ['write', 'admin'],
}
const ROUTES = { none: [], write: [['write']], any: [['admin', 'write']] } as const
const OWN = { none: [], read: [['read']], write: [['write']] } as const

/** What a request needs: all of it is named, also where `decisionMode` is `'report'`. */
function rulesOf(each: Case, isKnown: boolean): readonly Alternatives[] {
  const { list, isPublic } = operationsOf(each)
  const isAsked = each.operations !== 'none' && isKnown
  if (isPublic && isAsked) return []
  const asked = isAsked ? list.flatMap((name) => (RULES[name] ? [RULES[name]] : [])) : []
  return [...OWN[each.requiredScopes], ...ROUTES[each.scopes], ...asked]
}

/** With `decisionMode: 'report'` the rules of operations are not enforced, but `'public'` counts. */
export function isSufficient(each: Case, granted: readonly string[]): boolean {
  const has = closure(each, granted)
  const isEnforced = each.operations !== 'report' || operationsOf(each).isPublic
  return rulesOf(each, isEnforced).every((one) => one.some((scope) => has.includes(scope)))
}

/** The scopes of a challenge. An asynchronous decision names none where there is no token. */
export function namedBy(each: Case, isVerified: boolean, granted: readonly string[]): string[] {
  const isAsked = isVerified || each.operations !== 'decision' || asksAnonymous(each)
  const rules = rulesOf(each, isAsked)
  const choices = rules.filter(({ length }) => length > 1)
  const names = [...rules.filter(({ length }) => length === 1), ...choices].map(
    ([first = '']) => first,
  )
  return [...new Set([...names, ...granted])]
}

function asksAnonymous({ optional, scheme, source }: Case): boolean {
  const isAbsent = source === 'field' ? scheme !== 'field' : !['Bearer', 'DPoP'].includes(scheme)
  return optional === 'yes' && isAbsent
}

export interface Granted {
  readonly scopes: readonly string[]
  /** With what the hierarchy adds. */
  readonly closed: readonly string[]
  readonly clientId: string | undefined
  readonly subject: string | undefined
  /** A subject that is not a string. */
  readonly isOddSubject: boolean
}

export function grantedTo(each: Case, claims: Claims): Granted {
  const isNamed = each.claims === 'named' && claims['iss'] !== SECOND_ISSUER
  const scope = claims[isNamed ? 'permissions' : 'scope']
  const scopes =
    typeof scope === 'string' ? scope.split(' ').filter((name) => name !== '') : (scope as string[])
  const subject = claims[isNamed ? 'uid' : 'sub']
  const clientId = claims[isNamed ? 'app' : 'client_id']
  return {
    scopes: scopes ?? [],
    closed: closure(each, scopes ?? []),
    clientId: textOf(clientId),
    subject: textOf(subject),
    isOddSubject: subject !== undefined && typeof subject !== 'string',
  }
}

/** `admin` includes `write`, which includes `read`. */
function closure({ hierarchy }: Case, scopes: readonly string[]): string[] {
  const order = ['admin', 'write', 'read']
  const highest = order.findIndex((scope) => scopes.includes(scope))
  const implied = hierarchy === 'chain' && highest >= 0 ? order.slice(highest) : []
  return [...new Set([...scopes, ...implied])]
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}
