import { describe, expect, it } from 'vitest'
import { createGrantReader } from '../../src/scope/grant.ts'
import { createScopeClosure } from '../../src/scope/hierarchy.ts'

describe('createGrantReader()', () => {
  it('reads strings and lists: each scope once, and all that they imply', () => {
    const read = createGrantReader(createScopeClosure({ admin: ['read', 'write'] }))
    const grant = { granted: ['x', 'admin'], scopes: ['x', 'admin', 'read', 'write'] }
    expect(read('x admin  x')).toEqual(grant)
    expect(read(['x', 'admin', 'x'])).toEqual(grant)
    expect(read('')).toEqual({ granted: [], scopes: [] })
  })

  it('reads a list member with a space as one scope', () => {
    const read = createGrantReader(createScopeClosure(undefined))
    expect(read('read write').scopes).toEqual(['read', 'write'])
    expect(read(['read write']).scopes).toEqual(['read write'])
  })

  it('gives the same frozen lists for the same string, and does not change its argument', () => {
    const read = createGrantReader(createScopeClosure(undefined))
    expect(read('a b')).toBe(read('a b'))
    expect(Object.isFrozen(read('a b').scopes)).toBe(true)
    expect(Object.isFrozen(read('a b').granted)).toBe(true)
    const list = ['a', 'b']
    read(list)
    expect(Object.isFrozen(list)).toBe(false)
  })

  it('limits the number of cached strings', () => {
    const read = createGrantReader(createScopeClosure(undefined))
    const first = read('scope-0')
    for (let number = 1; number <= 256; number++) read(`scope-${number}`)
    expect(read('scope-0')).not.toBe(first)
    expect(read('scope-0')).toEqual(first)
  })

  it('does not cache long strings', () => {
    const read = createGrantReader(createScopeClosure(undefined))
    const atMost = 'a '.repeat(512)
    expect(read(atMost)).toBe(read(atMost))
    const longer = `${atMost}b`
    expect(read(longer)).toEqual({ granted: ['a', 'b'], scopes: ['a', 'b'] })
    expect(read(longer)).not.toBe(read(longer))
  })
})
