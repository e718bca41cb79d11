/**
 * Verifying signatures with one key. There are two implementations, WebCrypto and `node:crypto`, with the same
 * results. Which of them a key gets is decided once, when it is imported.
 */

import { decodeCanonical } from '../lib/base64url.ts'
import { ENCODER } from '../lib/utf8.ts'
import { algorithmNamed, type SignatureAlgorithm } from './algorithms.ts'

/**
 * Whether a compact JWS is signed with the key (RFC 7515 §5.2); `false` also if the signature cannot be verified. Its
 * three segments are canonical base64url, as its parser has checked. Not a promise where it is known at once, because
 * every promise takes time.
 */
export type Verifier = (jws: string) => boolean | Promise<boolean>

type Parameters = SignatureAlgorithm['parameters']

/**
 * Creates the verifier of a key.
 *
 * Does not check: that the algorithm is allowed.
 *
 * @param key A public key that was imported for this algorithm.
 */
export function createVerifier(key: CryptoKey, algorithm: string): Verifier {
  const parameters = algorithmNamed(algorithm)?.parameters
  if (parameters === undefined) return () => false
  const verify = createPoolVerifier(key, parameters)
  const { navigator }: Host = globalThis
  // Polyfills have a `navigator` without it.
  const [host = ''] = `${navigator?.userAgent}`.split('/')
  const share = shareOfRow(key, parameters, Object.hasOwn(QUICK_KEYS, host) && QUICK_KEYS[host])
  if (share === undefined) return verify
  try {
    return createSyncVerifier(key, parameters, share, verify)
  } catch {
    // A host that has the name of Node, but not its module.
    return verify
  }
}

/**
 * Whether a signature of RSA is as long as the modulus (RFC 8017 §8.1.2). OpenSSL also accepts RSASSA-PSS without
 * leading zeros, so a token would have several spellings.
 */
function hasLengthFor({ algorithm }: CryptoKey, { length }: Uint8Array): boolean {
  if (!algorithm.name.startsWith('RSA')) return true
  return length === Math.ceil((algorithm as RsaKeyAlgorithm).modulusLength / 8)
}

function createPoolVerifier(
  key: CryptoKey,
  parameters: Parameters,
): (jws: string) => Promise<boolean> {
  return async (jws) => {
    const end = jws.lastIndexOf('.')
    try {
      const signature = decodeCanonical(jws.slice(end + 1))
      if (!hasLengthFor(key, signature)) return false
      const signed = ENCODER.encode(jws.slice(0, end))
      return await crypto.subtle.verify(parameters, key, signature, signed)
    } catch {
      return false
    }
  }
}

/** What is used of hosts that have modules of Node. */
interface Host {
  readonly navigator?: { readonly userAgent?: string }
  readonly process?: { getBuiltinModule(name: 'node:crypto'): NodeCrypto | undefined }
  readonly Buffer?: { from(text: string, encoding: 'latin1' | 'base64url'): Uint8Array }
}

interface NodeCrypto {
  readonly KeyObject: { from(key: CryptoKey): object }
  verify(hash: string | null, signed: Uint8Array, key: object, signature: Uint8Array): boolean
}

/** The keys with which `node:crypto` of a host takes less time than WebCrypto. */
interface QuickKeys {
  readonly maxRsaBits: number
  /** How many of a row one signature counts for, by the name of the scheme; for RSA with 2,048 bits. */
  readonly schemes: Readonly<Record<string, number>>
}

const OF_NODE: QuickKeys = {
  maxRsaBits: 4096,
  schemes: { 'RSASSA-PKCS1-v1_5': 0.25, 'RSA-PSS': 0.25, ECDSA: 1, Ed25519: 1 },
}
/** By the name of the host. Deno takes longer for ECDSA, 0.12 ms for RSA, and reads no parameters of PSS here. */
const QUICK_KEYS: Readonly<Record<string, QuickKeys>> = {
  'Node.js': OF_NODE,
  Bun: OF_NODE,
  Deno: { maxRsaBits: 2048, schemes: { 'RSASSA-PKCS1-v1_5': 2, Ed25519: 1 } },
}

/**
 * The share of a row that a signature takes; `undefined` for a slow key, which may come with a DPoP proof, from any client.
 */
