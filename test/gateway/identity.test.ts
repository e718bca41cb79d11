/** The identity JWT of `forward()`, verified as an upstream would with `jose`. */

import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
} from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { identityValue } from '../../src/gateway/identity.ts'
import { type IdentityOptions, identityKeysResponse } from '../../src/gateway/index.ts'
import { ConfigError, type Jwk } from '../../src/index.ts'
import { RESOURCE } from '../support/issuer.ts'
import { startUpstream } from '../support/upstream.ts'
import { createGateway } from './scene.ts'

async function createPair(alg = 'ES256'): Promise<{ key: Jwk; published: Jwk }> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const named = { kid: 'g1', alg }
  return {
    key: { ...(await exportJWK(privateKey)), ...named } as Jwk,
    published: { ...(await exportJWK(publicKey)), ...named, use: 'sig' } as Jwk,
  }
}

async function received(options: IdentityOptions, claims: Record<string, unknown> = {}) {
  const upstream = await startUpstream()
  const gateway = await createGateway('fetch', `${upstream.url}/mcp`, { identity: options })
  const authorization = `Bearer ${await gateway.issuer.token(claims)}`
  const forged = { 'x-identity': 'forged', x_identity: 'forged' }
  const response = await gateway.ask({ headers: { authorization, ...forged } })
  expect(response.status).toBe(200)
  return { upstream, value: upstream.field(options.header?.toLowerCase() ?? 'authorization') ?? '' }
}

describe('the identity JWT', () => {
  it('states the verified identity after Bearer in Authorization', async () => {
    const { key, published } = await createPair()
    const act = { sub: 'agent-1', act: { sub: 'agent-0' } }
    const { upstream, value } = await received({ key }, { act, scope: 'read write' })
    expect(value).toMatch(/^Bearer [\w-]+\.[\w-]+\.[\w-]+$/)
    const jwt = value.slice('Bearer '.length)
    expect(decodeProtectedHeader(jwt)).toEqual({ alg: 'ES256', typ: 'JWT', kid: 'g1' })
    const { payload } = await jwtVerify(jwt, createLocalJWKSet({ keys: [published] }), {
      issuer: RESOURCE,
      audience: upstream.url,
    })
    const { iat = 0, exp, jti } = payload
    expect(payload).toEqual({
      iss: RESOURCE,
      aud: upstream.url,
      sub: 'user-1',
      client_id: 'client-1',
      scope: 'read write',
      act,
      iat,
      exp,
      jti,
    })
    expect(exp).toBe(iat + 60)
    expect(jti).toMatch(/^[\w-]{36}$/)
    expect(Math.abs(Date.now() / 1000 - iat)).toBeLessThan(30)
  })

  it('stands alone in any other field, with the configured audience, key id and lifetime', async () => {
    const { key, published } = await createPair('EdDSA')
    const { kid: _, ...unnamed } = key
    const { upstream, value } = await received(
      { key: unnamed, keyId: 'g1', header: 'X-Identity', audience: 'notes', lifetimeSeconds: 5 },
      { sub: undefined, client_id: undefined, scope: undefined },
    )
    const { payload } = await jwtVerify(value, createLocalJWKSet({ keys: [published] }))
    const { iat, exp, jti } = payload
    expect(payload).toEqual({ iss: RESOURCE, aud: 'notes', scope: '', iat, exp, jti })
    expect(exp).toBe((iat ?? 0) + 5)
    expect(upstream.field('x_identity')).toBeUndefined()
    expect(upstream.field('authorization')).toBeUndefined()
  })

  it('is another one for each request, and absent for an anonymous one', async () => {
    const { key } = await createPair()
    const upstream = await startUpstream()
    const gateway = await createGateway('pipe', upstream.url, {
      identity: { key },
      requirements: { optional: true },
    })
    await gateway.ask()
    const first = upstream.field('authorization')
    await gateway.ask()
    expect(upstream.field('authorization')).not.toBe(first)
    await gateway.ask({ headers: { authorization: '' } })
    expect(upstream.field('authorization')).toBeUndefined()
  })
})

describe('identityValue()', () => {
  it('counts whole seconds from the last one', async () => {
    const { key } = await createPair()
    vi.useFakeTimers({ now: 1_800_000_000_900, toFake: ['Date'] })
    const auth = { identifier: RESOURCE, subject: 's', clientId: '', scopes: [], claims: {} }
    const signer = { key, algorithm: 'ES256', keyId: undefined }
    const settings = { signer, header: 'x-identity', audience: 'notes', lifetimeSeconds: 60 }
    const jwt = await identityValue(auth as never, settings).finally(() => vi.useRealTimers())
    expect(decodeJwt(jwt)).toMatchObject({ iat: 1_800_000_000, exp: 1_800_000_060 })
  })
})

describe('identityKeysResponse()', () => {
  const request = new Request('https://rs.example/identity-keys')

  it('publishes keys of ML-DSA with their public member only', async () => {
    const { key, published } = await createPair('ML-DSA-65')
    const { privateKey } = await generateKeyPair('ML-DSA-44', { extractable: true })
    const response = await identityKeysResponse(request, [key, published, privateKey])
    const { keys } = (await response.json()) as { keys: Jwk[] }
    expect(keys.slice(0, 2)).toEqual([published, published])
    expect(Object.keys(keys[2] ?? {}).sort()).toEqual(['alg', 'kty', 'pub', 'use'])
    const { value } = await received({ key })
    const jwt = value.slice('Bearer '.length)
    await jwtVerify(jwt, createLocalJWKSet({ keys: [keys[0] as never] }), { issuer: RESOURCE })
  })

  it('publishes only public members, of private and of public keys', async () => {
    const one = await createPair()
    const { privateKey } = await generateKeyPair('RS256', { extractable: true })
    const response = await identityKeysResponse(request, [one.key, privateKey, one.published])
    expect(response.status).toBe(200)
    expect(response.headers.get('Content-Type')).toBe('application/json')
    const { keys } = (await response.json()) as { keys: Jwk[] }
    expect(keys[0]).toEqual(one.published)
    expect(keys[2]).toEqual(one.published)
    expect(Object.keys(keys[1] ?? {}).sort()).toEqual(['alg', 'e', 'kty', 'n', 'use'])
  })

  it('responds to a single key, and only to GET and HEAD', async () => {
    const { key } = await createPair()
    const { keys } = (await (await identityKeysResponse(request, key)).json()) as { keys: Jwk[] }
    expect(keys).toHaveLength(1)
    const post = await identityKeysResponse(new Request(request, { method: 'POST' }), key)
    expect(post.status).toBe(405)
  })

  it('rejects a symmetric key, and a private one that cannot be exported', async () => {
    const { privateKey } = await generateKeyPair('ES256')
    const bad = [{ kty: 'oct', k: 'AAAA' }, privateKey, { kty: 'EC' }]
    for (const key of bad) {
      await expect(identityKeysResponse(request, key as Jwk)).rejects.toThrow(ConfigError)
    }
  })
})
