/**
 * better-auth with its OAuth provider. A client that names the resource gets a JWT for it; without `resource` the token is
 * opaque and has no audience. An introspecting client sees tokens of other clients only when it is linked to the resource.
 * Costs 10 seconds to install and 2 to run.
 */

import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { memoryAdapter } from 'better-auth/adapters/memory'
import { jwt } from 'better-auth/plugins'
import type { Fetch, IntrospectionOptions } from 'mcp-gatehouse'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  createReferee,
  expectNoLockOut,
  inventJwt,
  logIn,
  REDIRECT,
  RESOURCE,
  type Tokens,
} from './referee.ts'

const ORIGIN = 'https://auth.example'
const ISSUER = `${ORIGIN}/api/auth`
const OTHER = 'https://mcp.example/calendar'
const MODELS = [
  ...['user', 'session', 'account', 'verification', 'jwks', 'oauthClient', 'oauthResource'],
  ...['oauthClientResource', 'oauthRefreshToken', 'oauthAccessToken', 'oauthConsent'],
  'oauthClientAssertion',
]

let call: Fetch
let app: Client
let introspector: Client
let user: { readonly id: string; readonly cookie: string }

interface Client {
  readonly client_id: string
  readonly client_secret?: string
}

beforeAll(async () => {
  const auth = betterAuth({
    baseURL: ORIGIN,
    secret: 'a secret of thirty-two bytes or more',
    database: memoryAdapter(Object.fromEntries(MODELS.map((model) => [model, []]))),
    emailAndPassword: { enabled: true },
    telemetry: { enabled: false },
    // The errors that it logs are what the tests are about.
    logger: { disabled: true },
    rateLimit: { enabled: false },
    plugins: [
      jwt(),
      oauthProvider({
        loginPage: '/login',
        consentPage: '/consent',
        scopes: ['openid', 'offline_access', 'notes:read', 'notes:write'],
        resources: [RESOURCE, OTHER],
        allowDynamicClientRegistration: true,
        allowUnauthenticatedClientRegistration: true,
        // Clients name the resources that they want to be linked to when they register.
        clientRegistrationAllowedResources: [RESOURCE, OTHER],
      }),
    ],
  })
  call = async (url, init) => auth.handler(new Request(url, init))
  app = await register('none')
  introspector = await register('client_secret_basic')
  user = await signUp()
})

describe('JWTs of better-auth', () => {
  it('passes a JWT for the resource, and rejects the others', async () => {
    const referee = createReferee({ issuer: ISSUER }, { fetch: call })
    const tokens = await logInFor(RESOURCE)
    expect(await referee.send(tokens.access_token)).toBe('200')
    expect(referee.context()).toEqual({
      subject: user.id,
      clientId: app.client_id,
      scopes: ['notes:read', 'offline_access'],
      audience: [RESOURCE],
    })
    expect(await referee.send((await logInFor(OTHER)).access_token)).toBe('401 token_audience')
    expect(await referee.send(tokens.refresh_token ?? '')).toBe('401 token_malformed')
    // Without `resource` the token is opaque.
    expect(await referee.send((await logInFor()).access_token)).toBe('401 token_malformed')

    referee.wait(7200)
    expect(await referee.send(tokens.access_token)).toBe('401 token_expired')
  })

  it('answers a missing scope with a step-up challenge', async () => {
    const options = { fetch: call, requiredScopes: ['notes:write'] }
    const { send } = createReferee({ issuer: ISSUER }, options)
    expect(await send((await logInFor(RESOURCE)).access_token)).toBe('403 scope_insufficient')
    const wide = await logInFor(RESOURCE, 'notes:read notes:write')
    expect(await send(wide.access_token)).toBe('200')
  })

  it('rejects forged JWTs without a lock-out', async () => {
    const referee = createReferee({ issuer: ISSUER }, { fetch: call })
    const { access_token: token } = await logInFor(RESOURCE)
    const [head, claims] = token.split('.')
    const forged = () => `${head}.${claims}.${'A'.repeat(86)}`
    const fetchToken = async () => (await logInFor(RESOURCE)).access_token
    await expectNoLockOut(referee, forged, '401 token_signature', fetchToken)
  })
})

