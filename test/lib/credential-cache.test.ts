import { describe, expect, it } from 'vitest'
import { CacheEntry } from '../../src/lib/cache-entry.ts'
import { type CacheBounds, CredentialCache } from '../../src/lib/credential-cache.ts'

const FOREVER = 1e9
const NOW = 1000
const ISSUER = 'https://as.example'

describe('CredentialCache', () => {
  it('finds a value by the whole credential only', () => {
    const cache = createCache()
    cache.store('Bearer aaaa.bbbb.cccccccccccc', 'p', 1)
    expect(cache.lookUp('Bearer aaaa.bbbb.cccccccccccc')).toBe(1)
    expect(cache.lookUp('Bearer xaaa.bbbb.cccccccccccc')).toBeUndefined()
    expect(cache.lookUp('bearer aaaa.bbbb.cccccccccccc')).toBeUndefined()
    expect(cache.lookUp('')).toBeUndefined()
  })

  it('finds by the whole credential where its head is stored once for many', () => {
    const cache = createCache()
    const head = 'Bearer header.'
    cache.store('Bearer header.claims.cccccccccccc', 'p', 1, { head })
    cache.store('Bearer header.', 'p', 2, { head })
    // Twice: the second time the entries are hot.
    for (let times = 0; times < 2; times++) {
      expect(cache.lookUp('bearer header.claims.cccccccccccc')).toBeUndefined()
      expect(cache.lookUp('Bearer_header.claims.cccccccccccc')).toBeUndefined()
      expect(cache.lookUp('Bearer header.xlaims.cccccccccccc')).toBeUndefined()
      expect(cache.lookUp('Bearer header.claims.xcccccccccccc')).toBeUndefined()
      expect(cache.lookUp('claims.cccccccccccc')).toBeUndefined()
      expect(cache.lookUp('Bearer header.claims.cccccccccccc')).toBe(1)
      expect(cache.lookUp('Bearer header.')).toBe(2)
    }
    cache.removeIt('Bearer header.')
    expect([cache.size, cache.lookUp('Bearer header.')]).toEqual([1, undefined])
  })

  it('stores no credential with other characters than ASCII', () => {
    const cache = createCache()
    cache.store('Bearer aaaa.bbbb.ccccccccccc\u00e9', 'p', 1)
    expect([cache.size, cache.bytes, cache.lookUp('Bearer aaaa.bbbb.ccccccccccc\u00e9')]).toEqual([
      0,
      0,
      undefined,
    ])
    cache.store('Bearer aaaa.bbbb.ccccccccccccA', 'p', 2)
    // U+0141 has the low byte of an A.
    expect(cache.lookUp('Bearer aaaa.bbbb.cccccccccccc\u0141')).toBeUndefined()
    expect(cache.lookUp('Bearer aaaa.bbbb.\u0163cccccccccccA')).toBeUndefined()
    expect(cache.lookUp('Bearer aaaa.bbbb.ccccccccccccA')).toBe(2)
  })

  it('replaces the value of a credential', () => {
    const cache = createCache()
    cache.store('token-1', 'p', 1)
    cache.store('token-1', 'p', 2)
    expect([cache.size, cache.lookUp('token-1')]).toEqual([1, 2])
  })

  it('does not find a removed entry, and removes it once', () => {
    const cache = createCache()
    cache.store('token-1', 'p', 1)
    cache.store('token-2', 'p', 2)
    const entry = cache.find('token-1') as Entry
    cache.remove(entry)
    cache.remove(entry)
    expect([cache.size, cache.lookUp('token-1'), cache.lookUp('token-2')]).toEqual([
      1,
      undefined,
      2,
    ])
    cache.removeIt('token-2')
    expect([cache.size, cache.bytes]).toEqual([0, 0])
  })

  it('finds all credentials up to maxEntries', () => {
    const cache = createCache({ maxEntries: 10_000 })
    const tokens = randomTokens(10_000)
    for (const [index, token] of tokens.entries()) cache.store(token, `p${index}`, index)
    const found = tokens.filter((token, index) => cache.lookUp(token) === index).length
    expect([found, cache.size]).toEqual([10_000, 10_000])
  })

  it('finds what it has after removals in any order', () => {
    const cache = createCache({ maxEntries: 50 })
    const tokens = randomTokens(3000)
    for (const [index, token] of tokens.entries()) {
      cache.store(token, `p${index % 7}`, index)
      const other = tokens[index - (index % 40)] ?? ''
      if (index % 3 === 0 || index % 5 === 0) cache.removeIt(other)
    }
    expect(cache.size).toBeGreaterThan(30)
    const found = tokens.filter((token, index) => cache.lookUp(token) === index)
    expect(found.length).toBe(cache.size)
    for (const token of found) cache.removeIt(token)
    expect([cache.size, cache.bytes]).toEqual([0, 0])
  })
})

