/** SEC-03: DPoP proofs, keys and secrets of the configuration appear in no output. */

import { inspect } from 'node:util'
import { exportJWK, generateKeyPair } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { ConfigError, protectedResource, type ReplayStore } from '../../src/index.ts'
import { START } from '../support/clock.ts'
import { createHolder, makeProof } from '../support/holder.ts'
import { createOpaqueScene } from '../support/introspection.ts'
import { createKey, ISSUER, RESOURCE, type SigningKey } from '../support/issuer.ts'
import { everythingOf, expectNowhere } from '../support/leak.ts'
import { expectNoPrint, hidden, MARKER, repeat, SECRET_CLAIMS } from '../support/marker.ts'
import { createMemoryStore } from '../support/memory-store.ts'
import { createScene } from '../support/scene.ts'

expectNoPrint()

describe('a DPoP proof', () => {
  const STORES: readonly [string, ReplayStore['add']][] = [
    ['that says seen', async () => false],
    ['that throws', async (key) => repeat(key)],
  ]

  it.each(STORES)('SEC-03: a replay store %s receives only a digest', async (_, add) => {
    const keys: string[] = []
    const replay: ReplayStore = {
      add: async (key, expiresAt) => {
        keys.push(key)
        return add(key, expiresAt)
      },
    }
    const scene = await createScene({ dpop: { replay } })
    const holder = await createHolder()
    const token = await scene.issuer.token({ ...SECRET_CLAIMS, cnf: { jkt: holder.thumbprint } })
    const proof = await makeProof(holder, token, { claims: { jti: MARKER } })
    const response = await scene.ask(`DPoP ${token}`, { headers: { DPoP: proof } })
    expect(response.ok).toBe(false)
    expect(keys).toHaveLength(1)
    const secrets = [...hidden(token, proof), holder.thumbprint]
    expectNowhere(secrets, [keys, await everythingOf(response), scene.events])
  })

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['another typ', {}, { typ: MARKER }],
    ['another target', { htu: `https://${MARKER}.example` }, {}],
    ['another method', { htm: MARKER }, {}],
    ['another token', { ath: MARKER }, {}],
    ['no time', { iat: undefined, time: MARKER }, {}],
    ['too old a time', { iat: START - 5000 }, {}],
    ['a nonce of its own', { nonce: MARKER }, {}],
    ['a private key', {}, { jwk: 'private' }],
  ])('SEC-03: with %s is in no output', async (_, claims, header) => {
    const scene = await createScene({
      dpop: { nonce: { secret: `${MARKER}-nonce-secret-of-32-bytes!!` } },
    })
    const holder = await createHolder()
    const token = await scene.issuer.token({ ...SECRET_CLAIMS, cnf: { jkt: holder.thumbprint } })
    const key = header['jwk'] === 'private' ? { jwk: holder.privateJwk } : header
    const proof = await makeProof(holder, token, {
      claims: { jti: MARKER, ...claims },
      header: key,
    })
    for (const headers of [{ DPoP: proof }, { DPoP: `${proof},${proof}` }, {}]) {
      const response = await scene.ask(`DPoP ${token}`, { headers })
      expect(response.status).toBe(401)
      const secrets = [...hidden(token, proof), holder.privateJwk.d as string]
      expectNowhere(secrets, [await everythingOf(response), scene.events])
    }
    expect(scene.runs).toEqual([])
  })
})

describe('secrets in the configuration', () => {
  let key: SigningKey
  let privateJwk: Record<string, unknown>

  beforeEach(async () => {
    key = await createKey()
    const pair = await generateKeyPair('ES256', { extractable: true })
    privateJwk = (await exportJWK(pair.privateKey)) as Record<string, unknown>
  })

  it('SEC-03: are not part of configuration errors', () => {
    const introspection = { kind: 'introspection' as const, clientId: 'rs' }
    const base = { issuer: ISSUER }
    const wrong: Record<string, unknown>[] = [
      { authorizationServers: [{ ...base, jwks: { keys: [privateJwk] } }] },
      { authorizationServers: [{ ...base, jwks: { keys: [{ kty: 'oct', k: MARKER }] } }] },
      {
        authorizationServers: [
          { ...base, jwks: { keys: [{ ...key.jwk, x: MARKER }, privateJwk] } },
        ],
      },
      {
        authorizationServers: [
          { ...base, accessToken: { ...introspection, clientSecret: { MARKER } } },
        ],
      },
      {
        authorizationServers: [
          {
            ...base,
            accessToken: { ...introspection, clientSecret: MARKER, privateKey: privateJwk },
          },
        ],
      },
      {
        authorizationServers: [{ ...base, accessToken: { ...introspection, clientSecrt: MARKER } }],
      },
      {
        authorizationServers: [
          { ...base, accessToken: { ...introspection, privateKey: { ...privateJwk, kty: 'oct' } } },
        ],
      },
      { authorizationServers: [`https://user:${MARKER}@as.example`] },
      { resource: `https://user:${MARKER}@rs.example` },
      { documentStoreSecret: { MARKER } },
      { documentStoreSecret: [''], documentStore: { get: MARKER } },
      { dpop: { nonce: { secret: MARKER } } },
      { dpop: { nonce: { secret: [MARKER, 'short'] } } },
    ]
    for (const options of wrong) {
      const whole = { resource: RESOURCE, authorizationServers: [ISSUER], ...options }
      let thrown: unknown
      try {
        protectedResource(whole as Parameters<typeof protectedResource>[0])
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(ConfigError)
      expectNowhere([...hidden(), privateJwk['d'] as string], [thrown])
    }
  })

  it('SEC-03: cannot be read from the resource', async () => {
    const scene = await createOpaqueScene({
      introspection: { clientSecret: `rs-${MARKER}` },
      dpop: { nonce: { secret: `${MARKER}-nonce-secret-of-32-bytes!!` } },
      documentStore: createMemoryStore(),
      documentStoreSecret: `${MARKER}-store-secret-of-32-bytes!!`,
    })
    const { resource } = scene
    const read = [
      JSON.stringify(resource),
      inspect(resource),
      { ...resource },
      structuredClone({ ...resource }),
    ]
    expectNowhere(hidden(), read)
  })
})
