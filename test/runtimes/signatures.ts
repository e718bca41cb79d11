/**
 * Which signatures a runtime verifies on the calling thread, and whether it then decides as WebCrypto does: a program that
 * runs on each runtime with modules of Node, with the sources.
 */

import { algorithmNamed, SUPPORTED_ALGORITHMS } from '../../src/crypto/algorithms.ts'
import { createVerifier, type Verifier } from '../../src/crypto/create-verifier.ts'

export interface Signatures {
  /** By algorithm: how many signatures in a row are verified on the calling thread; 0: none. */
  readonly rows: Readonly<Record<string, number>>
  /** What the two implementations decide differently, or wrongly. */
  readonly differences: readonly string[]
}

/** Without ML-DSA, which some runtimes cannot sign with. */
const ALGORITHMS = SUPPORTED_ALGORITHMS.filter((name) => !name.startsWith('ML-DSA'))
const LONGEST_ROW = 50
/** Names that a `node:crypto` may read of a key or of options, with values that change a result. */
const POLLUTION: readonly (readonly [string, unknown])[] = [
  ['padding', 6],
  ['padding', 1],
  ['saltLength', 20],
  ['dsaEncoding', 'ieee-p1363'],
  ['context', 'x'],
  ['key', 'x'],
  ['format', 'jwk'],
  ['type', 'spki'],
  ['passphrase', 'x'],
  ['namedCurve', 'P-384'],
  ['modulusLength', 1],
]

let elsewhere = 0
const { verify: verifyOfPlatform } = SubtleCrypto.prototype
SubtleCrypto.prototype.verify = function verify(...args) {
  elsewhere += 1
  return verifyOfPlatform.apply(this, args)
}

export async function trySignatures(): Promise<Signatures> {
  const rows: Record<string, number> = {}
  const differences: string[] = []
  for (const algorithm of ALGORITHMS) {
    const signer = await createSigner(algorithm)
    rows[algorithm] = await rowOf(signer)
    differences.push(...(await differencesOf(algorithm, signer)))
    differences.push(...(await differencesUnderPollution(algorithm, signer)))
  }
  return { rows, differences }
}

interface Signer {
  readonly key: CryptoKey
  /** As the runtime chooses. */
  readonly verify: Verifier
  /** WebCrypto. */
  readonly verifyElsewhere: Verifier
  readonly signed: string
  readonly signature: Uint8Array
}

async function createSigner(algorithm: string): Promise<Signer> {
  const { parameters } = algorithmNamed(algorithm) ?? {}
  if (parameters === undefined) throw new Error(algorithm)
  const rsa = { modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1) }
  const pair = (await crypto.subtle.generateKey(
    { ...parameters, ...rsa } as RsaHashedKeyGenParams,
    true,
    ['sign', 'verify'],
  )) as CryptoKeyPair
  const key = pair.publicKey
  const signed = 'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodHRwczovL2FzLmV4YW1wbGUifQ'
  const bytes = new TextEncoder().encode(signed)
  const signature = new Uint8Array(await crypto.subtle.sign(parameters, pair.privateKey, bytes))
  const verify = createVerifier(key, algorithm)
  const { navigator } = globalThis
  Object.defineProperty(globalThis, 'navigator', { value: undefined, configurable: true })
  const verifyElsewhere = createVerifier(key, algorithm)
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true })
  return { key, verify, verifyElsewhere, signed, signature }
}

/** The signatures between two that are verified elsewhere. */
async function rowOf({ verify, signed, signature }: Signer): Promise<number> {
  const jws = `${signed}.${textOf(signature)}`
  await endRow(verify, jws)
  let count = 0
  const before = elsewhere
  while (elsewhere === before && count < LONGEST_ROW) {
    await verify(jws)
    count += 1
  }
  return count - 1
}

async function endRow(verify: Verifier, jws: string): Promise<void> {
  const before = elsewhere
  for (let count = 0; elsewhere === before && count < LONGEST_ROW; count++) await verify(jws)
}

async function differencesOf(algorithm: string, signer: Signer): Promise<string[]> {
  const { verify, verifyElsewhere, signed, signature } = signer
  const valid = textOf(signature)
  const texts = [...changesOf(signature)].map((each) => `${signed}.${textOf(each)}`)
  const changed = [`${signed}.${valid}`, `${signed}A.${valid}`, `A${signed}.${valid}`, ...texts]
  const differences: string[] = []
  for (const [index, jws] of changed.entries()) {
    await endRow(verify, `${signed}.${valid}`)
    const results = [await verify(jws), await verifyElsewhere(jws)]
    const isSigned = index === 0
    if (results.some((each) => each !== isSigned))
      differences.push(`${algorithm}: ${results} ${jws}`)
  }
  return differences
}

async function differencesUnderPollution(algorithm: string, signer: Signer): Promise<string[]> {
  const { key, verify, signed, signature } = signer
  const valid = `${signed}.${textOf(signature)}`
  const forged = `${signed}.${textOf(signature.map((byte, index) => (index === 9 ? byte ^ 1 : byte)))}`
  const differences: string[] = []
  for (const [name, value] of POLLUTION) {
    await endRow(verify, valid)
    Object.defineProperty(Object.prototype, name, { value, configurable: true })
    try {
      const polluted = createVerifier(key, algorithm)
      const results = [polluted(valid), polluted(forged)]
      Reflect.deleteProperty(Object.prototype, name)
      const [first, second] = await Promise.all(results)
      // WebCrypto of a polluted runtime is not what is compared here.
      if (typeof results[0] !== 'boolean') continue
      if (first !== true || second !== false) differences.push(`${algorithm}: ${name} ${value}`)
    } finally {
      Reflect.deleteProperty(Object.prototype, name)
    }
  }
  return differences
}

/** One bit of every third byte, other lengths, and values that are not signatures. */
function* changesOf(signature: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < signature.length; at += 3) {
    yield signature.map((byte, index) => (index === at ? byte ^ 1 : byte))
  }
  for (const length of [0, 1, signature.length - 1, signature.length / 2]) {
    yield signature.slice(0, length)
  }
  yield signature.slice(1)
  yield Uint8Array.from([0, ...signature])
  yield Uint8Array.from([...signature, 0])
  yield Uint8Array.from([...signature, ...signature])
  yield new Uint8Array(signature.length)
  yield new Uint8Array(signature.length).fill(0xff)
  if (signature.length !== 64) return
  const [r, s] = [signature.slice(0, 32), signature.slice(32)]
  for (const edge of [new Uint8Array(32), new Uint8Array(32).fill(0xff), ...EDGES]) {
    yield Uint8Array.from([...edge, ...s])
    yield Uint8Array.from([...r, ...edge])
  }
  yield Uint8Array.from([...s, ...r])
  yield Uint8Array.from([...r, ...plusOrderOfEd25519(s)])
}

/** One, and points of small order of Ed25519: the neutral element, one of order 2, one of order 8. */
const EDGES = [
  `${'00'.repeat(31)}01`,
  `01${'00'.repeat(31)}`,
  `ec${'ff'.repeat(30)}7f`,
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
].map((hex) => Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)))

/** RFC 8032 §5.1.7: a number that is not smaller than the order of the group is invalid. */
function plusOrderOfEd25519(number: Uint8Array): Uint8Array {
  let rest = 2n ** 252n + 27742317777372353535851937790883648493n
  let carry = 0
  return number.map((byte) => {
    const sum = byte + Number(rest & 255n) + carry
    rest >>= 8n
    carry = sum >> 8
    return sum
  })
}

function textOf(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
