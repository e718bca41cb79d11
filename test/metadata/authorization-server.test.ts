import { describe, expect, it } from 'vitest'
import { endpointProblem } from '../../src/identifiers/url-problem.ts'
import {
  parseAuthorizationServerMetadata,
  parseKeySet,
} from '../../src/metadata/authorization-server.ts'

const ISSUER = 'https://as.example'

describe('parseAuthorizationServerMetadata()', () => {
  it('requires only an issuer', () => {
    expect(parseAuthorizationServerMetadata({ issuer: ISSUER }, false)).toEqual({
      ok: true,
      value: { issuer: ISSUER },
    })
  })

  it('keeps unknown members', () => {
    const document = { issuer: ISSUER, x: null, 'y#it': [1], __proto__: { z: 1 } }
    expect(parseAuthorizationServerMetadata(document, false)).toMatchObject({
      ok: true,
      value: { issuer: ISSUER, x: null, 'y#it': [1] },
    })
  })

  it.each([
    [undefined, 'document', 'is missing'],
    [null, 'document', 'expected an object, found null'],
    ['x', 'document', 'expected an object, found a string'],
    [{}, 'issuer', 'is missing'],
    [{ issuer: 5 }, 'issuer', 'expected a string, found a number'],
    [{ issuer: ISSUER, jwks_uri: null }, 'jwks_uri', 'expected a string, found null'],
    [
      { issuer: ISSUER, scopes_supported: 'a' },
      'scopes_supported',
      'expected an array, found a string',
    ],
    [
      { issuer: ISSUER, grant_types_supported: ['a', 5] },
      'grant_types_supported[1]',
      'expected a string, found a number',
    ],
    [{ issuer: ISSUER, jwks_uri: 'x' }, 'jwks_uri', 'must be an absolute URL'],
  ])('rejects %j', (document, member, message) => {
    const parsed = parseAuthorizationServerMetadata(document, false)
    expect(parsed).toEqual({ ok: false, error: { member, message } })
  })

  it('accepts plain http only if allowed, or for loopback', () => {
    const document = { issuer: ISSUER, jwks_uri: 'http://as.example/jwks' }
    expect(parseAuthorizationServerMetadata(document, false)).toMatchObject({
      error: { member: 'jwks_uri' },
    })
    expect(parseAuthorizationServerMetadata(document, true).ok).toBe(true)
    const local = { issuer: ISSUER, jwks_uri: 'http://localhost/jwks' }
    expect(parseAuthorizationServerMetadata(local, false).ok).toBe(true)
  })

  it('does not check endpoints that only clients call', () => {
    const document = {
      issuer: ISSUER,
      authorization_endpoint: 'http://as.example/authorize',
      token_endpoint: 'nonsense',
    }
    expect(parseAuthorizationServerMetadata(document, false).ok).toBe(true)
  })
})

describe('endpointProblem()', () => {
  it('returns the mistake, or undefined', () => {
    expect(endpointProblem(undefined, false)).toBeUndefined()
    expect(endpointProblem('https://as.example/jwks?v=1', false)).toBeUndefined()
    expect(endpointProblem('jwks', false)).toBe('must be an absolute URL')
    expect(endpointProblem('file:///etc/passwd', true)).toMatch(/https/)
    expect(endpointProblem('data:application/json,{}', true)).toMatch(/https/)
    expect(endpointProblem('https://a@as.example', false)).toMatch(/user name/)
  })
})

describe('parseKeySet()', () => {
  it('accepts any entries; each key is checked when it is imported', () => {
    for (const keys of [[], [{}], [{ kty: 'EC' }, { kty: 5 }], ['x', null]]) {
      expect(parseKeySet({ keys, extra: 1 })).toMatchObject({ ok: true })
    }
  })

  it.each([
    [{}, 'keys: is missing'],
    [{ keys: {} }, 'keys: expected an array, found an object'],
  ])('rejects %j', (document, error) => {
    expect(parseKeySet(document)).toEqual({ ok: false, error })
  })
})
