/** Self-signed certificates (RFC 5280 §4.1), made when a test needs one. */

import { generateKeyPairSync, sign } from 'node:crypto'

export interface Certificate {
  readonly pem: string
  /** The private key, PEM. */
  readonly key: string
  readonly der: Uint8Array
}

const SEQUENCE = 0x30
const SET = 0x31
const ECDSA_WITH_SHA256 = hex('06082a8648ce3d040302')
const COMMON_NAME = hex('0603550403')
const SUBJECT_ALTERNATIVE_NAME = hex('0603551d11')
const LOOPBACK = [127, 0, 0, 1]

/** A self-signed certificate for 127.0.0.1. */
export function createCertificate(commonName = '127.0.0.1'): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const algorithm = der(SEQUENCE, ECDSA_WITH_SHA256)
  const name = der(
    SEQUENCE,
    der(SET, der(SEQUENCE, COMMON_NAME, der(0x0c, Buffer.from(commonName)))),
  )
  const validity = der(SEQUENCE, time('20200101000000Z'), time('21000101000000Z'))
  const names = der(0x04, der(SEQUENCE, der(0x87, Buffer.from(LOOPBACK))))
  const body = der(
    SEQUENCE,
    der(0xa0, hex('020102')),
    hex('020101'),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(SEQUENCE, der(SEQUENCE, SUBJECT_ALTERNATIVE_NAME, names))),
  )
  const signature = sign('sha256', body, privateKey)
  const bytes = der(SEQUENCE, body, algorithm, der(0x03, hex('00'), signature))
  return {
    der: bytes,
    pem: `-----BEGIN CERTIFICATE-----\n${bytes.toString('base64')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** Tag, length, content (X.690 §8.1). */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const { length } = content
  const head = length < 128 ? [tag, length] : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

function time(text: string): Buffer {
  return der(0x18, Buffer.from(text))
}

function hex(text: string): Buffer {
  return Buffer.from(text, 'hex')
}
