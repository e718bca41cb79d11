/** Whole logins, step-ups and refreshes of the SDK's clients at every faked provider, with the guides' examples. */

import type { ProtectedResource } from 'mcp-gatehouse'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { notes as atAuth0 } from '../../examples/providers/auth0.ts'
import { notes as atCognito } from '../../examples/providers/cognito.ts'
import { notes as atEntra } from '../../examples/providers/entra.ts'
import { notes as atGoogle } from '../../examples/providers/google.ts'
import { notes as atKeycloak } from '../../examples/providers/keycloak.ts'
import { notes as atOkta } from '../../examples/providers/okta.ts'
import { createKey, type SigningKey } from '../support/issuer.ts'
import { createFakeAuth0 } from '../support/providers/auth0.ts'
import type { FakeProvider } from '../support/providers/authorization-server.ts'
import { createFakeCognito } from '../support/providers/cognito.ts'
import { createFakeEntra, type EntraSettings } from '../support/providers/entra.ts'
import { createFakeGoogle } from '../support/providers/google.ts'
import {
  type ClientIdentity,
  createUser,
  createWorld,
  LoginError,
  type McpUser,
  REDIRECT_URL,
} from '../support/providers/internet.ts'
import { createFakeKeycloak } from '../support/providers/keycloak.ts'
import { createFakeOkta } from '../support/providers/okta.ts'

const API = 'https://api.example.com/mcp'
const HOUR_MS = 3_600_000
const client = { id: 'client-1', redirectUri: REDIRECT_URL.href }

let key: SigningKey

beforeAll(async () => {
  key = await createKey('k1', 'RS256')
})

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] })
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const ENTRA = (): EntraSettings => ({
  key,
  client,
  tenantId: '11111111-2222-3333-4444-555555555555',
  api: {
    id: '66666666-7777-8888-9999-000000000000',
    uri: API,
    scopes: ['notes.read', 'notes.delete'],
  },
})

interface Row {
  readonly name: string
  readonly resource: ProtectedResource
  readonly provider: () => FakeProvider
  readonly registered?: ClientIdentity
  readonly first: readonly string[]
  readonly second: readonly string[]
  /** Which major versions of the SDK get a refresh token. */
  readonly refreshes: readonly (1 | 2)[]
}

const NOTES = ['notes:read', 'notes:delete'] as const
const LONG = [`${API}/notes.read`, `${API}/notes.delete`] as const
const GOOGLE = [
  'https://www.googleapis.com/auth/userinfo.email',
  'https://www.googleapis.com/auth/userinfo.profile',
] as const

const ROWS: readonly Row[] = [
  {
    ...{ name: 'Entra', resource: atEntra, registered: { client_id: client.id } },
    provider: () => createFakeEntra(ENTRA()),
    ...{ first: [LONG[0]], second: LONG, refreshes: [2] },
  },
  {
    ...{ name: 'Cognito', resource: atCognito, registered: { client_id: client.id } },
    provider: () =>
      createFakeCognito({
        ...{ key, client, userPoolId: 'eu-west-2_AbCdEfGhI', resourceServer: API },
        ...{ scopes: LONG, bindsResources: true },
      }),
    ...{ first: [LONG[0]], second: LONG, refreshes: [1, 2] },
  },
  {
    ...{ name: 'Okta', resource: atOkta, registered: { client_id: client.id } },
    provider: () =>
      createFakeOkta({
        ...{ key, client, issuer: 'https://org.okta.com/oauth2/aus1abc', audience: API },
        scopes: NOTES,
      }),
    ...{ first: [NOTES[0]], second: NOTES, refreshes: [2] },
  },
  {
    ...{ name: 'Auth0', resource: atAuth0 },
    provider: () =>
      createFakeAuth0({
        ...{ key, domain: 'tenant.us.auth0.com', api: API, scopes: NOTES },
        ...{ registersClients: true, readsResource: true, hasDomainConnection: true },
        defaultPermissions: NOTES,
      }),
    ...{ first: [NOTES[0]], second: NOTES, refreshes: [2] },
  },
  {
    ...{ name: 'Keycloak', resource: atKeycloak },
    provider: () =>
      createFakeKeycloak({
        ...{ key, url: 'https://keycloak.example.com', realm: 'notes', trustsHost: true },
        scopes: { 'notes:read': API, 'notes:delete': API },
      }),
    ...{ first: [NOTES[0]], second: NOTES, refreshes: [1, 2] },
  },
  {
    ...{ name: 'Google', resource: atGoogle },
    provider: () =>
      createFakeGoogle({
        client: {
          ...{ id: '123.apps.googleusercontent.com', secret: 'GOCSPX-1' },
          redirectUri: REDIRECT_URL.href,
        },
        scopes: GOOGLE,
      }),
    registered: { client_id: '123.apps.googleusercontent.com', client_secret: 'GOCSPX-1' },
    // Google issues a refresh token for `access_type=offline` only, which no MCP client sends.
    ...{ first: [GOOGLE[0]], second: GOOGLE, refreshes: [] },
  },
]

