import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createScopeClosure, findCycle } from '../../src/scope/hierarchy.ts'
import {
  addRule,
  isSatisfied,
  NO_SCOPES,
  type ScopeRequirement,
  scopesToRequest,
} from '../../src/scope/requirement.ts'
import { formatScope, isScopeToken, parseScope, unionOf } from '../../src/scope/scope.ts'

const scope = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'constructor')
const scopes = fc.array(scope, { maxLength: 5 })

describe('parseScope() and formatScope()', () => {
  it.each([
    ['a b', ['a', 'b']],
    ['', []],
    ['  a   b ', ['a', 'b']],
    ['a a b a', ['a', 'b']],
    ['a\tb', ['a\tb']],
    ['A a', ['A', 'a']],
  ])('parseScope() reads %j as %j', (text, list) => {
    expect(parseScope(text)).toEqual(list)
  })

  it('formatScope() omits invalid scopes and offline_access', () => {
    expect(formatScope(['a', '', 'b c', 'd"', 'e\\', 'é', 'f\r\n', 'offline_access', 'a'])).toBe(
      'a',
    )
    expect(formatScope([])).toBe('')
  })

  it('are inverse to each other', () => {
    const token = fc.stringMatching(/^[\x21\x23-\x5b\x5d-\x7e]+$/)
    fc.assert(
      fc.property(fc.array(token), (list) => {
        expect(parseScope(formatScope(list))).toEqual(
          unionOf(list).filter((each) => each !== 'offline_access'),
        )
      }),
    )
  })

  it('formatScope() writes scope tokens only', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (list) => {
        const text = formatScope(list)
        expect(text === '' || text.split(' ').every(isScopeToken)).toBe(true)
      }),
    )
  })
})

describe('unionOf()', () => {
  it('keeps each once, in order of first appearance', () => {
    expect(unionOf(['b', 'a'], [], ['a', 'c', 'b'])).toEqual(['b', 'a', 'c'])
  })
})

/** Any hierarchy without cycles: scopes imply only later ones. */
const hierarchy = fc
  .array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 10 })
  .map((edges): Record<string, string[]> => {
    const names = ['a', 'b', 'c', 'd', 'e', 'constructor']
    const implied: Record<string, string[]> = {}
    for (const [from, to] of edges) {
      const broad = names[Math.min(from, to)] as string
      if (from === to) continue
      if (!Object.hasOwn(implied, broad)) implied[broad] = []
      implied[broad]?.push(names[Math.max(from, to)] as string)
    }
    return implied
  })

describe('createScopeClosure()', () => {
  it('is extensive, idempotent and monotone, without duplicates', () => {
    fc.assert(
      fc.property(hierarchy, scopes, scopes, (implied, some, more) => {
        const close = createScopeClosure(implied)
        const closed = close(some)
        expect(closed).toEqual(expect.arrayContaining(some))
        expect(new Set(closed).size).toBe(closed.length)
        expect(close(closed)).toEqual(closed)
        expect(close([...some, ...more])).toEqual(expect.arrayContaining(closed))
        expect([...close(unionOf(some, more))].sort()).toEqual(unionOf(closed, close(more)).sort())
      }),
    )
  })

  it('reads own members only', () => {
    const close = createScopeClosure({ admin: ['read'] })
    expect(close(['constructor', 'toString', '__proto__'])).toEqual([
      'constructor',
      'toString',
      '__proto__',
    ])
    expect(createScopeClosure(undefined)(['a'])).toEqual(['a'])
  })
})

describe('findCycle()', () => {
  it.each([
    [{ a: ['a'] }, 'a > a'],
    [{ a: ['b'], b: ['a'] }, 'a > b > a'],
    [{ x: ['a'], a: ['b', 'c'], c: ['a'] }, 'a > c > a'],
    [{ a: ['b', 'c'], b: ['d'], c: ['d'] }, undefined],
    [{}, undefined],
  ])('finds in %j: %s', (implied, cycle) => {
    expect(findCycle(implied)).toBe(cycle)
  })

  it('finds no cycle where scopes imply later ones only', () => {
    fc.assert(
      fc.property(hierarchy, (implied) => {
        expect(findCycle(implied)).toBeUndefined()
      }),
    )
  })

  it('takes linear time for a ladder of diamonds', () => {
    const ladder: Record<string, string[]> = {}
    for (let rung = 0; rung < 60; rung++) ladder[`s${rung}`] = [`s${rung + 1}`, `s${rung + 2}`]
    expect(findCycle(ladder)).toBeUndefined()
    expect(createScopeClosure(ladder)(['s0'])).toHaveLength(62)
  })
})

describe('scope requirements', () => {
  const rule = fc.oneof(
    scopes,
    fc.record({ anyOf: fc.array(scope, { minLength: 1, maxLength: 3 }) }),
  )
  const requirement = fc
    .array(rule, { maxLength: 4 })
    .map((rules) => rules.reduce<ScopeRequirement>(addRule, NO_SCOPES))

  it('are satisfied by scopesToRequest()', () => {
    fc.assert(
      fc.property(requirement, (needed) => {
        expect(isSatisfied(needed, scopesToRequest(needed))).toBe(true)
      }),
    )
  })

  it('stay satisfied with more scopes', () => {
    fc.assert(
      fc.property(requirement, scopes, scopes, (needed, granted, more) => {
        if (isSatisfied(needed, granted)) {
          expect(isSatisfied(needed, [...granted, ...more])).toBe(true)
        }
      }),
    )
  })

  it('together are satisfied exactly when each is', () => {
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), scopes, (rules, granted) => {
        const together = rules.reduce<ScopeRequirement>(addRule, NO_SCOPES)
        const each = rules.every((one) => isSatisfied(addRule(NO_SCOPES, one), granted))
        expect(isSatisfied(together, granted)).toBe(each)
      }),
    )
  })

  it('ignore order and duplicates of granted scopes', () => {
    fc.assert(
      fc.property(requirement, scopes, (needed, granted) => {
        const shuffled = [...granted, ...granted].reverse()
        expect(isSatisfied(needed, shuffled)).toBe(isSatisfied(needed, granted))
      }),
    )
  })

  it('without rules are satisfied by no scopes', () => {
    expect(isSatisfied(NO_SCOPES, [])).toBe(true)
    expect(addRule(addRule(NO_SCOPES, undefined), [])).toEqual(NO_SCOPES)
  })

  it('with an empty anyOf are never satisfied', () => {
    const impossible = addRule(NO_SCOPES, { anyOf: [] })
    expect(isSatisfied(impossible, ['a', 'b', 'c'])).toBe(false)
    expect(scopesToRequest(impossible)).toEqual([])
  })

  it('name the first scope of an anyOf', () => {
    const needed = addRule(addRule(NO_SCOPES, ['b', 'a']), { anyOf: ['c', 'a'] })
    expect(scopesToRequest(needed)).toEqual(['b', 'a', 'c'])
  })
})
