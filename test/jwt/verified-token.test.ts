import { describe, expect, it, vi } from 'vitest'
import { buildVerifiedToken, type ClaimReading, shareTexts } from '../../src/jwt/verified-token.ts'
import { START } from '../support/clock.ts'

const ISSUER = 'https://as.example'
const KEY = {}
const CLAIMS = {
  iss: ISSUER,
  sub: 'alice',
  client_id: 'app',
  scope: 'read',
  iat: START - 5,
  exp: START + 60,
  cnf: { jkt: 'x' },
}

function build(claims: Record<string, unknown> = {}, changes: Partial<ClaimReading> = {}) {
  const reading: ClaimReading = {
    authority: 'https://as.example/authority',
    profile: 'standard',
    names: undefined,
    mapClaims: undefined,
    grant: (claimed) => ({ granted: [claimed], scopes: [claimed, 'more'] }) as never,
    ...changes,
  }
  return buildVerifiedToken({ ...CLAIMS, ...claims }, ISSUER, ['aud'], reading, KEY)
}

describe('buildVerifiedToken()', () => {
  it('reads every member', () => {
    expect(build()).toEqual({
      ok: true,
      value: {
        issuer: ISSUER,
        authority: 'https://as.example/authority',
        subject: 'alice',
        clientId: 'app',
        granted: ['read'],
        scopes: ['read', 'more'],
        audience: ['aud'],
        expiresAt: START + 60,
        issuedAt: START - 5,
        claims: CLAIMS,
        extra: { issuer: ISSUER, subject: 'alice', claims: CLAIMS },
        confirmation: { jkt: 'x' },
        original: CLAIMS,
        key: KEY,
      },
    })
  })

  it('freezes claims, scopes, audience and extra', () => {
    const token = build()
    if (!token.ok) throw new Error(token.error.code)
    const { audience, claims, extra } = token.value
    for (const each of [audience, claims, extra]) expect(Object.isFrozen(each)).toBe(true)
    expect(Object.isFrozen(claims['cnf'])).toBe(true)
  })

  it('gives issuedAt 0 without iat', () => {
    for (const iat of [undefined, 'yesterday']) {
      expect(build({ iat })).toMatchObject({ ok: true, value: { issuedAt: 0 } })
    }
  })

  it('reads mapped claims, except times and binding', () => {
    const mapClaims = () => ({ sub: 'bob', exp: 1, iat: 1, cnf: { jkt: 'other' } })
    expect(build({}, { mapClaims })).toMatchObject({
      ok: true,
      value: {
        subject: 'bob',
        clientId: '',
        expiresAt: START + 60,
        issuedAt: START - 5,
        confirmation: { jkt: 'x' },
        claims: mapClaims(),
        extra: { subject: 'bob', claims: mapClaims() },
      },
    })
  })

  it('keeps the claims by which a token is revoked as they were before mapClaims', () => {
    const status = { status_list: { idx: 1, uri: 'https://as.example/list' } }
    const mapClaims = () => ({ sub: 'bob', sid: 'other', jti: 'other', iat: 1, status: {} })
    const own = { sub: 'alice', sid: 's', jti: 'j', iat: START - 5, status }
    const token = build({ sid: 's', jti: 'j', status }, { mapClaims })
    expect(token.ok && { ...token.value.original }).toEqual(own)
    expect(token.ok && Object.isFrozen(token.value.original)).toBe(true)
  })

  it('copies the claims before and after mapClaims', () => {
    const mapped = { sub: 'bob' }
    const token = build({}, { mapClaims: () => mapped })
    expect(token.ok && token.value.claims).not.toBe(mapped)
    expect(Object.isFrozen(mapped)).toBe(false)
    const mapClaims = vi.fn((claims: Readonly<Record<string, unknown>>) => {
      ;(claims as Record<string, unknown>)['exp'] = 0
      return {}
    })
    expect(build({}, { mapClaims })).toMatchObject({ value: { expiresAt: START + 60 } })
    expect(mapClaims).toHaveBeenCalledTimes(1)
  })

  it.each<[string, () => unknown, string]>([
    ['null', () => null, 'token_claims'],
    ['a text', () => 'x', 'internal'],
    ['a list', () => [], 'internal'],
    ['nothing', () => undefined, 'internal'],
    ['a promise', async () => ({}), 'internal'],
    ['a promise that fails', () => Promise.reject(new Error('no')), 'internal'],
    ['what cannot be copied', () => ({ f: () => {} }), 'internal'],
    [
      'an exception',
      () => {
        throw new Error('no')
      },
      'internal',
    ],
  ])('rejects when mapClaims gives %s', (_, mapClaims, code) => {
    expect(build({}, { mapClaims: mapClaims as never })).toEqual({
      ok: false,
      error: { code, option: 'mapClaims' },
    })
  })
})

describe('shareTexts()', () => {
  it('replaces strings, in lists too', () => {
    const shared: string[] = []
    const share = (text: string) => {
      shared.push(text)
      return `shared ${text}`
    }
    const claims = {
      iss: 'i',
      aud: ['a'],
      client_id: 'c',
      azp: 'z',
      scope: 's',
      scp: 'p',
      sub: 'x',
    }
    shareTexts(claims, { share } as never)
    expect(shared).toEqual(['i', 'a', 'c', 'z', 's', 'p', 'x'])
    expect(claims).toEqual({
      iss: 'shared i',
      aud: ['shared a'],
      client_id: 'shared c',
      azp: 'shared z',
      scope: 'shared s',
      scp: 'shared p',
      sub: 'shared x',
    })
    const single = { aud: 'a' }
    shareTexts(single, { share } as never)
    expect(single).toEqual({ aud: 'shared a' })
  })
})
