import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  fillTemplate,
  patternsOverlap,
  placeholderCount,
  tenantOf,
} from '../../src/identifiers/issuer-template.ts'

const PATTERN = 'https://login.example/{tenantid}/v2.0'

describe('tenantOf()', () => {
  it('gives the tenant', () => {
    expect(tenantOf('https://login.example/contoso/v2.0', PATTERN)).toBe('contoso')
    expect(tenantOf('https://login.example/a-b_c.D9/v2.0', PATTERN)).toBe('a-b_c.D9')
    expect(tenantOf('https://acme.as.example', 'https://{org}.as.example')).toBe('acme')
    expect(tenantOf('https://sts.example/x/', 'https://sts.example/{t}/')).toBe('x')
    expect(tenantOf('https://as.example/x', 'https://as.example/{t}')).toBe('x')
    expect(tenantOf(`https://login.example/${'a'.repeat(128)}/v2.0`, PATTERN)).toHaveLength(128)
  })

  it.each([
    'https://login.example/v2.0',
    'https://login.example//v2.0',
    'https://login.example/v2.0/v2.0/',
    'https://login.example/a/b/v2.0',
    'https://login.example/a%2Fb/v2.0',
    'https://login.example/a?x=/v2.0',
    'https://login.example/a#/v2.0',
    'https://login.example/a\n/v2.0',
    'https://login.example/../v2.0',
    'https://login.example/./v2.0',
    'https://login.example/é/v2.0',
    'https://login.example/{tenantid}/v2.0',
    `https://login.example/${'a'.repeat(129)}/v2.0`,
    'https://evil.example/a/v2.0',
    'https://login.example.evil.example/a/v2.0',
    'HTTPS://login.example/a/v2.0',
    'https://login.example/a/V2.0',
    ' https://login.example/a/v2.0',
    'https://login.example/a/v2.0/',
  ])('gives none for %j', (issuer) => {
    expect(tenantOf(issuer, PATTERN)).toBeUndefined()
  })

  it('does not match another host or path with a placeholder in the host', () => {
    for (const tenant of ['evil.example/', 'evil.example/x', 'a@evil', 'a:1', 'a?', 'a\\']) {
      expect(tenantOf(`https://${tenant}.as.example`, 'https://{t}.as.example')).toBeUndefined()
    }
  })

  it('requires both fixed parts without overlap', () => {
    expect(tenantOf('https://as.example/aa', 'https://as.example/a{t}a')).toBeUndefined()
    expect(tenantOf('https://as.example/aba', 'https://as.example/a{t}a')).toBe('b')
  })

  it('gives none for a pattern without placeholder', () => {
    expect(tenantOf('https://as.example', 'https://as.example')).toBeUndefined()
    expect(tenantOf('https://as.example/{}', 'https://as.example/{}')).toBeUndefined()
  })

  it('is the inverse of fillTemplate()', () => {
    const tenant = fc
      .stringMatching(/^[A-Za-z0-9._-]{1,128}$/)
      .filter((text) => !/^\.\.?$/.test(text))
    fc.assert(
      fc.property(tenant, (text) => tenantOf(fillTemplate(PATTERN, text), PATTERN) === text),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        const found = tenantOf(
          fillTemplate('https://as.example/{t}', 'x').replace(/x$/, () => text),
          'https://as.example/{t}',
        )
        return found === undefined || found === text
      }),
    )
  })
})

describe('placeholderCount()', () => {
  it.each([
    ['https://as.example', 0],
    ['https://as.example/{}', 0],
    ['https://as.example/{a-b}', 0],
    [PATTERN, 1],
    ['https://{a}.example/{b}', 2],
  ])('%s', (pattern, count) => {
    expect(placeholderCount(pattern)).toBe(count)
  })
})

describe('patternsOverlap()', () => {
  it.each([
    [PATTERN, PATTERN, true],
    [PATTERN, 'https://login.example/{x}/v2.0', true],
    [PATTERN, 'https://login.example/a{x}/v2.0', true],
    [PATTERN, 'https://login.example/{x}/', false],
    [PATTERN, 'https://login.example/{x}/v1.0', false],
    [PATTERN, 'https://sts.example/{x}/v2.0', false],
  ])('%s and %s: %s', (one, other, overlap) => {
    expect(patternsOverlap(one, other)).toBe(overlap)
    expect(patternsOverlap(other, one)).toBe(overlap)
  })

  it('finds every issuer that both patterns match', () => {
    const part = fc.stringMatching(/^[ab/]{0,3}$/)
    fc.assert(
      fc.property(
        part,
        part,
        part,
        part,
        fc.stringMatching(/^[ab/]{1,8}$/),
        (a, b, c, d, issuer) => {
          const [one, other] = [`${a}{t}${b}`, `${c}{t}${d}`]
          const both = tenantOf(issuer, one) !== undefined && tenantOf(issuer, other) !== undefined
          return !both || patternsOverlap(one, other)
        },
      ),
    )
  })
})
