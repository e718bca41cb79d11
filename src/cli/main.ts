#!/usr/bin/env node
/** `npx mcp-gatehouse`: runs `command.ts` with the streams and environment of this process. */

import { readFileSync } from 'node:fs'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { runCommand } from './command.ts'

const args = process.argv.slice(2)
const streams = {
  out: (it: string) => process.stdout.write(it),
  err: (it: string) => process.stderr.write(it),
}

// A reader that has gone, as of `| head -1`, must not end the process with a stack trace.
process.stderr.on('error', () => {})
const outFailed = new Promise<void>((resolve) => process.stdout.on('error', () => resolve()))

// Loaded where it is needed: the doctor starts without it.
process.exitCode =
  args[0] === 'issuer'
    ? await (await import('./issuer/run.ts')).runIssuer(args.slice(1), { ...streams, stopped })
    : await runCommand(args, {
        ...streams,
        outFailed,
        stdin: () => text(process.stdin),
        env: process.env,
        outHasColors: process.stdout.isTTY && process.stdout.hasColors(),
        errIsTerminal: process.stderr.isTTY,
        columns: process.stdout.columns,
        get version() {
          return readVersion()
        },
      })

/** Reads package.json beside dist/. Only `--version` does: the source runs without a build. */
function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** Settles at the signals that end a process. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve())
  })
}
