#!/usr/bin/env node
/** `npx mcp-gatehouse`: runs `command.ts` with the streams and environment of this process. */

import process from 'node:process'
import { text } from 'node:stream/consumers'
import { runCommand } from './command.ts'

process.exitCode = await runCommand(process.argv.slice(2), {
  out: (it) => process.stdout.write(it),
  err: (it) => process.stderr.write(it),
  stdin: () => text(process.stdin),
  env: process.env,
  outHasColors: process.stdout.isTTY && process.stdout.hasColors(),
  errIsTerminal: process.stderr.isTTY,
  columns: process.stdout.columns,
})
