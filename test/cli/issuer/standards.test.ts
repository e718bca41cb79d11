/** Sentences of OAuth 2.1 and its extensions that the development issuer follows to the letter. */

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { createBrowser } from '../../../examples/demo/browser.ts'
import { CLI_CLIENT, createClient, loggedIn, REDIRECT, RESOURCE, type Tokens } from './client.ts'
import { startIssuer } from './start.ts'

const statusOf = async (url: URL) => (await fetch(url, { redirect: 'manual' })).status

async function register(issuer: string, metadata: object) {
  const body = JSON.stringify(metadata)
  const response = await fetch(`${issuer}/register`, { method: 'POST', body })
  const document = (await response.json()) as Record<string, unknown>
  return { status: response.status, document }
}

describe('a redirect URI', () => {
  it.each([
    ['http://127.0.0.1:4711/callback', 200],
    ['http://127.0.0.1/callback', 200],
    ['http://127.0.0.1:4711/./callback', 400],
    ['http://127.0.0.1:4711/%63allback', 400],
    ['http://127.0.0.1:4711/callback?', 400],
    ['http://127.0.0.1:4711/callback?x', 400],
    ['HTTP://127.0.0.1:4711/callback', 400],
    ['http://127.1:4711/callback', 400],
    ['http://user@127.0.0.1:4711/callback', 400],
    ['http://127.0.0.1:99999/callback', 400],
    ['https://127.0.0.1:4711/callback', 400],
    ['http://localhost:4711/callback', 400],
  ])('is compared as text, but for its port on loopback: %s is %i', async (uri, status) => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    const url = createClient(issuer).authorizeUrl({ redirect_uri: uri })
    expect(await statusOf(url)).toBe(status)
  })

  it.each([
    ['https://app.example/cb?flag&x=%7e&state=own', '&'],
    ['https://APP.example:443/cb', '?'],
    ['com.example.app:/cb', '?'],
  ])('is kept as it was registered, with its query: %s', async (uri, separator) => {
    const issuer = await startIssuer(RESOURCE)
    const { document } = await register(issuer, {
      redirect_uris: [uri],
      token_endpoint_auth_method: 'none',
    })
    const client = createClient(issuer, String(document['client_id']))
    const url = client.authorizeUrl({ redirect_uri: uri, response_type: 'token' })
    const response = await fetch(url, { redirect: 'manual' })
    const location = response.headers.get('Location') ?? ''
    expect(location.slice(0, uri.length + 1)).toBe(uri + separator)
    const added = new URLSearchParams(location.slice(uri.length + 1))
    expect([added.get('error'), added.get('state'), added.get('iss')]).toEqual([
      'unsupported_response_type',
      'state-1',
      issuer,
    ])
  })

  it.each(['https://app.example/é', ' https://app.example/cb', 'https://app.ex\nample/cb'])(
    'is ASCII without white space: %j is rejected',
    async (uri) => {
      const issuer = await startIssuer(RESOURCE)
      expect(await register(issuer, { redirect_uris: [uri] })).toMatchObject({
        status: 400,
        document: { error: 'invalid_redirect_uri' },
      })
    },
  )
})

describe('a parameter that is there twice', () => {
  it.each(['client_id', 'redirect_uri'])('is shown: %s', async (name) => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    const url = createClient(issuer).authorizeUrl()
    url.searchParams.append(name, 'x')
    expect(await statusOf(url)).toBe(400)
  })

  it.each(['scope', 'response_type', 'code_challenge', 'prompt'])(
    'is invalid_request for the client: %s',
    async (name) => {
      const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
      const url = createClient(issuer).authorizeUrl({ prompt: 'login' })
      url.searchParams.append(name, 'x')
      const response = await fetch(url, { redirect: 'manual' })
      const { searchParams } = new URL(response.headers.get('Location') ?? '')
      expect(Object.fromEntries(searchParams)).toEqual({
        error: 'invalid_request',
        error_description: `The parameter ${name} is there twice.`,
        state: 'state-1',
        iss: issuer,
      })
    },
  )
})

