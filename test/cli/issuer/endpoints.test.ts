/** The token endpoint, revocation, introspection and client registration of the development issuer. */

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { CLI_CLIENT, createClient, loggedIn, REDIRECT, RESOURCE, type Tokens } from './client.ts'
import { startIssuer } from './start.ts'

/** A secret that differs from its form-encoded form. */
const WEB_CLIENT = ['--client', `web:${REDIRECT}:s+e%c`]

describe('the token endpoint', () => {
  it.each([
    [{ code_verifier: 'wrong' }, 400, 'invalid_grant'],
    [{ redirect_uri: 'http://127.0.0.1:9/other' }, 400, 'invalid_grant'],
    [{ resource: 'https://other.example/mcp' }, 400, 'invalid_target'],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
    [{ grant_type: undefined }, 400, 'invalid_request'],
    [{ code: undefined }, 400, 'invalid_request'],
    [{ grant_type: 'refresh_token' }, 400, 'invalid_request'],
    [{ client_id: 'other' }, 401, 'invalid_client'],
    [{ client_secret: 'x' }, 401, 'invalid_client'],
    [{ client_id: 'rs', client_secret: 'rs-secret' }, 400, 'invalid_grant'],
  ])('rejects a code with %j', async (changes, status, error) => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    const client = createClient(issuer)
    const response = await client.redeem((await client.login()).get('code'), changes)
    expect([response.status, await response.json()]).toEqual([
      status,
      expect.objectContaining({ error }),
    ])
    // RFC 9110 §15.5.2: also where the client has sent no Authorization.
    const challenge = status === 401 ? 'Basic realm="mcp-gatehouse issuer"' : null
    expect(response.headers.get('WWW-Authenticate')).toBe(challenge)
  })

  it.each([
    ['client_secret', { client_secret: '' }, {}],
    ['resource and redirect_uri', { resource: '', redirect_uri: '' }, {}],
    ['a client_id beside Basic', { client_id: '' }, { Authorization: `Basic ${btoa('cli:')}` }],
    ['the secret of a public client', {}, { Authorization: `Basic ${btoa('cli:')}` }],
  ])(
    'takes a parameter without a value for an omitted one: %s',
    async (_name, changes, headers) => {
      const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
      const client = createClient(issuer)
      const { code } = Object.fromEntries(await client.login())
      const response = await client.redeem(code ?? '', changes, headers)
      expect([response.status, await response.json()]).toEqual([
        200,
        expect.objectContaining({ token_type: 'Bearer' }),
      ])
    },
  )

  it('takes an empty resource and redirect_uri of the authorization request for omitted ones', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    const url = createClient(issuer).authorizeUrl({ resource: '', redirect_uri: '' })
    expect((await fetch(url, { redirect: 'manual' })).status).toBe(200)
  })

  const basic = (id: string, secret: string) => ({
    Authorization: `Basic ${btoa(`${id}:${secret}`)}`,
  })
  it.each([
    [
      {},
      basic('web', 's+e%c'),
      'Form-encode client id and secret before base64 (RFC 6749, 2.3.1).',
    ],
    [{}, basic('web', 's%2Be%25d'), 'The secret is wrong.'],
    [{}, basic('web', ''), 'This client must authenticate with its secret.'],
    [{}, basic('cli', 'x'), 'This client is public: it has no secret.'],
    [{}, { Authorization: 'Bearer x' }, 'Authorization is not Basic with client id and secret.'],
    [{}, {}, 'client_id is missing.'],
    [{ client_id: 'é"' }, {}, 'The client ?? is not registered.'],
    [
      { client_id: 'cli' },
      basic('web', 's%2Be%25c'),
      'Use one method of authentication for one client (RFC 6749, 2.3).',
    ],
  ])(
    'describes what is wrong with the credentials: %j, %j',
    async (changes, headers, description) => {
      const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, ...WEB_CLIENT)
      const form = { grant_type: 'refresh_token', refresh_token: 'x', ...changes }
      const response = await createClient(issuer).post('/token', form, headers)
      expect([response.status, await response.json()]).toEqual([
        401,
        { error: 'invalid_client', error_description: description },
      ])
    },
  )

  it('takes a code once, and a second use revokes what it gave', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    const client = createClient(issuer)
    const code = (await client.login()).get('code')
    const tokens = (await (await client.redeem(code)).json()) as Tokens
    expect((await client.redeem(code)).status).toBe(400)
    expect((await client.refresh(tokens.refresh_token)).status).toBe(400)
    expect(await (await client.introspect(tokens.access_token)).json()).toEqual({ active: false })
  })

  it('rotates refresh tokens; a second use of one revokes the grant', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    const { client, tokens } = await loggedIn(issuer)
    const next = (await (await client.refresh(tokens.refresh_token)).json()) as Tokens
    expect(next.refresh_token).not.toBe(tokens.refresh_token)
    expect(next.access_token).not.toBe(tokens.access_token)
    expect((await client.refresh(tokens.refresh_token)).status).toBe(400)
    expect((await client.refresh(next.refresh_token)).status).toBe(400)
    expect(await (await client.introspect(next.access_token)).json()).toEqual({ active: false })
  })

  it('a second use of a refresh token revokes the grant, also with scopes that were not granted', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, '--user', 'ada:notes:read')
    const { client, tokens } = await loggedIn(issuer)
    const next = (await (await client.refresh(tokens.refresh_token)).json()) as Tokens
    const again = await client.refresh(tokens.refresh_token, { scope: 'notes:admin' })
    expect([again.status, await again.json()]).toEqual([
      400,
      {
        error: 'invalid_grant',
        error_description: 'The refresh token is unknown, used or revoked.',
      },
    ])
    expect((await client.refresh(next.refresh_token)).status).toBe(400)
    expect(await (await client.introspect(next.access_token)).json()).toEqual({ active: false })
  })

  it('narrows the scope of a refreshed token, and never widens it', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, '--user', 'ada:notes:read')
    const { client, tokens } = await loggedIn(issuer)
    const wide = await client.refresh(tokens.refresh_token, { scope: 'notes:read notes:admin' })
    const next = (await wide.json()) as Tokens
    expect(next.scope).toBe('notes:read')
    const none = await client.refresh(next.refresh_token, { scope: 'notes:admin' })
    expect(await none.json()).toMatchObject({ error: 'invalid_scope' })
  })
})