describe('a credential that finds no place', () => {
  it('gets one only if it was away for less time than an entry has been idle', () => {
    const cache = createCache({ maxEntries: 4 })
    const kept = fill(cache, 4)
    cache.store('newcomer', 'n', 1)
    expect(cache.lookUp('newcomer')).toBeUndefined()
    // All others are used between its visits: it was away for longer than any of them has been idle.
    for (let times = 0; times < 10; times++) {
      for (const token of kept) cache.find(token)
      cache.store('newcomer', 'n', 1)
      expect(cache.lookUp('newcomer')).toBeUndefined()
    }
    expect(kept.every((token) => cache.lookUp(token) !== undefined)).toBe(true)
    // From now on one of them is not used any more.
    const [idle = '', ...used] = kept
    for (let times = 0; times < 10 && cache.lookUp('newcomer') === undefined; times++) {
      for (const token of used) cache.find(token)
      cache.store('newcomer', 'n', 1)
    }
    expect(cache.lookUp('newcomer')).toBe(1)
    expect(cache.lookUp(idle)).toBeUndefined()
    expect(used.every((token) => cache.lookUp(token) !== undefined)).toBe(true)
  })

  it('is declined before an entry is made for it', () => {
    const cache = createCache({ maxEntries: 100 })
    const kept = fill(cache, 100)
    const admits = (token: string, holder: string): boolean =>
      cache.admits(token, { issuer: ISSUER, holder }, NOW)
    expect([admits('newcomer', 'n'), cache.size]).toEqual([false, 100])
    // One that is stored, of two requests at once, needs no other place.
    expect([admits(kept[0] ?? '', 'p0'), cache.size]).toEqual([true, 100])
    expect(kept.every((token) => cache.find(token) !== undefined)).toBe(true)
    // Now all others were used since its visit, so it was away for longer than they are idle.
    expect([admits('newcomer', 'n'), cache.size]).toEqual([false, 100])
    // From here on no other is used, and it was away for less time than they have been idle.
    expect([admits('newcomer', 'n'), cache.size]).toEqual([true, 99])
  })

  it('takes the place of an entry that is not valid any more', () => {
    const cache = createCache({ maxEntries: 1 })
    cache.store('old', 'p', 1, { validUntil: NOW })
    cache.store('new', 'q', 2)
    expect([cache.lookUp('old'), cache.lookUp('new')]).toEqual([undefined, 2])
    cache.store('third', 'r', 3)
    expect([cache.lookUp('new'), cache.lookUp('third')]).toEqual([2, undefined])
  })

  it.each([1.05, 1.5, 3, 10])('keeps as many hits as are possible at %f × the bound', (factor) => {
    const maxEntries = 500
    const cache = createCache({ maxEntries })
    const tokens = randomTokens(maxEntries * factor)
    const hits = useInTurn(cache, tokens, 12)
    expect(hits).toBeGreaterThan(0.95 / factor)
    expect(cache.size).toBe(maxEntries)
  })

  it('displaces nothing in a flood of credentials that are used once', () => {
    const cache = createCache({ maxEntries: 500 })
    const tokens = randomTokens(450)
    useInTurn(cache, tokens, 2)
    let hits = 0
    for (let round = 0; round < 5; round++) {
      for (const token of tokens) {
        if (cache.find(token) !== undefined) hits += 1
        for (const once of randomTokens(3)) cache.store(once, `once ${once}`, 0)
      }
    }
    expect(hits / (450 * 5)).toBeGreaterThan(0.98)
  })

  it('is followed by others that are used instead, within a few rounds', () => {
    const cache = createCache({ maxEntries: 300 })
    useInTurn(cache, randomTokens(300), 3)
    expect(useInTurn(cache, randomTokens(300), 20)).toBeGreaterThan(0.75)
  })
})

