/** `mcp-gatehouse serve` as a process, killed after the test. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterEach } from 'vitest'
import { type Client, createClient } from './http-client.ts'
import { issuer, writeConfig } from './serve-config.ts'

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

export interface ServeProcess {
  readonly child: ChildProcess
  /** What it has printed so far, to the standard output and the standard error. */
  out(): string
  err(): string
  /** Its exit code. */
  readonly ended: Promise<number | null>
}

export interface Served extends ServeProcess {
  readonly client: Client
  readonly url: string
}

export function runServeProcess(
  argv: readonly string[],
  env: Record<string, string> = {},
): ServeProcess {
  const child = spawn(process.execPath, ['src/cli/main.ts', 'serve', ...argv], {
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const texts = { out: '', err: '' }
  child.stdout.on('data', (text) => {
    texts.out += text
  })
  child.stderr.on('data', (text) => {
    texts.err += text
  })
  const ended = once(child, 'close').then(([code]) => code as number | null)
  return { child, out: () => texts.out, err: () => texts.err, ended }
}

/** Serves this configuration on a free port. */
export async function serve(config: object): Promise<Served> {
  const running = runServeProcess([await writeConfig({ listen: '127.0.0.1:0', ...config })])
  const { child, err, ended } = running
  while (!/Listening on (\S+)/.test(err())) {
    if (child.exitCode !== null) throw new Error(err())
    await Promise.race([once(child.stderr as NodeJS.ReadableStream, 'data'), ended])
  }
  const url = /Listening on (\S+)/.exec(err())?.[1] ?? ''
  return { ...running, client: createClient(url), url }
}

/** A token of the issuer that the configuration names. */
export function token(claims: Record<string, unknown> = {}): Promise<string> {
  const now = Math.floor(Date.now() / 1000)
  return issuer.token({ iat: now, exp: now + 600, ...claims })
}
