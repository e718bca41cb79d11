import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readClientId, readScopeClaim, readSubject } from '../../src/jwt/read-claims.ts'
import { createGrantReader } from '../../src/scope/grant.ts'
import { createScopeClosure } from '../../src/scope/hierarchy.ts'

describe('reading claims', () => {
  it('gives each scope once, as a string, for any claim values', () => {
    const claims = fc.dictionary(fc.constantFrom('scope', 'scp', 'scopes', 'x'), fc.jsonValue())
    const names = fc.constantFrom(undefined, 'x', ['x', 'scope'], ['toString'])
    const grant = createGrantReader(createScopeClosure(undefined))
    fc.assert(
      fc.property(claims, fc.constantFrom('standard', 'rfc9068'), names, (each, profile, name) => {
        const { granted: scopes } = grant(readScopeClaim(each, profile, name))
        expect(scopes.every((scope) => typeof scope === 'string')).toBe(true)
        expect(new Set(scopes).size).toBe(scopes.length)
      }),
    )
  })

  it('reads own members only', () => {
    expect(readScopeClaim({}, 'standard', 'constructor')).toEqual([])
    expect(readClientId({}, 'standard', 'constructor')).toBe('')
    expect(readSubject({}, 'constructor')).toBeUndefined()
  })

  it('reads the names of RFC 9068 alone under that profile', () => {
    const claims = { scope: 'read', scp: 'other', client_id: 'app', azp: 'other' }
    expect(readScopeClaim(claims, 'rfc9068', undefined)).toBe('read')
    expect(readClientId(claims, 'rfc9068', undefined)).toBe('app')
    const others = { scp: 'read', azp: 'app' }
    expect(readScopeClaim(others, 'rfc9068', undefined)).toEqual([])
    expect(readClientId(others, 'rfc9068', undefined)).toBe('')
    expect(readScopeClaim({ scope: ['read'] }, 'rfc9068', undefined)).toEqual([])
  })

  it('gives the first client id that is a string', () => {
    expect(readClientId({ client_id: null, azp: 5, appid: 'a' }, 'standard', undefined)).toBe('a')
    expect(readClientId({ azp: 'a' }, 'rfc9068', undefined)).toBe('')
    expect(readClientId({ client_id: 'a', x: 'b' }, 'rfc9068', 'x')).toBe('b')
  })

  it.each(['scope', 'scp', 'scopes'])(
    '%s: scopes, where the names before it are absent',
    (name) => {
      expect(readScopeClaim({ scope: null, [name]: 'read write' }, 'standard', undefined)).toBe(
        'read write',
      )
    },
  )

  it('reads no scope where none of the claims is present', () => {
    expect(readScopeClaim({ undefined: 'admin', x: 'admin' }, 'standard', undefined)).toEqual([])
  })

  it.each(['client_id', 'azp', 'appid', 'cid'])('%s: the client id', (name) => {
    expect(readClientId({ [name]: 'app' }, 'standard', undefined)).toBe('app')
  })

  it('ignores a subject that is not a string', () => {
    expect(readSubject({ sub: 5 }, undefined)).toBeUndefined()
  })
})

describe('blank strings', () => {
  const BLANKS = [
    '',
    ' ',
    '\t\r\n',
    '\u00a0',
    '\u0085',
    '\u2003\u3000',
    '\ufeff',
    '\u200b',
    '\u0000',
  ]
  it.each(BLANKS)('%j counts as absent', (blank) => {
    expect(readSubject({ sub: blank }, undefined)).toBeUndefined()
    expect(readSubject({ uid: blank, sub: 's' }, 'uid')).toBeUndefined()
    expect(readClientId({ client_id: blank }, 'standard', undefined)).toBe('')
    expect(readClientId({ client_id: blank, azp: blank, appid: 'a' }, 'standard', undefined)).toBe(
      'a',
    )
  })

  it.each(['ζωή', '名前', '\u00e9', '\u200bé', '😀'])(
    '%j, which has no ASCII, is not blank',
    (name) => {
      expect(readSubject({ sub: name }, undefined)).toBe(name)
      expect(readClientId({ client_id: name }, 'standard', undefined)).toBe(name)
    },
  )

  it('visible strings are not trimmed', () => {
    expect(readSubject({ sub: ' a ' }, undefined)).toBe(' a ')
    expect(readSubject({ sub: '0' }, undefined)).toBe('0')
  })
})
