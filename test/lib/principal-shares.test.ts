import { describe, expect, it } from 'vitest'
import { hashOfPrincipal, PrincipalShares } from '../../src/lib/principal-shares.ts'

describe('PrincipalShares', () => {
  it('counts like a map, whatever the order of changes', () => {
    const shares = new PrincipalShares()
    const expected = new Map<number, number>()
    let state = 1
    for (let step = 0; step < 20_000; step++) {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      // Neighbours, so that most slots are taken by others.
      const principal = 1 + (state % 200) * (step % 2 === 0 ? 1 : 64)
      const held = expected.get(principal) ?? 0
      const by = state % 3 === 0 ? 1 + (state % 5) : -held
      shares.change(principal, by)
      expected.set(principal, Math.max(0, held + by))
      if (step % 500 === 0) {
        expect([...expected.keys()].map((each) => shares.of(each))).toEqual([...expected.values()])
      }
    }
    expect([...expected.keys()].map((each) => shares.of(each))).toEqual([...expected.values()])
  })

  it('has the share of a principal after those beside it have left', () => {
    const shares = new PrincipalShares()
    // All of them belong into the slots 0 and 1.
    const principals = [32, 64, 96, 1, 33, 65, 128]
    for (const each of principals) shares.change(each, each)
    for (const leaving of [64, 1, 32]) {
      shares.change(leaving, -leaving)
      expect(shares.of(leaving)).toBe(0)
    }
    expect([96, 33, 65, 128].map((each) => shares.of(each))).toEqual([96, 33, 65, 128])
  })

  it('grows above four fifths, and not with the changes of the same principals', () => {
    const shares = new PrincipalShares()
    for (let times = 0; times < 3; times++) {
      for (let principal = 1; principal <= 25; principal++) shares.change(principal, 1)
      expect(shares.slots).toBe(32)
    }
    shares.change(26, 1)
    expect(shares.slots).toBe(64)
  })

  it('does not grow with principals that come and leave', () => {
    const shares = new PrincipalShares()
    for (let principal = 1; principal <= 1000; principal++) {
      shares.change(principal, 2)
      shares.change(principal, -1)
      shares.change(principal, -1)
    }
    expect(shares.slots).toBe(32)
  })

  it('grows only if more than half of its slots are held', () => {
    for (const [leaving, slots] of [
      [10, 32],
      [9, 64],
    ] as const) {
      const shares = new PrincipalShares()
      for (let principal = 1; principal <= 25; principal++) shares.change(principal, 1)
      for (let principal = 1; principal <= leaving; principal++) shares.change(principal, -1)
      shares.change(26, 1)
      expect(shares.slots).toBe(slots)
      expect([leaving, leaving + 1, 25, 26].map((each) => shares.of(each))).toEqual([0, 1, 1, 1])
    }
  })

  it('has room again for as many as have left when it dropped them', () => {
    const shares = new PrincipalShares()
    for (let principal = 1; principal <= 25; principal++) shares.change(principal, 1)
    for (let principal = 1; principal <= 10; principal++) shares.change(principal, -1)
    for (let principal = 26; principal <= 35; principal++) shares.change(principal, 1)
    expect(shares.slots).toBe(32)
    shares.change(36, 1)
    expect(shares.slots).toBe(64)
  })

  it('has none of a principal that it does not know', () => {
    const shares = new PrincipalShares()
    shares.change(5, -1)
    expect([shares.of(5), shares.of(0x7fffffff), shares.of(-5)]).toEqual([0, 0, 0])
    shares.change(6, 2)
    shares.change(6, -3)
    expect(shares.of(6)).toBe(0)
  })

  it('grows with the number of principals', () => {
    const shares = new PrincipalShares()
    const principals = Array.from({ length: 5000 }, (_, index) => index + 1)
    for (const principal of principals) shares.change(principal, principal)
    expect(principals.map((principal) => shares.of(principal))).toEqual(principals)
    expect(shares.slots).toBe(8192)
  })
})

describe('hashOfPrincipal()', () => {
  it('depends on issuer, holder and seed, and is never 0', () => {
    const principals = [
      ['i', 'alice'],
      ['i', 'bob'],
      ['j', 'alice'],
      ['ia', 'lice'],
      ['', ''],
      ['i', `${'x'.repeat(100)}1`],
      ['i', `${'x'.repeat(100)}2`],
    ] as const
    const hashes = [0, 1, 2].flatMap((seed) =>
      principals.map(([issuer, holder]) => hashOfPrincipal({ issuer, holder }, seed)),
    )
    expect(new Set(hashes).size).toBe(hashes.length)
    expect(hashes).not.toContain(0)
  })

  it('is 1 for the seed with which it would be 0', () => {
    expect(hashOfPrincipal({ issuer: '', holder: 'A' }, 1_356_512_066)).toBe(1)
  })

  it('depends on the last 64 characters, and on the length of a longer name', () => {
    const hashOf = (holder: string) => hashOfPrincipal({ issuer: 'i', holder }, 7)
    const end = 'x'.repeat(63)
    expect(hashOf(`ac${end}`)).toBe(hashOf(`bc${end}`))
    expect(hashOf(`ac${end}`)).not.toBe(hashOf(`ad${end}`))
    expect(hashOf(`c${end}`)).not.toBe(hashOf(`ac${end}`))
  })

  it('spreads similar principals over all slots', () => {
    const used = new Set(
      Array.from(
        { length: 1024 },
        (_, index) => hashOfPrincipal({ issuer: 'i', holder: `user-${index}` }, 7) & 1023,
      ),
    )
    // As many as random numbers would: 1 - 1/e of all.
    expect(used.size).toBeGreaterThan(600)
  })
})
