import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Jwk } from '../../src/contract/documents.ts'
import { createVerifier } from '../../src/crypto/create-verifier.ts'
import { importPublicKey } from '../../src/crypto/import-key.ts'
import { beginRow, createSigner, ROW } from '../support/signer.ts'
import oddKeys from '../vectors/rsa-odd-lengths.json' with { type: 'json' }
import runtimeKeys from '../vectors/runtime-keys.json' with { type: 'json' }

/** The odd ones have moduli of 2,049 and 4,097 bits, whose last byte has one bit, and an exponent of four bytes. */
const KEYS = [...runtimeKeys, ...oddKeys]

beforeEach(beginRow)

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('which implementation verifies', () => {
  it.each([
    ['RSA 2048', true],
    ['RSA 3072', true],
    ['RSA 4096', true],
    ['RSA 2049', true],
    ['RSA 4097', false],
    ['RSA 4104', false],
    ['RSA 8192', false],
    ['RSA 16384', false],
    ['RSA 2048, exponent 3', true],
    ['RSA 2048, exponent 17', true],
    ['RSA 2048, exponent 2^24 + 43', false],
    ['RSA 2048, exponent 2^32 + 15', false],
    ['P-256', true],
    ['P-384', false],
    ['P-521', false],
  ])('a slow key does not keep the calling thread busy: %s', async (name, isQuick) => {
    const { jwk, token } = KEYS.find((each) => each.name === name) ?? expect.fail(name)
    const [header = ''] = token.split('.')
    const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg: string }
    const key = (await importPublicKey(jwk as Jwk, alg)) ?? expect.fail('not imported')
    const verify = createVerifier(key, alg)
    const elsewhere = vi.spyOn(crypto.subtle, 'verify')
    expect(await verify(token)).toBe(true)
    expect(elsewhere).toHaveBeenCalledTimes(isQuick ? 0 : 1)
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    expect(await createVerifier(key, alg)(token)).toBe(true)
  })

  const withoutModule = (getBuiltinModule: unknown) => ({ process: { getBuiltinModule } })
  it.each<[string, Record<string, unknown>]>([
    ['Deno', { navigator: { userAgent: 'Deno/2.9.5' } }],
    ['workerd', { navigator: { userAgent: 'Cloudflare-Workers' } }],
    ['a host without a name', { navigator: undefined }],
    ['a host with a polyfill', { navigator: {} }],
    ['a host without processes', { process: undefined }],
    ['a Node without getBuiltinModule', withoutModule(undefined)],
    ['a Node without the module', withoutModule(() => undefined)],
    ['a Node that does not load it', withoutModule(() => expect.fail('not allowed'))],
    ['a Node without Buffer', { Buffer: undefined }],
    ['a module without keys', withoutModule(() => ({ verify: () => true }))],
  ])('verifies with WebCrypto on %s', async (_, globals) => {
    const { key, sign } = await createSigner('ES256')
    const { jws, with: signedWith } = await sign()
    const forged = signedWith(new Uint8Array(64).fill(1))
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value)
    const verify = createVerifier(key, 'ES256')
    const elsewhere = vi.spyOn(crypto.subtle, 'verify')
    expect(await verify(jws)).toBe(true)
    expect(await verify(forged)).toBe(false)
    expect(elsewhere).toHaveBeenCalledTimes(2)
  })

  it.each(['Node.js/24', 'Bun/1.4.5'])('verifies with node:crypto on %s', async (userAgent) => {
    vi.stubGlobal('navigator', { userAgent })
    const { key, sign } = await createSigner('ES256')
    const { jws } = await sign()
    vi.stubGlobal('navigator', { userAgent })
    const elsewhere = vi.spyOn(crypto.subtle, 'verify')
    expect(await createVerifier(key, 'ES256')(jws)).toBe(true)
    expect(elsewhere).not.toHaveBeenCalled()
  })

  it.each([
    ['Deno/2.9.5', 'RS256', 4],
    ['Deno/2.9.5', 'EdDSA', 8],
    ['Deno/2.9.5', 'PS256', 0],
    ['Deno/2.9.5', 'ES256', 0],
    ['Bun/1.4.5', 'PS256', 32],
    ['Bun/1.4.5', 'RS256', 32],
    ['Bun/1.4.5', 'ES256', 8],
    ['Bun/1.4.5', 'EdDSA', 8],
    ['constructor/1', 'RS256', 0],
  ])('on %s verifies so many signatures with %s in a row: %i', async (userAgent, alg, row) => {
    const { key, sign } = await createSigner(alg)
    const { jws } = await sign()
    await beginRow()
    vi.stubGlobal('navigator', { userAgent })
    const verify = createVerifier(key, alg)
    const elsewhere = vi.spyOn(crypto.subtle, 'verify')
    for (let count = 0; count < row; count++) expect(verify(jws)).toBe(true)
    expect(elsewhere).not.toHaveBeenCalled()
    expect(await verify(jws)).toBe(true)
    expect(elsewhere).toHaveBeenCalledTimes(1)
  })

  it('counts a key of twice the length four times', async () => {
    const { jwk, token } = KEYS.find(({ name }) => name === 'RSA 4096') ?? expect.fail()
    const key = (await importPublicKey(jwk as Jwk, 'RS256')) ?? expect.fail('not imported')
    const verify = createVerifier(key, 'RS256')
    for (let count = 0; count < ROW; count++) expect(verify(token)).toBe(true)
    const next = verify(token)
    expect(next).toBeInstanceOf(Promise)
    expect(await next).toBe(true)
  })

  it.each([
    ['RSA 2048', true],
    ['RSA 2049', false],
    ['RSA 3072', false],
  ])('on Deno a key of %s is quick: %s', async (name, isQuick) => {
    const { jwk, token } = KEYS.find((each) => each.name === name) ?? expect.fail(name)
    const key = (await importPublicKey(jwk as Jwk, 'RS256')) ?? expect.fail('not imported')
    vi.stubGlobal('navigator', { userAgent: 'Deno/2.9.5' })
    const elsewhere = vi.spyOn(crypto.subtle, 'verify')
    expect(await createVerifier(key, 'RS256')(token)).toBe(true)
    expect(elsewhere).toHaveBeenCalledTimes(isQuick ? 0 : 1)
  })
})