describe('introspection at better-auth', () => {
  it('passes a JWT until its user signs out', async () => {
    const own = await signUp()
    const referee = introspecting()
    const { access_token: token } = await logInFor(RESOURCE, 'notes:read', own.cookie)
    expect(await referee.send(token)).toBe('200')
    expect(referee.context()).toMatchObject({ subject: own.id, audience: [RESOURCE] })
    expect(await referee.send((await logInFor(OTHER)).access_token)).toBe('401 token_audience')

    await call(`${ISSUER}/sign-out`, { method: 'POST', headers: pageHeaders(own.cookie) })
    expect(await introspecting().send(token)).toBe('401 token_inactive')
  })

  it('rejects what it did not issue', async () => {
    const { send } = introspecting()
    expect(await send((await logInFor()).access_token)).toBe('401 token_inactive')
    expect(await send('invented')).toBe('401 token_inactive')
    // Never sent to the server, which answers 500 for a JWT that it did not sign.
    expect(await send(inventJwt({ iss: 'https://other.example' }))).toBe('401 token_issuer')
  })

  it('sees no token when its client is not linked to the resource', async () => {
    const other = await register('client_secret_basic', [OTHER])
    const { send } = introspecting(other)
    expect(await send((await logInFor(RESOURCE)).access_token)).toBe('401 token_inactive')
  })

  it('answers 503 for a JWT that the server answers with 500, and locks none out', async () => {
    const referee = introspecting()
    const forged = (index: number) => inventJwt({ iss: ISSUER, jti: `${index}` })
    const fetchToken = async () => (await logInFor(RESOURCE)).access_token
    await expectNoLockOut(referee, forged, '503 unavailable', fetchToken)
    await expectNoLockOut(referee, (index) => `opaque-${index}`, '401 token_inactive', fetchToken)
  })

  it('verifies JWTs first, where both formats are listed', async () => {
    const introspection = introspectionOf(introspector)
    const server = { issuer: ISSUER, accessToken: ['jwt', introspection] as const }
    const { send } = createReferee(server, { fetch: call })
    const { access_token: token } = await logInFor(RESOURCE)
    expect(await send(token)).toBe('200')
    expect(await send('invented')).toBe('401 token_inactive')
    const [head, claims] = token.split('.')
    expect(await send(`${head}.${claims}.${'A'.repeat(86)}`)).toBe('401 token_signature')
  })
})

function introspecting(client = introspector) {
  const server = { issuer: ISSUER, accessToken: introspectionOf(client) }
  return createReferee(server, { fetch: call })
}

function introspectionOf({ client_id: clientId, client_secret: clientSecret = '' }: Client) {
  return { kind: 'introspection', clientId, clientSecret } satisfies IntrospectionOptions
}

/** Dynamic registration. */
async function register(method: string, resources = [RESOURCE, OTHER]): Promise<Client> {
  const response = await call(`${ISSUER}/oauth2/register`, {
    method: 'POST',
    headers: pageHeaders(),
    body: JSON.stringify({
      redirect_uris: [REDIRECT],
      token_endpoint_auth_method: method,
      grant_types: ['authorization_code', 'refresh_token'],
      resources,
    }),
  })
  expect(response.status).toBe(201)
  return (await response.json()) as Client
}

async function signUp(): Promise<typeof user> {
  const response = await call(`${ISSUER}/sign-up/email`, {
    method: 'POST',
    headers: pageHeaders(),
    body: JSON.stringify({
      email: `${crypto.randomUUID()}@example.com`,
      password: 'a long password',
      name: 'User',
    }),
  })
  const { user: created } = (await response.json()) as { readonly user: { readonly id: string } }
  const cookie = response.headers.getSetCookie().map((each) => each.split(';')[0])
  return { id: created.id, cookie: cookie.join('; ') }
}

async function logInFor(
  resource?: string,
  scope = 'notes:read offline_access',
  cookie = user.cookie,
): Promise<Tokens> {
  return logIn({
    authorize: `${ISSUER}/oauth2/authorize`,
    token: `${ISSUER}/oauth2/token`,
    client: app.client_id,
    call,
    cookie,
    extra: { scope, ...(resource !== undefined && { resource }) },
    visit: async ({ url }) => consent(url, cookie),
  })
}

/** What the consent page does with the button of the user. */
async function consent(page: string, cookie: string): Promise<string> {
  const response = await call(`${ISSUER}/oauth2/consent`, {
    method: 'POST',
    headers: pageHeaders(cookie),
    body: JSON.stringify({ accept: true, oauth_query: new URL(page).search.slice(1) }),
  })
  return ((await response.json()) as { readonly url: string }).url
}

function pageHeaders(cookie = ''): Record<string, string> {
  return { 'Content-Type': 'application/json', Origin: ORIGIN, Cookie: cookie }
}
