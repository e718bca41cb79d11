/** The facts in events about rejections, documents and warnings. */

import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest'
import {
  AuthError,
  type AuthErrorCode,
  type AuthEvent,
  type AuthorizationServerOptions,
  challengeResponse,
  discoverAuthorizationServer,
  type ProtectedResourceOptions,
  protectedResource,
  type UpstreamError,
  verifyAccessToken,
} from '../../src/index.ts'
import { definedMembers } from '../../src/lib/own-members.ts'
import { createCertificate } from '../support/certificate.ts'
import { START } from '../support/clock.ts'
import { forge, signedBy } from '../support/forge.ts'
import { activeAnswer, createOpaqueScene, ENDPOINT } from '../support/introspection.ts'
import { goodClaims, ISSUER, RESOURCE } from '../support/issuer.ts'
import { createMemoryStore } from '../support/memory-store.ts'
import {
  createScene,
  expectRejected,
  invalidToken,
  type Scene,
  type SceneOptions,
} from '../support/scene.ts'

const OAUTH = `${ISSUER}/.well-known/oauth-authorization-server`
const OPENID = `${ISSUER}/.well-known/openid-configuration`
const KEYS = `${ISSUER}/jwks`

interface Wrong {
  readonly title: string
  readonly code: AuthErrorCode
  readonly options?: SceneOptions
  readonly claims?: Record<string, unknown>
  readonly header?: Record<string, unknown>
  /** Instead of a JWT. */
  readonly token?: string
  /** The members of the event besides the resource, code and status. */
  readonly says: Record<string, unknown>
}

const about = { issuer: ISSUER }
const rfc9068 = { server: { accessToken: { kind: 'jwt', profile: 'rfc9068' } } } as const
const template = {
  pattern: `${ISSUER}/{tenant}`,
  claim: 'tid',
  allow: ['one'],
}
const STANDARD_TYPES = ['at+jwt', 'JWT']

