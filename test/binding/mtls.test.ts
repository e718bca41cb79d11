import { describe, expect, it } from 'vitest'
import { checkCertificate } from '../../src/binding/mtls.ts'
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
