/** `--token`: access tokens at the start, for requests without a client that logs in. */

import { describe, expect, it, onTestFinished } from 'vitest'
import { runIssuer } from '../../../src/cli/issuer/run.ts'
import { protectedResource, verifyAccessToken } from '../../../src/index.ts'

const RESOURCE = 'http://localhost:3000/mcp'

/** Starts the command with these options. @returns The lines of the standard output. */
async function start(lines: number, ...args: string[]): Promise<string[]> {
  const stop = Promise.withResolvers<void>()
  const printed = Promise.withResolvers<string[]>()
  const output: string[] = []
  const code = runIssuer(['--resource', RESOURCE, '--port', '0', ...args], {
    out(text) {
      output.push(text)
      if (output.length === lines) printed.resolve(output)
    },
    err: () => undefined,
    stopped: () => stop.promise,
  })
  onTestFinished(async () => {
    stop.resolve()
    expect(await code).toBe(0)
  })
  return printed.promise
}

/** Runs the command with a mistake. @returns The first line of the standard error. */
async function problemOf(...args: string[]): Promise<string | undefined> {
  let text = ''
  const code = await runIssuer(['--resource', RESOURCE, '--port', '0', ...args], {
    out: () => expect.unreachable(),
    err(given) {
      text += given
    },
    stopped: () => Promise.resolve(),
  })
  expect(code).toBe(2)
  return text.split('\n')[0]
}

describe('mcp-gatehouse issuer --token', () => {
  it('prints tokens that a resource accepts, and lists their grants', async () => {
    const args = ['--token', 'alice:notes:read,notes:write', '--token', 'bob', '--user', 'alice']
    const lines = await start(3, ...args, '--user', 'bob:notes:list')
    const issuer = /^issuer (.*)\n$/.exec(lines[0] ?? '')?.[1] ?? ''
    const tokens = lines.slice(1).map((line) => /^token (\S+)\n$/.exec(line)?.[1] ?? '')
    const notes = protectedResource({ resource: RESOURCE, authorizationServers: [issuer] })
    const contexts = await Promise.all(tokens.map((token) => verifyAccessToken(token, notes)))
    expect(contexts.map(({ subject, clientId, scopes }) => [subject, clientId, scopes])).toEqual([
      ['alice', 'command-line', ['notes:read', 'notes:write']],
      ['bob', 'command-line', ['notes:list']],
    ])
    expect(await (await fetch(`${issuer}/`)).text()).toContain('--token')
  })

  it('needs no --user where there is none: alice and the users of tokens may grant every scope', async () => {
    const args = ['--token', 'bob:notes:read', '--token', 'bob:notes:write', '--token', 'carol']
    const lines = await start(4, ...args)
    const issuer = /^issuer (.*)\n$/.exec(lines[0] ?? '')?.[1] ?? ''
    const tokens = lines.slice(1).map((line) => /^token (\S+)\n$/.exec(line)?.[1] ?? '')
    const notes = protectedResource({ resource: RESOURCE, authorizationServers: [issuer] })
    const contexts = await Promise.all(tokens.map((token) => verifyAccessToken(token, notes)))
    expect(contexts.map(({ subject, scopes }) => [subject, scopes])).toEqual([
      ['bob', ['notes:read']],
      ['bob', ['notes:write']],
      ['carol', []],
    ])
  })

  it.each([
    [
      ['--user', 'alice', '--token', 'bob'],
      '--token bob: add --user bob, or use one of the users.',
    ],
    [['--token', ':a'], '--token must be name:scopes, not :a.'],
    [['--token', 'alice:"'], '--token alice: " is not a scope.'],
    [['--user', 'alice:a', '--token', 'alice:a,b'], '--token alice: this user may not grant b.'],
  ])('rejects %j', async (args, problem) => {
    expect(await problemOf(...args)).toBe(problem)
  })
})
