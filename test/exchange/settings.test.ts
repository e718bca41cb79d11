/** The options of a token exchange: their mistakes, and their defaults. */

import { generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { createTokenExchange, type TokenExchangeOptions } from '../../src/exchange/index.ts'
import { exchangeSettings } from '../../src/exchange/settings.ts'
import { problemPairs, problemPaths } from '../support/config-problems.ts'

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

const ISSUER = 'https://as.example'
const RESOURCE = ['target.resource']
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
    ['a URN in capitals', { ...GOOD, target: { resource: 'URN:EXAMPLE:API' } }],
    ['one entry', { ...GOOD, cache: { maxEntries: 1 } }],
    [
      'http where that is allowed',
      {
        ...GOOD,
        authorizationServer: {
          issuer: 'http://as.example',
          dangerouslyAllowHttp: true,
          metadata: { issuer: 'http://as.example', token_endpoint: 'http://as.example/token' },
        },
      },
    ],
    [
      'metadata of a template',
      {
        ...GOOD,
        authorizationServer: {
          issuer: ISSUER,
          issuerTemplate: { pattern: `${ISSUER}/{tenant}`, claim: 'tid', allow: ['a'] },
          metadata: { issuer: `${ISSUER}/{tenant}`, token_endpoint: `${ISSUER}/token` },
        },
      },
    ],
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
    ['a cache without a bound', { ...GOOD, cache: { maxEntries: Infinity } }, ['cache.maxEntries']],
    ['an empty audience', { ...GOOD, target: { audience: '' } }, ['target.audience']],
    ['an empty requested type', { ...GOOD, requestedTokenType: '' }, ['requestedTokenType']],
    ['a resource that only ends in a URN', { ...GOOD, target: { resource: 'x:urn:a' } }, RESOURCE],
    ['a URN of nothing', { ...GOOD, target: { resource: 'urn:' } }, RESOURCE],
    ['a URN with a space', { ...GOOD, target: { resource: 'urn:a b' } }, RESOURCE],
    ['a URL with a space', { ...GOOD, target: { resource: 'https://api.example/a b' } }, RESOURCE],
    [
      'an origin that is not a URL',
      { ...GOOD, target: { audience: 'api', origins: ['api.example'] } },
      ['target.origins[0]'],
    ],
    [
      'a metadata URL over http',
      { ...GOOD, authorizationServer: { issuer: ISSUER, metadataUrl: 'http://as.example/m' } },
      ['authorizationServer.metadataUrl'],
    ],
    [
      'metadata of the wrong type',
      { ...GOOD, authorizationServer: { issuer: ISSUER, metadata: { issuer: 1 } } },
      ['authorizationServer.metadata.issuer'],
    ],
    [
      'a second client without id-jag',
      { ...GOOD, target: { ...GOOD.target, client: { id: 'there', secret: 'secret' } } },
      ['target.client'],
    ],
    [
      'mistakes in the second server and the second client',
      { ...ID_JAG, target: { authorizationServer: 'http://other.example', client: { id: 'a' } } },
      ['target.authorizationServer', 'target.client.secret'],
    ],
  ])('rejects %s', (_what, options, paths) => {
    expect(problemsOf(options)).toEqual(paths)
  })

  it.each<[unknown, string]>([
    [
      { ...GOOD, authorizationServer: 1 },
      'authorizationServer expected an issuer or an object with issuer, found a number',
    ],
    [{ ...GOOD, cache: true }, 'cache must be false or an object'],
    [{ ...GOOD, cache: { maxEntries: 0 } }, 'cache.maxEntries must be a number of at least 1'],
    [
      { ...GOOD, client: { id: 'notes' } },
      'client.secret is missing; give a secret, a privateKey or an assertion function',
    ],
    [
      { ...GOOD, style: 'entra', actorToken: assertion },
      'actorToken has no place in requests of the style entra; remove it',
    ],
    [
      { ...ID_JAG, requestedTokenType: 'type' },
      'requestedTokenType is fixed for the style id-jag; remove it',
    ],
    [
      { ...ID_JAG, subjectToken: undefined },
      'subjectToken is missing; id-jag starts from an identity assertion of the user',
    ],
    [
      {
        ...GOOD,
        authorizationServer: {
          issuer: ISSUER,
          metadataUrl: `${ISSUER}/metadata`,
          metadata: { issuer: ISSUER, token_endpoint: `${ISSUER}/token` },
        },
      },
      'authorizationServer.metadataUrl cannot be combined with metadata; remove one of them',
    ],
    [
      { ...GOOD, authorizationServer: { issuer: ISSUER, metadata: { issuer: `${ISSUER}/` } } },
      'authorizationServer.metadata.issuer must equal the issuer option, character by character (RFC 8414 §3.3)',
    ],
    [
      { ...GOOD, authorizationServer: { issuer: ISSUER, metadata: { issuer: ISSUER } } },
      'authorizationServer.metadata.token_endpoint is missing, so no token can be exchanged; add it',
    ],
    [
      { ...GOOD, target: {} },
      'target.resource is missing; name the API by its resource, its audience or its scopes',
    ],
    [
      { ...GOOD, target: { audience: 'api', authorizationServer: ISSUER } },
      'target.authorizationServer is used by the style id-jag only; remove it',
    ],
    [
      { ...ID_JAG, target: { client: GOOD.client } },
      'target.authorizationServer is missing; name the authorization server of the API',
    ],
    [
      { ...ID_JAG, target: { authorizationServer: ISSUER } },
      'target.client is missing; this server is a client of the second authorization server, too',
    ],
    [{ ...GOOD, target: { scopes: [''] } }, 'target.scopes[0] is not a scope (RFC 6749 §3.3)'],
    [
      { ...GOOD, target: { resource: 'api' } },
      'target.resource must be an absolute URI without a fragment (RFC 8707 §2)',
    ],
    [
      { ...GOOD, target: { audience: 'api', origins: ['ws://a.example'] } },
      'target.origins[0] must be an origin such as https://api.example, without a path; plain http is for loopback only',
    ],
  ])('says of %j what is wrong', (options, text) => {
    const pairs = problemPairs(() => createTokenExchange(options as TokenExchangeOptions))
    expect(pairs.map((pair) => pair.join(' '))).toContain(text)
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

describe('exchangeSettings()', () => {
  it('has the documented defaults', () => {
    const settings = exchangeSettings(GOOD)
    expect(settings).toMatchObject({
      ...{ other: undefined, timeoutMs: 5000, responseTimeoutMs: 30_000 },
      own: { policy: { timeoutMs: 5000, maxBytes: 65_536, allowHttp: false } },
      origins: ['https://api.example'],
      cache: { maxEntries: 8192, marginSeconds: 15 },
    })
    expect(settings.fetch).toBeTypeOf('function')
    expect(settings.own.policy.fetch).toBe(settings.fetch)
  })

  it('prefers what is given', () => {
    const [fetch, ofServer] = [async () => new Response(), async () => new Response()]
    const server = { issuer: 'http://as.example', dangerouslyAllowHttp: true, maxBytes: 9 }
    const options = {
      ...{ ...GOOD, fetch, authorizationServer: { ...server, fetch: ofServer, timeoutMs: 7 } },
      cache: { maxEntries: 1, marginSeconds: 2 },
    }
    expect(exchangeSettings(options)).toMatchObject({
      ...{ fetch, timeoutMs: 7, responseTimeoutMs: 30_000 },
      own: { policy: { fetch: ofServer, timeoutMs: 7, maxBytes: 9, allowHttp: true } },
      cache: { maxEntries: 1, marginSeconds: 2 },
    })
    expect(exchangeSettings({ ...options, timeoutMs: 8 })).toMatchObject({
      ...{ timeoutMs: 8, responseTimeoutMs: 8, own: { policy: { timeoutMs: 8 } } },
    })
    expect(exchangeSettings({ ...options, cache: false }).cache).toBeUndefined()
  })

  it('has a second server with id-jag', () => {
    const { other } = exchangeSettings(ID_JAG)
    expect(other?.server.issuer).toBe('https://other.example')
    expect(other?.client.id).toBe('there')
  })

  it.each([
    [{ resource: 'https://api.example:8443/v1' }, ['https://api.example:8443']],
    [{ resource: 'http://localhost:8080/' }, ['http://localhost:8080']],
    [{ resource: 'http://api.example/' }, []],
    [{ resource: 'urn:example:api' }, []],
    [{ audience: 'api' }, []],
    [{ resource: 'https://a.example', origins: ['https://b.example'] }, ['https://b.example']],
  ])('sends requests for %j to %j only', (target, origins) => {
    expect(exchangeSettings({ ...GOOD, target }).origins).toEqual(origins)
  })
})