const WRONG: readonly Wrong[] = [
  {
    title: 'an issuer that is not configured',
    code: 'token_issuer',
    claims: { iss: 'https://other.example' },
    says: { expected: [ISSUER], received: ['https://other.example'] },
  },
  {
    title: 'an issuer with a slash too many, at a server with several names',
    code: 'token_issuer',
    options: { server: { tokenIssuers: ['https://old.example'] } },
    claims: { iss: `${ISSUER}/` },
    says: { expected: [ISSUER, 'https://old.example'], received: [`${ISSUER}/`] },
  },
  {
    title: 'an issuer that is not a string',
    code: 'token_issuer',
    claims: { iss: 5 },
    says: { expected: [ISSUER], received: [] },
  },
  {
    title: 'no issuer',
    code: 'token_issuer',
    claims: { iss: undefined },
    says: { expected: [ISSUER], received: [] },
  },
  {
    title: 'an issuer that wants to write a log of its own',
    code: 'token_issuer',
    claims: { iss: `https://a.example/\n\u001b[31m${'x'.repeat(1000)}` },
    says: {
      expected: [ISSUER],
      received: [`https://a.example/\uFFFD\uFFFD[31m${'x'.repeat(231)}…`],
    },
  },
  {
    title: 'a tenant that its claim does not name',
    code: 'token_issuer',
    options: { server: { issuerTemplate: template } },
    claims: { iss: `${ISSUER}/two`, tid: 'one' },
    says: { ...about, expected: [ISSUER, template.pattern], received: [`${ISSUER}/two`] },
  },
  {
    title: 'a tenant that is not allowed',
    code: 'token_issuer',
    options: { server: { issuerTemplate: template } },
    claims: { iss: `${ISSUER}/two`, tid: 'two' },
    says: { ...about, expected: [ISSUER, template.pattern], received: [`${ISSUER}/two`] },
  },
  {
    title: 'an opaque token where JWTs are configured',
    code: 'token_malformed',
    token: 'opaque',
    says: { expected: ['jwt'], received: ['opaque'] },
  },
  {
    title: 'an opaque token that no kind claims',
    code: 'token_malformed',
    options: {
      server: {
        accessToken: [
          'jwt',
          { kind: 'introspection', clientId: 'rs', clientSecret: 's', accepts: () => false },
          { kind: 'custom', verify: async () => null, accepts: () => false },
        ],
      },
    },
    token: 'opaque',
    says: { expected: ['jwt', 'introspection', 'custom'], received: ['opaque'] },
  },
  {
    title: 'a JWT that is misspelt',
    code: 'token_malformed',
    token: `${Buffer.from('{"alg":"ES256"}').toString('base64url')}.e30.`,
    says: {},
  },
  {
    title: 'a logout token',
    code: 'token_type',
    header: { typ: 'logout+jwt' },
    says: { ...about, expected: STANDARD_TYPES, received: ['logout+jwt'] },
  },
  {
    title: 'a typ that is in no registry',
    code: 'token_type',
    header: { typ: 'my-secret' },
    says: { ...about, expected: STANDARD_TYPES, received: ['unregistered'] },
  },
  {
    title: 'a typ that RFC 9068 does not take',
    code: 'token_type',
    options: rfc9068,
    header: { typ: 'JWT' },
    says: { ...about, expected: ['at+jwt'], received: ['jwt'] },
  },
  {
    title: 'an algorithm that is not allowed',
    code: 'token_algorithm',
    options: { server: { accessToken: { kind: 'jwt', algorithms: ['RS256', 'PS256'] } } },
    says: { ...about, expected: ['RS256', 'PS256'], received: ['ES256'] },
  },
  ...(
    [
      ['exp', { exp: undefined }, {}],
      ['exp', { exp: 'soon', nbf: 'soon' }, {}],
      ['nbf', { nbf: 'soon', iat: 'soon' }, {}],
      ['iat', { iat: 'soon' }, {}],
      [
        'iat',
        { iat: undefined },
        { server: { accessToken: { kind: 'jwt', maxTokenAgeSeconds: 60 } } },
      ],
      ['sub', { sub: undefined, jti: undefined }, rfc9068],
      ['client_id', { client_id: '' }, rfc9068],
      ['jti', { jti: 5 }, rfc9068],
      ['iat', { iat: undefined }, rfc9068],
      [
        'token_use',
        {},
        { server: { accessToken: { kind: 'jwt', requiredClaims: ['jti', 'token_use'] } } },
      ],
      ['jti', { jti: null }, { server: { accessToken: { kind: 'jwt', requiredClaims: ['jti'] } } }],
    ] as const
  ).map(
    ([claim, claims, options]): Wrong => ({
      title: `a claim ${claim} that is not as it must be, in ${JSON.stringify(claims)}`,
      code: 'token_claims',
      options: options as SceneOptions,
      claims,
      says: { ...about, claim },
    }),
  ),
  ...([5, true, {}, [RESOURCE, 5], [], undefined] as const).map(
    (aud): Wrong => ({
      title: `an aud that contains no audience: ${JSON.stringify(aud)}`,
      code: 'token_audience',
      claims: { aud },
      says: { ...about, expected: [RESOURCE], received: [], claim: 'aud' },
    }),
  ),
  {
    title: 'claims that the application refuses',
    code: 'token_claims',
    options: { server: { mapClaims: () => null } },
    says: about,
  },
  {
    title: 'a token that is over',
    code: 'token_expired',
    claims: { exp: START - 100 },
    says: about,
  },
]

