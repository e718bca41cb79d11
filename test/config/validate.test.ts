/** Judging a configuration: every mistake at once, each once, with its place and its remedy. */

import { beforeAll, describe, expect, it } from 'vitest'
import {
  authenticate,
  ConfigError,
  type ConfigProblem,
  type ProtectedResourceOptions,
  protect,
  protectedResource,
} from '../../src/index.ts'
import { createKey, ISSUER, METADATA_URL, RESOURCE, type SigningKey } from '../support/issuer.ts'

const GOOD: ProtectedResourceOptions = { resource: RESOURCE, authorizationServers: [ISSUER] }

/** Loosely typed, because these mistakes come from plain JavaScript. */
function errorOf(options: unknown): ConfigError | undefined {
  try {
    protectedResource(options as ProtectedResourceOptions)
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  return undefined
}

function problemsIn(options: Record<string, unknown>): readonly ConfigProblem[] {
  return errorOf({ ...GOOD, ...options })?.problems ?? []
}

/** The problems of one server, the second of two. */
function serverProblems(server: Record<string, unknown>): readonly ConfigProblem[] {
  const second = { issuer: 'https://second.example', ...server }
  return problemsIn({ authorizationServers: [ISSUER, second] })
}

type Case = [what: string, options: Record<string, unknown>, ...problems: [string, RegExp][]]

function expected(problems: readonly [string, RegExp][]) {
  return problems.map(([path, message]) => ({ path, message: expect.stringMatching(message) }))
}

let key: SigningKey

beforeAll(async () => {
  key = await createKey()
})

describe('ConfigError', () => {
  it('contains every mistake with its path and fix', () => {
    const error = errorOf({
      resource: 'http://rs.example/mcp',
      authorizationServers: ['https://as.example?x', { issuer: 'nonsense', timeoutMs: 'soon' }],
      requiredScopes: ['a b'],
      scopesSuported: ['read'],
      clockToleranceSeconds: 301,
    })
    expect(error?.problems).toEqual([
      {
        path: 'authorizationServers[1].timeoutMs',
        message: 'expected a number above 0, found a string',
      },
      { path: 'scopesSuported', message: 'is not an option; remove it or correct its spelling' },
      {
        path: 'resource',
        message:
          'must be an https URL (RFC 9728 §1.2); plain http is allowed for loopback addresses, and beyond them only with dangerouslyAllowHttp',
      },
      {
        path: 'authorizationServers[0]',
        message: 'must have neither query nor fragment (RFC 8414 §2)',
      },
      {
        path: 'authorizationServers[1].issuer',
        message:
          'is not a URL; give the issuer identifier of the authorization server, such as https://as.example',
      },
      {
        path: 'requiredScopes[0]',
        message:
          'is not a scope; a scope is one or more visible ASCII characters except " and \\ (RFC 6749 §3.3)',
      },
      {
        path: 'clockToleranceSeconds',
        message:
          'must be at most 300, because it extends the lifetime of every token; correct the clock instead',
      },
    ])
    expect(error?.name).toBe('ConfigError')
    const lines = error?.message.split('\n') ?? []
    expect(lines[0]).toBe('The configuration has 7 mistakes:')
    expect(lines.slice(1)).toEqual(
      error?.problems.map(({ path, message }) => `  ${path}: ${message}`),
    )
  })

  it('counts a single mistake as one', () => {
    expect(errorOf({ ...GOOD, dpopp: true })?.message).toBe(
      'The configuration has a mistake:\n  dpopp: is not an option; remove it or correct its spelling',
    )
  })

  it.each([
    ['documentStoreSecret', ''],
    ['documentStoreSecret', []],
    ['documentStoreSecret[1]', ['a secret', '']],
  ])('rejects an empty %s, the value of an unset variable', (path, documentStoreSecret) => {
    const documentStore = { get: async () => undefined, set: async () => {} }
    expect(problemsIn({ documentStore, documentStoreSecret })).toEqual([
      {
        path,
        message:
          'is empty, so stored documents would not be authenticated; remove the option if that is intended',
      },
    ])
  })

  it('accepts the minimum, and undefined for every option', () => {
    expect(errorOf(GOOD)).toBeUndefined()
    const names = [
      ...['scopesSupported', 'metadata', 'audience', 'requiredScopes', 'challengeScopes'],
      ...['scopeHierarchy', 'operations', 'repeatGrantedScopes', 'metadataMaxAgeSeconds', 'dpop'],
      ...[
        'mtls',
        'token',
        'origins',
        'maxBodyBytes',
        'endStreamsAtExpiry',
        'fetch',
        'now',
        'getStream',
      ],
      'bodyTimeoutMs',
      ...['serveAuthorizationServerMetadata', 'clockToleranceSeconds', 'tokenCache', 'onEvent'],
      ...['documentStore', 'documentStoreSecret', 'staleIfErrorSeconds', 'dangerouslyAllowHttp'],
    ]
    expect(problemsIn(Object.fromEntries(names.map((name) => [name, undefined])))).toEqual([])
    const ofServer = [
      ...[
        'fetch',
        'timeoutMs',
        'maxBytes',
        'dangerouslyAllowHttp',
        'type',
        'transform',
        'metadata',
      ],
      ...['metadataUrl', 'jwks', 'jwksUri', 'audience', 'dangerouslyAllowMissingAudience'],
      ...['accessToken', 'mapClaims', 'tokenIssuers', 'claims', 'issuerTemplate'],
    ]
    expect(serverProblems(Object.fromEntries(ofServer.map((name) => [name, undefined])))).toEqual(
      [],
    )
  })

  it.each([undefined, null, 5, 'https://rs.example', [], [GOOD]])(
    'rejects %j instead of options',
    (options) => {
      expect(errorOf(options)?.problems).toMatchObject([
        { path: 'options', message: expect.stringMatching(/^expected an object, found /) },
      ])
    },
  )

  it('only validates: no fetch, no clock, and no effect of a listener that throws', () => {
    const never = (): never => {
      throw new Error('called')
    }
    const resource = protectedResource({
      ...GOOD,
      resource: 'https://rs.example/',
      fetch: never,
      now: never,
      token: never,
      onEvent: never,
    })
    expect(resource.identifier).toBe('https://rs.example/')
  })
})

describe('a resource', () => {
  it('does not change with lists that are modified later', async () => {
    const lists = {
      requiredScopes: ['read'],
      challengeScopes: ['read'],
      origins: ['https://a.example'],
    }
    const resource = protectedResource({ ...GOOD, ...lists })
    for (const list of Object.values(lists)) list.push('https://evil.example')
    const headers = { Origin: 'https://a.example' }
    const refused = await authenticate(new Request(RESOURCE, { headers }), resource)
    if (refused.ok) throw new Error('accepted')
    expect(refused.headers.get('WWW-Authenticate')).toBe(
      `Bearer scope="read", resource_metadata="${METADATA_URL}"`,
    )
    const foreign = { Origin: 'https://evil.example' }
    const stranger = await authenticate(new Request(RESOURCE, { headers: foreign }), resource)
    expect(stranger).toMatchObject({ ok: false, status: 403 })
  })
})

describe('shape', () => {
  const cases: Case[] = [
    ['resource missing', { resource: undefined }, ['resource', /^is missing$/]],
    ['resource', { resource: 5 }, ['resource', /^expected a string, found a number$/]],
    ['servers', { authorizationServers: ISSUER }, ['authorizationServers', /expected an array/]],
    [
      'no servers at all',
      { authorizationServers: [5, null, [ISSUER], {}] },
      ['authorizationServers[0]', /expected an issuer or an object with issuer, found a number/],
      ['authorizationServers[1]', /found null/],
      ['authorizationServers[2]', /found an array/],
      ['authorizationServers[3].issuer', /^is missing$/],
    ],
    ['scopes', { scopesSupported: 'read' }, ['scopesSupported', /an array, found a string/]],
    ['a scope', { requiredScopes: ['read', 5] }, ['requiredScopes[1]', /a string, found a number/]],
    ['challenge scopes', { challengeScopes: {} }, ['challengeScopes', /an array, found an object/]],
    ['metadata', { metadata: ['resource_name'] }, ['metadata', /an object, found an array/]],
    ['audience', { audience: 5 }, ['audience', /a string or an array of strings, found a number/]],
    ['one of them', { audience: ['a', 5] }, ['audience[1]', /a string, found a number/]],
    ['hierarchy', { scopeHierarchy: { a: 'b' } }, ['scopeHierarchy.a', /an array, found a string/]],
    ['a flag', { repeatGrantedScopes: 1 }, ['repeatGrantedScopes', /a boolean, found a number/]],
    [
      'no number',
      { staleIfErrorSeconds: Number.NaN },
      ['staleIfErrorSeconds', /^must be a number of at least 0$/],
    ],
    [
      'a negative',
      { staleIfErrorSeconds: -1 },
      ['staleIfErrorSeconds', /^must be a number of at least 0$/],
    ],
    [
      'no end',
      { clockToleranceSeconds: Number.POSITIVE_INFINITY },
      ['clockToleranceSeconds', /at least 0/],
    ],
    ['zero', { maxBodyBytes: 0 }, ['maxBodyBytes', /above 0/]],
    ['no time', { bodyTimeoutMs: 0 }, ['bodyTimeoutMs', /milliseconds above 0/]],
    ['a time before', { bodyTimeoutMs: -1 }, ['bodyTimeoutMs', /milliseconds above 0/]],
    // A timer with more than that fires at once.
    ['too much time', { bodyTimeoutMs: 2 ** 31 }, ['bodyTimeoutMs', /below 2147483648/]],
    ['endless time', { bodyTimeoutMs: Number.POSITIVE_INFINITY }, ['bodyTimeoutMs', /below/]],
    ['a time in words', { bodyTimeoutMs: '10s' }, ['bodyTimeoutMs', /milliseconds/]],
    ['a store', { documentStore: 5 }, ['documentStore', /^expected an object, found a number$/]],
    ['half a store', { documentStore: { get() {} } }, ['documentStore.set', /^is missing$/]],
    ['bindings', { dpop: [], mtls: [] }, ['dpop', /found an array/], ['mtls', /found an array/]],
    ['nonce', { dpop: { nonce: true } }, ['dpop.nonce', /^expected an object, found a boolean$/]],
    ['a function', { token: 'header' }, ['token', /a function, found a string/]],
    [
      'ports',
      { fetch: {}, now: 5, onEvent: 'x' },
      ['fetch', /a function/],
      ['now', /a function/],
      ['onEvent', /a function/],
    ],
    ['origins', { origins: 'https://a.example' }, ['origins', /'\*' or an array of origins/]],
    ['an origin', { origins: [5] }, ['origins[0]', /a string, found a number/]],
    [
      'streams',
      { endStreamsAtExpiry: true },
      ['endStreamsAtExpiry', /'listening', 'all' or false/],
    ],
    ['cache', { tokenCache: true }, ['tokenCache', /false or an object, found a boolean/]],
    [
      'in the cache',
      { tokenCache: { maxEntries: 0, maxBytes: -1, maxAge: 5 } },
      ['tokenCache.maxEntries', /above 0/],
      ['tokenCache.maxBytes', /above 0/],
      ['tokenCache.maxAge', /is not an option/],
    ],
    [
      'unknown',
      { resourse: RESOURCE, Resource: 1 },
      ['resourse', /is not an option/],
      ['Resource', /is not an option/],
    ],
  ]

  it.each(cases)('rejects %s', (_what, options, ...problems) => {
    expect(problemsIn(options)).toEqual(expected(problems))
  })

  const ofServers: Case[] = [
    ['issuer', { issuer: 5 }, ['issuer', /a string, found a number/]],
    ['type', { type: 'saml' }, ['type', /^expected 'oauth' or 'oidc', found a string$/]],
    ['times', { timeoutMs: 0, maxBytes: -1 }, ['timeoutMs', /above 0/], ['maxBytes', /above 0/]],
    [
      'functions',
      { transform: 1, mapClaims: 1, fetch: 1 },
      ['fetch', /a function/],
      ['transform', /a function/],
      ['mapClaims', /a function/],
    ],
    ['metadata', { metadata: 'x' }, ['metadata', /an object, found a string/]],
    ['keys', { jwks: { keys: 'x' } }, ['jwks.keys', /an array, found a string/]],
    ['a set of keys', { jwks: 'x' }, ['jwks', /^expected an object, found a string$/]],
    ['a key', { jwks: { keys: ['x'] } }, ['jwks.keys[0]', /^expected an object, found a string$/]],
    ['claims for all', { claims: 'scp' }, ['claims', /^expected an object, found a string$/]],
    ['token issuers', { tokenIssuers: [5] }, ['tokenIssuers[0]', /a string/]],
    [
      'claims',
      { claims: { scope: 5, client: 'x' } },
      ['claims.scope', /a string or an array/],
      ['claims.client', /is not an option/],
    ],
    [
      'template',
      { issuerTemplate: { pattern: [5], claim: 5, allow: 'all' } },
      ['issuerTemplate.pattern[0]', /a string/],
      ['issuerTemplate.claim', /a string, found a number/],
      ['issuerTemplate.allow', /an array of tenants or a function, found a string/],
    ],
    [
      'template, incomplete',
      { issuerTemplate: { pattern: 'x' } },
      ['issuerTemplate.claim', /^is missing$/],
      ['issuerTemplate.allow', /^is missing$/],
    ],
    ['kind', { accessToken: 5 }, ['accessToken', /'jwt', or an object whose kind is/]],
    ['kind by name', { accessToken: 'jws' }, ['accessToken', /'jwt', or an object whose kind is/]],
    ['kind in a list', { accessToken: ['jwt', 'x'] }, ['accessToken[1]', /'jwt', or an object/]],
    [
      'kind of an object',
      { accessToken: { kind: 'x' } },
      ['accessToken.kind', /^expected 'jwt' or 'introspection' or 'custom', found a string$/],
    ],
    ['kind of one of them', { accessToken: ['jwt', {}] }, ['accessToken[1].kind', /^is missing$/]],
    [
      'jwt',
      { accessToken: { kind: 'jwt', profile: 'x' } },
      ['accessToken.profile', /'standard' or 'rfc9068'/],
    ],
    [
      'jwt in a list',
      { accessToken: [{ kind: 'jwt', algs: [] }] },
      ['accessToken[0].algs', /is not an option/],
    ],
    [
      'introspection',
      { accessToken: ['jwt', { kind: 'introspection' }] },
      ['accessToken[1].clientId', /^is missing$/],
    ],
    ['custom', { accessToken: { kind: 'custom' } }, ['accessToken.verify', /^is missing$/]],
    ['unknown', { jwks_uri: 'https://second.example/jwks' }, ['jwks_uri', /is not an option/]],
  ]

  it.each(ofServers)('rejects the server option: %s', (_what, server, ...problems) => {
    const located = problems.map(([path, message]): [string, RegExp] => [
      `authorizationServers[1].${path}`,
      message,
    ])
    expect(serverProblems(server)).toEqual(expected(located))
  })

  it('never repeats a value', () => {
    const secret = 'do-not-repeat-me'
    const error = errorOf({
      resource: 5,
      documentStoreSecret: { secret },
      authorizationServers: [
        { issuer: { secret }, accessToken: { kind: 'introspection', clientSecret: [secret] } },
      ],
    })
    expect(error?.problems.length).toBeGreaterThan(3)
    expect(error?.message).not.toContain(secret)
  })
})

describe('schema and rules together', () => {
  it('reports a rule violation in another option than the one of a wrong type', () => {
    expect(problemsIn({ metadata: 5, requiredScopes: ['offline_access'] })).toMatchObject([
      { path: 'metadata' },
      { path: 'requiredScopes[0]' },
    ])
    expect(
      problemsIn({
        authorizationServers: [
          { issuer: 5, jwksUri: 'http://one.example' },
          { issuer: 'http://two.example', timeoutMs: 'soon' },
          { issuer: 'https://three.example', accessToken: 'x', jwksUri: 'nonsense' },
          'http://four.example',
        ],
      }),
    ).toMatchObject([
      { path: 'authorizationServers[0].issuer', message: expect.stringMatching(/^expected/) },
      { path: 'authorizationServers[1].timeoutMs', message: expect.stringMatching(/^expected/) },
      { path: 'authorizationServers[2].accessToken', message: expect.stringMatching(/^expected/) },
      { path: 'authorizationServers[1].issuer', message: expect.stringMatching(/https/) },
      { path: 'authorizationServers[2].jwksUri', message: expect.stringMatching(/URL/) },
      { path: 'authorizationServers[3]', message: expect.stringMatching(/https/) },
    ])
  })

  it('reports no other option because of an option of a wrong type', () => {
    const claims = { audience: 'client_id' }
    expect(
      problemsIn({ audience: 5, authorizationServers: [{ issuer: ISSUER, claims }] }),
    ).toMatchObject([{ path: 'audience' }])
    expect(serverProblems({ audience: 5, claims })).toMatchObject([
      { path: 'authorizationServers[1].audience' },
    ])
    expect(
      problemsIn({ resource: 'http://rs.example', dangerouslyAllowHttp: 'yes' }),
    ).toMatchObject([{ path: 'dangerouslyAllowHttp' }])
    const metadata = { issuer: 'https://second.example' }
    expect(serverProblems({ jwksUri: 5, metadata })).toMatchObject([
      { path: 'authorizationServers[1].jwksUri' },
    ])
  })

  it('checks an option whose name equals the placeholder path', () => {
    expect(problemsIn({ options: {}, requiredScopes: ['a b'] })).toMatchObject([
      { path: 'options' },
      { path: 'requiredScopes[0]' },
    ])
  })
})

describe('rules', () => {
  const cases: Case[] = [
    ['no server', { authorizationServers: [] }, ['authorizationServers', /at least one issuer/]],
    [
      'scopes that are none',
      { scopesSupported: ['ok', ''], requiredScopes: ['a"b'], challengeScopes: ['a\\b', 'é'] },
      ['scopesSupported[1]', /RFC 6749/],
      ['requiredScopes[0]', /RFC 6749/],
      ['challengeScopes[0]', /RFC 6749/],
      ['challengeScopes[1]', /RFC 6749/],
    ],
    [
      'offline_access',
      { requiredScopes: ['offline_access'], challengeScopes: ['offline_access'] },
      ['requiredScopes[0]', /clients add it themselves/],
      ['challengeScopes[0]', /clients add it themselves/],
    ],
    [
      'a hierarchy of no scopes',
      { scopeHierarchy: { 'a b': ['c'], d: [''] } },
      ['scopeHierarchy.a b', /not a scope/],
      ['scopeHierarchy.d', /not a scope/],
    ],
    [
      'a hierarchy in a circle',
      { scopeHierarchy: { a: ['b'], b: ['c'], c: ['a'] } },
      ['scopeHierarchy', /\(a > b > c > a\)/],
    ],
    [
      'derived members',
      {
        metadata: {
          resource: RESOURCE,
          authorization_servers: [],
          scopes_supported: [],
          dpop_bound_access_tokens_required: true,
          dpop_signing_alg_values_supported: [],
          tls_client_certificate_bound_access_tokens: true,
        },
      },
      ...[
        'resource',
        'authorization_servers',
        'scopes_supported',
        'dpop_bound_access_tokens_required',
        'dpop_signing_alg_values_supported',
        'tls_client_certificate_bound_access_tokens',
      ].map((name): [string, RegExp] => [`metadata.${name}`, /derived from the other options/]),
    ],
    [
      'methods that are not offered',
      { metadata: { bearer_methods_supported: ['header', 'query'] } },
      ['metadata.bearer_methods_supported', /\['header'\] or \[\]/],
    ],
    [
      'methods that are not read',
      { token: () => undefined, metadata: { bearer_methods_supported: ['header'] } },
      ['metadata.bearer_methods_supported', /\['header'\] or \[\]/],
    ],
    [
      'signed metadata that is none',
      { metadata: { signed_metadata: 'a.b.c' } },
      ['metadata.signed_metadata', /JWS in compact form/],
    ],
    ['an empty audience', { audience: '' }, ['audience', /at least one audience/]],
    ['an empty list of audiences', { audience: [] }, ['audience', /at least one audience/]],
    [
      'an empty one among audiences',
      { audience: ['a', ''] },
      ['audience', /at least one audience/],
    ],
    ...[
      'https://a.example/',
      'https://A.example',
      'a.example',
      'null',
      'https://a.example:443',
      'https://a.example/x',
      '*',
    ].map(
      (origin): Case => [
        `the origin ${origin}`,
        { origins: ['https://ok.example', origin] },
        ['origins[1]', /as browsers send it/],
      ],
    ),
    [
      'leeway beyond reason',
      { clockToleranceSeconds: 301 },
      ['clockToleranceSeconds', /at most 300/],
    ],
  ]

  it.each(cases)('reject %s', (_what, options, ...problems) => {
    expect(problemsIn(options)).toEqual(expected(problems))
  })

  it('accept valid options', () => {
    expect(
      problemsIn({
        audience: ['https://rs.example', 'api'],
        origins: ['https://a.example', 'http://localhost:6274', 'https://b.example:8443'],
        scopeHierarchy: { admin: ['write', 'read'], write: ['read'], constructor: ['toString'] },
        requiredScopes: ['read'],
        challengeScopes: [],
        clockToleranceSeconds: 300,
        staleIfErrorSeconds: 0,
        tokenCache: { maxEntries: 5 },
        dpop: false,
        mtls: false,
      }),
    ).toEqual([])
    expect(problemsIn({ origins: '*', tokenCache: false })).toEqual([])
  })

  it.each([
    ['a promise', Promise.resolve({ resource_name: 'Notes' })],
    ['a Map', new Map([['resource_name', 'Notes']])],
    ['a URL', new URL('https://rs.example')],
    ['an object with members of a prototype', Object.create({ resource_name: 'Notes' })],
  ])('reject %s as metadata', (_what, metadata) => {
    expect(problemsIn({ metadata })).toEqual([
      { path: 'metadata', message: expect.stringMatching(/^must be a plain object/) },
    ])
    expect(problemsIn({ metadata: Object.assign(Object.create(null), { a: 1 }) })).toEqual([])
  })

  it('require a JWS with iss and without signed_metadata as signed metadata', () => {
    const jws = (claims: unknown) => `e30.${btoa(JSON.stringify(claims)).replace(/=+$/, '')}.c2ln`
    expect(problemsIn({ metadata: { signed_metadata: jws({ iss: RESOURCE }) } })).toEqual([])
    for (const claims of [{}, { iss: 5 }, { iss: RESOURCE, signed_metadata: 'x' }, [], null]) {
      expect(problemsIn({ metadata: { signed_metadata: jws(claims) } })).toMatchObject([
        { path: 'metadata.signed_metadata' },
      ])
    }
  })
})

describe('rules of servers', () => {
  const metadata = { issuer: 'https://second.example', jwks_uri: 'https://second.example/jwks' }
  const template = { pattern: 'https://login.example/{tid}/v2.0', claim: 'tid', allow: ['a'] }

  const cases: Case[] = [
    ['an issuer by http', { issuer: 'http://second.example' }, ['issuer', /https/]],
    [
      'an issuer with a query',
      { issuer: 'https://second.example?a' },
      ['issuer', /neither query nor fragment/],
    ],
    [
      'an issuer with a fragment',
      { issuer: 'https://second.example#' },
      ['issuer', /neither query nor fragment/],
    ],
    ['an issuer with a user', { issuer: 'https://a:b@second.example' }, ['issuer', /user name/]],
    ['an issuer with spaces', { issuer: 'https://second.example ' }, ['issuer', /white space/]],
    [
      'an issuer that the URL parser corrects',
      { issuer: 'https:second.example' },
      ['issuer', /RFC 3986/],
    ],
    [
      'a metadata URL as issuer',
      { issuer: 'https://second.example/.well-known/openid-configuration' },
      ['issuer', /as metadataUrl/],
    ],
    [
      'URLs by http',
      { metadataUrl: 'http://second.example/m', jwksUri: 'http://second.example/k' },
      ['metadataUrl', /https/],
      ['jwksUri', /https/],
    ],
    ['a URL with a user', { jwksUri: 'https://a:b@second.example/k' }, ['jwksUri', /user name/]],
    ['a URL that is none', { metadataUrl: '' }, ['metadataUrl', /not a URL/]],
    ['an empty token issuer', { tokenIssuers: ['x', ''] }, ['tokenIssuers[1]', /is empty/]],
    [
      'metadata twice',
      { metadata, metadataUrl: 'https://second.example/m' },
      ['metadataUrl', /remove one/],
    ],
    ['metadata without issuer', { metadata: {} }, ['metadata.issuer', /^is missing$/]],
    [
      'metadata of another',
      { metadata: { ...metadata, issuer: 'https://second.example/' } },
      ['metadata.issuer', /RFC 8414 §3.3/],
    ],
    [
      'metadata without keys',
      { metadata: { issuer: metadata.issuer } },
      ['metadata.jwks_uri', /add it, jwksUri or jwks/],
    ],
    [
      'metadata of wrong types',
      { metadata: { ...metadata, jwks_uri: 5 } },
      ['metadata.jwks_uri', /expected a string, found a number/],
    ],
    [
      'metadata with an http endpoint',
      { metadata: { ...metadata, jwks_uri: 'http://second.example/k' } },
      ['metadata.jwks_uri', /https/],
    ],
    ['no keys', { jwks: { keys: [] } }, ['jwks.keys', /contains no public key/]],
    ['an empty audience', { audience: [] }, ['audience', /at least one audience/]],
    [
      'an empty one among audiences',
      { audience: ['a', ''] },
      ['audience', /at least one audience/],
    ],
    [
      'a claim for the audience, but no audience',
      { claims: { audience: 'client_id' } },
      ['claims.audience', /explicit audience/],
    ],
    ...['', 'iss', 'sub', 'scope', 'scp', 'scopes'].map(
      (claim): Case => [
        `the claim ${claim} for the audience`,
        { audience: 'a', claims: { audience: claim } },
        ['claims.audience', /cannot be this claim/],
      ],
    ),
    [
      'a scope claim of its own for the audience',
      { audience: 'a', claims: { scope: ['perms', 'roles'], audience: 'roles' } },
      ['claims.audience', /cannot be this claim/],
    ],
    [
      'that claim without an audience, once',
      { claims: { audience: 'sub' } },
      ['claims.audience', /cannot be this claim/],
    ],
    [
      'no audience for every tenant',
      { issuerTemplate: template, dangerouslyAllowMissingAudience: true },
      ['dangerouslyAllowMissingAudience', /every tenant/],
    ],
    [
      'a template without placeholder',
      { issuerTemplate: { ...template, pattern: 'https://login.example/v2.0' } },
      ['issuerTemplate.pattern', /exactly one placeholder/],
    ],
    [
      'a template with too much',
      { issuerTemplate: { ...template, pattern: 'https://{a}.example/{b}' } },
      ['issuerTemplate.pattern', /exactly one placeholder/],
    ],
    [
      'the second of two templates',
      {
        issuerTemplate: { ...template, pattern: [template.pattern, 'http://login.example/{tid}'] },
      },
      ['issuerTemplate.pattern[1]', /https/],
    ],
    [
      'no template',
      { issuerTemplate: { ...template, pattern: [] } },
      ['issuerTemplate.pattern', /is empty/],
    ],
    [
      'a template that accepts no tenant',
      { issuerTemplate: { ...template, claim: '', allow: [] } },
      ['issuerTemplate.claim', /is empty/],
      ['issuerTemplate.allow', /no tenant is accepted/],
    ],
    ['no kind', { accessToken: [] }, ['accessToken', /is empty/]],
    ['JWTs twice', { accessToken: ['jwt', { kind: 'jwt' }] }, ['accessToken', /twice/]],
    [
      'algorithms of shared secrets',
      { accessToken: { kind: 'jwt', algorithms: ['ES256', 'HS256'] } },
      ['accessToken.algorithms', /must be among RS256/],
    ],
    [
      'the algorithm none',
      { accessToken: [{ kind: 'jwt', algorithms: ['none'] }] },
      ['accessToken[0].algorithms', /must be among RS256/],
    ],
    [
      'no algorithm',
      { accessToken: { kind: 'jwt', algorithms: [] } },
      ['accessToken.algorithms', /must be among RS256/],
    ],
  ]

  it.each(cases)('reject %s', (_what, server, ...problems) => {
    const located = problems.map(([path, message]): [string, RegExp] => [
      `authorizationServers[1].${path}`,
      message,
    ])
    expect(serverProblems(server)).toEqual(expected(located))
  })

  it('reject each key that is not public', () => {
    const secret = { ...key.jwk, d: 'c2VjcmV0' }
    const mlDsa = { kty: 'AKP', alg: 'ML-DSA-65', pub: 'AAAA', priv: 'AAAA' }
    const keys = [secret, { kty: 'oct', k: 'c2VjcmV0' }, mlDsa]
    expect(serverProblems({ jwks: { keys } })).toEqual([
      { path: 'authorizationServers[1].jwks.keys[0]', message: expect.stringMatching(/private/) },
      { path: 'authorizationServers[1].jwks.keys[1]', message: expect.stringMatching(/private/) },
      { path: 'authorizationServers[1].jwks.keys[2]', message: expect.stringMatching(/private/) },
    ])
    const jwks = { keys: [key.jwk] }
    expect(serverProblems({ jwks, jwksUri: 'https://second.example/jwks' })).toEqual([
      { path: 'authorizationServers[1].jwksUri', message: expect.stringMatching(/remove one/) },
    ])
  })

  it('accept valid options', () => {
    const jwks = { keys: [key.jwk] }
    const good = [
      { metadata },
      { metadata: { issuer: metadata.issuer }, jwks },
      { metadata: { issuer: metadata.issuer }, jwksUri: 'https://cdn.example/jwks' },
      { metadata: { ...metadata, issuer: template.pattern }, issuerTemplate: template },
      { issuerTemplate: { ...template, allow: () => true } },
      { audience: 'api', claims: { audience: 'client_id', scope: 'perms' } },
      { tokenIssuers: ['https://sts.example/1/'], dangerouslyAllowMissingAudience: true },
      { issuer: 'http://second.example', dangerouslyAllowHttp: true },
      { issuer: 'http://localhost:9000/realms/a' },
      { accessToken: ['jwt'] },
      { accessToken: { kind: 'jwt', profile: 'rfc9068', algorithms: ['EdDSA'] } },
    ]
    for (const server of good)
      expect({ server, found: serverProblems(server) }).toEqual({ server, found: [] })
  })

  it('apply dangerouslyAllowHttp of the resource to its servers', () => {
    const http = { dangerouslyAllowHttp: true, authorizationServers: ['http://as.example'] }
    expect(problemsIn(http)).toEqual([])
    const refined = [{ issuer: 'http://as.example', dangerouslyAllowHttp: false }]
    expect(problemsIn({ ...http, authorizationServers: refined })).toMatchObject([
      { path: 'authorizationServers[0].issuer' },
    ])
  })
})

describe('issuers', () => {
  const template = (pattern: string) => ({ pattern, claim: 'tid', allow: ['a'] })
  const shared: [what: string, servers: unknown[]][] = [
    ['named twice', [ISSUER, ISSUER]],
    ['named by a token issuer', [ISSUER, { issuer: 'https://b.example', tokenIssuers: [ISSUER] }]],
    [
      'of a template of another',
      [
        'https://login.example/a/v2',
        { issuer: 'https://b.example', issuerTemplate: template('https://login.example/{t}/v2') },
      ],
    ],
    [
      'of two templates',
      [
        { issuer: 'https://a.example', issuerTemplate: template('https://login.example/{t}/v2') },
        { issuer: 'https://b.example', issuerTemplate: template('https://login.example/{x}/v2') },
      ],
    ],
  ]

  it.each(shared)('must not be %s', (_what, authorizationServers) => {
    expect(problemsIn({ authorizationServers })).toEqual([
      {
        path: 'authorizationServers[1]',
        message:
          'accepts an issuer that authorizationServers[0] also accepts; configure each issuer once',
      },
    ])
  })

  it('are reported once each', () => {
    expect(problemsIn({ authorizationServers: [ISSUER, ISSUER, ISSUER] })).toMatchObject([
      { path: 'authorizationServers[1]' },
      { path: 'authorizationServers[2]' },
    ])
  })

  it('may differ in a slash, letter case or port only', () => {
    const authorizationServers = [ISSUER, `${ISSUER}/`, 'https://AS.example', `${ISSUER}:443`]
    expect(problemsIn({ authorizationServers })).toEqual([])
  })
})

describe('protect()', () => {
  const handler = () => new Response('handled')
  const made = (resource: string) => protectedResource({ ...GOOD, resource })
  const problemsOf = (protecting: () => unknown) => {
    try {
      protecting()
    } catch (error) {
      if (error instanceof ConfigError) return error.problems
      throw error
    }
    return []
  }

  it('rejects invalid scopes', () => {
    expect(problemsOf(() => protect(made(RESOURCE), handler, { scopes: ['a b', 'c'] }))).toEqual([
      { path: 'requirements.scopes[0]', message: expect.stringMatching(/RFC 6749/) },
    ])
    expect(
      problemsOf(() => protect(made(RESOURCE), handler, { scopes: { anyOf: ['offline_access'] } })),
    ).toMatchObject([{ path: 'requirements.scopes.anyOf[0]' }])
  })

  it('rejects a string and an invalid list in place of scopes', () => {
    const problems = (requirements: object) =>
      problemsOf(() => protect(made(RESOURCE), handler, requirements))
    const list = 'must be an array of authentication context classes'
    for (const acrValues of ['gold', '', null, new Set(['gold']), [1]]) {
      expect(problems({ acrValues })).toEqual([{ path: 'requirements.acrValues', message: list }])
    }
    const scoped = 'must be an array of scopes or { anyOf: [...] }'
    for (const scopes of ['a', null, {}, new Set(['a']), { anyOf: 'a' }, { anyOf: [1] }, [1]]) {
      expect(problems({ scopes })).toEqual([{ path: 'requirements.scopes', message: scoped }])
    }
  })

  it('rejects unknown requirements', () => {
    const misspelt = { scope: ['admin'] } as object
    expect(problemsOf(() => protect(made(RESOURCE), handler, misspelt))).toEqual([
      { path: 'requirements.scope', message: expect.stringMatching(/spelling/) },
    ])
    const list = ['admin'] as object
    expect(problemsOf(() => protect(made(RESOURCE), handler, list))).toMatchObject([
      { path: 'requirements.0' },
    ])
  })

  it('rejects a promise of requirements', () => {
    const problem = { path: 'requirements', message: 'is a promise; wait for it first' }
    const promised = Promise.resolve({ scopes: ['admin'] })
    expect(problemsOf(() => protect(made(RESOURCE), handler, promised as object))).toEqual([
      problem,
    ])
  })

  it('rejects an empty list, and two resources with one path', () => {
    expect(problemsOf(() => protect([], handler))).toMatchObject([{ path: 'resources' }])
    const shared = [made('https://a.example/mcp'), made('https://b.example/mcp')]
    expect(problemsOf(() => protect(shared, handler))).toEqual([
      { path: 'resources[1]', message: expect.stringMatching(/the path \/mcp/) },
    ])
  })
})

describe('origins', () => {
  it.each(['https://app.example', 'http://localhost:5173', 'chrome-extension://abcdefgh'])(
    'accepts %s',
    (origin) => {
      expect(problemsIn({ origins: [origin] })).toEqual([])
    },
  )

  it.each(['https://app.example/', 'chrome-extension://a/page', 'null', 'app.example', 'file:///'])(
    'rejects %s',
    (origin) => {
      expect(problemsIn({ origins: [origin] }).map(({ path }) => path)).toEqual(['origins[0]'])
    },
  )
})