describe('PKCE', () => {
  it.each(['v'.repeat(42), 'v'.repeat(129), `${'v'.repeat(42)}+`, `${'v'.repeat(42)}é`])(
    'rejects the code_verifier %s, whatever its hash (RFC 7636 §4.1)',
    async (verifier) => {
      const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
      const client = createClient(issuer)
      const challenge = createHash('sha256').update(verifier).digest('base64url')
      const url = client.authorizeUrl({ code_challenge: challenge })
      const { arrived } = await createBrowser({}).open(url, new URL(REDIRECT))
      const code = arrived.searchParams.get('code')
      const response = await client.redeem(code, { code_verifier: verifier })
      expect([response.status, await response.json()]).toEqual([
        400,
        {
          error: 'invalid_grant',
          error_description:
            'code_verifier must be 43 to 128 letters, digits or -._~ (RFC 7636, 4.1).',
        },
      ])
    },
  )
})

describe('a code that was redeemed', () => {
  it.each([
    [{ code_verifier: 'v'.repeat(43) }],
    [{ redirect_uri: 'http://127.0.0.1:9/other' }],
    [{ client_id: 'two' }],
  ])(
    'revokes nothing where the second request is not valid: %j (OAuth 2.1, Reuse of Authorization Codes)',
    async (changes) => {
      const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, '--client', `two:${REDIRECT}`)
      const client = createClient(issuer)
      const code = (await client.login()).get('code')
      const tokens = (await (await client.redeem(code)).json()) as Tokens
      const again = await client.redeem(code, changes)
      expect([again.status, await again.json()]).toEqual([
        400,
        expect.objectContaining({ error: 'invalid_grant' }),
      ])
      const introspected = await client.introspect(tokens.access_token)
      expect(await introspected.json()).toMatchObject({ active: true })
      expect((await client.refresh(tokens.refresh_token)).status).toBe(200)
    },
  )

  it('is not used up by a request that is not valid', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT)
    const client = createClient(issuer)
    const code = (await client.login()).get('code')
    expect((await client.redeem(code, { code_verifier: 'v'.repeat(43) })).status).toBe(400)
    expect((await client.redeem(code)).status).toBe(200)
  })
})

describe('revocation', () => {
  it('is refused for the token of another client (RFC 7009 §2.1)', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, '--client', `two:${REDIRECT}`)
    const { client, tokens } = await loggedIn(issuer)
    for (const token of [tokens.access_token, tokens.refresh_token]) {
      const response = await client.post('/revoke', { token, client_id: 'two' })
      expect([response.status, await response.json()]).toEqual([
        400,
        {
          error: 'invalid_grant',
          error_description: 'The token was issued to another client.',
        },
      ])
    }
    const introspected = await client.introspect(tokens.access_token)
    expect(await introspected.json()).toMatchObject({ active: true })
  })
})

describe('registration', () => {
  it('returns what it has registered, and no credentials of an earlier registration (RFC 7591 §3.2.1)', async () => {
    const issuer = await startIssuer(RESOURCE)
    const { status, document } = await register(issuer, {
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: 'none',
      client_name: 'A tool',
      client_id: 'earlier',
      client_secret: 'earlier',
      client_secret_expires_at: 1,
      registration_access_token: 'earlier',
      registration_client_uri: 'https://earlier.example',
    })
    expect([status, document]).toEqual([
      201,
      {
        redirect_uris: [REDIRECT],
        token_endpoint_auth_method: 'none',
        client_name: 'A tool',
        client_id: expect.not.stringMatching('earlier'),
        client_id_issued_at: expect.any(Number),
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ])
  })
})

describe('the scope of a token response', () => {
  it('is left out where the request had none and the token has none (RFC 6749 §3.3)', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, '--user', 'ada')
    const client = createClient(issuer)
    const url = client.authorizeUrl({ scope: undefined })
    const { arrived } = await createBrowser({}).open(url, new URL(REDIRECT))
    const tokens = await (await client.redeem(arrived.searchParams.get('code'))).json()
    expect(tokens).not.toHaveProperty('scope')
    const refreshed = await client.refresh((tokens as Tokens).refresh_token)
    expect(await refreshed.json()).not.toHaveProperty('scope')
  })

  it('is empty where the user granted none of the requested ones', async () => {
    const issuer = await startIssuer(RESOURCE, ...CLI_CLIENT, '--user', 'ada:other')
    const { tokens } = await loggedIn(issuer)
    expect(tokens.scope).toBe('')
  })
})
