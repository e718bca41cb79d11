/** Certificates in the forms that proxies send: vectors after the documentation of each. */

import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isNoCertificate, readCertificateField } from '../../src/binding/certificate-field.ts'
import type { CertificateFormat } from '../../src/index.ts'
import { type Certificate, createCertificate } from '../support/certificate.ts'
import { digest } from '../support/holder.ts'
import { createScene, expectRejected, invalidToken } from '../support/scene.ts'

const short = withLines(createCertificate('client'))
/** More than 45 lines of PEM. */
const long = withLines(createCertificate('x'.repeat(2200)))
const base64 = Buffer.from(short.der).toString('base64')
const sha256 = createHash('sha256').update(short.der).digest()
const hex = sha256.toString('hex')

/** What each product sends for {@link short}. */
const SENT: readonly [product: string, format: CertificateFormat, field: string][] = [
  ['RFC 9440', 'rfc9440', `:${base64}:`],
  ['nginx $ssl_client_escaped_cert', 'pem-urlencoded', encodeURIComponent(short.pem)],
  [
    'AWS X-Amzn-Mtls-Clientcert-Leaf, which leaves + / = as they are',
    'pem-urlencoded',
    encodeURI(short.pem).replaceAll('%0A', '%0a'),
  ],
  ['Apache SSL_CLIENT_CERT', 'pem', short.pem.replaceAll('\n', ' ').trim()],
  ['nginx $ssl_client_cert, folded', 'pem', short.pem.trim().replaceAll('\n', '\n\t')],
  ['HAProxy, Caddy, Traefik, Azure X-ARR-ClientCert', 'base64-der', base64],
  ['Envoy', 'xfcc', `Hash=${hex};Subject="CN=a, O=\\"b\\"";URI=spiffe://x/y;DNS=a;DNS=b`],
  [
    'Envoy with the certificate',
    'xfcc',
    `By=spiffe://gate;Hash=${hex};Cert="${encodeURIComponent(short.pem)}";Subject=""`,
  ],
  ['Envoy with the certificate alone', 'xfcc', `Cert="${encodeURIComponent(short.pem)}"`],
  ['Envoy with an empty value', 'xfcc', `By=;Hash=${hex}`],
  ['Envoy with escapes', 'xfcc', `Hash="\\${hex.charAt(0)}\\${hex.charAt(1)}${hex.slice(2)}"`],
  ['Cloudflare Cf-Client-Cert-Sha256', 'sha256-hex', hex],
  ['upper case with colons', 'sha256-hex', (hex.toUpperCase().match(/../g) ?? []).join(':')],
  ['Google Cloud client_cert_sha256_fingerprint', 'sha256-base64', sha256.toString('base64')],
  ['the same without padding', 'sha256-base64', sha256.toString('base64').slice(0, -1)],
  ['the thumbprint of RFC 8705', 'sha256-base64', sha256.toString('base64url')],
]

