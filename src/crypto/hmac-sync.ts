/**
 * HMAC-SHA-256 without a promise (RFC 2104, FIPS 180-4). WebCrypto only has an asynchronous one, and the head
 * of a response is completed synchronously. MACs from clients are verified by WebCrypto (`hmac.ts`).
 */

import { ENCODER } from '../lib/utf8.ts'

const BLOCK_BYTES = 64

/** FIPS 180-4 §4.2.2. */
const ROUND_CONSTANTS = /* @__PURE__ */ Uint32Array.of(
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
)

/** FIPS 180-4 §5.3.3. */
const INITIAL_STATE = /* @__PURE__ */ Uint32Array.of(
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
)

/** The MAC of a text under a secret, both as UTF-8. */
export function hmacSync(text: string, secret: string): Uint8Array {
  const given = ENCODER.encode(secret)
  const key = new Uint8Array(BLOCK_BYTES)
  key.set(given.length > BLOCK_BYTES ? sha256(given) : given)
  const inner = sha256(
    key.map((byte) => byte ^ 0x36),
    ENCODER.encode(text),
  )
  return sha256(
    key.map((byte) => byte ^ 0x5c),
    inner,
  )
}

function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const message = padded(parts)
  const words = new DataView(message.buffer)
  const state = INITIAL_STATE.slice()
  for (let offset = 0; offset < message.length; offset += BLOCK_BYTES)
    compress(state, words, offset)
  const digest = new DataView(new ArrayBuffer(32))
  for (const [index, word] of state.entries()) digest.setUint32(index * 4, word)
  return new Uint8Array(digest.buffer)
}

/** FIPS 180-4 §5.1.1: one bit, zeros, and the length in bits. Messages here are far below 2^32 bits. */
function padded(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const message = new Uint8Array(Math.ceil((length + 9) / BLOCK_BYTES) * BLOCK_BYTES)
  let offset = 0
  for (const part of parts) {
    message.set(part, offset)
    offset += part.length
  }
  message[length] = 0x80
  new DataView(message.buffer).setUint32(message.length - 4, length * 8)
  return message
}

/** FIPS 180-4 §6.2.2. Names of variables are those of the standard. */
function compress(state: Uint32Array, words: DataView, offset: number): void {
  const w = new Uint32Array(BLOCK_BYTES)
  for (let t = 0; t < 16; t++) w[t] = words.getUint32(offset + t * 4)
  for (let t = 16; t < 64; t++) {
    const before15 = at(w, t - 15)
    const before2 = at(w, t - 2)
    const sigma0 = rotate(before15, 7) ^ rotate(before15, 18) ^ (before15 >>> 3)
    const sigma1 = rotate(before2, 17) ^ rotate(before2, 19) ^ (before2 >>> 10)
    w[t] = sigma1 + at(w, t - 7) + sigma0 + at(w, t - 16)
  }
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let t = 0; t < 64; t++) {
    const sum1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
    const t1 = (h + sum1 + ((e & f) ^ (~e & g)) + at(ROUND_CONSTANTS, t) + at(w, t)) | 0
    const sum0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
    const t2 = (sum0 + ((a & b) ^ (a & c) ^ (b & c))) | 0
    ;[h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0]
  }
  for (const [index, value] of [a, b, c, d, e, f, g, h].entries()) {
    state[index] = at(state, index) + value
  }
}

function rotate(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}

function at(words: Uint32Array, index: number): number {
  return words[index] ?? 0
}
