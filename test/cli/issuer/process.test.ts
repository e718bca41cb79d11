/** The issuer as a process, on the built package. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { absence } from '../../runtimes/processes.ts'

const PROGRAM = join(
  fileURLToPath(new URL('../../..', import.meta.url)),
  manifest.bin['mcp-gatehouse'],
)
const BIN = fileURLToPath(new URL('../../../node_modules/.bin', import.meta.url))
let child: ChildProcess | undefined

afterEach(() => {
  child?.kill('SIGKILL')
})

/** Without Node, `bunx` and `deno` run the program themselves. */
const RUNTIMES = [
  ['node', []],
  ['bun', []],
  ['deno', ['run', '--no-prompt', '--allow-all', '--no-lock', '--no-remote']],
] as const

it.each(RUNTIMES.filter(([name]) => absence(name) === undefined))(
  'on %s says its URL in the first line, serves, and exits with 0 at SIGTERM',
  async (name, flags) => {
    const args = [
      ...flags,
      PROGRAM,
      'issuer',
      '--resource',
      'http://localhost:3000/mcp',
      '--port',
      '0',
    ]
    child = spawn(join(BIN, name), args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const [first] = await once(child.stdout as NodeJS.ReadableStream, 'data')
    const [, issuer] = /^issuer (http:\/\/127\.0\.0\.1:\d+)\n/.exec(String(first)) ?? []
    const response = await fetch(`${issuer}/.well-known/openid-configuration`)
    expect(await response.json()).toMatchObject({ issuer })
    child.kill('SIGTERM')
    expect(await once(child, 'close')).toEqual([0, null])
  },
)

it('exits with 2 where an argument is missing', async () => {
  child = spawn(process.execPath, [PROGRAM, 'issuer'], { stdio: 'ignore' })
  expect(await once(child, 'close')).toEqual([2, null])
})
