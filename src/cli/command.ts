/** The command line: arguments in, text and an exit code out. Knows no process; `main.ts` does. */

import { parseArgs } from 'node:util'
import { isAccessToken } from '../lib/header-syntax.ts'
import type { Question } from './collect/http-client.ts'
import { examine } from './doctor.ts'
import { printable } from './finding.ts'
import { formatReport } from './format-report.ts'

/** What a program has around it. */
export interface Surroundings {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  /** All that stands on the standard input. */
  readonly stdin: () => Promise<string>
  readonly env: Readonly<Record<string, string | undefined>>
  readonly outIsTerminal: boolean
  readonly errIsTerminal: boolean
  readonly columns: number | undefined
}

const USAGE = `Usage: mcp-gatehouse doctor <url> [options]

Examines a deployed MCP server from outside: what a client without a token is told, the metadata it
follows, the authorization server behind it, and what web pages can do. It changes nothing there.

  --token <token>     makes real calls with this access token too; - reads it from the standard
                      input. Sent to <url> only. Or set MCP_GATEHOUSE_TOKEN
  --origin <origin>   the web page whose calls are tried (http://localhost:6274)
  --timeout <ms>      for each request (10000)
  --json              writes the findings as JSON
  --quiet             leaves out what is as it should be
  --help              this text

Exit code: 0 no errors, 1 errors were found, 2 nothing could be examined.
`

const OPTIONS = {
  token: { type: 'string' },
  origin: { type: 'string' },
  timeout: { type: 'string' },
  json: { type: 'boolean' },
  quiet: { type: 'boolean' },
  help: { type: 'boolean' },
} as const

/** Runs a command, and returns the exit code. */
export async function run(argv: readonly string[], around: Surroundings): Promise<0 | 1 | 2> {
  const parsed = parse(argv)
  if (typeof parsed === 'string') {
    around.err(`${parsed}\n\n${USAGE}`)
    return 2
  }
  const { values, url, timeoutMs } = parsed
  if (values.help) {
    around.out(USAGE)
    return 0
  }
  const token = await readToken(values.token, around)
  if (token !== undefined && !isAccessToken(token)) {
    around.err('That is no access token: it has characters that no token has.\n')
    return 2
  }
  const progress = createProgress(around, values.json ?? false)
  const report = await examine({
    url,
    token,
    origin: values.origin,
    timeoutMs,
    onQuestion: progress.tell,
  })
  progress.clear()
  if ('problem' in report) {
    if (values.json) around.out(`${JSON.stringify(report, null, 2)}\n`)
    around.err(`${report.problem}\n`)
    return 2
  }
  const colours = around.outIsTerminal && !around.env['NO_COLOR']
  const columns = Math.max(40, Math.min(around.columns ?? 100, 100))
  around.out(
    values.json
      ? `${JSON.stringify(report, null, 2)}\n`
      : formatReport(report, { colours, columns, quiet: values.quiet ?? false }),
  )
  return report.errors > 0 ? 1 : 0
}

function parse(argv: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: OPTIONS,
      allowPositionals: true,
    })
    const [command, url = '', ...others] = positionals
    const timeoutMs = values.timeout === undefined ? undefined : Number(values.timeout)
    if (values.help) return { values, url, timeoutMs }
    if (command !== 'doctor') return command ? `There is no ${command}.` : 'What should be done?'
    if (url === '') return 'Which server? Give its URL.'
    if (others.length > 0) return 'One server at a time.'
    if (timeoutMs !== undefined && !(timeoutMs >= 1)) return '--timeout wants milliseconds.'
    return { values, url, timeoutMs }
  } catch (problem) {
    return problem instanceof Error ? problem.message : 'These arguments make no sense.'
  }
}

/** Arguments are seen by everybody on a machine, so there are two ways around them. */
async function readToken(
  argument: string | undefined,
  { env, stdin }: Surroundings,
): Promise<string | undefined> {
  const text = argument === '-' ? await stdin() : (argument ?? env['MCP_GATEHOUSE_TOKEN'])
  const token = text?.trim().replace(/^Bearer +/i, '')
  return token === '' ? undefined : token
}

/** One line that is written over; nothing where nobody watches. */
function createProgress(
  { err, errIsTerminal, columns = 80 }: Surroundings,
  isSilent: boolean,
): { tell: (question: Question) => void; clear: () => void } {
  if (!errIsTerminal || isSilent) return { tell: () => {}, clear: () => {} }
  let count = 0
  return {
    tell: ({ method = 'GET', url }) => {
      count += 1
      err(`\r\u001b[K${printable(`${count}  ${method} ${url}`).slice(0, columns - 1)}`)
    },
    clear: () => err('\r\u001b[K'),
  }
}
