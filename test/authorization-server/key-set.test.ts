import { exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { createKeySet, hasKey } from '../../src/authorization-server/key-set.ts'
import type { Jwk } from '../../src/contract/documents.ts'
import { unchecked } from '../support/unchecked.ts'

let jwk: Jwk

beforeAll(async () => {
  jwk = (await exportJWK((await generateKeyPair('ES256')).publicKey)) as Jwk
})

describe('createKeySet()', () => {
  it('keeps usable keys, and counts skipped ones without those for other uses', () => {
    const set = createKeySet({
      keys: [{ ...jwk, kid: 'a' }, { ...jwk, kid: 'b', use: 'enc' }, { kty: 'oct', kid: 'c' }, {}],
    })
    expect(set.keys.map((key) => key.jwk.kid)).toEqual(['a'])
    expect([...set.names]).toEqual(['a', 'b', 'c'])
    expect(set.skipped).toBe(2)
  })

  it('keeps the objects of unchanged keys', () => {
    const before = createKeySet({
      keys: [
        { ...jwk, kid: 'a' },
        { ...jwk, kid: 'b' },
      ],
    })
    const after = createKeySet(
      {
        keys: [
          { ...jwk, kid: 'b' },
          { ...jwk, kid: 'c' },
        ],
      },
      before,
    )
    expect(after.keys[0]).toBe(before.keys[1])
    expect(before.keys).not.toContain(after.keys[1])
  })

  it('serialises each key of a large set once', () => {
    const keys = Array.from({ length: 1500 }, (_, index) => ({ ...jwk, kid: `${index}` }))
    const before = createKeySet({ keys })
    const stringify = vi.spyOn(JSON, 'stringify')
    try {
      const after = createKeySet({ keys: [...keys].reverse() }, before)
      // To find a key among the earlier ones by comparing their texts took a million of these.
      expect(stringify).toHaveBeenCalledTimes(1500)
      expect(after.keys[0]).toBe(before.keys[1499])
      expect(after.byName.get('7')).toEqual([before.keys[7]])
    } finally {
      stringify.mockRestore()
    }
  })

  it('keeps duplicates once, and keys with the same kid in order', () => {
    const twice = createKeySet({ keys: [{ ...jwk, kid: 'a' }, { ...jwk, kid: 'a' }, jwk] })
    expect(twice.keys).toHaveLength(2)
    expect(twice.usable).toBe(3)
    const namesakes = createKeySet({ keys: [1, 2].map((iat) => ({ ...jwk, kid: 'a', iat })) })
    expect(namesakes.byName.get('a')?.map((key) => key.jwk['iat'])).toEqual([1, 2])
    expect(namesakes.members.has(namesakes.keys[1] as object)).toBe(true)
  })

  it('keeps unverifiable keys, and counts them as skipped', () => {
    const rsa = { kty: 'RSA', kid: 'r', n: Buffer.alloc(256, 0xff).toString('base64url'), e: 'AQ' }
    const set = createKeySet({ keys: [rsa, { ...jwk, kid: unchecked<string>(null) }] })
    expect(set).toMatchObject({ usable: 1, skipped: 1 })
    expect(set.byName.get('r')).toEqual([set.keys[0]])
    expect([...set.names]).toEqual(['r'])
  })
})

describe('hasKey()', () => {
  it.each([1, 15, 16, 17, 40])('finds each of %i keys, and no other', (count) => {
    const keys = Array.from({ length: count }, (_, index) => ({ ...jwk, kid: `${index}` }))
    const set = createKeySet({ keys })
    expect(set.keys.every((key) => hasKey(set, key))).toBe(true)
    expect(hasKey(set, { ...set.keys[0] })).toBe(false)
  })
})
