/** PRM-24: signed metadata (RFC 9728 §2.2), as its consumers read it. */

import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, jwtVerify } from 'jose'
import { describe, expect, it } from 'vitest'
import {
  ConfigError,
  type Jwk,
  metadataResponse,
  protectedResource,
  signProtectedResourceMetadata,
} from '../../src/index.ts'
import { ISSUER, METADATA_URL, RESOURCE } from '../support/issuer.ts'
import { unchecked } from '../support/unchecked.ts'

const SIGNER = 'https://federation.example'
const options = {
  resource: RESOURCE,
  authorizationServers: [ISSUER],
  scopesSupported: ['read'],
  metadata: { resource_name: 'Notes', 'resource_name#fr': 'Carnet' },
}
const { metadata } = protectedResource(options)

async function keyPair(alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  return { privateKey, publicKey, jwk: (await exportJWK(privateKey)) as Jwk }
}

describe('signProtectedResourceMetadata()', () => {
  it('PRM-24: the document contains signed_metadata that agrees with the plain members', async () => {
    const { privateKey, publicKey } = await keyPair()
    const signed_metadata = await signProtectedResourceMetadata(metadata, privateKey, {
      issuer: SIGNER,
      keyId: 'fed-1',
    })
    const resource = protectedResource({
      ...options,
      metadata: { ...options.metadata, signed_metadata },
    })
    const response = metadataResponse(new Request(METADATA_URL), resource)
    const served = (await response?.json()) as Record<string, unknown>
    const verified = await jwtVerify(String(served.signed_metadata), publicKey, { issuer: SIGNER })
    const { signed_metadata: _, ...plain } = served
    expect(verified.payload).toEqual({ ...plain, iss: SIGNER })
    expect(verified.protectedHeader).toEqual({ alg: 'ES256', typ: 'JWT', kid: 'fed-1' })
  })

  it('PRM-24: signed metadata never contains itself', async () => {
    const { jwk } = await keyPair()
    const signed_metadata = await signProtectedResourceMetadata(metadata, jwk, { issuer: SIGNER })
    const again = await signProtectedResourceMetadata({ ...metadata, signed_metadata }, jwk, {
      issuer: SIGNER,
    })
    expect(decodeJwt(again)).toEqual({ ...metadata, iss: SIGNER })
  })

  it.each([
    ['ES256', 'ES256'],
    ['ES384', 'ES384'],
    ['RS256', 'RS256'],
    ['PS512', 'PS512'],
    ['Ed25519', 'EdDSA'],
  ])('PRM-24: a CryptoKey for %s signs with %s', async (made, expected) => {
    const { privateKey, publicKey } = await keyPair(made)
    const jws = await signProtectedResourceMetadata(metadata, privateKey, { issuer: SIGNER })
    expect(decodeProtectedHeader(jws).alg).toBe(expected)
    await jwtVerify(jws, publicKey)
  })

  it.each([
    ['ES256', undefined, 'ES256'],
    ['ES512', undefined, 'ES512'],
    ['RS256', undefined, 'RS256'],
    ['RS256', 'PS256', 'PS256'],
    ['Ed25519', undefined, 'EdDSA'],
    ['Ed25519', 'Ed25519', 'Ed25519'],
  ])('PRM-24: a JWK for %s, asked for %s, signs with %s', async (made, algorithm, expected) => {
    const { jwk } = await keyPair(made)
    const key = { ...jwk, kid: 'own' }
    const jws = await signProtectedResourceMetadata(metadata, key, { issuer: SIGNER, algorithm })
    expect(decodeProtectedHeader(jws)).toEqual({ alg: expected, typ: 'JWT', kid: 'own' })
  })

  it('PRM-24: rejects a key that cannot sign, and an empty issuer', async () => {
    const { jwk, publicKey } = await keyPair()
    const { d: _, ...publicJwk } = jwk
    const sign = (
      key: unknown,
      changes: Record<string, unknown> = {},
      document: object = metadata,
    ) =>
      signProtectedResourceMetadata(document as typeof metadata, key as Jwk, {
        issuer: SIGNER,
        ...changes,
      }).then(
        () => [],
        (error: ConfigError) => {
          expect(error).toBeInstanceOf(ConfigError)
          expect(error.message).not.toContain(jwk['d'])
          return error.problems.map(({ path }) => path)
        },
      )
    expect(await sign(publicKey)).toEqual(['key'])
    expect(await sign(publicJwk)).toEqual(['key'])
    expect(await sign({ kty: 'oct', k: 'c2VjcmV0', d: 'x' })).toEqual(['key'])
    expect(await sign({ ...jwk, use: 'enc' })).toEqual(['key'])
    expect(await sign({ ...jwk, key_ops: ['verify'] })).toEqual(['key'])
    expect(await sign('secret')).toEqual(['key'])
    expect(await sign(jwk, { algorithm: 'RS256' })).toEqual(['options.algorithm'])
    expect(await sign(jwk, { algorithm: 'none' })).toEqual(['options.algorithm'])
    expect(await sign(jwk, { issuer: '' })).toEqual(['options.issuer'])
    expect(await sign(jwk, {}, { authorization_servers: [] })).toEqual(['metadata.resource'])
    const loosely = unchecked<(...given: unknown[]) => Promise<string>>(
      signProtectedResourceMetadata,
    )
    for (const [given, paths] of [
      [[], ['metadata.resource', 'key', 'options.issuer']],
      [
        [null, null, null],
        ['metadata.resource', 'key', 'options.issuer'],
      ],
      [[metadata, jwk], ['options.issuer']],
    ]) {
      const error = await loosely(...(given as unknown[])).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(ConfigError)
      expect((error as ConfigError).problems.map(({ path }) => path)).toEqual(paths)
    }
  })
})
