/** The types of checks and findings. The checks themselves are tables in `checks/`. */

import { printable } from '../lib/printable.ts'

/**
 * The severity of a finding.
 *
 * @example
 * ```ts
 * function summaryFor(client: Client, finding: DoctorFinding): string {
 *   const level: Level = finding.level
 *   const area: Area = finding.area
 *   const means: Meaning | undefined = finding.means
 *   return `${level} in ${area}: ${means?.[client] ?? finding.message}`
 * }
 * ```
 */
export type Level = 'pass' | 'warning' | 'error'

/**
 * The sections of the report, in order.
 *
 * @example
 * ```ts
 * function summaryFor(client: Client, finding: DoctorFinding): string {
 *   const level: Level = finding.level
 *   const area: Area = finding.area
 *   const means: Meaning | undefined = finding.means
 *   return `${level} in ${area}: ${means?.[client] ?? finding.message}`
 * }
 * ```
 */
export type Area =
  | 'Connection'
  | 'Challenge'
  | 'Protected resource metadata'
  | 'Authorization server'
  | 'Browsers'
  | 'Older clients'
  | 'Token'

/** The clients a finding is explained for. */
export const CLIENTS = ['claude', 'chatgpt', 'vscode', 'browser'] as const
/**
 * A client that findings are explained for.
 *
 * @example
 * ```ts
 * function summaryFor(client: Client, finding: DoctorFinding): string {
 *   const level: Level = finding.level
 *   const area: Area = finding.area
 *   const means: Meaning | undefined = finding.means
 *   return `${level} in ${area}: ${means?.[client] ?? finding.message}`
 * }
 * ```
 */
export type Client = (typeof CLIENTS)[number]

/**
 * What a finding means for each client.
 *
 * @example
 * ```ts
 * function summaryFor(client: Client, finding: DoctorFinding): string {
 *   const level: Level = finding.level
 *   const area: Area = finding.area
 *   const means: Meaning | undefined = finding.means
 *   return `${level} in ${area}: ${means?.[client] ?? finding.message}`
 * }
 * ```
 */
export type Meaning = Readonly<Record<Client, string>>

/** What a check compared, as text: a value that clients need, and the value of the server. */
export interface Comparison {
  /** What clients need. */
  readonly expected?: string
  /** What the server sent. */
  readonly received?: string
}

/** The result of one check. */
export interface CheckResult extends Comparison {
  /** The severity. */
  readonly level: Level
  /** What was observed. */
  readonly message: string
  /** How to fix it, where that differs from what the check says in general. */
  readonly remedy?: string
}

/** One check. */
export interface Check<Subject> {
  /** Stable across versions. */
  readonly id: string
  readonly area: Area
  /** The section of the standard. */
  readonly spec: string
  /** The effect on each client when the check does not pass. */
  readonly means: Meaning
  /** How to fix it. */
  readonly remedy: string
  /** Returns `undefined` if the check does not apply or another check reports the cause. */
  readonly evaluate: (subject: Subject) => CheckResult | undefined
}

/**
 * A result with the data of its check.
 *
 * @example
 * ```ts
 * function summaryFor(client: Client, finding: DoctorFinding): string {
 *   const level: Level = finding.level
 *   const area: Area = finding.area
 *   const means: Meaning | undefined = finding.means
 *   return `${level} in ${area}: ${means?.[client] ?? finding.message}`
 * }
 * ```
 */
export interface DoctorFinding extends CheckResult {
  /** The id of the check; stable across versions. */
  readonly id: string
  /** The section of the report. */
  readonly area: Area
  /** The sections of the standards. */
  readonly spec: string
  /** The issuer of the authorization server, for checks that run once per server. */
  readonly about?: string
  /** The URL of the MCP server, in a combined report. */
  readonly url?: string
  /** The effect on each client, where the check did not pass. */
  readonly means?: Meaning
  /** How to fix it, where the check did not pass. */
  readonly remedy?: string
  /** The page of this package about the finding, with its section, where the check did not pass. */
  readonly docs?: string
}

/** A table of checks of one area. */
export function checksOf<Subject>(
  area: Area,
  checks: readonly Omit<Check<Subject>, 'area'>[],
): readonly Check<Subject>[] {
  return checks.map((check) => ({ ...check, area }))
}

/** Runs a table of checks on one subject. */
export function runChecks<Subject>(
  checks: readonly Check<Subject>[],
  subject: Subject,
  about?: string,
): DoctorFinding[] {
  return checks.flatMap(({ id, area, spec, means, remedy, evaluate }) => {
    const result = evaluate(subject)
    if (result === undefined) return []
    const advice = result.level === 'pass' ? {} : { means, remedy: result.remedy ?? remedy }
    return [{ id, area, ...result, ...(about === undefined ? {} : { about }), ...advice, spec }]
  })
}

export function pass(message: string): CheckResult {
  return { level: 'pass', message }
}

export function warn(message: string, comparison: Comparison = {}): CheckResult {
  return { level: 'warning', message, ...comparison }
}

export function error(message: string, comparison: Comparison = {}): CheckResult {
  return { level: 'error', message, ...comparison }
}

/** The same text for every client. */
export function allClients(text: string): Meaning {
  return { claude: text, chatgpt: text, vscode: text, browser: text }
}

/** `text` for clients in a browser; the others are not affected. */
export function browserClients(text: string): Meaning {
  return { ...allClients('Not affected: its requests do not come from a web page.'), browser: text }
}

/** `text` for every client that `special` does not name. */
export function allClientsExcept(special: Partial<Record<Client, string>>, text: string): Meaning {
  return { ...allClients(text), ...special }
}

const MAX_QUOTED = 160
const MAX_EXCERPT = 80

/** Quotes a value from a remote server: on one line, shortened, without control characters. */
export function quoteUntrusted(text: unknown): string {
  const whole = typeof text === 'string' ? text : (JSON.stringify(text) ?? 'nothing')
  const line = printable(whole)
  return `"${line.length > MAX_QUOTED ? `${line.slice(0, MAX_QUOTED)}…` : line}"`
}

/** The first characters of a response body, for a message; empty for an empty body. */
export function excerptOf({ body }: { readonly body: string }): string {
  const text = printable(body).trim()
  if (text === '') return ''
  return ` (${quoteUntrusted(text.length > MAX_EXCERPT ? `${text.slice(0, MAX_EXCERPT)}…` : text)})`
}

/** The response to a request, as the end of a sentence about the request. */
export function responseTo({
  status,
  reason = 'no connection',
}: {
  readonly status: number
  readonly reason?: string
}): string {
  return status === 0 ? `gets no response (${reason})` : `is answered with ${status}`
}

/** The status and the first characters of a response, or why there is none. */
export function describeExchange(exchange: {
  readonly status: number
  readonly body: string
  readonly reason?: string
}): string {
  const { status, reason = 'no response' } = exchange
  return status === 0 ? reason : `${status}${excerptOf(exchange)}`
}

/** Values of a comparison, each quoted, joined by `and`; `none` without any. */
export function quoteList(values: readonly unknown[]): string {
  return values.length === 0 ? 'none' : values.map(quoteUntrusted).join(' and ')
}
