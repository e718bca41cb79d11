/** ML-DSA (RFC 9964) from the test issuer: through a preset, in the token cache, and for what the library signs. */

import { decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import {
  ConfigError,
  type Jwk,
  protectedResource,
  signProtectedResourceMetadata,
} from '../../src/index.ts'
import { keycloak } from '../../src/providers/index.ts'
import { createTestIssuer } from '../../src/testing/index.ts'
import { RESOURCE } from '../support/issuer.ts'
import { createScene } from './scene.ts'

const METADATA = { resource: RESOURCE, authorization_servers: ['https://as.example'] }
const ALGORITHMS = ['ML-DSA-44', 'ML-DSA-65', 'ML-DSA-87']

describe.each(ALGORITHMS)('a test issuer that signs with %s', (algorithm) => {
  it('serves a resource that uses a preset', async () => {
    const issuer = 'https://id.example.com/realms/mcp'
    const server = keycloak({ url: 'https://id.example.com', realm: 'mcp' })
    const { issuer: signer, send } = createScene({
      issuer: { issuer, algorithm },
      resource: { authorizationServers: [server] },
    })
    const token = await signer.token({ typ: 'Bearer', azp: 'client-1' }, { header: { typ: 'JWT' } })
    expect(decodeProtectedHeader(token).alg).toBe(algorithm)
    expect(await send(token)).toEqual({ status: 200 })
  })

  // Tokens of more than 4,096 characters are not stored, and the signature alone of the larger two has more.
  it('issues tokens whose second request verifies only if they are too long for the cache', async () => {
    const { issuer, send } = createScene({ issuer: { algorithm } })
    const token = await issuer.token()
    await send(token)
    const verify = vi.spyOn(crypto.subtle, 'verify')
    try {
      expect(await send(token)).toEqual({ status: 200 })
      expect(verify).toHaveBeenCalledTimes(algorithm === 'ML-DSA-44' ? 0 : 1)
      expect(token.length > 4096).toBe(algorithm !== 'ML-DSA-44')
    } finally {
      verify.mockRestore()
    }
  })

  it('rotates its keys', async () => {
    const { issuer, send, clock } = createScene({ issuer: { algorithm } })
    await send(await issuer.token())
    clock.advance(60)
    await issuer.rotateKeys()
    expect(await send(await issuer.token())).toEqual({ status: 200 })
  })
})

describe('ML-DSA', () => {
  it('signs metadata with a key or a JWK', async () => {
    const { privateKey } = await generateKeyPair('ML-DSA-65', { extractable: true })
    const jwk = { ...(await exportJWK(privateKey)), kid: 'k' } as Jwk
    for (const key of [privateKey, jwk]) {
      const signed = await signProtectedResourceMetadata(METADATA, key, {
        issuer: RESOURCE,
      })
      expect(decodeProtectedHeader(signed).alg).toBe('ML-DSA-65')
    }
  })

  it('is not an algorithm of DPoP proofs', () => {
    const { issuer } = createTestIssuer()
    const options = { resource: RESOURCE, authorizationServers: [issuer] }
    expect(() => protectedResource({ ...options, dpop: { algorithms: ['ML-DSA-65'] } })).toThrow(
      ConfigError,
    )
  })
})
