/** Mistakes in the options of a token exchange. */

import { generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { createTokenExchange, type TokenExchangeOptions } from '../../src/exchange/index.ts'
import { problemPaths } from '../support/config-problems.ts'

const GOOD: TokenExchangeOptions = {
  authorizationServer: 'https://as.example',
  client: { id: 'notes', secret: 'secret' },
  target: { resource: 'https://api.example/' },
}

const ID_JAG: TokenExchangeOptions = {
  ...GOOD,
  style: 'id-jag',
  subjectToken: async () => ({ token: 't', type: 'urn:ietf:params:oauth:token-type:id_token' }),
  target: {
    authorizationServer: 'https://other.example',
    client: { id: 'there', secret: 'secret' },
  },
}

function problemsOf(options: unknown): string[] {
  return problemPaths(() => createTokenExchange(options as TokenExchangeOptions))
}

const assertion = async () => 'assertion'

describe('createTokenExchange()', () => {
  it.each<[string, TokenExchangeOptions]>([
    ['the least', GOOD],
    ['id-jag', ID_JAG],
    ['undefined members', { ...GOOD, style: undefined, cache: undefined, fetch: undefined }],
    ['an assertion function', { ...GOOD, client: { id: 'notes', assertion } }],
    [
      'an assertion function with its method',
      { ...GOOD, client: { id: 'notes', assertion, authMethod: 'private_key_jwt' } },
    ],
    ['a loopback server', { ...GOOD, authorizationServer: 'http://127.0.0.1:9000' }],
    ['a URN', { ...GOOD, target: { resource: 'urn:example:api' } }],
    ['an audience', { ...GOOD, target: { audience: 'api' } }],
    ['scopes', { ...GOOD, target: { scopes: ['a', 'offline_access'] } }],
    ['origins', { ...GOOD, target: { audience: 'api', origins: ['http://localhost:1'] } }],
    ['no cache', { ...GOOD, cache: false }],
    ['a margin of 0', { ...GOOD, cache: { marginSeconds: 0 } }],
  ])('accepts %s', (_what, options) => {
    expect(problemsOf(options)).toEqual([])
  })

  it('accepts a private key', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    expect(problemsOf({ ...GOOD, client: { id: 'notes', privateKey, keyId: 'k1' } })).toEqual([])
  })

  it.each<[string, unknown, string[]]>([
    ['nothing', undefined, ['options']],
    ['an empty object', {}, ['authorizationServer', 'client', 'target']],
    ['an unknown option', { ...GOOD, audience: 'api' }, ['audience']],
    ['an unknown style', { ...GOOD, style: 'auth0' }, ['style']],
    ['http', { ...GOOD, authorizationServer: 'http://as.example' }, ['authorizationServer']],
    [
      'an issuer with a query',
      { ...GOOD, authorizationServer: { issuer: 'https://as.example?a' } },
      ['authorizationServer.issuer'],
    ],
    [
      'metadata of another issuer',
      {
        ...GOOD,
        authorizationServer: {
          issuer: 'https://as.example',
          metadata: { issuer: 'https://other.example', token_endpoint: 'https://as.example/token' },
        },
      },
      ['authorizationServer.metadata.issuer'],
    ],
    [
      'metadata without a token endpoint',
      {
        ...GOOD,
        authorizationServer: {
          issuer: 'https://as.example',
          metadata: { issuer: 'https://as.example' },
        },
      },
      ['authorizationServer.metadata.token_endpoint'],
    ],
    [
      'an http token endpoint',
      {
        ...GOOD,
        authorizationServer: {
          issuer: 'https://as.example',
          metadata: { issuer: 'https://as.example', token_endpoint: 'http://as.example/token' },
        },
      },
      ['authorizationServer.metadata.token_endpoint'],
    ],
    ['no credentials', { ...GOOD, client: { id: 'notes' } }, ['client.secret']],
    ['an undefined secret', { ...GOOD, client: { id: 'n', secret: undefined } }, ['client.secret']],
    ['an empty secret', { ...GOOD, client: { id: 'notes', secret: '' } }, ['client.secret']],
    ['an empty id', { ...GOOD, client: { id: '', secret: 's' } }, ['client.id']],
    [
      'two kinds of credentials',
      { ...GOOD, client: { id: 'notes', secret: 's', assertion } },
      ['client.secret'],
    ],
    [
      'a method without its credentials',
      { ...GOOD, client: { id: 'notes', secret: 's', authMethod: 'private_key_jwt' } },
      ['client.authMethod'],
    ],
    [
      'an assertion with the method of a secret',
      { ...GOOD, client: { id: 'notes', assertion, authMethod: 'client_secret_post' } },
      ['client.authMethod'],
    ],
    ['no target', { ...GOOD, target: {} }, ['target.resource']],
    ['empty scopes only', { ...GOOD, target: { scopes: [] } }, ['target.resource']],
    ['a scope with a space', { ...GOOD, target: { scopes: ['a b'] } }, ['target.scopes[0]']],
    ['a relative resource', { ...GOOD, target: { resource: '/v1' } }, ['target.resource']],
    [
      'a resource with a fragment',
      { ...GOOD, target: { resource: 'https://api.example/#a' } },
      ['target.resource'],
    ],
    [
      'an origin with a path',
      { ...GOOD, target: { audience: 'api', origins: ['https://api.example/v1'] } },
      ['target.origins[0]'],
    ],
    [
      'an http origin',
      { ...GOOD, target: { audience: 'api', origins: ['http://api.example'] } },
      ['target.origins[0]'],
    ],
    [
      'a second server without id-jag',
      { ...GOOD, target: { ...GOOD.target, authorizationServer: 'https://other.example' } },
      ['target.authorizationServer'],
    ],
    [
      'id-jag without its parts',
      { ...GOOD, style: 'id-jag' },
      ['target.authorizationServer', 'target.client', 'subjectToken'],
    ],
    ['an actor for entra', { ...GOOD, style: 'entra', actorToken: assertion }, ['actorToken']],
    [
      'a requested type for id-jag',
      { ...ID_JAG, requestedTokenType: 'urn:ietf:params:oauth:token-type:jwt' },
      ['requestedTokenType'],
    ],
    ['a cache without entries', { ...GOOD, cache: { maxEntries: 0 } }, ['cache.maxEntries']],
    ['a negative margin', { ...GOOD, cache: { marginSeconds: -1 } }, ['cache.marginSeconds']],
    ['a misspelt cache option', { ...GOOD, cache: { seconds: 1 } }, ['cache.seconds']],
    ['a time limit of 0', { ...GOOD, timeoutMs: 0 }, ['timeoutMs']],
  ])('rejects %s', (_what, options, paths) => {
    expect(problemsOf(options)).toEqual(paths)
  })

  it('does not read inherited options', () => {
    const inherited = Object.create({ style: 'nonsense', timeoutMs: -1 })
    expect(problemsOf(Object.assign(inherited, GOOD))).toEqual([])
  })

  it('repeats no secret in its message', () => {
    const options = { ...GOOD, client: { id: 1, secret: 'marker-secret', authMethod: 'none' } }
    try {
      createTokenExchange(options as never)
      expect.unreachable()
    } catch (error) {
      expect(String(error)).not.toContain('marker-secret')
    }
  })
})
