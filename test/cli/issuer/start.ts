/** Runs `mcp-gatehouse issuer` in this process, until the test ends. */

import { expect, onTestFinished } from 'vitest'
import { runIssuer } from '../../../src/cli/issuer/run.ts'

/** Starts the command on a free port. @returns The issuer. */
export async function startIssuer(resource: string, ...args: string[]): Promise<string> {
  const stop = Promise.withResolvers<void>()
  const started = Promise.withResolvers<string>()
  const code = runIssuer(['--resource', resource, '--port', '0', ...args], {
    out: started.resolve,
    err: () => undefined,
    stopped: () => stop.promise,
  })
  const first = await started.promise
  onTestFinished(async () => {
    stop.resolve()
    expect(await code).toBe(0)
  })
  const issuer = /^issuer (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(first)?.[1] ?? ''
  expect(issuer).not.toBe('')
  return issuer
}
