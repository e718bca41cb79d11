/** A server on standard input and output, behind supergateway, behind the gateway. Installing takes 5 s, the tests 20 s. */

import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect } from 'vitest'
import { testGuardedServer } from '../../interop/guarded-server.ts'
import { freePort, isListening } from '../../support/ports.ts'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGTERM')
})

describe('a stdio server behind supergateway behind forward()', () => {
  testGuardedServer({ knowsUser: false, begin: startSupergateway })
})

async function startSupergateway(): Promise<string> {
  const port = await freePort()
  const argv = ['--stdio', `${process.execPath} server.mjs`, '--outputTransport', 'streamableHttp']
  const program = fileURLToPath(new URL('node_modules/supergateway/dist/index.js', import.meta.url))
  const child = spawn(process.execPath, [program, ...argv, '--port', String(port)], {
    cwd: FOLDER,
    stdio: 'ignore',
  })
  children.push(child)
  while (!(await isListening(port))) {
    expect(child.exitCode).toBeNull()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  return `http://127.0.0.1:${port}/mcp`
}
