import { describe, expect, it } from 'vitest'
import { VerifiedCache } from '../../src/token/verified-cache.ts'

const BOUNDS = { maxEntries: 1000, maxBytes: 16 * 1024 * 1024 }

describe('VerifiedCache', () => {
  it('finds what was added by the whole text only', () => {
    const cache = new VerifiedCache<number>(BOUNDS)
    cache.add('Bearer aaaa.bbbb.cccccccccccc', 1, 'p')
    expect(cache.find('Bearer aaaa.bbbb.cccccccccccc')?.value).toBe(1)
    expect(cache.find('Bearer xaaa.bbbb.cccccccccccc')).toBeUndefined()
    expect(cache.find('bearer aaaa.bbbb.cccccccccccc')).toBeUndefined()
    expect(cache.find('')).toBeUndefined()
  })

  it('keeps one entry for one credential', () => {
    const cache = new VerifiedCache<number>(BOUNDS)
    cache.add('token-1', 1, 'p')
    cache.add('token-1', 2, 'p')
    expect(cache.size).toBe(1)
    expect(cache.find('token-1')?.value).toBe(2)
  })

  it('forgets what was removed', () => {
    const cache = new VerifiedCache<number>(BOUNDS)
    cache.add('token-1', 1, 'p')
    const entry = cache.find('token-1')
    if (entry !== undefined) cache.remove(entry)
    expect(cache.find('token-1')).toBeUndefined()
    expect(cache.size).toBe(0)
  })

  it('holds nearly all of as many tokens as it is allowed', () => {
    const cache = new VerifiedCache<number>({ maxEntries: 10_000, maxBytes: 100 * 1024 * 1024 })
    const tokens = randomTokens(10_000)
    for (const [index, token] of tokens.entries()) cache.add(token, index, `p${index}`)
    const found = tokens.filter((token, index) => cache.find(token)?.value === index).length
    expect(found).toBeGreaterThan(9000)
    expect(cache.size).toBe(found)
  })

  it('never exceeds its entries or its bytes under a flood', () => {
    const cache = new VerifiedCache<number>({ maxEntries: 100, maxBytes: 100_000 })
    for (const [index, token] of randomTokens(5000).entries()) {
      cache.add(token, index, `p${index}`)
      expect(cache.size).toBeLessThanOrEqual(64)
    }
    expect(cache.size).toBeGreaterThan(20)
  })

  it('keeps what is asked for while others flood it', () => {
    const cache = new VerifiedCache<string>({ ...BOUNDS, maxEntries: 200 })
    cache.add('a client that goes on calling', 'kept', 'client')
    for (const [index, token] of randomTokens(5000).entries()) {
      cache.add(token, 'flood', `p${index}`)
      if (index % 20 === 0) expect(cache.find('a client that goes on calling')?.value).toBe('kept')
    }
  })

  it('lets one principal push out only its own', () => {
    const cache = new VerifiedCache<string>({ ...BOUNDS, maxEntries: 1000 })
    const others = randomTokens(200)
    for (const [index, token] of others.entries()) cache.add(token, 'other', `p${index}`)
    for (const token of randomTokens(20_000)) cache.add(token, 'flood', 'attacker')
    // What is missing fell victim to a shared bucket, not to the flood: at most the share can hit it.
    expect(others.filter((token) => cache.find(token) !== undefined).length).toBeGreaterThan(150)
    expect(cache.size).toBeLessThanOrEqual(250)
  })

  it('serves most of the tokens that come in turn, though there is room for fewer', () => {
    const cache = new VerifiedCache<number>({ ...BOUNDS, maxEntries: 700 })
    const tokens = randomTokens(1000)
    let hits = 0
    for (let round = 0; round < 10; round++) {
      for (const [index, token] of tokens.entries()) {
        if (cache.find(token) === undefined) cache.add(token, index, `p${index}`)
        else if (round > 0) hits += 1
      }
    }
    expect(hits / 9000).toBeGreaterThan(0.3)
    expect(cache.size).toBeLessThanOrEqual(700)
  })

  it('with no room at all keeps nothing', () => {
    const cache = new VerifiedCache<number>({ maxEntries: 0, maxBytes: 1000 })
    cache.add('token', 1, 'p')
    expect(cache.size).toBe(0)
  })
})

function randomTokens(count: number): string[] {
  return Array.from({ length: count }, () => `Bearer header.claims.${crypto.randomUUID()}`)
}
