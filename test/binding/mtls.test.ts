import { describe, expect, it } from 'vitest'
import { checkCertificate, readCertificateField } from '../../src/binding/mtls.ts'
import { digest } from '../support/holder.ts'

const THUMBPRINT = digest('certificate')

describe('checkCertificate()', () => {
  it('compares', () => {
    expect(checkCertificate(THUMBPRINT, THUMBPRINT)).toBeUndefined()
    expect(checkCertificate(THUMBPRINT, digest('another'))).toBe('binding_mismatch')
    expect(checkCertificate(THUMBPRINT, undefined)).toBe('binding_missing')
    expect(checkCertificate(THUMBPRINT, '')).toBe('binding_mismatch')
  })

  it('is content with nothing but a thumbprint', () => {
    const wrongs = ['', `${THUMBPRINT}=`, `=${THUMBPRINT}`, THUMBPRINT.slice(1), `${THUMBPRINT}A`]
    for (const wrong of [undefined, null, 5, [THUMBPRINT], ...wrongs]) {
      expect(checkCertificate(wrong, wrong as never)).toBe('binding_unsupported')
    }
  })
})

describe('readCertificateField()', () => {
  it('reads one byte sequence', async () => {
    for (const bytes of [Buffer.from('a'), Buffer.from('ab'), Buffer.from('abc')]) {
      const field = `:${bytes.toString('base64')}:`
      expect(await readCertificateField(field)).toBe(digest(bytes))
    }
  })

  it('reads it with spaces around, up to 16 KiB', async () => {
    const field = `  :YQ==:${' '.repeat(16_384 - 8)}`
    expect(field).toHaveLength(16_384)
    expect(await readCertificateField(field)).toBe(digest('a'))
    expect(await readCertificateField(`${field} `)).toBeUndefined()
  })

  it('reads nothing else', async () => {
    const wrong = [
      null,
      '',
      ':',
      '::',
      ':YQ:',
      ':YQ==',
      'YQ==:',
      ':YQ==: :YQ==:',
      ':YQ==:, :YQ==:',
      'a:YQ==:',
      ':YQ==:a',
    ]
    for (const field of wrong) expect(await readCertificateField(field)).toBeUndefined()
  })
})
