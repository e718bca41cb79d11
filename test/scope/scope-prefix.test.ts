import { describe, expect, it } from 'vitest'
import { addPrefix, prefixProblem, scopePrefixesOf } from '../../src/scope/scope-prefix.ts'

describe('addPrefix()', () => {
  it.each(['api://app', 'api://app/'])('adds %s once, with one slash', (prefix) => {
    expect(addPrefix(['read', 'api://app/read', 'api://app', 'api://app-2/read'], prefix)).toEqual([
      'api://app/read',
      'api://app/read',
      'api://app/api://app',
      'api://app/api://app-2/read',
    ])
    expect(addPrefix([''], prefix)).toEqual([''])
  })
})

describe('scopePrefixesOf()', () => {
  it('is undefined without any prefix', () => {
    expect(scopePrefixesOf([])).toBeUndefined()
    expect(scopePrefixesOf([{}, { claims: { scope: 'roles' } }])).toBeUndefined()
  })

  it.each([
    [[{ claims: { scopePrefix: 'a' } }, { claims: { scopePrefix: 'b/' } }], ['a/', 'b/'], true],
    [[{ claims: { scopePrefix: 'a' } }, {}], ['a/'], false],
    [[{ claims: { scopePrefix: 'a', scope: ['scp', 'roles'] } }], ['a/'], false],
    [[{ claims: { scopePrefix: 'a', scope: 'scp' } }], ['a/'], true],
  ] as const)('of %j', (servers, prefixes, coverEveryScope) => {
    expect(scopePrefixesOf(servers)).toEqual({ prefixes, coverEveryScope })
  })
})

describe('prefixProblem()', () => {
  const prefixes = { prefixes: ['a/', 'b/'], coverEveryScope: true }

  it('is undefined for a scope that begins with one of them', () => {
    expect(prefixProblem('a/read', prefixes)).toBeUndefined()
    expect(prefixProblem('b/read', prefixes)).toBeUndefined()
  })

  it.each(['read', 'a', 'ab/read', ''])('names the prefixes for %j', (scope) => {
    expect(prefixProblem(scope, prefixes)).toMatch(/claims\.scopePrefix of a server \(a\/, b\/\)/)
  })
})
