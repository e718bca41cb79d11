/**
 * Makes runtime-keys.json: public keys of many kinds, each with a token that its private key signed.
 * Run it with Node, once; no test does. Moduli are products of small primes, because to find two of
 * 8,192 bits takes minutes, and a verifier does not notice.
 */

import {
  createHash,
  generateKeyPairSync,
  generatePrimeSync,
  type JsonWebKey,
  type KeyObject,
  sign,
  type webcrypto,
} from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { unchecked } from '../support/unchecked.ts'
import examples from './ml-dsa.json' with { type: 'json' }

const CLAIMS = {
  iss: 'https://as.example',
  aud: 'https://rs.example/mcp',
  sub: 'user-1',
  client_id: 'client-1',
  iat: 1_800_000_000,
  exp: 1_800_003_600,
  jti: 'token-1',
}
const PRIME_BITS = 1100
/** RFC 8017 §9.2: the DigestInfo of SHA-256. */
const SHA256 = '3031300d060960864801650304020105000420'

interface Vector {
  readonly name: string
  readonly jwk: object
  readonly token: string
}

interface Numbers {
  readonly n: bigint
  readonly d: bigint
}

function vector(name: string, alg: string, jwk: object, signer: (input: string) => Buffer): Vector {
  const input = signedInput(name, alg)
  return {
    name,
    jwk: { ...jwk, kid: name },
    token: `${input}.${signer(input).toString('base64url')}`,
  }
}

