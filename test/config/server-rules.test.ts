/** The rules for the options of authorization servers. */

import { beforeAll, describe, expect, it } from 'vitest'
import { type Case, expected, problemsIn, serverProblems } from '../support/config-cases.ts'
import { createKey, ISSUER, type SigningKey } from '../support/issuer.ts'

let key: SigningKey

beforeAll(async () => {
  key = await createKey()
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
    ['a URL that is none', { metadataUrl: '' }, ['metadataUrl', /absolute URL/]],
    ['an empty token issuer', { tokenIssuers: ['x', ''] }, ['tokenIssuers[1]', /is empty/]],
    [
      'empty names of claims',
      { claims: { scope: ['a', ''], clientId: '', subject: '' } },
      ['claims.scope[1]', /is empty/],
      ['claims.clientId', /is empty/],
      ['claims.subject', /is empty/],
    ],
    [
      'tenants that no issuer can name',
      { issuerTemplate: { ...template, allow: ['a', '..', 'a b', 'a/b', ''] } },
      ...[1, 2, 3, 4].map((index): [string, RegExp] => [
        `issuerTemplate.allow[${index}]`,
        /matches no tenant/,
      ]),
    ],
    [
      'the claim of the subject as audience',
      { audience: 'x', claims: { audience: 'email', subject: 'email' } },
      ['claims.audience', /does not identify an audience/],
    ],
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
      ['issuerTemplate.pattern', /is empty; give at least one pattern/],
    ],
    [
      'a template that accepts no tenant',
      { issuerTemplate: { ...template, claim: '', allow: [] } },
      ['issuerTemplate.claim', /is empty/],
      ['issuerTemplate.allow', /no tenant is accepted/],
    ],
    ['no kind', { accessToken: [] }, ['accessToken', /is empty/]],
    [
      'JWTs twice',
      { accessToken: ['jwt', { kind: 'jwt' }] },
      ['accessToken', /twice; remove one of them/],
    ],
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
