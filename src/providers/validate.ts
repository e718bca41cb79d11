/**
 * Checks the options of presets. Their values often come from environment variables, and an unset
 * variable must not become part of an issuer. One `ConfigError` lists all problems of a preset.
 */

import { ConfigError, type ConfigProblem, throwProblems } from '../contract/config-error.ts'
import { editDistance } from '../lib/edit-distance.ts'
import { isObject, type JsonObject, kindOf } from '../lib/json.ts'
import { ownMember, ownMembers } from '../lib/own-members.ts'
import { isSecureTransport, isWellWritten, parseUrl } from '../lib/safe-url.ts'
import { CLOUD_NAMES } from './entra-clouds.ts'
import { toUrl } from './shared.ts'

/** The rule for one option. */
export interface OptionRule {
  readonly is: keyof typeof CHECKS
  readonly isOptional?: boolean
  /**
   * `may`: one value or a list; `must`: a list; `orFunction`: a list or a function; left out: one
   * value.
   */
  readonly list?: 'may' | 'must' | 'orFunction'
  /** A valid value, for the message about an invalid one. */
  readonly example?: string
  /** For `url`: the path that the preset appends. */
  readonly adds?: string
  /** For `choice`: the valid values. */
  readonly values?: readonly string[]
  /** For `pattern` and `host`: the valid form. */
  readonly pattern?: RegExp
}

/** The rules of a preset by the names of its options. */
type OptionRules<Options> = { readonly [Name in keyof Options]-?: OptionRule }

export const AUDIENCE: OptionRule = { is: 'text', list: 'may', isOptional: true }
export const CLIENTS: OptionRule = { is: 'text', list: 'must' }
export const FLAG: OptionRule = { is: 'flag', isOptional: true }
export const CREDENTIALS: OptionRule = { is: 'credentials', isOptional: true }
/** The rules of `QuestionOptions`. */
export const QUESTION = {
  accepts: { is: 'function', isOptional: true },
  cacheSeconds: { is: 'seconds', isOptional: true },
} as const

/**
 * Validates the options of a preset.
 *
 * @param preset The preset's name, which begins every path: `auth0.domain`.
 * @param options The options as the application passed them.
 * @param rules The rule for each option.
 * @returns The options' own members, without inherited ones.
 * @throws {ConfigError} If a member is missing, unknown or invalid.
 */
export function validateOptions<Options extends object>(
  preset: string,
  options: Options,
  rules: OptionRules<Options>,
): Options {
  const given: unknown = options
  if (!isObject(given)) {
    const message = `must be an object with ${requiredIn(rules).join(' and ')}, not ${kindOf(given)}`
    throw new ConfigError([{ path: preset, message }])
  }
  const problems: ConfigProblem[] = []
  const validated: Record<string, unknown> = {}
  const allowsHttp = ownMember(given, 'dangerouslyAllowHttp') === true
  for (const [name, rule] of Object.entries<OptionRule>(rules)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    validated[name] = value
    if (value === undefined && ownMember(rule, 'isOptional') === true) continue
    problems.push(...problemsOf(`${preset}.${name}`, value, rule, allowsHttp))
  }
  const known = Object.keys(rules)
  for (const name of Object.keys(given)) {
    if (known.includes(name)) continue
    const similar = nearest(name, known)
    const message =
      similar === undefined
        ? `is not an option; it has ${known.join(', ')}`
        : `is not an option; did you mean ${similar}?`
    problems.push({ path: `${preset}.${name}`, message })
  }
  throwProblems(problems)
  return validated as Options
}

type CheckOf<Value> = (value: Value, rule: OptionRule, allowsHttp: boolean) => string | undefined
type Check = CheckOf<unknown>

