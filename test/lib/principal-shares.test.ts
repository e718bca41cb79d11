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
        for (const [each, share] of expected) expect(shares.of(each)).toBe(share)
      }
    }
    for (const [each, share] of expected) expect(shares.of(each)).toBe(share)
  })

  it('has none of a principal that it does not know', () => {
    const shares = new PrincipalShares()
    shares.change(5, -1)
    expect([shares.of(5), shares.of(0x7fffffff), shares.of(-5)]).toEqual([0, 0, 0])
  })

  it('grows with the number of principals', () => {
    const shares = new PrincipalShares()
    for (let principal = 1; principal <= 5000; principal++) shares.change(principal, principal)
    for (let principal = 1; principal <= 5000; principal++) {
      expect(shares.of(principal)).toBe(principal)
    }
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
})
