/** The validation of options: every mistake at once, each once, with its path and its fix. */

import { describe, expect, it } from 'vitest'
import { authenticate, protectedResource } from '../../src/index.ts'
import {
  type Case,
  errorOf,
  expected,
  GOOD,
  problemsIn,
  serverProblems,
} from '../support/config-cases.ts'
import { ISSUER, METADATA_URL, RESOURCE } from '../support/issuer.ts'

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
      { path: 'scopesSuported', message: 'is not an option; did you mean scopesSupported?' },
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
      'The configuration has a mistake:\n  dpopp: is not an option; did you mean dpop?',
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
          'is empty, so stored documents would not be authenticated; remove it if that is intended',
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
    ['cache', { tokenCache: true }, ['tokenCache', /^must be false or an object$/]],
    [
      'in the cache',
      { tokenCache: { maxEntries: 0, maxBytes: -1, maxAge: 5 } },
      ['tokenCache.maxEntries', /above 0/],
      ['tokenCache.maxBytes', /above 0/],
      ['tokenCache.maxAge', /^is not an option; remove it or correct its spelling$/],
    ],
    [
      'unknown',
      { resourse: RESOURCE, Resource: 1 },
      ['resourse', /^is not an option; did you mean resource\?$/],
      ['Resource', /^is not an option; did you mean resource\?$/],
    ],
    [
      'snake case',
      { required_scopes: [], dpop: { window_seconds: 5 } },
      ['dpop.window_seconds', /^is not an option; did you mean windowSeconds\?$/],
      ['required_scopes', /^is not an option; did you mean requiredScopes\?$/],
    ],
    [
      'unlike all others',
      { timeout: 5, cors: true, ['x'.repeat(1_000_000)]: 1 },
      ['timeout', /^is not an option; remove it or correct its spelling$/],
      ['cors', /^is not an option; remove it or correct its spelling$/],
      ['x'.repeat(1_000_000), /^is not an option; remove it or correct its spelling$/],
    ],
  ]

  it.each(cases)('rejects %s', (_what, options, ...problems) => {
    expect(problemsIn(options)).toEqual(expected(problems))
  })

  const ofServers: Case[] = [
    ['issuer', { issuer: 5 }, ['issuer', /a string, found a number/]],
    ['type', { type: 'saml' }, ['type', /^must be 'oauth' or 'oidc'$/]],
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
      'no claims',
      { claims: { scope: [], clientId: [] } },
      ['claims.scope', /^is empty, so no claim is read; name at least one claim$/],
      ['claims.clientId', /^is empty, so no claim is read; name at least one claim$/],
    ],
    [
      'an empty required claim, which no token has',
      { accessToken: { kind: 'jwt', requiredClaims: ['sub', ''] } },
      ['accessToken.requiredClaims[1]', /^is empty; is an environment variable missing\?$/],
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
      ['accessToken.kind', /^must be 'jwt' or 'introspection' or 'custom'$/],
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
    [
      'unknown',
      { jwks_uri: 'https://second.example/jwks' },
      ['jwks_uri', /^is not an option; did you mean jwksUri\?$/],
    ],
    [
      'an environment variable that is not set, in a template',
      { issuer: 'https://undefined.auth0.example/', jwksUri: 'https://as.example/undefined/jwks' },
      ['issuer', /^contains "undefined"; is an environment variable missing\?$/],
    ],
    [
      'an environment variable that is not set, in the middle of a path',
      { issuer: 'https://as.example/tenants/undefined/v2.0' },
      ['issuer', /^contains "undefined"; is an environment variable missing\?$/],
    ],
  ]

  it.each(ofServers)('rejects the server option: %s', (_what, server, ...problems) => {
    const located = problems.map(([path, message]): [string, RegExp] => [
      `authorizationServers[1].${path}`,
      message,
    ])
    expect(serverProblems(server)).toEqual(expected(located))
  })

  it.each(['https://undefined-corp.example/', 'https://as.example/notundefined/undefined-tenant'])(
    'accepts the issuer %s, where undefined is a part of a name',
    (issuer) => {
      expect(serverProblems({ issuer })).toEqual([])
    },
  )

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
  it.each<[server: Record<string, unknown>, ...paths: string[]]>([
    [
      {
        dangerouslyAllowMissingAudience: true,
        issuerTemplate: { pattern: `${ISSUER}/{tid}`, claim: 'tid', allow: ['', 'a b'] },
      },
      'issuerTemplate.allow[0]',
      'issuerTemplate.allow[1]',
      'dangerouslyAllowMissingAudience',
    ],
    [
      { issuerTemplate: { pattern: 'nope', claim: 'tid', allow: ['a b', 'good'] } },
      'issuerTemplate.allow[0]',
      'issuerTemplate.pattern',
    ],
    [{ claims: { scope: '', audience: 'sub' } }, 'claims.scope', 'claims.audience'],
    [
      {
        metadata: { issuer: 'https://second.example' },
        accessToken: { kind: 'jwt', algorithm: ['RS256'] },
      },
      'accessToken.algorithm',
    ],
  ])('compares the rest of an option that has a mistake: %j', (server, ...paths) => {
    expect(serverProblems(server).map(({ path }) => path)).toEqual(
      paths.map((path) => `authorizationServers[1].${path}`),
    )
  })

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
      { path: 'authorizationServers[2].accessToken', message: expect.stringMatching(/'jwt'/) },
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

  it('reports the gaps of a list', () => {
    const sparse = ['a']
    sparse[2] = 'b'
    expect(problemsIn({ requiredScopes: sparse })).toEqual([
      { path: 'requiredScopes[1]', message: 'is missing' },
    ])
  })

  it('checks an option whose name equals the placeholder path', () => {
    expect(problemsIn({ options: {}, requiredScopes: ['a b'] })).toMatchObject([
      { path: 'requiredScopes[0]' },
      { path: 'options' },
    ])
  })
})
