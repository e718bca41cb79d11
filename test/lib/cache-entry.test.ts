import { describe, expect, it } from 'vitest'
import { CacheEntry, hashOf } from '../../src/lib/cache-entry.ts'

class Entry extends CacheEntry {
  readonly issuer = 'https://as.example'
  readonly holder = 'user'
  readonly validUntil = 1e9

  warm(): void {}
  cool(): void {}
}

describe('hashOf()', () => {
  it('depends on six characters before the last one, and on no others', () => {
    const credential = 'header.claims.signature'
    const changed = (back: number) => {
      const at = credential.length - 1 - back
      return hashOf(`${credential.slice(0, at)}#${credential.slice(at + 1)}`)
    }
    const hash = hashOf(credential)
    expect([0, 7, 8].map(changed)).toEqual([hash, hash, hash])
    const others = [1, 2, 3, 4, 5, 6].map(changed)
    expect(new Set([hash, ...others]).size).toBe(7)
  })

  it('has 30 bits, and is never 0', () => {
    expect(hashOf('\0'.repeat(8))).toBe(1)
    const hashes = Array.from({ length: 10_000 }, (_, index) => hashOf(`token-${index}-x`))
    expect(Math.min(...hashes)).toBeGreaterThan(0)
    expect(Math.max(...hashes)).toBeLessThan(2 ** 30)
    // Each bit is set in about half of them.
    const all = hashes.reduce((bits, hash) => bits | hash, 0)
    expect(all).toBe(2 ** 30 - 1)
  })

  it('spreads similar credentials over all slots', () => {
    const used = new Set(
      Array.from({ length: 1024 }, (_, index) => hashOf(`token-${index}-x`) & 1023),
    )
    expect(used.size).toBeGreaterThan(600)
  })
})

describe('CacheEntry', () => {
  it('has the length of its credential without the head, and the bytes of all of it', () => {
    const entry = new Entry(`head.${'x'.repeat(60)}`, { head: 'head.' }, 100)
    expect([entry.length, entry.bytes]).toEqual([60, 208 + 64 + 100])
    expect(entry.hash).toBe(hashOf(`head.${'x'.repeat(60)}`))
    expect(entry.whole).toBeUndefined()
  })
})
