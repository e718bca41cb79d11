import { describe, expect, test, vi } from 'vitest'
import {
  type AuthContext,
  type AuthErrorCode,
  type AuthorizationServerOptions,
  type CustomTokenOptions,
  type Fetch,
  type IntrospectionOptions,
  protect,
  protectedResource,
  type TokenContext,
  UpstreamError,
} from '../../src/index.ts'
import { clerk, github, gitlab, google, hydra, zitadel } from '../../src/providers/index.ts'
import { createClock, START } from '../support/clock.ts'
import { expectRejection } from '../support/rejection.ts'
import vectors from '../vectors/providers.json' with { type: 'json' }

const RESOURCE = 'https://mcp.example.com/mcp'
const METADATA_URL = 'https://mcp.example.com/.well-known/oauth-protected-resource/mcp'
const GOOGLE_CLIENT = '123.apps.googleusercontent.com'
const GITHUB_CLIENT = 'Iv1.0123456789abcdef'
const GITLAB_CLIENT = '1cb242f495280beb4291e64bee2a17f330902e499882fe8e1e2aa875519cab33'
const ZITADEL_PROJECT = '259254317079330818'
/** Must be sent to the provider only, and appear nowhere else. */
const SECRET = 's3cret-of-ours'

type Claims = Record<string, unknown>

interface Row {
  readonly name: string
  readonly server: AuthorizationServerOptions
  readonly token: string
  /** The request that the provider must receive. */
  readonly request: {
    readonly url: string
    readonly method: string
    readonly authorization: string
    readonly body?: string
  }
  readonly document: Claims
  readonly context: Partial<AuthContext>
  /** Statuses that report an invalid token. */
  readonly invalidStatuses: readonly number[]
  readonly bad: readonly {
    readonly title: string
    readonly changes: Claims
    readonly code: AuthErrorCode
  }[]
  /** Tokens that are rejected without a request to the provider. */
  readonly foreignTokens: readonly string[]
}

const CUSTOM: readonly Row[] = [
  {
    name: 'google()',
    server: google({ clientIds: ['456.apps.googleusercontent.com', GOOGLE_CLIENT] }),
    token: 'ya29.a0AfExample',
    request: {
      url: 'https://oauth2.googleapis.com/tokeninfo',
      method: 'POST',
      authorization: 'Bearer ya29.a0AfExample',
    },
    document: { ...vectors.google.answer, exp: String(START + 3599) },
    context: {
      issuer: 'https://accounts.google.com',
      subject: '110248495921238986420',
      clientId: GOOGLE_CLIENT,
      scopes: ['openid', 'https://www.googleapis.com/auth/userinfo.email'],
      audience: [GOOGLE_CLIENT],
      expiresAt: START + 3599,
    },
    invalidStatuses: [400, 401],
    bad: [
      {
        title: 'another client',
        changes: { aud: '789.apps.googleusercontent.com' },
        code: 'token_audience',
      },
      { title: 'no client', changes: { aud: undefined }, code: 'token_audience' },
      { title: 'an expired token', changes: { exp: String(START - 60) }, code: 'token_expired' },
      { title: 'a token without exp', changes: { exp: undefined }, code: 'token_claims' },
    ],
    foreignTokens: [],
  },
  {
    name: 'github()',
    server: github({ clientId: GITHUB_CLIENT, clientSecret: SECRET }),
    token: vectors.github.tokens.opaque.example,
    request: {
      url: `https://api.github.com/applications/${GITHUB_CLIENT}/token`,
      method: 'POST',
      authorization: `Basic ${btoa(`${GITHUB_CLIENT}:${SECRET}`)}`,
      body: JSON.stringify({ access_token: vectors.github.tokens.opaque.example }),
    },
    document: vectors.github.answer,
    context: {
      issuer: 'https://github.com/login/oauth',
      subject: '583231',
      clientId: GITHUB_CLIENT,
      scopes: ['repo', 'read:user'],
      audience: [GITHUB_CLIENT],
      expiresAt: START + 3600,
    },
    invalidStatuses: [404, 422],
    bad: [
      {
        title: 'another application',
        changes: { app: { client_id: 'Iv1.other' } },
        code: 'token_audience',
      },
      { title: 'no application', changes: { app: null }, code: 'token_audience' },
      {
        title: 'an expired token',
        changes: { expires_at: '2020-01-01T00:00:00Z' },
        code: 'token_expired',
      },
      { title: 'an invalid expiry', changes: { expires_at: 'soon' }, code: 'token_claims' },
    ],
    foreignTokens: [
      'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
      'github_pat_11ABC',
      'ghs_1',
      'ya29.a',
    ],
  },
  {
    name: 'github(), a token of a GitHub App',
    server: github({ clientId: GITHUB_CLIENT, clientSecret: SECRET }),
    token: 'ghu_16C7e42F292c6912E7710c838347Ae178B4a',
    request: {
      url: `https://api.github.com/applications/${GITHUB_CLIENT}/token`,
      method: 'POST',
      authorization: `Basic ${btoa(`${GITHUB_CLIENT}:${SECRET}`)}`,
      body: '{"access_token":"ghu_16C7e42F292c6912E7710c838347Ae178B4a"}',
    },
    document: {
      ...vectors.github.answer,
      scopes: null,
      expires_at: new Date((START + 28_800) * 1000).toISOString(),
    },
    context: { subject: '583231', scopes: [], expiresAt: START + 28_800 },
    invalidStatuses: [],
    bad: [],
    foreignTokens: [],
  },
  {
    name: 'gitlab()',
    server: gitlab({ url: 'https://git.example/', clientIds: [GITLAB_CLIENT] }),
    token: 'gitlab-opaque-token',
    request: {
      url: 'https://git.example/oauth/token/info',
      method: 'GET',
      authorization: 'Bearer gitlab-opaque-token',
    },
    document: { ...vectors.gitlab.answer, created_at: START - 100 },
    context: {
      issuer: 'https://git.example',
      subject: '1',
      clientId: GITLAB_CLIENT,
      scopes: ['api'],
      audience: [GITLAB_CLIENT],
      expiresAt: START + 7200,
    },
    invalidStatuses: [401],
    bad: [
      {
        title: 'another application',
        changes: { application: { uid: 'x' } },
        code: 'token_audience',
      },
      { title: 'no application', changes: { application: { uid: null } }, code: 'token_audience' },
      { title: 'an expired token', changes: { expires_in: -60 }, code: 'token_expired' },
    ],
    foreignTokens: [],
  },
]

