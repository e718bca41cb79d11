import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { looksLikeJwt, parseCompactJwt } from '../../src/token/compact-jwt.ts'
import { segment } from '../support/forge.ts'

const HEADER = segment({ alg: 'ES256' })
const CLAIMS = segment({ iss: 'x' })

describe('looksLikeJwt()', () => {
  it.each([
    [`${HEADER}.${CLAIMS}.AAAA`, true],
    [`${HEADER}.x.y`, true],
    [`${HEADER}..`, true],
    [`${HEADER}==.x.y`, true],
    [`${HEADER}.x`, false],
    [`${HEADER}.x.y.z`, false],
    [`${HEADER}.a.b.c.d`, false],
    [`${segment({ typ: 'JWT' })}.x.y`, false],
    [`${segment('["alg"]')}.x.y`, false],
    [`${segment('"alg"')}.x.y`, false],
    [`${segment('{"__proto__":{"alg":"none"}}')}.x.y`, false],
    ['opaque', false],
    ['a.b.c', false],
    ['..', false],
    ['', false],
  ])('%s: %s', (token, isJwt) => {
    expect(looksLikeJwt(token)).toBe(isJwt)
  })

  it('takes a header in the other base64 alphabet for what it is: a JWT, misspelt', () => {
    const header = Buffer.from('{"alg":"ES256","x":"???>>>"}').toString('base64')
    expect(header).toMatch(/[+/]/)
    expect(looksLikeJwt(`${header}.x.y`)).toBe(true)
    expect(parseCompactJwt(`${header}.${CLAIMS}.AAAA`)).toBeUndefined()
  })

  it('is true of everything that parses and says alg, and neither ever throws', () => {
    const part = fc.oneof(
      fc.constantFrom(HEADER, CLAIMS, 'AAAA', ''),
      fc.string({ unit: 'binary' }),
      fc.jsonValue().map((value) => segment(JSON.stringify(value))),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), (parts) => {
        const token = parts.join('.')
        const parsed = parseCompactJwt(token)
        const isJwt = looksLikeJwt(token)
        if (parsed !== undefined) expect(isJwt).toBe(Object.hasOwn(parsed.header, 'alg'))
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

  it('reads every object of claims as JSON does', () => {
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
  ])('refuses %s', (_, token) => {
    expect(parseCompactJwt(token)).toBeUndefined()
  })
})
