import { describe, expect, it } from 'vitest'
import { actorOf, endOf, requireVerified } from '../../src/exchange/subject.ts'
import { START } from '../support/clock.ts'
import { forge } from '../support/forge.ts'
import { ISSUER } from '../support/issuer.ts'

const VERIFIED = { ok: true, anonymous: false, token: 't', issuer: ISSUER, expiresAt: START }

function tokenWith(claims: Record<string, unknown>): Promise<string> {
  return forge({ alg: 'ES256' }, claims, () => new Uint8Array(64))
}

describe('requireVerified()', () => {
  it('accepts a context with at least these members', () => {
    expect(() => requireVerified(VERIFIED)).not.toThrow()
    expect(() => requireVerified({ ...VERIFIED, scopes: [] })).not.toThrow()
  })

  it.each<[string, unknown]>([
    ['nothing', undefined],
    ['null', null],
    ['a token', 'token'],
    ['a list', Object.assign([], VERIFIED)],
    ['an anonymous context', { ...VERIFIED, anonymous: true }],
    ['a rejection', { ...VERIFIED, ok: false }],
    ['a context without a token', { ...VERIFIED, token: '' }],
    ['a token that is not a text', { ...VERIFIED, token: 1 }],
    ['a context without an issuer', { ...VERIFIED, issuer: undefined }],
    ['a context without an end', { ...VERIFIED, expiresAt: undefined }],
  ])('names what an exchange starts from, given %s', (_, value) => {
    expect(() => requireVerified(value)).toThrow(
      new TypeError(
        'An exchange starts from the verified context of a request. An anonymous one has no token.',
      ),
    )
  })
})

describe('actorOf()', () => {
  it('is the sub of a token that has one to read, and otherwise the token', async () => {
    expect(actorOf(await tokenWith({ sub: 'service-1' }))).toBe('service-1')
    for (const token of [
      'opaque',
      ...(await Promise.all([{}, { sub: '' }, { sub: 1 }].map(tokenWith))),
    ]) {
      expect(actorOf(token)).toBe(token)
    }
  })
})

describe('endOf()', () => {
  it('is the exp of a token that has one to read', async () => {
    expect(endOf(await tokenWith({ exp: START }))).toBe(START)
    for (const exp of [undefined, null, String(START), [START]]) {
      expect(endOf(await tokenWith({ exp }))).toBeUndefined()
    }
    expect(endOf('opaque')).toBeUndefined()
  })
})
