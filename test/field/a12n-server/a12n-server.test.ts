/**
 * a12n-server. `resource` is ignored: the audience of a token is the application that its client belongs to, a relative
 * URL in a JWT and an absolute one in an introspection response. Costs 25 seconds to install and 10 to run.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { AuthorizationServerOptions } from 'mcp-gatehouse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../support/ports.ts'
import {
  basic,
  createReferee,
  expectNoLockOut,
  inventJwt,
  logIn,
  postForm,
  REDIRECT,
  type Tokens,
} from '../authorization-servers/referee.ts'

interface Server {
  readonly issuer: string
  /** The path of the application, such as `/app/…`. */
  readonly app: string
  stop(): Promise<void>
}

describe('JWTs of a12n-server', () => {
  let server: Server
  beforeAll(async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
    server = await startServer(privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  })
  afterAll(() => server.stop())

  it('passes a JWT whose audience is the application, and rejects the others', async () => {
    const { issuer, app } = server
    const referee = createReferee({ issuer, audience: app }, { requiredScopes: ['notes:read'] })
    const tokens = await logInAt(server, 'app')
    expect(await referee.send(tokens.access_token)).toBe('200')
    expect(referee.context()).toMatchObject({
      clientId: 'app',
      scopes: ['notes:read'],
      audience: [app],
    })
    expect(await referee.send((await logInAt(server, 'other')).access_token)).toBe(
      '401 token_audience',
    )
    expect(await referee.send(tokens.refresh_token ?? '')).toBe('401 token_malformed')
    expect(await createReferee({ issuer }).send(tokens.access_token)).toBe('401 token_audience')
    referee.wait(7200)
    expect(await referee.send(tokens.access_token)).toBe('401 token_expired')
  })

  it('rejects forged JWTs without a lock-out', async () => {
    const referee = createReferee({ issuer: server.issuer, audience: server.app })
    const [head, claims] = (await logInAt(server, 'app')).access_token.split('.')
    const forge = () => `${head}.${claims}.${'A'.repeat(342)}`
    await expectNoLockOut(referee, forge, '401 token_signature', async () => {
      return (await logInAt(server, 'app')).access_token
    })
  })

  it('introspects the same JWT with an absolute audience, until it is revoked', async () => {
    const { access_token: token } = await logInAt(server, 'app')
    const referee = createReferee(introspecting(server))
    expect(await referee.send(token)).toBe('200')
    expect(referee.context()).toMatchObject({ audience: [server.issuer + server.app] })
    await revoke(server, token)
    expect(await createReferee(introspecting(server)).send(token)).toBe('401 token_inactive')
  })
})

describe('opaque tokens of a12n-server', () => {
  let server: Server
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server.stop())

  it('passes a token by introspection, and rejects the others', async () => {
    const referee = createReferee(introspecting(server), { requiredScopes: ['notes:read'] })
    const tokens = await logInAt(server, 'app')
    expect(await referee.send(tokens.access_token)).toBe('200')
    expect(referee.context()).toMatchObject({ clientId: 'app', scopes: ['notes:read'] })
    expect(await referee.send((await logInAt(server, 'other')).access_token)).toBe(
      '401 token_audience',
    )
    // Active for the server, but its `token_type` is `refresh_token`.
    expect(await referee.send(tokens.refresh_token ?? '')).toBe('401 token_inactive')
    expect(await referee.send(inventJwt({ iss: 'https://other.example' }))).toBe('401 token_issuer')
    referee.wait(7200)
    expect(await referee.send(tokens.access_token)).toBe('401 token_expired')
  })

  it('reads the privileges of the user as scopes, whatever the token was issued for', async () => {
    const { send } = createReferee(introspecting(server), { requiredScopes: ['notes:read'] })
    expect(await send((await logInAt(server, 'app', 'notes:write')).access_token)).toBe('200')
  })

  it('rejects revoked and invented tokens without a lock-out', async () => {
    const { access_token: token } = await logInAt(server, 'app')
    await revoke(server, token)
    const referee = createReferee(introspecting(server))
    expect(await referee.send(token)).toBe('401 token_inactive')
    const invent = (index: number) => `invented-${index}`
    await expectNoLockOut(referee, invent, '401 token_inactive', async () => {
      return (await logInAt(server, 'app')).access_token
    })
  })
})

function introspecting({ issuer, app }: Server): AuthorizationServerOptions {
  const clientSecret = 'secret-of-app'
  return {
    issuer,
    audience: issuer + app,
    accessToken: { kind: 'introspection', clientId: 'app', clientSecret },
  }
}

async function logInAt(
  { issuer }: Server,
  client: 'app' | 'other',
  scope = 'notes:read',
): Promise<Tokens> {
  return logIn({
    authorize: `${issuer}/authorize`,
    token: `${issuer}/token`,
    client,
    headers: basic(client, `secret-of-${client}`),
    call: fetch,
    extra: { scope },
    visit: async ({ url, cookie, remember }) => {
      const { searchParams } = new URL(url)
      const next = searchParams.get('continue') ?? ''
      const body = new URLSearchParams({
        userName: 'user-1@example.com',
        password: 'password of user-1',
        continue: next,
      })
      const headers = { Accept: 'text/html', Cookie: cookie }
      const response = await fetch(`${issuer}/login`, {
        method: 'POST',
        headers,
        body,
        redirect: 'manual',
      })
      remember(response)
      return response.headers.get('Location') ?? undefined
    },
  })
}

async function revoke({ issuer }: Server, token: string): Promise<void> {
  const form = new URLSearchParams({ token })
  await postForm(fetch, `${issuer}/revoke`, form, basic('app', 'secret-of-app'))
}

async function startServer(privateKey?: string): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-a12n-'))
  const port = String(await freePort())
  const program = join(import.meta.dirname, 'server.ts')
  const child: ChildProcess = spawn(process.execPath, [program, port, folder, REDIRECT], {
    cwd: folder,
    env: { ...process.env, ...(privateKey !== undefined && { JWT_PRIVATE_KEY: privateKey }) },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  if (child.stdout === null) throw new Error('The process has no output.')
  for await (const line of createInterface({ input: child.stdout })) {
    const [, app] = /^ready (.+)$/.exec(line) ?? []
    if (app === undefined) continue
    child.stdout.resume()
    return {
      issuer: `http://127.0.0.1:${port}`,
      app,
      async stop() {
        child.kill('SIGKILL')
        await once(child, 'exit')
        rmSync(folder, { recursive: true, force: true })
      },
    }
  }
  throw new Error('a12n-server ended.')
}
