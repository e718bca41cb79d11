/**
 * Authlib's authorization server, of Debian, in a Flask application. Tokens are opaque. The application writes the
 * introspection response, with `aud` here. Costs 5 seconds to install and 3 to run.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { AuthorizationServerOptions } from 'mcp-gatehouse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createReferee,
  expectNoLockOut,
  inventJwt,
  logIn,
  postForm,
  REDIRECT,
  RESOURCE,
  type Tokens,
} from './referee.ts'
import { logInWithSdk } from './sdk-login.ts'

const PYTHON = '/usr/bin/python3'
const hasAuthlib = spawnSync(PYTHON, ['-c', 'import authlib, flask']).status === 0

if (!hasAuthlib) console.log('Skipped: there is no Authlib with Flask for /usr/bin/python3.')

describe.skipIf(!hasAuthlib)('Authlib', () => {
  let child: ChildProcess
  let issuer: string
  beforeAll(async () => {
    const program = join(import.meta.dirname, 'authlib-server.py')
    child = spawn(PYTHON, [program, REDIRECT], { stdio: ['ignore', 'pipe', 'inherit'] })
    if (child.stdout === null) throw new Error('The process has no output.')
    const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    issuer = `http://127.0.0.1:${port}`
  })
  afterAll(async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
  })

  it('passes a token for the resource, and rejects the others', async () => {
    const referee = createReferee(introspecting(), { requiredScopes: ['notes:read'] })
    const { access_token: token } = await logInFor('notes:read')
    expect(await referee.send(token)).toBe('200')
    expect(referee.context()).toEqual({
      subject: 'user-1',
      clientId: 'app',
      scopes: ['notes:read'],
      audience: [RESOURCE],
    })
    const other = await logInFor('notes:read', { resource: 'https://other.example' })
    expect(await referee.send(other.access_token)).toBe('401 token_audience')
    const none = await logInFor('notes:read', {})
    expect(await referee.send(none.access_token)).toBe('401 token_audience')
    referee.wait(7200)
    expect(await referee.send(token)).toBe('401 token_expired')
  })

  it('answers a missing scope with a step-up challenge', async () => {
    const { send } = createReferee(introspecting(), { requiredScopes: ['notes:write'] })
    expect(await send((await logInFor('notes:read')).access_token)).toBe('403 scope_insufficient')
    const wide = await logInFor('notes:read notes:write')
    expect(await send(wide.access_token)).toBe('200')
  })

  it('rejects a refresh token, because the request hints at an access token', async () => {
    const { refresh_token: token = '' } = await logInFor('notes:read')
    expect(await createReferee(introspecting()).send(token)).toBe('401 token_inactive')
  })

  it('ends an access token with its refresh, and refreshes again', async () => {
    const { send } = createReferee(introspecting())
    const first = await logInFor('notes:read')
    const second = await refresh(first)
    expect(await send(first.access_token)).toBe('401 token_inactive')
    expect(await send(second.access_token)).toBe('200')
    expect(await send((await refresh(second)).access_token)).toBe('200')
    await expect(refresh(second)).rejects.toThrow('invalid_grant')
  })

  it('rejects revoked tokens', async () => {
    const { send } = createReferee(introspecting())
    const { access_token: token } = await logInFor('notes:read')
    expect(await send(token)).toBe('200')
    await postForm(fetch, `${issuer}/revoke`, new URLSearchParams({ token, client_id: 'app' }))
    expect(await send(token)).toBe('401 token_inactive')
  })

  it('rejects invented and foreign tokens without a lock-out', async () => {
    const referee = createReferee(introspecting())
    expect(await referee.send(inventJwt({ iss: 'https://other.example' }))).toBe('401 token_issuer')
    const invent = (index: number) => `invented-${index}`
    const fetchToken = async () => (await logInFor('notes:read')).access_token
    await expectNoLockOut(referee, invent, '401 token_inactive', fetchToken)
    // A client without permission to introspect sees no token; one that is unknown is a failure of the server.
    expect(await createReferee(introspecting('stranger')).send(await fetchToken())).toBe(
      '401 token_inactive',
    )
    expect(await createReferee(introspecting('unknown')).send(await fetchToken())).toBe(
      '503 unavailable',
    )
  })

  it('logs the client of the SDK in, and refreshes', async () => {
    const login = await logInWithSdk(introspecting(), 'app', undefined, ['notes:read'])
    expect(login.text).toBe('user-1')
    expect(login.asked).toMatchObject({ scope: 'notes:read', client_id: 'app' })
    expect(login.findings).toEqual([
      'warning server-client-registration',
      'warning server-issuer-parameter',
      'warning cors-preflight',
      'warning server-cors',
      'warning server-token-cors',
    ])
    expect(await login.callAfterRefresh()).toBe('user-1')
  })

  function introspecting(clientId = 'notes'): AuthorizationServerOptions {
    const clientSecret = `secret-of-${clientId}`
    return { issuer, accessToken: { kind: 'introspection', clientId, clientSecret } }
  }

  function refresh({ refresh_token: token = '' }: Tokens): Promise<Tokens> {
    const form = { grant_type: 'refresh_token', refresh_token: token, client_id: 'app' }
    return postForm(fetch, `${issuer}/token`, new URLSearchParams(form))
  }

  /** @param extra parameters in place of `resource` */
  async function logInFor(
    scope: string,
    extra: Record<string, string> = { resource: RESOURCE },
  ): Promise<Tokens> {
    return logIn({
      authorize: `${issuer}/authorize`,
      token: `${issuer}/token`,
      client: 'app',
      call: fetch,
      extra: { scope, ...extra },
    })
  }
})