describe('readCertificateField()', () => {
  it.each(SENT)('reads %s', async (_product, format, field) => {
    expect(await readCertificateField(field, format)).toBe(digest(short.der))
    expect(await readCertificateField(` ${field} `, format)).toBe(digest(short.der))
  })

  it('reads certificates of 45 lines and more', async () => {
    expect(long.pem.split('\n').length).toBeGreaterThan(45)
    const thumbprint = digest(long.der)
    const der = Buffer.from(long.der).toString('base64')
    expect(await readCertificateField(encodeURIComponent(long.pem), 'pem-urlencoded')).toBe(
      thumbprint,
    )
    expect(await readCertificateField(long.pem.replaceAll('\n', ' '), 'pem')).toBe(thumbprint)
    expect(await readCertificateField(der, 'base64-der')).toBe(thumbprint)
  })

  const pem = encodeURIComponent(short.pem)
  const WRONG: Readonly<Record<CertificateFormat, readonly string[]>> = {
    rfc9440: [
      ':',
      '::',
      ':YQ:',
      ':YQ==',
      'YQ==:',
      base64,
      `:${base64}:, :${base64}:`,
      `:${base64}:a`,
    ],
    'pem-urlencoded': ['%', '%zz', `${pem}${pem}`, `${pem}, ${pem}`, base64, pem.slice(0, -30)],
    pem: [pem, base64, `${short.pem} ${short.pem}`, short.pem.replaceAll('CERTIFICATE', 'KEY')],
    'base64-der': ['YQ', `${base64},${base64}`, `:${base64}:`, base64.slice(1), short.pem, '!!!!'],
    xfcc: [
      `Hash=${hex},Hash=${hex}`,
      `Hash=${hex};`,
      `Hash=${hex};Hash=${hex}`,
      `Hash=${hex};hash=${hex}`,
      `Hash=${hex.slice(2)}`,
      `Hash=${hex.slice(2)};Cert="x"`,
      `Cert="${pem}";Cert="${pem}"`,
      `Cert="${pem}";cert=x`,
      `By="x"Hash=${hex}`,
      `=x;Hash=${hex}`,
      `Hash=${'0'.repeat(64)};Cert="${pem}"`,
      `Hash=${hex};Cert="${pem}`,
      `Subject="Hash=${hex}"`,
      `Subject="a\\";Hash=${hex}`,
      `URI=a;DNS=b`,
      'x',
    ],
    'sha256-hex': [
      hex.slice(2),
      `${hex}00`,
      `${hex},${hex}`,
      `0x${hex}`,
      sha256.toString('base64'),
    ],
    'sha256-base64': [hex, 'YQ==', `${sha256.toString('base64url')}A`, `${'A'.repeat(42)}B`],
  }
  it.each(Object.entries(WRONG) as [CertificateFormat, readonly string[]][])(
    'reads nothing else as %s',
    async (format, fields) => {
      for (const field of [...fields, '', ' ', '(null)', '{http.request.tls.client.x}']) {
        expect({ field, read: await readCertificateField(field, format) }).toEqual({
          field,
          read: undefined,
        })
      }
      expect(await readCertificateField(null, format)).toBeUndefined()
    },
  )

  it('reads at most 16 KiB', async () => {
    const field = `:YQ==:${' '.repeat(16_384 - 6)}`
    expect(await readCertificateField(field, 'rfc9440')).toBe(digest('a'))
    expect(await readCertificateField(`${field} `, 'rfc9440')).toBeUndefined()
  })
})

describe('isNoCertificate()', () => {
  it('knows what proxies send where there is none', () => {
    const none = [null, '', ' ', '(null)', '{}', '{http.request.tls.client.certificate_der_base64}']
    for (const field of none) expect(isNoCertificate(field)).toBe(true)
    for (const field of [base64, 'null', '-', '{', '(null) a']) {
      expect(isNoCertificate(field)).toBe(false)
    }
  })
})

describe('mtls.format', () => {
  it.each(SENT)('MTL-01 binds a token through %s', async (_product, format, field) => {
    const mtls = { dangerouslyTrustHeader: 'X-Certificate', format }
    const scene = await createScene({ mtls })
    const bound = await scene.issuer.token({ cnf: { 'x5t#S256': digest(short.der) } })
    const ask = (headers: Record<string, string>) => scene.ask(`Bearer ${bound}`, { headers })
    // Line breaks never arrive: a host joins folded lines.
    const sent = field.replaceAll('\n', ' ')
    expect((await ask({ 'X-Certificate': sent })).status).toBe(200)
    await expectRejected(scene, ask({}), invalidToken('binding_missing'))
    expect(scene.events.at(-1)).toMatchObject({ expected: ['X-Certificate'], received: [] })
    await expectRejected(scene, ask({ 'X-Certificate': '(null)' }), invalidToken('binding_missing'))
    expect(scene.events.at(-1)).toMatchObject({ received: [] })
    await expectRejected(scene, ask({ 'X-Certificate': 'x' }), invalidToken('binding_missing'))
    expect(scene.events.at(-1)).toMatchObject({ received: ['unreadable'] })
    await expectRejected(scene, ask({ 'Client-Cert': sent }), invalidToken('binding_missing'))
  })

  it('is one of the formats, and needs the name of the field', async () => {
    const wrong = { dangerouslyTrustHeader: 'X-Certificate', format: 'der' as CertificateFormat }
    await expect(createScene({ mtls: wrong })).rejects.toThrow('mtls.format')
    await expect(createScene({ mtls: { format: 'pem' } })).rejects.toThrow('mtls.format')
  })
})

/** PEM in lines of 64 characters, as every tool writes it (RFC 7468 §2). */
function withLines(certificate: Certificate): Certificate {
  const lines =
    Buffer.from(certificate.der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  const pem = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
  return { ...certificate, pem }
}
