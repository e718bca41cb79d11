import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBase64 } from '../../src/lib/base64.ts'

describe('decodeBase64()', () => {
  it('decodes what the platform encodes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes)
      }),
    )
  })

  it.each(['YQ', 'YQ=', 'YQ===', 'YWI', 'YW I=', 'YQ==\n', 'Y-_=', '=', 'YQ==YQ=='])(
    'gives nothing for %j',
    (text) => {
      expect(decodeBase64(text)).toBeUndefined()
    },
  )
})
