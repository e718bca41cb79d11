/** The exact limits of {@link CredentialCache}: hot entries, places and shares. */

import { afterEach, describe, expect, it, vi } from 'vitest'
import { CacheEntry } from '../../src/lib/cache-entry.ts'
import { type CacheBounds, CredentialCache } from '../../src/lib/credential-cache.ts'

const NOW = 1000
const ISSUER = 'https://as.example'
const SEED = 12_345
/** Two holders whose hashes are equal with that seed. */
const TWINS = ['1bwuskv', '1nwg06m'] as const
/** An entry with a credential of less than 60 characters. */
const ENTRY_BYTES = 208 + 64
const MAX_HOT = 1024

interface EntryOptions {
  readonly holder?: string
  readonly issuer?: string
  readonly valueBytes?: number
  readonly validUntil?: number
}

class Entry extends CacheEntry {
  readonly issuer: string
  readonly holder: string
  readonly validUntil: number
  /** The credential, while the entry keeps what is costly to build. */
  kept: string | undefined

  constructor(credential: string, options: EntryOptions = {}) {
    super(credential, { head: '' }, options.valueBytes ?? 0)
    this.issuer = options.issuer ?? ISSUER
    this.holder = options.holder ?? credential
    this.validUntil = options.validUntil ?? 1e9
  }

  warm(credential: string): void {
    this.kept = credential
  }

  cool(): void {
    this.kept = undefined
  }
}

function createCache(bounds: Partial<CacheBounds> = {}) {
  return new CredentialCache<Entry>({
    maxEntries: 5000,
    maxBytes: 1e9,
    seed: () => SEED,
    ...bounds,
  })
}

/** Adds a credential without asking for a place before. */
function add(cache: CredentialCache<Entry>, credential: string, options?: EntryOptions): Entry {
  const entry = new Entry(credential, options)
  cache.add(credential, entry, NOW)
  return entry
}

