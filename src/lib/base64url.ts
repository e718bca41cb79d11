/** Base64url as JOSE uses it (RFC 7515 §2): unpadded, and with one spelling per value. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const FORM = /^[A-Za-z0-9_-]*$/
const ASCII = /^[\0-\x7f]*$/
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Decodes strictly: padding, white space, `+`, `/`, impossible lengths and left-over bits are all
 * refused, so that one token cannot be written in two ways.
 */
export function decodeBase64url(text: string): Uint8Array<ArrayBuffer> | undefined {
  return isCanonicalBase64url(text) ? bytesOf(binaryOf(text)) : undefined
}

/** Decodes strictly to text; `undefined` also for bytes that are not UTF-8. */
export function decodeBase64urlText(text: string): string | undefined {
  if (!isCanonicalBase64url(text)) return undefined
  const binary = binaryOf(text)
  // Nearly all tokens are ASCII, and for that every byte is its own character.
  if (ASCII.test(binary)) return binary
  try {
    return UTF8.decode(bytesOf(binary))
  } catch {
    return undefined
  }
}

export function isCanonicalBase64url(text: string): boolean {
  const rest = text.length % 4
  if (rest === 1 || !FORM.test(text)) return false
  if (rest === 0) return true
  const unusedBits = rest === 2 ? 0b1111 : 0b11
  return (ALPHABET.indexOf(text.charAt(text.length - 1)) & unusedBits) === 0
}

export function encodeBase64url(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function binaryOf(text: string): string {
  return atob(text.replaceAll('-', '+').replaceAll('_', '/'))
}

function bytesOf(binary: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(binary.length)
  for (let index = 0; index < binary.length; index++) bytes[index] = binary.charCodeAt(index)
  return bytes
}
