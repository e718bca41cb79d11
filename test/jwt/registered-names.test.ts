import { describe, expect, it } from 'vitest'
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
  ])('%j: %j', (typ, received) => {
    const expected = ['at+jwt', 'JWT']
    expect(typeRejection(typ, 'standard')).toEqual({ code: 'token_type', expected, received })
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
  ])('%j: %j', (alg, received) => {
    const expected = ['ES256']
    const code = 'token_algorithm'
    expect(algorithmRejection(alg, new Set(expected))).toEqual({ code, expected, received })
  })
})
