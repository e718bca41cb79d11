/** The examination: visit, judge, report. No terminal, no process: that is `run.ts`. */

import { parseUrl } from '../lib/safe-url.ts'
import { AUTHORIZATION_SERVER } from './checks/authorization-server.ts'
import { judgeFitness } from './checks/authorization-server-metadata.ts'
import { BROWSER, BROWSER_AND_SERVER } from './checks/browser.ts'
import { CHALLENGE } from './checks/challenge.ts'
import { CONNECTION } from './checks/connection.ts'
import { DISCLOSURE } from './checks/disclosure.ts'
import { KEYS } from './checks/keys.ts'
import { LEGACY } from './checks/legacy.ts'
import { RESOURCE_METADATA } from './checks/resource-metadata.ts'
import { RESOURCE_METADATA_SERVING } from './checks/resource-metadata-serving.ts'
import { TOKEN } from './checks/token.ts'
import { collect } from './collect/collect.ts'
import { createVisitor, type Question } from './collect/http-client.ts'
import type { Evidence } from './evidence.ts'
import { type DoctorFinding, judgeAll } from './finding.ts'

/** Whom to examine, and how. */
export interface ExaminationOptions {
  readonly url: string
  /** An access token for real calls; sent to `url` and nowhere else. */
  readonly token?: string | undefined
  /** The web page whose calls are tried. @default the MCP Inspector's */
  readonly origin?: string | undefined
  /** For each request. @default 10000 */
  readonly timeoutMs?: number | undefined
  readonly fetch?: ((url: string, init: RequestInit) => Promise<Response>) | undefined
  readonly onQuestion?: ((question: Question) => void) | undefined
}

/** What was found; the shape of `--json`. */
export interface Report {
  readonly url: string
  readonly requests: number
  readonly errors: number
  readonly warnings: number
  readonly passed: number
  readonly findings: readonly DoctorFinding[]
}

/** Nothing could be examined. */
export interface Unexaminable {
  readonly url: string
  readonly problem: string
}

const INSPECTOR = 'http://localhost:6274'
const TIMEOUT_MS = 10_000
/** However slow the servers are, the whole examination takes no longer than this. */
const PATIENCE_MS = 120_000
const MAX_BYTES = 262_144
const MAX_REQUESTS = 60

/** Examines an MCP server from outside. Changes nothing there. Does not throw. */
export async function examine(options: ExaminationOptions): Promise<Report | Unexaminable> {
  const { url: called, origin = INSPECTOR, token } = options
  const url = parseUrl(called)
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '') {
    return { url: called, problem: 'That is not the URL of an MCP server: give one with https.' }
  }
  url.hash = ''
  const visitor = createVisitor({
    fetch: options.fetch ?? fetch,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    patienceMs: PATIENCE_MS,
    maxBytes: MAX_BYTES,
    maxRequests: MAX_REQUESTS,
    ...(options.onQuestion && { onQuestion: options.onQuestion }),
  })
  const evidence = await collect({ called, url, origin, token }, visitor)
  const { silence, reason } = evidence.anonymous.exchange
  if (silence !== undefined && silence !== 'certificate') {
    return { url: called, problem: `There is no answer from ${url.host} (${reason}).` }
  }
  const findings = hide(judge(evidence), token)
  const count = (level: string) => findings.filter((each) => each.level === level).length
  return {
    url: called,
    requests: visitor.asked(),
    errors: count('error'),
    warnings: count('warning'),
    passed: count('pass'),
    findings,
  }
}

function judge(evidence: Evidence): DoctorFinding[] {
  const { servers, found } = evidence
  const connection = judgeAll(CONNECTION, evidence)
  // Without a connection there is nothing more to say.
  if (evidence.anonymous.exchange.status === 0) return connection
  return [
    ...connection,
    ...judgeAll([...CHALLENGE, ...DISCLOSURE], evidence),
    ...judgeAll([...RESOURCE_METADATA, ...RESOURCE_METADATA_SERVING], evidence),
    ...servers.flatMap((server) => [
      ...judgeAll([...AUTHORIZATION_SERVER, ...KEYS], server, server.issuer),
      ...judgeFitness(server, found?.document['resource']),
    ]),
    ...judgeAll(BROWSER, evidence),
    ...servers.flatMap((server) => judgeAll(BROWSER_AND_SERVER, server, server.issuer)),
    ...judgeAll(LEGACY, evidence),
    ...judgeAll(TOKEN, evidence),
  ]
}

/** A server may repeat the token in its own words; a report is made to be passed on. */
function hide(findings: readonly DoctorFinding[], token: string | undefined): DoctorFinding[] {
  if (token === undefined) return [...findings]
  const parts = [token, ...token.split('.').filter((part) => part.length > 8)]
  return findings.map((finding) => ({
    ...finding,
    message: parts.reduce((text, part) => text.replaceAll(part, '[token]'), finding.message),
  }))
}
