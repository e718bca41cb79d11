import { exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { Patience } from '../../src/documents/patience.ts'
import type { Jwk } from '../../src/options.ts'
import { createKeySet, importKey, KeySource } from '../../src/token/jwks.ts'
import { START } from '../support/clock.ts'

const ABSENT = { ok: false, error: { code: 'token_key' } }

let jwk: Jwk

beforeAll(async () => {
  jwk = (await exportJWK((await generateKeyPair('ES256')).publicKey)) as Jwk
})

function sourceOf(keys: readonly Jwk[]): KeySource {
  return new KeySource({
    document: createKeySet({ keys }),
    now: () => START,
    acceptsKeyIssuer: (keyIssuer, tokenIssuer) => keyIssuer === tokenIssuer,
    tellUndecided: () => {},
  })
}

function find(keys: readonly Jwk[], kid?: string) {
  const query = { algorithm: 'ES256', kid, issuer: 'https://as.example' }
  return sourceOf(keys).find(query, new Patience())
}

describe('createKeySet()', () => {
  it('sorts keys: usable, for something else, and left out', () => {
    const set = createKeySet({
      keys: [{ ...jwk, kid: 'a' }, { ...jwk, kid: 'b', use: 'enc' }, { kty: 'oct', kid: 'c' }, {}],
    })
    expect(set.keys.map((key) => key.jwk.kid)).toEqual(['a'])
    expect([...set.kids]).toEqual(['a', 'b', 'c'])
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

describe('importKey()', () => {
  it('imports a key once for each algorithm', async () => {
    const [key] = createKeySet({ keys: [{ ...jwk, key_ops: ['verify', 'sign'] }] }).keys
    if (key === undefined) throw new Error('The key is not usable')
    const imported = await importKey(key, 'ES256')
    expect(imported).toMatchObject({ type: 'public', usages: ['verify'] })
    expect(await importKey(key, 'ES256')).toBe(imported)
  })

  it('gives nothing for what is no key', async () => {
    const key = { jwk: { ...jwk, x: jwk['y'], y: jwk['x'] } as Jwk, imported: new Map() }
    expect(await importKey(key, 'ES256')).toBeUndefined()
  })
})

describe('KeySource with a set given by hand', () => {
  it('finds a key by its name, and all that fit without one', async () => {
    const keys = [
      { ...jwk, kid: 'a' },
      { ...jwk, kid: 'b' },
      { ...jwk, kid: 'c', alg: 'ES384' },
    ]
    expect(await find(keys, 'b')).toMatchObject({ ok: true, value: [{ jwk: { kid: 'b' } }] })
    const all = await find(keys)
    expect(all.ok && all.value.map((key) => key.jwk.kid)).toEqual(['a', 'b'])
  })

  it('has no key for another name, algorithm or issuer', async () => {
    expect(await find([{ ...jwk, kid: 'a' }], 'b')).toEqual(ABSENT)
    expect(await find([{ ...jwk, kid: 'a', alg: 'ES384' }], 'a')).toEqual(ABSENT)
    expect(await find([{ ...jwk, kid: 'a', issuer: 'https://other.example' }], 'a')).toEqual(ABSENT)
    expect(await find([{ ...jwk, issuer: 'https://as.example' }])).toMatchObject({ ok: true })
    expect(await find([])).toEqual(ABSENT)
  })

  it('tries no more than sixteen keys for a token without a name', async () => {
    const keys = Array.from({ length: 17 }, (_, index) => ({ ...jwk, kid: `${index}` }))
    const found = await find(keys)
    expect(found.ok && found.value.map((key) => key.jwk.kid)).toEqual(
      keys.slice(0, 16).map(({ kid }) => kid),
    )
  })

  it('has no others, and holds what is in it', async () => {
    const source = sourceOf([jwk])
    const patience = new Patience()
    const query = { algorithm: 'ES256', kid: undefined, issuer: 'https://as.example' }
    const found = await source.find(query, patience)
    const [key] = found.ok ? found.value : []
    expect(await source.findOthers(query, [], patience)).toEqual(ABSENT)
    expect(source.holds(key, START, patience)).toBe(true)
    expect(source.holds({ ...key }, START, patience)).toBe(false)
    expect(source.holds(undefined, START, patience)).toBe(false)
  })
})
