/** `mcp-gatehouse/doctor`: examines deployed MCP servers from outside, for the tests of their operators. */

import type { Fetch } from '../contract/ports.ts'
import { isAccessToken } from '../lib/header-syntax.ts'
import type { Report } from './examine.ts'
import { combine, doctorProblem, examineAll } from './examine-all.ts'

export type { StepUp } from './client-behaviors.ts'
export type { ClientView } from './client-views.ts'
export type { Report } from './examine.ts'
export type { Area, Client, DoctorFinding, Level, Meaning } from './finding.ts'

/**
 * The requests of {@link doctor}.
 *
 * @example
 * ```ts
 * const options: DoctorOptions = {
 *   token: 'from the environment',
 *   origin: 'https://app.example.com',
 *   timeoutMs: 5000,
 * }
 * ```
 */
export interface DoctorOptions {
  /** An access token for calls. It is sent to the given URL only. */
  readonly token?: string | undefined
  /** The origin of the web page in CORS checks. Default: that of the MCP Inspector. */
  readonly origin?: string | undefined
  /** For each request. Default: 10,000. */
  readonly timeoutMs?: number | undefined
  /** Sends the requests. Default: that of the host. */
  readonly fetch?: Fetch | undefined
}

/**
 * Examines a deployed MCP server from outside, as `npx mcp-gatehouse doctor` does. It changes nothing on
 * the server.
 *
 * Checks: the connection, the challenge of a 401, the protected resource metadata, the authorization
 * servers and their keys, CORS; with a token, whether calls succeed and forged tokens are rejected.
 *
 * Does not check: a login. Servers that respond to no request have one error, `response`.
 *
 * @param url The URL of one server, or of several: they are examined four at a time.
 * @param options A token, and how requests are sent.
 * @returns The findings of one server; of several, the sum, with the report of each in `reports`.
 * @throws {TypeError} If there is no URL, if an option is unknown, or if a token comes with URLs of several
 * origins: nothing is sent.
 * @example
 * ```ts
 * async function findErrors(): Promise<string[]> {
 *   const report = await doctor('https://api.example.com/notes')
 *   const errors = report.findings.filter(({ level }) => level === 'error')
 *   return errors.map(({ id, message, remedy }) => `${id}: ${message} ${remedy}`)
 * }
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc9728.html RFC 9728}
 */
export async function doctor(
  url: string | readonly string[],
  options: DoctorOptions = {},
): Promise<Report> {
  const urls = [url].flat()
  checkArguments(urls, options)
  const { token, origin, timeoutMs, fetch } = options
  return combine(await examineAll(urls, { token, origin, timeoutMs, fetch }))
}

const OPTIONS: readonly string[] = ['token', 'origin', 'timeoutMs', 'fetch']

/** @throws {TypeError} For what would examine nothing, or examine it without the token. */
function checkArguments(urls: readonly unknown[], options: DoctorOptions): void {
  const { token, timeoutMs } = options
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name))
  if (unknown !== undefined) throw new TypeError(`${unknown} is not an option of doctor().`)
  if (urls.length === 0 || urls.some((each) => typeof each !== 'string')) {
    throw new TypeError('doctor() takes a URL as a string, or a list with at least one.')
  }
  if (token !== undefined && !isAccessToken(token)) {
    throw new TypeError('The token contains characters that no bearer token has (RFC 6750 §2.1).')
  }
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 1)) {
    throw new TypeError('timeoutMs must be a number of milliseconds, at least 1.')
  }
  const problem = doctorProblem(urls as readonly string[], options)
  if (problem !== undefined) throw new TypeError(problem)
}
