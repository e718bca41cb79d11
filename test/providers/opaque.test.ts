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
/** Nothing of it may come out anywhere but at the provider. */
const SECRET = 's3cret-of-ours'

type Claims = Record<string, unknown>

interface Row {
  readonly name: string
  readonly server: AuthorizationServerOptions
  readonly token: string
  /** Where the question goes, and how it must look. */
  readonly question: {
    readonly url: string
    readonly method: string
    readonly authorization: string
    readonly body?: string
  }
  readonly answer: Claims
  readonly context: Partial<AuthContext>
  /** Statuses that say: not valid. */
  readonly refusals: readonly number[]
  readonly bad: readonly {
    readonly title: string
    readonly answer: Claims
    readonly code: AuthErrorCode
  }[]
  /** Tokens that the provider is not even asked about. */
  readonly strangers: readonly string[]
}

const CUSTOM: readonly Row[] = [
  {
    name: 'google()',
    server: google({ clientIds: ['456.apps.googleusercontent.com', GOOGLE_CLIENT] }),
    token: 'ya29.a0AfExample',
    question: {
      url: 'https://oauth2.googleapis.com/tokeninfo',
      method: 'POST',
      authorization: 'Bearer ya29.a0AfExample',
    },
    answer: { ...vectors.google.answer, exp: String(START + 3599) },
    context: {
      issuer: 'https://accounts.google.com',
      subject: '110248495921238986420',
      clientId: GOOGLE_CLIENT,
      scopes: ['openid', 'https://www.googleapis.com/auth/userinfo.email'],
      audience: [GOOGLE_CLIENT],
      expiresAt: START + 3599,
    },
    refusals: [400, 401],
    bad: [
      {
        title: 'another client',
        answer: { aud: '789.apps.googleusercontent.com' },
        code: 'token_audience',
      },
      { title: 'no client', answer: { aud: undefined }, code: 'token_audience' },
      { title: 'a token that ended', answer: { exp: String(START - 60) }, code: 'token_expired' },
      { title: 'a token without end', answer: { exp: undefined }, code: 'token_claims' },
    ],
    strangers: [],
  },
  {
    name: 'github()',
    server: github({ clientId: GITHUB_CLIENT, clientSecret: SECRET }),
    token: vectors.github.tokens.opaque.example,
    question: {
      url: `https://api.github.com/applications/${GITHUB_CLIENT}/token`,
      method: 'POST',
      authorization: `Basic ${btoa(`${GITHUB_CLIENT}:${SECRET}`)}`,
      body: JSON.stringify({ access_token: vectors.github.tokens.opaque.example }),
    },
    answer: vectors.github.answer,
    context: {
      issuer: 'https://github.com/login/oauth',
      subject: '583231',
      clientId: GITHUB_CLIENT,
      scopes: ['repo', 'read:user'],
      audience: [GITHUB_CLIENT],
      expiresAt: START + 3600,
    },
    refusals: [404, 422],
    bad: [
      {
        title: 'another application',
        answer: { app: { client_id: 'Iv1.other' } },
        code: 'token_audience',
      },
      { title: 'no application', answer: { app: null }, code: 'token_audience' },
      {
        title: 'a token that ended',
        answer: { expires_at: '2020-01-01T00:00:00Z' },
        code: 'token_expired',
      },
      { title: 'an end that is no time', answer: { expires_at: 'soon' }, code: 'token_claims' },
    ],
    strangers: ['ghp_16C7e42F292c6912E7710c838347Ae178B4a', 'github_pat_11ABC', 'ghs_1', 'ya29.a'],
  },
  {
    name: 'github(), a token of a GitHub App',
    server: github({ clientId: GITHUB_CLIENT, clientSecret: SECRET }),
    token: 'ghu_16C7e42F292c6912E7710c838347Ae178B4a',
    question: {
      url: `https://api.github.com/applications/${GITHUB_CLIENT}/token`,
      method: 'POST',
      authorization: `Basic ${btoa(`${GITHUB_CLIENT}:${SECRET}`)}`,
      body: '{"access_token":"ghu_16C7e42F292c6912E7710c838347Ae178B4a"}',
    },
    answer: {
      ...vectors.github.answer,
      scopes: null,
      expires_at: new Date((START + 28_800) * 1000).toISOString(),
    },
    context: { subject: '583231', scopes: [], expiresAt: START + 28_800 },
    refusals: [],
    bad: [],
    strangers: [],
  },
  {
    name: 'gitlab()',
    server: gitlab({ url: 'https://git.example/', clientIds: [GITLAB_CLIENT] }),
    token: 'gitlab-opaque-token',
    question: {
      url: 'https://git.example/oauth/token/info',
      method: 'GET',
      authorization: 'Bearer gitlab-opaque-token',
    },
    answer: { ...vectors.gitlab.answer, created_at: START - 100 },
    context: {
      issuer: 'https://git.example',
      subject: '1',
      clientId: GITLAB_CLIENT,
      scopes: ['api'],
      audience: [GITLAB_CLIENT],
      expiresAt: START + 7200,
    },
    refusals: [401],
    bad: [
      {
        title: 'another application',
        answer: { application: { uid: 'x' } },
        code: 'token_audience',
      },
      { title: 'no application', answer: { application: { uid: null } }, code: 'token_audience' },
      { title: 'a token that ended', answer: { expires_in: -60 }, code: 'token_expired' },
    ],
    strangers: [],
  },
]

