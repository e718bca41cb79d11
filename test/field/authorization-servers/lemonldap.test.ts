/**
 * LemonLDAP::NG of Debian, an OpenID provider. `aud` is the client and what is configured as its additional audiences;
 * `resource` is ignored. Introspection has no `aud`, and its `sub` depends on the client that asks.
 * Costs 20 seconds to install and 10 to run.
 */

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasLemonldap, type Lemonldap, SECRETS, startLemonldap, visitAs } from './lemonldap.ts'
import {
  createReferee,
  expectNoLockOut,
  inventJwt,
  logIn,
  type Page,
  postForm,
  RESOURCE,
  type Tokens,
} from './referee.ts'
import { logInWithSdk } from './sdk-login.ts'

if (!hasLemonldap) console.log('Skipped: there is no LemonLDAP::NG.')

describe.skipIf(!hasLemonldap)('LemonLDAP::NG', () => {
  let server: Lemonldap
  beforeAll(async () => {
    server = await startLemonldap()
  })
  afterAll(() => server.stop())

  it('passes a JWT for the additional audience, and rejects the others', async () => {
    const referee = createReferee(serverOf(), { requiredScopes: ['notes:read'] })
    const tokens = await logInAt('app')
    expect(await referee.send(tokens.access_token)).toBe('200')
    expect(referee.context()).toEqual({
      subject: 'dwho',
      clientId: 'app',
      scopes: ['openid', 'notes:read'],
      audience: ['app', RESOURCE],
    })
    // The ID token has the same type, audience and key.
    expect(await referee.send(tokens.id_token ?? '')).toBe('401 token_type')
    expect(await referee.send(tokens.refresh_token ?? '')).toBe('401 token_malformed')
    expect(await referee.send((await logInAt('opaque')).access_token)).toBe('401 token_malformed')
    referee.wait(7200)
    expect(await referee.send(tokens.access_token)).toBe('401 token_expired')
  })

  it('grants a scope by its rule for the user', async () => {
    const { send } = createReferee(serverOf(), { requiredScopes: ['notes:write'] })
    const scope = 'openid notes:read notes:write'
    expect(await send((await logInAt('app', scope)).access_token)).toBe('403 scope_insufficient')
    expect(await send((await logInAt('app', scope, 'rtyler')).access_token)).toBe('200')
  })

  it('keeps every scope at a refresh that asks for fewer', async () => {
    const { refresh_token: refresh = '' } = await logInAt('app')
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refresh,
      client_id: 'app',
      scope: 'openid',
    })
    const narrow = await postForm(fetch, `${server.issuer}oauth2/token`, form)
    const referee = createReferee(serverOf(), { requiredScopes: ['notes:read'] })
    expect(await referee.send(narrow.access_token)).toBe('200')
  })

  it('rejects forged JWTs without a lock-out', async () => {
    const referee = createReferee(serverOf())
    const [head, claims] = (await logInAt('app')).access_token.split('.')
    const forge = () => `${head}.${claims}.${'A'.repeat(342)}`
    await expectNoLockOut(referee, forge, '401 token_signature', async () => {
      return (await logInAt('app')).access_token
    })
  })

  it('introspects both formats, and names users as the client that asks knows them', async () => {
    for (const client of ['app', 'opaque'] as const) {
      const { access_token: token } = await logInAt(client)
      const { send, context } = introspecting('notes')
      expect(await send(token)).toBe('200')
      expect(context()).toMatchObject({ subject: 'dwho', clientId: client, audience: [] })
      const other = introspecting('mailer')
      expect(await other.send(token)).toBe('200')
      expect(other.context()).toMatchObject({ subject: 'dwho@badwolf.org', clientId: client })
    }
  })

  it('rejects by introspection what it did not issue, without a lock-out', async () => {
    const referee = introspecting('notes')
    expect(await referee.send(inventJwt({ iss: 'https://other.example' }))).toBe('401 token_issuer')
    const invent = (index: number) => `invented-${index}`
    await expectNoLockOut(referee, invent, '401 token_inactive', async () => {
      return (await logInAt('opaque')).access_token
    })
    const { refresh_token: refresh = '' } = await logInAt('opaque')
    expect(await introspecting('notes').send(refresh)).toBe('401 token_inactive')
  })

  it('passes JWTs of a new key at once, and none of the old one after a fetch', async () => {
    const before = (await logInAt('app')).access_token
    const referee = createReferee(serverOf())
    expect(await referee.send(before)).toBe('200')
    await server.rotate()
    expect(await referee.send((await logInAt('app')).access_token)).toBe('200')
    expect(await createReferee(serverOf()).send(before)).toBe('401 token_key')
  })

  it('logs the client of the SDK in, and refreshes', async () => {
    const server = { ...serverOf(), audience: RESOURCE }
    const visit = (page: Page) => visitAs('dwho', page)
    const login = await logInWithSdk(server, 'app', visit, ['openid', 'notes:read'])
    expect(login.text).toBe('dwho')
    expect(login.asked).toMatchObject({ scope: 'openid notes:read', client_id: 'app' })
    expect(login.findings).toEqual([
      'warning server-client-registration',
      'warning server-issuer-parameter',
      // It has public clients, which its metadata does not say.
      'warning server-public-clients',
      // Its metadata lists the scopes of OpenID Connect only.
      'warning server-challenge-scopes',
      'warning cors-preflight',
      // The audience is configured, so it is not the URL of this test.
      'warning token-audience',
    ])
    expect(await login.callAfterRefresh()).toBe('dwho')
    // The SDK requests the scopes of the challenge. Without `openid` the user sees an error page.
    await expect(logInAt('app', 'notes:read')).rejects.toThrow('200: <!DOCTYPE html>')
  })

  function serverOf() {
    return { issuer: server.issuer }
  }

  function introspecting(clientId: 'notes' | 'mailer') {
    return createReferee({
      ...serverOf(),
      // Introspection has no audience.
      dangerouslyAllowMissingAudience: true,
      accessToken: { kind: 'introspection', clientId, clientSecret: SECRETS[clientId] },
    })
  }

  async function logInAt(
    client: 'app' | 'opaque',
    scope = 'openid notes:read',
    user = 'dwho',
  ): Promise<Tokens> {
    return logIn({
      authorize: `${server.issuer}oauth2/authorize`,
      token: `${server.issuer}oauth2/token`,
      client,
      call: fetch,
      extra: { scope },
      visit: (page) => visitAs(user, page),
    })
  }
})
