/** `mcp-gatehouse serve`: reads the file, then serves until a signal comes. */

import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, resolve } from 'node:path'
import process from 'node:process'
import { parseArgs } from 'node:util'
import type { ConfigProblem } from '../../contract/config-error.ts'
import type { AuthEvent } from '../../contract/events.ts'
import type { CommandIo } from '../command-io.ts'
import { formatAddress } from './address.ts'
import { createConfig, type ServeConfig } from './config.ts'
import { decisionLine, otherLine } from './decision-log.ts'
import { fileProblem } from './file-problem.ts'
import { readConfig } from './read-config.ts'
import { createGatewayServer } from './server.ts'

const SERVE_USAGE = `Usage: mcp-gatehouse serve <file> [--check]

Protects an MCP server in any language: forwards authorized requests to it, or decides for a proxy.
The file is JSON; gatehouse.schema.json in this package describes it. \${NAME} in any string stands for
the environment variable NAME. One line for each decision goes to the standard output, everything
else to the standard error. /healthz is 200 while the server serves.

  --check             checks the file and ends
  --help              shows this text

Exit codes: 0 the end of service, or a valid file; 1 a file with mistakes, an address that cannot be
used, or a standard output that was closed; 2 invalid arguments, or a file that cannot be read.
`

/** How long requests may go on after the signal. */
const GRACE_MS = 10_000
/** Between two looks for connections that have become idle. */
const SWEEP_MS = 100

/** Runs the command. @returns The exit code, at the end of service. */
export async function runServe(argv: readonly string[], io: CommandIo): Promise<0 | 1 | 2> {
  const parsed = parse(argv)
  if (typeof parsed === 'string') {
    io.err(`${parsed}\n\n${SERVE_USAGE}`)
    return 2
  }
  const { file, isCheck, isHelp } = parsed
  if (isHelp) {
    io.out(SERVE_USAGE)
    return 0
  }
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (error) {
    io.err(`${file} cannot be read: ${fileProblem(error)}.\n`)
    return 2
  }
  const read = readConfig(text, io.env)
  if (!read.ok) {
    io.err(formatProblems(file, read.error))
    return 1
  }
  const { config: members, problems, asInFile } = read.value
  let log: 'json' | 'text' = 'json'
  const onEvent = (event: AuthEvent): void => {
    const line = decisionLine(event, log, new Date())
    if (line !== undefined) io.out(line)
    else io.err(event.type === 'warning' ? asInFile(otherLine(event)) : otherLine(event))
  }
  const config = createConfig(members, dirname(resolve(file)), onEvent, problems)
  if (!config.ok) {
    io.err(asInFile(formatProblems(file, config.error)))
    return 1
  }
  log = config.value.log
  if (isCheck) {
    io.err(`${file} is valid.\n`)
    return 0
  }
  return serve(config.value, io)
}

function parse(
  argv: readonly string[],
): { file: string; isCheck: boolean; isHelp: boolean } | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { check: { type: 'boolean' }, help: { type: 'boolean' } },
      allowPositionals: true,
    })
    const [file = '', ...others] = positionals
    const isHelp = values.help ?? false
    if (file === '' && !isHelp) return 'Missing <file>.'
    if (others.length > 0) return 'Only one <file> is allowed.'
    return { file, isCheck: values.check ?? false, isHelp }
  } catch (error) {
    return error instanceof Error ? error.message : 'Invalid arguments.'
  }
}

function formatProblems(file: string, problems: readonly ConfigProblem[]): string {
  const lines = problems.map(
    ({ path, message }) => `  ${path === '' ? 'the file' : path}: ${message}`,
  )
  const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`
  return `${file} has ${count}:\n${lines.join('\n')}\n`
}

async function serve(config: ServeConfig, io: CommandIo): Promise<0 | 1> {
  let isServing = true
  const server = createGatewayServer(config, () => isServing, io.err)
  const { host, port } = config.address
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException
    io.err(`Cannot listen on ${formatAddress(host, port)}: ${code}\n`)
    return 1
  }
  const { port: actual } = server.address() as AddressInfo
  io.err(`Listening on ${formatAddress(host, actual)}\n`)
  for (const { identifier } of config.resources) io.err(`Protecting ${identifier}\n`)
  const signals = takeSignals()
  const reason = await Promise.race([signals.first, closedOut(io)])
  isServing = false
  io.err(`${reason}: ending\n`)
  const isClosed = reason === CLOSED
  await end(server, isClosed ? signals.first : signals.second)
  signals.release()
  return isClosed ? 1 : 0
}

const CLOSED = 'The standard output is closed, so that decisions cannot be logged'

/** Settles when nothing reads the log any more. */
function closedOut({ outFailed }: CommandIo): Promise<string> {
  return outFailed?.then(() => CLOSED) ?? new Promise(() => {})
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** The first signal ends the service, the second one ends what is left. */
function takeSignals(): {
  readonly first: Promise<string>
  readonly second: Promise<string>
  readonly release: () => void
} {
  const waiting: ((signal: string) => void)[] = []
  const nextSignal = () => new Promise<string>((resolve) => void waiting.push(resolve))
  const [first, second] = [nextSignal(), nextSignal()]
  const take = (signal: string): void => waiting.shift()?.(signal)
  for (const each of SIGNALS) process.on(each, take)
  const release = (): void => {
    for (const each of SIGNALS) process.off(each, take)
  }
  return { first, second, release }
}

/** No new connections. Requests end by themselves, after the grace period, or at the second signal. */
async function end(server: Server, isUrgent: Promise<unknown>): Promise<void> {
  const closed = new Promise((settle) => server.close(settle))
  // `close` ends the connections that are idle now; the others become idle one by one.
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
  const cut = (): void => server.closeAllConnections()
  const timer = setTimeout(cut, GRACE_MS)
  isUrgent.then(cut, cut)
  await closed
  clearInterval(sweep)
  clearTimeout(timer)
}