const CASES = ROWS.flatMap((row) => ([1, 2] as const).map((major) => ({ ...row, major })))

describe.each(CASES)('$name and version $major of the SDK', (row) => {
  const { resource, registered, first, second, refreshes, major } = row

  it('log in, step up for one tool, and refresh', async () => {
    const provider = row.provider()
    const world = createWorld(resource, provider)
    const user = createUser(major, resource.identifier, world, registered)

    await expectLogin(user, () => user.connect())
    expect(requested(provider)).toEqual(first)
    expect(provider.authorizations.at(-1)?.get('resource')).toBe(API)
    await user.finishLogin()
    await user.connect()
    expect(await user.callTool('list_notes')).toBe('This is list_notes.')

    const canRefresh = refreshes.includes(major)
    if (major === 1 && canRefresh) {
      // Version 1 refreshes instead of asking for more scopes, and then gives up.
      await expect(user.callTool('delete_note')).rejects.toThrow()
      await user.login.saveTokens({ access_token: 'none', token_type: 'Bearer' })
      await expectLogin(user, () => user.callTool('list_notes'))
      await user.finishLogin()
    } else {
      await expectLogin(user, () => user.callTool('delete_note'))
      expect(world.statuses.at(-1)).toBe(403)
      expect(world.challenges.at(-1)).toContain(`scope="${second.join(' ')}"`)
      expect(requested(provider)).toEqual(second)
      await user.finishLogin()
      expect(await user.callTool('delete_note')).toBe('This is delete_note.')
    }

    vi.setSystemTime(Date.now() + 2 * HOUR_MS)
    const logins = provider.authorizations.length
    if (!canRefresh) {
      await expectLogin(user, () => user.callTool('list_notes'))
      return
    }
    expect(await user.callTool('list_notes')).toBe('This is list_notes.')
    expect(provider.authorizations).toHaveLength(logins)
    expect(provider.tokenRequests.at(-1)?.get('grant_type')).toBe('refresh_token')
  })
})

interface RejectionRow {
  readonly title: string
  readonly resource: ProtectedResource
  readonly provider: () => FakeProvider
  readonly registered?: ClientIdentity
  readonly says: RegExp
}

const REJECTIONS: readonly RejectionRow[] = [
  {
    title: 'Entra: scopes of another Application ID URI than the resource',
    ...{ resource: atEntra, registered: { client_id: client.id } },
    provider: () => createFakeEntra({ ...ENTRA(), api: { ...ENTRA().api, uri: 'api://notes' } }),
    says: /AADSTS500011/,
  },
  {
    title: 'Entra: no consent',
    ...{ resource: atEntra, registered: { client_id: client.id } },
    provider: () => createFakeEntra({ ...ENTRA(), withoutConsent: ['notes.read'] }),
    says: /AADSTS65001/,
  },
  {
    title: 'Entra: a redirect URI that is not registered',
    ...{ resource: atEntra, registered: { client_id: client.id } },
    provider: () =>
      createFakeEntra({ ...ENTRA(), client: { ...client, redirectUri: 'http://localhost/' } }),
    says: /redirect URI/,
  },
  {
    title: 'Cognito: a scope that the app client does not have',
    ...{ resource: atCognito, registered: { client_id: client.id } },
    provider: () =>
      createFakeCognito({
        ...{ key, client, userPoolId: 'eu-west-2_AbCdEfGhI', resourceServer: API },
        ...{ scopes: [], bindsResources: true },
      }),
    says: /invalid_scope/,
  },
  {
    title: 'Okta: a scope that the authorization server does not have',
    ...{ resource: atOkta, registered: { client_id: client.id } },
    provider: () =>
      createFakeOkta({
        ...{ key, client, issuer: 'https://org.okta.com/oauth2/aus1abc', audience: API },
        scopes: [],
      }),
    says: /invalid_scope/,
  },
  {
    title: 'Okta: registration without an API token',
    resource: atOkta,
    provider: () =>
      createFakeOkta({
        ...{ key, client, issuer: 'https://org.okta.com/oauth2/aus1abc', audience: API },
        scopes: NOTES,
      }),
    says: /Invalid session|E0000005/,
  },
  {
    title: 'Auth0: registration is off',
    resource: atAuth0,
    provider: () => createFakeAuth0({ key, domain: 'tenant.us.auth0.com', api: API, scopes: [] }),
    says: /registration/i,
  },
  {
    title: 'Auth0: no connection at domain level',
    resource: atAuth0,
    provider: () =>
      createFakeAuth0({
        ...{ key, domain: 'tenant.us.auth0.com', api: API, scopes: NOTES },
        registersClients: true,
      }),
    says: /no connections enabled/,
  },
  {
    title: 'Auth0: no default permissions for third-party applications',
    resource: atAuth0,
    provider: () =>
      createFakeAuth0({
        ...{ key, domain: 'tenant.us.auth0.com', api: API, scopes: NOTES },
        ...{ registersClients: true, readsResource: true, hasDomainConnection: true },
      }),
    says: /not authorized to access resource server/,
  },
  {
    title: 'Keycloak: the policy Trusted Hosts',
    resource: atKeycloak,
    provider: () =>
      createFakeKeycloak({
        ...{ key, url: 'https://keycloak.example.com', realm: 'notes' },
        scopes: { 'notes:read': API, 'notes:delete': API },
      }),
    says: /Trusted Hosts/,
  },
  {
    title: 'Google: a scope that Google does not have',
    resource: atGoogle,
    provider: () =>
      createFakeGoogle({
        client: {
          ...{ id: '123.apps.googleusercontent.com', secret: 'GOCSPX-1' },
          redirectUri: REDIRECT_URL.href,
        },
        scopes: [],
      }),
    registered: { client_id: '123.apps.googleusercontent.com', client_secret: 'GOCSPX-1' },
    says: /invalid_scope/,
  },
]

