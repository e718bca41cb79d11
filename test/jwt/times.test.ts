import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkTimes, isInForce } from '../../src/jwt/times.ts'

const NOW = 1_800_000_000

describe('checkTimes()', () => {
  const policy = { toleranceSeconds: 30, maxAgeSeconds: undefined }

  it('compares exp and nbf with the clock, for any tolerance', () => {
    const offset = fc.integer({ min: -1000, max: 1000 })
    fc.assert(
      fc.property(
        offset,
        fc.option(offset, { nil: undefined }),
        fc.nat(300),
        (exp, nbf, tolerance) => {
          const claims = { exp: NOW + exp, ...(nbf === undefined ? {} : { nbf: NOW + nbf }) }
          const reason = checkTimes(claims, { ...policy, toleranceSeconds: tolerance }, NOW)
          const expected =
            exp + tolerance <= 0
              ? 'token_expired'
              : nbf !== undefined && nbf > tolerance
                ? 'token_not_yet_valid'
                : undefined
          expect(reason?.code).toBe(expected)
        },
      ),
    )
  })

  it('rejects a time that is not a finite number', () => {
    const notATime = fc
      .oneof(fc.jsonValue(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY))
      .filter((value) => !Number.isFinite(value))
    fc.assert(
      fc.property(fc.constantFrom('exp', 'nbf', 'iat'), notATime, (name, value) => {
        const claims = { exp: NOW + 60, [name]: value }
        expect(checkTimes(claims, policy, NOW)).toEqual({ code: 'token_claims', claim: name })
      }),
    )
  })

  it.each([
    [{ iat: NOW - 600 }, undefined],
    [{ iat: NOW - 630 }, 'token_expired'],
    [{ iat: NOW - 629 }, undefined],
    [{ iat: NOW + 30 }, undefined],
    [{ iat: NOW + 31 }, 'token_not_yet_valid'],
    [{}, 'token_claims'],
  ])('with a maximum age of 600 s, %j: %s', (claims, code) => {
    const aged = { ...policy, maxAgeSeconds: 600 }
    expect(checkTimes({ exp: NOW + 3600, ...claims }, aged, NOW)?.code).toBe(code)
  })
})

describe('isInForce()', () => {
  it.each([
    [{}, true],
    [{ iat: 'x', foo: 1 }, true],
    [{ exp: NOW + 1, nbf: NOW }, true],
    [{ exp: NOW - 29, nbf: NOW + 30 }, true],
    [{ exp: Number.MAX_VALUE }, true],
    [{ exp: NOW - 30 }, false],
    [{ nbf: NOW + 30.5 }, false],
    [{ exp: null }, false],
    [{ nbf: null }, false],
    [{ exp: '1e99' }, false],
    [{ exp: Number.POSITIVE_INFINITY }, false],
  ])('of %j is %s', (claims, expected) => {
    expect(isInForce(claims, NOW, 30)).toBe(expected)
  })
})
