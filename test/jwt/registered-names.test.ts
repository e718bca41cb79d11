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

describe('typeRejection() repeats the registered type', () => {
  it.each([
    'at+jwt',
    'jwt',
    'dpop+jwt',
    'logout+jwt',
    'secevent+jwt',
    'token-introspection+jwt',
    'oauth-authz-req+jwt',
    'oauth-id-jag+jwt',
    'client-authentication+jwt',
    'statuslist+jwt',
    'entity-statement+jwt',
    'id+jwt',
    'refresh+jwt',
    'rt+jwt',
    'jose',
    'jose+json',
  ])('%s', (typ) => {
    expect(typeRejection(typ, 'rfc9068').received).toEqual([typ])
  })
})

describe('algorithmRejection()', () => {
  it.each<[unknown, readonly string[]]>([
    [undefined, []],
    ['none', ['none']],
    ['HS256', ['HS256']],
    ['HS384', ['HS384']],
    ['HS512', ['HS512']],
    ['Ed448', ['Ed448']],
    ['ML-DSA-44', ['ML-DSA-44']],
    ['ML-DSA-87', ['ML-DSA-87']],
    ['RS256', ['RS256']],
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