describe('revocation and introspection', () => {
  it('introspection is for confidential clients only, and knows only its own tokens', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    const { client, tokens } = await loggedIn(issuer)
    expect(await (await client.introspect(tokens.access_token)).json()).toMatchObject({
      active: true,
      sub: 'alice',
      scope: 'notes:read notes:write',
      aud: RESOURCE,
    })
    expect(await (await client.introspect('any string')).json()).toEqual({ active: false })
    for (const [credentials, description] of [
      ['rs:wrong', 'The secret is wrong.'],
      ['rs:', 'This client must authenticate with its secret.'],
      ['cli:', 'Introspection needs a client with a secret.'],
      ['other:x', 'The client other is not registered.'],
    ] as const) {
      const response = await client.introspect(tokens.access_token, credentials)
      expect([response.status, await response.json()]).toEqual([
        401,
        { error: 'invalid_client', error_description: description },
      ])
    }
    const open = { token: tokens.access_token, client_id: 'cli' }
    expect((await client.post('/introspect', open)).status).toBe(401)
    expect((await client.post('/introspect', { token: tokens.access_token })).status).toBe(401)
  })

  it('revocation ends a grant, for its own client only', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, '--client', `two:${REDIRECT}`)
    const { client, tokens } = await loggedIn(issuer)
    const token = tokens.refresh_token
    expect((await client.post('/revoke', { token, client_id: 'two' })).status).toBe(400)
    expect(await (await client.introspect(tokens.access_token)).json()).toMatchObject({
      active: true,
    })
    expect((await client.post('/revoke', { token, client_id: 'cli' })).status).toBe(200)
    expect(await (await client.introspect(tokens.access_token)).json()).toEqual({ active: false })
    expect((await client.refresh(token)).status).toBe(400)
    expect((await client.post('/revoke', { token: 'unknown', client_id: 'cli' })).status).toBe(200)
    const without = await client.post('/revoke', { client_id: 'cli' })
    expect([without.status, await without.json()]).toEqual([
      400,
      { error: 'invalid_request', error_description: 'token is missing.' },
    ])
  })

  it('the page lists grants and revokes one with one click', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    expect(await (await fetch(`${issuer}/`)).text()).toContain('No client has a grant yet.')
    const { client, tokens } = await loggedIn(issuer)
    const page = await (await fetch(`${issuer}/`)).text()
    const grant = /name="grant" type="hidden" value="([^"]+)"/.exec(page)?.[1] ?? ''
    const clicked = await client.post('/revoke-grant', { grant }, { Origin: issuer })
    expect(await clicked.text()).toContain('revoked')
    expect((await client.refresh(tokens.refresh_token)).status).toBe(400)
  })
})

describe('methods and paths', () => {
  it('respond to HEAD as to GET, without the content', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    for (const path of ['/', '/.well-known/oauth-authorization-server', '/jwks']) {
      const [head, full] = await Promise.all([
        fetch(issuer + path, { method: 'HEAD' }),
        fetch(issuer + path),
      ])
      expect([head.status, await head.text()]).toEqual([200, ''])
      expect(head.headers.get('Content-Type')).toBe(full.headers.get('Content-Type'))
    }
  })

  it.each([
    ['DELETE', '/', 'GET'],
    ['PUT', '/authorize', 'GET, POST'],
    ['GET', '/consent', 'POST'],
    ['GET', '/token', 'POST, OPTIONS'],
    ['PUT', '/jwks', 'GET'],
  ])('name the methods of the path: %s %s', async (method, path, allowed) => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    const response = await fetch(issuer + path, { method })
    expect([response.status, response.headers.get('Allow')]).toEqual([405, allowed])
  })

  it('take two slashes at the beginning for a path, not for a host', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    for (const path of ['//', '//token', '//127.0.0.1/']) {
      expect((await fetch(issuer + path)).status).toBe(404)
    }
  })
})

