import { describe, expect, it, vi } from 'vitest'
import { createIssuerMatcher, isTenantAllowed } from '../../src/identifiers/issuer-matcher.ts'

const PATTERNS = ['https://login.example/{tid}/v2.0', 'https://sts.example/{tid}/']
const TEMPLATE = { pattern: PATTERNS, claim: 'tid', allow: ['a'] }

describe('createIssuerMatcher()', () => {
  it('matches the issuer and further ones, character by character', () => {
    const matches = createIssuerMatcher({
      issuer: 'https://as.example',
      tokenIssuers: ['https://old.example/'],
    })
    expect(matches('https://as.example')).toEqual({ tenant: undefined })
    expect(matches('https://old.example/')).toEqual({ tenant: undefined })
    for (const issuer of ['https://as.example/', 'https://AS.example', 'https://old.example', '']) {
      expect(matches(issuer)).toBeUndefined()
    }
  })

  it('returns the tenant for each of several patterns', () => {
    const matches = createIssuerMatcher({ issuer: 'https://as.example', issuerTemplate: TEMPLATE })
    expect(matches('https://login.example/a/v2.0')).toEqual({ tenant: 'a' })
    expect(matches('https://sts.example/b/')).toEqual({ tenant: 'b' })
    expect(matches('https://sts.example/b')).toBeUndefined()
    const single = { ...TEMPLATE, pattern: 'https://one.example/{t}' }
    const one = createIssuerMatcher({ issuer: 'https://as.example', issuerTemplate: single })
    expect(one('https://one.example/a')).toEqual({ tenant: 'a' })
    expect(one('https://login.example/a/v2.0')).toBeUndefined()
  })

  it('does not change with lists that are modified later', () => {
    const tokenIssuers: string[] = []
    const matches = createIssuerMatcher({ issuer: 'https://as.example', tokenIssuers })
    tokenIssuers.push('https://late.example')
    expect(matches('https://late.example')).toBeUndefined()
  })
})

describe('isTenantAllowed()', () => {
  it('searches a list, or calls a function that must return true', () => {
    expect(isTenantAllowed('a', TEMPLATE)).toBe(true)
    expect(isTenantAllowed('b', TEMPLATE)).toBe(false)
    expect(isTenantAllowed('A', TEMPLATE)).toBe(false)
    const allow = vi.fn((tenant: string) => tenant === 'b')
    expect(isTenantAllowed('b', { ...TEMPLATE, allow })).toBe(true)
    expect(isTenantAllowed('a', { ...TEMPLATE, allow })).toBe(false)
    expect(allow.mock.calls).toEqual([['b'], ['a']])
  })

  it.each<[string, () => unknown]>([
    ['nothing', () => undefined],
    ['a number', () => 1],
    ['a text', () => 'yes'],
    ['a promise', async () => true],
    ['a promise that fails', () => Promise.reject(new Error('late'))],
  ])('throws for %s, which is not a boolean', (_what, answer) => {
    const allow = answer as () => boolean
    expect(() => isTenantAllowed('a', { ...TEMPLATE, allow })).toThrow(TypeError)
  })
})
