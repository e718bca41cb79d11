import { describe, expect, it } from 'vitest'
import { isAccessTokenType } from '../../src/jwt/read-claims.ts'
import { algorithmRejection, typeRejection } from '../../src/jwt/registered-names.ts'

describe('typeRejection()', () => {
  it.each<[unknown, readonly string[]]>([
    [undefined, []],
    ['JWT', ['jwt']],
    ['application/AT+JWT', ['at+jwt']],
    ['logout+jwt', ['logout+jwt']],
    ['secret', ['unregistered']],
    ['', ['unregistered']],
    ['jwt\n', ['unregistered']],
    ['constructor', ['unregistered']],
    [null, ['unregistered']],
    [['jwt'], ['unregistered']],
  ])('%j: %j', (typ, told) => {
    const expected = ['at+jwt', 'JWT']
    expect(typeRejection(typ, 'standard')).toEqual({ code: 'token_type', expected, received: told })
  })
})

describe('algorithmRejection()', () => {
  it.each<[unknown, readonly string[]]>([
    [undefined, []],
    ['none', ['none']],
    ['HS256', ['HS256']],
    ['ML-DSA-65', ['ML-DSA-65']],
    ['ES256K', ['ES256K']],
    ['NONE', ['unregistered']],
    ['secret', ['unregistered']],
    [{ alg: 'HS256' }, ['unregistered']],
  ])('%j: %j', (alg, told) => {
    const expected = ['ES256']
    const code = 'token_algorithm'
    expect(algorithmRejection(alg, new Set(expected))).toEqual({ code, expected, received: told })
  })
})

it.each(['standard', 'rfc9068'] as const)('what %s is said to take, it takes', (profile) => {
  for (const typ of typeRejection('x', profile).expected ?? [])
    expect(isAccessTokenType(typ, profile)).toBe(true)
})
