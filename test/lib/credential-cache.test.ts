import { describe, expect, it } from 'vitest'
import { CredentialCache, type Principal } from '../../src/lib/credential-cache.ts'

const BOUNDS = { maxEntries: 1000, maxBytes: 16 * 1024 * 1024 }

describe('CredentialCache', () => {
  it('finds a value by the whole credential only', () => {
    const cache = new CredentialCache<number>(BOUNDS)
    cache.add('Bearer aaaa.bbbb.cccccccccccc', 1, by('p'))
    expect(cache.find('Bearer aaaa.bbbb.cccccccccccc')?.value).toBe(1)
    expect(cache.find('Bearer xaaa.bbbb.cccccccccccc')).toBeUndefined()
    expect(cache.find('bearer aaaa.bbbb.cccccccccccc')).toBeUndefined()
    expect(cache.find('')).toBeUndefined()
  })

  it('replaces the value of a credential', () => {
    const cache = new CredentialCache<number>(BOUNDS)
    cache.add('token-1', 1, by('p'))
    cache.add('token-1', 2, by('p'))
    expect(cache.size).toBe(1)
    expect(cache.find('token-1')?.value).toBe(2)
  })

  it('does not find a removed entry', () => {
    const cache = new CredentialCache<number>(BOUNDS)
    cache.add('token-1', 1, by('p'))
    const entry = cache.find('token-1')
    if (entry !== undefined) cache.remove(entry)
    expect(cache.find('token-1')).toBeUndefined()
    expect(cache.size).toBe(0)
  })

  it('finds all credentials up to maxEntries', () => {
    const cache = new CredentialCache<number>({ maxEntries: 10_000, maxBytes: 100 * 1024 * 1024 })
    const tokens = randomTokens(10_000)
    for (const [index, token] of tokens.entries()) cache.add(token, index, by(`p${index}`))
    const found = tokens.filter((token, index) => cache.find(token)?.value === index).length
    expect([found, cache.size]).toEqual([10_000, 10_000])
  })

  it('never exceeds maxEntries', () => {
    const cache = new CredentialCache<number>({ ...BOUNDS, maxEntries: 100 })
    for (const [index, token] of randomTokens(5000).entries()) {
      cache.add(token, index, by(`p${index}`))
      expect(cache.size).toBe(Math.min(index + 1, 100))
    }
  })

  it('never exceeds maxBytes, counting credentials and parsed claims', () => {
    const cache = new CredentialCache<number>({ maxEntries: 1000, maxBytes: 100_000 })
    const least = 560 + (randomTokens(1)[0]?.length ?? 0)
    for (const [index, token] of randomTokens(5000).entries()) {
      cache.add(token, index, by(`p${index}`))
      expect(cache.size * least).toBeLessThanOrEqual(100_000)
    }
    expect(cache.size).toBeGreaterThan(140)
    for (let index = 0; index < 100; index++) {
      cache.add(`Bearer h.${'c'.repeat(4000)}.${index}`, index, by('long'))
    }
    expect(cache.size * (560 + 4000 * 1.7)).toBeLessThanOrEqual(100_000)
  })

  it('keeps a credential in use while many others are added', () => {
    const cache = new CredentialCache<string>({ ...BOUNDS, maxEntries: 200 })
    cache.add('a client that goes on calling', 'kept', by('client'))
    for (const [index, token] of randomTokens(5000).entries()) {
      cache.add(token, 'flood', by(`p${index}`))
      if (index % 20 === 0) expect(cache.find('a client that goes on calling')?.value).toBe('kept')
    }
  })

  it('evicts only entries of a principal that exceeds its share', () => {
    const cache = new CredentialCache<string>({ ...BOUNDS, maxEntries: 1000 })
    const others = randomTokens(200)
    for (const [index, token] of others.entries()) cache.add(token, 'other', by(`p${index}`))
    for (const token of randomTokens(20_000)) cache.add(token, 'flood', by('attacker'))
    expect(others.every((token) => cache.find(token) !== undefined)).toBe(true)
    expect(cache.size).toBe(200 + 50)
  })

  it('finds most of the credentials used in turn, even if not all of them fit', () => {
    const cache = new CredentialCache<number>({ ...BOUNDS, maxEntries: 700 })
    const tokens = randomTokens(1000)
    let hits = 0
    for (let round = 0; round < 10; round++) {
      for (const [index, token] of tokens.entries()) {
        if (cache.find(token) === undefined) cache.add(token, index, by(`p${index}`))
        else if (round > 0) hits += 1
      }
    }
    expect(hits / 9000).toBeGreaterThan(0.3)
    expect(cache.size).toBeLessThanOrEqual(700)
  })

  it('evicts correctly after removals at any position', () => {
    const cache = new CredentialCache<number>({ ...BOUNDS, maxEntries: 50 })
    const tokens = randomTokens(3000)
    for (const [index, token] of tokens.entries()) {
      cache.add(token, index, by(`p${index % 7}`))
      const other = cache.find(tokens[index - (index % 40)] ?? '')
      if (index % 3 === 0 && other !== undefined) cache.remove(other)
      if (index % 5 === 0 && other !== undefined) cache.remove(other)
    }
    expect(cache.size).toBeGreaterThan(40)
    const found = tokens.filter((token, index) => cache.find(token)?.value === index)
    expect(found.length).toBe(cache.size)
    for (const token of found) {
      const entry = cache.find(token)
      if (entry !== undefined) cache.remove(entry)
    }
    expect(cache.size).toBe(0)
  })

  it('stores nothing with bounds of zero', () => {
    const cache = new CredentialCache<number>({ maxEntries: 0, maxBytes: 1000 })
    cache.add('token', 1, by('p'))
    expect(cache.size).toBe(0)
  })
})

