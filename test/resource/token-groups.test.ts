import { describe, expect, it } from 'vitest'
import { type TokenFacts, TokenGroups } from '../../src/resource/token-groups.ts'

const HEAD = `Bearer ${'h'.repeat(60)}.${'c'.repeat(40)}`

describe('TokenGroups', () => {
  it('gives tokens with the same facts one group, and stores their common head once', () => {
    const groups = new TokenGroups<string>()
    expect(groups.join(credentials('a'), facts()).head).toBe('')
    const second = groups.join(credentials('b'), facts())
    expect(second.head).toBe(HEAD)
    expect(groups.join(credentials('c'), facts())).toBe(second)
    expect(second).toMatchObject({ issuer: 'i', scopes: ['read'], tokenStart: 7 })
  })

  it('shortens the head for tokens that begin otherwise', () => {
    const groups = new TokenGroups<string>()
    groups.join(credentials('a'), facts())
    const second = groups.join(credentials('b'), facts())
    const third = groups.join(`${HEAD.slice(0, 50)}${'!'.repeat(200)}`, facts())
    expect(third.head).toBe(HEAD.slice(0, 50))
    // Stored tokens keep their group.
    expect(second.head).toBe(HEAD)
    expect(groups.join(`Bearer ${'!'.repeat(200)}`, facts()).head).toBe('')
    expect(groups.join(credentials('d'), facts()).head).toBe('')
  })

  it('leaves the last characters of every token to itself', () => {
    const groups = new TokenGroups<string>()
    const same = credentials('a')
    groups.join(same, facts())
    expect(groups.join(same, facts()).head).toBe(same.slice(0, same.length - 64))
  })

  it.each<[string, Partial<TokenFacts<string>>]>([
    ['server', { server: 'other' }],
    ['issuer', { issuer: 'j' }],
    ['key', { key: {} }],
    ['scheme', { scheme: 'DPoP' }],
    ['start', { tokenStart: 8 }],
    ['granted scopes', { granted: ['write'] }],
    ['scopes', { scopes: ['read', 'write'] }],
    ['audience', { audience: [] }],
  ])('separates tokens with another %s', (_, other) => {
    const groups = new TokenGroups<string>()
    const first = groups.join(credentials('a'), facts())
    const second = groups.join(credentials('b'), { ...facts(), ...other })
    expect(second).not.toBe(first)
    expect(second).toMatchObject(other)
    expect(second.head).toBe('')
  })

  it('compares lists by their members', () => {
    const groups = new TokenGroups<string>()
    const lists = () => ({ ...facts(), scopes: ['a', 'b'], granted: ['a'], audience: ['x'] })
    groups.join(credentials('a'), lists())
    expect(groups.join(credentials('b'), lists()).head).toBe(HEAD)
  })

  it('forgets the oldest of many groups', () => {
    const groups = new TokenGroups<string>()
    groups.join(credentials('a'), facts())
    const kept = groups.join(credentials('b'), facts())
    for (let number = 0; number < 63; number++) {
      groups.join(credentials('x'), { ...facts(), issuer: `i${number}` })
    }
    expect(groups.join(credentials('c'), facts())).toBe(kept)
    groups.join(credentials('x'), { ...facts(), issuer: 'one more' })
    expect(groups.join(credentials('c'), facts())).not.toBe(kept)
  })
})

const KEY = {}

function facts(): TokenFacts<string> {
  return {
    server: 's',
    tenant: undefined,
    issuer: 'i',
    authority: 'i',
    granted: GRANTED,
    scopes: GRANTED,
    audience: ['aud'],
    key: KEY,
    scheme: 'Bearer',
    tokenStart: 7,
  }
}

const GRANTED = ['read']

function credentials(user: string): string {
  return `${HEAD}${user.repeat(100)}`
}