describe('an event of type refused', () => {
  it.each(WRONG)('contains the expected and received values of $title', async (wrong) => {
    const { code, options, claims, header, token, says } = wrong
    const scene = await createScene(options)
    const jwt =
      token ??
      (await forge(
        definedMembers({ alg: 'ES256', kid: 'k1', typ: 'at+jwt', ...header }),
        definedMembers({ ...goodClaims(), ...claims }),
        signedBy(scene.issuer.key),
      ))
    await expectRejected(scene, scene.ask(`Bearer ${jwt}`), invalidToken(code))
    const event = { type: 'refused', resource: RESOURCE, code, status: 401, ...says }
    expect(scene.events.at(-1)).toEqual(event)
    const thrown = await verifyAccessToken(jwt, scene.resource).catch((error: unknown) => error)
    expect(thrown).toMatchObject({ code })
  })

  it.each([
    [{ iss: 'https://other.example' }, 'token_issuer', { received: ['https://other.example'] }],
    [{ exp: undefined }, 'token_claims', { claim: 'exp' }],
    [{ nbf: 'soon' }, 'token_claims', { claim: 'nbf' }],
    [{ aud: 5 }, 'token_audience', { expected: [RESOURCE], received: [], claim: 'aud' }],
  ] as const)('contains the same for an introspected token: %j', async (claims, code, says) => {
    const scene = await createOpaqueScene()
    scene.respond(() => activeAnswer(claims))
    await expectRejected(scene, scene.present(), invalidToken(code))
    const expected = code === 'token_issuer' ? { expected: [ISSUER] } : {}
    const common = { type: 'refused', resource: RESOURCE, code, status: 401, issuer: ISSUER }
    expect(scene.events.at(-1)).toEqual({ ...common, ...expected, ...says })
  })

  it('contains the required and the granted scopes', async () => {
    const scene = await createScene({
      requiredScopes: ['write'],
      requirements: { scopes: { anyOf: ['admin', 'root'] } },
      repeatGrantedScopes: true,
    })
    const token = await scene.issuer.token({ scope: 'read list' })
    const response = await scene.ask(`Bearer ${token}`)
    expect(response.status).toBe(403)
    expect(response.headers.get('WWW-Authenticate')).toContain('scope="write admin read list"')
    expect(scene.runs).toEqual([])
    expect(scene.events.at(-1)).toEqual({
      ...{ type: 'refused', resource: RESOURCE, code: 'scope_insufficient', status: 403 },
      ...{ issuer: ISSUER, expected: ['write', 'admin'], received: ['read', 'list'] },
    })
  })

  it('contains the scopes that a handler requires', async () => {
    const { resource, events } = await createScene()
    const error = new AuthError('scope_insufficient', { scopes: ['write'] })
    expect(challengeResponse(error, resource).status).toBe(403)
    expect(events.at(-1)).toMatchObject({ code: 'scope_insufficient', expected: ['write'] })
  })

  it.each([
    ['https://evil.example', ['https://evil.example']],
    ['null', ['null']],
    [`https://${'x'.repeat(300)}`, [`https://${'x'.repeat(247)}…`]],
  ])('contains the accepted origins and the received %j', async (origin, received) => {
    const scene = await createScene({ origins: ['https://app.example'] })
    const headers = { Origin: origin, 'Access-Control-Request-Method': 'POST' }
    for (const method of ['POST', 'OPTIONS']) {
      const response = await scene.ask(undefined, { method, headers })
      expect(response.status).toBe(403)
      expect(response.headers.get('WWW-Authenticate')).toBeNull()
      expect(scene.events.at(-1)).toEqual({
        ...{ type: 'refused', resource: RESOURCE, code: 'origin_refused', status: 403 },
        ...{ expected: ['https://rs.example', 'https://app.example'], received },
      })
    }
    expect(scene.runs).toEqual([])
  })

  it('distinguishes an unreadable certificate from a missing one', async () => {
    const scene = await createScene({ mtls: { dangerouslyTrustHeader: 'X-Cert' } })
    const { pem, der } = createCertificate('mine')
    const thumbprint = Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(der)))
    const cnf = { 'x5t#S256': thumbprint.toString('base64url') }
    const Authorization = `Bearer ${await scene.issuer.token({ cnf })}`
    const base64 = Buffer.from(der).toString('base64')
    const rows: [Record<string, string>, string[]][] = [
      [{}, []],
      [{ 'X-Cert': '' }, []],
      [{ 'X-Cert': ' ' }, []],
      [{ 'Client-Cert': `:${base64}:` }, []],
      [{ 'X-Cert': base64 }, ['unreadable']],
      [{ 'X-Cert': encodeURIComponent(pem) }, ['unreadable']],
      [{ 'X-Cert': `:${base64}:, :${base64}:` }, ['unreadable']],
    ]
    for (const [headers, received] of rows) {
      const answer = scene.ask(undefined, { headers: { Authorization, ...headers } })
      await expectRejected(scene, answer, invalidToken('binding_missing'))
      expect(scene.events.at(-1)).toEqual({
        ...{ type: 'refused', resource: RESOURCE, code: 'binding_missing', status: 401 },
        ...{ issuer: ISSUER, expected: ['X-Cert'], received },
      })
    }
    const other = await scene.issuer.token({ cnf: { 'x5t#S256': 'A'.repeat(43) } })
    const headers = { Authorization: `Bearer ${other}`, 'X-Cert': `:${base64}:` }
    await expectRejected(scene, scene.ask(undefined, { headers }), invalidToken('binding_mismatch'))
    expect(scene.events.at(-1)).not.toHaveProperty('received')
  })
})

