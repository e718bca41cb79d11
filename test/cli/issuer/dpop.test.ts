/** `mcp-gatehouse issuer --dpop`: tokens, refresh tokens and codes that are bound to a key (RFC 9449). */

import { randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { expect, it } from 'vitest'
import { createBrowser } from '../../../examples/demo/browser.ts'
import { CLI_CLIENT, createClient, REDIRECT, RESOURCE, type Tokens } from './client.ts'
import { startIssuer } from './start.ts'

it('binds tokens and refresh tokens to the key of the proof', async () => {
  const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, '--dpop')
  const client = createClient(issuer)
  const { proof, thumbprint } = await holder(issuer)
  const bad = await client.redeem((await client.login()).get('code'), {}, { DPoP: 'x.y.z' })
  expect(await bad.json()).toMatchObject({ error: 'invalid_dpop_proof' })
  const other = { DPoP: await proof({ htu: `${issuer}/other` }) }
  const wrong = await client.redeem((await client.login()).get('code'), {}, other)
  expect(await wrong.json()).toMatchObject({ error: 'invalid_dpop_proof' })

  const DPoP = await proof()
  const bound = await client.redeem((await client.login()).get('code'), {}, { DPoP })
  const tokens = (await bound.json()) as Tokens
  expect(tokens.token_type).toBe('DPoP')
  expect(await (await client.introspect(tokens.access_token)).json()).toMatchObject({
    cnf: { jkt: thumbprint },
  })
  const token = tokens.refresh_token
  expect(await (await client.refresh(token, {}, { DPoP })).json()).toMatchObject({
    error: 'invalid_dpop_proof',
  })
  expect(await (await client.refresh(token)).json()).toMatchObject({ error: 'invalid_grant' })
  const thief = await (await holder(issuer)).proof()
  expect((await client.refresh(token, {}, { DPoP: thief })).status).toBe(400)
  expect((await client.refresh(token, {}, { DPoP: await proof() })).status).toBe(200)
})

// RFC 9449 §4.2, §4.3: an access token must have been hashed at a resource only; other claims are ignored.
it.each(['x', ''])('accepts a proof with an ath of its own: %j', async (ath) => {
  const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, '--dpop')
  const client = createClient(issuer)
  const { proof } = await holder(issuer)
  const headers = { DPoP: await proof({ ath }) }
  const redeemed = await client.redeem((await client.login()).get('code'), {}, headers)
  expect(((await redeemed.json()) as Tokens).token_type).toBe('DPoP')
})

it('is off without the option: the proof is ignored', async () => {
  const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
  const client = createClient(issuer)
  const DPoP = await (await holder(issuer)).proof()
  const response = await client.redeem((await client.login()).get('code'), {}, { DPoP })
  expect(((await response.json()) as Tokens).token_type).toBe('Bearer')
})

it('binds a refreshed token to the key of its proof, and the next refresh token of a public client', async () => {
  const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, '--dpop')
  const client = createClient(issuer)
  const { proof, thumbprint } = await holder(issuer)
  const redeemed = await client.redeem((await client.login()).get('code'))
  const bearer = (await redeemed.json()) as Tokens
  expect(bearer.token_type).toBe('Bearer')
  const refreshed = await client.refresh(bearer.refresh_token, {}, { DPoP: await proof() })
  const bound = (await refreshed.json()) as Tokens
  expect(bound.token_type).toBe('DPoP')
  expect(decodeJwt(bound.access_token)['cnf']).toEqual({ jkt: thumbprint })
  const DPoP = await (await holder(issuer)).proof()
  expect((await client.refresh(bound.refresh_token, {}, { DPoP })).status).toBe(400)
  expect((await client.refresh(bound.refresh_token)).status).toBe(400)
  const again = await client.refresh(bound.refresh_token, {}, { DPoP: await proof() })
  expect(again.status).toBe(200)
})

// RFC 9449 §5: it is bound to the client, which authenticates.
it('lets a confidential client refresh with another key, or without one', async () => {
  const confidential = ['--client', `web:${REDIRECT}:secret`]
  const issuer = await startIssuer(RESOURCE, ...confidential, '--dpop')
  const client = createClient(issuer, 'web')
  const withSecret = { client_secret: 'secret' }
  const DPoP = await (await holder(issuer)).proof()
  const code = (await client.login()).get('code')
  let tokens = (await (await client.redeem(code, withSecret, { DPoP })).json()) as Tokens
  expect(tokens.token_type).toBe('DPoP')
  const { proof, thumbprint } = await holder(issuer)
  const headers = { DPoP: await proof() }
  const rotated = await client.refresh(tokens.refresh_token, withSecret, headers)
  tokens = (await rotated.json()) as Tokens
  expect(tokens.token_type).toBe('DPoP')
  expect(decodeJwt(tokens.access_token)['cnf']).toEqual({ jkt: thumbprint })
  const unbound = await client.refresh(tokens.refresh_token, withSecret)
  expect(((await unbound.json()) as Tokens).token_type).toBe('Bearer')
})