/** Servers that issue JWTs and opaque tokens. Opaque tokens are introspected (RFC 7662). */
const INTROSPECTED: readonly Row[] = [
  {
    name: 'hydra()',
    server: hydra({
      issuer: 'http://hydra.localhost',
      introspection: {
        endpoint: 'http://hydra.localhost/admin/oauth2/introspect',
        clientId: 'mcp',
        clientSecret: SECRET,
      },
    }),
    token: vectors.hydra.tokens.opaque.example,
    request: {
      url: 'http://hydra.localhost/admin/oauth2/introspect',
      method: 'POST',
      authorization: `Basic ${btoa(`mcp:${SECRET}`)}`,
      body: `token=${vectors.hydra.tokens.opaque.example}&token_type_hint=access_token`,
    },
    document: {
      active: true,
      iss: 'http://hydra.localhost',
      aud: [RESOURCE],
      client_id: 'mcp-client',
      sub: 'user-1',
      scope: 'openid mcp:tools',
      token_type: 'Bearer',
      token_use: 'access_token',
      exp: START + 3600,
    },
    context: {
      issuer: 'http://hydra.localhost',
      subject: 'user-1',
      clientId: 'mcp-client',
      scopes: ['openid', 'mcp:tools'],
      audience: [RESOURCE],
    },
    invalidStatuses: [],
    bad: [
      { title: 'a refresh token', changes: { token_use: 'refresh_token' }, code: 'token_type' },
      { title: 'an empty aud', changes: { aud: [] }, code: 'token_audience' },
      { title: 'an inactive token', changes: { active: false }, code: 'token_inactive' },
    ],
    foreignTokens: [],
  },
  {
    name: 'zitadel()',
    server: zitadel({
      domain: 'acme-abc123.zitadel.cloud',
      projectId: ZITADEL_PROJECT,
      introspection: { clientId: 'api', clientSecret: SECRET },
    }),
    token: 'zitadel-opaque',
    request: {
      url: 'https://acme-abc123.zitadel.cloud/oauth/v2/introspect',
      method: 'POST',
      authorization: `Basic ${btoa(`api:${SECRET}`)}`,
      body: 'token=zitadel-opaque&token_type_hint=access_token',
    },
    document: {
      active: true,
      iss: 'https://acme-abc123.zitadel.cloud',
      aud: ['259254409320529922@mcp', ZITADEL_PROJECT],
      client_id: '259254409320529922@mcp',
      sub: '259255001234567890',
      scope: 'openid mcp:tools',
      token_type: 'Bearer',
      exp: START + 3600,
    },
    context: {
      issuer: 'https://acme-abc123.zitadel.cloud',
      subject: '259255001234567890',
      clientId: '259254409320529922@mcp',
      scopes: ['openid', 'mcp:tools'],
    },
    invalidStatuses: [],
    bad: [{ title: 'another project', changes: { aud: ['1'] }, code: 'token_audience' }],
    foreignTokens: [],
  },
  {
    name: 'clerk()',
    server: clerk({
      domain: 'well-hagfish-71.clerk.accounts.dev',
      clientIds: ['client_1'],
      introspection: { clientId: 'client_1', clientSecret: SECRET },
    }),
    token: 'oat_8XOIucKvqHVr5tYP',
    request: {
      url: 'https://well-hagfish-71.clerk.accounts.dev/oauth/token_info',
      method: 'POST',
      authorization: `Basic ${btoa(`client_1:${SECRET}`)}`,
      body: 'token=oat_8XOIucKvqHVr5tYP&token_type_hint=access_token',
    },
    document: {
      active: true,
      client_id: 'client_1',
      sub: 'user_1',
      scope: 'profile email',
      iat: START,
      exp: START + 3600,
    },
    context: {
      issuer: 'https://well-hagfish-71.clerk.accounts.dev',
      subject: 'user_1',
      clientId: 'client_1',
      scopes: ['profile', 'email'],
      audience: ['client_1'],
    },
    invalidStatuses: [],
    bad: [{ title: 'another application', changes: { client_id: 'c2' }, code: 'token_audience' }],
    foreignTokens: ['mt_8XOIucKvqHVr5tYP', 'ak_8XOIucKvqHVr5tYP'],
  },
]