describe('a provider refuses what it refuses in production', () => {
  it.each(REJECTIONS)('$title', async ({ resource, provider, registered, says }) => {
    const world = createWorld(resource, provider())
    const user = createUser(2, resource.identifier, world, registered)
    await expect(user.connect()).rejects.toThrow(says)
  })

  it('Entra: a resource that is not the Application ID URI of the scopes', async () => {
    const entra = createFakeEntra({ ...ENTRA(), api: { ...ENTRA().api, uri: 'api://notes' } })
    const url = new URL(
      `https://login.microsoftonline.com/${ENTRA().tenantId}/oauth2/v2.0/authorize`,
    )
    url.search = new URLSearchParams({
      ...{ client_id: client.id, redirect_uri: client.redirectUri, response_type: 'code' },
      ...{ code_challenge: 'x', code_challenge_method: 'S256' },
      ...{ resource: API, scope: 'api://notes/notes.read' },
    }).toString()
    const response = await entra.respond(new Request(url))
    expect(response.headers.get('Location')).toContain('AADSTS9010010')
    url.searchParams.set('scope', 'notes.read')
    const short = await entra.respond(new Request(url))
    expect(short.headers.get('Location')).toContain('AADSTS650053')
  })

  it('Entra: a refresh of a client that is the API itself (AADSTS90009)', async () => {
    const settings = ENTRA()
    const self = { ...client, id: settings.api.id }
    const provider = createFakeEntra({ ...settings, client: self })
    const world = createWorld(atEntra, provider)
    const user = createUser(2, API, world, { client_id: self.id })
    await expectLogin(user, () => user.connect())
    await user.finishLogin()
    await user.connect()
    vi.setSystemTime(Date.now() + 2 * HOUR_MS)
    await user.callTool('list_notes').catch(() => {})
    expect(provider.tokenRequests.at(-1)?.get('grant_type')).toBe('refresh_token')
    expect(world.statuses.at(-1)).toBe(401)
  })

  it('Cognito without resource binding, and Keycloak without a mapper: tokens without aud', async () => {
    const unbound = createFakeCognito({
      ...{ key, client, userPoolId: 'eu-west-2_AbCdEfGhI', resourceServer: API },
      ...{ scopes: LONG, bindsResources: false },
    })
    const unmapped = createFakeKeycloak({
      ...{ key, url: 'https://keycloak.example.com', realm: 'notes', trustsHost: true },
      scopes: { 'notes:read': undefined, 'notes:delete': undefined },
    })
    const rows = [
      [atCognito, unbound, { client_id: client.id }],
      [atKeycloak, unmapped, undefined],
    ] as const
    for (const [resource, provider, registered] of rows) {
      const world = createWorld(resource, provider)
      const user = createUser(2, API, world, registered)
      await expectLogin(user, () => user.connect())
      await user.finishLogin()
      await user.connect().catch(() => {})
      expect(world.statuses.at(-1)).toBe(401)
      expect(world.challenges.at(-1)).toContain('error="invalid_token"')
    }
  })
})

/** Asserts that an action ends in a login: each major version has its own `UnauthorizedError`. */
async function expectLogin({ login }: McpUser, action: () => Promise<unknown>): Promise<void> {
  const before = login.authorizationUrl
  const outcome = await action().catch((error: unknown) => error)
  if (outcome instanceof LoginError) throw outcome
  expect((outcome as Error | undefined)?.constructor.name).toBe('UnauthorizedError')
  expect(login.authorizationUrl).not.toBe(before)
}

/** The scopes that the last login requested, without the one for refresh tokens. */
function requested({ authorizations }: FakeProvider): string[] {
  const scope = authorizations.at(-1)?.get('scope') ?? ''
  return scope.split(' ').filter((each) => each !== 'offline_access')
}