/** The code of a login whose authorization request has this `dpop_jkt`. */
async function codeFor(client: ReturnType<typeof createClient>, dpop_jkt: string) {
  const url = client.authorizeUrl({ dpop_jkt })
  const { arrived } = await createBrowser({}).open(url, new URL(REDIRECT))
  return arrived.searchParams.get('code')
}

it('redeems a code with dpop_jkt with a proof of that key only', async () => {
  const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, '--dpop')
  const client = createClient(issuer)
  const { proof, thumbprint } = await holder(issuer)
  const thief = { DPoP: await (await holder(issuer)).proof() }
  for (const headers of [{}, thief]) {
    const response = await client.redeem(await codeFor(client, thumbprint), {}, headers)
    expect([response.status, await response.json()]).toEqual([
      400,
      {
        error: 'invalid_grant',
        error_description: 'The code is bound to another key (RFC 9449, 10).',
      },
    ])
  }
  const headers = { DPoP: await proof() }
  const redeemed = await client.redeem(await codeFor(client, thumbprint), {}, headers)
  expect(((await redeemed.json()) as Tokens).token_type).toBe('DPoP')
})

it.each(['Ed25519', 'PS512'])('accepts a proof with %s, which the metadata lists', async (alg) => {
  const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, '--dpop')
  const document = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json()
  expect(document).toHaveProperty(
    'dpop_signing_alg_values_supported',
    expect.arrayContaining([alg]),
  )
  const client = createClient(issuer)
  const DPoP = await (await holder(issuer, alg)).proof()
  const redeemed = await client.redeem((await client.login()).get('code'), {}, { DPoP })
  expect(((await redeemed.json()) as Tokens).token_type).toBe('DPoP')
})

it('rejects a dpop_jkt that is not a thumbprint, and ignores it without the option', async () => {
  const start = async (...args: string[]) => {
    const client = createClient(await startIssuer(RESOURCE, ...CLI_CLIENT, ...args))
    return { client, url: client.authorizeUrl({ dpop_jkt: 'x' }) }
  }
  const response = await fetch((await start('--dpop')).url, { redirect: 'manual' })
  const target = new URL(response.headers.get('Location') ?? '')
  expect(target.searchParams.get('error')).toBe('invalid_request')
  const { client } = await start()
  expect((await client.redeem(await codeFor(client, 'x'))).status).toBe(200)
})

it.each([
  [['--dpop'], true, 400],
  [['--dpop'], undefined, 200],
  [[], undefined, 200],
])('with %j registers dpop_bound_access_tokens as %s', async (args, registered, status) => {
  const issuer = await startIssuer(RESOURCE, ...args)
  const metadata = {
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: 'none',
    dpop_bound_access_tokens: args.length === 0 ? true : (registered ?? false),
  }
  const response = await fetch(`${issuer}/register`, {
    method: 'POST',
    body: JSON.stringify(metadata),
  })
  const { client_id: id, ...rest } = (await response.json()) as Record<string, unknown>
  expect(rest['dpop_bound_access_tokens']).toBe(registered)
  const client = createClient(issuer, String(id))
  const redeemed = await client.redeem((await client.login()).get('code'))
  const body = await redeemed.json()
  expect(redeemed.status).toBe(status)
  if (status === 400) {
    expect(body).toEqual({
      error: 'invalid_dpop_proof',
      error_description: 'This client has registered dpop_bound_access_tokens.',
    })
    const headers = { DPoP: await (await holder(issuer)).proof() }
    expect((await client.redeem((await client.login()).get('code'), {}, headers)).status).toBe(200)
  }
})

async function holder(issuer: string, alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg)
  const jwk = await exportJWK(publicKey)
  const proof = (claims: Record<string, unknown> = {}) =>
    new SignJWT({ htm: 'POST', htu: `${issuer}/token`, jti: randomUUID(), ...claims })
      .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk })
      .setIssuedAt()
      .sign(privateKey)
  return { proof, thumbprint: await calculateJwkThumbprint(jwk) }
}