describe.each(CUSTOM)('$name verify()', (row) => {
  test('sends the token to the provider, outside the URL', async () => {
    const { context, calls } = contextOf(row, () => Response.json(row.document))
    await verifyOf(row)(row.token, context)
    expect(calls).toHaveLength(1)
    expectRequest(row, calls[0])
  })

  test('returns claims with issuer, audience, subject and expiry', async () => {
    const { context } = contextOf(row, () => Response.json(row.document))
    expect(await verifyOf(row)(row.token, context)).toMatchObject({
      iss: row.server.issuer,
      aud: expect.any(String),
      sub: row.context.subject,
      exp: row.context.expiresAt,
    })
  })

  test.each(row.invalidStatuses.map((status) => ({ status })))(
    'returns null for status $status',
    async ({ status }) => {
      const { context } = contextOf(row, () => new Response('{}', { status }))
      expect(await verifyOf(row)(row.token, context)).toBeNull()
    },
  )

  test.each([302, 403, 429, 500, 503].map((status) => ({ status })))(
    'throws an UpstreamError for status $status',
    async ({ status }) => {
      const { context } = contextOf(row, () => new Response(null, { status }))
      const error = await verifyOf(row)(row.token, context).catch((thrown) => thrown)
      expect(error).toBeInstanceOf(UpstreamError)
      expect(error).toMatchObject({ code: 'status', url: row.request.url })
      expectNoSecrets(row, `${error.message} ${error.stack} ${JSON.stringify(error)}`)
    },
  )

  test.each(['<html>', '[]', '"active"', ''])(
    'throws an UpstreamError for the body %j',
    async (body) => {
      const { context } = contextOf(row, () => new Response(body))
      const error = await verifyOf(row)(row.token, context).catch((thrown) => thrown)
      expect(error).toMatchObject({ name: 'UpstreamError', code: 'not_json' })
    },
  )

  test('rethrows an error of fetch', async () => {
    const failure = new UpstreamError('timeout', row.request.url)
    const { context } = contextOf(row, () => {
      throw failure
    })
    await expect(verifyOf(row)(row.token, context)).rejects.toBe(failure)
  })
})

describe.each([...CUSTOM, ...INTROSPECTED])('$name', (row) => {
  test('accepts a valid token', async () => {
    const { handle, seen, codes, calls } = serve(row, () => Response.json(row.document))
    const response = await handle(bearer(row.token))
    expect(codes).toEqual([])
    expect(response.status).toBe(200)
    expect(seen).toEqual([expect.objectContaining({ ok: true, identifier: RESOURCE })])
    expect(seen[0]).toMatchObject({ scheme: 'Bearer', ...row.context })
    expect(calls).toHaveLength(1)
    expectRequest(row, calls[0])
  })

  test.each(row.bad)('rejects $title', async ({ changes, code }) => {
    const respond = () => Response.json({ ...row.document, ...changes })
    const { handle, seen, codes } = serve(row, respond)
    await expectRejected(await handle(bearer(row.token)), seen)
    expect(codes).toEqual([code])
  })

  test.each(row.invalidStatuses.map((status) => ({ status })))(
    'rejects a token for which the provider responds with $status',
    async ({ status }) => {
      const { handle, seen, codes } = serve(row, () => new Response('{}', { status }))
      await expectRejected(await handle(bearer(row.token)), seen)
      expect(codes).toEqual(['token_inactive'])
    },
  )

  test('responds with 503, not 401, when the provider fails', async () => {
    const { handle, seen, codes } = serve(row, () => new Response('', { status: 500 }))
    const response = await handle(bearer(row.token))
    expect(response.status).toBe(503)
    expect(response.headers.get('WWW-Authenticate')).toBeNull()
    expect(response.headers.get('Retry-After')).toMatch(/^\d+$/)
    expect(codes).toEqual(['unavailable'])
    expect(seen).toEqual([])
    expectNoSecrets(row, await response.text())
  })

  test.each(row.foreignTokens.map((token) => ({ token })))(
    'rejects $token without a request',
    async ({ token }) => {
      const { handle, seen, codes, calls } = serve(row, () => Response.json(row.document))
      await expectRejected(await handle(bearer(token)), seen)
      expect(codes).toEqual(['token_malformed'])
      expect(calls).toEqual([])
    },
  )
})