function tokensOf(name: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${name}-${index}-x`)
}

function admits(cache: CredentialCache<Entry>, credential: string, holder = credential): boolean {
  return cache.admits(credential, { issuer: ISSUER, holder }, NOW)
}

describe('an entry is hot', () => {
  it('after two uses with fewer than 1,024 others between them', () => {
    for (const [others, isHot] of [
      [MAX_HOT - 2, true],
      [MAX_HOT - 1, false],
    ] as const) {
      const cache = createCache()
      const [other, entry] = [add(cache, 'other'), add(cache, 'token')]
      for (let count = 0; count < others; count++) cache.find('other')
      expect(other.kept).toBe('other')
      cache.find('token')
      expect(entry.kept).toBe(isHot ? 'token' : undefined)
    }
  })

  it('until 1,024 others became hot after it', () => {
    const cache = createCache()
    const tokens = tokensOf('token', MAX_HOT + 2)
    for (const token of tokens) {
      add(cache, token)
      cache.find(token)
    }
    const now = tokens.map((token) => cache.find(token))
    const hot = now.filter((entry) => entry?.kept !== undefined)
    expect(hot.length).toBe(MAX_HOT)
    // The first two gave way to the last two, and their bytes with them.
    const hotBytes = tokens
      .filter((_, index) => now[index]?.kept !== undefined)
      .reduce((sum, token) => sum + 160 + 16 + Math.ceil(token.length / 8) * 8, 0)
    expect(cache.bytes).toBe(tokens.length * ENTRY_BYTES + hotBytes)
  })

  it('in a cache of few entries while it is among them', () => {
    const cache = createCache({ maxEntries: 2 })
    const [one, two] = [add(cache, 'one'), add(cache, 'two')]
    for (const token of ['one', 'two', 'one']) cache.find(token)
    expect([one.kept, two.kept]).toEqual(['one', 'two'])
    cache.remove(one)
    expect([one.kept, two.kept, cache.bytes]).toEqual([
      undefined,
      'two',
      ENTRY_BYTES + 160 + 16 + 8,
    ])
  })

  it('if there is room for its text', () => {
    const hotBytes = 160 + 16 + 8
    for (const [missing, isHot] of [
      [0, true],
      [1, false],
    ] as const) {
      const cache = createCache({ maxBytes: ENTRY_BYTES + hotBytes - missing })
      const entry = add(cache, 'token')
      cache.find('token')
      expect(entry.kept).toBe(isHot ? 'token' : undefined)
      expect(cache.bytes).toBe(ENTRY_BYTES + (isHot ? hotBytes : 0))
    }
  })
})

describe('a credential gets a place', () => {
  it('if it takes all bytes exactly', () => {
    const cache = createCache({ maxBytes: ENTRY_BYTES + 100 })
    add(cache, 'large', { valueBytes: 101 })
    expect([cache.size, cache.find('large')]).toEqual([0, undefined])
    const entry = add(cache, 'exact', { valueBytes: 100 })
    expect([cache.size, cache.bytes, cache.find('exact')]).toEqual([1, ENTRY_BYTES + 100, entry])
  })

  it('without being asked for before only if one is free', () => {
    const cache = createCache({ maxEntries: 4 })
    const kept = tokensOf('kept', 4)
    for (const token of kept) add(cache, token)
    for (const token of kept) cache.find(token)
    add(cache, 'newcomer')
    expect([cache.size, cache.find('newcomer')]).toEqual([4, undefined])
    expect(kept.map((token) => cache.find(token) !== undefined)).toEqual([true, true, true, true])
  })

  it('when it comes again before any other is used, asked for or not', () => {
    const cache = createCache({ maxEntries: 4 })
    for (const token of tokensOf('kept', 4)) add(cache, token)
    expect(admits(cache, 'newcomer')).toBe(false)
    const entry = add(cache, 'newcomer')
    expect([cache.size, cache.find('newcomer')]).toEqual([4, entry])
  })

  it('again when it comes back sooner than others were idle', () => {
    const cache = createCache({ maxEntries: 1 })
    add(cache, 'first')
    // The second takes the place at its second visit.
    expect(admits(cache, 'second')).toBe(false)
    add(cache, 'second')
    expect(cache.find('first')).toBeUndefined()
    // The first was used longer ago than the second.
    expect(admits(cache, 'first')).toBe(false)
    expect(admits(cache, 'first')).toBe(true)
  })

  it('at once in the place of an entry that ends now', () => {
    const cache = createCache({ maxEntries: 8 })
    for (const token of tokensOf('kept', 8)) add(cache, token, { validUntil: NOW })
    expect(admits(cache, 'newcomer')).toBe(true)
    expect(cache.size).toBe(7)
  })
})

describe('a newcomer takes the place', () => {
  it('in most cases of the one of five that was used or added longest ago, whatever the seed is', () => {
    const firsts = Array.from({ length: 40 }, (_, index) => {
      const cache = createCache({ maxEntries: 5, seed: () => index + 1 })
      const kept = tokensOf(`kept${index}`, 5)
      for (const token of kept) add(cache, token)
      admits(cache, 'newcomer')
      admits(cache, 'newcomer')
      return kept.findIndex((token) => cache.find(token) === undefined)
    })
    expect(firsts.filter((index) => index === 0).length).toBeGreaterThan(25)
  })

  it('of an entry that ends now, although it was used last', () => {
    for (const count of [2, 3, 4]) {
      const cache = createCache({ maxEntries: count })
      const kept = tokensOf('kept', count - 1)
      for (const token of kept) add(cache, token)
      add(cache, 'ends', { validUntil: NOW })
      cache.find('ends')
      expect(admits(cache, 'newcomer')).toBe(true)
      expect(cache.find('ends')).toBeUndefined()
      expect(kept.filter((token) => cache.find(token) !== undefined)).toEqual(kept)
    }
  })

  it('of one that is idle for longer than the newcomer, which had a place until it ended', () => {
    const cache = createCache({ maxEntries: 2 })
    add(cache, 'idle')
    add(cache, 'ends', { validUntil: NOW })
    cache.find('ends')
    add(cache, 'other')
    expect(cache.find('ends')).toBeUndefined()
    // Valid again, at its first visit.
    expect(admits(cache, 'ends')).toBe(true)
    expect(cache.find('idle')).toBeUndefined()
  })
})

describe('one principal', () => {
  it('is declined below its share where the cache is full', () => {
    const cache = createCache({ maxEntries: 100 })
    for (const token of tokensOf('own', 15)) add(cache, token, { holder: 'alice' })
    for (const token of tokensOf('other', 85)) add(cache, token)
    expect([admits(cache, 'next', 'alice'), cache.size]).toEqual([false, 100])
  })

  it('is another one at another issuer', () => {
    const cache = createCache({ maxEntries: 100 })
    const own = tokensOf('own', 16)
    for (const token of own) add(cache, token, { holder: 'alice', issuer: 'another' })
    for (const token of tokensOf('other', 60)) add(cache, token, { holder: 'alice' })
    expect(cache.size).toBe(32)
    expect(own.filter((token) => cache.find(token) !== undefined)).toEqual(own)
  })

  it('has a share in entries of average size, rounded up', () => {
    const cache = createCache({ maxEntries: 1000, maxBytes: 1_000_000 })
    const valueBytes = 1100 - ENTRY_BYTES
    for (const token of tokensOf('own', 60)) add(cache, token, { holder: 'alice', valueBytes })
    // Each counts as two of fifty.
    expect(cache.size).toBe(25)
  })

  it('shares the count of another with the same hash, and displaces none of its entries', () => {
    const cache = createCache({ maxEntries: 100 })
    const [one, other] = TWINS
    const kept = tokensOf('one', 16)
    for (const token of kept) add(cache, token, { holder: one })
    for (const token of tokensOf('other', 3)) add(cache, token, { holder: other })
    expect(cache.size).toBe(17)
    expect(kept.filter((token) => cache.find(token) !== undefined)).toEqual(kept)
  })
})

describe('the seed', () => {
  afterEach(() => void vi.restoreAllMocks())

  it('is a random number of 32 bits where none is given', () => {
    const random = vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
      if (array instanceof Int32Array) array[0] = SEED
      return array
    })
    const cache = createCache({ maxEntries: 100, seed: undefined as never })
    expect(random).not.toHaveBeenCalled()
    const [one, other] = TWINS
    for (const token of tokensOf('one', 16)) add(cache, token, { holder: one })
    for (const token of tokensOf('other', 3)) add(cache, token, { holder: other })
    // The two have the same hash with this seed only.
    expect(cache.size).toBe(17)
    expect(random.mock.calls).toEqual([[Int32Array.of(SEED)]])
  })

  it('is read once, also if it is 0', () => {
    const seed = vi.fn(() => 0)
    const cache = createCache({ seed })
    for (const token of ['one', 'two']) add(cache, token)
    expect(seed).toHaveBeenCalledTimes(1)
    expect([cache.size, cache.find('one')?.holder]).toEqual([2, 'one'])
  })
})
