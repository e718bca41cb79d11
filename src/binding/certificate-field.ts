/** The forms in which proxies send the certificate of a client in a header field. */

import type { CertificateFormat } from '../contract/binding-options.ts'
import { digestBytes } from '../crypto/sha256.ts'
import { decodeBase64 } from '../lib/base64.ts'
import { encodeBase64url } from '../lib/base64url.ts'

/** Longer field values are rejected before they are parsed. A chain is not expected here. */
const MAX_FIELD_LENGTH = 16_384
/** RFC 8941 §3.3.5: base64 between colons. */
const BYTE_SEQUENCE = /^:([^:]*):$/
/** RFC 7468 §5. In a field, spaces or tabs replace the line breaks. */
const PEM = /^-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----$/
const HEX = /^[0-9a-f]{2}(?::?[0-9a-f]{2}){31}$/i
/** What Apache sends for a variable without a value, and Caddy for a placeholder without one. */
const NO_VALUE = /^(?:\(null\)|\{[^{}]*\})?$/

/** Whether the value says that the client showed no certificate. */
export function isNoCertificate(field: string | null): boolean {
  return field === null || NO_VALUE.test(field.trim())
}

/**
 * Reads the SHA-256 thumbprint of the certificate in a proxy's field.
 *
 * Does not check: whether the field came from a trusted proxy.
 *
 * @param field The field value, or `null`.
 * @returns `undefined` unless the field contains exactly one certificate.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9440.html#section-2.2 RFC 9440 §2.2}
 */
export async function readCertificateField(
  field: string | null,
  format: CertificateFormat,
): Promise<string | undefined> {
  if (field === null || field.length > MAX_FIELD_LENGTH) return undefined
  return READERS[format](field.trim())
}

type Reader = (text: string) => Promise<string | undefined> | string | undefined

const READERS: Readonly<Record<CertificateFormat, Reader>> = {
  rfc9440: (text) => ofBase64(BYTE_SEQUENCE.exec(text)?.[1]),
  'pem-urlencoded': (text) => ofPem(decoded(text)),
  pem: ofPem,
  'base64-der': ofBase64,
  xfcc: ofElement,
  'sha256-hex': ofHex,
  'sha256-base64': ofDigest,
}

async function ofBase64(base64: string | undefined): Promise<string | undefined> {
  const der = base64 === undefined || base64 === '' ? undefined : decodeBase64(base64)
  return der && digestBytes(der)
}

function ofPem(text: string | undefined): Promise<string | undefined> {
  const lines = text === undefined ? undefined : PEM.exec(text.trim())?.[1]
  return ofBase64(lines?.replace(/\s+/g, ''))
}

/** `+` is a character of base64 here, not a space: nginx and AWS write it as it is, or as `%2B`. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function ofHex(text: string): string | undefined {
  if (!HEX.test(text)) return undefined
  const digits = text.replaceAll(':', '').match(/../g) ?? []
  return encodeBase64url(Uint8Array.from(digits, (pair) => Number.parseInt(pair, 16)))
}

/** Base64 or base64url, with or without padding. */
function ofDigest(text: string): string | undefined {
  const bare = /^([A-Za-z0-9+/_-]{43})=?$/.exec(text)?.[1]
  if (bare === undefined) return undefined
  const bytes = decodeBase64(`${bare.replaceAll('-', '+').replaceAll('_', '/')}=`)
  const canonical = bytes && encodeBase64url(bytes)
  // The unused bits of the last character must be zero: one digest, one text.
  return canonical === bare.replaceAll('+', '-').replaceAll('/', '_') ? canonical : undefined
}

/**
 * Envoy's `x-forwarded-client-cert`: `Key=value;Key="value"` for each hop, separated by commas. There must
 * be one element, because the element of another hop may come from a client.
 */
async function ofElement(text: string): Promise<string | undefined> {
  const pairs = elementPairs(text)
  const hash = pairs?.get('hash')
  const cert = pairs?.get('cert')
  const digest = hash === undefined ? undefined : ofHex(hash)
  if (cert === undefined) return digest
  const computed = await ofPem(decoded(cert))
  return hash === undefined || computed === digest ? computed : undefined
}

const PAIR = /([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^",;=]*))(;|$)/y

/** The pairs of the only element, by name in lower case; `undefined` for any other text. */
function elementPairs(text: string): Map<string, string> | undefined {
  const pairs = new Map<string, string>()
  let end = 0
  while (end < text.length) {
    PAIR.lastIndex = end
    const [whole, name = '', quoted, bare = '', delimiter] = PAIR.exec(text) ?? []
    if (whole === undefined) return undefined
    const key = name.toLowerCase()
    // `URI` and `DNS` may be repeated; a second certificate is ambiguous.
    if (pairs.has(key) && (key === 'hash' || key === 'cert')) return undefined
    pairs.set(key, quoted === undefined ? bare : quoted.replace(/\\(.)/g, '$1'))
    end += whole.length
    if (delimiter === ';' && end === text.length) return undefined
  }
  return pairs
}