/** Opaque tokens of servers that issue JWTs too: asked about as RFC 7662 has it. */
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
    question: {
      url: 'http://hydra.localhost/admin/oauth2/introspect',
      method: 'POST',
      authorization: `Basic ${btoa(`mcp:${SECRET}`)}`,
      body: `token=${vectors.hydra.tokens.opaque.example}&token_type_hint=access_token`,
    },
    answer: {
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
    refusals: [],
    bad: [
      { title: 'a refresh token', answer: { token_use: 'refresh_token' }, code: 'token_type' },
      { title: 'an empty aud', answer: { aud: [] }, code: 'token_audience' },
      { title: 'an inactive token', answer: { active: false }, code: 'token_inactive' },
    ],
    strangers: [],
  },
  {
    name: 'zitadel()',
    server: zitadel({
      domain: 'acme-abc123.zitadel.cloud',
      projectId: ZITADEL_PROJECT,
      introspection: { clientId: 'api', clientSecret: SECRET },
    }),
    token: 'zitadel-opaque',
    question: {
      url: 'https://acme-abc123.zitadel.cloud/oauth/v2/introspect',
      method: 'POST',
      authorization: `Basic ${btoa(`api:${SECRET}`)}`,
      body: 'token=zitadel-opaque&token_type_hint=access_token',
    },
    answer: {
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
    refusals: [],
    bad: [{ title: 'another project', answer: { aud: ['1'] }, code: 'token_audience' }],
    strangers: [],
  },
  {
    name: 'clerk()',
    server: clerk({
      domain: 'well-hagfish-71.clerk.accounts.dev',
      clientIds: ['client_1'],
      introspection: { clientId: 'client_1', clientSecret: SECRET },
    }),
    token: 'oat_8XOIucKvqHVr5tYP',
    question: {
      url: 'https://well-hagfish-71.clerk.accounts.dev/oauth/token_info',
      method: 'POST',
      authorization: `Basic ${btoa(`client_1:${SECRET}`)}`,
      body: 'token=oat_8XOIucKvqHVr5tYP&token_type_hint=access_token',
    },
    answer: {
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
    refusals: [],
    bad: [{ title: 'another application', answer: { client_id: 'c2' }, code: 'token_audience' }],
    strangers: ['mt_8XOIucKvqHVr5tYP', 'ak_8XOIucKvqHVr5tYP'],
  },
]

describe.each(CUSTOM)('$name verify()', (row) => {
  test('asks the provider, the token outside the URL', async () => {
    const { context, calls } = contextOf(row, () => Response.json(row.answer))
    await verifyOf(row)(row.token, context)
    expect(calls).toHaveLength(1)
    expectQuestion(row, calls[0])
  })

  test('gives claims that say whose token it is, for whom and until when', async () => {
    const { context } = contextOf(row, () => Response.json(row.answer))
    expect(await verifyOf(row)(row.token, context)).toMatchObject({
      iss: row.server.issuer,
      aud: expect.any(String),
      sub: row.context.subject,
      exp: row.context.expiresAt,
    })
  })

  test.each(row.refusals.map((status) => ({ status })))(
    'gives null for status $status',
    async ({ status }) => {
      const { context } = contextOf(row, () => new Response('{}', { status }))
      expect(await verifyOf(row)(row.token, context)).toBeNull()
    },
  )

  test.each([302, 403, 429, 500, 503].map((status) => ({ status })))(
    'decides nothing on status $status',
    async ({ status }) => {
      const { context } = contextOf(row, () => new Response(null, { status }))
      const error = await verifyOf(row)(row.token, context).catch((thrown) => thrown)
      expect(error).toBeInstanceOf(UpstreamError)
      expect(error).toMatchObject({ code: 'status', url: row.question.url })
      expectNoSecrets(row, `${error.message} ${error.stack} ${JSON.stringify(error)}`)
    },
  )

  test.each(['<html>', '[]', '"active"', ''])('decides nothing on %j', async (body) => {
    const { context } = contextOf(row, () => new Response(body))
    const error = await verifyOf(row)(row.token, context).catch((thrown) => thrown)
    expect(error).toMatchObject({ name: 'UpstreamError', code: 'not_json' })
  })

  test('passes on what fetch throws', async () => {
    const failure = new UpstreamError('timeout', row.question.url)
    const { context } = contextOf(row, () => {
      throw failure
    })
    await expect(verifyOf(row)(row.token, context)).rejects.toBe(failure)
  })
})

describe.each([...CUSTOM, ...INTROSPECTED])('$name', (row) => {
  test('accepts a good token', async () => {
    const { handle, seen, codes, calls } = serve(row, () => Response.json(row.answer))
    const response = await handle(bearer(row.token))
    expect(codes).toEqual([])
    expect(response.status).toBe(200)
    expect(seen).toEqual([expect.objectContaining({ ok: true, identifier: RESOURCE })])
    expect(seen[0]).toMatchObject({ scheme: 'Bearer', ...row.context })
    expect(calls).toHaveLength(1)
    expectQuestion(row, calls[0])
  })

  test.each(row.bad)('refuses $title', async ({ answer, code }) => {
    const answered = () => Response.json({ ...row.answer, ...answer })
    const { handle, seen, codes } = serve(row, answered)
    await expectRefused(await handle(bearer(row.token)), seen)
    expect(codes).toEqual([code])
  })

  test.each(row.refusals.map((status) => ({ status })))(
    'refuses what the provider answers with $status',
    async ({ status }) => {
      const { handle, seen, codes } = serve(row, () => new Response('{}', { status }))
      await expectRefused(await handle(bearer(row.token)), seen)
      expect(codes).toEqual(['token_inactive'])
    },
  )

  test('says 503, not 401, when the provider is in trouble', async () => {
    const { handle, seen, codes } = serve(row, () => new Response('', { status: 500 }))
    const response = await handle(bearer(row.token))
    expect(response.status).toBe(503)
    expect(response.headers.get('WWW-Authenticate')).toBeNull()
    expect(response.headers.get('Retry-After')).toMatch(/^\d+$/)
    expect(codes).toEqual(['unavailable'])
    expect(seen).toEqual([])
    expectNoSecrets(row, await response.text())
  })

  test.each(row.strangers.map((token) => ({ token })))(
    'refuses $token without asking',
    async ({ token }) => {
      const { handle, seen, codes, calls } = serve(row, () => Response.json(row.answer))
      await expectRefused(await handle(bearer(token)), seen)
      expect(codes).toEqual(['token_malformed'])
      expect(calls).toEqual([])
    },
  )
})

describe('presets with introspection', () => {
  test('keep what they are told, and take JWTs too', () => {
    expect(kindsOf(INTROSPECTED[0])).toEqual([
      'jwt',
      expect.objectContaining({ kind: 'introspection', clientId: 'mcp', clientSecret: SECRET }),
    ])
    expect(kindsOf(INTROSPECTED[1])).toEqual([
      { kind: 'jwt', requiredClaims: ['jti'] },
      { kind: 'introspection', clientId: 'api', clientSecret: SECRET },
    ])
  })

  test('clerk() asks about its own opaque tokens only', () => {
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

function expectQuestion({ question }: Row, call: Call | undefined): void {
  const headers = new Headers(call?.init?.headers)
  expect(call?.url).toBe(question.url)
  expect(call?.init?.method ?? 'GET').toBe(question.method)
  expect(headers.get('Authorization')).toBe(question.authorization)
  expect(headers.get('Accept')).toContain('json')
  expect(call?.init?.redirect).toBe('manual')
  if (question.body !== undefined) expect(String(call?.init?.body)).toBe(question.body)
  if (question.url.startsWith('https://api.github.com/')) {
    expect(headers.get('User-Agent')).toBe('mcp-gatehouse')
  }
}

function expectNoSecrets(row: Row, text: string): void {
  expect(text).not.toContain(row.token)
  expect(text).not.toContain(SECRET)
  expect(text).not.toContain(btoa(SECRET))
}

async function expectRefused(response: Response, seen: readonly AuthContext[]): Promise<void> {
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