/** Each check returns what is wrong with a value, as text that follows the path of the option. */
const CHECKS = {
  text: textProblem,
  secret: (value) => blankProblem(value) ?? (isUnset(value) ? UNSET : undefined),
  host: ofPart(hostProblem),
  url: ofPart(urlProblem),
  issuer: ofPart(issuerUrlProblem),
  segment: ofPart(segmentProblem),
  pattern: (value, { pattern }) =>
    textProblem(value) ??
    (pattern?.test(value as string) === true ? undefined : 'has the wrong form'),
  choice: (value, { values = [] }) =>
    values.includes(value as string) ? undefined : `must be ${values.join(' or ')}`,
  flag: (value) => (typeof value === 'boolean' ? undefined : 'must be true or false'),
  seconds: (value) =>
    typeof value === 'number' && value >= 0 && value < Infinity
      ? undefined
      : 'must be a number of at least 0',
  function: (value) => (typeof value === 'function' ? undefined : 'must be a function'),
  cloud: cloudProblem,
  credentials: (value) => (isObject(value) ? undefined : 'must be an object with clientId'),
} satisfies Record<string, Check>

/** The members of `introspection` that often come from the environment. The resource checks the rest. */
const CREDENTIAL_RULES: Readonly<Record<string, OptionRule>> = {
  clientId: { is: 'text' },
  clientSecret: { is: 'secret', isOptional: true },
  endpoint: { is: 'issuer', isOptional: true },
}

function problemsOf(
  path: string,
  value: unknown,
  given: OptionRule,
  allowsHttp: boolean,
): ConfigProblem[] {
  const rule = ownMembers(given)
  const { example, is, list } = rule
  const remedy = example === undefined ? '' : `; for example ${example}`
  if (list === 'orFunction' && typeof value === 'function') return []
  if (list !== undefined && Array.isArray(value)) {
    // The resource rejects an empty list, as for any server.
    return value.flatMap((each, index) =>
      problemsOf(`${path}[${index}]`, each, withoutList(rule), allowsHttp),
    )
  }
  if ((list === 'must' || list === 'orFunction') && value !== undefined) {
    return [{ path, message: `must be an array, not ${kindOf(value)}` }]
  }
  const check: Check = CHECKS[is]
  const problem = check(value, rule, allowsHttp)
  if (problem !== undefined) return [{ path, message: problem + remedy }]
  return is === 'credentials' ? credentialProblems(path, value as JsonObject, allowsHttp) : []
}

function withoutList({ list: _, ...rule }: OptionRule): OptionRule {
  return rule
}

function credentialProblems(path: string, given: JsonObject, allowsHttp: boolean): ConfigProblem[] {
  return Object.entries(CREDENTIAL_RULES).flatMap(([name, rule]) => {
    // A member that is present but undefined comes from an unset environment variable.
    const isOptional = ownMember(rule, 'isOptional') === true
    if (isOptional && !Object.hasOwn(given, name)) return []
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    return problemsOf(`${path}.${name}`, value, rule, allowsHttp)
  })
}

const UNSET = "contains 'undefined' or 'null'; is an environment variable not set?"
/** A template literal turns an unset variable into this word. */
const UNSET_WORD = /(?:^|[^a-z0-9])undefined(?:$|[^a-z0-9])/i
/** `dev-null.example` is a host that exists; `null.example` and `/null/` come from an unset variable. */
const UNSET_PART = /(?:^|[^a-z0-9-])null(?:$|[^a-z0-9-])/i
// biome-ignore lint/suspicious/noControlCharactersInRegex: the check is for control characters.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/
/** Escaped separators and dots: parsers disagree about the segments of such a path. */
const ESCAPED = /%(?:2f|5c|2e|25|23|3f|[01])/i

function blankProblem(value: unknown): string | undefined {
  if (value === undefined) return 'is not set; is an environment variable missing?'
  if (typeof value !== 'string') return `must be a string, not ${kindOf(value)}`
  if (value.trim() === '') return 'is empty; is an environment variable missing?'
  return value === value.trim() ? undefined : 'has leading or trailing white space'
}

function isUnset(value: unknown): boolean {
  return value === 'undefined' || value === 'null' || value === '[object Object]'
}

function textProblem(value: unknown): string | undefined {
  const problem = blankProblem(value)
  if (problem !== undefined) return problem
  if (isUnset(value) || UNSET_WORD.test(value as string)) return UNSET
  return CONTROL.test(value as string) ? 'contains control characters' : undefined
}

/** The check of a text that becomes part of a URL. */
function ofPart(check: CheckOf<string>): Check {
  return (value, rule, allowsHttp) => partProblem(value) ?? check(value as string, rule, allowsHttp)
}

