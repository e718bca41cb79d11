/** `examine()`: collects evidence, runs the checks, returns the report. Terminal and process: `command.ts`, `main.ts`. */

import { parseUrl } from '../lib/safe-url.ts'
import { checkServerMetadata } from './checks/authorization-server-metadata.ts'
import { type ClientView, viewsOf } from './client-views.ts'
import { collect } from './collect/collect.ts'
import { createHttpClient, type HttpRequest } from './collect/http-client.ts'
import { post } from './collect/json-rpc.ts'
import type { Evidence } from './evidence.ts'
import { allClients, type DoctorFinding, runChecks } from './finding.ts'
import { nameOptions } from './gatehouse.ts'
import { docsOf } from './pages.ts'
import { CHECKS } from './tables.ts'

/** The server to examine, and the limits. */
export interface ExamineOptions {
  readonly url: string
  /** An access token for calls. Sent to `url` only. */
  readonly token?: string | undefined
  /** The origin of the web page in CORS checks. @default the origin of the MCP Inspector */
  readonly origin?: string | undefined
  /** For each request. @default 10000 */
  readonly timeoutMs?: number | undefined
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
  readonly onRequest?: ((request: HttpRequest) => void) | undefined
  /** Waits for `Retry-After`. @default a timer */
  readonly wait?: ((milliseconds: number) => Promise<void>) | undefined
}

/**
 * The result of an examination. `--json` writes it.
 *
 * @example
 * ```ts
 * function failingServers({ reports = [] }: Report): string[] {
 *   return reports.filter(({ errors }) => errors > 0).map(({ url }) => url)
 * }
 * ```
 */
export interface Report {
  /** The URL as given. */
  readonly url: string
  /** How many requests were sent. */
  readonly requests: number
  /** How many findings are errors. */
  readonly errors: number
  /** How many findings are warnings. */
  readonly warnings: number
  /** How many checks passed. */
  readonly passed: number
  /** One for each check that applies, in the order of the report. */
  readonly findings: readonly DoctorFinding[]
  /** Why the server could not be examined. The only finding then has the id `response`. */
  readonly problem?: string
  /** How known clients see the server, where its metadata and that of its authorization server were found. */
  readonly clients?: readonly ClientView[]
  /** Where several servers were examined: the report of each, in the order of the URLs. */
  readonly reports?: readonly Report[]
}

const INSPECTOR = 'http://localhost:6274'
const TIMEOUT_MS = 10_000
/** For all requests together. */
const BUDGET_MS = 120_000
const MAX_BYTES = 262_144
const MAX_REQUESTS = 120

/** Examines an MCP server from outside, without changing it. Does not throw. */
export async function examine(options: ExamineOptions): Promise<Report> {
  const { url: called, origin = INSPECTOR, token } = options
  const url = parseUrl(called)
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '') {
    return failed(called, FORM, 0)
  }
  url.hash = ''
  const client = createHttpClient({
    fetch: options.fetch ?? fetch,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    budgetMs: BUDGET_MS,
    maxBytes: MAX_BYTES,
    maxRequests: MAX_REQUESTS,
    wait: options.wait ?? sleep,
    ...(options.onRequest && { onRequest: options.onRequest }),
  })
  const first = await post(client, url)
  // The other requests would take the same time each: two minutes where a firewall drops them.
  if (first.failure !== undefined && first.failure !== 'certificate') {
    return failed(called, `${url.host} did not respond (${first.reason}).`, client.count())
  }
  const evidence = await collect({ first, called, url, origin, token }, client)
  const findings = nameOptions(runAllChecks(evidence), evidence)
  const report = summarize(called, client.count(), redactToken(findings, token))
  const clients = viewsOf(evidence)
  return clients.length === 0 ? report : { ...report, clients }
}

const FORM =
  '<url> must be an absolute http or https URL without credentials, such as https://mcp.example.com/mcp.'

/** The report with these findings. */
export function summarize(
  url: string,
  requests: number,
  findings: readonly DoctorFinding[],
): Report {
  const count = (level: string) => findings.filter((each) => each.level === level).length
  return {
    url,
    requests,
    errors: count('error'),
    warnings: count('warning'),
    passed: count('pass'),
    findings: findings.map((finding) =>
      finding.level === 'pass' ? finding : { ...finding, docs: docsOf(finding) },
    ),
  }
}

function failed(url: string, problem: string, requests: number): Report {
  const finding: DoctorFinding = {
    id: 'response',
    area: 'Connection',
    level: 'error',
    message: problem,
    means: allClients('It does not connect.'),
    remedy: 'Check the URL, the name in DNS, the port and the firewall.',
    spec: 'RFC 9110 §4.2',
  }
  return { ...summarize(url, requests, [finding]), problem }
}

function runAllChecks(evidence: Evidence): DoctorFinding[] {
  const { servers } = evidence
  const connection = runChecks(CHECKS.connection, evidence)
  // Without a response the other checks have no evidence.
  if (evidence.anonymous.exchange.status === 0) return connection
  return [
    ...connection,
    ...runChecks(CHECKS.resource, evidence),
    ...servers.flatMap((server) => [
      ...runChecks(CHECKS.server, server, server.issuer),
      ...checkServerMetadata(server, evidence),
    ]),
    ...runChecks(CHECKS.pages, evidence),
    ...servers.flatMap((server) => runChecks(CHECKS.serverPages, server, server.issuer)),
    ...runChecks(CHECKS.others, evidence),
  ]
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** Removes the token from messages that quote the server: users share reports. */
function redactToken(
  findings: readonly DoctorFinding[],
  token: string | undefined,
): DoctorFinding[] {
  if (token === undefined) return [...findings]
  const parts = [token, ...token.split('.').filter((part) => part.length > 8)]
  const redact = (whole: string): string => parts.reduce(redactPart, whole)
  return findings.map(({ expected, received, ...finding }) => ({
    ...finding,
    message: redact(finding.message),
    ...(expected !== undefined && { expected: redact(expected) }),
    ...(received !== undefined && { received: redact(received) }),
  }))
}

/** So many characters of a part are enough to find it: messages shorten what they quote, also inside a token. */
const MIN_START = 16

/** Removes a part of the token, also where the text has only the start of it. */
function redactPart(text: string, part: string): string {
  const [before = '', ...others] = text.split(part.slice(0, MIN_START))
  const rest = part.slice(MIN_START)
  return others.reduce(
    (whole, other) => `${whole}[token]${other.slice(sharedLength(other, rest))}`,
    before,
  )
}

/** How many characters both texts begin with. */
function sharedLength(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length += 1
  return length
}
