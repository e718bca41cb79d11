import nodeCrypto from 'node:crypto'
import { CompactSign, compactVerify, exportJWK, generateKeyPair } from 'jose'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Jwk } from '../../src/contract/documents.ts'
import { SUPPORTED_ALGORITHMS } from '../../src/crypto/algorithms.ts'
import { createVerifier, type Verifier } from '../../src/crypto/create-verifier.ts'
import { importPublicKey } from '../../src/crypto/import-key.ts'
import runtimeKeys from '../vectors/runtime-keys.json' with { type: 'json' }

const TEXT = new TextEncoder().encode('{"iss":"https://as.example"}')
const QUICK = ['RS256', 'RS384', 'RS512', 'ES256', 'EdDSA', 'Ed25519']
/** The order of the group of P-256 (FIPS 186-5, SP 800-186 §3.2.1.3). */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The number of signatures that are verified on the calling thread before one is verified elsewhere. */
const ROW = 8
let idle: () => Promise<boolean>

beforeAll(async () => {
  const { verify, sign } = await createSigner('ES256')
  const { signature, signed } = await sign()
  idle = () => verify(signature, signed)
})

beforeEach(beginRow)

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

interface Signer {
  readonly key: CryptoKey
  /** `node:crypto`, where the key is quick. */
  readonly verify: Verifier
  /** WebCrypto. */
  readonly verifyElsewhere: Verifier
  sign(): Promise<Signed>
}

interface Signed {
  readonly jws: string
  readonly signature: Uint8Array<ArrayBuffer>
  readonly signed: Uint8Array<ArrayBuffer>
}

async function createSigner(alg: string): Promise<Signer> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const key = await importPublicKey((await exportJWK(publicKey)) as Jwk, alg)
  if (key === undefined) throw new Error(`No key for ${alg}`)
  return {
    key,
    verify: createVerifier(key, alg),
    verifyElsewhere: createElsewhere(key, alg),
    async sign() {
      const jws = await new CompactSign(TEXT).setProtectedHeader({ alg }).sign(privateKey)
      const end = jws.lastIndexOf('.')
      const [signature, signed] = [bytesOf(jws.slice(end + 1)), encode(jws.slice(0, end))]
      return { jws, signature, signed }
    },
  }
}

/** A verifier as on a host without modules of Node. */
function createElsewhere(key: CryptoKey, alg: string): Verifier {
  vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
  try {
    return createVerifier(key, alg)
  } finally {
    vi.unstubAllGlobals()
  }
}

