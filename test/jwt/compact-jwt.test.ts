import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCompactJwt, readCompactJwt } from '../../src/jwt/compact-jwt.ts'
import { segment } from '../support/forge.ts'

const HEADER = segment({ alg: 'ES256' })
const CLAIMS = segment({ iss: 'x' })

/** The format of a token. */
function formatOf(token: string): 'jwt' | 'malformed' | 'opaque' {
  const read = readCompactJwt(token)
  return typeof read === 'string' ? read : 'jwt'
}

describe('readCompactJwt()', () => {
  it.each([
    [`${HEADER}.${CLAIMS}.AAAA`, 'jwt'],
    [`${HEADER}.x.y`, 'malformed'],
    [`${HEADER}..`, 'malformed'],
    [`${HEADER}==.x.y`, 'malformed'],
    [`${HEADER}==.${CLAIMS}.AAAA`, 'malformed'],
    [`${HEADER}.x`, 'opaque'],
    [`${HEADER}.x.y.z`, 'opaque'],
    [`${HEADER}.a.b.c.d`, 'opaque'],
    [`${segment({ typ: 'JWT' })}.${CLAIMS}.AAAA`, 'opaque'],
    [`${segment('["alg"]')}.${CLAIMS}.AAAA`, 'opaque'],
    [`${segment('"alg"')}.${CLAIMS}.AAAA`, 'opaque'],
    [`${segment('{"__proto__":{"alg":"none"}}')}.${CLAIMS}.AAAA`, 'opaque'],
    ['opaque', 'opaque'],
    ['a.b.c', 'opaque'],
    ['..', 'opaque'],
    ['', 'opaque'],
  ])('reads %s as %s', (token, format) => {
    expect(formatOf(token)).toBe(format)
  })

  it('reads the header of each token, also of one that follows another with the same one', () => {
    const keys = ['a', 'a', 'b', 'a', 'b', 'b']
    const headers = keys.map((kid) => {
      const read = readCompactJwt(`${segment({ alg: 'ES256', kid })}.${CLAIMS}.AAAA`)
      return typeof read === 'string' ? read : read.header
    })
    expect(headers.map((header) => ({ ...(header as object) }))).toEqual(
      keys.map((kid) => ({ alg: 'ES256', kid })),
    )
    // What tokens share cannot be changed.
    expect(headers.every((header) => Object.isFrozen(header))).toBe(true)
    expect(headers.map((header) => Object.getPrototypeOf(header))).toEqual(keys.map(() => null))
  })

  it('keeps the latest header, unless it is long or has the key of one client', () => {
    const isKept = (header: Record<string, unknown>) => {
      const token = `${segment(header)}.${CLAIMS}.AAAA`
      const [one, other] = [readCompactJwt(token), readCompactJwt(token)]
      return typeof one !== 'string' && typeof other !== 'string' && one.header === other.header
    }
    const ofLength = (length: number) => {
      const empty = segment({ alg: 'ES256', kid: '' }).length
      const header = { alg: 'ES256', kid: 'k'.repeat(((length - empty) * 3) / 4) }
      expect(segment(header)).toHaveLength(length)
      return header
    }
    expect(isKept({ alg: 'ES256', kid: 'k' })).toBe(true)
    expect(isKept({ alg: 'ES256', jwk: { kty: 'EC' } })).toBe(false)
    expect(isKept(ofLength(256))).toBe(true)
    expect(isKept(ofLength(258))).toBe(false)
  })

  it('reads a header in the other base64 alphabet as a malformed JWT', () => {
    const header = Buffer.from('{"alg":"ES256","x":"???>>>"}').toString('base64')
    expect(header).toMatch(/[+/]/)
    expect(formatOf(`${header}.${CLAIMS}.AAAA`)).toBe('malformed')
  })

  it('reads a header with padding as a malformed JWT', () => {
    const header = Buffer.from('{"alg":"ES256","x":"???>>>"}').toString('base64url')
    expect(header).toMatch(/-.*_|_.*-/)
    expect(formatOf(`${header}=.${CLAIMS}.AAAA`)).toBe('malformed')
  })

  it.each([':', '|', '%', '!', '~', '~~~'])(
    'reads a header that contains %s as a malformed JWT: some decoders skip it',
    (character) => {
      const header = `${HEADER.slice(0, 9)}${character}${HEADER.slice(9)}`
      expect(formatOf(`${header}.${CLAIMS}.AAAA`)).toBe('malformed')
    },
  )

  it('reads a segment with padding in the middle as opaque', () => {
    expect(formatOf(`${HEADER.slice(0, 8)}=${HEADER.slice(8)}.${CLAIMS}.AAAA`)).toBe('opaque')
  })

  it('never throws, and reads no header with alg as opaque', () => {
    const part = fc.oneof(
      fc.constantFrom(HEADER, CLAIMS, 'AAAA', ''),
      fc.string({ unit: 'binary' }),
      fc.jsonValue().map((value) => segment(JSON.stringify(value))),
    )
    fc.assert(
      fc.property(part, part, part, (...parts) => {
        const kind = formatOf(parts.join('.'))
        if (parts[0] === HEADER && parts.every((each) => !each.includes('.'))) {
          expect(kind).not.toBe('opaque')
        }
        expect(parseCompactJwt(parts.join('.')) !== undefined).toBe(kind === 'jwt')
      }),
      { numRuns: 500 },
    )
  })
})

describe('parseCompactJwt()', () => {
  it('gives header and claims', () => {
    expect(parseCompactJwt(`${HEADER}.${CLAIMS}.AAAA`)).toEqual({
      header: { alg: 'ES256' },
      claims: { iss: 'x' },
    })
  })

  it('reads claims like JSON.parse', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (claims) => {
        const text = JSON.stringify(claims)
        expect(parseCompactJwt(`${HEADER}.${segment(text)}.AAAA`)?.claims).toEqual(JSON.parse(text))
      }),
    )
  })

  it.each([
    ['no signature', `${HEADER}.${CLAIMS}.`],
    ['two parts', `${HEADER}.${CLAIMS}`],
    ['four parts', `${HEADER}.${CLAIMS}.AAAA.AAAA`],
    ['padding', `${HEADER}.${CLAIMS}.AA==`],
    ['left-over bits', `${HEADER}.${CLAIMS}.AB`],
    ['claims that are a list', `${HEADER}.${segment('[]')}.AAAA`],
    ['claims that are null', `${HEADER}.${segment('null')}.AAAA`],
  ])('rejects %s', (_, token) => {
    expect(parseCompactJwt(token)).toBeUndefined()
  })
})
