/** The issuer as a process, on the built package. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, it } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }

const PROGRAM = join(
  fileURLToPath(new URL('../../..', import.meta.url)),
  manifest.bin['mcp-gatehouse'],
)
let child: ChildProcess | undefined

afterEach(() => {
  child?.kill('SIGKILL')
})

it('says its URL in the first line, serves, and exits with 0 at SIGTERM', async () => {
  const args = ['issuer', '--resource', 'http://localhost:3000/mcp', '--port', '0']
  child = spawn(process.execPath, [PROGRAM, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [first] = await once(child.stdout as NodeJS.ReadableStream, 'data')
  const [, issuer] = /^issuer (http:\/\/127\.0\.0\.1:\d+)\n/.exec(String(first)) ?? []
  const response = await fetch(`${issuer}/.well-known/openid-configuration`)
  expect(await response.json()).toMatchObject({ issuer })
  child.kill('SIGTERM')
  expect(await once(child, 'close')).toEqual([0, null])
})

it('exits with 2 where an argument is missing', async () => {
  child = spawn(process.execPath, [PROGRAM, 'issuer'], { stdio: 'ignore' })
  expect(await once(child, 'close')).toEqual([2, null])
})
