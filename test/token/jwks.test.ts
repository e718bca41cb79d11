import { exportJWK, generateKeyPair } from 'jose'
import { beforeAll, describe, expect, it } from 'vitest'
import { Patience } from '../../src/documents/patience.ts'
import { RemoteDocument } from '../../src/documents/remote-document.ts'
import { UpstreamError } from '../../src/errors.ts'
import { fail, succeed } from '../../src/lib/result.ts'
import type { Jwk } from '../../src/options.ts'
import { createKeySet, importKey, type KeySet, KeySource } from '../../src/token/jwks.ts'
import { createClock, START } from '../support/clock.ts'

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

describe('KeySource with a set that is fetched', () => {
  const URL = 'https://as.example/keys'

  /** One answer for each fetch, the last one for all that follow; `'none'` is a failure. */
  function fetching(...answers: (readonly Jwk[] | 'none')[]) {
    const { now, advance } = createClock()
    const counts = { fetches: 0, undecided: 0 }
    const document: RemoteDocument<KeySet> = new RemoteDocument<KeySet>({
      url: () => URL,
      now,
      timeoutMs: 5000,
      staleIfErrorSeconds: 3600,
      tell: () => {},
      load: async () => {
        const keys = answers[Math.min(counts.fetches, answers.length - 1)] ?? []
        counts.fetches += 1
        if (keys === 'none') return fail(new UpstreamError('unreachable', URL))
        const value = createKeySet({ keys }, document.serving(now())?.value)
        return succeed({ value, fetchedAt: now(), freshUntil: now() + 600 })
      },
    })
    const tellUndecided = (): void => {
      counts.undecided += 1
    }
    const source = new KeySource({ document, now, acceptsKeyIssuer: () => true, tellUndecided })
    const queryOf = (kid?: string) => ({ algorithm: 'ES256', kid, issuer: 'https://as.example' })
    return {
      source,
      counts,
      advance,
      find: async (kid?: string) => source.find(queryOf(kid), new Patience()),
      findOthers: (tried: Parameters<KeySource['findOthers']>[1] = []) =>
        source.findOthers(queryOf(), tried, new Patience()),
    }
  }

  it('takes a fetch of five seconds ago for an answer, and no older one', async () => {
    const { find, counts, advance } = fetching([{ ...jwk, kid: 'a' }])
    expect(await find('a')).toMatchObject({ ok: true, value: [{ jwk: { kid: 'a' } }] })
    advance(5)
    expect(await find('x')).toEqual(ABSENT)
    expect(counts.fetches).toBe(1)
    advance(0.5)
    expect(await find('x')).toEqual(ABSENT)
    expect(counts).toEqual({ fetches: 2, undecided: 0 })
  })

  it('fetches twice for unknown names, then once in fifteen seconds, and says when', async () => {
    const { find, counts, advance } = fetching([{ ...jwk, kid: 'a' }])
    await find('a')
    for (const seconds of [100, 6]) {
      advance(seconds)
      expect(await find('x')).toEqual(ABSENT)
    }
    expect(counts.fetches).toBe(3)
    advance(7.5)
    // Of the next one, 13.5 of 15 seconds are over.
    const undecided = { code: 'unavailable', cause: undefined, retryAfterSeconds: 2 }
    expect(await find('x')).toEqual({ ok: false, error: undecided })
    expect(counts).toEqual({ fetches: 3, undecided: 1 })
    advance(2)
    expect(await find('x')).toEqual(ABSENT)
    expect(counts).toEqual({ fetches: 4, undecided: 1 })
  })

  it('says what was wrong with the fetch that should have decided', async () => {
    const { find, counts, advance } = fetching([{ ...jwk, kid: 'a' }], 'none')
    await find('a')
    advance(100)
    expect(await find('x')).toMatchObject({
      ok: false,
      error: { code: 'unavailable', cause: { code: 'unreachable', url: URL } },
    })
    expect(counts).toEqual({ fetches: 2, undecided: 1 })
  })

  it('asks nobody about a key that is there and does not fit', async () => {
    const { find, counts, advance } = fetching([
      { ...jwk, kid: 'a' },
      { ...jwk, kid: 'b', alg: 'ES384' },
    ])
    await find('a')
    advance(100)
    expect(await find('b')).toEqual(ABSENT)
    expect(counts).toEqual({ fetches: 1, undecided: 0 })
  })

  it('finds others where there was no set yet', async () => {
    const { findOthers, counts } = fetching([{ ...jwk, kid: 'a' }])
    expect(await findOthers()).toMatchObject({ ok: true, value: [{ jwk: { kid: 'a' } }] })
    expect(counts).toEqual({ fetches: 1, undecided: 0 })
  })

  it('finds only those others that were not tried', async () => {
    const [one, other] = [
      { ...jwk, kid: 'a' },
      { ...jwk, kid: 'b' },
    ]
    const { find, findOthers, counts, advance } = fetching([one], [one, other])
    const tried = await find()
    advance(100)
    const found = await findOthers(tried.ok ? tried.value : [])
    expect(found.ok && found.value.map((key) => key.jwk.kid)).toEqual(['b'])
    advance(100)
    const all = [...(tried.ok ? tried.value : []), ...(found.ok ? found.value : [])]
    expect(await findOthers(all)).toEqual(ABSENT)
    expect(counts).toEqual({ fetches: 3, undecided: 0 })
  })

  it('holds nothing before the first fetch', () => {
    const { source, counts } = fetching([jwk])
    expect(source.holds({}, START, new Patience())).toBe(false)
    expect(counts.fetches).toBe(0)
  })
})
