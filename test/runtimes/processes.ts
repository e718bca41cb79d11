/** Starts a fixture in a runtime of its own. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export const ROOT = join(import.meta.dirname, '..', '..')
const BIN = join(ROOT, 'node_modules', '.bin')

export interface Running {
  readonly origin: string
  close(): Promise<void>
}

/** Why the runtime cannot be tried here, or `undefined` if it can. */
export function absence(binary: string): string | undefined {
  return existsSync(join(BIN, binary))
    ? undefined
    : `node_modules has no ${binary} for this machine`
}

/** Runs a fixture that prints the port it listens on. */
export async function start(
  binary: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Running> {
  const child = spawn(join(BIN, binary), argv, {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface(child.stdout)
  const exited = once(child, 'exit')
  const port = await Promise.race([once(lines, 'line').then(([line]) => Number(line)), exited])
  if (typeof port !== 'number') throw new Error(`${binary} ended before it listened`)
  return { origin: `http://127.0.0.1:${port}`, close: () => end(child, exited) }
}

async function end(child: ChildProcess, exited: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL')
  await exited
}
