/** Base64url as JOSE uses it (RFC 7515 §2): unpadded, with exactly one spelling for each value. */

import { DECODER } from './utf8.ts'

const FORM = /^[A-Za-z0-9_-]*$/
const ASCII = /^[\0-\x7f]*$/

/**
 * Decodes base64url strictly. Padding, white space, `+`, `/`, impossible lengths and unused bits that
 * are not zero give `undefined`; otherwise one token could be written in two ways.
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  return isCanonicalBase64url(text) ? decodeCanonical(text) : undefined
}

/** Decodes text that is known to be canonical base64url. */
export function decodeCanonical(text: string): Uint8Array<ArrayBuffer> {
  const { fromBase64 }: Decoding = Uint8Array
  return fromBase64?.call(Uint8Array, text, UNPADDED) ?? bytesOf(atob(toBase64(text)))
}

/** ECMAScript 2026. Node 24 does not have it. */
interface Decoding {
  readonly BYTES_PER_ELEMENT: number
  fromBase64?(text: string, options: typeof UNPADDED): Uint8Array<ArrayBuffer>
}

/** Every option, so that none is read from `Object.prototype`. */
const UNPADDED = { alphabet: 'base64url', lastChunkHandling: 'loose' }

/** Decodes base64url strictly to text; `undefined` also for bytes that are not UTF-8. */
export function decodeBase64urlText(text: string): string | undefined {
  const binary = decodeToBinary(text)
  if (binary === undefined) return undefined
  // Nearly all tokens are ASCII, and an ASCII byte is its own character.
  if (ASCII.test(binary)) return binary
  try {
    return DECODER.decode(bytesOf(binary))
  } catch {
    return undefined
  }
}

/**
 * Decodes as the most lenient decoders do, which skip characters outside the alphabet (RFC 4648 §3.3).
 *
 * @returns A text with one character for each byte.
 */
export function decodeBase64urlLeniently(text: string): string | undefined {
  try {
    return atob(withoutPadding(toBase64(text).replace(/[^A-Za-z0-9+/=]/g, '')))
  } catch {
    return undefined
  }
}

export function isCanonicalBase64url(text: string): boolean {
  return hasCanonicalEnd(text) && FORM.test(text)
}

export function encodeBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

/** The bytes of a text with one character for each. */
export function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return bytes
}

/** Not `/=+$/`, whose cost grows with the square of a text that consists of `=`. */
function withoutPadding(text: string): string {
  let end = text.length
  while (text.charAt(end - 1) === '=') end -= 1
  return text.slice(0, end)
}

/**
 * The bytes of strict base64url as characters. `atob` looks at every character anyway: it throws for those of no alphabet,
 * and what it skips (white space, padding) makes the result shorter.
 */
function decodeToBinary(text: string): string | undefined {
  if (!hasCanonicalEnd(text) || text.includes('+') || text.includes('/')) return undefined
  try {
    const binary = atob(toBase64(text))
    return binary.length === (text.length * 3) >> 2 ? binary : undefined
  } catch {
    return undefined
  }
}

/** Whether the length is possible, and the bits of the last character that are not used are zero. */
function hasCanonicalEnd(text: string): boolean {
  const rest = text.length % 4
  if (rest === 0) return true
  const ends = rest === 2 ? 'AQgw' : 'AEIMQUYcgkosw048'
  return rest !== 1 && ends.includes(text.charAt(text.length - 1))
}

function toBase64(text: string): string {
  return replaced(replaced(text, '-', '+'), '_', '/')
}

/** JSON in base64url seldom has either: `includes` takes a third of the time. */
function replaced(text: string, from: string, to: string): string {
  return text.includes(from) ? text.replaceAll(from, to) : text
}
