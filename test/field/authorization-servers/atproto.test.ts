/**
 * The OAuth provider of the AT Protocol. All of its tokens are bound to a key, its token endpoint demands nonces, and it
 * ignores `resource`: the audience is the server with the data of the user, or what a hook of the application sets.
 * Costs 15 seconds to install and 2 to run.
 */

import { DpopSession } from '@modelcontextprotocol/client'
import * as dpop from 'dpop'
import {
  type AuthorizationServerOptions,
  checkAuthorizationServer,
  discoverAuthorizationServer,
  type Fetch,
  protect,
  protectedResource,
} from 'mcp-gatehouse'
import { afterEach, describe, expect, it } from 'vitest'
import { type Atproto, CLIENT, LOOPBACK, PDS, startAtproto, USER } from './atproto.ts'
import { createReferee, logIn, postForm, RESOURCE, type Tokens } from './referee.ts'
import { logInWithSdk } from './sdk-login.ts'

const started: Atproto[] = []
afterEach(() => {
  for (const { stop } of started.splice(0)) stop()
})

describe('@atproto/oauth-provider', () => {
  it('passes a token with a proof, for the audience of the user, whose key jose does not import', async () => {
    const server = await start()
    const keys = await dpop.generateKeyPair('ES256')
    const { access_token: token } = await logInFor(server, keys)
    const { send, codes } = createBound({ issuer: server.issuer, audience: PDS })
    const proof = await dpop.generateProof(keys, RESOURCE, 'POST', undefined, token)
    expect(await send({ Authorization: `DPoP ${token}`, DPoP: proof })).toEqual({
      subject: USER,
      clientId: CLIENT,
      // Scopes that the provider does not know are left out.
      scopes: ['atproto', 'transition:generic'],
    })
    expect(await send({ Authorization: `DPoP ${token}`, DPoP: proof })).toBe(401)
    expect(await send({ Authorization: `Bearer ${token}` })).toBe(401)
    expect(codes).toEqual(['dpop_proof_replayed', 'binding_missing'])

    expect(await createReferee({ issuer: server.issuer }).send(token)).toBe('401 token_audience')
    const plain = createReferee({ issuer: server.issuer, audience: PDS })
    expect(await plain.send(token)).toBe('401 binding_unsupported')
  })

  it('passes a token whose audience and scopes a hook sets', async () => {
    const server = await start({ aud: RESOURCE, scope: 'atproto notes:read' })
    const keys = await dpop.generateKeyPair('ES256')
    const tokens = await logInFor(server, keys)
    const { send } = createBound({ issuer: server.issuer })
    const sendToken = async (token: string) => {
      const proof = await dpop.generateProof(keys, RESOURCE, 'POST', undefined, token)
      return send({ Authorization: `DPoP ${token}`, DPoP: proof })
    }
    expect(await sendToken(tokens.access_token)).toMatchObject({
      scopes: ['atproto', 'notes:read'],
    })
    const form = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token ?? '',
      client_id: CLIENT,
    })
    const next = await postForm(withProofs(server, keys), `${server.issuer}/oauth/token`, form)
    expect(next.access_token).not.toBe(tokens.access_token)
    expect(await sendToken(next.access_token)).toMatchObject({ subject: USER })
  })

  it('logs in the client of the SDK that has a session for DPoP, and no other', async () => {
    const server = await start()
    const options = { issuer: server.issuer, audience: PDS }
    const { call, visit } = server
    const host = { call, redirect: LOOPBACK }
    const session = await DpopSession.create()
    const login = await logInWithSdk(options, CLIENT, visit, ['atproto'], { ...host, session })
    expect(login.text).toBe(USER)
    expect(login.tokens.token_type).toBe('DPoP')
    expect(await login.callAfterRefresh()).toBe(USER)
    // It requires pushed requests, and accepts the others.
    expect(login.findings).toContain('warning server-pushed-requests')

    const without = logInWithSdk(options, CLIENT, visit, ['atproto'], host)
    await expect(without).rejects.toThrow('DPoP proof required')
  })

  it('has metadata without an error', async () => {
    const { issuer } = await start()
    const metadata = await discoverAuthorizationServer(issuer)
    const findings = checkAuthorizationServer(metadata, RESOURCE)
    expect(findings.filter(({ level }) => level !== 'pass')).toEqual([])
  })
})

async function start(claims?: Record<string, unknown>): Promise<Atproto> {
  const server = await startAtproto(claims)
  started.push(server)
  return server
}

async function logInFor(server: Atproto, keys: dpop.KeyPair): Promise<Tokens> {
  return logIn({
    authorize: `${server.issuer}/oauth/authorize`,
    token: `${server.issuer}/oauth/token`,
    client: CLIENT,
    redirect: LOOPBACK,
    call: withProofs(server, keys),
    extra: { scope: 'atproto transition:generic notes:read', resource: RESOURCE },
    visit: server.visit,
  })
}

/** Adds proofs to token requests, the second one with the nonce of the first response. */
function withProofs({ call }: Atproto, keys: dpop.KeyPair): Fetch {
  return async (url, init) => {
    if (!url.endsWith('/token')) return call(url, init)
    const send = async (nonce?: string) => {
      const headers = new Headers(init?.headers)
      headers.set('DPoP', await dpop.generateProof(keys, url, 'POST', nonce))
      return call(url, { ...init, headers })
    }
    const first = await send()
    expect(await first.json()).toMatchObject({ error: 'use_dpop_nonce' })
    return send(first.headers.get('DPoP-Nonce') ?? undefined)
  }
}

function createBound(server: AuthorizationServerOptions) {
  const codes: string[] = []
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [server],
    dpop: true,
    onEvent: (event) => event.type === 'refused' && codes.push(event.code),
  })
  const respond = protect(resource, (_request, { subject, clientId, scopes }) =>
    Response.json({ subject, clientId, scopes }),
  )
  const send = async (headers: Record<string, string>): Promise<unknown> => {
    const response = await respond(new Request(RESOURCE, { method: 'POST', headers }))
    return response.ok ? response.json() : response.status
  }
  return { send, codes }
}