describe('clients', () => {
  it('have the redirect URIs of each --client with their id', async () => {
    const other = 'com.example.app:/callback'
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, '--client', `cli:${other}`)
    for (const uri of [REDIRECT, other]) {
      const url = createClient(issuer).authorizeUrl({ redirect_uri: uri })
      expect((await fetch(url, { redirect: 'manual' })).status).toBe(200)
    }
  })

  it('register in the open, with a secret unless they are public', async () => {
    const issuer = await startIssuer(RESOURCE)
    const register = async (body: unknown) => {
      const response = await fetch(`${issuer}/register`, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
      const document = (await response.json()) as Record<string, unknown>
      return { ...document, status: response.status } as Record<string, unknown>
    }
    const open = { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none' }
    expect(await register(open)).not.toHaveProperty('client_secret')
    const confidential = await register({ redirect_uris: [REDIRECT] })
    expect(confidential).toMatchObject({ status: 201, client_secret: expect.any(String) })
    const client = createClient(issuer)
    const credentials = `${confidential['client_id']}:${confidential['client_secret']}`
    expect((await client.introspect('x', credentials)).status).toBe(200)
    const scripts = ['javascript:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)']
    const other = ['https://a.example/#x', 'http://a.example/callback', 'HTTP:a.example/callback']
    const wrong = [
      undefined,
      [],
      'x',
      ...other.map((each) => [each]),
      ...scripts.map((each) => [each]),
    ]
    for (const uris of wrong) {
      expect(await register({ redirect_uris: uris })).toMatchObject({
        status: 400,
        error: 'invalid_redirect_uri',
      })
    }
    const redirect_uris = [
      'https://a.example/c',
      'http://app.localhost/c',
      'HTTP://[::1]:3/c',
      'app:/c',
    ]
    expect(await register({ redirect_uris })).toMatchObject({ status: 201, redirect_uris })
    expect(await register('{')).toMatchObject({ status: 400, error: 'invalid_client_metadata' })
  })

  it('by metadata document only with --cimd, and only if the document names itself', async () => {
    const documents: Readonly<Record<string, Record<string, unknown>>> = {
      '/liar.json': { client_id: 'http://127.0.0.1:1/other.json' },
      '/nameless.json': { client_name: undefined },
      '/public.json': { token_endpoint_auth_method: 'none' },
      // A document is public, so its client has no secret.
      '/secret.json': { token_endpoint_auth_method: 'client_secret_basic' },
      '/with-secret.json': { client_secret: 'x' },
      '/with-expiry.json': { client_secret_expires_at: 0 },
    }
    let asked = 0
    const server = createServer((req, res) => {
      asked += 1
      const self = `http://${req.headers.host}${req.url}`
      const document = { client_id: self, client_name: 'Doc', redirect_uris: [REDIRECT] }
      res.writeHead(200, { 'Content-Type': 'application/json' })
      res.end(JSON.stringify({ ...document, ...documents[req.url ?? ''] }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(async () => void server.close())
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const statusOf = async (issuer: string, path: string) =>
      (await fetch(createClient(issuer, origin + path).authorizeUrl(), { redirect: 'manual' }))
        .status
    const [off, on] = [await startIssuer(RESOURCE), await startIssuer(RESOURCE, '--cimd')]
    expect(await statusOf(off, '/client.json')).toBe(400)
    expect(await statusOf(on, '/client.json')).toBe(200)
    expect(await statusOf(on, '/public.json')).toBe(200)
    expect(await statusOf(on, '/client.json?v=/../1')).toBe(200)
    const page = await (
      await fetch(createClient(on, `${origin}/client.json`).authorizeUrl())
    ).text()
    expect(page).toContain(`Doc (${new URL(origin).host})`)
    for (const path of [
      '/liar.json',
      '/nameless.json',
      '/secret.json',
      '/with-secret.json',
      '/with-expiry.json',
    ]) {
      expect([path, await statusOf(on, path)]).toEqual([path, 400])
    }
    const before = asked
    for (const path of [
      '',
      '?x',
      '/client.json#a',
      '/a/../client.json',
      '/./client.json',
      '/a/..',
    ]) {
      expect([path, await statusOf(on, path)]).toEqual([path, 400])
    }
    expect(asked).toBe(before)
  })
})
