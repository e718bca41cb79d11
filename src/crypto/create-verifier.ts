/**
 * Verifying signatures with one key. There are two implementations, WebCrypto and `node:crypto`, with the same
 * results. Which of them a key gets is decided once, when it is imported.
 */

import { decodeCanonical } from '../lib/base64url.ts'
import { algorithmNamed, type SignatureAlgorithm } from './algorithms.ts'

/**
 * Whether a compact JWS is signed with the key (RFC 7515 §5.2); `false` also if the signature cannot be verified. Its
 * three segments are canonical base64url, as its parser has checked.
 */
export type Verifier = (jws: string) => Promise<boolean>

const UTF8 = /* @__PURE__ */ new TextEncoder()

/**
 * Creates the verifier of a key.
 *
 * Does not check: that the algorithm is allowed.
 *
 * @param key A public key that was imported for this algorithm.
 */
export function createVerifier(key: CryptoKey, algorithm: string): Verifier {
  const parameters = algorithmNamed(algorithm)?.parameters
  if (parameters === undefined) return async () => false
  const verify = createPoolVerifier(key, parameters)
  const { navigator }: Host = globalThis
  if (!isQuick(key, parameters) || !FAST_HOST.test(navigator?.userAgent)) return verify
  try {
    return createSyncVerifier(key, parameters, verify)
  } catch {
    // A host that has the name of Node, but not its module.
    return verify
  }
}

function createPoolVerifier(
  key: CryptoKey,
  parameters: SignatureAlgorithm['parameters'],
): Verifier {
  return async (jws) => {
    const end = jws.lastIndexOf('.')
    try {
      const signature = decodeCanonical(jws.slice(end + 1))
      const signed = UTF8.encode(jws.slice(0, end))
      return await crypto.subtle.verify(parameters, key, signature, signed)
    } catch {
      return false
    }
  }
}

/** What is used of hosts that have modules of Node. */
interface Host {
  readonly navigator?: { readonly userAgent: string }
  readonly process?: { getBuiltinModule(name: 'node:crypto'): NodeCrypto | undefined }
  readonly Buffer?: { from(text: string, encoding: 'latin1' | 'base64url'): Uint8Array }
}

interface NodeCrypto {
  readonly KeyObject: { from(key: CryptoKey): object }
  verify(hash: string | null, signed: Uint8Array, key: object, signature: Uint8Array): boolean
}

/** Where `node:crypto` takes less time than WebCrypto. Deno has it, and takes longer. */
const FAST_HOST = /^(Node\.js|Bun)\//

/**
 * Whether a signature is verified within a tenth of a millisecond: a longer key may come with a DPoP proof, from any
 * client. Without PSS, which takes an object of options.
 */
function isQuick({ algorithm }: CryptoKey, { name }: SignatureAlgorithm['parameters']): boolean {
  const { namedCurve, modulusLength, publicExponent } = algorithm as EcKeyAlgorithm &
    RsaKeyAlgorithm
  if (algorithm.name !== name) return false
  return name === 'RSASSA-PKCS1-v1_5'
    ? modulusLength <= 4096 && publicExponent.length <= 3
    : name === 'Ed25519' || namedCurve === 'P-256'
}

/** So many signatures take about half a millisecond, for which a flood of tokens stops other requests. */
const MAX_IN_A_ROW = 8
/** Signatures that were verified on this thread since one was verified elsewhere. */
let inARow = 0
/** Signatures that are being verified elsewhere. */
let elsewhere = 0

/**
 * A verifier that stays on the thread of the caller while there is little to do. WebCrypto passes each signature to
 * another thread, which takes up to half of the time that a quick key takes, but leaves this one to other requests.
 *
 * @throws {TypeError} If `node:crypto` is not the one of Node.
 */
function createSyncVerifier(
  key: CryptoKey,
  { name, hash }: SignatureAlgorithm['parameters'],
  verifyElsewhere: Verifier,
): Verifier {
  const { process, Buffer }: Host = globalThis
  const node = process?.getBuiltinModule('node:crypto')
  if (node === undefined || Buffer === undefined) return verifyElsewhere
  // The key itself: around an object of options, Node 24 catches two exceptions, which takes 11 µs. Members that it
  // reads from the key are own members, so that it reads nothing of `Object.prototype`.
  const own = Object.assign(node.KeyObject.from(key), {
    padding: undefined,
    saltLength: undefined,
    dsaEncoding: undefined,
    context: undefined,
  })
  const encode = name === 'ECDSA' ? toDer : (signature: Uint8Array) => signature
  const verifyHere = (jws: string) => {
    const end = jws.lastIndexOf('.')
    try {
      const signature = encode(Buffer.from(jws.slice(end + 1), 'base64url'))
      return node.verify(hash ?? null, Buffer.from(jws.slice(0, end), 'latin1'), own, signature)
    } catch {
      return false
    }
  }
  return async (jws) => {
    if (elsewhere === 0 && inARow < MAX_IN_A_ROW) {
      inARow += 1
      return verifyHere(jws)
    }
    elsewhere += 1
    inARow = 0
    const isSigned = await verifyElsewhere(jws)
    elsewhere -= 1
    return isSigned
  }
}

/** The length of each of the two numbers of a signature with P-256. */
const NUMBER_BYTES = 32

/** The DER form of such a signature (RFC 3279 §2.2.3). `node:crypto` reads the form of JOSE, too, with an option. */
function toDer(signature: Uint8Array): Uint8Array {
  const der = new Uint8Array(8 + 2 * NUMBER_BYTES)
  if (signature.length !== 2 * NUMBER_BYTES) return der
  let end = 2
  for (const start of [0, NUMBER_BYTES]) {
    // An INTEGER: without zeros that the number does not need, and not negative. 0 is invalid in any form.
    let first = start
    while (first < start + NUMBER_BYTES && signature[first] === 0) first += 1
    const sign = (signature[first] ?? 0) >> 7
    const length = sign + start + NUMBER_BYTES - first
    der.set([0x02, length], end)
    end += 2 + length
    der.set(signature.subarray(first, start + NUMBER_BYTES), end - length + sign)
  }
  der.set([0x30, end - 2])
  return der.subarray(0, end)
}
