/**
 * Glewlwyd of Debian, with its OpenID Connect plugin. A token is for the resource that the client names; without
 * `resource` its audience is the list of its scopes. With its own credentials a client sees its own tokens only.
 * Costs 17 seconds to install and 5 to 15 to run.
 */

import type { IntrospectionOptions } from 'mcp-gatehouse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CLIENTS, type Glewlwyd, hasGlewlwyd, startGlewlwyd } from './glewlwyd.ts'
import {
  basic,
  createReferee,
  expectNoLockOut,
  inventJwt,
  logIn,
  postForm,
  RESOURCE,
  type Tokens,
} from './referee.ts'

const OTHER = 'https://mcp.example/calendar'
const WEB = basic('web', CLIENTS.web)

if (!hasGlewlwyd) console.log('Skipped: there is no glewlwyd on the PATH.')

describe.skipIf(!hasGlewlwyd)('glewlwyd', () => {
  let server: Glewlwyd
  beforeAll(async () => {
    server = await startGlewlwyd([RESOURCE, OTHER])
  })
  afterAll(() => server.stop())

  it('passes a JWT for the resource, and rejects the others', async () => {
    const referee = createReferee({ issuer: server.issuer }, { requiredScopes: ['notes:read'] })
    const tokens = await logInFor(RESOURCE)
    expect(await referee.send(tokens.access_token)).toBe('200')
    expect(referee.context()).toMatchObject({
      clientId: 'app',
      scopes: ['notes:read'],
      audience: [RESOURCE],
    })
    expect(await referee.send((await logInFor(OTHER)).access_token)).toBe('401 token_audience')
    expect(await referee.send((await logInFor()).access_token)).toBe('401 token_audience')
    expect(await referee.send(tokens.refresh_token ?? '')).toBe('401 token_malformed')
    referee.wait(7200)
    expect(await referee.send(tokens.access_token)).toBe('401 token_expired')
  })

  it('rejects forged JWTs without a lock-out', async () => {
    const referee = createReferee({ issuer: server.issuer })
    const [head, claims] = (await logInFor(RESOURCE)).access_token.split('.')
    const forge = () => `${head}.${claims}.${'A'.repeat(86)}`
    await expectNoLockOut(referee, forge, '401 token_signature', fetchToken)
  })

  it('introspects a token until it is revoked', async () => {
    const { access_token: token } = await logInFor(RESOURCE, 'web')
    const { send, context } = introspecting('web')
    expect(await send(token)).toBe('200')
    expect(context()).toMatchObject({ clientId: 'web', audience: [RESOURCE] })
    await postForm(fetch, `${server.issuer}/revoke`, new URLSearchParams({ token }), WEB)
    expect(await introspecting('web').send(token)).toBe('401 token_inactive')
  })

  it('rejects by introspection what is not an access token for the resource', async () => {
    const referee = introspecting('web')
    expect(await referee.send((await logInFor(OTHER, 'web')).access_token)).toBe(
      '401 token_audience',
    )
    expect(await referee.send((await logInFor(undefined, 'web')).access_token)).toBe(
      '401 token_audience',
    )
    // Active for the server, but its `token_type` is `refresh_token`.
    const { refresh_token: refresh = '' } = await logInFor(RESOURCE, 'web')
    expect(await referee.send(refresh)).toBe('401 token_inactive')
    expect(await referee.send(inventJwt({ iss: 'https://other.example' }))).toBe('401 token_issuer')
    const invent = (index: number) => inventJwt({ iss: server.issuer, jti: `${index}` })
    await expectNoLockOut(referee, invent, '401 token_inactive', fetchTokenOfWeb)
    // The token of another client is inactive for this one.
    expect(await introspecting('notes').send(await fetchToken())).toBe('401 token_inactive')
  })

  it('reads signed responses, and 400 as inactive after the first of them', async () => {
    const referee = introspecting('web', { signedResponse: true })
    expect(await referee.send('before-the-first')).toBe('503 unavailable')
    // Addressed to the audience of the token, not to the client that asks.
    expect(await referee.send(await fetchTokenOfWeb())).toBe('200')
    expect(await referee.send((await logInFor(OTHER, 'web')).access_token)).toBe(
      '401 token_audience',
    )
    await expectNoLockOut(referee, (i) => `opaque-${i}`, '401 token_inactive', fetchTokenOfWeb)
  })

  async function fetchToken(): Promise<string> {
    return (await logInFor(RESOURCE)).access_token
  }

  async function fetchTokenOfWeb(): Promise<string> {
    return (await logInFor(RESOURCE, 'web')).access_token
  }

  function introspecting(
    clientId: keyof typeof CLIENTS,
    options: Partial<IntrospectionOptions> = {},
  ) {
    const clientSecret = CLIENTS[clientId]
    return createReferee({
      issuer: server.issuer,
      accessToken: { kind: 'introspection', clientId, clientSecret, ...options },
    })
  }

  async function logInFor(resource?: string, client: 'app' | 'web' = 'app'): Promise<Tokens> {
    return logIn({
      authorize: `${server.issuer}/auth`,
      token: `${server.issuer}/token`,
      client,
      ...(client === 'web' && { headers: WEB }),
      call: fetch,
      cookie: server.cookie,
      extra: { scope: 'notes:read', ...(resource !== undefined && { resource }) },
      // The login page asks the user, who has a session, to continue.
      visit: async ({ url }) => `${new URL(url).searchParams.get('callback_url')}&g_continue`,
    })
  }
})