describe('an event of type document', () => {
  it('contains the URL of the document, not the first URL that was tried', async () => {
    const scene = await createScene()
    await elsewhere(scene)
    expect((await scene.ask(`Bearer ${await scene.issuer.token()}`)).status).toBe(200)
    expect(documentsIn(scene.events)).toEqual([
      { type: 'document', issuer: ISSUER, url: OPENID, outcome: 'fetched' },
      { type: 'document', issuer: ISSUER, url: KEYS, outcome: 'fetched' },
    ])
  })

  it('contains that URL also for a copy of another machine', async () => {
    const documentStore = createMemoryStore()
    const first = await createScene({ documentStore })
    await elsewhere(first)
    const token = await first.issuer.token()
    expect((await first.ask(`Bearer ${token}`)).status).toBe(200)
    const { issuer } = first
    const second = await createScene({ documentStore, issuer, now: first.clock.now })
    expect((await second.ask(`Bearer ${token}`)).status).toBe(200)
    expect(documentsIn(second.events)).toEqual(documentsIn(first.events))
  })

  it.each([
    [404, 404, OAUTH, 404],
    [404, 500, OPENID, 500],
    [403, 404, OAUTH, 403],
    [503, 500, OAUTH, 503],
  ])('contains the URL and the status: %i and %i', async (first, second, url, status) => {
    const scene = await createScene()
    scene.issuer.respondAt(OAUTH, () => new Response(null, { status: first }))
    scene.issuer.respondAt(OPENID, () => new Response(null, { status: second }))
    const response = await scene.ask(`Bearer ${await scene.issuer.token()}`)
    expect(response.status).toBe(503)
    expect(response.headers.get('WWW-Authenticate')).toBeNull()
    expect(documentsIn(scene.events)).toEqual([
      {
        ...{ type: 'document', issuer: ISSUER, url, outcome: 'failed', code: 'status', status },
        message: `${OAUTH} answered with status ${first}; ${OPENID} answered with status ${second}`,
      },
    ])
    const thrown = await discoverAuthorizationServer(ISSUER, { fetch: scene.issuer.fetch }).catch(
      (error: unknown) => error as UpstreamError,
    )
    expect(thrown).toMatchObject({ code: 'status', url, status })
  })

  it('contains the status of the introspection endpoint', async () => {
    const scene = await createOpaqueScene()
    scene.respond(() => new Response(null, { status: 502 }))
    expect((await scene.present()).status).toBe(503)
    const common = { type: 'document', issuer: ISSUER, url: ENDPOINT, outcome: 'failed' }
    expect(documentsIn(scene.events).at(-1)).toEqual({
      ...common,
      ...{ code: 'status', status: 502, message: `${ENDPOINT} answered with status 502` },
    })
    scene.respond(() => Response.redirect('https://login.example/?token=secret'))
    expect((await scene.present('another')).status).toBe(503)
    // A Location may repeat the posted form, so the event does not contain it.
    expect(documentsIn(scene.events).at(-1)).toEqual({
      ...common,
      ...{ code: 'redirect', status: 302 },
      message: `${ENDPOINT} answered with a redirect, which is not followed`,
    })
  })

  it('contains the same while a failure is cached', async () => {
    const scene = await createScene()
    scene.issuer.respondAt(OAUTH, () => Response.json({ issuer: 'https://other.example' }))
    const token = await scene.issuer.token()
    const causes: unknown[] = []
    for (let time = 0; time < 2; time++) {
      await verifyAccessToken(token, scene.resource).catch(({ cause }) => causes.push(cause))
    }
    const known = { code: 'issuer_mismatch', url: OAUTH, expected: [ISSUER] }
    const cause = { ...known, received: ['https://other.example'] }
    expect(causes).toMatchObject([cause, cause])
    expect(scene.issuer.requests).toEqual([OAUTH])
  })

  it.each<[string, SceneOptions, string, string]>([
    ['metadata found at the second place', {}, 'jwks_uri', OPENID],
    ['metadata at a place of its own', { server: { metadataUrl: OPENID } }, 'jwks_uri', OPENID],
    [
      'metadata of a server that is asked about tokens',
      { server: { accessToken: { kind: 'introspection', clientId: 'rs', clientSecret: 's' } } },
      'introspection_endpoint',
      OPENID,
    ],
  ])('names the missing member in %s', async (_, options, missing, url) => {
    const scene = await createScene(options)
    await elsewhere(scene, { issuer: ISSUER })
    const isJwt = missing === 'jwks_uri'
    const token = isJwt ? await scene.issuer.token() : 'opaque'
    expect((await scene.ask(`Bearer ${token}`)).status).toBe(503)
    expect(documentsIn(scene.events).at(-1)).toEqual({
      ...{ type: 'document', issuer: ISSUER, url, outcome: 'failed' },
      ...{
        code: 'invalid_document',
        missing,
        message: `${url} does not fit: it has no ${missing}`,
      },
    })
  })

  it.each<[string, string, object, string]>([
    [
      'a jwks_uri without TLS',
      OAUTH,
      { issuer: ISSUER, jwks_uri: 'http://keycloak:8080/certs' },
      'jwks_uri: must be an https URL; plain http is allowed for loopback addresses, and beyond them only with dangerouslyAllowHttp',
    ],
    ['metadata without issuer', OAUTH, { jwks_uri: KEYS }, 'issuer: is missing'],
    ['a key in place of a set', KEYS, { kty: 'EC', crv: 'P-256' }, 'keys: is missing'],
    [
      'a key that has a certificate only',
      KEYS,
      { keys: [{ kty: 'RSA', kid: 'k1', use: 'sig', x5c: ['MIIB'] }] },
      'keys: none of them can verify a signature',
    ],
  ])('says in its message what is wrong with %s', async (_, url, document, cause) => {
    const scene = await createScene()
    scene.issuer.respondAt(url, () => Response.json(document))
    const response = await scene.ask(`Bearer ${await scene.issuer.token()}`)
    expect(response.status).toBe(503)
    expect(response.headers.get('WWW-Authenticate')).toBeNull()
    expect(await response.text()).not.toContain(cause)
    expect(documentsIn(scene.events).at(-1)).toEqual({
      ...{ type: 'document', issuer: ISSUER, url, outcome: 'failed' },
      ...{ code: 'invalid_document', message: `${url} does not fit: ${cause}` },
    })
  })

  it('contains the issuer of the document', async () => {
    const scene = await createScene({
      server: { issuerTemplate: { ...template, pattern: `${ISSUER}/{tenantid}` } },
    })
    const named = `https://other.example/\u202E${'x'.repeat(400)}`
    scene.issuer.respondAt(OAUTH, () => Response.json({ issuer: named, jwks_uri: KEYS }))
    expect((await scene.ask(`Bearer ${await scene.issuer.token()}`)).status).toBe(503)
    const received = `https://other.example/\uFFFD${'x'.repeat(232)}…`
    const expected = `${ISSUER} or ${ISSUER}/{tenantid}`
    expect(documentsIn(scene.events)).toEqual([
      {
        ...{ type: 'document', issuer: ISSUER, url: OAUTH, outcome: 'failed' },
        code: 'issuer_mismatch',
        message: `${OAUTH} does not fit: issuer: expected ${expected}, found "${received}"`,
        expected: [ISSUER, `${ISSUER}/{tenantid}`],
        received: [received],
      },
    ])
  })
})

