import { describe, expect, it } from 'vitest'
import {
  hasAccessTokenClaims,
  isAccessTokenType,
  isEventToken,
  isOtherTokenType,
} from '../../src/jwt/token-type.ts'

describe('isAccessTokenType()', () => {
  it.each([
    ['at+jwt', true, true],
    ['application/AT+JWT', true, true],
    ['JWT', true, false],
    [undefined, true, false],
    ['application/application/at+jwt', false, false],
    ['at+jwt;v=1', false, false],
    [null, false, false],
  ])('%j: standard %s, rfc9068 %s', (typ, standard, strict) => {
    expect([isAccessTokenType(typ, 'standard'), isAccessTokenType(typ, 'rfc9068')]).toEqual([
      standard,
      strict,
    ])
  })

  it('removes application/ only at the start', () => {
    expect(isAccessTokenType('application/at+jwt', 'standard')).toBe(true)
    expect(isAccessTokenType('atapplication/+jwt', 'standard')).toBe(false)
  })
})

describe('isOtherTokenType()', () => {
  it.each([
    [{}, false, false],
    [{ nonce: 'x' }, true, false],
    [{ at_hash: 'x' }, true, true],
    [{ state: 's' }, false, false],
    [{ code: 'c' }, false, false],
    [{ state: 's', code: 'c' }, true, true],
    [{ state: 's', error: 'e' }, true, true],
    [{ token_use: 'access' }, false, false],
    [{ token_use: 'id' }, true, true],
    [{ typ: 'Offline' }, true, true],
    [{ typ: 'Bearer' }, false, false],
    [{ tokenType: 'refresh-token' }, true, true],
    [{ tokenType: 'access-token' }, false, false],
    [{ type: 'access' }, false, false],
    [{ type: ['refresh'] }, false, false],
    [{ type: null, token_type: 'Bearer' }, false, false],
  ])('%j: %s, and %s where aud contains the resource', (claims, withoutResource, withResource) => {
    expect([isOtherTokenType(claims, false), isOtherTokenType(claims, true)]).toEqual([
      withoutResource,
      withResource,
    ])
  })

  it.each([
    'id',
    'refresh',
    'offline',
    'logout',
    'ID',
    'Refresh',
    'Serialized-ID',
    'InitialAccessToken',
    'RegistrationAccessToken',
  ])('typ %s: not an access token', (typ) => {
    expect(isOtherTokenType({ typ }, true)).toBe(true)
  })

  it.each(['typ', 'type', 'token_type'])('%s: not an access token, by any of its names', (name) => {
    expect(isOtherTokenType({ [name]: 'refresh' }, true)).toBe(true)
    expect(isOtherTokenType({ [name]: 'refresh_token' }, true)).toBe(true)
    expect(isOtherTokenType({ [name]: 'refresh-token' }, true)).toBe(true)
    expect(isOtherTokenType({ [name]: 'id_token' }, true)).toBe(true)
    expect(isOtherTokenType({ [name]: 'id-token' }, true)).toBe(true)
  })

  it.each([
    'refresh token',
    'my-refresh-token',
    'refresh-tokens',
    'identity',
    'offline_access',
    'logout-token-free',
    'access-token',
    'oauth-access-token',
  ])('%s: an access token, where such a name is its type', (type) => {
    expect(isOtherTokenType({ type }, true)).toBe(false)
  })

  it.each(['at_hash', 'c_hash', 's_hash'])('%s: an ID token', (name) => {
    expect(isOtherTokenType({ [name]: 'x' }, true)).toBe(true)
  })

  it('nonce: an ID token, unless the audience is the resource', () => {
    expect(isOtherTokenType({ nonce: 'x' }, false)).toBe(true)
    expect(isOtherTokenType({ nonce: 'x' }, true)).toBe(false)
  })

  it.each(['code', 'error', 'access_token', 'id_token'])(
    '%s beside state: an authorization response',
    (name) => {
      expect(isOtherTokenType({ [name]: 'x' }, true)).toBe(false)
      expect(isOtherTokenType({ [name]: 'x', state: 's' }, true)).toBe(true)
    },
  )
})

describe('hasAccessTokenClaims()', () => {
  const names = { scope: 'permissions', clientId: ['application', 'app'] }
  it.each([
    [{}, false],
    [{ scope: '' }, true],
    [{ scp: [] }, true],
    [{ scope: [5] }, false],
    [{ client_id: ' ' }, false],
    [{ jti: '' }, false],
    [{ jti: 'j' }, true],
  ])('%j: %s', (claims, isKnown) => {
    expect(hasAccessTokenClaims(claims, { names: undefined, isReplaced: false })).toBe(isKnown)
    expect(hasAccessTokenClaims(claims, { names: undefined, isReplaced: true })).toBe(true)
  })

  it.each([
    [{ scope: 'a', client_id: 'b' }, false],
    [{ permissions: ['a'] }, true],
    [{ application: '', app: 'b' }, true],
    [{ jti: 'j' }, true],
  ])('%j, with configured claim names: %s', (claims, isKnown) => {
    expect(hasAccessTokenClaims(claims, { names, isReplaced: false })).toBe(isKnown)
  })

  it.each(['scope', 'scp', 'scopes', 'client_id', 'azp', 'appid', 'cid', 'jti'])(
    '%s: shows an access token',
    (name) => {
      const evidence = { names: undefined, isReplaced: false }
      expect(hasAccessTokenClaims({ sub: 's', [name]: 'x' }, evidence)).toBe(true)
      for (const nothing of [null, 5, undefined]) {
        expect(hasAccessTokenClaims({ sub: 's', [name]: nothing }, evidence)).toBe(false)
      }
    },
  )
})

describe('isEventToken()', () => {
  it.each([{}, null, '', [], { x: {} }])('events: %j', (events) => {
    expect(isEventToken({ events })).toBe(true)
  })

  it('is false without the claim', () => {
    expect(isEventToken({ event: {} })).toBe(false)
  })
})
