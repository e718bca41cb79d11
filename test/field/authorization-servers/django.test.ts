/**
 * django-oauth-toolkit of Debian. Tokens are opaque and have no audience, so that every token of the server passes. The
 * first test shows what the preset relaxes. Costs 20 seconds to install and 5 to 13 to run.
 */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { djangoOauthToolkit } from 'mcp-gatehouse/providers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  basic,
  createReferee,
  expectNoLockOut,
  inventJwt,
  logIn,
  type Page,
  postForm,
  REDIRECT,
} from './referee.ts'

const PYTHON = '/usr/bin/python3'
const INTROSPECTION = { clientId: 'notes', clientSecret: 'secret-of-notes' }
const hasDjango = spawnSync(PYTHON, ['-c', 'import oauth2_provider, jwcrypto']).status === 0

if (!hasDjango) console.log('Skipped: there is no django-oauth-toolkit for /usr/bin/python3.')

describe.skipIf(!hasDjango)('django-oauth-toolkit', () => {
  let child: ChildProcess
  let url: string
  let cookie: string
  beforeAll(async () => {
    const program = join(import.meta.dirname, 'django-server.py')
    child = spawn(PYTHON, [program, REDIRECT], { stdio: ['ignore', 'pipe', 'inherit'] })
    if (child.stdout === null) throw new Error('The process has no output.')
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    const started = JSON.parse(line) as { readonly port: number; readonly cookie: string }
    url = `http://127.0.0.1:${started.port}/o`
    cookie = started.cookie
  })
  afterAll(async () => {
    child.kill('SIGTERM')
    await once(child, 'exit')
  })

  it('passes a token by the preset, and by no other option without an audience', async () => {
    const { access_token: token } = await logInFor('notes:read')
    const referee = createReferee(preset(), { requiredScopes: ['notes:read'] })
    expect(await referee.send(token)).toBe('200')
    expect(referee.context()).toMatchObject({ clientId: 'app', scopes: ['notes:read'] })
    const strict = { ...preset(), dangerouslyAllowMissingAudience: false }
    expect(await createReferee(strict).send(token)).toBe('401 token_audience')
  })

  it('passes a token of the client credentials grant, and misses its scope', async () => {
    const form = new URLSearchParams({ grant_type: 'client_credentials', scope: 'introspection' })
    const credentials = basic(INTROSPECTION.clientId, INTROSPECTION.clientSecret)
    const { access_token: token } = await postForm(fetch, `${url}/token/`, form, credentials)
    expect(await createReferee(preset()).send(token)).toBe('200')
    const { send } = createReferee(preset(), { requiredScopes: ['notes:read'] })
    expect(await send(token)).toBe('403 scope_insufficient')
  })

  it('rejects expired and revoked tokens', async () => {
    const referee = createReferee(preset())
    const { access_token: token } = await logInFor('notes:read')
    expect(await referee.send(token)).toBe('200')
    referee.wait(7200)
    expect(await referee.send(token)).toBe('401 token_expired')

    const form = new URLSearchParams({ token, client_id: 'app' })
    await postForm(fetch, `${url}/revoke_token/`, form)
    expect(await createReferee(preset()).send(token)).toBe('401 token_inactive')
  })

  it('rejects refresh tokens, ID tokens and invented tokens without a lock-out', async () => {
    const referee = createReferee(preset())
    const tokens = await logInFor('openid notes:read')
    expect(await referee.send(tokens.refresh_token ?? '')).toBe('401 token_inactive')
    // Signed by the server, but the introspection endpoint does not know it.
    expect(await referee.send(tokens.id_token ?? '')).toBe('401 token_inactive')
    expect(await referee.send(inventJwt({ iss: 'https://other.example' }))).toBe('401 token_issuer')
    const invent = (index: number) => `invented-${index}`
    await expectNoLockOut(referee, invent, '401 token_inactive', async () => {
      return (await logInFor('notes:read')).access_token
    })
  })

  function preset() {
    return djangoOauthToolkit({ url, introspection: INTROSPECTION })
  }

  async function logInFor(scope: string) {
    return logIn({
      authorize: `${url}/authorize/`,
      token: `${url}/token/`,
      client: 'app',
      call: fetch,
      cookie,
      extra: { scope },
      visit: allow,
    })
  }

  /** Sends the form of the consent page. */
  async function allow({ url: page, text, cookie: cookies }: Page): Promise<string | undefined> {
    const form = new URLSearchParams({ allow: 'Authorize' })
    for (const [input] of text.matchAll(/<input type="hidden"[^>]*>/g)) {
      const [, name = ''] = /name="([^"]*)"/.exec(input) ?? []
      const [, value = ''] = /value="([^"]*)"/.exec(input) ?? []
      form.set(name, value)
    }
    const response = await fetch(page, {
      method: 'POST',
      headers: { Cookie: cookies },
      body: form,
      redirect: 'manual',
    })
    return response.headers.get('Location') ?? undefined
  }
})
