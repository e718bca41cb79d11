import { describe, expect, it } from 'vitest'
import { createIssuerMatcher } from '../../src/identifiers/issuer-matcher.ts'
import { type ClaimRules, checkClaims } from '../../src/opaque/check-claims.ts'
import { START } from '../support/clock.ts'
import { activeAnswer } from '../support/introspection.ts'
import { ISSUER, RESOURCE } from '../support/issuer.ts'

const TEMPLATE = {
  pattern: 'https://login.example/{tenant}/v2.0',
  claim: 'tid',
  allow: () => true,
}

function rules(changes: Partial<ClaimRules> = {}): ClaimRules {
  return {
    issuer: ISSUER,
    matches: createIssuerMatcher({ issuer: ISSUER, tokenIssuers: ['https://old.example'] }),
    hasTenants: false,
    audience: {
      resource: RESOURCE,
      accepted: [RESOURCE, 'api://notes'],
      allowMissing: false,
      substitute: undefined,
    },
    times: { toleranceSeconds: 30, maxAgeSeconds: undefined },
    ...changes,
  }
}

const check = (claims: Record<string, unknown>, changes?: Partial<ClaimRules>) =>
  checkClaims(activeAnswer(claims), rules(changes), START)

describe('checkClaims() gives', () => {
  it('the issuer in the claims, if the server has it', () => {
    expect(check({ iss: 'https://old.example' })).toMatchObject({
      value: { issuer: 'https://old.example', match: { tenant: undefined } },
    })
  })

  it('the tenant', () => {
    const matches = createIssuerMatcher({ issuer: ISSUER, issuerTemplate: TEMPLATE })
    expect(
      check({ iss: 'https://login.example/t1/v2.0' }, { matches, hasTenants: true }),
    ).toMatchObject({ value: { match: { tenant: 't1' } } })
  })
})

describe('checkClaims() accepts', () => {
  it('token_type Bearer or DPoP, in any case, that matches cnf', () => {
    expect(check({ token_type: 'bearer' })).toMatchObject({ ok: true })
    expect(check({ token_type: 'dpop', cnf: { jkt: 'x' } })).toMatchObject({ ok: true })
    expect(check({ token_type: 'DPoP' })).toMatchObject({ error: { code: 'token_type' } })
  })
})

describe('checkClaims() rejects', () => {
  it('a token whose token_type and token_use contradict each other', () => {
    expect(check({ token_use: 'access_token' })).toMatchObject({ ok: true })
    expect(check({ token_use: 'access_token', typ: 'Refresh' })).toEqual({
      ok: false,
      error: { code: 'token_type' },
    })
  })

  it('claims without iss where tenants share the server', () => {
    const matches = createIssuerMatcher({ issuer: ISSUER, issuerTemplate: TEMPLATE })
    expect(check({ iss: undefined }, { matches, hasTenants: true })).toMatchObject({
      error: { code: 'token_issuer' },
    })
  })

  it('a nonce where the audience may be a client', () => {
    const error = { code: 'token_type' }
    expect(check({ aud: 'api://notes', nonce: 'x' })).toMatchObject({ error })
    expect(check({ aud: 'api://notes' })).toMatchObject({ ok: true })
    expect(check({ nonce: 'x' })).toMatchObject({ ok: true })
  })

  it.each(['at_hash', 'c_hash', 's_hash', 'events'])('%s, for every audience', (name) => {
    const error = { code: 'token_type' }
    expect(check({ aud: 'api://notes', [name]: 'x' })).toMatchObject({ error })
    expect(check({ [name]: 'x' })).toMatchObject({ error })
  })

  it('but not events that are null', () => {
    expect(check({ events: null })).toMatchObject({ ok: true })
  })

  it('and reports the audience of the token', () => {
    expect(check({ aud: ['a', 'b'] })).toMatchObject({
      error: { code: 'token_audience', expected: [RESOURCE, 'api://notes'], received: ['a', 'b'] },
    })
  })
})
