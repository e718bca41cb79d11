/**
 * What the members of a preset must be. Their values come from environment variables more often than
 * not, so one that is not set must not end up in an issuer: all mistakes of a preset are named at once.
 */

import { ConfigError, type ConfigProblem } from '../contract/errors.ts'
import { isObject, type JsonObject, kindOf } from '../lib/json.ts'
import { ownMember } from '../lib/own-members.ts'
import { isSecureTransport, isWellWritten, parseUrl } from '../lib/safe-url.ts'
import { urlOf } from './shared.ts'

/** What one member must be. */
export interface Member {
  readonly is: keyof typeof KINDS
  readonly isOptional?: boolean
  /** Whether it may be a list of such, must be one, or is a single one. @default 'never' */
  readonly list?: 'may' | 'must' | 'orFunction'
  /** A good value, for the message about a bad one. */
  readonly example?: string
  /** Of a `url`: the path that the preset adds. */
  readonly adds?: string
  /** Of a `choice`. */
  readonly values?: readonly string[]
  /** Of a `pattern`. */
  readonly pattern?: RegExp
}

/** Every member of a preset by its name. */
export type Members<Options> = { readonly [Name in keyof Options]-?: Member }

export const AUDIENCE: Member = { is: 'text', list: 'may', isOptional: true }
export const CLIENTS: Member = { is: 'text', list: 'must' }
export const FLAG: Member = { is: 'flag', isOptional: true }
export const CREDENTIALS: Member = { is: 'credentials', isOptional: true }
export const QUESTION = {
  accepts: { is: 'function', isOptional: true },
  cacheSeconds: { is: 'seconds', isOptional: true },
} as const

/**
 * Checks the options of a preset.
 *
 * @param preset Its name: paths begin with it, as in `auth0.domain`.
 * @param options What was given.
 * @param members Every member that there is.
 * @returns The members, and nothing that the options only inherit.
 * @throws {ConfigError} If a member is not what it must be; `tenantId` must be a GUID, since no
 * token would name anything else.
 */
export function membersOf<Options extends object>(
  preset: string,
  options: Options,
  members: Members<Options>,
): Options {
  const given: unknown = options
  if (!isObject(given)) {
    const message = `must be an object with ${requiredIn(members).join(' and ')}, not ${kindOf(given)}`
    throw new ConfigError([{ path: preset, message }])
  }
  const problems: ConfigProblem[] = []
  const checked: Record<string, unknown> = {}
  const allowsHttp = ownMember(given, 'dangerouslyAllowHttp') === true
  for (const [name, member] of Object.entries<Member>(members)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    checked[name] = value
    if (value === undefined && member.isOptional === true) continue
    problems.push(...problemsOf(`${preset}.${name}`, value, member, allowsHttp))
  }
  const known = Object.keys(members)
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const message = `is not known; is ${nearest(name, known)} meant?`
    problems.push({ path: `${preset}.${name}`, message })
  }
  if (problems.length > 0) throw new ConfigError(problems)
  return checked as Options
}

type Rule = (value: unknown, member: Member, allowsHttp: boolean) => string | undefined

/** What is wrong with a value, in words that follow its path. */
const KINDS = {
  text: textProblem,
  secret: (value) => blankProblem(value) ?? (isNotSet(value) ? NOT_SET : undefined),
  host: hostProblem,
  url: urlProblem,
  issuer: issuerUrlProblem,
  segment: segmentProblem,
  pattern: (value, { pattern }) =>
    textProblem(value) ??
    (pattern?.test(value as string) === true ? undefined : 'has another form'),
  choice: (value, { values = [] }) =>
    values.includes(value as string) ? undefined : `must be ${values.join(' or ')}`,
  flag: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  seconds: (value) =>
    typeof value === 'number' && value >= 0 && value < Infinity
      ? undefined
      : 'must be a number of at least 0',
  function: (value) => (typeof value === 'function' ? undefined : 'must be a function'),
  credentials: (value) => (isObject(value) ? undefined : 'must be an object with clientId'),
} satisfies Record<string, Rule>

/** What of `introspection` comes from the environment. The rest is checked with the resource. */
const CREDENTIAL_MEMBERS: Readonly<Record<string, Member>> = {
  clientId: { is: 'text' },
  clientSecret: { is: 'secret', isOptional: true },
  endpoint: { is: 'issuer', isOptional: true },
}

function problemsOf(
  path: string,
  value: unknown,
  member: Member,
  allowsHttp: boolean,
): ConfigProblem[] {
  const { example, is, list } = member
  const remedy = example === undefined ? '' : `; give one such as ${example}`
  if (list === 'orFunction' && typeof value === 'function') return []
  if (list !== undefined && Array.isArray(value)) {
    // An empty one is for the resource to refuse, as that of any server.
    return value.flatMap((each, index) =>
      problemsOf(`${path}[${index}]`, each, withoutList(member), allowsHttp),
    )
  }
  if ((list === 'must' || list === 'orFunction') && value !== undefined) {
    return [{ path, message: `must be an array, not ${kindOf(value)}` }]
  }
  const rule: Rule = KINDS[is]
  const problem = rule(value, member, allowsHttp)
  if (problem !== undefined) return [{ path, message: problem + remedy }]
  return is === 'credentials' ? credentialProblems(path, value as JsonObject, allowsHttp) : []
}

