/** A server on standard input and output, behind supergateway, behind the gateway. Installing takes 5 s, the tests 20 s. */

import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { testGuardedServer } from '../../interop/guarded-server.ts'
import { message, post } from '../../support/mcp.ts'
import { freePort, isListening } from '../../support/ports.ts'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGTERM')
})

describe('a stdio server behind supergateway behind forward()', () => {
  testGuardedServer({ knowsUser: false, begin: startSupergateway })
})

// Version 3 ended: the result for a client that had left was an unhandled rejection.
describe('supergateway', () => {
  it('goes on after a client has left during a call', async () => {
    const url = await startSupergateway()
    const call = (waitMs: number, signal: AbortSignal | null = null) => {
      const body = message('tools/call', { name: 'list_notes', arguments: { waitMs } })
      return fetch(url, { ...post(body), signal })
    }
    const leaving = new AbortController()
    const response = await call(1000, leaving.signal)
    leaving.abort()
    await expect(response.text()).rejects.toThrow('aborted')
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(await (await call(0)).text()).toContain('called list_notes')
  })
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
