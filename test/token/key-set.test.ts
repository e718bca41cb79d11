import { exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Jwk } from '../../src/options.ts'
import { createKeySet } from '../../src/token/key-set.ts'

let jwk: Jwk

beforeAll(async () => {
  jwk = (await exportJWK((await generateKeyPair('ES256')).publicKey)) as Jwk
})

describe('createKeySet()', () => {
  it('sorts keys: usable, for something else, and left out', () => {
    const set = createKeySet({
      keys: [{ ...jwk, kid: 'a' }, { ...jwk, kid: 'b', use: 'enc' }, { kty: 'oct', kid: 'c' }, {}],
    })
    expect(set.keys.map((key) => key.jwk.kid)).toEqual(['a'])
    expect([...set.names]).toEqual(['a', 'b', 'c'])
    expect(set.skipped).toBe(2)
  })

  it('keeps the objects of keys that have not changed', () => {
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
})
