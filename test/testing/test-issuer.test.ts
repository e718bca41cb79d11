import { decodeJwt, decodeProtectedHeader, generateKeyPair } from 'jose'
import { describe, expect, it } from 'vitest'
import { ConfigError, discoverAuthorizationServer } from '../../src/index.ts'
import { createTestIssuer } from '../../src/testing/index.ts'
import { START } from '../support/clock.ts'
import { RESOURCE } from '../support/issuer.ts'
import { createScene } from './scene.ts'

describe('createTestIssuer() provides', () => {
  it('tokens that its resource accepts', async () => {
    const { issuer, send } = createScene()
    expect(await send(await issuer.token())).toEqual({ status: 200 })
  })

  it.each([
    'RS256',
    'PS512',
    'ES256',
    'ES384',
    'ES512',
    'EdDSA',
    'ML-DSA-44',
    'ML-DSA-65',
    'ML-DSA-87',
  ])('tokens signed with %s', async (algorithm) => {
    const { issuer, send } = createScene({ issuer: { algorithm } })
    const token = await issuer.token()
    expect(decodeProtectedHeader(token).alg).toBe(algorithm)
    expect(await send(token)).toEqual({ status: 200 })
  })

  it('tokens that conform to RFC 9068', async () => {
    const accessToken = { kind: 'jwt', profile: 'rfc9068' } as const
    const { issuer, send } = createScene({ server: { accessToken } })
    expect(await send(await issuer.token())).toEqual({ status: 200 })
  })

  it('the same claims at the same time of the clock', async () => {
    const claims = async () => {
      const { issuer } = createScene()
      await issuer.token()
      return decodeJwt(await issuer.token({ scope: 'notes:read' }))
    }
    expect(await claims()).toEqual(await claims())
    expect(await claims()).toEqual({
      iss: 'https://issuer.test',
      aud: RESOURCE,
      sub: 'user-1',
      client_id: 'client-1',
      iat: START,
      exp: START + 3600,
      jti: 'token-2',
      scope: 'notes:read',
    })
  })

  it.each([
    'https://issuer.test',
    'https://issuer.test/',
    'https://issuer.test/tenant',
    'https://issuer.test/tenant/',
    'http://127.0.0.1:9/tenant',
  ])('metadata in every place where clients look, as %s', async (name) => {
    const issuer = createTestIssuer({ issuer: name })
    for (const type of [undefined, 'oauth', 'oidc'] as const) {
      const found = await discoverAuthorizationServer(name, { type, fetch: issuer.fetch })
      expect(found).toEqual(issuer.metadata)
    }
    expect(issuer.requests.metadata).toBe(3)
  })

  it('every member that OpenID Connect Discovery requires, since it also serves openid-configuration', () => {
    expect(createTestIssuer({ resource: RESOURCE, algorithm: 'PS256' }).metadata).toMatchObject({
      authorization_endpoint: 'https://issuer.test/authorize',
      token_endpoint: 'https://issuer.test/token',
      jwks_uri: 'https://issuer.test/jwks',
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['PS256'],
    })
  })

  it('a key with another name than the one of an issuer before, at the same URL', async () => {
    const nameOf = async () => {
      const issuer = createTestIssuer({ resource: RESOURCE })
      const { kid } = decodeProtectedHeader(await issuer.token())
      const { keys } = await (await issuer.fetch('https://issuer.test/jwks')).json()
      expect(keys).toEqual([expect.objectContaining({ kid })])
      return kid
    }
    expect(await nameOf()).not.toBe(await nameOf())
  })

  it('the algorithms of private_key_jwt at each endpoint that lists it (RFC 8414 §2)', () => {
    const { metadata } = createTestIssuer()
    for (const [name, methods] of Object.entries(metadata)) {
      const endpoint = /^(.+)_auth_methods_supported$/.exec(name)?.[1]
      if (endpoint === undefined || !(methods as string[]).includes('private_key_jwt')) continue
      const algorithms = metadata[`${endpoint}_auth_signing_alg_values_supported`]
      expect(algorithms).toEqual(expect.arrayContaining(['RS256', 'ES256', 'EdDSA']))
      expect(algorithms).not.toContain('none')
    }
    expect.assertions(2)
  })

  it('metadata with replaced and removed members, and the documents at the new URLs', async () => {
    const jwks_uri = 'https://keys.test/set.json'
    const { issuer, send } = createScene({
      issuer: {
        metadata: { jwks_uri, introspection_endpoint: undefined, scopes_supported: ['a'] },
      },
    })
    expect(issuer.metadata).toMatchObject({ jwks_uri, scopes_supported: ['a'] })
    expect(issuer.metadata).not.toHaveProperty('introspection_endpoint')
    expect(await send(await issuer.token())).toEqual({ status: 200 })
    expect(issuer.requests.jwks).toBe(1)
  })

  it('the key set that it serves, without private members', async () => {
    const issuer = createTestIssuer()
    const served = await issuer.fetch(new URL(String(issuer.metadata.jwks_uri)))
    const [key, ...others] = (await issuer.jwks()).keys
    expect(await served.json()).toEqual({ keys: [key] })
    expect(others).toEqual([])
    expect(Object.keys(key ?? {}).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y'])
  })

  it('the number of requests for each document', async () => {
    const { issuer, clock, send } = createScene()
    await send(await issuer.token())
    await send(await issuer.token())
    expect(issuer.requests).toEqual({ metadata: 1, jwks: 1, introspection: 0 })
    issuer.requests.jwks = 0
    await issuer.rotateKeys()
    clock.advance(6)
    await send(await issuer.token())
    expect(issuer.requests).toEqual({ metadata: 1, jwks: 1, introspection: 0 })
  })
})

describe('a mistake in a test is named:', () => {
  it('an unknown option', () => {
    const options = { audience: 'https://api.example/notes' } as never
    expect(() => createTestIssuer(options)).toThrow(
      new ConfigError([{ path: 'audience', message: 'is not an option' }]),
    )
  })

  it('an option that resembles another, and a text in place of options', () => {
    expect(() => createTestIssuer({ resourse: 'https://api.example/notes' } as never)).toThrow(
      new ConfigError([{ path: 'resourse', message: 'is not an option; did you mean resource?' }]),
    )
    expect(() => createTestIssuer('https://api.example/notes' as never)).toThrow(
      new ConfigError([{ path: 'options', message: 'expected an object, found a string' }]),
    )
  })

  it('an unknown failure', () => {
    expect(() => createTestIssuer().fail('timeout' as never)).toThrow(
      new TypeError('The mode must be unreachable or status or html or hang or wrong_issuer.'),
    )
  })

  it('a failure of an unknown document, which would fail nothing', () => {
    expect(() => createTestIssuer().fail('status', 'keys' as never)).toThrow(
      new TypeError('The document must be metadata or jwks or introspection.'),
    )
  })
})

describe('a resource rejects, with the right code, a token with', () => {
  const forger = () => generateKeyPair('ES256') as Promise<CryptoKeyPair>
  const rsa = () => generateKeyPair('RS256') as Promise<CryptoKeyPair>
  const wrong = [
    ['another audience', { aud: 'https://other.test' }, {}, 'token_audience'],
    ['no audience', { aud: undefined }, {}, 'token_audience'],
    ['another issuer', { iss: 'https://other.test' }, {}, 'token_issuer'],
    ['an expiry in the past', { exp: START - 60 }, {}, 'token_expired'],
    ['no expiry', { exp: undefined }, {}, 'token_claims'],
    ['a start in the future', { nbf: START + 60 }, {}, 'token_not_yet_valid'],
    ['the type of an ID token', {}, { header: { typ: 'id+jwt' } }, 'token_type'],
    ['no signature', {}, { header: { alg: 'none' } }, 'token_malformed'],
    ['a shared secret', {}, { header: { alg: 'HS256' } }, 'token_algorithm'],
    ['an unknown key', {}, { header: { kid: 'unknown' } }, 'token_key'],
    ['a forged signature', {}, { key: forger }, 'token_signature'],
    ['a key of another type', {}, { key: rsa }, 'token_key'],
    ['an unchecked certificate', {}, { certificate: 'A'.repeat(43) }, 'binding_unsupported'],
  ] as const

  it.each(wrong)('%s', async (_what, claims, options, code) => {
    const { issuer, send } = createScene()
    const key = 'key' in options ? await options.key() : undefined
    const token = await issuer.token(claims, { ...options, key })
    expect(await send(token)).toEqual({ status: 401, code })
  })

  it('an age of one hour', async () => {
    const { issuer, clock, send } = createScene()
    const token = await issuer.token()
    clock.advance(3631)
    expect(await send(token)).toEqual({ status: 401, code: 'token_expired' })
  })

  it('a signature by the key before rotation, and accepts the new key', async () => {
    const { issuer, clock, send } = createScene()
    const before = await issuer.token()
    expect(await send(before)).toEqual({ status: 200 })
    await issuer.rotateKeys()
    // A key set that is less than five seconds old is not fetched again.
    clock.advance(6)
    const after = await issuer.token()
    expect(decodeProtectedHeader(after).kid).not.toBe(decodeProtectedHeader(before).kid)
    expect(await send(after)).toEqual({ status: 200 })
    expect(await send(before)).toEqual({ status: 401, code: 'token_key' })
  })
})

describe('fail()', () => {
  it.each(['unreachable', 'status', 'html'] as const)(
    'makes documents unavailable: %s, until restore()',
    async (mode) => {
      const { issuer, clock, send } = createScene()
      const token = await issuer.token()
      issuer.fail(mode, 'jwks')
      expect(await send(token)).toEqual({ status: 503, code: 'unavailable' })
      expect(issuer.requests).toMatchObject({ metadata: 1, jwks: 1 })
      issuer.restore()
      clock.advance(60)
      expect(await send(token)).toEqual({ status: 200 })
    },
  )

  it('makes all documents fail without an argument', async () => {
    const { issuer, send } = createScene()
    issuer.fail('status')
    expect(await send(await issuer.token())).toEqual({ status: 503, code: 'unavailable' })
    expect(issuer.requests.jwks).toBe(0)
  })

  it('serves keys that name another issuer', async () => {
    const { issuer, send } = createScene()
    issuer.fail('wrong_issuer', 'jwks')
    expect(await send(await issuer.token())).toEqual({ status: 401, code: 'token_key' })
  })

  it('serves metadata that name another issuer', async () => {
    const issuer = createTestIssuer()
    issuer.fail('wrong_issuer', 'metadata')
    const found = discoverAuthorizationServer(issuer.issuer, { fetch: issuer.fetch })
    await expect(found).rejects.toMatchObject({ code: 'issuer_mismatch' })
  })

  it('hangs until the caller aborts', async () => {
    const issuer = createTestIssuer()
    issuer.fail('hang', 'metadata')
    const options = { fetch: issuer.fetch, timeoutMs: 5, type: 'oauth' } as const
    const found = discoverAuthorizationServer(issuer.issuer, options)
    await expect(found).rejects.toMatchObject({ code: 'timeout' })
    const abort = new AbortController()
    const [url] = [`${issuer.issuer}/.well-known/oauth-authorization-server`]
    const response = issuer.fetch(url, { signal: abort.signal })
    abort.abort(new Error('enough'))
    await expect(response).rejects.toThrow('enough')
    await expect(issuer.fetch(url, { signal: abort.signal })).rejects.toThrow('enough')
  })
})

describe('createTestIssuer() never', () => {
  it('has side effects before its first use', () => {
    let reads = 0
    const now = () => {
      reads += 1
      return START
    }
    const issuer = createTestIssuer({ now, algorithm: 'no such thing' })
    expect(reads).toBe(0)
    expect(issuer.requests).toEqual({ metadata: 0, jwks: 0, introspection: 0 })
  })

  it('responds for another host', async () => {
    const issuer = createTestIssuer()
    await expect(issuer.fetch('https://elsewhere.test/jwks')).rejects.toThrow(TypeError)
    await expect(issuer.fetch('https://elsewhere.test/jwks')).rejects.toThrow('elsewhere.test')
    expect((await issuer.fetch('https://issuer.test/nothing')).status).toBe(404)
    expect((await issuer.fetch('https://issuer.test/jwks', { method: 'PUT' })).status).toBe(405)
  })

  it('accepts an invalid issuer identifier', () => {
    expect(() => createTestIssuer({ issuer: 'issuer.test' })).toThrow(ConfigError)
    expect(() => createTestIssuer({ issuer: 'http://issuer.test' })).toThrow(/https/)
  })
})