function shareOfRow(
  { algorithm }: CryptoKey,
  { name }: Parameters,
  quick: QuickKeys | undefined | false,
): number | undefined {
  const { namedCurve, modulusLength, publicExponent } = algorithm as EcKeyAlgorithm &
    RsaKeyAlgorithm
  if (!quick || algorithm.name !== name || !Object.hasOwn(quick.schemes, name)) return undefined
  const share = quick.schemes[name] ?? 0
  if (!name.startsWith('RSA')) {
    return name === 'Ed25519' || namedCurve === 'P-256' ? share : undefined
  }
  const isQuick = modulusLength <= quick.maxRsaBits && publicExponent.length <= 3
  // A key that is twice as long takes four times as long.
  return isQuick ? share * (modulusLength / RSA_BITS) ** 2 : undefined
}

/** The length of most RSA keys. */
const RSA_BITS = 2048

/** So many signatures take about half a millisecond, for which a flood of tokens stops other requests. */
const MAX_IN_A_ROW = 8
/** Signatures that were verified on this thread since one was verified elsewhere. */
let inARow = 0
/** Signatures that are being verified elsewhere. */
let elsewhere = 0

/** RSA_PKCS1_PSS_PADDING of OpenSSL. */
const PSS_PADDING = 6

/**
 * A verifier that stays on the thread of the caller while there is little to do. WebCrypto passes each signature to
 * another thread, which takes up to half of the time that a quick key takes, but leaves this one to other requests.
 *
 * @throws {TypeError} If `node:crypto` is not the one of Node.
 */
function createSyncVerifier(
  key: CryptoKey,
  { name, hash, saltLength }: Parameters,
  share: number,
  verifyElsewhere: (jws: string) => Promise<boolean>,
): Verifier {
  const { process, Buffer }: Host = globalThis
  const node = process?.getBuiltinModule('node:crypto')
  if (node === undefined || Buffer === undefined) return verifyElsewhere
  // The key itself: around an object of options, Node 24 catches two exceptions, which takes 11 µs. Members that it
  // reads from the key are own members, so that it reads nothing of `Object.prototype`.
  const own = Object.assign(node.KeyObject.from(key), {
    padding: saltLength === undefined ? undefined : PSS_PADDING,
    saltLength,
    dsaEncoding: undefined,
    context: undefined,
  })
  // Deno does not know `SHA-256`.
  const digest = hash?.replace('-', '') ?? null
  const isEcdsa = name === 'ECDSA'
  const verifyHere = (jws: string) => {
    const end = jws.lastIndexOf('.')
    try {
      const signature = Buffer.from(jws.slice(end + 1), 'base64url')
      if (!hasLengthFor(key, signature)) return false
      const signed = Buffer.from(jws.slice(0, end), 'latin1')
      return node.verify(digest, signed, own, isEcdsa ? toDer(signature) : signature)
    } catch {
      return false
    }
  }
  const verifyOneElsewhere = async (jws: string) => {
    elsewhere += 1
    inARow = 0
    const isSigned = await verifyElsewhere(jws)
    elsewhere -= 1
    return isSigned
  }
  return (jws) => {
    if (elsewhere > 0 || inARow >= MAX_IN_A_ROW) return verifyOneElsewhere(jws)
    inARow += share
    return verifyHere(jws)
  }
}

/** The length of each of the two numbers of a signature with P-256. */
const NUMBER_BYTES = 32

/** The DER form of such a signature (RFC 3279 §2.2.3). `node:crypto` reads the form of JOSE, too, with an option. */
function toDer(signature: Uint8Array): Uint8Array {
  const der = new Uint8Array(8 + 2 * NUMBER_BYTES)
  if (signature.length !== 2 * NUMBER_BYTES) return der
  let end = 2
  for (let start = 0; start < signature.length; start += NUMBER_BYTES) {
    // An INTEGER: without zeros that the number does not need, and not negative. 0 is invalid in any form.
    const stop = start + NUMBER_BYTES
    let first = start
    while (first < stop && signature[first] === 0) first += 1
    const sign = (signature[first] ?? 0) >> 7
    der[end] = 0x02
    der[end + 1] = sign + stop - first
    end += 2 + sign
    // Not `set` of a part, which is another object.
    for (; first < stop; first += 1, end += 1) der[end] = signature[first] ?? 0
  }
  der[0] = 0x30
  der[1] = end - 2
  return der.subarray(0, end)
}
