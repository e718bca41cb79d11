#!/usr/bin/env node
/** `npx mcp-gatehouse`: the process around `run.ts`. */

import process from 'node:process'
import { text } from 'node:stream/consumers'
import { run } from './command.ts'

process.exitCode = await run(process.argv.slice(2), {
  out: (it) => process.stdout.write(it),
  err: (it) => process.stderr.write(it),
  stdin: () => text(process.stdin),
  env: process.env,
  outIsTerminal: process.stdout.isTTY,
  errIsTerminal: process.stderr.isTTY,
  columns: process.stdout.columns,
})