/** Of a value that becomes part of a URL: `null` there is an unset variable, too. */
function partProblem(value: unknown): string | undefined {
  return textProblem(value) ?? (UNSET_PART.test(value as string) ? UNSET : undefined)
}

/** A domain without a path. */
function hostProblem(host: string, rule: OptionRule, allowsHttp: boolean): string | undefined {
  const problem = urlProblem(host, rule, allowsHttp)
  if (problem !== undefined) return problem
  const { pathname } = new URL(toUrl(host))
  if (pathname !== '/') return 'must be a domain without a path'
  return rule.pattern?.test(host) === false ? 'has the wrong form' : undefined
}

/** A base URL, with or without scheme, with or without one slash at the end. */
function urlProblem(base: string, { adds }: OptionRule, allowsHttp: boolean): string | undefined {
  const text = toUrl(base)
  if (text.endsWith('/')) return 'ends in more than one slash'
  // The name of a tenant alone. Hosts of a private network are written with scheme or port.
  if (!/[.:]|^localhost\b/.test(base)) return 'is a name without a domain'
  const violation = locationProblem(text, allowsHttp)
  if (violation !== undefined || adds === undefined) return violation
  return `${text}/`.includes(`${adds}/`)
    ? `must not contain ${adds}; the preset appends it`
    : undefined
}

/** An issuer or endpoint that is used as it is, with or without a slash at the end. */
function issuerUrlProblem(text: string, _: OptionRule, allowsHttp: boolean): string | undefined {
  return /^https?:\/\//.test(text) ? locationProblem(text, allowsHttp) : 'must begin with https://'
}

function locationProblem(text: string, allowsHttp: boolean): string | undefined {
  const url = parseUrl(text)
  if (url === undefined || !isWellWritten(text)) return 'is neither a domain nor an https URL'
  if (/[?#]/.test(text)) return 'must have neither query nor fragment'
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password'
  if (!isSecureTransport(url, allowsHttp)) return 'must be https; plain http is for loopback only'
  const [, , authority = '', ...parts] = text.split('/')
  if (authority !== url.host) return `must have its host written as ${url.host}`
  if (url.hostname.split('.').includes('')) return 'has a host with an empty label'
  const path = parts.length === 0 ? '/' : `/${parts.join('/')}`
  return path === url.pathname && !path.includes('//') && !ESCAPED.test(path)
    ? undefined
    : 'has empty, dot or escaped segments in its path'
}

/** The name of a cloud of Entra, or the subdomain of an External ID tenant. */
function cloudProblem(value: unknown): string | undefined {
  const form = `must be ${CLOUD_NAMES.join(', ')} or { external: the subdomain of ciamlogin.com }`
  if (typeof value === 'string') return CLOUD_NAMES.includes(value) ? undefined : form
  if (!isObject(value) || Object.keys(value).join() !== 'external') return form
  const { external } = value
  const problem = partProblem(external)
  if (problem !== undefined) return `external ${problem}`
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(external as string) ? undefined : form
}

/** One segment of a path, percent-encoded as in a URL. */
function segmentProblem(text: string): string | undefined {
  const isSegment = /^(?:[\w.~!$&'()*+,;=:@-]|%[0-9a-f]{2})+$/i.test(text) && !ESCAPED.test(text)
  return isSegment && text !== '.' && text !== '..'
    ? undefined
    : 'must be one path segment of a URL'
}

function requiredIn(rules: Readonly<Record<string, OptionRule>>): string[] {
  const required = Object.entries(rules).filter(
    ([, rule]) => ownMember(rule, 'isOptional') !== true,
  )
  return required.map(([name]) => name)
}

/** The name with the smallest edit distance, unless that replaces more than half of the letters. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const ranked = known
    .map((each) => ({
      each,
      distance: editDistance(name.slice(0, 64).toLowerCase(), each.toLowerCase()),
    }))
    .sort((a, b) => a.distance - b.distance)
  const [{ each, distance } = { each: '', distance: Infinity }] = ranked
  return distance * 2 <= Math.max(name.length, each.length) ? each : undefined
}
