/** The command line: parses arguments, runs `examine()`, writes the report. `main.ts` supplies the process. */

import { parseArgs } from 'node:util'
import type { HttpRequest } from '../doctor/collect/http-client.ts'
import type { Report } from '../doctor/examine.ts'
import { combine, doctorProblem, examineAll } from '../doctor/examine-all.ts'
import { isAccessToken } from '../lib/header-syntax.ts'
import { printable } from '../lib/printable.ts'
import type { CommandIo } from './command-io.ts'
import { formatJunit } from './format-junit.ts'
import { formatReport } from './format-report.ts'
import { runServe } from './serve/command.ts'

const USAGE = `Usage: mcp-gatehouse doctor <url>... [options]
       mcp-gatehouse serve <file> [--check]
       mcp-gatehouse issuer --resource <url> [options]

doctor checks a deployed MCP server from outside: the response to a client without a token, the
protected resource metadata, the authorization servers, and CORS. It changes nothing on the servers.

  --token <token>     also sends requests with this access token, to <url> only; - reads it from
                      the standard input. MCP_GATEHOUSE_TOKEN sets it too
  --origin <origin>   the origin of the web page in CORS checks (default http://localhost:6274)
  --timeout <ms>      the timeout of each request in milliseconds (default 10000)
  --json              writes the report as JSON, by doctor-report.schema.json of this package
  --junit             writes the report as JUnit XML, for CI systems
  --quiet             omits checks that passed
  --version           shows the version of this package
  --help              shows this text

Exit codes: 0 no errors, 1 errors found, 2 invalid arguments or no response from a server.

serve protects a server in any language; issuer is an authorization server for development. Both
have their own --help.
`

const OPTIONS = {
  token: { type: 'string' },
  origin: { type: 'string' },
  timeout: { type: 'string' },
  json: { type: 'boolean' },
  junit: { type: 'boolean' },
  version: { type: 'boolean' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

/** Runs the command with these arguments. @returns The exit code. */
export async function runCommand(argv: readonly string[], io: CommandIo): Promise<0 | 1 | 2> {
  if (argv[0] === 'serve') return runServe(argv.slice(1), io)
  const parsed = parse(argv)
  if (typeof parsed === 'string') {
    io.err(`${parsed}\n\n${USAGE}`)
    return 2
  }
  const { values, urls, timeoutMs } = parsed
  if (values.help) {
    io.out(USAGE)
    return 0
  }
  if (values.version) {
    io.out(`${io.version}\n`)
    return 0
  }
  const token = await readToken(values.token, io)
  if (token === '') {
    io.err('--token is empty; is an environment variable missing?\n')
    return 2
  }
  if (token !== undefined && !isAccessToken(token)) {
    io.err('--token contains characters that are not allowed in a bearer token (RFC 6750 §2.1).\n')
    return 2
  }
  const problem = doctorProblem(urls, { token, origin: values.origin })
  if (problem !== undefined) {
    io.err(`${problem}\n`)
    return 2
  }
  const isDocument = (values.json ?? false) || (values.junit ?? false)
  const progress = createProgress(io, isDocument)
  const { origin } = values
  const reports = await examineAll(urls, { token, origin, timeoutMs, onRequest: progress.show })
  progress.clear()
  for (const report of reports) {
    if (report.problem !== undefined) io.err(`${report.problem}\n`)
  }
  io.out(formatAll(reports, values, io))
  if (reports.some((report) => report.problem !== undefined)) return 2
  return reports.some(({ errors }) => errors > 0) ? 1 : 0
}

function formatAll(
  reports: readonly Report[],
  values: { readonly json?: boolean; readonly junit?: boolean; readonly quiet?: boolean },
  io: CommandIo,
): string {
  if (values.json) return `${JSON.stringify(combine(reports), null, 2)}\n`
  if (values.junit) return formatJunit(reports)
  const columns = Math.max(40, Math.min(io.columns ?? 100, 100))
  const options = { colors: io.outHasColors, columns, quiet: values.quiet ?? false }
  return reports
    .filter(({ problem }) => problem === undefined)
    .map((report) => formatReport(report, options))
    .join('\n')
}

/** @returns The parsed arguments, or an error message. */
function parse(argv: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: OPTIONS,
      allowPositionals: true,
    })
    const [command, ...urls] = positionals
    const timeoutMs = values.timeout === undefined ? undefined : Number(values.timeout)
    if (values.help || values.version) return { values, urls, timeoutMs }
    if (command !== 'doctor') return command ? `Unknown command: ${command}` : 'Missing command.'
    if (urls.length === 0 || urls.includes('')) return 'Missing <url>.'
    if (values.json && values.junit) return '--json and --junit exclude each other.'
    if (timeoutMs !== undefined && !(timeoutMs >= 1)) {
      return '--timeout must be a number of milliseconds, at least 1.'
    }
    return { values, urls, timeoutMs }
  } catch (error) {
    return error instanceof Error ? error.message : 'Invalid arguments.'
  }
}

/**
 * The token without its scheme. Other users of a machine can see arguments, so standard input and environment work
 * too; an empty environment variable is none.
 */
async function readToken(
  argument: string | undefined,
  { env, stdin }: CommandIo,
): Promise<string | undefined> {
  const given = argument === '-' ? await stdin() : argument
  const text = given ?? (env['MCP_GATEHOUSE_TOKEN'] || undefined)
  return text?.trim().replace(/^Bearer(?: +|$)/i, '')
}

/** One progress line that each request overwrites; nothing without a terminal. */
function createProgress(
  { err, errIsTerminal, columns = 80 }: CommandIo,
  isSilent: boolean,
): { show: (request: HttpRequest) => void; clear: () => void } {
  if (!errIsTerminal || isSilent) return { show: () => {}, clear: () => {} }
  let count = 0
  return {
    show: ({ method = 'GET', url }) => {
      count += 1
      err(`\r\u001b[K${printable(`${count}  ${method} ${url}`).slice(0, columns - 1)}`)
    },
    clear: () => err('\r\u001b[K'),
  }
}
