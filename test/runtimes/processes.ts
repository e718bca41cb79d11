/** Starts a fixture in its own runtime process. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'

export const ROOT = join(import.meta.dirname, '..', '..')
const BIN = join(ROOT, 'node_modules', '.bin')

export interface Running {
  readonly origin: string
  close(): Promise<void>
}

/** Why the runtime is not available on this machine, or `undefined` if it is. */
export function absence(binary: string): string | undefined {
  return existsSync(resolve(BIN, binary))
    ? undefined
    : `node_modules has no ${binary} for this machine`
}

/** Runs a fixture until it is closed. Its first line of output ends in the port it listens on. */
export async function start(
  binary: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Running> {
  const child = spawn(resolve(BIN, binary), argv, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const exited = once(child, 'exit')
  // `deno serve` writes to stderr. Both streams are drained, because a full pipe would block the process.
  const outputs = [child.stdout, child.stderr].map((input) => createInterface({ input }))
  const line = await Promise.race([...outputs.map((each) => once(each, 'line')), exited])
  const port = /:?(\d+)\/?$/.exec(String(line[0]))?.[1]
  if (port === undefined || child.exitCode !== null) {
    child.kill('SIGKILL')
    throw new Error(`${binary} does not listen: ${line[0]}`)
  }
  return { origin: `http://127.0.0.1:${port}`, close: () => end(child, exited) }
}

async function end(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL')
  await exited
}
