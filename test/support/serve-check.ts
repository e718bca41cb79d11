/** `mcp-gatehouse serve --check` in this process: a process for each file would take minutes. */

import { runServe } from '../../src/cli/serve/command.ts'
import { createCommandIo } from './command-io.ts'
import { writeConfig } from './serve-config.ts'

type Environment = Record<string, string>

export interface Checked {
  readonly code: number
  /** What the command printed, with FILE for the name. */
  readonly said: string
}

/** Checks a configuration, or a text in its place. */
export async function check(config: unknown, env: Environment = {}): Promise<Checked> {
  return checkFile(await writeConfig(config), env)
}

export async function checkFile(file: string, env: Environment = {}): Promise<Checked> {
  const { io, said } = createCommandIo(env)
  const code = await runServe(['--check', file], io)
  return { code, said: said().replaceAll(file, 'FILE') }
}
