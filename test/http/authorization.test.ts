import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAuthorization, parseBareToken } from '../../src/http/authorization.ts'

describe('parseAuthorization()', () => {
  it.each([
    ['Bearer a', { scheme: 'Bearer', token: 'a' }],
    ['bearer a.b-c_d~e+f/g==', { scheme: 'Bearer', token: 'a.b-c_d~e+f/g==' }],
    ['DPoP a', { scheme: 'DPoP', token: 'a' }],
    ['dpop   a', { scheme: 'DPoP', token: 'a' }],
    ['Bearer user:grant:secret', { scheme: 'Bearer', token: 'user:grant:secret' }],
    ['DPoP 1|abc', { scheme: 'DPoP', token: '1|abc' }],
    ['Bearer =a==b=', { scheme: 'Bearer', token: '=a==b=' }],
    ['Bearer token=a;b', { scheme: 'Bearer', token: 'token=a;b' }],
  ])('gives the scheme and token of %j', (value, credentials) => {
    expect(parseAuthorization(value)).toEqual({ ok: true, value: credentials })
  })

  it.each([null, '', 'Basic dTpw', 'Bearers a', 'Digest a="b", c="d"', 'Negotiate'])(
    'finds no Bearer or DPoP credentials in %j',
    (value) => {
      expect(parseAuthorization(value)).toEqual({
        ok: false,
        error: { code: 'credentials_missing' },
      })
    },
  )

  it.each([
    'Bearer a, Bearer a',
    'Bearer a,Bearer b',
    'Bearer a, DPoP b',
    'Basic dTpw, Bearer a',
    'Bearer a, Basic dTpw',
    'Digest a="b", c="d", Bearer x',
    'Bearer, Bearer',
    'Bearer a, dpop',
    'bearer a, Digest  x',
  ])('rejects the several credentials of %j', (value) => {
    expect(parseAuthorization(value)).toEqual({
      ok: false,
      error: { code: 'credentials_duplicate' },
    })
  })

  it.each([
    'Bearer',
    'Bearer ',
    'Bearer a b',
    'Bearer a,b',
    'Bearer a\\b',
    'Bearer "a"',
    'Bearer a, Bearers',
    'Bearer a, xBearer',
    'Bearer\ta',
    ' Bearer a',
    ',',
    '"',
  ])('rejects %j as malformed', (value) => {
    expect(parseAuthorization(value)).toEqual({
      ok: false,
      error: { code: 'credentials_malformed' },
    })
  })

  it('has one limit, on the whole value', () => {
    const fitting = `Bearer ${'a'.repeat(16_384 - 7)}`
    expect(parseAuthorization(fitting).ok).toBe(true)
    expect(parseAuthorization(`${fitting}a`).ok).toBe(false)
  })

  it('never throws, and returns one scheme and one token of the value', () => {
    const nasty = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .tuple(
          fc.constantFrom('Bearer', 'DPoP', 'bearer', 'Basic', ''),
          fc.constantFrom(' ', '  ', '\t', ',', ''),
          fc.string(),
        )
        .map((parts) => parts.join('')),
    )
    fc.assert(
      fc.property(nasty, (value) => {
        const parsed = parseAuthorization(value)
        if (!parsed.ok) return
        const { scheme, token } = parsed.value
        expect(value).toMatch(new RegExp(`^${scheme} +[!#-+\\x2d-[\\]-~]+$`, 'i'))
        expect(value.endsWith(token)).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  it('never accepts two joined values', () => {
    const value = fc.stringMatching(/^(Bearer|DPoP|Basic) [A-Za-z0-9]{1,8}$/)
    fc.assert(
      fc.property(value, value, (one, other) => {
        expect(parseAuthorization(`${one}, ${other}`).ok).toBe(false)
      }),
    )
  })
})

describe('parseBareToken()', () => {
  it.each([
    ['a', true],
    ['a.b.c', true],
    ['', 'credentials_missing'],
    [undefined, 'credentials_missing'],
    [null, 'credentials_missing'],
    ['Bearer a', 'credentials_malformed'],
    ['user:grant:secret', true],
    ['1|a==b', true],
    ['a,b', 'credentials_malformed'],
    ['a\\b', 'credentials_malformed'],
    ['a"b', 'credentials_malformed'],
    ['a'.repeat(16_385), 'credentials_malformed'],
  ])('decides %j: %s', (token, expected) => {
    const parsed = parseBareToken(token)
    expect(parsed.ok || parsed.error.code).toBe(expected)
  })
})

describe('parseBareToken() as a credential', () => {
  it('is a Bearer token, up to the same limit', () => {
    const longest = 'a'.repeat(16_384)
    expect(parseBareToken(longest)).toEqual({
      ok: true,
      value: { scheme: 'Bearer', token: longest },
    })
    expect(parseBareToken(`${longest}a`)).toEqual({
      ok: false,
      error: { code: 'credentials_malformed' },
    })
  })
})