describe('presets with introspection', () => {
  test('pass on the credentials, and also accept JWTs', () => {
    expect(kindsOf(INTROSPECTED[0])).toEqual([
      'jwt',
      expect.objectContaining({ kind: 'introspection', clientId: 'mcp', clientSecret: SECRET }),
    ])
    expect(kindsOf(INTROSPECTED[1])).toEqual([
      { kind: 'jwt', requiredClaims: ['jti'] },
      { kind: 'introspection', clientId: 'api', clientSecret: SECRET },
    ])
  })

  test('clerk() introspects only opaque tokens of Clerk', () => {
    const [, introspection] = kindsOf(INTROSPECTED[2]) as [unknown, IntrospectionOptions]
    expect(introspection.endpoint).toBe(
      'https://well-hagfish-71.clerk.accounts.dev/oauth/token_info',
    )
    expect(introspection.accepts?.('oat_1')).toBe(true)
    expect(introspection.accepts?.('mt_1')).toBe(false)
  })
})

interface Call {
  readonly url: string
  readonly init: RequestInit | undefined
}

function contextOf(
  row: Row,
  respond: () => Response,
): { readonly context: TokenContext; readonly calls: Call[] } {
  const calls: Call[] = []
  const fetch: Fetch = async (url, init) => {
    calls.push({ url, init })
    return respond()
  }
  const { now } = createClock()
  return { context: { issuer: row.server.issuer, resource: RESOURCE, fetch, now }, calls }
}

function serve(row: Row, respond: () => Response) {
  const seen: AuthContext[] = []
  const codes: AuthErrorCode[] = []
  const calls: Call[] = []
  const resource = protectedResource({
    resource: RESOURCE,
    authorizationServers: [{ ...row.server }],
    now: createClock().now,
    onEvent: (event) => {
      if (event.type === 'refused') codes.push(event.code)
    },
    fetch: async (url, init) => {
      const document = Object.values<{ served: Record<string, string>; documents: object }>(vectors)
        .map(({ served, documents }) =>
          Object.entries(documents).find(([name]) => name === served[url]),
        )
        .find((found) => found !== undefined)
      if (document !== undefined) return Response.json(document[1])
      calls.push({ url, init })
      return respond()
    },
  })
  const handler = vi.fn((_request: Request, auth: AuthContext) => {
    seen.push(auth)
    return new Response('done')
  })
  return { handle: protect(resource, handler), seen, codes, calls }
}

function expectRequest({ request }: Row, call: Call | undefined): void {
  const headers = new Headers(call?.init?.headers)
  expect(call?.url).toBe(request.url)
  expect(call?.init?.method ?? 'GET').toBe(request.method)
  expect(headers.get('Authorization')).toBe(request.authorization)
  expect(headers.get('Accept')).toContain('json')
  expect(call?.init?.redirect).toBe('manual')
  if (request.body !== undefined) expect(String(call?.init?.body)).toBe(request.body)
  if (request.url.startsWith('https://api.github.com/')) {
    expect(headers.get('User-Agent')).toBe('mcp-gatehouse')
  }
}

function expectNoSecrets(row: Row, text: string): void {
  expect(text).not.toContain(row.token)
  expect(text).not.toContain(SECRET)
  expect(text).not.toContain(btoa(SECRET))
}

async function expectRejected(response: Response, seen: readonly AuthContext[]): Promise<void> {
  expect(seen).toEqual([])
  await expectRejection(response, {
    status: 401,
    error: 'invalid_token',
    resourceMetadata: METADATA_URL,
  })
}

function verifyOf({ server }: Row): CustomTokenOptions['verify'] {
  const kind = server.accessToken as CustomTokenOptions
  return (token, context) => kind.verify(token, context)
}

function kindsOf(row: Row | undefined): unknown {
  return row?.server.accessToken
}

function bearer(token: string): Request {
  return new Request(RESOURCE, { method: 'POST', headers: { Authorization: `Bearer ${token}` } })
}
