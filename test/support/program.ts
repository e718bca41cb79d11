/** Runs programs of examples/frameworks, and builds and runs projects of it. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { freePort } from './ports.ts'

export interface Running {
  readonly origin: string
  /** What it has printed so far. */
  output(): string
  close(): Promise<void>
}

/** Starts a server with these variables in its environment. */
export type Start = (variables: Readonly<Record<string, string>>) => Promise<Running>

export interface Project {
  /** Its folder in examples/frameworks. Its packages are those of the folder of this name in test/field. */
  readonly name: string
  /** What serves the build: a file or a command. It reads HOST and PORT, or gets arguments made of these. */
  readonly serve: readonly string[] | ((host: string, port: string) => readonly string[])
  /** @default 'node' */
  readonly runtime?: 'node' | 'bun'
  /** Files that a test adds, by their paths in the project. */
  readonly files?: Readonly<Record<string, string>>
}

const ROOT = join(import.meta.dirname, '..', '..')
const BIN = join(ROOT, 'node_modules/.bin')
const HOST = '127.0.0.1'

/** Programs that report their use to their makers by default. */
const NO_TELEMETRY = {
  ASTRO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  MASTRA_TELEMETRY_DISABLED: '1',
  NEXT_TELEMETRY_DISABLED: '1',
  npm_config_update_notifier: 'false',
}

/** A program that prints its origin. */
export function startProgram(argv: readonly string[]): Start {
  return async (variables) => {
    const inner = String(await freePort())
    const child = start('node', argv, ROOT, { ...variables, PORT: '0', INNER_PORT: inner })
    const printed = new Promise<string>((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (/^http:\/\/127\.0\.0\.1:\d+$/.test(line)) resolve(line)
      })
    })
    const origin = await Promise.race([printed, child.failed()])
    return { origin, output: child.output, close: child.close }
  }
}

/** A project beside the packages of its folder in test/field, after `npm run build`. */
export function startProject(project: Project): Start {
  const { name, serve, files = {}, runtime = 'node' } = project
  return async (variables) => {
    const folder = await copyProject(name)
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await writeFile(join(folder, path), text)
    }
    const port = String(await freePort())
    // Some read the port when they are built.
    const environment = { ...NO_TELEMETRY, HOST, PORT: port }
    await start('npm', ['run', 'build', '--if-present'], folder, environment).succeeded()
    const [server = '', ...flags] = typeof serve === 'function' ? serve(HOST, port) : serve
    const commands = join(ROOT, 'test/field', name, 'node_modules/.bin')
    const program = server.startsWith('.') ? server : join(commands, server)
    const child = start(runtime, [program, ...flags], folder, {
      ...environment,
      ...variables,
      NODE_ENV: 'production',
    })
    const origin = `http://${HOST}:${port}`
    await Promise.race([responding(origin), child.failed()])
    return { origin, output: child.output, close: child.close }
  }
}

/** The project and the files of examples/frameworks that it imports, where its packages and the build are found. */
async function copyProject(name: string): Promise<string> {
  const field = join(ROOT, 'test/field', name)
  const examples = join(ROOT, 'examples/frameworks')
  const copy = join(field, '.build')
  await rm(copy, { recursive: true, force: true })
  await cp(join(examples, name), join(copy, name), { recursive: true })
  for (const file of ['notes.ts', 'sdk1-server.ts', 'sdk2-server.ts']) {
    await cp(join(examples, file), join(copy, file))
  }
  const library = join(field, 'node_modules/mcp-gatehouse')
  await rm(library, { recursive: true, force: true })
  await mkdir(library)
  await cp(join(ROOT, 'package.json'), join(library, 'package.json'))
  await cp(join(ROOT, 'dist'), join(library, 'dist'), { recursive: true })
  return join(copy, name)
}

function start(
  command: string,
  argv: readonly string[],
  cwd: string,
  variables: Readonly<Record<string, string>>,
) {
  const environment = {
    PATH: `${BIN}${delimiter}${process.env['PATH']}`,
    HOME: process.env['HOME'],
    NO_COLOR: '1',
  }
  // A group of its own: builders and servers start processes that outlive them.
  const child = spawn(command, argv, {
    cwd,
    env: { ...environment, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const exited = once(child, 'close')
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text
    })
  }
  const failure = ([code]: readonly unknown[]) =>
    new Error(`${argv.join(' ')} ended with ${code}: ${said}`)
  return {
    stdout: child.stdout,
    output: () => said,
    /** Rejects when it ends. */
    failed: async (): Promise<never> => {
      throw failure(await exited)
    },
    /** Rejects when it ends with a failure. */
    succeeded: async (): Promise<void> => {
      const [code] = await exited
      if (code !== 0) throw failure([code])
    },
    close: async () => {
      if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
      await exited
    },
  }
}

/** Some listen for a moment to see whether the port is free (xmcp): a connection alone shows nothing. */
async function responding(origin: string): Promise<void> {
  for (;;) {
    const response = await fetch(origin).catch(() => undefined)
    await response?.body?.cancel()
    if (response !== undefined) return
    await setTimeout(50)
  }
}