describe('createVerifier()', () => {
  it.each(SUPPORTED_ALGORITHMS)('%s: both implementations and jose agree', async (alg) => {
    const [signer, stranger] = [await createSigner(alg), await createSigner(alg)]
    const { jws, signature, signed } = await signer.sign()
    const header = jws.slice(0, jws.lastIndexOf('.') + 1)
    const opinionsOf = async (changed: Uint8Array<ArrayBuffer>, of = signer) => [
      await settle(of.verify(changed, signed)),
      await settle(of.verifyElsewhere(changed, signed)),
      await joseVerifies(header + textOf(changed), of.key, alg),
    ]
    expect(await opinionsOf(signature)).toEqual([true, true, true])
    expect(await opinionsOf(signature, stranger)).toEqual([false, false, false])
    for (const changed of changesOf(signature)) {
      const found = [textOf(changed), ...(await opinionsOf(changed))]
      expect(found).toEqual([textOf(changed), false, false, false])
      await beginRow()
    }
    const longer = Uint8Array.from([...signed, 0])
    expect(await signer.verify(signature, longer)).toBe(false)
    expect(await signer.verifyElsewhere(signature, longer)).toBe(false)
  })

  it('ES256: both implementations agree about numbers outside of the group', async () => {
    const { verify, verifyElsewhere, sign } = await createSigner('ES256')
    const { signature, signed } = await sign()
    const [r, s] = [numberOf(signature.subarray(0, 32)), numberOf(signature.subarray(32))]
    const top = 2n ** 256n - 1n
    const cases: [bigint, bigint, boolean][] = [
      [r, s, true],
      // ECDSA has two signatures for each.
      [r, ORDER - s, true],
      ...[0n, 1n, ORDER - 1n, ORDER, ORDER + 1n, top].flatMap((edge): typeof cases => [
        [edge, s, false],
        [r, edge, false],
        [edge, edge, false],
      ]),
      [s, r, false],
    ]
    for (const [first, second, expected] of cases) {
      const bytes = Uint8Array.from([...bytesOfNumber(first), ...bytesOfNumber(second)])
      await beginRow()
      expect([first, second, await settle(verify(bytes, signed))]).toEqual([
        first,
        second,
        expected,
      ])
      expect(await settle(verifyElsewhere(bytes, signed))).toBe(expected)
    }
  })

  it('ES256: accepts numbers that begin with zeros or with a set bit', async () => {
    const { verify, sign } = await createSigner('ES256')
    const first = new Set<string>()
    for (let count = 0; count < 5000 && first.size < 6; count++) {
      const { signature, signed } = await sign()
      for (const start of [0, 32]) {
        const byte = signature[start] ?? 0
        first.add(`${start} ${byte === 0 ? 'zero' : byte > 0x7f ? 'set' : 'clear'}`)
      }
      await beginRow()
      expect(await verify(signature, signed)).toBe(true)
    }
    expect(first.size).toBe(6)
  })

  it.each(SUPPORTED_ALGORITHMS)('%s: verifies on the calling thread only if quick', async (alg) => {
    const { verify, sign } = await createSigner(alg)
    const { signature, signed } = await sign()
    const elsewhere = vi.spyOn(crypto.subtle, 'verify')
    const here = vi.spyOn(nodeCrypto, 'verify')
    expect(await verify(signature, signed)).toBe(true)
    const calls = [here.mock.calls.length, elsewhere.mock.calls.length]
    expect(calls).toEqual(QUICK.includes(alg) ? [1, 0] : [0, 1])
  })

  it.each([
    ['RSA 2048', true],
    ['RSA 3072', true],
    ['RSA 4096', true],
    ['RSA 4104', false],
    ['RSA 8192', false],
    ['RSA 16384', false],
    ['RSA 2048, exponent 3', true],
    ['RSA 2048, exponent 17', true],
    ['RSA 2048, exponent 2^32 + 15', false],
    ['P-256', true],
    ['P-384', false],
    ['P-521', false],
  ])('a slow key does not keep the calling thread busy: %s', async (name, isQuick) => {
    const { jwk, token } = runtimeKeys.find((each) => each.name === name) ?? expect.fail(name)
    const [header = '', payload, signature = ''] = token.split('.')
    const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg: string }
    const key = (await importPublicKey(jwk as Jwk, alg)) ?? expect.fail('not imported')
    const verify = createVerifier(key, alg)
    const elsewhere = vi.spyOn(crypto.subtle, 'verify')
    expect(await verify(bytesOf(signature), encode(`${header}.${payload}`))).toBe(true)
    expect(elsewhere).toHaveBeenCalledTimes(isQuick ? 0 : 1)
  })

  it('verifies eight signatures in a row, and then one elsewhere', async () => {
    const { verify, sign } = await createSigner('ES256')
    const { signature, signed } = await sign()
    const elsewhere = vi.spyOn(crypto.subtle, 'verify')
    const calls: number[] = []
    for (let count = 0; count < 2 * ROW + 3; count++) {
      expect(await verify(signature, signed)).toBe(true)
      calls.push(elsewhere.mock.calls.length)
    }
    const row = (made: number) => new Array<number>(ROW).fill(made)
    expect(calls).toEqual([...row(0), 1, ...row(1), 2, 2])
  })

  it('verifies everything elsewhere until that is idle, for all keys together', async () => {
    const [one, other] = [await createSigner('ES256'), await createSigner('RS256')]
    const [first, second] = [await one.sign(), await other.sign()]
    const release: (() => void)[] = []
    const elsewhere = vi
      .spyOn(crypto.subtle, 'verify')
      .mockImplementation(() => new Promise((resolve) => release.push(() => resolve(true))))
    const flood = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0
        ? one.verify(first.signature, first.signed)
        : other.verify(second.signature, second.signed),
    )
    expect(elsewhere).toHaveBeenCalledTimes(20 - ROW)
    release.shift()?.()
    expect(await flood[ROW]).toBe(true)
    flood.push(one.verify(first.signature, first.signed))
    expect(elsewhere).toHaveBeenCalledTimes(21 - ROW)
    for (const each of release) each()
    expect(await Promise.all(flood)).toEqual(new Array(21).fill(true))
    expect(await other.verify(second.signature, second.signed)).toBe(true)
    expect(elsewhere).toHaveBeenCalledTimes(21 - ROW)
  })

  it('goes on after a verification elsewhere that fails', async () => {
    const { verify, sign } = await createSigner('ES256')
    const { signature, signed } = await sign()
    const elsewhere = vi.spyOn(crypto.subtle, 'verify').mockRejectedValue(new Error('unfit'))
    for (let count = 0; count < ROW; count++) await verify(signature, signed)
    await expect(verify(signature, signed)).rejects.toThrow('unfit')
    expect(await verify(signature, signed)).toBe(true)
    expect(elsewhere).toHaveBeenCalledTimes(1)
  })

  const withoutModule = (getBuiltinModule: unknown) => ({ process: { getBuiltinModule } })
  it.each<[string, Record<string, unknown>]>([
    ['Deno', { navigator: { userAgent: 'Deno/2.9.5' } }],
    ['workerd', { navigator: { userAgent: 'Cloudflare-Workers' } }],
    ['a host without a name', { navigator: undefined }],
    ['a host without processes', { process: undefined }],
    ['a Node without getBuiltinModule', withoutModule(undefined)],
    ['a Node without the module', withoutModule(() => undefined)],
    ['a Node that does not load it', withoutModule(() => expect.fail('not allowed'))],
    ['a module without keys', withoutModule(() => ({ verify: () => true }))],
  ])('verifies with WebCrypto on %s', async (_, globals) => {
    const { key, sign } = await createSigner('ES256')
    const { signature, signed } = await sign()
    for (const [name, value] of Object.entries(globals)) vi.stubGlobal(name, value)
    const verify = createVerifier(key, 'ES256')
    const elsewhere = vi.spyOn(crypto.subtle, 'verify')
    expect(await verify(signature, signed)).toBe(true)
    expect(await verify(signature.fill(1), signed)).toBe(false)
    expect(elsewhere).toHaveBeenCalledTimes(2)
  })

  it.each(['Node.js/24', 'Bun/1.4.5'])('verifies with node:crypto on %s', async (userAgent) => {
    vi.stubGlobal('navigator', { userAgent })
    const { key, sign } = await createSigner('ES256')
    const { signature, signed } = await sign()
    vi.stubGlobal('navigator', { userAgent })
    const elsewhere = vi.spyOn(crypto.subtle, 'verify')
    expect(await createVerifier(key, 'ES256')(signature, signed)).toBe(true)
    expect(elsewhere).not.toHaveBeenCalled()
  })

  it.each([
    ['padding', 6],
    ['padding', 'x'],
    ['saltLength', 32],
    ['saltLength', 'x'],
    ['dsaEncoding', 'ieee-p1363'],
    ['dsaEncoding', 'x'],
    ['context', 'x'],
    ['key', 'x'],
    ['format', 'jwk'],
    ['type', 'spki'],
    ['passphrase', 'x'],
    ['namedCurve', 'P-384'],
    ['modulusLength', 1],
  ])('reads no %s = %j of Object.prototype', async (name, value) => {
    for (const alg of QUICK) {
      const { key, sign } = await createSigner(alg)
      const { signature, signed } = await sign()
      await beginRow()
      Object.defineProperty(Object.prototype, name, { value, configurable: true })
      try {
        const verify = createVerifier(key, alg)
        expect(await verify(signature, signed)).toBe(true)
        expect(await settle(verify(signature.fill(1), signed))).toBe(false)
      } finally {
        Reflect.deleteProperty(Object.prototype, name)
      }
    }
  })

  it('accepts nothing where the algorithm is unknown or another one', async () => {
    const { key, sign } = await createSigner('ES256')
    const { signature, signed } = await sign()
    for (const alg of ['none', 'HS256', 'constructor', 'RS256', 'EdDSA', 'ES384', '']) {
      expect(await settle(createVerifier(key, alg)(signature, signed))).toBe(false)
    }
    // What `node:crypto` accepts of this key, where it is not asked for an algorithm.
    const pair = await generateKeyPair('ES256', { extractable: true })
    const der = nodeCrypto.sign('SHA-256', signed, nodeCrypto.KeyObject.from(pair.privateKey))
    const verify = createVerifier(pair.publicKey, 'EdDSA')
    expect(await settle(verify(Uint8Array.from(der), signed))).toBe(false)
  })
})