describe('the bounds of CredentialCache', () => {
  it('are never exceeded in entries', () => {
    const cache = createCache({ maxEntries: 100 })
    for (const [index, token] of randomTokens(2000).entries()) {
      cache.store(token, `p${index}`, index)
      expect(cache.size).toBe(Math.min(index + 1, 100))
    }
  })

  it('are never exceeded in bytes, those of hot entries included', () => {
    const cache = createCache({ maxBytes: 100_000 })
    for (const [index, token] of randomTokens(1000).entries()) {
      cache.store(token, `p${index}`, index, { valueBytes: index % 5 === 0 ? 9000 : 300 })
      cache.find(token)
      cache.find(token)
      expect(cache.bytes).toBeLessThanOrEqual(100_000)
    }
    expect(cache.bytes).toBeGreaterThan(80_000)
  })

  it('count the text of an entry, its value and what is around them', () => {
    const cache = createCache()
    cache.store('x'.repeat(800), 'p', 1, { valueBytes: 1000 })
    // 800 characters take 175 words, and twelve blocks of 64 bytes hold 180.
    expect(cache.bytes).toBe(12 * 64 + 1000 + 208)
    cache.find('x'.repeat(800))
    expect(cache.bytes).toBe(12 * 64 + 1000 + 208 + 800 + 16 + 160)
    cache.removeIt('x'.repeat(800))
    expect(cache.bytes).toBe(0)
  })

  it('leave out what is larger than all of it', () => {
    const cache = createCache({ maxBytes: 1000 })
    cache.store('small', 'p', 1)
    cache.store('large', 'q', 2, { valueBytes: 1000 })
    expect([cache.lookUp('small'), cache.lookUp('large')]).toEqual([1, undefined])
  })

  it('may be one entry, or none', () => {
    for (const maxEntries of [0, 1]) {
      const cache = createCache({ maxEntries })
      cache.store('a.x.y', 'a', 1)
      expect([cache.size, cache.lookUp('a.x.y')]).toEqual([maxEntries, maxEntries || undefined])
    }
  })

  it('read randomness when the first credential is added, and not before', () => {
    let calls = 0
    const seed = (): number => {
      calls += 1
      return 7
    }
    const cache = createCache({ seed })
    expect([cache.find('a'), calls]).toEqual([undefined, 0])
    cache.store('a', 'p', 1)
    cache.store('b', 'p', 1)
    expect(calls).toBe(1)
  })
})

describe('one principal', () => {
  it('displaces only its own entries above its share', () => {
    const cache = createCache({ maxEntries: 1000 })
    const others = randomTokens(200)
    for (const [index, token] of others.entries()) cache.store(token, `p${index}`, 1)
    for (const token of randomTokens(5000)) {
      cache.store(token, 'attacker', 2)
      cache.find(token)
    }
    expect(others.every((token) => cache.lookUp(token) === 1)).toBe(true)
    expect(cache.size).toBe(200 + 50)
  })

  it('has a share of the bytes, too', () => {
    const cache = createCache({ maxEntries: 1000, maxBytes: 1_000_000 })
    for (const token of randomTokens(500)) cache.store(token, 'attacker', 2, { valueBytes: 9000 })
    // 50,000 bytes would be five entries; the minimum is more.
    expect(cache.size).toBe(16)
    cache.store('another', 'p', 1)
    expect(cache.lookUp('another')).toBe(1)
  })

  it('cannot displace others that use their credentials, however often it uses its own', () => {
    const cache = createCache({ maxEntries: 400 })
    const others = randomTokens(380)
    for (const [index, token] of others.entries()) cache.store(token, `p${index}`, 1)
    const own = randomTokens(100)
    for (let round = 0; round < 5; round++) {
      for (const token of others) {
        cache.find(token)
        for (const each of own.slice(0, 25)) {
          if (cache.find(each) === undefined) cache.store(each, 'attacker', 2)
        }
      }
    }
    const left = others.filter((token) => cache.lookUp(token) === 1).length
    expect(left).toBeGreaterThanOrEqual(400 - 20)
  })

  it('does not make the cache forget tokens without a place', () => {
    const cache = createCache({ maxEntries: 64 })
    const [idle = '', ...used] = fill(cache, 64)
    cache.store('newcomer', 'n', 1)
    for (const token of used) cache.find(token)
    for (const token of randomTokens(3000)) cache.store(token, 'attacker', 2)
    for (let times = 0; times < 100 && cache.lookUp('newcomer') === undefined; times++) {
      for (const token of used) cache.find(token)
      cache.store('newcomer', 'n', 1)
    }
    expect([cache.lookUp('newcomer'), cache.lookUp(idle)]).toEqual([1, undefined])
  })

  it('is admitted with its share used up: it displaces an entry of its own', () => {
    const cache = createCache({ maxEntries: 100 })
    const own = randomTokens(16)
    for (const token of own) cache.store(token, 'alice', 1)
    const others = fill(cache, 84)
    expect(cache.admits('next', { issuer: ISSUER, holder: 'alice' }, NOW)).toBe(true)
    expect(cache.size).toBe(100)
    cache.store('next', 'alice', 2)
    expect([cache.size, cache.lookUp('next')]).toEqual([100, 2])
    expect(others.every((token) => cache.find(token) !== undefined)).toBe(true)
  })

  it('may have at least 16 entries', () => {
    const cache = createCache({ maxEntries: 100 })
    for (const token of randomTokens(16)) cache.store(token, 'alice', 1)
    expect(cache.size).toBe(16)
    for (const token of randomTokens(20)) cache.store(token, 'alice', 1)
    expect(cache.size).toBe(16)
    for (const token of randomTokens(3)) cache.store(token, 'bob', 1)
    expect(cache.size).toBe(19)
    for (const token of randomTokens(16)) cache.store(token, 'alice', 1, { issuer: 'another' })
    expect(cache.size).toBe(35)
  })

  it.each([
    [16, 1],
    [2, 1],
    [2, 2],
  ])('is counted by its remaining entries: %i less %i', (first, removed) => {
    const cache = createCache({ maxEntries: 100 })
    const tokens = randomTokens(first)
    for (const token of tokens) cache.store(token, 'alice', 1)
    for (const token of tokens.slice(0, removed)) cache.removeIt(token)
    expect(cache.size).toBe(first - removed)
    for (const token of randomTokens(20)) cache.store(token, 'alice', 1)
    expect(cache.size).toBe(16)
  })
})