function withoutList({ list: _, ...member }: Member): Member {
  return member
}

function credentialProblems(path: string, given: JsonObject, allowsHttp: boolean): ConfigProblem[] {
  return Object.entries(CREDENTIAL_MEMBERS).flatMap(([name, member]) => {
    // Named but undefined: the variable that it was to come from is not set.
    if (member.isOptional === true && !Object.hasOwn(given, name)) return []
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    return problemsOf(`${path}.${name}`, value, member, allowsHttp)
  })
}

const NOT_SET = "holds 'undefined' or 'null'; is an environment variable not set?"
/** What a template literal makes of a variable that is not set. */
const UNSET_WORD = /(?:^|[^a-z0-9])undefined(?:$|[^a-z0-9])/i
const UNSET_PART = /(?:^|[^a-z0-9])(?:undefined|null)(?:$|[^a-z0-9])/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/
/** What separates or escapes parts of a path: each reader would find other parts. */
const ESCAPED = /%(?:2f|5c|2e|25|23|3f|[01])/i

function blankProblem(value: unknown): string | undefined {
  if (value === undefined) return 'is not set; is an environment variable missing?'
  if (typeof value !== 'string') return `must be a string, not ${kindOf(value)}`
  if (value.trim() === '') return 'is empty; is an environment variable missing?'
  return value === value.trim() ? undefined : 'has white space around it; remove it'
}

function isNotSet(value: unknown): boolean {
  return value === 'undefined' || value === 'null' || value === '[object Object]'
}

function textProblem(value: unknown): string | undefined {
  const problem = blankProblem(value)
  if (problem !== undefined) return problem
  if (isNotSet(value) || UNSET_WORD.test(value as string)) return NOT_SET
  return CONTROL.test(value as string) ? 'holds control characters' : undefined
}

function partProblem(value: unknown): string | undefined {
  return textProblem(value) ?? (UNSET_PART.test(value as string) ? NOT_SET : undefined)
}

/** A domain with nothing behind it. */
function hostProblem(value: unknown, member: Member, allowsHttp: boolean): string | undefined {
  const problem = urlProblem(value, member, allowsHttp)
  if (problem !== undefined) return problem
  const { pathname } = new URL(urlOf(value as string))
  return pathname === '/' ? undefined : 'must be a domain without a path'
}

/** A place as people write it: with or without scheme, with or without a slash at the end. */
function urlProblem(value: unknown, { adds }: Member, allowsHttp: boolean): string | undefined {
  const problem = partProblem(value)
  if (problem !== undefined) return problem
  const text = urlOf(value as string)
  if (text.endsWith('/')) return 'ends in several slashes'
  const misfit = placeProblem(text, allowsHttp)
  if (misfit !== undefined || adds === undefined) return misfit
  return `${text}/`.includes(`${adds}/`) ? `must not hold ${adds}, which is added` : undefined
}

/** An issuer to the letter, or an endpoint: nothing is added to it, so a slash may end it. */
function issuerUrlProblem(value: unknown, _: Member, allowsHttp: boolean): string | undefined {
  const problem = partProblem(value)
  if (problem !== undefined) return problem
  const text = value as string
  return /^https?:\/\//.test(text) ? placeProblem(text, allowsHttp) : 'must begin with https://'
}

function placeProblem(text: string, allowsHttp: boolean): string | undefined {
  const url = parseUrl(text)
  if (url === undefined || !isWellWritten(text)) return 'is neither a domain nor an https URL'
  if (/[?#]/.test(text)) return 'must have neither query nor fragment'
  if (url.username !== '' || url.password !== '') return 'must not hold a user name or password'
  if (!isSecureTransport(url, allowsHttp)) return 'must be https; plain http is for loopback only'
  const [, , authority = '', ...parts] = text.split('/')
  if (authority !== url.host) return `has a host that is not written as tokens have it: ${url.host}`
  if (url.hostname.split('.').includes('')) return 'has a host with an empty part'
  const path = parts.length === 0 ? '/' : `/${parts.join('/')}`
  return path === url.pathname && !path.includes('//') && !ESCAPED.test(path)
    ? undefined
    : 'has empty parts, dots or escapes in its path'
}

/** One part of a path, as it is written there. */
function segmentProblem(value: unknown): string | undefined {
  const problem = partProblem(value)
  if (problem !== undefined) return problem
  const text = value as string
  const isPart = /^(?:[\w.~!$&'()*+,;=:@-]|%[0-9a-f]{2})+$/i.test(text) && !ESCAPED.test(text)
  return isPart && text !== '.' && text !== '..'
    ? undefined
    : 'must be one part of a path, written as in a URL'
}

function requiredIn(members: Readonly<Record<string, Member>>): string[] {
  return Object.keys(members).filter((name) => members[name]?.isOptional !== true)
}

/** The name that differs least. */
function nearest(name: string, known: readonly string[]): string {
  const ranked = known
    .map((each) => ({
      each,
      distance: distanceOf(name.slice(0, 64).toLowerCase(), each.toLowerCase()),
    }))
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.each ?? ''
}

/** Levenshtein's: how many letters have to be added, removed or replaced. */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1]
    for (const [column, other] of [...to].entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1)
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}
