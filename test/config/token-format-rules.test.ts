/** Rules for the options of opaque tokens, checked when the resource is created. */

import { generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  type AuthorizationServerOptions,
  type CustomTokenOptions,
  type Jwk,
  protectedResource,
} from '../../src/index.ts'
import { problemPairs } from '../support/config-problems.ts'
import { createKey, ISSUER, RESOURCE } from '../support/issuer.ts'

type Problems = readonly (readonly [path: string, message: string])[]

function problemsOf(server: object): Problems {
  const options = { issuer: ISSUER, ...server } as AuthorizationServerOptions
  const create = () => protectedResource({ resource: RESOURCE, authorizationServers: [options] })
  return problemPairs(create).map(([path, message]) => [
    path.replace('authorizationServers[0].', ''),
    message,
  ])
}

const EMPTY = 'is empty; is an environment variable missing?'
const GOOD = { kind: 'introspection', clientId: 'rs', clientSecret: 's' }

/** Problems of introspection options that differ from good ones. */
function introspection(changes: object): Problems {
  return problemsOf({ accessToken: { ...GOOD, ...changes } })
}

const key = await createKey()
const privateJwk = (await crypto.subtle.exportKey('jwk', key.privateKey)) as Jwk

describe('introspection options', () => {
  it.each([
    {},
    { endpoint: `${ISSUER}/introspect` },
    { endpoint: 'http://127.0.0.1/introspect' },
    { authMethod: 'client_secret_basic' },
    { authMethod: 'client_secret_post', cacheSeconds: 60, signedResponse: true },
    { clientSecret: undefined, privateKey: privateJwk },
    { clientSecret: undefined, privateKey: key.privateKey, keyId: 'k' },
    { clientSecret: undefined, privateKey: privateJwk, authMethod: 'private_key_jwt' },
  ])('are valid: %j', (changes) => {
    expect(introspection(changes)).toEqual([])
  })

  it('are rejected without credentials, or with credentials for another method', () => {
    const missing = 'is missing; introspection requests must be authenticated (RFC 7662 §2.1)'
    expect(introspection({ clientSecret: undefined })).toEqual([
      ['accessToken.clientSecret', missing],
    ])
    expect(introspection({ clientSecret: undefined, authMethod: 'private_key_jwt' })).toEqual([
      ['accessToken.privateKey', missing],
    ])
    expect(introspection({ authMethod: 'private_key_jwt' })).toEqual([
      ['accessToken.authMethod', 'requires privateKey'],
    ])
    for (const authMethod of ['client_secret_basic', 'client_secret_post']) {
      const privateKey = privateJwk
      expect(introspection({ clientSecret: undefined, privateKey, authMethod })).toEqual([
        ['accessToken.authMethod', 'requires clientSecret'],
      ])
    }
    expect(introspection({ privateKey: privateJwk })).toEqual([
      ['accessToken.clientSecret', 'cannot be combined with privateKey; remove one of them'],
    ])
    expect(introspection({ keyId: 'k' })).toEqual([['accessToken.keyId', 'requires privateKey']])
    expect(introspection({ clientId: '', clientSecret: '' })).toEqual([
      ['accessToken.clientId', EMPTY],
      ['accessToken.clientSecret', EMPTY],
    ])
  })

  it('are rejected with a key that cannot sign, without repeating it', async () => {
    const { publicKey } = await generateKeyPair('ES256')
    const encryption = await generateKeyPair('RSA-OAEP', { extractable: true })
    const n = Buffer.alloc(256, 0xff).toString('base64url')
    const rsa = { kty: 'RSA', n, e: 'AQAB', d: 'MARKER' }
    for (const [privateKey, message] of [
      [key.jwk, 'is not a private key: it has no member d'],
      [publicKey, 'is not a private key'],
      [encryption.privateKey, "must have the usage 'sign'"],
      [{ kty: 'oct', k: 'MARKER', d: 'MARKER' }, 'fits none of the supported algorithms'],
      [{ ...privateJwk, crv: 'secp256k1' }, 'fits none of the supported algorithms'],
      [{ ...privateJwk, alg: 'RS256' }, 'fits none of the supported algorithms'],
      [{ ...privateJwk, use: 'enc' }, 'is not for signing, according to its use or key_ops'],
      ['-----BEGIN MARKER', 'must be a CryptoKey or a JWK'],
      [{ ...rsa, n: 'AQAB' }, 'is an RSA key that is too weak'],
      [{ ...rsa, e: 'AQ' }, 'is an RSA key that is too weak'],
      [rsa, undefined],
    ] as const) {
      const problems = introspection({ clientSecret: undefined, privateKey })
      if (message === undefined) expect(problems).toEqual([])
      else expect(problems).toEqual([['accessToken.privateKey', expect.stringContaining(message)]])
      expect(JSON.stringify(problems)).not.toContain('MARKER')
    }
  })

  it('are rejected if the configured metadata has no introspection endpoint', () => {
    const metadata = { issuer: ISSUER }
    const absent = expect.stringMatching(/^is missing, so no token can be verified/)
    expect(problemsOf({ metadata, accessToken: GOOD })).toEqual([
      ['metadata.introspection_endpoint', absent],
    ])
    const endpoint = `${ISSUER}/introspect`
    expect(problemsOf({ metadata, accessToken: { ...GOOD, endpoint } })).toEqual([])
    const complete = { ...metadata, introspection_endpoint: endpoint }
    expect(problemsOf({ metadata: complete, accessToken: GOOD })).toEqual([])
    const signed = { ...GOOD, signedResponse: true }
    expect(problemsOf({ metadata: complete, accessToken: signed })).toEqual([
      ['metadata.jwks_uri', absent],
    ])
  })

  it.each([
    ['cacheSeconds', -1],
    ['cacheSeconds', '60'],
    ['accepts', true],
    ['authMethod', 'none'],
    ['signedResponse', 'yes'],
    ['cacheTtl', 60],
  ])('are rejected with %s %j', (name, value) => {
    expect(introspection({ [name]: value }).map(([path]) => path)).toEqual([`accessToken.${name}`])
  })

  it('are reported with their index in a list', () => {
    const accessToken = ['jwt', { ...GOOD, clientId: '' }]
    expect(problemsOf({ accessToken })).toEqual([['accessToken[1].clientId', EMPTY]])
  })
})

describe('custom options', () => {
  const verify: CustomTokenOptions['verify'] = async () => null

  it('are valid with a function', () => {
    expect(problemsOf({ accessToken: { kind: 'custom', verify } })).toEqual([])
  })

  it.each([[{}], [{ verify: 'x' }], [{ verify, cacheSeconds: -1 }], [{ verify, clientId: 'x' }]])(
    'are rejected as %j',
    (changes) => {
      expect(problemsOf({ accessToken: { kind: 'custom', ...changes } })).toHaveLength(1)
    },
  )
})
