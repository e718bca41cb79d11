/** MCP servers in Python and Go, with their standard libraries, behind the gateway. Skipped without these languages. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, describe } from 'vitest'
import { testGuardedServer } from './guarded-server.ts'
import { FOLDER, goProgram, hasGo, hasPython, PYTHON } from './programs.ts'

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

const LANGUAGES = [
  ['Python', hasPython, () => [PYTHON, join(FOLDER, 'server.py')]],
  ['Go', hasGo, () => [goProgram('server')]],
] as const satisfies readonly (readonly [string, boolean, () => string[]])[]

describe.each(LANGUAGES)('an MCP server in %s behind forward()', (_name, isThere, command) => {
  testGuardedServer({
    isMissing: !isThere,
    knowsUser: true,
    begin: async () => {
      const [program = '', ...argv] = command()
      const child = spawn(program, argv, { stdio: ['ignore', 'pipe', 'inherit'] })
      children.push(child)
      const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer]
      return `http://127.0.0.1:${Number(String(line))}/mcp`
    },
  })
})