describe('a warning', () => {
  const EACH_TIME = ['resource', 'resource', 'dpop.replay']
  let printed: MockInstance

  beforeEach(() => {
    printed = vi.spyOn(console, 'warn').mockImplementation(() => {})
  })
  afterEach(() => void vi.restoreAllMocks())

  const make = (resource: string, options: Partial<ProtectedResourceOptions> = {}) =>
    protectedResource({ resource, authorizationServers: [ISSUER], ...options })
  const linesAbout = (name: string): string[] =>
    printed.mock.calls.map(([line]) => String(line)).filter((line) => line.includes(name))

  it('is printed without a listener, once per process', () => {
    // Unlike in case only, so that the same is to be said of both.
    make('https://RS.example/printed-once')
    make('HTTPS://rs.example/printed-once')
    make('https://RS.example/printed-too')
    expect(linesAbout('printed-once')).toEqual([
      expect.stringMatching(
        /^mcp-gatehouse, https:\/\/RS\.example\/printed-once: resource is not in canonical form, https:\/\/rs\.example\/printed-once .*\. Set onEvent to receive warnings as events\.$/,
      ),
    ])
    expect(linesAbout('printed-too')).toHaveLength(1)
  })

  it('is not printed with a listener, which receives it each time', () => {
    const events: AuthEvent[] = []
    for (let time = 0; time < 2; time++) {
      const onEvent = (event: AuthEvent) => void events.push(event)
      make('https://RS.example/listened?a=b', { dpop: true, onEvent })
    }
    expect(printed).not.toHaveBeenCalled()
    const paths = events.map((event) => event.type === 'warning' && event.path)
    expect(paths).toEqual([...EACH_TIME, ...EACH_TIME])
  })

  it('is not printed if the configuration is invalid', () => {
    const options = { dpop: true, authorizationServers: [] as AuthorizationServerOptions[] }
    const making = () => make('https://RS.example/wrong', options)
    expect(making).toThrow(/authorizationServers/)
    expect(printed).not.toHaveBeenCalled()
  })
})

function documentsIn(events: readonly AuthEvent[]): AuthEvent[] {
  return events.filter(({ type }) => type === 'document')
}

/** Has the metadata at the second place only. */
async function elsewhere({ issuer }: Scene, document: object = issuer.metadata): Promise<void> {
  issuer.respondAt(OAUTH, () => new Response(null, { status: 404 }))
  issuer.respondAt(OPENID, () => Response.json(document))
}