function by(subject: string): Principal {
  return { issuer: 'https://as.example', subject }
}

function randomTokens(count: number): string[] {
  return Array.from({ length: count }, () => `Bearer header.claims.${crypto.randomUUID()}`)
}

describe('the bounds of CredentialCache', () => {
  const alice = { issuer: 'i', subject: 'alice' }
  const bob = { issuer: 'i', subject: 'bob' }

  /** Adds so many of one principal, and says how many there are. */
  function fill(
    cache: CredentialCache<number>,
    principal: typeof alice,
    name: string,
    count: number,
  ) {
    for (let index = 0; index < count; index++) cache.add(`${name}${index}.x.y`, index, principal)
    return cache.size
  }

  function small() {
    return new CredentialCache<number>({ maxEntries: 100, maxBytes: 1e9 })
  }

  it('allow one principal at least 16 entries', () => {
    expect(fill(small(), alice, 'a', 16)).toBe(16)
    expect(fill(small(), alice, 'a', 20)).toBe(16)
  })

  it('count only the remaining entries of a principal', () => {
    for (const [first, removed] of [
      [16, 1],
      [2, 1],
      [2, 2],
    ] as const) {
      const cache = small()
      fill(cache, alice, 'a', first)
      for (let index = 0; index < removed; index++) {
        const entry = cache.find(`a${index}.x.y`)
        if (entry !== undefined) cache.remove(entry)
      }
      expect(cache.size).toBe(first - removed)
      expect(fill(cache, alice, 'b', 20)).toBe(16)
    }
  })

  it('count each principal of an issuer separately', () => {
    const cache = small()
    fill(cache, alice, 'a', 16)
    expect(fill(cache, bob, 'b', 1)).toBe(17)
    expect(fill(cache, alice, 'c', 16)).toBe(17)
    const entry = cache.find('b0.x.y')
    if (entry !== undefined) cache.remove(entry)
    expect(fill(cache, alice, 'd', 16)).toBe(16)
  })

  it('are exact: bytes of credentials and their overhead', () => {
    // 3 characters, 560 bytes around them, and 0.7 for the one before the last dot.
    const bytes = 563.7
    for (const [maxBytes, size] of [
      [bytes - 0.1, 0],
      [bytes, 1],
      [2 * bytes - 0.1, 1],
      [2 * bytes, 2],
    ] as const) {
      const cache = new CredentialCache<number>({ maxEntries: 10, maxBytes })
      cache.add('a.b', 1, alice)
      cache.add('c.d', 2, bob)
      expect(cache.size).toBe(size)
    }
  })

  it('may be one entry, or none', () => {
    for (const maxEntries of [0, 1]) {
      const cache = new CredentialCache<number>({ maxEntries, maxBytes: 1e9 })
      for (const name of ['a', 'b']) {
        cache.add(`${name}.x.y`, 1, alice)
        expect(cache.size).toBe(maxEntries)
        expect(cache.find(`${name}.x.y`)?.value).toBe(maxEntries === 1 ? 1 : undefined)
      }
    }
  })

  it('evict an entry even if all entries were found lately', () => {
    const cache = new CredentialCache<number>({ maxEntries: 2, maxBytes: 1e9 })
    for (const name of ['a', 'b', 'c']) {
      cache.add(`${name}.x.y`, 1, { issuer: 'i', subject: name })
      expect(cache.find(`${name}.x.y`)?.value).toBe(1)
    }
    expect(cache.size).toBe(2)
  })

  it('are not changed by removing an entry twice', () => {
    const cache = small()
    fill(cache, alice, 'a', 2)
    const entry = cache.find('a0.x.y')
    if (entry === undefined) throw new Error('It is gone')
    cache.remove(entry)
    cache.remove(entry)
    expect(cache.size).toBe(1)
    expect(cache.find('a1.x.y')?.value).toBe(1)
    expect(fill(cache, alice, 'b', 20)).toBe(16)
  })
})