/** Every third byte another one, every length, and values that are no signatures. */
function* changesOf(signature: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>> {
  const { length } = signature
  const step = length > 512 ? 199 : 3
  for (let at = 0; at < length; at += step) yield changed(signature, at)
  yield changed(signature, length - 1)
  yield signature.slice(0, -1)
  yield signature.slice(1)
  yield Uint8Array.from([...signature, 0])
  yield Uint8Array.from([0, ...signature])
  yield new Uint8Array(length)
  yield new Uint8Array(length).fill(0xff)
  yield new Uint8Array()
}

function changed(bytes: Uint8Array<ArrayBuffer>, at: number): Uint8Array<ArrayBuffer> {
  const copy = bytes.slice()
  copy[at] = (copy[at] ?? 0) ^ 1
  return copy
}

/** `isSignedBy` takes a rejection for an invalid signature. */
async function settle(verification: Promise<boolean>): Promise<boolean> {
  return verification.catch(() => false)
}

async function joseVerifies(jws: string, key: CryptoKey, algorithm: string): Promise<boolean> {
  const verification = compactVerify(jws, key, { algorithms: [algorithm] })
  return verification.then(
    () => true,
    () => false,
  )
}

/** Verifies until one signature was verified elsewhere: the next ones are verified on the calling thread. */
async function beginRow(): Promise<void> {
  const elsewhere = vi.spyOn(crypto.subtle, 'verify')
  while (elsewhere.mock.calls.length === 0) await idle()
  elsewhere.mockRestore()
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(base64url, 'base64url'))
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(text))
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

function bytesOfNumber(number: bigint): Uint8Array {
  return Buffer.from(number.toString(16).padStart(64, '0'), 'hex')
}
