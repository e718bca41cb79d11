/** The rules for the options of a resource. */

import { describe, expect, it } from 'vitest'
import { protectedResource } from '../../src/index.ts'
import { type Case, expected, GOOD, problemsIn } from '../support/config-cases.ts'
import { RESOURCE } from '../support/issuer.ts'

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
      'https://*.a.example',
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

  it('PRM-23: require the registered types of members, in every language', () => {
    const page = 'https://rs.example/docs'
    const good = {
      resource_name: 'Notes',
      'resource_name#fr': 'Carnet',
      resource_documentation: page,
      'resource_policy_uri#de-CH': `${page}/de`,
      resource_tos_uri: 'http://localhost/terms',
      authorization_details_types_supported: ['payment'],
      resource_type: 5,
    }
    expect(problemsIn({ metadata: good })).toEqual([])
    for (const name of Object.keys(good)) {
      const rejects = name !== 'resource_type'
      for (const value of [5, ['a', 5], {}, true]) {
        const paths = problemsIn({ metadata: { [name]: value } }).map(({ path }) => path)
        expect(paths).toEqual(rejects ? [`metadata.${name}`] : [])
      }
      for (const value of ['', 'docs', '/docs', 'javascript:alert(1)']) {
        const rejectsText = rejects && !name.startsWith('resource_name')
        expect(problemsIn({ metadata: { [name]: value } })).toHaveLength(rejectsText ? 1 : 0)
      }
    }
  })

  it.each([undefined, null])(
    'PRM-12: accept members that are %s, as if they were absent',
    (none) => {
      const names = [
        'jwks_uri',
        'bearer_methods_supported',
        'resource_signing_alg_values_supported',
        'resource_name#fr',
        'resource_documentation',
        'resource_policy_uri',
        'resource_tos_uri',
        'authorization_details_types_supported',
        'signed_metadata',
        'scopes_supported',
        'x_extension',
      ]
      const options = { ...GOOD, metadata: Object.fromEntries(names.map((name) => [name, none])) }
      expect(protectedResource(options).metadata).toEqual(protectedResource(GOOD).metadata)
    },
  )

  it('PRM-24: require signed metadata of the same resource', () => {
    const signed = (resource: unknown) =>
      problemsIn({ metadata: { signed_metadata: jwsOf({ iss: RESOURCE, resource }) } })
    expect(signed(RESOURCE)).toEqual([])
    for (const other of [`${RESOURCE}/`, 'https://rs.example', null, [RESOURCE]]) {
      expect(signed(other)).toEqual([
        {
          path: 'metadata.signed_metadata',
          message: expect.stringMatching(/^is about another resource .RFC 9728 §3.3/),
        },
      ])
    }
  })

  it('PRM-24: require a signed JWS with iss and without signed_metadata as signed metadata', () => {
    const good = jwsOf({ iss: RESOURCE })
    expect(problemsIn({ metadata: { signed_metadata: good } })).toEqual([])
    const claims = { iss: RESOURCE, resource: RESOURCE }
    for (const other of [
      ...[
        {},
        { iss: 5 },
        { iss: '' },
        { iss: ' ' },
        { ...claims, signed_metadata: 'x' },
        [],
        null,
      ].map((each) => jwsOf(each)),
      ...[{}, { alg: 'none' }, { alg: 5 }, { alg: '' }, [], 'ES256'].map((header) =>
        jwsOf(claims, header),
      ),
      ...[`${good}=`, `${good}.c2ln`, good.replace(/[^.]+$/, ''), good.replace(/^[^.]+/, 'x')],
      [good],
    ]) {
      expect(problemsIn({ metadata: { signed_metadata: other } })).toEqual([
        { path: 'metadata.signed_metadata', message: expect.stringMatching(/JWS in compact form/) },
      ])
    }
  })
})

function jwsOf(claims: unknown, header: unknown = { alg: 'ES256' }): string {
  const segment = (value: unknown) => btoa(JSON.stringify(value)).replace(/=+$/, '')
  return `${segment(header)}.${segment(claims)}.c2ln`
}

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