function signedInput(name: string, alg: string): string {
  const segment = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${segment({ alg, typ: 'at+jwt', kid: name })}.${segment(CLAIMS)}`
}

function rsa(bits: number, e: bigint, name = `RSA ${bits}`): Vector {
  const { n, d } = numbers(bits, e)
  const jwk = { kty: 'RSA', n: encode(n), e: encode(e) }
  return vector(name, 'RS256', jwk, (input) => bytes(power(padded(input, bits), d, n), bits / 8))
}

function paddedRsa(name: string): Vector {
  const { jwk, ...made } = rsa(2048, 65_537n, name)
  return { ...made, jwk: { ...jwk, n: `${unchecked<JsonWebKey>(jwk).n}==` } }
}

/** With exponent 1 the padded digest is its own signature; with an even one there is none. */
function forged(e: bigint, name: string): Vector {
  const { n } = numbers(2048, 65_537n)
  const jwk = { kty: 'RSA', n: encode(n), e: encode(e) }
  return vector(name, 'RS256', jwk, (input) => bytes(padded(input, 2048), 256))
}

function padded(input: string, bits: number): bigint {
  const info = SHA256 + createHash('sha256').update(input).digest('hex')
  return BigInt(`0x01${'ff'.repeat(bits / 8 - 3 - info.length / 2)}00${info}`)
}

function numbers(bits: number, e: bigint): Numbers {
  for (;;) {
    let [n, phi] = [1n, 1n]
    const times = (prime: bigint) => {
      n *= prime
      phi *= prime - 1n
    }
    while (bits - sizeOf(n) > 1.5 * PRIME_BITS) {
      times(generatePrimeSync(PRIME_BITS, { bigint: true }))
    }
    times(generatePrimeSync(bits - sizeOf(n) + (sizeOf(n) % 2), { bigint: true }))
    const d = inverse(e, phi)
    if (sizeOf(n) === bits && d !== undefined) return { n, d }
  }
}

function sizeOf(number: bigint): number {
  return number === 1n ? 0 : number.toString(2).length
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

function inverse(number: bigint, modulus: bigint): bigint | undefined {
  let [small, large, x, y] = [number, modulus, 1n, 0n]
  while (small > 0n) {
    const quotient = large / small
    ;[large, small] = [small, large - quotient * small]
    ;[y, x] = [x, y - quotient * x]
  }
  return large === 1n ? ((y % modulus) + modulus) % modulus : undefined
}

function bytes(number: bigint, length: number): Buffer {
  return Buffer.from(number.toString(16).padStart(length * 2, '0'), 'hex')
}

function encode(number: bigint): string {
  return bytes(number, Math.max(1, Math.ceil(sizeOf(number) / 8))).toString('base64url')
}

function ec(namedCurve: string, alg: string, hash: string): Vector {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve })
  return vector(namedCurve, alg, publicKey.export({ format: 'jwk' }), (input) =>
    signEcdsa(input, hash, privateKey),
  )
}

function signEcdsa(input: string, hash: string, key: KeyObject): Buffer {
  return sign(hash, Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
}

function ed448(): Vector {
  const { publicKey, privateKey } = generateKeyPairSync('ed448')
  return vector('Ed448', 'EdDSA', publicKey.export({ format: 'jwk' }), (input) =>
    sign(null, Buffer.from(input), privateKey),
  )
}

function ed25519(alg: string, stated: string): Vector {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const jwk = { ...publicKey.export({ format: 'jwk' }), alg: stated }
  return vector(`Ed25519, alg ${stated}, token ${alg}`, alg, jwk, (input) =>
    sign(null, Buffer.from(input), privateKey),
  )
}

/** A key of RFC 9964 Appendix A. */
async function mlDsa(
  name: string,
  change: (jwk: object) => object = (jwk) => jwk,
): Promise<Vector> {
  const jwk = examples.find((each) => name.startsWith(each.jwk.alg))?.jwk
  if (jwk === undefined) throw new Error(`There is no example for ${name}.`)
  const { kid: _, priv, ...published } = jwk
  const algorithm = { name: jwk.alg }
  const material = unchecked<webcrypto.JsonWebKey>({ ...published, priv })
  const key = await crypto.subtle.importKey('jwk', material, algorithm, false, ['sign'])
  const input = signedInput(name, jwk.alg)
  const signature = Buffer.from(await crypto.subtle.sign(algorithm, key, Buffer.from(input)))
  return vector(name, jwk.alg, change(published), () => signature)
}

/** A form of a JWK that servers publish although the RFCs describe another one, or none. */
function odd(name: string, change: (jwk: JsonWebKey) => object): Vector {
  for (;;) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = publicKey.export({ format: 'jwk' })
    // A coordinate that begins with a zero byte, for the vector without it.
    if (Buffer.from(jwk.x ?? '', 'base64url')[0] !== 0) continue
    return vector(name, 'ES256', change(jwk), (input) => signEcdsa(input, 'sha256', privateKey))
  }
}

const vectors = [
  ...[1024, 2048, 3072, 4096, 4104, 8192, 8200, 16_384, 16_392].map((bits) => rsa(bits, 65_537n)),
  rsa(2048, 3n, 'RSA 2048, exponent 3'),
  rsa(2048, 17n, 'RSA 2048, exponent 17'),
  rsa(2048, 2n ** 32n + 15n, 'RSA 2048, exponent 2^32 + 15'),
  rsa(2048, 2n ** 33n + 17n, 'RSA 2048, exponent 2^33 + 17'),
  forged(1n, 'RSA 2048, exponent 1'),
  forged(65_536n, 'RSA 2048, exponent 65536'),
  ec('P-256', 'ES256', 'sha256'),
  ec('P-384', 'ES384', 'sha384'),
  ec('P-521', 'ES512', 'sha512'),
  ed25519('EdDSA', 'EdDSA'),
  ed25519('Ed25519', 'EdDSA'),
  ed25519('EdDSA', 'Ed25519'),
  ed25519('Ed25519', 'Ed25519'),
  ed448(),
  ec('secp256k1', 'ES256K', 'sha256'),
  await mlDsa('ML-DSA-44'),
  await mlDsa('ML-DSA-65'),
  await mlDsa('ML-DSA-87'),
  await mlDsa('ML-DSA-65, without alg', (jwk) => ({ ...jwk, alg: undefined })),
  odd('P-256, alg null, use null', (jwk) => ({ ...jwk, alg: null, use: null })),
  odd('P-256, key_ops sign and verify', (jwk) => ({ ...jwk, key_ops: ['sign', 'verify'] })),
  odd('P-256, ext false', (jwk) => ({ ...jwk, ext: false })),
  odd('P-256, a coordinate without its leading zero', (jwk) => ({
    ...jwk,
    x: Buffer.from(jwk.x ?? '', 'base64url')
      .subarray(1)
      .toString('base64url'),
  })),
  paddedRsa('RSA 2048, modulus with padding'),
  odd('P-256, coordinates with padding', (jwk) => ({ ...jwk, x: `${jwk.x}=`, y: `${jwk.y}=` })),
  odd('P-256, coordinates in base64', (jwk) => ({
    ...jwk,
    x: Buffer.from(jwk.x ?? '', 'base64url').toString('base64'),
    y: Buffer.from(jwk.y ?? '', 'base64url').toString('base64'),
  })),
]
const text = `[\n${vectors.map((each) => JSON.stringify(each)).join(',\n')}\n]\n`
writeFileSync(new URL('runtime-keys.json', import.meta.url), text)
