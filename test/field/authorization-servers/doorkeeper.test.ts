/**
 * Doorkeeper of Debian with doorkeeper-openid_connect. Tokens are opaque and have neither an audience nor a subject, unless
 * the application adds one. Costs 30 seconds to install and 10 to run.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { doorkeeper } from 'mcp-gatehouse/providers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createReferee,
  expectNoLockOut,
  inventJwt,
  logIn,
  postForm,
  REDIRECT,
  type Referee,
  type Tokens,
} from './referee.ts'
import { logInWithSdk } from './sdk-login.ts'

const NEEDED = ['action_controller/railtie', 'active_record', 'sqlite3', 'doorkeeper']
const hasDoorkeeper =
  spawnSync('ruby', [
    ...NEEDED.flatMap((name) => ['-r', name]),
    ...['-r', 'doorkeeper/openid_connect', '-e', '1'],
  ]).status === 0

if (!hasDoorkeeper) console.log('Skipped: there is no Doorkeeper for ruby.')

describe.skipIf(!hasDoorkeeper)('Doorkeeper', () => {
  let child: ChildProcess
  let issuer: string
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-doorkeeper-'))
  beforeAll(async () => {
    const program = join(import.meta.dirname, 'doorkeeper-server.rb')
    child = spawn('ruby', [program, REDIRECT, join(folder, 'db')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    if (child.stdout === null) throw new Error('The process has no output.')
    const [port] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    issuer = `http://127.0.0.1:${port}`
  })
  afterAll(async () => {
    child.kill('SIGKILL')
    await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  })

  it('passes a token by the preset, and by no other option without an audience', async () => {
    const { access_token: token } = await logInFor('notes:read')
    const referee = createReferee(preset(), { requiredScopes: ['notes:read'] })
    expect(await referee.send(token)).toBe('200')
    expect(referee.context()).toEqual({
      subject: undefined,
      clientId: 'app',
      scopes: ['notes:read'],
      audience: [],
    })
    const strict = { ...preset(), dangerouslyAllowMissingAudience: false }
    expect(await createReferee(strict).send(token)).toBe('401 token_audience')
  })

  it('reads the subject that the application adds to the response', async () => {
    const { access_token: token, id_token: id = '' } = await logInFor('openid notes:read')
    const referee = createReferee(preset())
    expect(await referee.send(token)).toBe('200')
    expect(referee.context()?.subject).toBe('7')
    // Introspection does not know ID tokens.
    expect(await referee.send(id)).toBe('401 token_inactive')
  })

  it('misses a scope of a token whose refresh asked for fewer', async () => {
    const wide = await logInFor('notes:read notes:write')
    const narrow = await refresh(wide.refresh_token, 'notes:read')
    const { send } = createReferee(preset(), { requiredScopes: ['notes:write'] })
    expect(await send(wide.access_token)).toBe('200')
    expect(await send(narrow.access_token)).toBe('403 scope_insufficient')
  })

  it('passes the earlier token after a refresh until the server itself sees the new one', async () => {
    const first = await logInFor('openid notes:read')
    const second = await refresh(first.refresh_token)
    expect(await createReferee(preset()).send(second.access_token)).toBe('200')
    expect(await createReferee(preset()).send(first.access_token)).toBe('200')
    const headers = { Authorization: `Bearer ${second.access_token}` }
    expect((await fetch(`${issuer}/oauth/userinfo`, { headers })).status).toBe(200)
    expect(await createReferee(preset()).send(first.access_token)).toBe('401 token_inactive')
  })

  it('passes a refresh token, which introspection does not distinguish from an access token', async () => {
    const { refresh_token: token = '' } = await logInFor('notes:read')
    expect(await createReferee(preset()).send(token)).toBe('200')
  })

  it('rejects expired and revoked tokens', async () => {
    const referee = createReferee(preset())
    const { access_token: token } = await logInFor('notes:read')
    expect(await referee.send(token)).toBe('200')
    const form = new URLSearchParams({ token, client_id: 'app' })
    await postForm(fetch, `${issuer}/oauth/revoke`, form)
    expect(await createReferee(preset()).send(token)).toBe('401 token_inactive')
    referee.wait(8000)
    expect(await referee.send((await logInFor('notes:read')).access_token)).toBe(
      '401 token_expired',
    )
  })

  it('rejects invented and foreign tokens without a lock-out', async () => {
    const referee: Referee = createReferee(preset())
    expect(await referee.send(inventJwt({ iss: 'https://other.example' }))).toBe('401 token_issuer')
    const invent = (index: number) => `invented-${index}`
    await expectNoLockOut(referee, invent, '401 token_inactive', async () => {
      return (await logInFor('notes:read')).access_token
    })
    // An application that is not allowed to introspect sees no token of others.
    const stranger = createReferee(preset('stranger'))
    expect(await stranger.send((await logInFor('notes:read')).access_token)).toBe(
      '401 token_inactive',
    )
  })

  it('logs the client of the SDK in, and refreshes', async () => {
    const login = await logInWithSdk(preset(), 'app', undefined, ['openid', 'notes:read'])
    expect(login.text).toBe('7')
    expect(login.asked).toMatchObject({ scope: 'openid notes:read', client_id: 'app' })
    expect(login.findings).toEqual([
      // It has PKCE and public clients, which its metadata does not say.
      'warning server-pkce',
      'warning server-client-registration',
      'warning server-issuer-parameter',
      'warning server-public-clients',
      'warning cors-preflight',
      'warning server-cors',
      'warning server-token-cors',
    ])
    expect(await login.callAfterRefresh()).toBe('7')
  })

  function preset(clientId = 'notes') {
    return doorkeeper({
      issuer,
      introspection: { clientId, clientSecret: `secret-of-${clientId}` },
    })
  }

  async function logInFor(scope: string): Promise<Tokens> {
    return logIn({
      authorize: `${issuer}/oauth/authorize`,
      token: `${issuer}/oauth/token`,
      client: 'app',
      call: fetch,
      extra: { scope },
    })
  }

  async function refresh(token = '', scope?: string): Promise<Tokens> {
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: token,
      client_id: 'app',
      ...(scope !== undefined && { scope }),
    })
    return postForm(fetch, `${issuer}/oauth/token`, form)
  }
})
