/**
 * Glewlwyd of Debian, with its OpenID Connect plugin. A token is for the resource that the client names; without
 * `resource` its audience is the list of its scopes. With its own credentials a client sees its own tokens only. Tokens
 * are bound to a key where the client sends proofs, which need nonces of the server.
 * Costs 17 seconds to install and 5 to 15 to run.
 */

import { DpopSession, withDpop } from '@modelcontextprotocol/client'
import * as dpop from 'dpop'
import {
  type AuthorizationServerOptions,
  type Fetch,
  type IntrospectionOptions,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
} from 'mcp-gatehouse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bearerChallenge, DESCRIPTIONS } from '../../support/rejection.ts'
import { CLIENTS, type Glewlwyd, hasGlewlwyd, startGlewlwyd } from './glewlwyd.ts'
import {
  basic,
  createReferee,
  expectNoLockOut,
  inventJwt,
  logIn,
  METADATA_URL,
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

  it.each([
    ['ES256', 'jwt'],
    ['PS256', 'jwt'],
    ['ES256', 'introspection'],
  ] as const)(
    'passes a token that is bound to a key for %s with a proof, by %s',
    async (algorithm, kind) => {
      const keys = await dpop.generateKeyPair(algorithm)
      const tokens = await logInFor(RESOURCE, 'web', withProofs(keys))
      expect(tokens).toMatchObject({ token_type: 'DPoP' })
      const { access_token: token } = tokens
      const credentials = { clientId: 'web', clientSecret: CLIENTS.web }
      const { send, codes } = createBound({
        issuer: server.issuer,
        accessToken: kind === 'jwt' ? kind : { kind, ...credentials },
      })
      const proof = await dpop.generateProof(keys, RESOURCE, 'POST', undefined, token)
      expect(await send({ Authorization: `DPoP ${token}`, DPoP: proof })).toBe('200')
      expect(await send({ Authorization: `DPoP ${token}`, DPoP: proof })).toBe(
        '401 DPoP invalid_dpop_proof',
      )
      expect(await send({ Authorization: `Bearer ${token}` })).toBe('401 Bearer invalid_token')
      const stranger = await dpop.generateKeyPair('ES256')
      const stolen = await dpop.generateProof(stranger, RESOURCE, 'POST', undefined, token)
      expect(await send({ Authorization: `DPoP ${token}`, DPoP: stolen })).toBe(
        '401 DPoP invalid_token',
      )
      expect(codes).toEqual(['dpop_proof_replayed', 'binding_missing', 'binding_mismatch'])
      // A resource without DPoP rejects the token.
      const plain = kind === 'jwt' ? createReferee({ issuer: server.issuer }) : introspecting('web')
      expect(await plain.send(token)).toBe('401 binding_unsupported')
    },
  )

  it('takes the proofs of the SDK, whose session has a nonce for each server', async () => {
    const session = await DpopSession.create()
    const call = withSession((url, nonce) =>
      session.buildProof({ htm: 'POST', htu: url, ...(nonce !== undefined && { nonce }) }),
    )
    const { access_token: token } = await logInFor(RESOURCE, 'app', call)
    const options = { dpop: { nonce: { secret: 'a secret of this test, long enough' } } }
    const { codes, respond } = createBound({ issuer: server.issuer }, options)
    const send = withDpop(
      session,
      () => token,
    )(async (input, init) => respond(new Request(input, init)))
    expect((await send(RESOURCE, { method: 'POST' })).status).toBe(200)
    expect((await send(RESOURCE, { method: 'POST' })).status).toBe(200)
    expect(codes).toEqual(['dpop_nonce'])
  })

  function withProofs(keys: dpop.KeyPair): Fetch {
    return withSession((url, nonce) => dpop.generateProof(keys, url, 'POST', nonce))
  }

  /** Adds proofs to the token request, the second one with the nonce of the first response. */
  function withSession(prove: (url: string, nonce?: string) => Promise<string>): Fetch {
    return async (input, init) => {
      const url = String(input)
      if (!url.endsWith('/token')) return fetch(input, init)
      let response: Response
      let nonce: string | undefined
      do {
        const proof = await prove(url, nonce)
        const headers = new Headers(init?.headers)
        headers.set('DPoP', proof)
        response = await fetch(url, { ...init, headers })
        nonce = nonce === undefined ? (response.headers.get('DPoP-Nonce') ?? undefined) : undefined
      } while (nonce !== undefined)
      return response
    }
  }

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

  async function logInFor(
    resource?: string,
    client: 'app' | 'web' = 'app',
    call: Fetch = fetch,
  ): Promise<Tokens> {
    return logIn({
      authorize: `${server.issuer}/auth`,
      token: `${server.issuer}/token`,
      client,
      ...(client === 'web' && { headers: WEB }),
      call,
      cookie: server.cookie,
      extra: { scope: 'notes:read', ...(resource !== undefined && { resource }) },
      // The login page asks the user, who has a session, to continue.
      visit: async ({ url }) => `${new URL(url).searchParams.get('callback_url')}&g_continue`,
    })
  }
})

/** A resource that takes bound tokens. Each rejection is compared with its whole challenge. */
function createBound(
  server: AuthorizationServerOptions,
  options: Partial<ProtectedResourceOptions> = {},
) {
  const codes: string[] = []
  let runs = 0
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [server],
    dpop: { algorithms: ['ES256', 'PS256'] },
    onEvent: (event) => event.type === 'refused' && codes.push(event.code),
    ...options,
  })
  const respond = protect(resource, () => {
    runs += 1
    return new Response('done')
  })
  /** The result is `200`, or the scheme and the error of the rejection. */
  const send = async (headers: Record<string, string>): Promise<string> => {
    const before = runs
    const response = await respond(new Request(RESOURCE, { method: 'POST', headers }))
    const { status } = response
    expect(runs - before).toBe(status === 200 ? 1 : 0)
    const challenge = response.headers.get('WWW-Authenticate') ?? ''
    if (challenge === '') return String(status)
    const found = ERRORS.find((each) => formatChallenge(...each) === challenge)
    return `${status} ${found?.join(' ') ?? challenge}`
  }
  return { codes, send, respond }
}

const ERRORS = [
  ['Bearer', 'invalid_token'],
  ['DPoP', 'invalid_token'],
  ['DPoP', 'invalid_dpop_proof'],
] as const

function formatChallenge(scheme: 'Bearer' | 'DPoP', error: string): string {
  const bearer = bearerChallenge(scheme === 'Bearer' ? error : undefined, undefined, METADATA_URL)
  const proof =
    scheme === 'DPoP' ? `error="${error}", error_description="${DESCRIPTIONS[error]}", ` : ''
  return `${bearer}, DPoP ${proof}algs="ES256 PS256", resource_metadata="${METADATA_URL}"`
}
