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

const judge = (claims: Record<string, unknown>, changes?: Partial<ClaimRules>) =>
  checkClaims(activeAnswer(claims), rules(changes), START)

describe('checkClaims() gives', () => {
  it('the issuer that the answer names, among those of the server', () => {
    expect(judge({ iss: 'https://old.example' })).toMatchObject({
      value: { issuer: 'https://old.example', match: { tenant: undefined } },
    })
  })

  it('the tenant', () => {
    const matches = createIssuerMatcher({ issuer: ISSUER, issuerTemplate: TEMPLATE })
    expect(
      judge({ iss: 'https://login.example/t1/v2.0' }, { matches, hasTenants: true }),
    ).toMatchObject({ value: { match: { tenant: 't1' } } })
  })
})

describe('checkClaims() takes', () => {
  it('a token of either type, in any case, that is bound as its type says', () => {
    expect(judge({ token_type: 'bearer' })).toMatchObject({ ok: true })
    expect(judge({ token_type: 'dpop', cnf: { jkt: 'x' } })).toMatchObject({ ok: true })
    expect(judge({ token_type: 'DPoP' })).toMatchObject({ error: { code: 'token_type' } })
  })
})

describe('checkClaims() refuses', () => {
  it('what is an access token in one word and a refresh token in another', () => {
    expect(judge({ token_use: 'access_token' })).toMatchObject({ ok: true })
    expect(judge({ token_use: 'access_token', typ: 'Refresh' })).toEqual({
      ok: false,
      error: { code: 'token_type' },
    })
  })

  it('an answer without iss where tenants share the server', () => {
    const matches = createIssuerMatcher({ issuer: ISSUER, issuerTemplate: TEMPLATE })
    expect(judge({ iss: undefined }, { matches, hasTenants: true })).toMatchObject({
      error: { code: 'token_issuer' },
    })
  })

  it('an audience that may be of a client, beside nonce of ID tokens', () => {
    const error = { code: 'token_type' }
    expect(judge({ aud: 'api://notes', nonce: 'x' })).toMatchObject({ error })
    expect(judge({ aud: 'api://notes' })).toMatchObject({ ok: true })
    expect(judge({ nonce: 'x' })).toMatchObject({ ok: true })
  })

  it.each(['at_hash', 'c_hash', 's_hash', 'events'])('%s, for every audience', (name) => {
    const error = { code: 'token_type' }
    expect(judge({ aud: 'api://notes', [name]: 'x' })).toMatchObject({ error })
    expect(judge({ [name]: 'x' })).toMatchObject({ error })
  })

  it('but not events that are null, as some servers write what is not there', () => {
    expect(judge({ events: null })).toMatchObject({ ok: true })
  })

  it('and tells whom the token was for', () => {
    expect(judge({ aud: ['a', 'b'] })).toMatchObject({
      error: { code: 'token_audience', expected: [RESOURCE, 'api://notes'], received: ['a', 'b'] },
    })
  })
})