class Entry extends CacheEntry {
  readonly issuer: string
  readonly holder: string
  readonly validUntil: number
  readonly value: number

  constructor(credential: string, holder: string, value: number, options: EntryOptions) {
    super(credential, { head: options.head ?? '' }, options.valueBytes ?? 0)
    this.issuer = options.issuer ?? ISSUER
    this.holder = holder
    this.validUntil = options.validUntil ?? FOREVER
    this.value = value
  }

  warm(): void {}
  cool(): void {}
}

interface EntryOptions {
  readonly head?: string
  readonly issuer?: string
  readonly validUntil?: number
  readonly valueBytes?: number
}

class TestCache extends CredentialCache<Entry> {
  /** As the cache of tokens: no entry is made for a credential that gets no place. */
  store(credential: string, holder: string, value: number, options: EntryOptions = {}): void {
    const issuer = options.issuer ?? ISSUER
    if (!this.admits(credential, { issuer, holder }, NOW)) return
    this.add(credential, new Entry(credential, holder, value, options), NOW)
  }

  lookUp(credential: string): number | undefined {
    return this.find(credential)?.value
  }

  removeIt(credential: string): void {
    const entry = this.find(credential)
    if (entry !== undefined) this.remove(entry)
  }
}

function createCache(bounds: Partial<CacheBounds> = {}): TestCache {
  return new TestCache({ maxEntries: 1000, maxBytes: 1e9, seed: () => 12_345, ...bounds })
}

function fill(cache: TestCache, count: number): string[] {
  const tokens = randomTokens(count)
  for (const [index, token] of tokens.entries()) cache.store(token, `p${index}`, 0)
  return tokens
}

/** The part of the uses after the first round that found their credential. */
function useInTurn(cache: TestCache, tokens: readonly string[], rounds: number): number {
  let hits = 0
  for (let round = 0; round < rounds; round++) {
    for (const [index, token] of tokens.entries()) {
      if (cache.find(token) === undefined) cache.store(token, `user ${token}`, index)
      else if (round > 0) hits += 1
    }
  }
  return hits / (tokens.length * (rounds - 1))
}

let tokens = 0

/** Different texts that end like signatures, the same in every run. */
function randomTokens(count: number): string[] {
  return Array.from({ length: Math.round(count) }, () => {
    tokens += 1
    let state = Math.imul(tokens, 0x9e3779b1)
    const characters = Array.from({ length: 32 }, () => {
      state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 1
      return 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef'[(state >>> 8) & 31]
    })
    return `Bearer header.${tokens}.${characters.join('')}`
  })
}
